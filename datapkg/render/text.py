"""The report for people at a terminal: each finding with its line, its cell marked, and its fix."""

from collections.abc import Iterator

from datapkg.findings import DatasetReport, Excerpt, Finding, Report, Severity
from datapkg.render.escape import show

WINDOW = 100
COLORS = {Severity.ERROR: "31", Severity.WARNING: "33", Severity.INFO: "36"}


def render(report: Report, color: bool) -> Iterator[str]:
    """Findings dataset by dataset, what was cut, and one line of counts at the end."""
    for dataset in report.datasets:
        for finding in dataset.findings:
            yield from _finding(finding, color)
        yield from _cuts(dataset)
    for dataset in report.datasets:
        yield from _skips(dataset)
    yield _summary(report, color)


def _finding(finding: Finding, color: bool) -> Iterator[str]:
    place = finding.place
    where = place.path if place.line is None else f"{place.path}:{place.line}"
    if place.line is None and place.row is not None:
        where = f"{place.path} row {place.row}"
    grade = "waived" if finding.waived else str(finding.severity)
    code = finding.code
    head = f"{_paint(grade, COLORS[finding.severity], color and not finding.waived)} {show(code)}"
    yield f"{show(where)}: {head}: {show(finding.message)}\n"
    if finding.excerpt is not None and finding.excerpt.text:
        yield from _marked(finding.excerpt)
    if not finding.waived:
        yield f"  why: {show(finding.why)}\n  fix: {show(finding.fix)}\n"


def _marked(excerpt: Excerpt) -> Iterator[str]:
    """The line, cut to a window around the cell, and a mark below the cell."""
    start = max(0, min(excerpt.start - WINDOW // 3, len(excerpt.text) - WINDOW))
    before = show(excerpt.text[start : excerpt.start])
    cell = show(excerpt.text[excerpt.start : min(excerpt.start + excerpt.length, start + WINDOW)])
    after = show(excerpt.text[excerpt.start + len(cell) : start + WINDOW]) if len(cell) < WINDOW else ""
    left, right = "…" if start else "", "…" if start + WINDOW < len(excerpt.text) else ""
    yield f"  | {left}{before}{cell}{after}{right}\n"
    yield f"  | {' ' * len(left + before)}{'^' * max(1, len(cell))}\n"


def _cuts(dataset: DatasetReport) -> Iterator[str]:
    for code, table, column, count, shown in dataset.totals:
        if shown < count:
            where = ".".join(part for part in (table, column) if part)
            yield f"… {count - shown:,} more of {show(code)} in {show(where)} ({count:,} in all)\n"


def _skips(dataset: DatasetReport) -> Iterator[str]:
    reasons: dict[str, int] = {}
    for verdict in dataset.verdicts:
        if verdict.listed and verdict.skipped is not None:
            reasons[verdict.skipped] = reasons.get(verdict.skipped, 0) + 1
    for reason, count in reasons.items():
        yield f"{count} {'rule' if count == 1 else 'rules'} skipped: {show(reason)}\n"


def _summary(report: Report, color: bool) -> str:
    counts = report.counts
    tables = sum(len(dataset.tables) for dataset in report.datasets)
    rows = sum(table.rows or 0 for dataset in report.datasets for table in dataset.tables)
    ran = sum(v.listed and v.skipped is None for dataset in report.datasets for v in dataset.verdicts)
    verdict = "valid" if report.valid else "not valid"
    parts = [f"{counts[level]:,} {level}{'s' if counts[level] != 1 else ''}" for level in ("error", "warning")]
    parts.append(f"{counts['info']:,} info")
    if counts["waived"]:
        parts.append(f"{counts['waived']:,} waived")
    done = f"{tables} tables, {rows:,} rows, {ran:,} rules run"
    return f"{_paint(verdict, '32' if report.valid else '31', color)}: {', '.join(parts)} ({done})\n"


def _paint(text: str, code: str, color: bool) -> str:
    return f"\x1b[{code}m{text}\x1b[0m" if color else text
