"""Three engines on one random table: our fast path, plain frictionless and plain Pandera name the same cells.

Where frictionless differs, it is one of its known defects: `DEFECTS`, each with its reason.
"""

import csv
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import frictionless
import pandera.errors
import pyarrow as pa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from datapkg.cells.values import parse
from datapkg.law import compile_law, reference
from datapkg.schema import Schema, from_descriptor
from datapkg.validate import validate

Failures = set[tuple[int, str, str]]

SECOND = "https://datapackage.org/profiles/2.0/datapackage.json"
BARE = "frictionless reads numbers as Python does: spaces, underscores, digits of every script, infinity"
LIMIT = "integers of ours fit 64 bits"
CLOCK = (
    "frictionless shifts 24:00 to the next day, cuts digits of a second; a zone beside none it cannot compare at all"
)
GROUP = "frictionless drops every group character, wherever it stands"
POINT = "frictionless takes any space around a coordinate"
DEFECTS: Mapping[tuple[str, str], str] = {
    ("integer", " 7"): BARE,
    ("integer", "1_000"): BARE,
    ("integer", "９"): BARE,
    ("integer", "9223372036854775808"): LIMIT,
    ("number", "1_0"): BARE,
    ("number", "Infinity"): BARE,
    ("datetime", "2023-07-12T24:00:00"): CLOCK,
    ("datetime", "2023-07-12T08:30:00.123456789"): CLOCK,
    ("time", "08:30:00.5"): CLOCK,
    ("time", "24:00:00"): CLOCK,
    ("year", "0000"): "XML Schema has no year 0",
    ("year", "12023"): "XML Schema allows years of more than four digits",
    ("yearmonth", "2023-7"): "XML Schema has two digits for a month",
    ("duration", "P2W"): "XML Schema has no weeks",
    ("geopoint", "1 ,2"): POINT,
    ("object", '{"a": NaN}'): "frictionless reads JSON that is none",
    ("object", '{"a": 1, "a": 2}'): "frictionless keeps the last of two keys",
    ("array", "[NaN]"): "frictionless reads JSON that is none",
    ("string", "category"): "frictionless anchors a pattern at its ends only, so one half of an alternation is free",
    ("string", "a\n"): "Python's $ matches before a last line end",
}
PANDERA: Mapping[tuple[str, str], str] = {
    ("number", "NaN"): "Pandera takes NaN for null, so that a required one is missing to it",
}
# type → (cells, bounds that are in order, other constraints)
ORDERED: Mapping[str, tuple[str, list[Any]]] = {
    "integer": ("0;7;-7;+3;007; 7;1_000;９;3.0;x;;9223372036854775807;9223372036854775808", [-5, "3", 7]),
    "number": ("0;1.5;-2;1e3;.5;5.;NaN;INF;1_0;Infinity;1,5;;x", [-1, "1.5", 100]),
    "date": ("2023-07-12;2024-02-29;2023-02-29;12.07.2023;;2023-07-12T00:00:00", ["2023-01-01", "2024-02-29"]),
    "time": ("08:30:00;23:59:59;24:00:00;08:30;08:30:00.5;", ["08:00:00", "23:59:59"]),
    "datetime": (
        "2023-07-12T08:30:00;2023-07-12T24:00:00;2023-07-12;2023-07-12T08:30:00.123456789;",
        ["2023-01-01T00:00:00", "2023-07-12T08:30:00"],
    ),
    "year": ("2023;1999;23;0000;12023;;x", [2000, "2023"]),
    "yearmonth": ("2023-07;1999-12;2023-13;2023-7;;2023", ["2000-01", "2023-07"]),
}
OTHERS: Mapping[str, tuple[str, list[dict[str, Any]]]] = {
    "string": (
        "a;bb;ccc;é;cat;category;a\n;",
        [{"minLength": 2}, {"maxLength": 2}, {"pattern": "cat|dog"}, {"pattern": "[a-c]+"}, {"enum": ["a", "cat"]}],
    ),
    "boolean": ("true;False;1;0;yes;;T", [{"enum": [True]}, {"enum": ["false"]}]),
    "duration": ("P1D;PT24H;P1Y;-P1D;P2W;x;", [{"enum": ["P1D", "-P1D"]}]),
    "geopoint": ("1,2;1, 2;181,0;1 ,2;x;", [{"enum": ["1,2"]}]),
    "object": ('{};{"a": 1};[1];{"a": NaN};{"a": 1, "a": 2};x;', [{"minLength": 1}, {"enum": [{"a": 1}]}]),
    "array": ("[];[1];[1,2];{};[NaN];x;", [{"minLength": 1}, {"maxLength": 1}, {"enum": [[1]]}]),
    "list": ("a;a,b;a,b,c;", [{"minLength": 2}, {"maxLength": 2}]),
    "any": ("a;;1", [{"enum": ["a"]}]),
}
BOUNDS = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")
CELLS = {kind: texts.split(";") for kind, (texts, _) in ORDERED.items()}
CELLS |= {kind: texts.split(";") for kind, (texts, _) in OTHERS.items()}
ARROW = {
    "BIGINT": pa.int64(),
    "DOUBLE": pa.float64(),
    "BOOLEAN": pa.bool_(),
    "DATE": pa.date32(),
    "TIME": pa.time64("us"),
    "TIMESTAMP": pa.timestamp("us"),
    "VARCHAR": pa.string(),
}


