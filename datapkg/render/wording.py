"""What several formats say in the same way: where a finding is, which are worth most, how many there are."""

import heapq
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from datapkg.findings import DatasetReport, Excerpt, Finding, Place, Report, Severity
from datapkg.render.escape import show, width

TEXT_LIMIT = 500
"""Characters of a message that formats for people quote; a maintainers' message may hold whole cells."""
WINDOW = 100
RANK = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.INFO: 2}


def brief(text: str, limit: int = TEXT_LIMIT) -> str:
    """`text` on one line, cut, with nothing in it that moves a cursor or hides."""
    return show(text if len(text) <= limit else text[: limit - 1] + "…")


def where(place: Place) -> str:
    """path:line, or the row where a file has no lines."""
    path = brief(place.path)
    if place.line is not None:
        return f"{path}:{place.line}"
    return path if place.row is None else f"{path} row {place.row}"


def grade(finding: Finding) -> str:
    """The severity in a word; a waived finding is `waived`."""
    return "waived" if finding.waived else str(finding.severity)


def window(excerpt: Excerpt) -> tuple[str, str, str]:
    """The line before the cell, the cell, and the line after it; a long line is cut around the cell."""
    text, end = excerpt.text, excerpt.start + excerpt.length
    start = max(0, min(excerpt.start - WINDOW // 3, len(text) - WINDOW))
    stop = start + WINDOW
    before, cell, after = text[start : excerpt.start], text[excerpt.start : min(end, stop)], text[end:stop]
    left = "…" if start or excerpt.before else ""
    right = "…" if stop < len(text) or excerpt.after else ""
    return left + show(before), show(cell), show(after) + right


def marked(excerpt: Excerpt) -> tuple[str, str]:
    """The window of a line, and below it the marks of the cell, in the columns of a terminal."""
    before, cell, after = window(excerpt)
    return f"{before}{cell}{after}", f"{' ' * width(before)}{'^' * max(1, width(cell))}"


def rarity(datasets: Iterable[DatasetReport]) -> Counter[str]:
    """How often each rule is broken, whatever was cut."""
    counts: Counter[str] = Counter()
    for dataset in datasets:
        for code, _, _, count, _ in dataset.totals:
            counts[code] += count
    return counts


def ranked(findings: Iterable[Finding], counts: Mapping[str, int], limit: int) -> list[Finding]:
    """The `limit` findings that are worth most: errors first, then the rules that are broken least often."""
    open_ones = (finding for finding in findings if not finding.waived)
    return heapq.nsmallest(limit, open_ones, key=lambda f: (RANK[f.severity], counts[f.code], f.code))


def verdict(report: Report) -> str:
    """Valid or not, and the counts."""
    counts = report.counts
    parts = [f"{counts[level]:,} {level}{'s' if counts[level] != 1 else ''}" for level in ("error", "warning")]
    parts.append(f"{counts['info']:,} info")
    if counts["waived"]:
        parts.append(f"{counts['waived']:,} waived")
    return f"{'valid' if report.valid else 'not valid'}: {', '.join(parts)}"


def skips(dataset: DatasetReport) -> Iterator[str]:
    """Why rules did not run, and how many."""
    reasons = Counter(v.skipped for v in dataset.verdicts if v.listed and v.skipped is not None)
    for reason, count in reasons.items():
        yield f"{count:,} {'rule' if count == 1 else 'rules'} skipped: {brief(reason)}"
