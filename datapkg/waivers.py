"""Known issues: findings that the maintainers accept, with a reason and an end date."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from datapkg.descriptor import Document, read_document
from datapkg.findings import Finding, Layer, Place, Rule, Verdict, pack, verdict_of
from datapkg.notation import DescriptorFault
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

    def covers(self, finding: Finding) -> bool:
        """Whether the finding is the one waived, whatever its value."""
        key = {name: str(value) for name, value in (finding.place.key or {}).items()}
        return (self.rule, self.table, dict(self.key)) == (finding.code, finding.place.table, key)


@dataclass(frozen=True)
class Waivers:
    """The waivers of one dataset and the faults of their file."""

    shown: str
    waivers: tuple[Waiver, ...] = ()
    findings: tuple[Finding, ...] = ()


def read_waivers(path: Path, shown: str) -> Waivers:
    """The waivers of the file at `path`; none where there is no such file."""
    if not path.is_file():
        return Waivers(shown)
    try:
        document = read_document(path)
    except DescriptorFault as fault:
        return Waivers(shown, (), (Finding.of(WAIVER_ERROR, Place(shown, line=fault.line), note=fault.note),))
    if not isinstance(document.data, list):
        return Waivers(shown, (), (Finding.of(WAIVER_ERROR, Place(shown, line=1), note="it is not a list"),))
    waivers, findings = [], []
    for number, item in enumerate(document.data):
        try:
            waivers.append(_waiver(document, number, item))
        except (KeyError, TypeError, ValueError) as error:
            note = f"it has no {error}" if isinstance(error, KeyError) else str(error)
            findings.append(Finding.of(WAIVER_ERROR, Place(shown, line=document.line(number)), note=note))
    return Waivers(shown, tuple(waivers), tuple(findings))


def _waiver(document: Document, number: int, item: Any) -> Waiver:
    if not isinstance(item, Mapping):
        raise TypeError("it is not an object")
    for name in item:
        if name not in KEYS:
            meant = near(str(name), KEYS)
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
        line=document.line(number),
    )


def apply_waivers(verdicts: Sequence[Verdict], given: Waivers, today: date) -> tuple[Verdict, ...]:
    """The verdicts with waived findings marked, and the verdicts on the waivers themselves.

    A waiver whose rule did not run is left alone: what was not judged cannot be stale.
    """
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
