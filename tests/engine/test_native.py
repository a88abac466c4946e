"""Native values: data in place, JSON, JSON Lines and spreadsheets, judged against the types of their columns."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from building import places
from sheeting import document, old_workbook, workbook

from datapkg.engine import sheets
from datapkg.findings import Report
from datapkg.limits import Limits
from datapkg.validate import validate

Told = tuple[str, int | None, int | None, str | None, str | None]

FIELDS = [
    {"name": "id", "type": "integer"},
    {"name": "note", "type": "string"},
    {"name": "ok", "type": "boolean"},
    {"name": "x", "type": "number"},
]


def judged(folder: Path, resource: dict[str, Any], data: bytes | str = "", limits: Limits | None = None) -> Report:
    """The report on a package of one resource, which has FIELDS unless it says otherwise."""
    if "path" in resource:
        (folder / resource["path"]).write_bytes(data.encode() if isinstance(data, str) else data)
    resource = {"name": "t"} | resource
    resource.setdefault("schema", {"fields": FIELDS})
    (folder / "datapackage.json").write_text(json.dumps({"name": "x", "resources": [resource]}, indent=1))
    return validate(f"{folder}/", limits=limits)


def told(report: Report) -> list[Told]:
    return [(f.code, f.place.row, f.place.line, f.place.column, f.place.value) for f in report.findings]


ARRAYS = """[
["id", "note", "ok", "x"],
[1, "a", true, 1.5], [2.0, "", null, 1e3],
[1.5, 3, 1, true],
[4, "d"],
[5, "e", false, 0, 9], "row", [null, null, "", null]
]"""
OBJECTS = """[
{"note": "a", "id": 1, "ok": true},
{"id": "b",
 "x": 1, "ok": "yes"},
7
]"""
FAULTS: list[tuple[dict[str, Any], str, list[Told]]] = [
    (
        {"path": "a.json"},
        ARRAYS,
        [
            ("type-error", 3, 4, "id", "1.5"),
            ("type-error", 3, 4, "note", "3"),
            ("type-error", 3, 4, "ok", "1"),
            ("type-error", 3, 4, "x", "true"),
            ("missing-cell", 4, 5, "ok", None),
            ("missing-cell", 4, 5, "x", None),
            ("extra-cell", 5, 6, None, "9"),
            ("source-error", 6, 6, None, None),
            ("blank-row", 7, 6, None, None),
        ],
    ),
    (
        {"path": "a.json"},
        OBJECTS,
        [
            ("text-value", 2, 3, "id", "b"),
            ("type-error", 2, 3, "id", "b"),
            ("text-value", 2, 3, "ok", "yes"),
            ("type-error", 2, 3, "ok", "yes"),
            ("source-error", 3, 5, None, None),
        ],
    ),
    (
        {"path": "a.jsonl"},
        '{"id": 1, "note": "a", "ok": true, "x": 1}\n\n{"id": 1,\n{"id": 2, "id": 3}\n[1]\n{"id": true, "x": NaN}\n{"id": false}\n',
        [
            ("blank-row", None, 2, None, None),
            ("source-error", 2, 3, None, None),
            ("source-error", 3, 4, None, None),
            ("source-error", 4, 5, None, None),
            ("source-error", 5, 6, None, None),
            ("type-error", 6, 7, "id", "false"),
        ],
    ),
    ({"path": "a.ndjson"}, '["id", "note", "ok", "x"]\n["1", "a", false, 1]', [("text-value", 1, 2, "id", "1")]),
    ({"path": "a.json"}, '[{"id": 1, "note": "a", "ok": true, "x": 1, "y": 2}]', [("extra-label", None, 1, None, "y")]),
    (
        {"path": "a.json"},
        '[["id", "note", "OK"], [1, "a", true]]',
        [("incorrect-label", None, 1, "ok", "OK"), ("missing-label", None, 1, "x", None)],
    ),
]


@pytest.mark.parametrize(("resource", "text", "found"), FAULTS)
def test_each_value_is_judged_at_its_row_and_line(
    tmp_path: Path, resource: dict[str, Any], text: str, found: list[Told]
) -> None:
    assert told(judged(tmp_path, resource, text)) == found


DIALECTS: list[tuple[dict[str, Any], str]] = [
    ({}, '[{"id": 1, "note": "a", "ok": true, "x": 1}]'),
    ({}, '\ufeff[{"x": 1, "note": "a", "ok": true, "id": 1}]'),
    ({"property": "rows"}, '{"about": {"n": [1]}, "rows": [{"id": 1, "note": "a", "ok": true, "x": 1}], "z": 1}'),
    ({"itemType": "array"}, '[["id", "note", "ok", "x"], [1, "a", true, 1]]'),
    ({"itemType": "object", "itemKeys": ["id", "note", "ok", "x"]}, '[{"x": 1, "note": "a", "id": 1, "more": []}]'),
    ({"header": False}, '[[1, "a", true, 1]]'),
    ({"headerRows": [2]}, '[["A table"], ["id", "note", "ok", "x"], [1, "a", true, 1]]'),
    ({"commentRows": [2]}, '[["id", "note", "ok", "x"], ["a remark"], [1, "a", true, 1]]'),
]


@pytest.mark.parametrize(("dialect", "text"), DIALECTS)
def test_the_dialect_says_where_the_rows_are(tmp_path: Path, dialect: dict[str, Any], text: str) -> None:
    report = judged(tmp_path, {"path": "a.json", "dialect": dialect}, text)
    assert (told(report), report.datasets[0].tables[0].rows) == ([], 1)


@pytest.mark.parametrize(
    ("resource", "text", "line"),
    [
        ({"path": "a.json"}, '[\n["id"],\n[1,]]', 3),
        ({"path": "a.json"}, '[["id"]\n[1]]', 2),
        ({"path": "a.json"}, '[["id"],\n[1]', 2),
        ({"path": "a.json"}, '[["id"],\n[1]]\n[]', 3),
        ({"path": "a.json"}, '[["id"],\n{"a": 1, "a": 2}]', 2),
        ({"path": "a.json"}, '[["id"],\n[Infinity]]', 2),
        ({"path": "a.json"}, '[["id"], ' + "[" * 100_000, 1),
        ({"path": "a.json"}, '{"rows": []}', 1),
        ({"path": "a.json", "dialect": {"property": "rows"}}, '{"a": 1, "a": 2, "rows": []}', 1),
        ({"path": "a.json", "dialect": {"property": "rows"}}, '{"a": 1}', 1),
        ({"path": "a.json", "dialect": {"itemType": "object"}}, '[["id"]]', 1),
        ({"path": "a.json"}, "[]", None),
        ({"path": "a.jsonl"}, "", None),
        ({"data": []}, "", 6),
        ({"data": {"id": 1}}, "", 6),
    ],
)
def test_what_is_no_table_is_told_once(tmp_path: Path, resource: dict[str, Any], text: str, line: int | None) -> None:
    found = [(code, at) for code, at, *_ in places(judged(tmp_path, resource, text)) if not code.endswith("-label")]
    assert found == [("source-error", line)]


def test_bytes_that_are_no_text_are_told(tmp_path: Path) -> None:
    for name in ("a.json", "a.jsonl"):
        report = judged(tmp_path, {"path": name}, b'[["id"],\n["\xe9"]]')
        assert [code for code, *_ in places(report)] == ["encoding-error"]


ROWS = [[1, "a", True, 1], [2, "b" * 50, True, 2], [3, "c", "no", 3]]
LINES = "\n".join(json.dumps(row) for row in [["id", "note", "ok", "x"], *ROWS])
WIDE = ("too-many-columns", None, 1, None, None)
LINE_4 = [("text-value", 3, 4, "ok", "no"), ("type-error", 3, 4, "ok", "no")]


@pytest.mark.parametrize(
    ("path", "text", "limits", "found"),
    [
        ("a.json", f"[{LINES.replace(chr(10), ',')}]", Limits(document_bytes=100), [("source-error", None, None, None, None)]),
        ("a.json", '[["id", "note", "ok", "x", "y"]]', Limits(columns=4), [WIDE]),
        ("a.json", '[{"id": 1, "note": "a"}, {"ok": true, "x": 1, "y": 1}]', Limits(columns=4), [WIDE]),
        ("a.jsonl", LINES, Limits(document_bytes=100), LINE_4),
        ("a.jsonl", LINES, Limits(line_bytes=50), [("source-error", 2, 3, None, None), *LINE_4]),
        ("a.jsonl", LINES.replace("\n", "\r\n"), Limits(line_bytes=25), [("source-error", 2, 3, None, None), *LINE_4]),
        ("a.jsonl", LINES.replace("\n", "\r\n"), Limits(line_bytes=24), [("source-error", None, 1, None, None)]),
    ],
)  # fmt: skip
def test_a_limit_that_is_passed_is_told(
    tmp_path: Path, path: str, text: str, limits: Limits, found: Sequence[Told]
) -> None:
    assert told(judged(tmp_path, {"path": path}, text, limits)) == found


# ---------------------------------------------------------------- data in place


@pytest.mark.parametrize(
    ("data", "found"),
    [
        ([["id", "note", "ok", "x"], [1, "a", True, 1.5]], []),
        ([{"id": 1, "note": "a"}, {"id": 2, "ok": False, "x": None}], []),
        ([["id", "note", "ok", "x"], [1, 2, True, 1]], [("type-error", 1, 13, "note", "2")]),
        ([{"id": 1, "note": "a", "ok": True, "x": 1}, {"id": "z"}], [("text-value", 2, 13, "id", "z"), ("type-error", 2, 13, "id", "z")]),
        ("id,note,ok,x\n1,a,true,1\n", []),
        ("id,note,ok,x\nz,a,true,1,9\n", [("type-error", 1, 6, "id", "z"), ("extra-cell", 1, 6, None, "9")]),
    ],
)  # fmt: skip
def test_data_in_place_stand_at_their_line_of_the_descriptor(tmp_path: Path, data: Any, found: list[Told]) -> None:
    resource = {"data": data} | ({"format": "csv"} if isinstance(data, str) else {})
    (tmp_path / "datapackage.json").write_text(
        json.dumps({"name": "x", "resources": [{"name": "t"} | resource | {"schema": {"fields": FIELDS}}]}, indent=1)
    )
    assert told(validate(f"{tmp_path}/")) == found


def test_csv_text_in_yaml_has_its_own_lines(tmp_path: Path) -> None:
    (tmp_path / "datapackage.yaml").write_text(
        "name: x\nresources:\n  - name: t\n    format: csv\n    data: |\n      id,n\n      1,2\n      z,3,4\n"
        "    schema: {fields: [{name: id, type: integer}, {name: n, type: integer}]}\n"
    )
    assert places(validate(f"{tmp_path}/")) == [("type-error", 8, "id", "z"), ("extra-cell", 8, None, "4")]


# ---------------------------------------------------------------- spreadsheets

SHEETS = {
    "One": ["A1=id B1=note C1=ok D1=x", "A2=#1 B2=a C2=?1 D2=#1.5", "A4=#1.5 B4=#3 C4=#1", "A5=!#DIV/0!", "A6=#2 F6=#7"],
    "Two": ["B3=id C3=note D3=ok E3=x", "B4=#1 C4=a D4=?0 E4=#2"],
}  # fmt: skip


@pytest.mark.parametrize(
    ("dialect", "found"),
    [
        (
            {},
            [
                ("blank-row", 2, None, None, None),
                ("type-error", 3, None, "id", "1.5"),
                ("type-error", 3, None, "note", "3"),
                ("type-error", 3, None, "ok", "1"),
                ("source-error", 4, None, None, None),
                ("extra-cell", 5, None, None, ""),
                ("extra-cell", 5, None, None, "7"),
            ],
        ),
        ({"sheetNumber": 3}, [("source-error", None, None, None, None)]),
        ({"sheetName": "Three"}, [("source-error", None, None, None, None)]),
    ],
)
def test_cells_of_a_spreadsheet_are_judged(tmp_path: Path, dialect: dict[str, Any], found: Sequence[Told]) -> None:
    assert told(judged(tmp_path, {"path": "a.xlsx", "dialect": dialect}, workbook(SHEETS))) == found


OLD = [["id", "note", "ok", "x"], ["#1", "a", "", "!"], ["#2", "b"], ["?", "c"]]


@pytest.mark.parametrize(
    ("name", "data", "rows"),
    [
        ("a.xlsx", workbook({"One": ["A1=id B1=note", "A2=#1 B2=a", "A3=!#REF! B3=a"]}), {2: "A3"}),
        ("a.xlsx", workbook({"One": ["A1=id B1=note", "A2=#1 AB2=!#N/A"]}), {1: "AB2"}),
        ("a.ods", document(["id note ok x", "#1 a 2*- !#DIV/0!", "2| #1 a", "2| ?Err:502 #1"]), {1: "E2", 4: "A5", 5: "A6"}),
        ("a.xls", old_workbook(OLD), {1: "D2", 3: "A4"}),
        ("a.xls", old_workbook(OLD, long=False), {1: "D2", 3: "A4"}),
    ],
)  # fmt: skip
def test_a_cell_that_holds_an_error_is_no_empty_cell(
    tmp_path: Path, name: str, data: bytes, rows: dict[int, str]
) -> None:
    found = [finding for finding in judged(tmp_path, {"path": name}, data).findings if finding.code == "source-error"]
    note = "{} holds an error of the spreadsheet and no value"
    assert [finding.place.row for finding in found] == list(rows)
    assert all(note.format(place) in finding.message for finding, place in zip(found, rows.values(), strict=True))


@pytest.mark.parametrize("dialect", [{"sheetNumber": 2}, {"sheetName": "Two"}, {"excel": {"sheet": "Two"}}])
def test_the_dialect_names_the_sheet(tmp_path: Path, dialect: dict[str, Any]) -> None:
    fields = [{"name": "column_1"}, *FIELDS]
    dialect = dialect | {"headerRows": [3]}
    report = judged(tmp_path, {"path": "a.xlsx", "dialect": dialect, "schema": {"fields": fields}}, workbook(SHEETS))
    assert [code for code, *_ in places(report)] == ["blank-label"]


@pytest.mark.parametrize(
    ("kind", "number", "value"),
    [
        ("date", "45000", None),
        ("datetime", "45000", None),
        ("datetime", "45000.5", None),
        ("time", "0.5", None),
        ("date", "45000.5", "2023-03-15T12:00:00"),
        ("string", "45000", "2023-03-15"),
        ("integer", "45000", "2023-03-15"),
    ],
)
def test_a_moment_is_of_the_type_that_it_says(tmp_path: Path, kind: str, number: str, value: str | None) -> None:
    schema = {"fields": [{"name": "when", "type": kind}]}
    book = workbook({"One": ["A1=when", f"A2=@{number}"]})
    report = judged(tmp_path, {"path": "a.xlsx", "schema": schema}, book)
    assert [f.place.value for f in report.findings] == ([] if value is None else [value])


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"no book",
        workbook(SHEETS)[:-9],
        workbook({"One": ["A1=#1", "XFD1048576=#1"]}),
        workbook({"One": [f"A{n}={'0' * 1000}" for n in range(1, 20_000)]}),
    ],
    ids=("empty", "text", "cut", "sparse", "bomb"),
)
def test_no_spreadsheet_breaks_the_reader(tmp_path: Path, data: bytes) -> None:
    report = judged(tmp_path, {"path": "a.xlsx"}, data)
    assert [code for code, *_ in places(report)] in (["source-error"], ["decompression-limit"])


BOOK = workbook({"One": ["A1=id B1=note C1=ok D1=x", *(f"A{n}=#{n}" for n in range(2, 250_000))]})


@pytest.mark.parametrize(
    "limits",
    [Limits(sheet_memory=64 << 20), Limits(expanded=1000), Limits(ratio=2)],
    ids=("memory", "expanded", "ratio"),
)
def test_what_a_spreadsheet_may_use_is_bounded(tmp_path: Path, limits: Limits) -> None:
    report = judged(tmp_path, {"path": "a.xlsx"}, BOOK, limits)
    assert [code for code, *_ in places(report)] in (["source-error"], ["decompression-limit"])


def test_a_spreadsheet_that_takes_too_long_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bounded = "    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))\n"
    text = sheets.READER.read_text(encoding="utf-8")
    assert bounded in text
    (tmp_path / "endless.py").write_text(text.replace(bounded, f"{bounded}    while True:\n        pass\n"))
    monkeypatch.setattr(sheets, "READER", tmp_path / "endless.py")
    report = judged(tmp_path, {"path": "a.xlsx"}, workbook({"One": ["A1=id"]}), Limits(sheet_seconds=1))
    assert [code for code, *_ in places(report)] == ["source-error"]
