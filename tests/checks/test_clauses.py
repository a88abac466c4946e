"""Constraints of every type, on the values and not on the texts; what cannot be judged, where it is declared."""

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from datapkg.findings import Finding
from datapkg.validate import validate


def judged(folder: Path, field: dict[str, Any], cells: list[str]) -> tuple[Finding, ...]:
    """The findings on a table of one column."""
    with (folder / "t.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, quoting=csv.QUOTE_ALL, lineterminator="\n")
        writer.writerows([["v"], *([cell] for cell in cells)])
    resource = {
        "name": "t",
        "path": "t.csv",
        "type": "table",
        "dialect": {},
        "schema": {"fields": [{"name": "v", **field}]},
    }
    (folder / "datapackage.json").write_text(json.dumps({"name": "x", "resources": [resource]}, indent=1))
    return tuple(validate((folder / "datapackage.json").as_posix()).findings)


POINT = '{"type": "Point", "coordinates": [1, 2]}'


@pytest.mark.parametrize(
    ("field", "constraints", "good", "bad"),
    [
        ({"type": "duration"}, {"minimum": "P1D"}, ["PT24H", "P1M"], ["PT23H", "-P2D"]),
        # A month is neither longer nor shorter than 30 days.
        ({"type": "duration"}, {"maximum": "P1M"}, ["P28D", "P1M"], ["P30D", "P32D"]),
        ({"type": "yearmonth"}, {"exclusiveMinimum": "2020-01"}, ["2020-02", "12020-01"], ["2020-01", "-2021-01"]),
        ({"type": "date", "format": "%d/%m/%Y"}, {"minimum": "02/01/2020"}, ["3/1/2020"], ["31/12/2019"]),
        ({"type": "number"}, {"maximum": 5}, ["5", "-INF"], ["5.1", "NaN", "INF"]),
        ({"type": "number", "decimalChar": ","}, {"enum": ["1,5", 2]}, ["1,50", "2"], ["1,6"]),
        ({"type": "integer", "groupChar": ","}, {"minimum": "1,000"}, ["1,000", "1001"], ["999"]),
        ({"type": "boolean", "trueValues": ["ja"]}, {"enum": ["ja"]}, ["ja"], ["0"]),
        ({"type": "object"}, {"minLength": 1, "maxLength": 1}, ['{"a": 1}'], ["{}", '{"a": 1, "b": 2}']),
        ({"type": "array"}, {"maxLength": 1}, ["[]", "[[1, 2]]"], ["[1, 2]"]),
        ({"type": "list"}, {"minLength": 2}, ["a,b", ","], ["a"]),
        ({"type": "object"}, {"enum": [{"a": 1, "b": [2]}]}, ['{"b": [2.0], "a": 1}'], ['{"a": true, "b": [2]}']),
        ({"type": "array"}, {"enum": ["[1]", [2]]}, ["[1]", "[ 2 ]"], ["[3]"]),
        ({"type": "list", "itemType": "integer"}, {"enum": [[1, 2], "3"]}, ["1,2", "01,2", "3"], ["2,1"]),
        ({"type": "geopoint"}, {"enum": ["1, 2", [3, 4]]}, ["1.0,2", "3,4"], ["2,1"]),
        ({"type": "geojson"}, {"enum": [json.loads(POINT)]}, [POINT], [POINT.replace("2", "3")]),
        ({"type": "object"}, {"jsonSchema": {"required": ["a"]}}, ['{"a": 1}'], ["{}"]),
        ({"type": "array"}, {"jsonSchema": {"items": {"type": "integer"}}}, ["[1]", "[]"], ['["1"]']),
        ({"type": "string"}, {"pattern": r"[\w-]+\d"}, ["é-1", "x٣"], ["1.2", "é1\n"]),
        ({"type": "string"}, {"pattern": "cat|dog"}, ["cat", "dog"], ["category", "hotdog"]),
        ({"type": "string", "format": "email"}, {"maxLength": 7}, ["a@b.org"], ["ab@c.org"]),
        ({"type": "any"}, {"enum": ["a", 1]}, ["a", "1"], ["b"]),
    ],
)
def test_a_constraint_judges_values(
    tmp_path: Path, field: dict[str, Any], constraints: dict[str, Any], good: list[str], bad: list[str]
) -> None:
    found = judged(tmp_path, {**field, "constraints": constraints}, [*good, *bad])
    assert {(f.code, f.constraint in constraints) for f in found} == {("constraint-error", True)}
    assert [finding.place.value for finding in found] == bad


@pytest.mark.parametrize(
    ("field", "code", "word", "note"),
    [
        ({"type": "string", "constraints": {"pattern": "(?=a)b"}}, "constraint-unenforced", "pattern", "look-around"),
        ({"type": "string", "constraints": {"pattern": "a)|(b"}}, "constraint-unenforced", "pattern", "unexpected )"),
        ({"type": "date", "format": "%Y-W%W"}, "constraint-unenforced", "format", "'%W'"),
        ({"type": "integer", "format": "hex"}, "constraint-unenforced", "format", "'hex'"),
        ({"type": "object", "constraints": {"jsonSchema": {"type": 3}}}, "constraint-unenforced", "jsonSchema", "3 is"),
        (
            {"type": "object", "constraints": {"jsonSchema": {"$ref": "https://x.org/y"}}},
            "constraint-unenforced",
            "jsonSchema",
            "nothing is fetched",
        ),
        ({"type": "integer", "constraints": {"minimum": 3, "maximum": 2}}, "field-error", "minimum", "no value obeys"),
        ({"type": "integer", "constraints": {"minLength": 1}}, "field-error", "minLength", "not supported"),
        ({"type": "string", "categories": ["a", "a"]}, "field-error", "categories", "stands twice"),
        ({"type": "string", "format": "phone"}, "field-error", "format", "'phone' is not one of"),
    ],
)
def test_what_is_declared_in_vain_is_told_where_it_is_declared(
    tmp_path: Path, field: dict[str, Any], code: str, word: str, note: str
) -> None:
    found = judged(tmp_path, field, ["1"] if field["type"] == "integer" and "minLength" in str(field) else [""])
    (finding,) = (finding for finding in found if finding.code != "blank-row")
    lines = (tmp_path / "datapackage.json").read_text().splitlines()
    assert (finding.code, finding.place.path.endswith("datapackage.json")) == (code, True)
    assert f'"{word}"' in lines[(finding.place.line or 0) - 1]
    assert note in finding.message


def test_an_integer_that_is_too_large_hears_the_limit(tmp_path: Path) -> None:
    (finding,) = judged(tmp_path, {"type": "integer"}, ["9223372036854775808"])
    assert finding.message.endswith("is not a whole number from -9223372036854775808 to 9223372036854775807")
