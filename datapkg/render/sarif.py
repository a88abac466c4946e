"""The report as SARIF 2.1.0, for code scanning and editors.

Columns count characters (unicodeCodePoints). A fingerprint knows the rule, the table, the column
and the row's key, or the cell where there is no key; never the line, so that it outlives rows
that are inserted above. Strings are escaped to ASCII, and hold no workflow command.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from hashlib import sha256
from itertools import chain
from typing import Any
from urllib.parse import quote

from datapkg.catalogue import RULES
from datapkg.findings import PLACEHOLDER, DatasetReport, Excerpt, Finding, Place, Report, Severity, Verdict
from datapkg.render.json import plain
from datapkg.render.wording import brief

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
FINGERPRINT = "datapkg/v1"
NOTE = re.compile(r"[:;]? ?\{note\}$")
ENCODER = json.JSONEncoder(ensure_ascii=True, default=str)

Rules = Mapping[str, int]


def render(report: Report, color: bool) -> Iterator[str]:
    """One run: its rules, what was cut or skipped, and its results in the order of the report."""
    rules = list(_rules(report))
    index = {rule["id"]: number for number, rule in enumerate(rules)}
    driver = {"name": "datapkg", "version": report.tool_version, "semanticVersion": report.tool_version}
    yield f'{{\n"$schema": {_dump(SCHEMA)},\n"version": "2.1.0",\n"runs": [\n{{\n'
    yield f'"tool": {{"driver": {_dump(driver)[:-1]}, "rules": ['
    yield from _items(iter(rules))
    yield ']}},\n"columnKind": "unicodeCodePoints",\n'
    yield '"invocations": [{"executionSuccessful": true, "toolExecutionNotifications": ['
    yield from _items(chain.from_iterable(_notes(dataset, index) for dataset in report.datasets))
    yield ']}],\n"results": ['
    seen: Counter[int] = Counter()
    yield from _items(chain.from_iterable(_results(dataset, index, seen) for dataset in report.datasets))
    yield "]\n}\n]\n}\n"


def _items(items: Iterator[Any]) -> Iterator[str]:
    separator, end = "\n", ""
    for item in items:
        yield separator + _dump(item)
        separator, end = ",\n", "\n"
    yield end


def _rules(report: Report) -> Iterator[dict[str, Any]]:
    """Every rule that a result or a notification names, sorted by code."""
    named: dict[str, Verdict] = {}
    for dataset in report.datasets:
        for verdict in dataset.verdicts:
            if not verdict.hidden and (verdict.failures or verdict.skipped is not None):
                known = named.get(verdict.code)
                if known is None or (verdict.findings and not known.findings):
                    named[verdict.code] = verdict
    for code in sorted(named):
        yield _rule(code, named[code])


def _rule(code: str, verdict: Verdict) -> dict[str, Any]:
    """A rule of the tool in the words of the catalogue, one of the maintainers in those of its findings."""
    known = RULES.get(code)
    words = code.replace("-", " ").capitalize()
    if known is not None:
        template = NOTE.sub("", known.message)
        short = _spelled(template) if template else words
        why, fix, severity = known.why, _spelled(known.fix), known.severity
    else:
        first = next(iter(verdict.findings), None)
        short, severity = words, verdict.severity
        why, fix = (first.why, first.fix) if first is not None else (words, "")
    rule: dict[str, Any] = {"id": code, "shortDescription": _message(short), "fullDescription": _message(why or words)}
    if fix:
        rule["help"] = _message(fix)
    rule["defaultConfiguration"] = {"level": LEVELS[severity]}
    rule["properties"] = {"tags": ["data", str(verdict.layer)]}
    return rule


def _spelled(template: str) -> str:
    """`template` with each placeholder as a word in capitals."""
    return PLACEHOLDER.sub(lambda match: match[1].upper(), template)


def _notes(dataset: DatasetReport, rules: Rules) -> Iterator[dict[str, Any]]:
    """What no result tells: rules that did not run, findings that were cut."""
    for verdict in dataset.verdicts:
        if verdict.hidden or (verdict.skipped is None and verdict.failures <= len(verdict.findings)):
            continue
        place = ".".join(part for part in (dataset.name, verdict.table, verdict.column) if part)
        if verdict.skipped is not None:
            text = f"{place}: skipped: {verdict.skipped}"
        else:
            text = f"{place}: {verdict.failures - len(verdict.findings):,} more of {verdict.failures:,} are not shown"
        rule = {"id": verdict.code, "index": rules[verdict.code]}
        yield {"associatedRule": rule, "level": "note", "message": _message(text)}


def _results(dataset: DatasetReport, rules: Rules, seen: Counter[int]) -> Iterator[dict[str, Any]]:
    """A result per finding; one for all failures of a rule of which none is shown."""
    for finding in dataset.findings:
        yield _result(dataset, finding, rules, seen)
    paths = {table.name: table.path for table in dataset.tables}
    for verdict in dataset.verdicts:
        if verdict.failures and not verdict.findings and not verdict.hidden:
            path = paths.get(verdict.table or "", dataset.path)
            message = f"{verdict.failures:,} failures of {verdict.code}, none of them shown"
            place = Place(path, verdict.table, column=verdict.column)
            words = (verdict.severity, place, message, "", "", verdict.constraint)
            finding = Finding(verdict.code, verdict.layer, *words)
            yield {**_result(dataset, finding, rules, seen), "occurrenceCount": verdict.failures}


def _result(dataset: DatasetReport, finding: Finding, rules: Rules, seen: Counter[int]) -> dict[str, Any]:
    place = finding.place
    digest = _digest(dataset, finding)
    short = int(digest[:15], 16)
    seen[short] += 1
    physical: dict[str, Any] = {"artifactLocation": {"uri": _uri(place.path or dataset.path or ".")}}
    if place.line is not None:
        physical["region"] = {"startLine": max(1, place.line), **_columns(finding.excerpt)}
    told: dict[str, Any] = {"dataset": dataset.name, "table": place.table, "row": place.row, "column": place.column}
    told |= {"value": place.value, "key": place.key, "constraint": finding.constraint, "fix": finding.fix or None}
    waived = [{"kind": "external", "status": "accepted", "justification": "waived in waivers.yaml"}]
    return {
        "ruleId": finding.code,
        "ruleIndex": rules[finding.code],
        "level": LEVELS[finding.severity],
        "message": _message(finding.message),
        "locations": [{"physicalLocation": physical}],
        "partialFingerprints": {FINGERPRINT: f"{digest[:32]}:{seen[short]}"},
        "suppressions": waived if finding.waived else [],
        "properties": {name: value for name, value in told.items() if value is not None},
    }


def _digest(dataset: DatasetReport, finding: Finding) -> str:
    place = finding.place
    row = place.key or place.value or (finding.excerpt.text if finding.excerpt else finding.message)
    file = place.table or place.path
    parts = [dataset.name, finding.code, finding.constraint, file, place.column, row]
    return sha256(ENCODER.encode(parts).encode()).hexdigest()


def _columns(excerpt: Excerpt | None) -> dict[str, int]:
    """The columns of the cell; both ends count from 1, the end lies behind the cell."""
    return dict(zip(("startColumn", "endColumn"), excerpt.columns, strict=True)) if excerpt is not None else {}


def _message(text: str) -> dict[str, str]:
    """A message of plain text: a bracket in it begins no link."""
    shown = brief(text)
    if "](" in shown:
        shown = shown.replace("[", "\\[").replace("]", "\\]")
    return {"text": shown}


def _uri(path: str) -> str:
    encoded = quote(path.encode("utf-8", "surrogatepass"))
    return f"file://{encoded}" if encoded.startswith("/") else encoded


def _dump(value: Any) -> str:
    return plain(ENCODER.encode(value))
