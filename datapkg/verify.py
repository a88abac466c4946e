"""`verify`: a release is what its checksums say, and the data in it is what its schema says."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from datapkg import targets
from datapkg.checksums import BESIDE, SUMS, SumsFault, digest_of, files_below, read_sums
from datapkg.content import check_content
from datapkg.dataset import Dataset, open_dataset
from datapkg.errors import TargetError
from datapkg.findings import DatasetReport, Finding, Place, Report, Rule, Verdict, verdict_of
from datapkg.limits import Limits
from datapkg.pace import task
from datapkg.paths import UNSAFE_PATH, shown_path, unsafe
from datapkg.project import Project
from datapkg.release import again, seals
from datapkg.release.parquet import arrow_type
from datapkg.resources import Table
from datapkg.validate import How, judging
from datapkg.versions import TOOL
from datapkg.vouching import (
    CHECKSUM_MISMATCH,
    CHECKSUMS_MALFORMED,
    CHECKSUMS_MISSING,
    COLUMN_TYPE,
    FILE_MISSING,
    FILE_UNLISTED,
)
from datapkg.waivers import read_published

DESCRIPTOR = "datapackage.json"
TABLE = re.compile(r"data/(?:([^/]+)\.parquet|([^/]+)/part-[0-9]+\.parquet)")
ISSUES = "known-issues.json"


@dataclass(frozen=True)
class _Release:
    """A folder to verify, and how reports spell its paths."""

    folder: Path
    base: Path

    def finding(self, rule: Rule, path: str, line: int | None = None, **words: str) -> Finding:
        place = Place(path=shown_path(self.folder / path, self.base), table=_table_of(path), line=line)
        return Finding.of(rule, place, file=path, **words)


def _table_of(path: str) -> str | None:
    """The table that a file of a release is, or a part of."""
    match = TABLE.fullmatch(path)
    return (match[1] or match[2]) if match else None


def verify(
    target: str,
    project: Project | None = None,
    *,
    limits: Limits = Limits(),
    signers: Path | None = None,
    copies: Mapping[str, Path] | None = None,
    rebuild: str | None = None,
) -> Report:
    """Check a release, a folder or `NAME[@RANGE]`: every file's digest, its signatures, then the data itself.

    The data is judged by what the release says of itself alone; what it publishes as known is waived. No link is
    followed, and no file outside the folder is read. With `signers`, a file of `ssh-keygen`'s allowed signers,
    the release must be signed by one of them. `copies` are Parquet files of other writers, by table, that
    must hold what the release holds. With `rebuild`, it is built once more, from a dataset of
    the project, `git:REF`, or (an empty text) the work tree, and each file that comes out otherwise is told. Raises
    TargetError where there is no such release or source, Refused where the source cannot be released, DatapkgError
    where signatures cannot be checked.
    """
    folder = targets.release_folder(target, project)
    base = project.root if project is not None and folder.is_relative_to(project.root) else Path.cwd()
    release = _Release(folder, base)
    verdicts = _check_folder(release, signers)
    if not _is_plain(folder / DESCRIPTOR):
        report = DatasetReport(folder.name, shown_path(folder, base), None, (), ())
    else:
        dataset = open_dataset(folder / DESCRIPTOR, root=folder, base=base)
        if unknown := sorted((copies or {}).keys() - {table.name for table in dataset.tables}):
            raise TargetError(f"{dataset.name} has no table {unknown[0]}, of which there could be a copy")
        verdicts.extend(_check_types(dataset))
        verdicts.extend(check_content(dataset, copies or {}, limits))
        schemas = {table.name: table.schema for table in dataset.tables if table.schema is not None}
        issues = read_published(folder / ISSUES, shown_path(folder / ISSUES, base), schemas)
        with judging(dataset, None, limits, how=How(waivers=issues)) as (report, _):
            pass
    if rebuild is not None:
        verdicts.extend(again.check_rebuild(folder, rebuild or None, project, limits, release.finding))
    whole = DatasetReport(report.name, report.path, report.version, report.tables, (*verdicts, *report.verdicts))
    return Report((whole,), TOOL)


def verify_files(folder: Path, signers: Path | None = None) -> Iterator[Finding]:
    """What is told of the files of a release alone: that they are those of `SHA256SUMS`, and who signed that.

    This costs the hashing of the files; their data are not read.
    """
    folder = folder.absolute()
    verdicts = _check_folder(_Release(folder, folder), signers)
    return (replace(f, place=replace(f.place, path=str(folder / f.place.path))) for v in verdicts for f in v.findings)


def _check_folder(release: _Release, signers: Path | None) -> list[Verdict]:
    """The files, where they come from, and the signatures."""
    verdicts = list(_check_files(release))
    sound = not any(verdict.failures for verdict in verdicts)
    return [*verdicts, *seals.check_seals(release.folder, signers, release.finding, sound=sound)]


def _check_files(release: _Release) -> Iterator[Verdict]:
    """The files are those that SHA256SUMS lists, and each is the one it lists."""
    sums: dict[str, str] = {}
    listed = release.folder / SUMS
    there = set(files_below(release.folder)) - set(BESIDE)
    if not _is_plain(listed):
        yield verdict_of(CHECKSUMS_MISSING, [release.finding(CHECKSUMS_MISSING, SUMS)])
    else:
        try:
            sums = read_sums(listed.read_bytes().decode("utf-8", "replace"))
        except SumsFault as fault:
            finding = release.finding(CHECKSUMS_MALFORMED, SUMS, fault.line, note=fault.note)
            yield verdict_of(CHECKSUMS_MALFORMED, [finding])
        else:
            unlisted = [release.finding(FILE_UNLISTED, path) for path in sorted(there - sums.keys())]
            yield verdict_of(FILE_UNLISTED, unlisted)
    told = (_fault_of(release, line, path, digest) for line, (path, digest) in enumerate(sums.items(), 1))
    found = [finding for finding in told if finding is not None]
    missing = [] if DESCRIPTOR in there or DESCRIPTOR in sums else [release.finding(FILE_MISSING, DESCRIPTOR)]
    for rule in (UNSAFE_PATH, FILE_MISSING, CHECKSUM_MISMATCH):
        mine = [finding for finding in found if finding.code == rule.code]
        yield verdict_of(rule, [*mine, *(missing if rule is FILE_MISSING else [])])


def _fault_of(release: _Release, line: int, path: str, wanted: str) -> Finding | None:
    """What is wrong with one listed file, or None."""
    note = unsafe(path, release.folder, release.folder)
    if note is not None:
        place = Place(path=shown_path(release.folder / SUMS, release.base), line=line)
        return Finding.of(UNSAFE_PATH, place, path=path, note=note)
    if not (release.folder / path).is_file():
        return release.finding(FILE_MISSING, path)
    with task(f"hashing {path}"):
        found = digest_of(release.folder / path)
    return None if found == wanted else release.finding(CHECKSUM_MISMATCH, path, found=found, wanted=wanted)


def _check_types(dataset: Dataset) -> Iterator[Verdict]:
    """Each column of a Parquet file has the type that its schema gives it."""
    for table in dataset.tables:
        if table.format == "parquet" and table.schema is not None and table.paths:
            yield verdict_of(COLUMN_TYPE, _wrong_types(table), table=table.name)


def _wrong_types(table: Table) -> Iterator[Finding]:
    import pyarrow
    import pyarrow.parquet

    assert table.schema is not None
    for path, shown in zip(table.paths, table.shown, strict=True):
        try:
            stored = pyarrow.parquet.read_schema(path)
        except (pyarrow.ArrowException, OSError):
            continue  # The table is judged next, and its file reported as unreadable.
        for column in table.schema.columns:
            found = stored.field(column.name).type if column.name in stored.names else None
            wanted = arrow_type(column)
            if found is not None and found != wanted:
                place = Place(shown, table.name, column=column.name, column_number=column.number)
                yield Finding.of(COLUMN_TYPE, place, found=str(found), wanted=str(wanted))


def _is_plain(path: Path) -> bool:
    return path.is_file() and not path.is_symlink()
