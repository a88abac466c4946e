"""Each constraint of each type, each type and each format is broken by a cell, and that cell is told."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

from datapkg.cells.predicates import JSON, ORDER, ORDERED, SIZED
from datapkg.findings import Report
from datapkg.validate import validate

# type → a low and a high cell of it
CELLS = {
    "string": ("a", "bb"),
    "integer": ("1", "2"),
    "number": ("1.5", "2.5"),
    "boolean": ("false", "true"),
    "date": ("2020-01-01", "2020-01-02"),
    "time": ("08:00:00", "09:00:00"),
    "datetime": ("2020-01-01T00:00:00Z", "2020-01-02T00:00:00Z"),
    "year": ("2020", "2021"),
    "yearmonth": ("2020-01", "2020-02"),
    "duration": ("P1D", "P2D"),
    "geopoint": ("0, 0", "1, 1"),
    "geojson": ('{"type": "Point", "coordinates": [0, 0]}', '{"type": "Point", "coordinates": [1, 1]}'),
    "object": ('{"a": 1}', '{"a": 1, "b": 2}'),
    "array": ("[1]", "[1, 2]"),
    "list": ("a", "a,b"),
    "any": ("a", "b"),
}
FORMATS = {
    "string": {"email": "a@b.example", "uri": "https://b.example", "uuid": "f" * 8 + "-ffff" * 3 + "-" + "f" * 12}
    | {"binary": "YQ=="},
    "geopoint": {"array": "[0, 0]", "object": '{"lon": 0, "lat": 0}'},
    "geojson": {"topojson": '{"type": "Topology", "objects": {}, "arcs": []}'},
    "date": {"any": "2020-01-01", "%d/%m/%Y": "02/01/2020"},
    "time": {"any": "08:00", "%H.%M": "08.00"},
    "datetime": {"any": "2020-01-01 08:00", "%d/%m/%Y %H": "02/01/2020 08"},
}
# property → a field that has it, a cell that is good by it, and one that is bad
PROPERTIES: dict[str, tuple[dict[str, Any], str, str]] = {
    "bareNumber": ({"type": "integer", "bareNumber": False}, "1 km", "km"),
    "groupChar": ({"type": "integer", "groupChar": ","}, "1,000", "1.000"),
    "decimalChar": ({"type": "number", "decimalChar": ","}, "1,5", "1.5"),
    "trueValues": ({"type": "boolean", "trueValues": ["yes"]}, "yes", "true"),
    "falseValues": ({"type": "boolean", "falseValues": ["no"]}, "no", "false"),
    "itemType": ({"type": "list", "itemType": "integer"}, "1,2", "1,a"),
    "delimiter": ({"type": "list", "itemType": "integer", "delimiter": ";"}, "1;2", "1,2"),
    "arrayItem": ({"type": "array", "arrayItem": {"type": "integer"}}, "[1]", '["a"]'),
    "missingValues": ({"type": "integer", "missingValues": ["-"]}, "-", "?"),
}


def judged(folder: Path, schema: dict[str, Any], text: str, **dialect: Any) -> Report:
    """The report on one table."""
    (folder / "t.csv").write_text(text, newline="")
    resource = {"name": "t", "path": "t.csv", "dialect": dialect or {"delimiter": ","}, "schema": schema}
    (folder / "datapackage.json").write_text(json.dumps({"name": "x", "resources": [resource]}))
    return validate((folder / "datapackage.json").as_posix())


def told(folder: Path, fields: list[dict[str, Any]], rows: list[list[str]]) -> set[tuple[str, str | None, int | None]]:
    """(code, column, row) of the findings about cells."""
    text = io.StringIO()
    csv.writer(text).writerows([[field["name"] for field in fields], *rows])
    report = judged(folder, {"fields": fields}, text.getvalue())
    codes = ("type-error", "constraint-error")
    return {(f.code, f.place.column, f.place.row) for f in report.findings if f.code in codes}


@pytest.mark.parametrize("kind", CELLS)
def test_each_constraint_of_a_type_is_enforced(kind: str, tmp_path: Path) -> None:
    low, high = CELLS[kind]
    # constraint → its bound, and the row that breaks it: 1 is low, 2 is high, 3 is empty
    broken: dict[str, tuple[Any, int]] = {"required": (True, 3), "enum": ([low], 2)}
    if kind in ORDERED:
        bounds = {
            "minimum": (high, 1),
            "exclusiveMinimum": (low, 1),
            "maximum": (low, 2),
            "exclusiveMaximum": (high, 2),
        }
        assert bounds.keys() == ORDER.keys()
        broken |= bounds
    if kind in SIZED:
        broken |= {"minLength": (2, 1), "maxLength": (1, 2)}
    if kind in JSON:
        broken |= {"jsonSchema": ({"const": json.loads(low)}, 2)}
    if kind == "string":
        broken |= {"pattern": ("a", 2)}
    fields: list[dict[str, Any]] = [
        {"name": name, "type": kind, "constraints": {name: bound}} for name, (bound, _) in broken.items()
    ]
    fields.append({"name": "categories", "type": kind, "categories": [low]})
    fields.append({"name": "id", "type": "string"})
    rows = [[cell] * (len(fields) - 1) + ["x"] for cell in (low, high, "")]
    wanted = {("constraint-error", name, row) for name, (_, row) in broken.items()}
    assert told(tmp_path, fields, rows) == wanted | {("constraint-error", "categories", 2)}


@pytest.mark.parametrize("kind", sorted(CELLS.keys() - {"string", "list", "any"}))
def test_each_type_is_enforced(kind: str, tmp_path: Path) -> None:
    fields = [{"name": "c", "type": kind}]
    assert told(tmp_path, fields, [[CELLS[kind][0]], ["?"]]) == {("type-error", "c", 2)}


@pytest.mark.parametrize("kind", FORMATS)
def test_each_format_is_enforced(kind: str, tmp_path: Path) -> None:
    good = FORMATS[kind]
    fields = [{"name": form, "type": kind, "format": form} for form in good]
    assert told(tmp_path, fields, [[*good.values()], ["?"] * len(good)]) == {("type-error", form, 2) for form in good}


@pytest.mark.parametrize("name", PROPERTIES)
def test_each_property_that_a_type_has_is_heeded(name: str, tmp_path: Path) -> None:
    field, good, bad = PROPERTIES[name]
    assert told(tmp_path, [{"name": "c"} | field], [[good], [bad]]) == {("type-error", "c", 2)}


def test_a_unique_key_of_several_columns_is_enforced(tmp_path: Path) -> None:
    fields = [{"name": "a", "type": "integer"}, {"name": "b", "type": "integer"}]
    schema = {"fields": fields, "uniqueKeys": [["a", "b"]]}
    [finding] = judged(tmp_path, schema, "a,b\n1,1\n1,2\n1,2\n").findings
    assert (finding.code, finding.constraint, finding.place.row) == ("unique-error", "uniqueKeys", 3)


# what fieldsMatch says → a header that it allows, and one that it does not
MATCHES = {
    "exact": ("a,b", "b,a"),
    "equal": ("b,a", "a"),
    "subset": ("b,a,c", "a"),
    "superset": ("a", "a,c"),
    "partial": ("c,a", "c,d"),
}


@pytest.mark.parametrize("match", MATCHES)
def test_each_way_in_which_fields_match_is_enforced(match: str, tmp_path: Path) -> None:
    schema = {"fields": [{"name": "a", "type": "integer"}, {"name": "b", "type": "integer"}], "fieldsMatch": match}
    for header, fine in zip(MATCHES[match], (True, False), strict=True):
        row = ",".join("1" for _ in header.split(","))
        assert judged(tmp_path, schema, f"{header}\n{row}\n").valid == fine, header


# property of the dialect → the dialect, and a file that holds the numbers 1 and 2 by it
DIALECTS: dict[str, tuple[dict[str, Any], str]] = {
    "delimiter": ({"delimiter": ";"}, "a;b\n1;2\n"),
    "quote": ({"quoteChar": "'"}, "a,b\n'1',2\n"),
    "escape": ({"escapeChar": "\\"}, "a,b\n\\1,2\n"),
    "header": ({"header": False}, "1,2\n"),
    "header rows": ({"headerRows": [2]}, "x,y\na,b\n1,2\n"),
    "header join": ({"headerRows": [1, 2], "headerJoin": "-"}, "a,b\nx,x\n1,2\n"),
    "case sensitive": ({"caseSensitiveHeader": False}, "A,B\n1,2\n"),
    "comment": ({"commentChar": "#"}, "a,b\n#x\n1,2\n"),
    "comment rows": ({"commentRows": [2]}, "a,b\nx,x\n1,2\n"),
    "skip initial space": ({"skipInitialSpace": True}, 'a,b\n1, "2"\n'),
    "null": ({"nullSequence": "-"}, "a,b\n1,2\n-,2\n"),
}


@pytest.mark.parametrize("name", DIALECTS)
def test_each_property_of_a_dialect_is_heeded(name: str, tmp_path: Path) -> None:
    dialect, text = DIALECTS[name]
    labels = ("a-x", "b-x") if name == "header join" else ("a", "b")
    schema = {"fields": [{"name": label, "type": "integer"} for label in labels]}
    assert not list(judged(tmp_path, schema, text, **dialect).findings)


# what the lexer objects to → a file that it objects to, and the rule that tells it
FLAWS = {
    "stray quote": ('a,b\n1,x"y\n', "quote-error"),
    "open quote": ('a,b\n1,"x\n', "quote-error"),
    "bare return": ("a,b\n1,x\ry\n", "line-ending"),
    "quoted return": ('a,b\n1,"x\r\ny"\n', "line-ending"),
    "other end": ("a,b\n1,x\r\n2,y\n", "line-ending"),
    "nul": ("a,b\n1,x\0y\n", "nul-byte"),
}


@pytest.mark.parametrize("name", FLAWS)
def test_each_flaw_of_a_line_is_told(name: str, tmp_path: Path) -> None:
    text, code = FLAWS[name]
    schema = {"fields": [{"name": "a", "type": "integer"}, {"name": "b", "type": "string"}]}
    assert [finding.code for finding in judged(tmp_path, schema, text).findings] == [code]


def test_whether_categories_are_ordered_is_true_or_false(tmp_path: Path) -> None:
    field = {"name": "a", "type": "string", "categories": ["x"], "categoriesOrdered": "yes"}
    report = judged(tmp_path, {"fields": [field]}, "a\nx\n")
    assert any("its categoriesOrdered is" in finding.message for finding in report.findings)


def test_an_escape_character_that_escapes_nothing_is_told(tmp_path: Path) -> None:
    schema = {"fields": [{"name": "a", "type": "integer"}, {"name": "b", "type": "string"}]}
    [finding] = judged(tmp_path, schema, "a,b\n1,x\\", delimiter=",", escapeChar="\\").findings
    assert finding.code == "quote-error"
