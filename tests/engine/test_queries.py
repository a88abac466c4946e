"""SQL rules: placed on rows, skipped with a reason, and contained."""

from collections.abc import Callable

import pytest
from building import places
from conftest import Judge

from datapkg.limits import Limits
from datapkg.project import Project
from datapkg.validate import validate

TABLES = {
    "people": "id:string! boss:string age:integer\na,,30\nb,a,x\nc,b,70\n",
    "pets": "pet:string! owner:string\np,z\n",
}
HEADER = (
    "-- severity: {severity}\n-- message: {{id}} is {{age}}\n-- why: W.\n-- fix: F.\n-- table: people\n-- column: age\n"
)


def test_a_selected_row_is_found_in_its_file(judge_project: Judge) -> None:
    sql = HEADER.format(severity="warning") + "select id, age from people where age > 60"
    report = judge_project(TABLES, sql={"too-old": sql})
    finding = next(f for f in report.findings if f.code == "too-old")
    assert (finding.place.line, finding.place.row, finding.place.value, finding.place.key) == (4, 3, "70", {"id": "c"})
    assert (finding.message, finding.why, finding.fix, finding.severity) == ("c is 70", "W.", "F.", "warning")


def test_a_rule_without_a_header_takes_its_name_from_the_file(judge_project: Judge) -> None:
    report = judge_project(TABLES, sql={"lonely-pet": "select pet from pets anti join people on owner = id"})
    finding = next(f for f in report.findings if f.code == "lonely-pet")
    assert (finding.place.path, finding.place.line, finding.severity) == (
        "datasets/example/datapackage.yaml",
        None,
        "error",
    )


def test_rules_over_what_is_not_there_are_skipped_with_the_reason(judge_project: Judge) -> None:
    tables = {"people": "id:string! age:integer > id,years\na,1\n", "pets": "pet:string! owner:string > pet\np\n"}
    sql = {"on-column": "select owner from pets", "fine": "select id from people where false"}
    report = judge_project(tables, sql=sql)
    reasons = {v.code: v.skipped for v in report.datasets[0].verdicts if v.code in sql}
    assert reasons == {"on-column": "the column owner is not in pets", "fine": None}
    assert {f.code for f in report.findings} == {"incorrect-label", "missing-label"}


@pytest.mark.parametrize(
    ("query", "code", "word"),
    [
        ("select * from nowhere", "rule-error", "knows no table nowhere"),
        ("select nothing from people", "rule-error", "nothing"),
        ("selec 1", "rule-error", "syntax error"),
        ("select 1; select 2", "rule-forbidden", "exactly one SELECT"),
        ("drop table people", "rule-forbidden", "exactly one SELECT"),
        ("copy people to 'x.csv'", "rule-forbidden", "exactly one SELECT"),
        ("attach 'x.db'", "rule-forbidden", "exactly one SELECT"),
        ("install httpfs", "rule-forbidden", "exactly one SELECT"),
        ("set threads = 1", "rule-forbidden", "exactly one SELECT"),
        ("select * from read_csv('/etc/passwd')", "rule-forbidden", "disabled"),
        ("select * from '/etc/passwd'", "rule-error", ""),
        ("select content from read_text('/etc/passwd')", "rule-forbidden", "disabled"),
        ("select * from glob('/*')", "rule-forbidden", "disabled"),
    ],
)
def test_a_rule_reaches_nothing_but_its_tables(judge_project: Judge, query: str, code: str, word: str) -> None:
    report = judge_project(TABLES, sql={"bad": query})
    told = [f for f in report.findings if f.code != "type-error"]
    assert [f.code for f in told] == [code] and word in told[0].message, [f.message for f in told]
    assert "root:" not in told[0].message


def test_a_rule_without_end_is_stopped_and_the_others_run(make_project: Callable[..., Project]) -> None:
    sql = {
        "a-fine": "select id from people where age > 60",
        "b-endless": "select count(*) from range(100000000) a, range(100000000) b where a.range * b.range = 7",
        "c-fine": "select pet from pets where owner = 'z'",
    }
    report = validate(project=make_project(TABLES, sql=sql), limits=Limits(rule_seconds=3))
    told = [f for f in report.findings if f.code != "type-error"]
    assert [f.code for f in told] == ["a-fine", "c-fine", "rule-error"]
    assert "did not end within 3 s" in told[-1].message


def test_results_are_complete_and_cut(judge_project: Judge) -> None:
    rows = "".join(f"k{n},,{n}\n" for n in range(1200))
    report = judge_project(
        {"people": "id:string! boss:string age:integer\n" + rows},
        sql={"all": "-- table: people\nselect id from people"},
    )
    assert report.datasets[0].totals == (("all", "people", None, 1200, 1000),)
    assert [place[1] for place in places(report)] == list(range(2, 1002))
