"""The text report: every shape of finding on one screen."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import Judge
from shapes import TYPE, at

from datapkg.findings import DatasetReport, Finding, Report, verdict_of
from datapkg.limits import Limits
from datapkg.project import Project
from datapkg.render import text
from datapkg.render.escape import show
from datapkg.validate import validate

PLAIN, COLOURED = False, True
TABLES = {
    "t": "id:string! n:integer(maximum=9) note:string\na,1,x\nb,12,y\nc,many,z\nd,1\n",
    "u": "id:string! t:string→t.id\np,q\n",
}
SQL = {
    "odd-note": "-- severity: info\n-- message: {note} is odd\n-- why: W.\n-- fix: F.\n-- table: t\nselect id, note from t where note = 'x'"
}
WAIVERS = "- {rule: constraint-error, table: t, key: {id: b}, reason: r, by: b, expires: 2999-01-01}\n"

EXPECTED = """\
datasets/example/data/t.csv:2: info odd-note: x is odd
  | a,1,x
  | ^^^^^
  why: W.
  fix: F.
datasets/example/data/t.csv:3: waived constraint-error: '12' breaks the constraint maximum: 9
  | b,12,y
  |   ^^
datasets/example/data/t.csv:4: error type-error: 'many' is not a whole number such as 12
  | c,many,z
  |   ^^^^
  why: A cell that is not of its column's type is lost or changed when the table is loaded.
  fix: Write the cell as a whole number such as 12, or leave it empty where the value is unknown.
datasets/example/data/t.csv:5: error missing-cell: the row has 2 cells where the header has 3; note has none
  | d,1
  | ^^^
  why: A cell too few shifts the cells after it into the wrong columns, or cuts the row.
  fix: Add the missing cell; an unknown value is an empty cell.
datasets/example/data/u.csv:2: error foreign-key: 'q' in t is not in t.id
  | p,q
  |   ^
  why: A reference to nothing drops rows from every join.
  fix: Add the missing row to the referenced table, or correct the reference.
not valid: 3 errors, 0 warnings, 1 info, 1 waived (2 tables, 5 rows, 12 rules run)
"""


def test_a_report_that_shows_every_shape(judge_project: Judge) -> None:
    assert "".join(text.render(judge_project(TABLES, sql=SQL, waivers=WAIVERS), PLAIN)) == EXPECTED


def test_what_was_cut_and_skipped_is_said(make_project: Callable[..., Project]) -> None:
    tables = {"t": "id:string! n:integer\n" + "a,x\n" * 5, "u": "id:string! t:string→t.id > id\np\n"}
    lines = "".join(text.render(validate(project=make_project(tables), limits=Limits(findings=2)), PLAIN)).splitlines()
    assert "… 3 more of type-error in t.n (5 in all)" in lines
    assert "… 2 more of primary-key in t.id (4 in all)" in lines
    assert "1 rule skipped: the column t is not in u" in lines
    assert "1 rule skipped: the column t is not in the file" in lines


def test_a_long_line_shows_a_window_around_its_cell(judge: Judge) -> None:
    row = "x" * 300 + ",bad," + "y" * 300
    report = judge(t=f"a:string n:integer b:string\n{row}\n")
    lines = "".join(text.render(report, PLAIN)).splitlines()
    assert lines[1] == "  | …" + "x" * 32 + ",bad," + "y" * 63 + "…"
    assert lines[2].index("^") == lines[1].index("bad") and lines[2].count("^") == 3


@pytest.mark.parametrize(
    ("row", "marks"),
    [
        ("漢字,bad,c", "     ^^^"),
        ("e\u0301te\u0301,bad,c", "    ^^^"),
        ("ｆｕｌｌ,bad,c", "         ^^^"),
        ("שלום,bad,c", "     ^^^"),
        ("a,漢字,c", "  ^^^^"),
        ("a\u200b,bad,c", "        ^^^"),
        ('"two, cells",bad,c', "             ^^^"),
    ],
    ids=["wide", "combining", "full width", "right to left", "a wide cell", "spelled out", "quoted"],
)
def test_the_mark_stands_below_the_cell(judge: Judge, row: str, marks: str) -> None:
    lines = "".join(text.render(judge(t=f"a:string n:integer b:string\n{row}\n"), PLAIN)).splitlines()
    (told,) = [number for number, line in enumerate(lines) if " type-error: " in line]
    assert lines[told + 2] == f"  | {marks}"


def test_why_and_fix_are_said_once_for_a_rule_and_column(judge: Judge) -> None:
    lines = "".join(text.render(judge(t="n:integer d:date\n" + "x,y\n" * 20), PLAIN)).splitlines()
    assert sum(": error type-error: " in line for line in lines) == 40
    assert [line.split()[4:8] for line in lines if line.startswith("  fix:")] == [
        ["as", "a", "whole", "number"],
        ["as", "a", "date", "such"],
    ]


def test_what_differs_from_the_last_is_said_again() -> None:
    rules = [replace(TYPE, fix=f"Mend it {way}.") for way in ("so", "so", "otherwise")]
    findings = [Finding.of(rule, at(row, "n", 2, "x")) for row, rule in enumerate(rules, 1)]
    report = Report((DatasetReport("d", "d.json", None, (), (verdict_of(TYPE, findings, table="t"),)),), "1.0.0")
    told = "".join(text.render(report, PLAIN)).splitlines()
    assert [line for line in told if "fix" in line] == ["  fix: Mend it so.", "  fix: Mend it otherwise."]


def test_colour_is_only_where_it_was_asked_for(judge: Judge) -> None:
    report = judge(t="n:integer\nx\n")
    assert "\x1b[31merror\x1b[0m type-error" in "".join(text.render(report, COLOURED))
    assert "\x1b" not in "".join(text.render(report, PLAIN))


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("plain é 漢", "plain é 漢"),
        ("\x1b[2J", "\\x1b[2J"),
        ("a\nb\tc", "a\\x0ab c"),
        ("\u202egnp", "U+202Egnp"),
        ("a\u200bb", "aU+200Bb"),
        ("\ue000", "U+E000"),
        ("\x9b", "\\x9b"),
        ("a\xa0b", "a\xa0b"),
        ("\ufffe\uffff\U0001fffe", "U+FFFEU+FFFFU+1FFFE"),
        ("\u0378", "U+0378"),
        ("\ufe0f\U000e0100\u3164\u034f", "U+FE0FU+E0100U+3164U+034F"),
        ("e\u0301", "e\u0301"),
    ],
)
def test_nothing_a_cell_holds_reaches_the_terminal(given: str, shown: str) -> None:
    assert show(given) == shown


def test_a_row_without_a_line_is_named_by_its_number(tmp_path: Path) -> None:
    import pyarrow
    import pyarrow.parquet

    pyarrow.parquet.write_table(pyarrow.table({"n": ["1", "x"]}), tmp_path / "t.parquet")
    (tmp_path / "datapackage.yaml").write_text(
        "name: x\nresources:\n  - name: t\n    path: t.parquet\n    type: table\n"
        "    schema: {fields: [{name: n, type: integer}]}\n"
    )
    first = "".join(text.render(validate(f"{tmp_path}/"), PLAIN)).splitlines()[0]
    assert first.endswith("t.parquet row 2: error type-error: 'x' is not a whole number such as 12")
