"""Everything that stands in a release, written into an empty folder; then looked at again."""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from datapkg.dataset import Dataset, open_dataset
from datapkg.engine.connection import Workspace, workspace
from datapkg.engine.export import open_typed
from datapkg.errors import DatapkgError, Refused
from datapkg.findings import DatasetReport, Finding, Severity, Verdict
from datapkg.limits import Limits
from datapkg.pace import task
from datapkg.release.card import card
from datapkg.release.checksums import SUMS, sums_text
from datapkg.release.descriptor import package_descriptor, table_schema
from datapkg.release.parquet import write_parquet
from datapkg.resources import Table
from datapkg.validate import validate_dataset
from datapkg.waivers import Waiver, read_waivers

COPIED = ("CHANGELOG.md", "LICENSE")
DESCRIPTOR = "datapackage.json"


@dataclass(frozen=True)
class Edition:
    """A dataset that was found valid, under the version it is released as."""

    dataset: Dataset
    version: str
    created: str | None
    report: DatasetReport


def write_contents(folder: Path, edition: Edition, limits: Limits) -> None:
    """Write every file of the release into `folder`.

    Raises Refused where the source is not what was validated, OSError where it cannot be written.
    """
    dataset = edition.dataset
    (folder / "data").mkdir()
    files: dict[str, Path] = {}
    rows: dict[str, int] = {}
    with workspace(limits) as space:
        for table in dataset.tables:
            files[table.name] = folder / "data" / f"{table.name}.parquet"
            with task(f"writing {table.name}", table_rows(edition.report, table.name)):
                rows[table.name] = _write_table(files[table.name], space, table, edition)
    _write(folder / DESCRIPTOR, package_descriptor(dataset, edition.version, edition.created, files))
    _write(folder / "README.md", card(dataset, edition.version, rows, known_issues(edition)))
    for name in COPIED:
        source = dataset.folder / name
        if source.is_file() and not source.is_symlink():
            shutil.copyfile(source, folder / name)
    _write(folder / SUMS, sums_text(folder))


def known_issues(edition: Edition) -> list[tuple[Waiver, Finding]]:
    """Each waiver of the dataset with a finding that it waives."""
    given = read_waivers(edition.dataset.folder / "waivers.yaml", "waivers.yaml").waivers
    waived = [finding for finding in edition.report.findings if finding.waived]
    pairs = [(waiver, next((f for f in waived if waiver.covers(f)), None)) for waiver in given]
    return [(waiver, finding) for waiver, finding in pairs if finding is not None]


def table_rows(report: DatasetReport, table: str) -> int:
    """How many rows the report counted in a table."""
    return next((facts.rows or 0 for facts in report.tables if facts.name == table), 0)


def check_contents(folder: Path, edition: Edition, limits: Limits) -> None:
    """Refused where the release, read back, breaks a rule that its source keeps, or lost a row."""
    built = open_dataset(folder / DESCRIPTOR, root=folder, base=folder)
    report = validate_dataset(built, None, limits)
    known = {_subject(verdict) for verdict in _errors(edition.report)}
    for verdict in _errors(report):
        if _subject(verdict) not in known:
            told = verdict.findings[0].message if verdict.findings else verdict.code
            raise DatapkgError(f"the release of {verdict.table or edition.dataset.name} is not its source: {told}")
    if {table.name: table.rows for table in report.tables} != _kept_rows(edition.report):
        raise DatapkgError("the release has other rows than its source")


def _kept_rows(report: DatasetReport) -> Mapping[str, int | None]:
    return {table.name: table.rows for table in report.tables}


def _errors(report: DatasetReport) -> list[Verdict]:
    return [verdict for verdict in report.verdicts if verdict.failures and verdict.severity is Severity.ERROR]


def _subject(verdict: Verdict) -> tuple[str, str | None, str | None, str | None]:
    return (verdict.code, verdict.table, verdict.column, verdict.constraint)


def _write_table(path: Path, space: Workspace, table: Table, edition: Edition) -> int:
    judged = open_typed(space, table)
    facts = next(facts for facts in edition.report.tables if facts.name == table.name)
    if judged.opened.facts.sha256 != facts.sha256:
        raise Refused(f"{facts.path} changed while it was released; run it again")
    if extra := sorted(set(range(len(judged.opened.cells))) - set(judged.opened.positions.values())):
        note = f"{len(extra)} of its columns, the first of them number {extra[0] + 1}, are not in its schema"
        raise Refused(f"the table {table.name} cannot be released: {note}")
    about = {
        "dataset": edition.dataset.name,
        "table": table.name,
        "title": str(table.descriptor.get("title") or table.schema_descriptor.get("title") or ""),
        "description": str(table.descriptor.get("description") or table.schema_descriptor.get("description") or ""),
        "licence": _licence(edition.dataset, table),
    }
    told = {name: text.strip() for name, text in about.items() if text}
    return write_parquet(path, space, judged, about=told, schema=table_schema(table))


def _licence(dataset: Dataset, table: Table) -> str:
    listed = table.descriptor.get("licenses") or dataset.descriptor.get("licenses") or []
    return ", ".join(str(item.get("name") or item.get("path") or "") for item in listed)


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")
