"""`review`: what a change does to the datasets of a project, in one report for whoever accepts it.

For each dataset that differs from a commit: what validation says of it, what changed row by row, the
bump that this asks for, the waivers that came and went, and how much of what changed rests on evidence.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from datapkg import git, targets
from datapkg.bump import bump_of, is_enough
from datapkg.cache.entries import Cache
from datapkg.changes import Changes, Op
from datapkg.dataset import Dataset
from datapkg.diff import SHOWN, Request, changes_between
from datapkg.engine.covering import EVIDENCE, ROW_OF, TABLE_OF, coverage
from datapkg.errors import DatapkgError, QueryError, TargetError
from datapkg.findings import DatasetReport, Finding, Place, Report, verdict_of
from datapkg.formats import DESCRIPTORS
from datapkg.limits import Limits
from datapkg.project import CONFIGURATIONS, Project, find_descriptor
from datapkg.query import query
from datapkg.ruling import gone
from datapkg.validate import validate
from datapkg.versions import TOOL, Bump, Version
from datapkg.vouching import VERSION_TOO_LOW
from datapkg.waivers import Waiver, read_waivers


@dataclass(frozen=True, slots=True)
class WaiverChange:
    """A waiver that came, went, or was given again for something else."""

    op: Op
    waiver: Waiver


@dataclass(frozen=True, slots=True)
class Coverage:
    """How many rows of a table have evidence; of those that came or changed, which have none.

    `looked` is how many of the rows that came or changed were looked at; `bare` are the keys of
    those without evidence.
    """

    table: str
    rows: int
    supported: int
    touched: int
    looked: int
    bare: tuple[str, ...] = ()


@dataclass(frozen=True)
class DatasetReview:
    """What a change does to one dataset; `changes` is None for one that was not there before."""

    name: str
    report: DatasetReport
    changes: Changes | None
    bump: Bump | None
    waivers: tuple[WaiverChange, ...] = ()
    coverage: tuple[Coverage, ...] = ()
    note: str | None = None

    @property
    def report_alone(self) -> Report:
        """What validation says of this dataset alone."""
        return Report((self.report,), TOOL)


@dataclass(frozen=True)
class Review:
    """What a change does to a project: the datasets that differ from `base`, those that do not, those that are gone."""

    base: str
    datasets: tuple[DatasetReview, ...]
    unchanged: tuple[str, ...]
    removed: tuple[str, ...]
    others: tuple[DatasetReport, ...] = ()

    @property
    def report(self) -> Report:
        """All that validation says of what changed."""
        return Report((*(dataset.report for dataset in self.datasets), *self.others), TOOL)

    def failed(self, fail_on: str) -> bool:
        """Whether anything is at or above `fail_on` (error, warning or never)."""
        return self.report.failed(fail_on)


@dataclass(frozen=True)
class How:
    """Whose rules judge (`judge`, None for the project's own), what may be run, how much is shown."""

    judge: Project | None = None
    untrusted: bool = False
    limits: Limits = Limits()
    limit: int = SHOWN
    cache: Cache | None = None


def review(base: str, *names: str, project: Project | None, how: How = How()) -> Review:
    """What the work tree changes against `base`, git:REF, in the datasets named, or in all of the project.

    Of the work tree nothing is run but what `how` allows: schemas, row rules and SQL rules are those of
    `how.judge`. Raises TargetError where there is no such commit or dataset.
    """
    scheme, _, ref = base.partition(":")
    if scheme != "git" or not ref or ":" in ref:
        raise TargetError(f"a change is reviewed against git:REF, a commit, branch or tag, and not {base!r}")
    if project is None:
        raise TargetError("there is no project here whose change could be reviewed")
    commit = git.commit_of(project.root, ref)
    found = project.descriptors()
    wanted = {place.path.parent.name: place.path for place in targets.locate(names, project)} if names else found
    if strange := [name for name, path in wanted.items() if found.get(name) != path]:
        raise TargetError(f"{strange[0]} is no dataset of the project, and only those are reviewed")
    known = _known(project, commit)
    shared = git.differing(project.root, commit, project.schemas, *(project.root / name for name in CONFIGURATIONS))
    reviews, unchanged = [], []
    for name, path in wanted.items():
        if name in known and not shared and not git.differing(project.root, commit, path.parent):
            unchanged.append(name)
        else:
            reviews.append(_reviewed(f"git:{commit}:{name}" if name in known else None, base, name, project, how))
    lost = () if names else tuple(sorted(known - found.keys()))
    others = tuple(gone(how.judge)) if how.judge is not None and not names else ()
    return Review(base, tuple(reviews), tuple(unchanged), lost, others)


def _known(project: Project, commit: str) -> set[str]:
    """The datasets that a commit has."""
    with TemporaryDirectory(prefix="datapkg-") as folder:
        place = project.datasets.relative_to(project.root)
        git.export(project.root, commit, Path(folder), DESCRIPTORS, only=(place.as_posix(),))
        there = Path(folder) / place
        return {path.name for path in there.glob("*") if find_descriptor(path) is not None} if there.is_dir() else set()


def _reviewed(old: str | None, base: str, name: str, project: Project, how: How) -> DatasetReview:
    told = validate(
        name,
        project=how.judge or project,
        limits=how.limits,
        untrusted=how.untrusted,
        cache=how.cache,
    ).datasets[0]
    dataset = targets.dataset(name, project)
    mine = read_waivers(dataset.folder / "waivers.yaml", "waivers.yaml").waivers
    if old is None:
        waivers = tuple(WaiverChange(Op.ADDED, waiver) for waiver in mine)
        coverage = tuple(_coverage(dataset, None, project, how))
        return DatasetReview(name, told, None, None, waivers, coverage)
    try:
        with targets.operands(old, name, project) as (before, after):
            before = replace(before, asked=base)
            changes = changes_between(before, after, Request(limit=how.limit, limits=how.limits))
            theirs = read_waivers(before.dataset.folder / "waivers.yaml", "waivers.yaml").waivers
    except DatapkgError as error:
        return DatasetReview(name, told, None, None, note=f"it cannot be compared: {error}")
    bump = bump_of(changes)
    told = _with_version(told, dataset, changes, bump)
    waivers = tuple(_waiver_changes(theirs, mine))
    return DatasetReview(name, told, changes, bump, waivers, tuple(_coverage(dataset, changes, project, how)))


def _with_version(told: DatasetReport, dataset: Dataset, changes: Changes, bump: Bump | None) -> DatasetReport:
    """The report with a finding where the change sets a version that is lower than it asks for."""
    if changes.old.version is None or changes.new.version in (None, changes.old.version):
        return told
    try:
        before, now = Version.parse(changes.old.version), Version.parse(str(changes.new.version))
    except ValueError:
        return told  # Validation, or the release, says what a version is.
    if is_enough(now, before, bump):
        return told
    least = before.bump(bump or Bump.PATCH)
    finding = Finding.of(VERSION_TOO_LOW, Place(dataset.shown), version=str(now), base=str(before), least=str(least))
    return replace(told, verdicts=(*told.verdicts, verdict_of(VERSION_TOO_LOW, [finding])))


def _waiver_changes(old: Sequence[Waiver], new: Sequence[Waiver]) -> Iterator[WaiverChange]:
    """What became of the waivers; where one stands in its file does not matter."""
    before = {_subject(waiver): replace(waiver, line=0) for waiver in old}
    after = {_subject(waiver): waiver for waiver in new}
    for subject, waiver in after.items():
        if subject not in before:
            yield WaiverChange(Op.ADDED, waiver)
        elif before[subject] != replace(waiver, line=0):
            yield WaiverChange(Op.CHANGED, waiver)
    yield from (WaiverChange(Op.REMOVED, waiver) for subject, waiver in before.items() if subject not in after)


def _subject(waiver: Waiver) -> tuple[str, str, tuple[tuple[str, str], ...]]:
    return waiver.rule, waiver.table, tuple(sorted(waiver.key.items()))


# ---------------------------------------------------------------- evidence


def _coverage(dataset: Dataset, changes: Changes | None, project: Project, how: How) -> Iterator[Coverage]:
    """The tables whose rows are to have evidence, where the dataset has a table of that."""
    tables = _tables_with_evidence(dataset)
    if not tables:
        return
    touched = {table: _touched(changes, table) for table in tables}
    queries = (coverage(table, key, touched[table][1]) for table, key in tables.items())
    target = dataset.path.as_posix()
    found: dict[str, tuple[int, int, list[str]]] = {}
    try:
        with query(target, "\nUNION ALL\n".join(queries), project, limits=how.limits) as answer:
            for batch in answer.batches:
                for row in batch.to_pylist():
                    counts = found.setdefault(row["t"], (row["rows"], row["held"], []))
                    if row["bare"] is not None:
                        counts[2].append(row["bare"])
    except (QueryError, TargetError):
        return  # A table of them cannot be read, and validation says why.
    for table, (rows, held, bare) in sorted(found.items()):
        count, keys = touched[table]
        yield Coverage(table, rows, held, count, len(keys), tuple(sorted(bare)))


def _tables_with_evidence(dataset: Dataset) -> Mapping[str, str]:
    """The tables that the table of evidence speaks of, each with its key column."""
    tables = {table.name: table.schema for table in dataset.tables if table.schema is not None}
    evidence = tables.pop(EVIDENCE, None)
    if evidence is None or TABLE_OF not in evidence or ROW_OF not in evidence:
        return {}
    named = evidence[TABLE_OF].constraints.get("enum")
    wanted = tables if not isinstance(named, list) else tables.keys() & {str(name) for name in named}
    return {name: tables[name].primary_key[0] for name in sorted(wanted) if len(tables[name].primary_key) == 1}


def _touched(changes: Changes | None, table: str) -> tuple[int, tuple[str, ...]]:
    """How many rows came or changed, and the keys of those that are listed."""
    found = changes.tables.get(table) if changes is not None else None
    if found is None:
        return 0, ()
    keys = (row.key for row in found.rows if row.op is not Op.REMOVED and row.key)
    return found.added + found.changed, tuple(str(next(iter(key.values()))) for key in keys)
