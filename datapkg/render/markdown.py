"""The report for a step summary or a comment: the verdict, counts, and the findings worth most.

All that comes from data, rules and file names stands in code spans or fenced blocks, where
Markdown knows no markup, mention or link; a fence is longer than any run of backticks in it.
"""

import re
from collections.abc import Iterator

from datapkg.findings import DatasetReport, Finding, Report
from datapkg.render.wording import brief, grade, marked, ranked, rarity, skips, verdict, where

FINDINGS = 50
"""Findings shown of each dataset."""
CHARACTERS = 60_000
"""A comment on GitHub holds 65,536."""
RESERVE = 400
ROWS = 100
NAME = 80
TICKS = re.compile("`+")


def render(report: Report, color: bool) -> Iterator[str]:
    """The verdict, then dataset by dataset as far as the room goes."""
    yield from parts(report, CHARACTERS)


def parts(report: Report, room: int) -> Iterator[str]:
    """The same within so many characters."""
    head = f"## datapkg: {verdict(report)}\n"
    yield head
    room -= RESERVE + len(head)
    for number, dataset in enumerate(report.datasets):
        pieces = _dataset(Report((dataset,), report.tool_version), dataset, room)
        if pieces is None:
            yield f"\n{len(report.datasets) - number:,} more datasets are not shown.\n"
            return
        room -= len(pieces)
        yield pieces


def _dataset(report: Report, dataset: DatasetReport, room: int) -> str | None:
    """A dataset's part; None where not even its counts fit."""
    version = f" {code(dataset.version)}" if dataset.version else ""
    head = f"\n### {code(dataset.name)}{version}: {verdict(report)}\n{_table(dataset)}{_skipped(dataset)}"
    if len(head) + RESERVE > room:
        return None
    counts = report.counts
    total = counts["error"] + counts["warning"] + counts["info"]
    blocks, left = [], room - len(head) - RESERVE
    for finding in ranked(dataset.findings, rarity([dataset]), FINDINGS):
        block = _finding(finding)
        if len(block) > left:
            break
        left -= len(block)
        blocks.append(block)
    more = f"\n{total - len(blocks):,} more findings are not shown.\n" if total > len(blocks) else ""
    return head + _fenced("".join(blocks)) + more


def _table(dataset: DatasetReport) -> str:
    """Counts per rule, table and column."""
    if not dataset.totals:
        return ""
    lines = ["", "| rule | table | column | count |", "| --- | --- | --- | --: |"]
    for code, table, column, count, _ in dataset.totals[:ROWS]:
        lines.append(f"| {table_cell(code)} | {table_cell(table)} | {table_cell(column)} | {count:,} |")
    if len(dataset.totals) > ROWS:
        lines += ["", f"{len(dataset.totals) - ROWS:,} more lines of counts are not shown."]
    return "\n".join(lines) + "\n"


def _skipped(dataset: DatasetReport) -> str:
    reasons = list(skips(dataset))
    lines = [f"- {code(reason)}\n" for reason in reasons[:10]]
    if len(reasons) > 10:
        lines.append(f"- and for {len(reasons) - 10:,} more reasons\n")
    return "\n" + "".join(lines) if lines else ""


def _finding(finding: Finding) -> str:
    """The finding as at a terminal: one line each for what, where the cell is, and how to mend it."""
    lines = [f"{where(finding.place)}: {grade(finding)} {brief(finding.code)}: {brief(finding.message)}"]
    if finding.excerpt is not None and finding.excerpt.text:
        lines += [f"  | {line}" for line in marked(finding.excerpt)]
    if finding.fix:
        lines.append(f"  fix: {brief(finding.fix)}")
    return "\n".join(lines) + "\n"


def _fenced(text: str) -> str:
    if not text:
        return ""
    fence = "`" * max(3, _longest(text) + 1)
    return f"\n{fence}text\n{text}{fence}\n"


def code(text: str, limit: int = NAME) -> str:
    """A code span. Its backticks are longer than any inside; spaces part them where they would touch."""
    shown = brief(text, limit) or " "
    ticks = "`" * (_longest(shown) + 1)
    touching = shown[0] in "` " or shown[-1] in "` "
    return f"{ticks} {shown} {ticks}" if touching else f"{ticks}{shown}{ticks}"


def table_cell(text: str | None, limit: int = NAME) -> str:
    """A code span in a table, where a bar would end the cell even inside the span."""
    return code(text.replace("|", "\\x7c"), limit) if text else ""


def _longest(text: str) -> int:
    return max(map(len, TICKS.findall(text)), default=0)
