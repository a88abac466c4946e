"""What validation says: values only, no reading and no writing.

A `Rule` can be broken; a `Finding` says where one was; a `Verdict` is what one rule said of
one table (its complete count and the findings shown); a `Report` holds all verdicts.
"""

import heapq
import pickle
import re
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property
from itertools import chain, islice, pairwise
from typing import Any, overload

CELL_LIMIT = 200
"""Characters of a cell that a finding quotes."""
BATCH = 256
"""Findings that are in memory as objects at a time; what is more is packed."""

PLACEHOLDER = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)\}")


class Severity(StrEnum):
    """How bad a broken rule is. Errors block a release."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


class Layer(StrEnum):
    """Which of the three questions a rule belongs to."""

    FRICTIONLESS = "frictionless"
    PANDERA = "pandera"
    DUCKDB = "duckdb"


@dataclass(frozen=True, slots=True)
class Rule:
    """A law that data can break, written once; documents and reports derive from it.

    `message` has `{placeholders}` that the finding fills in. `example` is a small table in the
    notation of `explain` (header of `name:type` cells, then rows) that breaks the rule, or a
    descriptor where the fault is one of the descriptor.
    """

    code: str
    layer: Layer
    message: str
    why: str
    fix: str
    severity: Severity = Severity.ERROR
    example: str = ""


class _Value:
    """Pickled as its class and its fields, which is three times as fast as a dataclass does it by itself."""

    __slots__: tuple[str, ...] = ()

    def __reduce__(self) -> tuple[type, tuple[Any, ...]]:
        return type(self), tuple([getattr(self, name) for name in self.__slots__])


@dataclass(frozen=True, slots=True)
class Place(_Value):
    """Where: `row` counts data rows from 1, `line` physical lines from 1; None does not apply."""

    path: str
    table: str | None = None
    row: int | None = None
    line: int | None = None
    column: str | None = None
    column_number: int | None = None
    value: str | None = None
    key: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Excerpt(_Value):
    """The offending physical line, and the characters of the offending cell in it.

    Of a long line only the part around the cell is kept; `before` and `after` count the
    characters left out at its ends, and `start` counts from the part that is kept.
    """

    text: str
    start: int
    length: int
    before: int = 0
    after: int = 0

    @property
    def columns(self) -> tuple[int, int]:
        """The cell's first character in the whole line, from 1, and the one behind its last."""
        end = self.before + len(self.text) + self.after
        start = min(self.before + self.start, end)
        return start + 1, max(start, min(self.before + self.start + self.length, end)) + 1

    @property
    def whole(self) -> bool:
        """Whether it is about the whole line, not about a cell of it."""
        return self.before + self.start == 0 and self.length >= len(self.text) + self.after


@dataclass(frozen=True, slots=True)
class Finding(_Value):
    """One broken rule at one place."""

    code: str
    layer: Layer
    severity: Severity
    place: Place
    message: str
    why: str
    fix: str
    constraint: str | None = None
    waived: bool = False
    excerpt: Excerpt | None = field(default=None, compare=False)

    @classmethod
    def of(cls, rule: Rule, place: Place, /, **words: Any) -> "Finding":
        """The finding that `rule` is broken at `place`; `words` fill its message, `constraint` is kept."""
        return cls(
            code=rule.code,
            layer=rule.layer,
            severity=rule.severity,
            place=place if len(place.value or "") <= CELL_LIMIT else replace(place, value=cut(place.value)),
            message=fill(rule.message, words),
            why=rule.why,
            fix=fill(rule.fix, words),
            constraint=words.get("constraint"),
        )

    @property
    def order(self) -> tuple[Any, ...]:
        """Reports are sorted by path, row, column number, code."""
        place = self.place
        return (
            place.path,
            place.row if place.row is not None else place.line or 0,
            place.line or 0,
            place.column_number or 0,
            self.code,
            self.constraint or "",
            self.message,
        )


class Packed(Sequence[Finding]):
    """Many findings that take a few dozen bytes each until they are looked at.

    They lie pickled and compressed in batches; each look makes new objects of one batch at a time.
    `ordered` says whether they came in the order of the report.
    """

    def __init__(self, batches: Iterable[Sequence[Finding]]) -> None:
        self._batches: list[bytes] = []
        self._length = 0
        self.waived = 0
        self.ordered = True
        last: tuple[Any, ...] = ()
        for batch in batches:
            orders = [last, *(finding.order for finding in batch)]
            self.ordered = self.ordered and all(before <= after for before, after in pairwise(orders))
            last = orders[-1]
            self._batches.append(zlib.compress(pickle.dumps(batch, pickle.HIGHEST_PROTOCOL), 1))
            self._length += len(batch)
            self.waived += sum(finding.waived for finding in batch)

    def __iter__(self) -> Iterator[Finding]:
        for number in range(len(self._batches)):
            yield from self._batch(number)

    def __len__(self) -> int:
        return self._length

    @overload
    def __getitem__(self, index: int) -> Finding: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Finding]: ...
    def __getitem__(self, index: int | slice) -> Finding | Sequence[Finding]:
        if isinstance(index, slice):
            return tuple(self[number] for number in range(*index.indices(self._length)))
        number, place = divmod(range(self._length)[index], BATCH)
        return self._batch(number)[place]

    def _batch(self, number: int) -> Sequence[Finding]:
        batch: Sequence[Finding] = pickle.loads(zlib.decompress(self._batches[number]))
        return batch


