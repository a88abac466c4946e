"""Waivers: what they cover, and every way in which they can be wrong."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from building import places
from conftest import Judge

from datapkg.limits import Limits
from datapkg.project import Project
from datapkg.validate import validate
from datapkg.waivers import read_waivers

TABLE = {"t": "id:string! n:integer(maximum=9)\na,1\nb,12\n"}
WAIVER = "- rule: constraint-error\n  table: t\n  key: {id: b}\n  reason: known\n  by: me\n  expires: 2999-01-01\n"


@pytest.mark.parametrize("value", ["", "  value: '12'\n", "  value: 12\n"])
def test_a_waived_finding_is_told_and_does_not_fail(judge_project: Judge, value: str) -> None:
    report = judge_project(TABLE, waivers=WAIVER + value)
    assert places(report) == [("constraint-error", 3, "n", "12")]
    assert (report.valid, report.findings[0].waived, report.counts["waived"], report.counts["error"]) == (
        True,
        True,
        1,
        0,
    )


@pytest.mark.parametrize(
    ("waivers", "code", "line", "word"),
    [
        (WAIVER + "  value: '11'\n", "waiver-changed", 1, "'11'"),
        (WAIVER.replace("2999", "2020"), "waiver-expired", 1, "2020-01-01"),
        (WAIVER.replace("id: b", "id: a"), "waiver-unused", 1, "constraint-error"),
    ],
)
def test_a_waiver_that_does_not_fit_is_an_error(
    judge_project: Judge, waivers: str, code: str, line: int, word: str
) -> None:
    report = judge_project(TABLE, waivers=waivers)
    found = [finding for finding in report.findings if finding.code.startswith("waiver")]
    assert [(f.code, f.place.line, f.place.path) for f in found] == [(code, line, "datasets/example/waivers.yaml")]
    assert word.strip("'") in found[0].message and not report.valid


@pytest.mark.parametrize(("limit", "shown"), [(0, [5]), (1, [2, 5]), (9, [2, 3, 4, 5])])
def test_what_is_waived_is_found_however_little_is_shown(
    make_project: Callable[..., Project], limit: int, shown: list[int]
) -> None:
    rows = "".join(f"{key},12\n" for key in ("x", "y", "z", "b"))
    project = make_project({"t": f"id:string! n:integer(maximum=9)\n{rows}"}, waivers=WAIVER)
    report = validate(project=project, limits=Limits(findings=limit))
    assert [f.place.line for f in report.findings] == shown
    assert (report.counts["error"], report.counts["waived"]) == (3, 1)


def test_a_waiver_of_a_rule_that_did_not_run_is_left_alone(judge_project: Judge) -> None:
    tables = {"t": "id:string! n:integer(maximum=9) > id,extra\na,1\n"}
    report = judge_project({"t": "id:string! n:integer(maximum=9) > id\na\n"}, waivers=WAIVER)
    assert {finding.code for finding in report.findings} == {"missing-label"}, tables


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ("a: 1", "not a list"),
        ("- 1", "not an object"),
        ("- {}", "key must be"),
        ("- {rule: x, tabel: t}", "did you mean table"),
        ("- {rule: x, colour: t}", "unknown property 'colour'"),
        (WAIVER.replace("  by: me\n", ""), "it has no 'by'"),
        (WAIVER.replace("2999-01-01", "soon"), "Invalid isoformat"),
        (": [", "does not parse"),
    ],
)
def test_a_waiver_that_is_not_understood(tmp_path: Path, text: str, note: str) -> None:
    (tmp_path / "w.yaml").write_text(text)
    found = read_waivers(tmp_path / "w.yaml", "w.yaml")
    assert [finding.code for finding in found.findings] == ["waiver-error"]
    assert note in found.findings[0].message


def test_a_waiver_as_a_value(tmp_path: Path) -> None:
    (tmp_path / "w.yaml").write_text(WAIVER)
    (waiver,) = read_waivers(tmp_path / "w.yaml", "w.yaml").waivers
    assert (waiver.key, waiver.expires, waiver.value) == ({"id": "b"}, date(2999, 1, 1), None)
    assert read_waivers(tmp_path / "absent.yaml", "w.yaml").waivers == ()
