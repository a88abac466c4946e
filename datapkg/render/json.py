"""The report for machines: `datapkg-report/1`, finding by finding, so that none waits for the last."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from datapkg.findings import DatasetReport, Finding, Report, Verdict

FORMAT = "datapkg-report/1"


def render(report: Report, color: bool) -> Iterator[str]:
    """The report as indented JSON. Strings are escaped to ASCII: no terminal can be reached."""
    yield "{\n"
    yield f'"format": {dump(FORMAT)},\n'
    yield f'"tool": {dump({"name": "datapkg", "version": report.tool_version})},\n'
    yield f'"valid": {dump(report.valid)},\n'
    yield f'"counts": {dump(report.counts)},\n'
    yield '"datasets": ['
    for number, dataset in enumerate(report.datasets):
        yield "\n" if number == 0 else ",\n"
        yield from dataset_report(dataset)
    yield "\n]\n}\n"


def dataset_report(dataset: DatasetReport) -> Iterator[str]:
    """A dataset's part of the report."""
    yield "{\n"
    yield f'"name": {dump(dataset.name)},\n'
    yield f'"path": {dump(dataset.path)},\n'
    yield f'"version": {dump(dataset.version)},\n'
    tables = [
        {"name": table.name, "path": table.path, "rows": table.rows, "bytes": table.bytes, "sha256": table.sha256}
        for table in dataset.tables
    ]
    yield from _list("tables", tables)
    yield ",\n"
    yield from _list("findings", (_finding(finding) for finding in dataset.findings))
    yield ",\n"
    names = ("code", "table", "column", "count", "shown")
    yield from _list("totals", (dict(zip(names, total, strict=True)) for total in dataset.totals))
    yield ",\n"
    yield from _list("ledger", (_entry(verdict) for verdict in dataset.verdicts if verdict.listed))
    yield "\n}"


def _list(name: str, items: Iterable[Any]) -> Iterator[str]:
    yield f"{dump(name)}: ["
    separator = "\n"
    for item in items:
        yield f"{separator}{dump(item)}"
        separator = ",\n"
    yield "]" if separator == "\n" else "\n]"


def _finding(finding: Finding) -> dict[str, Any]:
    place = finding.place
    told: dict[str, Any] = {
        "code": finding.code,
        "layer": finding.layer,
        "severity": finding.severity,
        "table": place.table,
        "path": place.path,
        "row": place.row,
        "line": place.line,
        "column": place.column,
        "column_number": place.column_number,
        "value": place.value,
        "key": place.key,
        "message": finding.message,
        "why": finding.why,
        "fix": finding.fix,
        "waived": finding.waived,
    }
    if finding.constraint is not None:
        told["constraint"] = finding.constraint
    return told


def _entry(verdict: Verdict) -> dict[str, Any]:
    ran = verdict.skipped is None
    return {
        "code": verdict.code,
        "constraint": verdict.constraint,
        "layer": verdict.layer,
        "table": verdict.table,
        "column": verdict.column,
        "status": "run" if ran else "skipped",
        "reason": verdict.skipped,
        "rows": verdict.rows if ran else None,
        "failures": verdict.failures if ran else None,
    }


def dump(value: Any) -> str:
    """JSON of a value, in ASCII."""
    return plain(json.dumps(value, ensure_ascii=True))


def plain(text: str) -> str:
    """JSON, its strings escaped so that no line of a log can be taken for a workflow command."""
    return text.replace("::", ":\\u003a").replace("##[", "##\\u005b")
