"""JUnit: valid, and never green where the report is not."""

from pathlib import Path
from xml.etree.ElementTree import Element

import pytest
import xmlschema
from conftest import SHARED
from hypothesis import given, settings
from hypothesis import strategies as st
from shapes import HOSTILE, clean, many, saying, shapes

from datapkg.findings import Report
from datapkg.render import junit

PLAIN = False
XSD = SHARED / "standards" / "junit.xsd"


def suites(report: Report) -> list[Element]:
    """The suites of the rendered report."""
    return list(xmlschema.XMLResource("".join(junit.render(report, PLAIN))).root)


def cases(report: Report) -> dict[str, Element]:
    """The cases by suite and name."""
    return {
        f"{case.get('classname')} {case.get('name')}": case
        for suite in suites(report)
        for case in suite.iter("testcase")
    }


@pytest.mark.skipif(not XSD.is_file(), reason="the XML Schema of JUnit lies in ../shared")
@pytest.mark.parametrize(
    "report", [shapes(), clean(), many(0), many(30), saying(HOSTILE)], ids=["shapes", "clean", "none", "30", "hostile"]
)
def test_it_is_valid(report: Report, tmp_path: Path) -> None:
    xmlschema.XMLSchema(XSD).validate("".join(junit.render(report, PLAIN)))


def test_a_suite_per_table_and_one_for_the_dataset() -> None:
    names = [(suite.get("name"), suite.get("id")) for suite in suites(shapes())]
    assert names[:4] == [("shapes", "0"), ("shapes.t", "1"), ("shapes.u", "2"), ("shapes.v", "3")]


def test_every_verdict_is_a_case_of_its_own() -> None:
    found = cases(shapes())
    assert found["shapes.t type-error/n"].find("failure") is not None
    assert found["shapes.t constraint-error/maximum/n"].find("failure") is None, "it is waived"
    assert found["shapes.t odd-note/note"].find("failure") is None, "it is information"
    assert found["shapes field-error"].find("failure") is not None, "it stands in no ledger"
    assert found["shapes.v scheme-error"].find("failure") is not None
    assert [found[f"shapes.u foreign-key/t{n}"].find("failure") is None for n in ("", " (2)")] == [False, True]


def test_what_did_not_run_says_why() -> None:
    found = cases(shapes())
    skipped = [found[name].find("skipped") for name in ("shapes agreeing-totals", "shapes.t unasked")]
    assert [one.get("message") for one in skipped if one is not None] == ["the table v was not read", junit.HIDDEN]


def test_the_counts_of_a_suite_are_those_of_its_cases() -> None:
    for suite in suites(shapes()):
        told = [int(suite.get(name, "-1")) for name in ("tests", "failures", "skipped", "errors")]
        assert told == [*(len(list(suite.iter(name))) for name in ("testcase", "failure", "skipped")), 0]


def test_a_failure_names_the_first_places() -> None:
    failure = cases(many(12))["many.t type-error/n"].find("failure")
    assert failure is not None and failure.text is not None
    lines = failure.text.splitlines()
    assert failure.attrib == {"type": "error", "message": "12 failures in 12 rows: x is not a number"}
    assert (lines[0], lines[10:]) == (
        "data/shapes/t.csv:2: x is not a number",
        ["… 2 more", "why: Why a type.", "fix: Write a number."],
    )


@settings(deadline=None)
@given(st.text())
def test_any_text_is_well_formed(text: str) -> None:
    assert len(cases(saying(text))) == 2
