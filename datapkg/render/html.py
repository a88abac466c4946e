"""The report as one page that needs nothing else: searchable, printable, readable on a phone.

The page is `report.html` with its slots filled. Data stands only in text nodes, escaped; what
the script filters by are numbers. Its content security policy lets no other script run and
nothing be loaded. Without scripts every finding is shown.
"""

import re
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator, Mapping
from hashlib import sha256
from typing import TypeVar

from datapkg.findings import Finding, Report
from datapkg.render.escape import markup
from datapkg.render.wording import brief, grade, skips, verdict, where, window

STEP = 200
"""Findings shown at first, and more at each asking; the script reads it from the page."""
SLOT = re.compile(r"<!--([a-z]+)-->")
SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)


Told = TypeVar("Told")


def render(report: Report, color: bool) -> Iterator[str]:
    """The page piece by piece."""
    yield from filled("report.html", SLOTS, report)


def filled(name: str, slots: Mapping[str, Callable[[Told], Iterator[str]]], told: Told) -> Iterator[str]:
    """A page of this package with its slots filled; its policy knows its own script by digest."""
    from importlib.resources import files

    template = files("datapkg.render").joinpath(name).read_text(encoding="utf-8")
    for number, piece in enumerate(SLOT.split(template)):
        if number % 2 == 0:
            yield piece
        elif piece == "hash":
            yield _hash(template)
        else:
            yield from slots[piece](told)


def _hash(template: str) -> str:
    """The digest by which the policy knows the page's own script."""
    script = SCRIPT.search(template)
    assert script is not None
    return b64encode(sha256(script[1].encode()).digest()).decode()


def _title(report: Report) -> Iterator[str]:
    yield text("datapkg: " + ", ".join(dataset.name for dataset in report.datasets))


def _state(report: Report) -> Iterator[str]:
    yield "valid" if report.valid else "invalid"


def _verdict(report: Report) -> Iterator[str]:
    yield text(verdict(report))


def _step(report: Report) -> Iterator[str]:
    yield str(STEP)


def _version(report: Report) -> Iterator[str]:
    yield text(report.tool_version)


def _datasets(report: Report) -> Iterator[str]:
    """What was looked at: each dataset and its tables."""
    for dataset in report.datasets:
        own = verdict(Report((dataset,), report.tool_version))
        version = f" {text(dataset.version)}" if dataset.version else ""
        yield f"<h2>{text(dataset.name)}{version}</h2>\n<p><code>{text(dataset.path)}</code><br>{text(own)}</p>\n"
        for reason in skips(dataset):
            yield f'<p class="note">{text(reason)}</p>\n'


def _totals(report: Report) -> Iterator[str]:
    for dataset in report.datasets:
        for code, table, column, count, shown in dataset.totals:
            yield _row((dataset.name, code, table, column), (count, shown))


def _tables(report: Report) -> Iterator[str]:
    for dataset in report.datasets:
        for table in dataset.tables:
            yield _row((dataset.name, table.name, table.path), (table.rows, table.bytes))


def _ledger(report: Report) -> Iterator[str]:
    for dataset in report.datasets:
        for v in dataset.verdicts:
            if v.listed:
                status = "run" if v.skipped is None else f"skipped: {v.skipped}"
                names = (dataset.name, v.table, v.column, v.code, v.constraint, status)
                yield _row(names, (None, None) if v.skipped is not None else (v.rows, v.failures))


def _row(texts: Iterable[str | None], numbers: Iterable[int | None]) -> str:
    cells = "".join(f"<td>{text(one or '')}</td>" for one in texts)
    amounts = "".join(f'<td class="number">{"" if one is None else f"{one:,}"}</td>' for one in numbers)
    return f"<tr>{cells}{amounts}</tr>\n"


def _rules(report: Report) -> Iterator[str]:
    for code, number in _rule_numbers(report).items():
        yield f'<option value="{number}">{text(code)}</option>\n'


def _places(report: Report) -> Iterator[str]:
    several = len(report.datasets) > 1
    for (dataset, table), number in _table_numbers(report).items():
        name = f"{report.datasets[dataset].name}: " if several else ""
        yield f'<option value="{number}">{text(name + (table or "no table"))}</option>\n'


def _rule_numbers(report: Report) -> dict[str, int]:
    codes = sorted({total[0] for dataset in report.datasets for total in dataset.totals})
    return {code: number for number, code in enumerate(codes)}


def _table_numbers(report: Report) -> dict[tuple[int, str | None], int]:
    """A number for each table that a finding names."""
    named = {(n, f.place.table) for n, dataset in enumerate(report.datasets) for f in dataset.findings}
    return {table: number for number, table in enumerate(sorted(named, key=lambda one: (one[0], one[1] or "")))}


def _findings(report: Report) -> Iterator[str]:
    rules, tables = _rule_numbers(report), _table_numbers(report)
    count = 0
    for number, dataset in enumerate(report.datasets):
        for finding in dataset.findings:
            numbers = f'data-rule="{rules[finding.code]}" data-table="{tables[number, finding.place.table]}"'
            yield f'<tr class="{grade(finding)}" {numbers}{" hidden" if count >= STEP else ""}>'
            yield from _finding(finding)
            count += 1


def _finding(finding: Finding) -> Iterator[str]:
    place = finding.place
    names = ".".join(part for part in (place.table, place.column) if part)
    yield f'<td><span class="grade">{grade(finding)}</span> <code>{text(finding.code)}</code></td>'
    yield f"<td><code>{text(where(place))}</code><br>{text(names)}</td><td><p>{text(finding.message)}</p>"
    if finding.excerpt is not None and finding.excerpt.text:
        before, cell, after = (markup(part) for part in window(finding.excerpt))
        yield f"<pre>{before}<mark>{cell}</mark>{after}</pre>"
    if finding.why:
        yield f'<p class="note">Why: {text(finding.why)}</p>'
    if finding.fix:
        yield f'<p class="note">Fix: {text(finding.fix)}</p>'
    yield "</td></tr>\n"


def _cuts(report: Report) -> Iterator[str]:
    missing = sum(count - shown for dataset in report.datasets for *_, count, shown in dataset.totals)
    if missing:
        yield f'<p class="note">{missing:,} more findings are counted but not listed (--limit).</p>\n'


def text(given: str) -> str:
    """Any text as text of the page, on one line and not too long."""
    return markup(brief(given))


SLOTS: Mapping[str, Callable[[Report], Iterator[str]]] = {
    "title": _title,
    "state": _state,
    "verdict": _verdict,
    "datasets": _datasets,
    "totals": _totals,
    "rules": _rules,
    "places": _places,
    "step": _step,
    "findings": _findings,
    "cuts": _cuts,
    "tables": _tables,
    "ledger": _ledger,
    "version": _version,
}
"""What fills each slot of the template; `hash` is filled from the template itself."""
