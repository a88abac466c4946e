"""Known issues: findings that the maintainers accept, with a reason and an end date."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from datapkg.cells.values import parse
from datapkg.descriptor import Document, read_document
from datapkg.findings import Finding, Layer, Place, Rule, Verdict, pack, verdict_of
from datapkg.notation import DescriptorFault, Pointer
from datapkg.schema import Schema
from datapkg.spelling import near

WAIVER_ERROR = Rule(
    code="waiver-error",
    layer=Layer.FRICTIONLESS,
    message="the waiver is not valid: {note}",
    why="A waiver that is not understood would hide a fault or waive nothing.",
    fix="Give it rule, table, key, reason, by and expires (a date), as the documentation has it.",
)
WAIVER_EXPIRED = Rule(
    code="waiver-expired",
    layer=Layer.FRICTIONLESS,
    message="the waiver of {rule} expired on {expires}",
    why="A known issue is accepted for a time, not for good.",
    fix="Resolve the issue, or extend the waiver with a fresh reason.",
)
WAIVER_UNUSED = Rule(
    code="waiver-unused",
    layer=Layer.FRICTIONLESS,
    message="the waiver of {rule} matches no finding any more",
    why="A waiver without a fault would silently accept the next one.",
    fix="Remove the waiver.",
)
WAIVER_CHANGED = Rule(
    code="waiver-changed",
    layer=Layer.FRICTIONLESS,
    message="the waiver of {rule} was given for the value {value}, which is now {now}",
    why="The value that was accepted is not the value that stands there.",
    fix="Look at the new value, then correct it or renew the waiver for it.",
)

RULES = (WAIVER_ERROR, WAIVER_EXPIRED, WAIVER_UNUSED, WAIVER_CHANGED)
KEYS = ("rule", "table", "key", "where", "reason", "by", "expires", "value")
PUBLISHED = (*(key for key in KEYS if key != "where"), "column", "message")
ISSUES = "datapkg-known-issues/1"
"""What a release's `known-issues.json` says it is."""
LOST = ("required", "type-error")
"""A cell that was not of its type is no value in a release, which its column may ask for."""


@dataclass(frozen=True)
class Waiver:
    """One accepted finding: of `rule`, in the row of `table` whose columns have the values of `key`."""

    rule: str
    table: str
    key: Mapping[str, str]
    reason: str
    by: str
    expires: date
    value: str | None
    line: int
    column: str | None = None

    def covers(self, finding: Finding) -> bool:
        """Whether the finding is the one waived, whatever its value."""
        key = {name: str(value) for name, value in (finding.place.key or {}).items()}
        return (self.rule, self.table, dict(self.key)) == (finding.code, finding.place.table, key)

    def covers_published(self, finding: Finding, schema: Schema) -> bool:
        """Whether the finding is of the same cell in a release, where cells may be written otherwise."""
        key = {name: str(value) for name, value in (finding.place.key or {}).items()}
        lost = (finding.constraint, self.rule) == LOST and self.column == finding.place.column
        if (
            self.table != finding.place.table
            or self.key.keys() != key.keys()
            or not (lost or self.rule == finding.code)
        ):
            return False
        return all(_same(schema, name, text, key[name]) for name, text in self.key.items())


@dataclass(frozen=True)
class Waivers:
    """The waivers of one dataset and the faults of their file.

    Those that a release has `published` come with the schemas of its tables, by name. They do not
    expire, for nobody can renew them, and one without a finding is no fault: what is wrong with the
    text of a cell need not be wrong with its value.
    """

    shown: str
    waivers: tuple[Waiver, ...] = ()
    findings: tuple[Finding, ...] = ()
    published: Mapping[str, Schema] | None = None


def read_waivers(path: Path, shown: str) -> Waivers:
    """The waivers of the file at `path`; none where there is no such file."""
    if path.is_symlink():
        note = "it is a symbolic link, which is not followed"
        return Waivers(shown, (), (Finding.of(WAIVER_ERROR, Place(shown, line=1), note=note),))
    if not path.is_file():
        return Waivers(shown)
    try:
        document = read_document(path)
    except DescriptorFault as fault:
        return Waivers(shown, (), (Finding.of(WAIVER_ERROR, Place(shown, line=fault.line), note=fault.note),))
    return _listed(document, (), shown, KEYS)


def read_published(path: Path, shown: str, schemas: Mapping[str, Schema]) -> Waivers:
    """The waivers that a release has published, whose tables have these `schemas`; none where there is no such file."""
    if not path.is_file() or path.is_symlink():
        return Waivers(shown, published=schemas)
    try:
        document = read_document(path)
    except DescriptorFault as fault:
        return Waivers(shown, (), (Finding.of(WAIVER_ERROR, Place(shown, line=fault.line), note=fault.note),), schemas)
    if not isinstance(document.data, Mapping) or document.data.get("format") != ISSUES:
        return Waivers(shown, (), (Finding.of(WAIVER_ERROR, Place(shown, line=1), note=f"it is no {ISSUES}"),), schemas)
    return replace(_listed(document, ("issues",), shown, PUBLISHED), published=schemas)


