"""The report for people at a terminal: each finding with its line and its cell marked.

Why it matters and how to mend it is said at the first finding of a rule and column, and again where it differs.
"""

from collections.abc import Iterator

from datapkg.findings import DatasetReport, Finding, Report, Severity
from datapkg.render.escape import show
from datapkg.render.wording import grade, marked, skips, verdict, where

COLORS = {Severity.ERROR: "31", Severity.WARNING: "33", Severity.INFO: "36"}

Explained = dict[tuple[str | None, ...], tuple[str, str]]


def render(report: Report, color: bool) -> Iterator[str]:
    """Findings dataset by dataset, what was cut, and one line of counts at the end."""
    for dataset in report.datasets:
        explained: Explained = {}
        for finding in dataset.findings:
            yield from _finding(finding, color)
            yield from _explained(finding, explained)
        yield from _cuts(dataset)
    for dataset in report.datasets:
        yield from (f"{line}\n" for line in skips(dataset))
    yield _summary(report, color)


def _finding(finding: Finding, color: bool) -> Iterator[str]:
    severity = _paint(grade(finding), COLORS[finding.severity], color and not finding.waived)
    yield f"{where(finding.place)}: {severity} {show(finding.code)}: {show(finding.message)}\n"
    if finding.excerpt is not None and finding.excerpt.text:
        yield from (f"  | {line}\n" for line in marked(finding.excerpt))


def _explained(finding: Finding, explained: Explained) -> Iterator[str]:
    """Why and how to mend it, where the last finding of the same rule and column did not say the same."""
    told = (finding.why, finding.fix)
    what = (finding.code, finding.constraint, finding.place.table, finding.place.column)
    if not finding.waived and explained.get(what) != told:
        explained[what] = told
        yield f"  why: {show(finding.why)}\n  fix: {show(finding.fix)}\n"


def _cuts(dataset: DatasetReport) -> Iterator[str]:
    for code, table, column, count, shown in dataset.totals:
        if shown < count:
            place = ".".join(part for part in (table, column) if part)
            yield f"… {count - shown:,} more of {show(code)} in {show(place)} ({count:,} in all)\n"


def _summary(report: Report, color: bool) -> str:
    tables = [table for dataset in report.datasets for table in dataset.tables]
    rows = sum(table.rows or 0 for table in tables)
    ran = sum(v.listed and v.skipped is None for dataset in report.datasets for v in dataset.verdicts)
    said, _, counts = verdict(report).partition(":")
    painted = _paint(said, "32" if report.valid else "31", color)
    return f"{painted}:{counts} ({len(tables)} tables, {rows:,} rows, {ran:,} rules run)\n"


def _paint(text: str, code: str, color: bool) -> str:
    return f"\x1b[{code}m{text}\x1b[0m" if color else text
