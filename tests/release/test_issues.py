"""`known-issues.json` holds the waivers, and `verify` takes what a release publishes as known for known."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from datapkg.checksums import sums_text
from datapkg.findings import Report
from datapkg.limits import Limits
from datapkg.project import Project
from datapkg.release.build import build
from datapkg.verify import verify

TABLES = {"t": "id:number! n:integer(maximum=10) m:integer(required=true)\n1.50,99,1\n2,3,x\n3,4,5\n"}
WAIVERS = """\
- {rule: constraint-error, table: t, key: {id: "1.50"}, value: "99", reason: "It *was* so.", by: ann, expires: 2999-01-01}
- {rule: type-error, table: t, key: {id: "2"}, value: x, reason: Illegible., by: bob, expires: 2999-01-01}
"""
Make = Callable[..., Project]


@pytest.fixture
def release(make_project: Make) -> Path:
    """A release with two waived findings: a bound, and a cell of no number in a required column."""
    return build("example", make_project(TABLES, waivers=WAIVERS)).folder


def told(report: Report) -> list[tuple[str, str | None, bool]]:
    """What is said of the data: `provenance.json` names another list of digests, which is another matter."""
    found = (finding for finding in report.findings if finding.code != "provenance-mismatch")
    return [(finding.code, finding.place.column, finding.waived) for finding in found]


def published(release: Path, change: Callable[[Any], Any]) -> Report:
    """What is said of the release once its known issues were changed, and the digests with them."""
    path = release / "known-issues.json"
    path.write_text(json.dumps(change(json.loads(path.read_text()))))
    (release / "SHA256SUMS").write_text(sums_text(release))
    return verify(release.as_posix())


def test_each_waiver_is_published_with_its_reason(release: Path) -> None:
    found = json.loads((release / "known-issues.json").read_text())
    assert (found["format"], found["name"], found["version"]) == ("datapkg-known-issues/1", "example", "1.0.0")
    assert found["issues"][0] == {
        "rule": "constraint-error",
        "table": "t",
        "key": {"id": "1.50"},
        "column": "n",
        "value": "99",
        "reason": "It *was* so.",
        "by": "ann",
        "expires": "2999-01-01",
        "message": found["issues"][0]["message"],
    }
    assert "10" in found["issues"][0]["message"]


def test_what_is_waived_is_waived_in_the_release_too(release: Path) -> None:
    report = verify(release.as_posix())
    assert report.valid and report.counts["waived"] == 2
    assert told(report) == [("constraint-error", "n", True), ("constraint-error", "m", True)]


def test_beyond_the_limit_of_findings_too(make_project: Make) -> None:
    rows = "".join(f"{number},{number},1\n" for number in range(11, 31))
    waivers = "".join(
        f'- {{rule: constraint-error, table: t, key: {{id: "{number}"}}, reason: r, by: b, expires: 2999-01-01}}\n'
        for number in range(11, 31)
    )
    folder = build("example", make_project({"t": TABLES["t"].split("\n")[0] + "\n" + rows}, waivers=waivers)).folder
    report = verify(folder.as_posix(), limits=Limits(findings=3))
    assert (report.valid, report.counts["waived"]) == (True, 20)


def test_a_release_that_publishes_no_issue_has_its_faults(release: Path) -> None:
    assert told(published(release, lambda found: {**found, "issues": []})) == [
        *(("constraint-error", "n", False), ("constraint-error", "m", False))
    ]


def test_an_issue_of_another_row_or_rule_waives_nothing(release: Path) -> None:
    def moved(found: Any) -> Any:
        found["issues"][0]["key"] = {"id": "1.51"}
        found["issues"][1]["rule"] = "foreign-key"
        return found

    assert {waived for _, _, waived in told(published(release, moved))} == {False}


def test_what_has_expired_since_is_known_all_the_same(release: Path) -> None:
    def aged(found: Any) -> Any:
        for issue in found["issues"]:
            issue["expires"] = "2001-01-01"
        return found

    assert {waived for _, _, waived in told(published(release, aged))} == {True}


@pytest.mark.parametrize(
    "change",
    [
        lambda found: {**found, "format": "something/1"},
        lambda found: {**found, "issues": {}},
        lambda found: {**found, "issues": [{"rule": "x"}]},
        lambda found: {**found, "issues": ["x"]},
        lambda found: [],
    ],
)
def test_known_issues_that_are_not_understood_are_a_fault(release: Path, change: Callable[[Any], Any]) -> None:
    report = published(release, change)
    assert not report.valid
    assert ("waiver-error", "known-issues.json") in {
        (finding.code, Path(finding.place.path).name) for finding in report.findings
    }