@st.composite
def tables(draw: st.DrawFn) -> tuple[list[dict[str, Any]], list[list[str]]]:
    """Fields with constraints, and rows of cells for them."""
    fields: list[dict[str, Any]] = []
    for number in range(draw(st.integers(2, 6))):
        kind: str = draw(st.sampled_from(sorted(CELLS)))
        constraints: dict[str, Any] = {"required": True} if draw(st.integers(0, 3)) == 0 else {}
        if kind in ORDERED:
            bounds = ORDERED[kind][1]
            wanted = draw(st.lists(st.sampled_from(BOUNDS), max_size=1))
            constraints |= {name: draw(st.sampled_from(bounds)) for name in wanted}
            constraints |= {"enum": bounds} if draw(st.integers(0, 3)) == 0 else {}
        else:
            constraints |= draw(st.sampled_from([{}, *OTHERS[kind][1]]))
        fields.append({"name": f"c{number}", "type": kind, "constraints": constraints})
    row = st.tuples(*(st.sampled_from(CELLS[str(field["type"])]) for field in fields)).map(list)
    return fields, [["row", *cells] for cells in draw(st.lists(row, min_size=1, max_size=6))]


def write(folder: Path, fields: list[dict[str, Any]], rows: list[list[str]]) -> Path:
    with (folder / "t.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, quoting=csv.QUOTE_ALL, lineterminator="\n")
        writer.writerows([["row", *(field["name"] for field in fields)], *rows])
    schema = {"fields": [{"name": "row", "type": "string"}, *fields]}
    dialect = {"delimiter": ",", "quoteChar": '"', "doubleQuote": True, "skipInitialSpace": False, "headerRows": [1]}
    # The one in the words of version 2, the other as this frictionless reads a dialect.
    for name, spelt in (("ours", dialect), ("theirs", {"headerRows": [1], "csv": dialect})):
        resource = {"name": "t", "path": "t.csv", "type": "table", "dialect": spelt, "schema": schema}
        (folder / f"{name}.json").write_text(json.dumps({"$schema": SECOND, "name": "x", "resources": [resource]}))
    return folder


def ours(folder: Path) -> Failures:
    told = validate((folder / "ours.json").as_posix()).findings
    # What cells look like is a matter of rules that the other two do not have.
    found = [finding for finding in told if finding.code in ("type-error", "constraint-error", "constraint-unenforced")]
    assert all(finding.place.row for finding in found), found
    return {(f.place.row or 0, f.place.column or "", f.constraint or "type") for f in found}


def theirs(folder: Path) -> Failures:
    report = frictionless.Package((folder / "theirs.json").as_posix()).validate()
    assert not report.errors, report.errors
    found = set()
    for error in report.tasks[0].errors:
        told: Any = error
        kind = re.match(r'constraint "(\w+)"', told.note)
        assert told.type in ("type-error", "constraint-error"), told
        found.add((told.row_number - 1, told.field_name, kind[1] if kind else "type"))
    return found


def plain(schema: Schema, rows: list[list[str]]) -> Failures:
    """Pandera on each row by itself, of which the values are read by Python. A cell without a value is null."""
    law = reference(compile_law(schema))
    found = set()
    for number, cells in enumerate(rows, 1):
        values = {}
        for column, cell in zip(schema.columns, cells, strict=True):
            try:
                value = parse(column, cell) if cell not in column.missing_values else None
                value = value if column.storage != "VARCHAR" or value is None else cell
            except ValueError:
                value = None
                found.add((number, column.name, "type"))
            values[column.name] = pa.array([value], ARROW[column.storage])
        try:
            law.validate(pa.table(values), lazy=True)
        except pandera.errors.SchemaErrors as errors:
            for error in errors.schema_errors:
                name = "required" if error.check is None or "null" in str(error.check) else str(error.check.name)
                told: Any = error.schema
                if (number, told.name, "type") not in found:
                    found.add((number, told.name, name))
    return found


def disagreements(folder: Path, fields: list[dict[str, Any]], rows: list[list[str]]) -> tuple[Failures, Failures]:
    """(where plain Pandera differs from us, where plain frictionless does), as (row, column, constraint)."""
    write(folder, fields, rows)
    schema = from_descriptor({"fields": [{"name": "row", "type": "string"}, *fields]})
    foreign = {clause.column for clause in compile_law(schema).clauses if clause.predicate is not None}
    mine = ours(folder)
    return {told for told in mine ^ plain(schema, rows) if told[1] not in foreign}, mine ^ theirs(folder)


def cells(fields: list[dict[str, Any]], rows: list[list[str]], told: Failures) -> set[tuple[str, str]]:
    """The type and the text of each cell."""
    number = {field["name"]: index for index, field in enumerate(fields, 1)}
    return {(fields[number[name] - 1]["type"], rows[row - 1][number[name]]) for row, name, _ in told}


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(table=tables())
def test_three_engines_name_the_same_cells(tmp_path: Path, table: tuple[list[dict[str, Any]], list[list[str]]]) -> None:
    pandera_s, frictionless_s = disagreements(tmp_path, *table)
    assert cells(*table, pandera_s) <= PANDERA.keys(), pandera_s
    assert cells(*table, frictionless_s) <= DEFECTS.keys(), frictionless_s


def test_each_defect_of_the_list_is_one(tmp_path: Path) -> None:
    found: tuple[set[tuple[str, str]], set[tuple[str, str]]] = (set(), set())
    for kind, texts in CELLS.items():
        bounds = (
            [{name: limit} for name in BOUNDS for limit in ORDERED[kind][1]] if kind in ORDERED else OTHERS[kind][1]
        )
        fields = [
            {"name": f"c{number}", "type": kind, "constraints": constraints}
            for number, constraints in enumerate([{}, {"required": True}, *bounds])
        ]
        rows = [["row"] + [text] * len(fields) for text in texts]
        for known, told in zip(found, disagreements(tmp_path, fields, rows), strict=True):
            known.update(cells(fields, rows, told))
    assert found == (set(PANDERA), set(DEFECTS))
