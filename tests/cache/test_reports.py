"""A report as plain values and back is the same report, in every format."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapes import many, shapes

from datapkg.cache import reports
from datapkg.cache.reports import NotPlain, from_plain, to_plain
from datapkg.findings import DatasetReport, Excerpt, Finding, Layer, Place, Report, Severity, TableFacts, Verdict
from datapkg.render.reports import RENDERERS

words = st.text(st.characters(), max_size=12)
numbers = st.integers(-(1 << 70), 1 << 70)
maybe = st.none() | words
counts = st.integers(0, 99)
places = st.builds(
    Place,
    path=words,
    table=maybe,
    row=st.none() | counts,
    line=st.none() | counts,
    column=maybe,
    column_number=st.none() | counts,
    value=maybe,
    key=st.none() | st.dictionaries(words, st.none() | words | numbers, max_size=2),
)
findings = st.builds(
    Finding,
    code=words,
    layer=st.sampled_from(Layer),
    severity=st.sampled_from(Severity),
    place=places,
    message=words,
    why=words,
    fix=words,
    constraint=maybe,
    waived=st.booleans(),
    excerpt=st.none() | st.builds(Excerpt, words, counts, counts, counts, counts),
)
verdicts = st.builds(
    Verdict,
    code=words,
    layer=st.sampled_from(Layer),
    severity=st.sampled_from(Severity),
    table=maybe,
    column=maybe,
    constraint=maybe,
    rows=st.none() | numbers,
    failures=counts,
    findings=st.lists(findings, max_size=3).map(tuple),
    skipped=maybe,
    listed=st.booleans(),
)
facts = st.builds(TableFacts, words, words, st.none() | numbers, st.none() | numbers, maybe)
made = st.builds(
    DatasetReport,
    name=words,
    path=words,
    version=maybe,
    tables=st.lists(facts, max_size=2).map(tuple),
    verdicts=st.lists(verdicts, max_size=3).map(tuple),
)


def through(report: DatasetReport) -> DatasetReport:
    """The report, written and read."""
    return from_plain(json.loads(json.dumps(to_plain(report))))


@settings(deadline=None)
@given(made)
def test_a_report_comes_back_as_it_was(report: DatasetReport) -> None:
    back = through(report)
    assert back == report
    assert repr(back) == repr(report)  # Excerpts do not count where findings are compared.


@pytest.mark.parametrize("name", RENDERERS)
@pytest.mark.parametrize("of", ["every shape", "many"])
def test_every_format_of_it_is_the_same(name: str, of: str) -> None:
    report = shapes() if of == "every shape" else many(700)
    shown = [replace(d, verdicts=tuple(replace(v, hidden=False) for v in d.verdicts)) for d in report.datasets]
    fresh, kept = Report(tuple(shown), "1"), Report(tuple(map(through, shown)), "1")
    for color in (False, True):
        assert "".join(RENDERERS[name](kept, color)) == "".join(RENDERERS[name](fresh, color))
    assert (kept.counts, kept.valid) == (fresh.counts, fresh.valid)


def test_what_cannot_be_kept_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    (report,) = many(3).datasets
    (verdict, *_) = [v for v in report.verdicts if v.findings]
    with pytest.raises(NotPlain, match="hidden"):
        to_plain(replace(report, verdicts=(replace(verdict, hidden=True),)))
    with pytest.raises(NotPlain, match="a bytes"):
        to_plain(replace(report, version=_odd(b"1")))
    monkeypatch.setattr(reports, "MOST", 2)
    with pytest.raises(NotPlain, match="too many"):
        to_plain(report)


def _odd(value: Any) -> Any:
    return value
