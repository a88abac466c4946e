"""The law: the same verdict from the fast path and from plain Pandera; constraints of each type."""

import os
import py_compile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandera.errors
import pyarrow as pa
import pytest
from building import places, schema_of
from conftest import Judge

from datapkg.law import RuleFault, compile_law, load_row_rules, reference
from datapkg.schema import from_descriptor

ROWS = """
import narwhals.stable.v1 as nw
import pandera.pyarrow as pa

CHECKS = [
    pa.Check(
        lambda frame: nw.col("low") <= nw.col("best"),
        native=False,
        name="low-above-best",
        error="low {low} is above best {best} of {id}",
        title="A lower bound is not above the figure it bounds.",
        description="Swap the two.",
    ),
    pa.Check(lambda frame: ~(nw.col("best") > 90), native=False, name="best-high", raise_warning=True),
]
"""
TABLE = {"incidents": "id:string! low:integer best:integer\na,1,2\nb,5,2\nc,,2\nd,x,1\ne,1,99\n"}


def test_a_row_rule_is_judged_where_all_it_reads_is_known(judge_project: Judge) -> None:
    report = judge_project(TABLE, rows={"incidents": ROWS})
    assert places(report) == [
        ("low-above-best", 3, "low", "5"),
        ("type-error", 5, "low", "x"),
        ("best-high", 6, "best", "99"),
    ]
    first, _, last = report.findings
    assert (first.message, first.why, first.fix) == (
        "low 5 is above best 2 of b",
        "A lower bound is not above the figure it bounds.",
        "Swap the two.",
    )
    assert (first.severity, last.severity, last.message) == ("error", "warning", "the row breaks best-high")


@pytest.mark.parametrize(
    ("code", "note"),
    [
        ("CHECKS = 1", "has no list CHECKS"),
        ("import absent_module", "does not run: ModuleNotFoundError"),
        ("raise SystemExit(3)", "does not run"),
        ("import pandera.pyarrow as pa\nCHECKS = [pa.Check(lambda f: f)]", "a check has no name"),
        (
            "import pandera.pyarrow as pa\nCHECKS = [pa.Check(lambda f: 1 / 0, native=False, name='x')]",
            "the rule x cannot run: division",
        ),
    ],
)
def test_a_rule_that_cannot_run_is_an_error_and_the_rest_goes_on(judge_project: Judge, code: str, note: str) -> None:
    report = judge_project(TABLE, rows={"incidents": code})
    assert {finding.code for finding in report.findings} == {"rule-error", "type-error"}
    fault = next(finding for finding in report.findings if finding.code == "rule-error")
    assert note in fault.message and fault.place.path == "schemas/incidents.py"


def test_rules_of_a_file_are_loaded_and_leave_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "x.py").write_text(ROWS)
    assert [check.name for check in load_row_rules(tmp_path / "x.py")] == ["low-above-best", "best-high"]
    assert [path.name for path in tmp_path.iterdir()] == ["x.py"]
    with pytest.raises(RuleFault, match=r"absent\.py does not run: FileNotFoundError"):
        load_row_rules(tmp_path / "absent.py")