def pack(findings: Iterable[Finding]) -> Sequence[Finding]:
    """The findings as they come; a tuple where they are few."""
    rest = iter(findings)
    first = tuple(islice(rest, BATCH))
    if len(first) < BATCH:
        return first
    return Packed(chain([first], iter(lambda: tuple(islice(rest, BATCH)), ())))


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one rule said of one table.

    `failures` is complete; `findings` may be cut. `rows` is how many rows the rule ran on.
    A rule that did not run has a `skipped` reason. `listed` rules stand in the ledger: all
    that the descriptor or the maintainers declared. A `hidden` one was not asked to be shown.
    """

    code: str
    layer: Layer
    severity: Severity
    table: str | None
    column: str | None = None
    constraint: str | None = None
    rows: int | None = None
    failures: int = 0
    findings: Sequence[Finding] = ()
    skipped: str | None = None
    listed: bool = True
    hidden: bool = False

    @property
    def waived(self) -> int:
        """How many of the findings are waived."""
        if isinstance(self.findings, Packed):
            return self.findings.waived
        return sum(finding.waived for finding in self.findings)


@dataclass(frozen=True, slots=True)
class TableFacts:
    """The file that was read as a table."""

    name: str
    path: str
    rows: int | None
    bytes: int | None
    sha256: str | None


@dataclass(frozen=True)
class DatasetReport:
    """All verdicts on one dataset."""

    name: str
    path: str
    version: str | None
    tables: tuple[TableFacts, ...]
    verdicts: tuple[Verdict, ...]

    @cached_property
    def findings(self) -> Sequence[Finding]:
        """The findings shown, in the order of the report."""
        shown = [verdict.findings for verdict in self.verdicts if not verdict.hidden]
        few = (finding for findings in shown if not isinstance(findings, Packed) for finding in findings)
        many = (
            findings if findings.ordered else sorted(findings, key=_order)
            for findings in shown
            if isinstance(findings, Packed)
        )
        return pack(heapq.merge(sorted(few, key=_order), *many, key=_order))

    @cached_property
    def totals(self) -> tuple[tuple[str, str | None, str | None, int, int], ...]:
        """(code, table, column, count, shown), complete whatever was cut."""
        sums: dict[tuple[str, str | None, str | None], tuple[int, int]] = {}
        for verdict in self.verdicts:
            if verdict.failures and not verdict.hidden:
                key = (verdict.code, verdict.table, verdict.column)
                count, shown = sums.get(key, (0, 0))
                sums[key] = (count + verdict.failures, shown + len(verdict.findings))
        order = sorted(sums, key=lambda key: (key[1] or "", key[2] or "", key[0]))
        return tuple((*key, *sums[key]) for key in order)


@dataclass(frozen=True)
class Report:
    """All verdicts on all datasets that were asked for."""

    datasets: tuple[DatasetReport, ...]
    tool_version: str

    @cached_property
    def counts(self) -> dict[str, int]:
        """Unwaived failures by severity, and the waived ones; complete, without hidden rules."""
        counts = dict.fromkeys((*Severity, "waived"), 0)
        for verdict in self._verdicts:
            if not verdict.hidden:
                counts[verdict.severity] += verdict.failures - verdict.waived
                counts["waived"] += verdict.waived
        return {str(name): count for name, count in counts.items()}

    @property
    def valid(self) -> bool:
        """No unwaived error, shown or hidden."""
        return all(v.failures == v.waived for v in self._verdicts if v.severity is Severity.ERROR)

    @property
    def _verdicts(self) -> Iterator[Verdict]:
        return (verdict for dataset in self.datasets for verdict in dataset.verdicts)

    def failed(self, fail_on: str) -> bool:
        """Whether anything is at or above `fail_on` (error, warning or never)."""
        levels = {"error": (Severity.ERROR,), "warning": (Severity.ERROR, Severity.WARNING), "never": ()}
        return any(self.counts[level] for level in levels[fail_on])

    @property
    def findings(self) -> Sequence[Finding]:
        """All findings shown, dataset by dataset."""
        if len(self.datasets) == 1:
            return self.datasets[0].findings
        return pack(finding for dataset in self.datasets for finding in dataset.findings)


def _order(finding: Finding) -> tuple[Any, ...]:
    return finding.order


def skipped(verdict: Verdict, reason: str) -> Verdict:
    """`verdict` as one that did not run, and why."""
    return replace(verdict, rows=None, failures=0, findings=(), skipped=reason)


def fill(template: str, words: Mapping[str, Any]) -> str:
    """`template` with each `{name}` of `words` replaced; unknown names and braces stay as they are."""

    def word(match: re.Match[str]) -> str:
        if match[1] not in words:
            return match[0]
        found = words[match[1]]
        return "nothing" if found is None else str(found)

    return PLACEHOLDER.sub(word, template)


def cut(text: str | None) -> str | None:
    """At most `CELL_LIMIT` characters of a cell."""
    return text if text is None or len(text) <= CELL_LIMIT else text[: CELL_LIMIT - 1] + "…"


def verdict_of(rule: Rule, findings: Iterable[Finding], *, table: str | None = None) -> Verdict:
    """The unlisted verdict of a rule about files or descriptors, from all of its findings."""
    found = pack(findings)
    return Verdict(
        code=rule.code,
        layer=rule.layer,
        severity=rule.severity,
        table=table,
        failures=len(found),
        findings=found,
        listed=False,
    )
