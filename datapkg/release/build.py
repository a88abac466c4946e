"""`release`: a valid dataset built into `dist/<name>-<version>/`, or refused."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from datapkg import targets
from datapkg.changes import Changes
from datapkg.checksums import BESIDE, SUMS, changed, read_sums
from datapkg.dataset import Dataset, open_dataset
from datapkg.diff import Request, changes_between
from datapkg.errors import OutputError, Refused, TargetError
from datapkg.findings import DatasetReport, Report
from datapkg.limits import Limits
from datapkg.project import Project
from datapkg.release.contents import (
    DESCRIPTOR,
    Edition,
    check_contents,
    write_descriptor,
    write_files,
    write_tables,
)
from datapkg.release.layout import laid_out
from datapkg.release.parquet import Written
from datapkg.release.provenance import provenance
from datapkg.release.seals import seal, sign_again
from datapkg.release.source import replace_text
from datapkg.release.staging import install, settle, staging
from datapkg.release.versioning import CHANGELOG, Compared, Plan, plan
from datapkg.validate import judging
from datapkg.versions import TOOL

UNNUMBERED = "0.0.0"
NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}")


@dataclass(frozen=True)
class Built:
    """What a release came to: `done` is built, unchanged, signed or dry-run; `files` are (path, bytes).

    `plan` says why it has its version.
    """

    folder: Path
    name: str
    version: str
    done: str
    files: tuple[tuple[str, int], ...]
    rows: int
    plan: Plan


def build(
    name: str,
    project: Project | None,
    *,
    bump: str = "auto",
    dry_run: bool = False,
    limits: Limits = Limits(),
    sign_key: Path | None = None,
) -> Built:
    """Build the release of a dataset of the project, after validating it.

    With `bump` auto the version is raised as what changed since the last release asks for; major, minor,
    patch or a version may raise it further. A version that the descriptor states above the last release is
    taken where it is high enough. Version, date and an entry of the changelog are written into the source.
    Where nothing changed and the version is built already, the same bytes are no work and other bytes are
    refused. `dry_run` builds and checks in a temporary folder and leaves nothing behind. With `sign_key`, a
    file with an SSH key, the release is signed, also one that is there already and has no signature yet.

    Raises Refused where the dataset is invalid or its version is taken or too low, TargetError
    where there is no such dataset, OutputError where the release cannot be written.
    """
    if project is None:
        raise TargetError("there is no project here whose dataset could be released")
    dataset = targets.dataset(name, project)
    if not targets.belongs(dataset, project):
        raise TargetError(f"{name} is no dataset of the project")
    place = TemporaryDirectory(prefix="datapkg-") if dry_run else staging(project.releases, dataset.name)
    try:
        with _judged(dataset, project, limits) as edition, place as held:
            folder = Path(held)
            written = write_tables(folder, edition, limits)
            planned = plan(
                dataset, project, bump, lambda base: _compared(base.operand, folder, edition, written, limits)
            )
            edition = _planned(edition, planned)
            write_files(folder, edition, written)
            check_contents(folder, edition)
            known = {path: digest for table in written.values() for path, digest in table.sources.items()}
            statement = provenance(dataset, project, folder, edition.version, planned.sources, known)
            seal(folder, statement, None if dry_run else sign_key)
            final = project.releases / f"{dataset.name}-{planned.version}"
            if dry_run:
                return _dry(folder, final, edition, planned)
            built = _finish(folder, final, edition, planned)
            if built.done == "unchanged" and sign_key is not None and sign_again(final, sign_key):
                return replace(built, done="signed")
            return built
    except OSError as error:
        where = error.filename or project.releases
        raise OutputError(f"the release cannot be written: {where}: {error.strerror or error}") from None


def rebuild(
    dataset: Dataset, project: Project, folder: Path, base: str | Dataset | None, limits: Limits = Limits()
) -> None:
    """Build a dataset at the version that it states into an empty folder: the release's files and `SHA256SUMS`.

    `base` is the version before, as `diff` takes it; its number stands in `changes.json` (`old`). None for a first
    release. Raises what `build` raises.
    """
    with _judged(dataset, project, limits) as edition:
        version, created = str(dataset.version), dataset.descriptor.get("created")
        edition = replace(edition, version=version, created=None if created is None else str(created))
        written = write_tables(folder, edition, limits)
        if base is not None:
            changes = _compared(base, folder, edition, written, limits).changes
            edition = replace(edition, changes=_numbered(changes, version))
        write_files(folder, edition, written)
        check_contents(folder, edition)


@contextmanager
def _judged(dataset: Dataset, project: Project, limits: Limits) -> Iterator[Edition]:
    """The dataset, found fit to be released, under no version yet."""
    with judging(dataset, project, limits) as (report, scene):
        _refuse_invalid(dataset, report)
        _refuse_names(dataset)
        yield Edition(laid_out(dataset, scene), UNNUMBERED, None, report, scene, project)


def _compared(
    base: str | Dataset, folder: Path, edition: Edition, written: Mapping[str, Written], limits: Limits
) -> Compared:
    """What differs between a base and the tables that were written, so between two releases."""
    write_descriptor(folder, edition, written)
    fresh = open_dataset(folder / DESCRIPTOR, root=folder, base=folder)
    with targets.operands(base, fresh, edition.project) as (old, new):
        changes = changes_between(old, new, Request(limit=None, limits=limits))
        created = old.dataset.descriptor.get("created")
    return Compared(changes, None if created is None else str(created))


def _planned(edition: Edition, planned: Plan) -> Edition:
    """The edition under its version, with what changed and the new text of its changelog."""
    version, changes = str(planned.version), planned.changes
    if changes is not None:
        changes = _numbered(changes, version)
    return replace(
        edition,
        version=version,
        created=planned.created,
        changes=changes,
        again=planned.base.folder if planned.same and planned.base is not None else None,
        changelog=planned.sources.get(edition.dataset.folder / CHANGELOG),
    )


def _numbered(changes: Changes, version: str) -> Changes:
    """The changes with the version that they make, each side called by its number, wherever it was read."""
    sides = changes.old, replace(changes.new, version=version)
    old, new = (replace(side, asked=f"{side.name}@{side.version}") for side in sides)
    return replace(changes, old=old, new=new)


def _dry(folder: Path, final: Path, edition: Edition, planned: Plan) -> Built:
    if final.exists():
        _refuse_other(folder, final, edition)
    return _built(folder, final, edition, "dry-run", planned)


def _finish(folder: Path, final: Path, edition: Edition, planned: Plan) -> Built:
    """Write the source and give the release its name: a run that ends in between is finished by the next."""
    if edition.again is not None and not final.exists():
        _refuse_other(folder, edition.again, edition)  # It was published, and is not here.
    if final.exists():
        _refuse_other(folder, final, edition)
        return _built(folder, final, edition, "unchanged", planned)
    built = _built(folder, final, edition, "built", planned)
    settle(folder)
    before = {path: path.read_bytes().decode("utf-8") if path.exists() else None for path in planned.sources}
    try:
        for path, text in planned.sources.items():
            replace_text(path, text)
        install(folder, final)
    except BaseException:
        if folder.exists():  # Else it is there, whatever failed or stopped us since, and the source is its source.
            for path, held in before.items():
                if held is None:
                    path.unlink(missing_ok=True)
                else:
                    replace_text(path, held)
        raise
    return built


def _built(folder: Path, final: Path, edition: Edition, done: str, planned: Plan) -> Built:
    beside = [name for name in BESIDE if (folder / name).is_file()]
    paths = (*read_sums((folder / SUMS).read_text(encoding="utf-8")), *beside)
    files = tuple((path, (folder / path).stat().st_size) for path in paths)
    rows = sum(table.rows or 0 for table in edition.report.tables)
    return Built(final, edition.dataset.name, edition.version, done, files, rows, planned)


def _refuse_other(folder: Path, final: Path, edition: Edition) -> None:
    """Refused where what was built is not, byte for byte, what stands there under the version."""
    fresh = read_sums((folder / SUMS).read_text(encoding="utf-8"))
    held = (final / SUMS).read_bytes() if (final / SUMS).is_file() else b""
    other = changed(final, fresh)
    if other or held != (folder / SUMS).read_bytes():
        listed = ", ".join(other[:3]) + (", …" if len(other) > 3 else "") if other else SUMS
        raise Refused(
            f"version taken: no row and no declaration changed since {edition.version}, but {listed} would be another; "
            "pass --bump patch to release that"
        )


def _refuse_invalid(dataset: Dataset, report: DatasetReport) -> None:
    whole = Report((report,), TOOL)
    if not whole.valid:
        count = whole.counts["error"]
        errors = f"{count:,} error{'' if count == 1 else 's'}"
        raise Refused(f"{dataset.name} is not valid ({errors}); `datapkg validate {dataset.folder.name}` lists them")
    if bare := [table.name for table in dataset.tables if table.schema is None]:
        raise Refused(f"the table {bare[0]} has no schema, and a release is typed")


def _refuse_names(dataset: Dataset) -> None:
    for kind, name in (("dataset", dataset.name), *(("table", table.name) for table in dataset.tables)):
        if not NAME.fullmatch(name):
            rule = "begins with a letter or digit and has at most 63 of a-z, 0-9, dot, underscore and hyphen"
            raise Refused(f"the name {name!r} of a {kind} cannot be released; it {rule}")
    twice = [name for name, times in Counter(table.name.lower() for table in dataset.tables).items() if times > 1]
    if twice:
        raise Refused(f"two tables are named {twice[0]}")
