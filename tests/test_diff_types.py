"""Every type of Table Schema: equal values of other spellings are no change, and a release has what its source has."""

import json
from pathlib import Path
from typing import Any

import pytest

from datapkg.diff import diff
from datapkg.project import find_project
from datapkg.release.build import build

SPELLINGS: dict[str, tuple[dict[str, Any], list[str], str]] = {
    "integer": ({"groupChar": ","}, ["1000", "1,000", "+1000", "01000"], "1000"),
    "number": ({"groupChar": ","}, ["1000.5", "1,000.50", "1.0005e3", "+01000.5"], "1000.5"),
    "number whole": ({}, ["1", "1.0", "1.00", "1e0", "+1"], "1"),
    "number special": ({}, ["INF", "inf"], "INF"),
    "number minus": ({}, ["-0", "0", "0.0", "-0.0"], "0"),
    "number exact": ({"datapkg:decimal": [20, 4]}, ["12345678901234.5", "12345678901234.5000"], "12345678901234.5"),
    "number exact whole": ({"datapkg:decimal": [20, 4]}, ["100", "100.0000"], "100"),
    "boolean": ({"trueValues": ["yes", "1"], "falseValues": ["no"]}, ["yes", "1"], "true"),
    "date": ({"format": "any"}, ["2023-07-12", "2023-07-12"], "2023-07-12"),
    "date other": ({"format": "%d.%m.%Y"}, ["02.07.2023", "2.7.2023"], "2023-07-02"),
    "time": ({"format": "%H:%M"}, ["08:30", "8:30"], "08:30:00"),
    "datetime": ({}, ["2023-07-12T08:30:00Z", "2023-07-12T10:30:00+02:00"], "2023-07-12T08:30:00"),
    "year": ({}, ["2023", "2023"], "2023"),
    "yearmonth": ({}, ["2023-07", "2023-07"], "2023-07"),
    "duration": ({}, ["P1Y2M", "P14M", "P0Y14M"], "P1Y2M"),
    "duration clock": ({}, ["P1DT1.50S", "PT24H1.5S"], "P1DT1.5S"),
    "geopoint": ({}, ["66.5, 34", "66.50,34.0"], "66.5, 34"),
    "geopoint array": ({"format": "array"}, ["[66.5,34]", "[66.50, 34.0]"], "66.5, 34"),
    "geopoint object": ({"format": "object"}, ['{"lon":1,"lat":2.0}', '{"lat": 2, "lon": 1.0}'], "1, 2"),
    "geojson": (
        {},
        ['{"type":"Point","coordinates":[1,2]}', '{"coordinates": [1.0, 2], "type": "Point"}'],
        '{"coordinates":[1,2],"type":"Point"}',
    ),
    "object": ({}, ['{"a":1,"b":[true,null]}', '{ "b" : [true, null], "a" : 1.0 }'], '{"a":1,"b":[true,null]}'),
    "array": ({}, ['[1,"x"]', '[ 1.0, "x" ]'], '[1,"x"]'),
    "list": ({"itemType": "integer"}, ["1,2", "01,+2"], "[1,2]"),
    "list text": ({"delimiter": ";"}, ["a;b,c", "a;b,c"], '["a","b,c"]'),
    "list date": ({"itemType": "date"}, ["2023-07-12", "2023-07-12"], '["2023-07-12"]'),
    "string": ({"missingValues": ["", "n/a"]}, ["007", "007"], "007"),
}
OTHERS = {
    "integer": "-5",
    "number": "2.5",
    "boolean": "no",
    "date": "2024-01-01",
    "date other": "03.07.2023",
    "time": "09:00",
    "datetime": "2023-07-12T08:30:00.5Z",
    "year": "-0044",
    "yearmonth": "2023-08",
    "duration": "-P1M",
    "geopoint": "1, 2",
    "geopoint array": "[1, 2]",
    "geopoint object": '{"lon":1,"lat":2.5}',
    "geojson": '{"type":"Point","coordinates":[1,3]}',
    "object": '{"a":2}',
    "array": "[]",
    "list": "1",
    "string": "7",
    "list text": "a;b",
    "list date": "2023-07-13",
    "number special": "NaN",
    "number exact": "12345678901234.5001",
    "number whole": "1e300",
    "number minus": "1e-7",
    "number exact whole": "100.5",
    "duration clock": "PT0S",
}


def write(folder: Path, kind: str, texts: list[str], **more: Any) -> Path:
    """A package whose table has the texts as JSON Lines would not change them: as CSV, by a key."""
    folder.mkdir(parents=True, exist_ok=True)
    field = {"name": "v", "type": kind.split(" ", maxsplit=1)[0], **SPELLINGS[kind][0]}
    quoted = ["" if text == "" else '"' + text.replace('"', '""') + '"' for text in texts]
    (folder / "t.csv").write_text("id,v\n" + "".join(f"{n},{text}\n" for n, text in enumerate(quoted)))
    schema = {"fields": [{"name": "id", "type": "integer"}, field], "primaryKey": ["id"]}
    resource = {"name": "t", "type": "table", "path": "t.csv", "dialect": {"delimiter": ","}, "schema": schema}
    (folder / "datapackage.json").write_text(json.dumps({"name": "x", **more, "resources": [resource]}, indent=1))
    return folder


@pytest.mark.parametrize("kind", SPELLINGS)
def test_equal_values_do_not_differ_and_have_one_spelling(kind: str, tmp_path: Path) -> None:
    _, texts, canonical = SPELLINGS[kind]
    old = write(tmp_path / "old", kind, [texts[0]] * len(texts))
    assert not diff(old, write(tmp_path / "new", kind, texts)).differ
    (row,) = diff(write(tmp_path / "none", kind, [""]), write(tmp_path / "one", kind, texts[-1:])).tables["t"].rows
    assert [(cell.old, cell.new) for cell in row.cells] == [(None, canonical)]


@pytest.mark.parametrize("kind", OTHERS)
def test_other_values_differ(kind: str, tmp_path: Path) -> None:
    old = write(tmp_path / "old", kind, SPELLINGS[kind][1][:1])
    assert diff(old, write(tmp_path / "new", kind, [OTHERS[kind]])).tables["t"].changed == 1


def test_every_type_is_looked_at() -> None:
    from datapkg.schema import STORAGE

    assert {kind.split(" ", maxsplit=1)[0] for kind in SPELLINGS} == STORAGE.keys() - {"any"}
    assert OTHERS.keys() == SPELLINGS.keys()


@pytest.mark.parametrize("kind", SPELLINGS)
def test_a_release_has_what_its_source_has(kind: str, tmp_path: Path) -> None:
    (tmp_path / "datapkg.toml").write_text("")
    more = {"version": "1.0.0", "title": "X", "licenses": [{"name": "CC0-1.0"}], "description": "X."}
    texts = [*SPELLINGS[kind][1], OTHERS[kind], ""]
    folder = write(tmp_path / "datasets" / "x", kind, texts, **more)
    (folder / "CHANGELOG.md").write_text("# Changelog\n")
    project = find_project(tmp_path)
    build("x", project)
    changes = diff(project=project)
    assert changes.tables["t"].rows == () and not changes.differ, changes
    write(folder, kind, texts[::-1], **more)
    assert diff(project=project).tables["t"].changed >= 2