def _listed(document: Document, pointer: Pointer, shown: str, keys: Sequence[str]) -> Waivers:
    """The waivers of a list in a document, and what is wrong with it."""
    listed = document.data.get(pointer[0]) if pointer else document.data
    if not isinstance(listed, list):
        line = document.line(*pointer) if pointer in document.lines else 1
        return Waivers(shown, (), (Finding.of(WAIVER_ERROR, Place(shown, line=line), note="it is not a list"),))
    waivers, findings = [], []
    for number, item in enumerate(listed):
        line = document.line(*pointer, number)
        try:
            waivers.append(_waiver(item, line, keys))
        except (KeyError, TypeError, ValueError) as error:
            note = f"it has no {error}" if isinstance(error, KeyError) else str(error)
            findings.append(Finding.of(WAIVER_ERROR, Place(shown, line=line), note=note))
    return Waivers(shown, tuple(waivers), tuple(findings))


def _same(schema: Schema, name: str, one: str, other: str) -> bool:
    """Whether two texts are the same value of a column."""
    if one == other or name not in schema:
        return one == other
    try:
        return bool(parse(schema[name], one) == parse(schema[name], other))
    except ValueError:
        return False


def _waiver(item: Any, line: int, keys: Sequence[str]) -> Waiver:
    if not isinstance(item, Mapping):
        raise TypeError("it is not an object")
    for name in item:
        if name not in keys:
            meant = near(str(name), keys)
            raise ValueError(f"unknown property {name!r}" + (f"; did you mean {meant}?" if meant else ""))
    key = item.get("key", item.get("where"))
    if not isinstance(key, Mapping) or not key:
        raise ValueError("key must be an object of column and value")
    return Waiver(
        rule=str(item["rule"]),
        table=str(item["table"]),
        key={str(name): str(value) for name, value in key.items()},
        reason=str(item["reason"]),
        by=str(item["by"]),
        expires=date.fromisoformat(str(item["expires"])),
        value=None if item.get("value") is None else str(item["value"]),
        line=line,
        column=None if item.get("column") is None else str(item["column"]),
    )


def apply_waivers(verdicts: Sequence[Verdict], given: Waivers, today: date) -> tuple[Verdict, ...]:
    """The verdicts with waived findings marked, and the verdicts on the waivers themselves.

    A waiver whose rule did not run is left alone: what was not judged cannot be stale.
    """
    if given.published is not None:
        marked = [_accepted(verdict, given) for verdict in verdicts]
        return (*marked, verdict_of(WAIVER_ERROR, given.findings)) if given.findings else tuple(marked)
    used: dict[int, Finding] = {}
    judged: list[Verdict] = []
    ran = {(verdict.code, verdict.table) for verdict in verdicts if verdict.skipped is None}
    for verdict in verdicts:
        if any(waiver.rule == verdict.code for waiver in given.waivers):
            verdict = replace(verdict, findings=pack(_marked(verdict.findings, given.waivers, used, today)))
        judged.append(verdict)
    faults: dict[Rule, list[Finding]] = {rule: [] for rule in RULES}
    faults[WAIVER_ERROR].extend(given.findings)
    for number, waiver in enumerate(given.waivers):
        place = Place(given.shown, table=waiver.table, line=waiver.line, key=waiver.key)
        found = used.get(number)
        if waiver.expires < today:
            faults[WAIVER_EXPIRED].append(
                Finding.of(WAIVER_EXPIRED, place, rule=waiver.rule, expires=waiver.expires.isoformat())
            )
        elif found is None:
            if (waiver.rule, waiver.table) in ran:
                faults[WAIVER_UNUSED].append(Finding.of(WAIVER_UNUSED, place, rule=waiver.rule))
        elif waiver.value is not None and waiver.value != (found.place.value or ""):
            words = {"rule": waiver.rule, "value": waiver.value, "now": found.place.value}
            faults[WAIVER_CHANGED].append(Finding.of(WAIVER_CHANGED, place, **words))
    return (*judged, *(verdict_of(rule, findings) for rule, findings in faults.items() if findings))


def _marked(
    findings: Iterable[Finding], waivers: Sequence[Waiver], used: dict[int, Finding], today: date
) -> Iterator[Finding]:
    """The findings, each waived one marked; `used` gets the finding of each waiver by its number."""
    for finding in findings:
        number = next((n for n, waiver in enumerate(waivers) if waiver.covers(finding)), None)
        if number is not None:
            used[number] = finding
            waiver = waivers[number]
            same = waiver.value is None or waiver.value == (finding.place.value or "")
            finding = replace(finding, waived=same and waiver.expires >= today)
        yield finding


def _accepted(verdict: Verdict, given: Waivers) -> Verdict:
    """The verdict on a release, each finding marked that was published as known."""
    schema = (given.published or {}).get(verdict.table or "")
    mine = [waiver for waiver in given.waivers if waiver.table == verdict.table]
    if schema is None or not mine or not verdict.findings:
        return verdict
    marked = (
        replace(finding, waived=any(waiver.covers_published(finding, schema) for waiver in mine))
        for finding in verdict.findings
    )
    return replace(verdict, findings=pack(marked))
