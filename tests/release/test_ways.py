"""The rows of a table come into a release in three ways, by what they allow; all three give the same bytes."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from everytype import NASTY
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from datapkg.dataset import open_dataset
from datapkg.engine.connection import workspace
from datapkg.engine.export import open_typed
from datapkg.engine.judge import Uses, judge
from datapkg.engine.outgoing import Surprise, rows_of
from datapkg.law import compile_law
from datapkg.limits import Limits
from datapkg.release.parquet import write_table
from datapkg.schema import from_descriptor

TEXT = st.sampled_from(NASTY) | st.text(st.characters(codec="utf-8", exclude_characters="\0\r"), max_size=20)
SPECIAL = {"nan": "NaN", "inf": "INF", "-inf": "-INF"}
FIELDS: dict[str, tuple[dict[str, Any], st.SearchStrategy[str]]] = {
    "s": ({"type": "string"}, TEXT),
    "e": ({"type": "string", "constraints": {"enum": ["war", "raid"]}}, st.sampled_from(["war", "raid"])),
    "m": ({"type": "yearmonth"}, st.sampled_from(["2023-07", "0999-12", "-0044-03"])),
    "i": ({"type": "integer"}, st.integers(-(2**63), 2**63 - 1).map(str) | st.sampled_from(["007", "-0", "-00"])),
    "x": ({"type": "number"}, st.floats().map(repr).map(lambda text: SPECIAL.get(text, text))),
    "y": (
        {"type": "number"},
        st.from_regex(r"[+-]?(?:[0-9]{1,20}(?:\.[0-9]{0,20})?|\.[0-9]+)(?:[eE][+-]?[0-9])?", fullmatch=True),
    ),
    "d": ({"type": "date"}, st.dates().map(str)),
    "b": ({"type": "boolean"}, st.sampled_from(["true", "True", "TRUE", "1", "false", "False", "FALSE", "0"])),
    "c": ({"type": "boolean"}, st.sampled_from(["1", "0"])),
}
SCHEMA: dict[str, Any] = {
    "fields": [{"name": "id", "type": "integer"}, *({"name": name, **field} for name, (field, _) in FIELDS.items())],
    "primaryKey": ["id"],
}


def written(
    folder: Path, text: str, way: str, schema: dict[str, Any] = SCHEMA, dialect: dict[str, Any] | None = None
) -> bytes:
    """The Parquet of a table whose rows come in a way; a form feed in its text begins another file."""
    paths = []
    for number, part in enumerate(text.split("\f")):
        paths.append(f"t{number}.csv")
        (folder / paths[-1]).write_bytes(part.encode())
    resource = {"name": "t", "type": "table", "path": paths, "schema": schema, "dialect": dialect or {}}
    (folder / "datapackage.json").write_text(json.dumps({"name": "x", "resources": [resource]}))
    table = open_dataset(folder / "datapackage.json", root=folder, base=folder).tables[0]
    law = compile_law(from_descriptor(schema))
    with workspace(Limits()) as space:
        uses = Uses(frozenset(schema.get("primaryKey", ["id"])))
        judged = open_typed(space, table) if way == "kept" else judge(space, table, law, 10, uses)
        rows = rows_of(space, judged, law.schema.columns, plain=way == "plain")
        assert (rows.again, rows.plain is not None) == (way != "kept", way == "plain")
        (path,) = write_table(folder, space, judged, about={}, schema=schema, plain=way == "plain").paths
        return path.read_bytes()


def csv_of(rows: list[tuple[str | None, ...]]) -> str:
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(["id", *FIELDS])
    writer.writerows([number, *(cell or "" for cell in cells)] for number, cells in enumerate(rows))
    return buffer.getvalue()


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.tuples(*(cells | st.none() for _, cells in FIELDS.values())), min_size=1, max_size=8))
def test_all_ways_give_the_same_bytes(tmp_path: Path, rows: list[tuple[str | None, ...]]) -> None:
    text = csv_of(rows)
    kept = written(tmp_path, text, "kept")
    assert written(tmp_path, text, "again") == kept
    assert written(tmp_path, text, "plain") == kept


def test_what_only_duckdb_reads_is_a_surprise(tmp_path: Path) -> None:
    text = csv_of([tuple("+7" if name == "i" else None for name in FIELDS)])
    with pytest.raises(Surprise, match="CSV conversion error"):
        written(tmp_path, text, "plain")
    assert not (tmp_path / "t.parquet").exists()
    assert written(tmp_path, text, "again") == written(tmp_path, text, "kept")


@pytest.mark.parametrize(
    "field",
    [
        {"type": "integer", "groupChar": ","},
        {"type": "integer", "bareNumber": False},
        {"type": "number", "decimalChar": ","},
        {"type": "number", "datapkg:decimal": [9, 2]},
        {"type": "date", "format": "%Y"},
        {"type": "datetime"},
        {"type": "year"},
        {"type": "list"},
        {"type": "string", "missingValues": ["-", ""]},
        {"type": "boolean", "trueValues": ["yes"], "falseValues": ["no"]},
    ],
)
def test_what_is_not_plain_is_read_by_duckdb(tmp_path: Path, field: dict[str, Any]) -> None:
    fields = [{"name": "id", "type": "integer"}, {"name": "b", "type": "boolean"}, {"name": "v", **field}]
    schema = {"fields": fields, "primaryKey": ["id"]}
    text = "id,b,v\n1,true,\n2,,\n"
    assert written(tmp_path, text, "again", schema) == written(tmp_path, text, "kept", schema)
    with pytest.raises(AssertionError):
        written(tmp_path, text, "plain", schema)


@pytest.mark.parametrize(
    ("text", "dialect"),
    [
        ('id,s\r\n1,a\r\n2,"b"""\r\n', {}),
        ('\ufeffid,s\n1,a\n2,"b\nb"\n', {}),
        ('id;s\n1;a,a\n2;"b;b"\n', {"delimiter": ";"}),
        ("1,a\n2,b\n", {"header": False}),
        ('id,s\n1,a\n2,b\n\fid,s\n3,\n4,""', {}),
        ("s,id\n" + "".join(f"{'x' * (n % 3000)},{n}\n" for n in range(3000)), {}),
    ],
    ids=["ends", "mark", "delimiter", "no header", "files", "blocks"],
)
def test_files_of_any_dialect_give_the_same_bytes(tmp_path: Path, text: str, dialect: dict[str, Any]) -> None:
    schema = {
        "fields": [{"name": "id", "type": "integer"}, {"name": "s", "type": "string"}],
        "primaryKey": ["id"],
        "fieldsMatch": ["equal"],
    }
    kept = written(tmp_path, text, "kept", schema, dialect)
    assert written(tmp_path, text, "again", schema, dialect) == kept
    assert written(tmp_path, text, "plain", schema, dialect) == kept


@pytest.mark.parametrize("text", ["id,s\n1,a\n2,b\n1,c\n", "id,s\n2,a\n1,\n"], ids=["twice", "missing"])
def test_rows_that_are_not_what_was_judged_are_not_read_again(tmp_path: Path, text: str) -> None:
    fields = [{"name": "id", "type": "integer"}, {"name": "s", "type": "string", "constraints": {"required": True}}]
    with pytest.raises(Surprise):
        written(tmp_path, text, "again", {"fields": fields, "primaryKey": ["id"]})
