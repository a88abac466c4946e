"""`release`: a valid dataset built into `dist/<name>-<version>/`, or refused."""

import re
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from datapkg import targets
from datapkg.checksums import BESIDE, SUMS, changed, read_sums
from datapkg.dataset import Dataset
from datapkg.errors import OutputError, Refused, TargetError
from datapkg.findings import DatasetReport, Report
from datapkg.limits import Limits
from datapkg.project import Project
from datapkg.release.contents import Edition, check_contents, write_contents
from datapkg.release.layout import laid_out
from datapkg.release.provenance import provenance
from datapkg.release.seals import seal, sign_again
from datapkg.release.source import replace_text
from datapkg.release.staging import install, settle, staging
from datapkg.release.versioning import Plan, plan
from datapkg.validate import How, judging
from datapkg.versions import TOOL

NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}")


@dataclass(frozen=True)
class Built:
    """What a release came to: `done` is built, unchanged, signed or dry-run; `files` are (path, bytes)."""

    folder: Path
    name: str
    version: str
    done: str
    files: tuple[tuple[str, int], ...]
    rows: int


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

    `bump` is major, minor, patch or a version: it and today's date are written into the
    descriptor. With auto nothing is written (a later version of this tool works out the bump
    from what changed): the descriptor's version is released as it stands; where that is built
    already, the same bytes are no work and other bytes are refused. `dry_run` builds and checks
    in a temporary folder and leaves nothing behind. With `sign_key`, a file with an SSH key, the release
    is signed, also one that is there already and has no signature yet.

    Raises Refused where the dataset is invalid or its version is taken or too low, TargetError
    where there is no such dataset, OutputError where the release cannot be written.
    """
    if project is None:
        raise TargetError("there is no project here whose dataset could be released")
    dataset = targets.dataset(name, project)
    if not targets.belongs(dataset, project):
        raise TargetError(f"{name} is no dataset of the project")
    try:
        with judging(dataset, project, limits, how=How(whole=True)) as (report, scene):
            _refuse_invalid(dataset, report)
            _refuse_names(dataset)
            planned = plan(dataset, project, bump)
            edition = Edition(laid_out(dataset, scene), str(planned.version), planned.created, report, scene, project)
            final = project.releases / f"{dataset.name}-{planned.version}"
            if dry_run:
                with TemporaryDirectory(prefix="datapkg-") as folder:
                    dry = Path(folder)
                    write_contents(dry, edition, limits)
                    check_contents(dry, edition)
                    seal(dry, _provenance(dry, edition, planned, project), None)
                    return _dry(dry, final, edition)
            with staging(project.releases, final.name) as folder:
                write_contents(folder, edition, limits)
                check_contents(folder, edition)
                seal(folder, _provenance(folder, edition, planned, project), sign_key)
                built = _finish(folder, final, edition, planned)
                if built.done == "unchanged" and sign_key is not None and sign_again(final, sign_key):
                    return replace(built, done="signed")
                return built
    except OSError as error:
        where = error.filename or project.releases
        raise OutputError(f"the release cannot be written: {where}: {error.strerror or error}") from None


def _provenance(folder: Path, edition: Edition, planned: Plan, project: Project) -> str:
    fresh = {edition.dataset.path: planned.source} if planned.source is not None else {}
    return provenance(edition.dataset, project, folder, edition.version, fresh)


def _dry(folder: Path, final: Path, edition: Edition) -> Built:
    if final.exists():
        _refuse_other(folder, final, edition)
    return _built(folder, final, edition, "dry-run")


def _finish(folder: Path, final: Path, edition: Edition, planned: Plan) -> Built:
    if final.exists():
        _refuse_other(folder, final, edition)
        return _built(folder, final, edition, "unchanged")
    built = _built(folder, final, edition, "built")
    settle(folder)
    if planned.source is None:
        install(folder, final)
        return built
    descriptor = edition.dataset.path
    before = descriptor.read_bytes().decode("utf-8")
    replace_text(descriptor, planned.source)
    try:
        install(folder, final)
    except BaseException:
        replace_text(descriptor, before)
        raise
    return built


def _built(folder: Path, final: Path, edition: Edition, done: str) -> Built:
    beside = [name for name in BESIDE if (folder / name).is_file()]
    paths = (*read_sums((folder / SUMS).read_text(encoding="utf-8")), *beside)
    files = tuple((path, (folder / path).stat().st_size) for path in paths)
    rows = sum(table.rows or 0 for table in edition.report.tables)
    return Built(final, edition.dataset.name, edition.version, done, files, rows)


def _refuse_other(folder: Path, final: Path, edition: Edition) -> None:
    """Refused where what was built is not, byte for byte, what stands there under the version."""
    fresh = read_sums((folder / SUMS).read_text(encoding="utf-8"))
    held = (final / SUMS).read_bytes() if (final / SUMS).is_file() else b""
    other = changed(final, fresh)
    if other or held != (folder / SUMS).read_bytes():
        listed = ", ".join(other[:3]) + (", …" if len(other) > 3 else "") if other else SUMS
        raise Refused(
            f"version taken: data or description changed since {edition.version} ({listed}); "
            f"raise version in {edition.dataset.path.name} or pass --bump minor"
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
