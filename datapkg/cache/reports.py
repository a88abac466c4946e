"""A report on a dataset as plain values, and back: lists, texts and numbers, which name no code."""

from typing import Any

from datapkg.findings import (
    DatasetReport,
    Excerpt,
    Finding,
    Layer,
    Place,
    Severity,
    TableFacts,
    Verdict,
    pack,
)

MOST = 20_000
"""Findings of a report that is kept. What has more is quicker judged again than it is a burden."""

DATASET = ("name", "path", "version")
FACTS = ("name", "path", "rows", "bytes", "sha256")
PLACE = ("path", "table", "row", "line", "column", "column_number", "value")
EXCERPT = ("text", "start", "length", "before", "after")
FINDING = ("code", "layer", "severity", "message", "why", "fix", "constraint", "waived")
VERDICT = ("code", "layer", "severity", "table", "column", "constraint", "rows", "failures", "skipped", "listed")


class NotPlain(Exception):
    """The report holds what cannot be kept as plain values."""


def to_plain(report: DatasetReport) -> dict[str, Any]:
    """The report as plain values; NotPlain where it has too many findings, or a value of another type."""
    if sum(len(verdict.findings) for verdict in report.verdicts) > MOST:
        raise NotPlain("it has too many findings")
    told = {
        "dataset": _values(report, DATASET),
        "tables": [_values(facts, FACTS) for facts in report.tables],
        "verdicts": [
            [*_values(verdict, VERDICT), [_of_finding(finding) for finding in verdict.findings]]
            for verdict in report.verdicts
        ],
    }
    if any(verdict.hidden for verdict in report.verdicts):
        raise NotPlain("a part of it is hidden")
    return told


def from_plain(data: Any) -> DatasetReport:
    """The report of plain values. Raises KeyError, TypeError or ValueError where they are none of a report."""
    return DatasetReport(
        **dict(zip(DATASET, data["dataset"], strict=True)),
        tables=tuple(TableFacts(*facts) for facts in data["tables"]),
        verdicts=tuple(_to_verdict(values) for values in data["verdicts"]),
    )


def _values(value: Any, names: tuple[str, ...]) -> list[Any]:
    return [_plain(getattr(value, name)) for name in names]


def _plain(value: Any) -> Any:
    if value is None or type(value) in (str, int, bool):
        return value
    if isinstance(value, Layer | Severity):
        return value.value
    raise NotPlain(f"it holds a {type(value).__name__}")


def _of_finding(finding: Finding) -> list[Any]:
    key, excerpt = finding.place.key, finding.excerpt
    return [
        *_values(finding, FINDING),
        _values(finding.place, PLACE),
        None if key is None else {str(name): _plain(value) for name, value in key.items()},
        None if excerpt is None else _values(excerpt, EXCERPT),
    ]


def _to_verdict(values: list[Any]) -> Verdict:
    *plain, findings = values
    told = dict(zip(VERDICT, plain, strict=True))
    told |= {"layer": Layer(told["layer"]), "severity": Severity(told["severity"])}
    return Verdict(**told, findings=pack(map(_to_finding, findings)))


def _to_finding(values: list[Any]) -> Finding:
    *plain, place, key, excerpt = values
    told = dict(zip(FINDING, plain, strict=True))
    told |= {"layer": Layer(told["layer"]), "severity": Severity(told["severity"])}
    shown = None if excerpt is None else Excerpt(*excerpt)
    return Finding(**told, place=Place(**dict(zip(PLACE, place, strict=True)), key=key), excerpt=shown)