def test_bytecode_beside_the_rules_is_not_believed(tmp_path: Path) -> None:
    """Python itself takes bytecode for that of a file whose size and time are the same."""
    rules = tmp_path / "x.py"
    rules.write_text(ROWS.replace("best-high", "best-fine"))
    py_compile.compile(rules.as_posix())
    before = rules.stat()
    rules.write_text(ROWS)
    os.utime(rules, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert [check.name for check in load_row_rules(rules)] == ["low-above-best", "best-high"]


@pytest.mark.parametrize(
    ("column", "good", "bad"),
    [
        ("v:integer(minimum=2)", "2,3", "1"),
        ("v:integer(maximum=2)", "2,1", "3"),
        ("v:number(exclusiveMinimum=2)", "2.1", "2,2.0"),
        ("v:number(exclusiveMaximum=2)", "1.9", "2,2e0"),
        ("v:date(minimum=2020-01-01)", "2020-01-01", "2019-12-31"),
        ("v:time(maximum=12:00:00)", "12:00:00", "12:00:01"),
        ("v:year(minimum=1970)", "1970", "1969"),
        ("v:yearmonth(minimum=2020-02)", "2020-02", "2020-01"),
        ("v:datetime(minimum=2020-01-01T00:00:00)", "2020-01-01T00:00:00Z", "2019-12-31T23:59:59Z"),
        ("v:string(minLength=2)", "ab", "a"),
        ("v:string(maxLength=2)", "ab,éé", "abc"),
        ("v:string(pattern=cat|dog)", "cat,dog", "category,xdog"),
        ("v:string(pattern=[a-z]+)", "abc", "aBc"),
    ],
)
def test_constraints(judge: Judge, column: str, good: str, bad: str) -> None:
    cells = [*good.split(","), *bad.split(",")]
    report = judge(t=column + "\n" + "".join(f"{cell}\n" for cell in cells))
    assert [value for *_, value in places(report)] == bad.split(",")
    assert {finding.code for finding in report.findings} == {"constraint-error"}


@pytest.mark.parametrize(
    ("field", "good", "bad"),
    [
        ({"type": "string", "constraints": {"enum": ["a", "b"]}}, "ab", "c"),
        ({"type": "integer", "constraints": {"enum": [1, "2"]}}, "12", "3"),
        ({"type": "integer", "categories": [{"value": 1, "label": "one"}, {"value": 2}]}, "12", "3"),
        ({"type": "string", "categories": ["a", "b"]}, "ab", "c"),
        ({"type": "boolean", "constraints": {"enum": [True]}}, "1", "0"),
    ],
)
def test_lists_of_values(field: dict[str, Any], good: str, bad: str) -> None:
    law = compile_law(from_descriptor({"fields": [{"name": "v", **field}]}))
    assert [clause.size > 0 for clause in law.clauses if clause.subject == "value"] == [True]
    casts: dict[str, Callable[[str], Any]] = {"string": str, "integer": int, "boolean": lambda cell: cell == "1"}
    cast = casts[field["type"]]
    kind = {"string": pa.string(), "integer": pa.int64(), "boolean": pa.bool_()}[field["type"]]
    schema = reference(law)
    schema.validate(pa.table({"v": pa.array([cast(cell) for cell in good], kind)}), lazy=True)
    with pytest.raises(pandera.errors.SchemaErrors):
        schema.validate(pa.table({"v": pa.array([cast(cell) for cell in bad], kind)}), lazy=True)


@pytest.mark.parametrize(
    ("column", "constraint"),
    [
        ("v:integer(minLength=1)", "minLength"),
        ("v:string(minLength=-1)", "minLength"),
        ("v:duration(minimum=P)", "minimum"),
        ("v:string(pattern=[a-z-[aeiou]])", "pattern"),
        ("v:integer(minimum=x)", "minimum"),
        ("v:date(maximum=2020)", "maximum"),
        ("v:object(pattern=x)", "pattern"),
    ],
)
def test_a_constraint_that_nobody_can_check_is_an_error(column: str, constraint: str) -> None:
    law = compile_law(from_descriptor(schema_of(column)[0]))
    assert [name for _, name, _ in law.unenforced] == [constraint]


def test_plain_pandera_finds_what_the_fast_path_finds(judge_project: Judge, tmp_path: Path) -> None:
    tables = {"incidents": "id:string(pattern=[a-z]) low:integer(minimum=0) best:integer\na,1,2\nB,5,2\nc,-1,2\nd,,\n"}
    report = judge_project(tables, rows={"incidents": ROWS})
    (tmp_path / "rules.py").write_text(ROWS)
    law = compile_law(
        from_descriptor(schema_of(tables["incidents"].splitlines()[0])[0]), load_row_rules(tmp_path / "rules.py")
    )
    table = pa.table({"id": ["a", "B", "c", "d"], "low": [1, 5, -1, None], "best": [2, 2, 2, None]})
    with pytest.raises(pandera.errors.SchemaErrors) as errors:
        reference(law).validate(table, lazy=True)
    told = {str(error.check.name) for error in errors.value.schema_errors if error.check is not None}
    assert (
        told
        == {finding.constraint or finding.code for finding in report.findings}
        == {"pattern", "minimum", "low-above-best"}
    )


def test_a_row_rule_that_does_not_compile_hides_no_other(judge_project: Judge) -> None:
    broken = ROWS.replace(
        "CHECKS = [", "CHECKS = [\n    pa.Check(lambda f: nw.col('absent') > 0, native=False, name='x'),"
    )
    report = judge_project(TABLE, rows={"incidents": broken})
    assert [finding.code for finding in report.findings] == ["low-above-best", "type-error", "best-high", "rule-error"]


def test_a_pattern_that_is_none_is_told_and_the_rest_is_judged(judge: Judge) -> None:
    report = judge(t="a:string(pattern=[,maxLength=1) n:integer\nab,x\n")
    assert sorted(finding.code for finding in report.findings) == [
        "constraint-error",
        "constraint-unenforced",
        "type-error",
    ]
