"""The report as JUnit XML: a suite per table, a case per entry of the ledger.

The attributes that say when, where and how long are constants: the same input gives the same
bytes. Errors are failures, as the exit code has it; warnings, information and what is waived are
told in the suite's system-out.
"""

from collections import Counter
from collections.abc import Iterator, Sequence

from datapkg.findings import DatasetReport, Report, Severity, TableFacts, Verdict
from datapkg.render.escape import markup
from datapkg.render.wording import brief, where

SHOWN = 10
"""Findings that a failure quotes."""
HIDDEN = "not shown: --select or --ignore leaves it out"
SUITE = 'timestamp="1970-01-01T00:00:00" hostname="localhost" errors="0" time="0"'


def render(report: Report, color: bool) -> Iterator[str]:
    """One suite per table, and one per dataset for what belongs to no table."""
    yield '<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n'
    number = 0
    for dataset in report.datasets:
        facts = {table.name: table for table in dataset.tables}
        groups: dict[str | None, list[Verdict]] = {name: [] for name in (None, *facts)}
        for verdict in dataset.verdicts:
            if verdict.listed or verdict.failures or verdict.skipped is not None:
                groups.setdefault(verdict.table, []).append(verdict)
        for name, verdicts in groups.items():
            if verdicts or name is not None:
                yield from _suite(dataset, facts.get(name or ""), name, verdicts, number)
                number += 1
    yield "</testsuites>\n"


def _suite(
    dataset: DatasetReport, facts: TableFacts | None, name: str | None, verdicts: Sequence[Verdict], number: int
) -> Iterator[str]:
    title = dataset.name if name is None else f"{dataset.name}.{name}"
    failures = sum(_failing(verdict) > 0 for verdict in verdicts)
    skipped = sum(_reason(verdict) is not None for verdict in verdicts)
    yield (
        f'<testsuite id="{number}" package={_quoted(dataset.name)} name={_quoted(title)} '
        f'tests="{len(verdicts)}" failures="{failures}" skipped="{skipped}" {SUITE}>\n'
    )
    told = {"path": facts.path, "rows": facts.rows, "sha256": facts.sha256} if facts else {"path": dataset.path}
    yield "<properties>\n"
    for key, value in told.items():
        if value is not None:
            yield f'<property name="{key}" value={_quoted(str(value))}/>\n'
    yield "</properties>\n"
    names: Counter[str] = Counter()
    for verdict in verdicts:
        case = "/".join(part for part in (verdict.code, verdict.constraint, verdict.column) if part)
        names[case] += 1
        yield from _case(verdict, case if names[case] == 1 else f"{case} ({names[case]})", title)
    yield "<system-out>"
    for verdict in verdicts:
        yield from _told(verdict)
    yield "</system-out>\n<system-err></system-err>\n</testsuite>\n"


def _case(verdict: Verdict, name: str, suite: str) -> Iterator[str]:
    head = f'<testcase name={_quoted(name)} classname={_quoted(suite)} time="0"'
    reason, failing = _reason(verdict), _failing(verdict)
    if reason is not None:
        yield f"{head}><skipped message={_quoted(reason)}/></testcase>\n"
    elif failing:
        yield f"{head}><failure type={_quoted(verdict.severity)} message={_quoted(_message(verdict, failing))}>"
        yield from _places(verdict, failing)
        yield "</failure></testcase>\n"
    else:
        yield f"{head}/>\n"


def _reason(verdict: Verdict) -> str | None:
    """Why the case neither passed nor failed."""
    return verdict.skipped if verdict.skipped is not None or not verdict.hidden else HIDDEN


def _failing(verdict: Verdict) -> int:
    if verdict.severity is not Severity.ERROR or _reason(verdict) is not None:
        return 0
    return verdict.failures - verdict.waived


def _message(verdict: Verdict, failing: int) -> str:
    first = next((finding.message for finding in verdict.findings if not finding.waived), "")
    count = f"{failing:,} {'failure' if failing == 1 else 'failures'}"
    if verdict.rows is not None:
        count += f" in {verdict.rows:,} rows"
    return f"{count}: {first}" if first else count


def _places(verdict: Verdict, failing: int) -> Iterator[str]:
    """The first findings a line each, how many more there are, why and fix."""
    open_ones = (finding for finding in verdict.findings if not finding.waived)
    first = [finding for _, finding in zip(range(SHOWN), open_ones, strict=False)]
    for finding in first:
        yield _text(f"{where(finding.place)}: {brief(finding.message)}") + "\n"
    if failing > len(first):
        yield f"… {failing - len(first):,} more\n"
    if first:
        yield f"why: {_text(first[0].why)}\nfix: {_text(first[0].fix)}\n"


def _told(verdict: Verdict) -> Iterator[str]:
    if verdict.hidden or not verdict.failures:
        return
    where_ = ".".join(part for part in (verdict.table, verdict.column) if part)
    head = _text(f"{verdict.code} {where_}".strip())
    if verdict.waived:
        yield f"{head}: {verdict.waived:,} waived\n"
    if verdict.severity is not Severity.ERROR and verdict.failures > verdict.waived:
        yield f"{head}: {verdict.failures - verdict.waived:,} {verdict.severity}\n"
        yield from _places(verdict, verdict.failures - verdict.waived)


def _quoted(text: str) -> str:
    """An attribute's value in its quotes."""
    return f'"{_text(text)}"'


def _text(text: str) -> str:
    """`text` without markup and without what XML 1.0 cannot hold."""
    return markup(brief(text))
