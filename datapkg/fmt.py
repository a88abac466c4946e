"""Tables, descriptors and schemas in their canonical form, so that git shows what changed and nothing else."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path

from datapkg import targets as naming
from datapkg.checksums import SUMS
from datapkg.dataset import Dataset
from datapkg.engine.connection import Workspace, workspace
from datapkg.engine.formatting import format_table
from datapkg.engine.rawcells import Unsafe
from datapkg.errors import DatapkgError, OutputError
from datapkg.findings import Severity
from datapkg.gitwork import difference
from datapkg.layout import laid_out
from datapkg.limits import Limits
from datapkg.notation import DescriptorFault
from datapkg.paths import shown_path
from datapkg.project import Project
from datapkg.replacing import Stamp, replace_file, stamp
from datapkg.resources import Table

OTHER_FORMS = {
    "parquet": "Parquet has one form already",
    "sheet": "a spreadsheet is no text",
    "json": "tables in JSON are not formatted",
    "jsonl": "tables in JSON Lines are not formatted",
}


class State(StrEnum):
    """What became of a file."""

    CHANGED = "changed"
    UNCHANGED = "unchanged"
    LEFT = "left"
    REFUSED = "refused"


@dataclass(frozen=True)
class Told:
    """A line about a file: where, and what."""

    line: int | None
    text: str


@dataclass(frozen=True)
class Outcome:
    """One file: what became of it, or would; `reasons` are why it was left alone or refused, `notes` what was kept.

    `left` is a file that has no canonical form here, `refused` one that cannot be given it without
    a loss or a guess. `difference` are the hunks of a unified diff, where they were asked for.
    """

    shown: str
    path: Path
    state: State
    reasons: tuple[Told, ...] = ()
    notes: tuple[Told, ...] = ()
    difference: bytes = b""


@dataclass(frozen=True)
class How:
    """Whether files are written, and whether differences are worked out."""

    write: bool = True
    diff: bool = False


@dataclass
class _Work:
    """What the steps share: where scratch files lie, and the files that were looked at."""

    space: Workspace
    how: How
    seen: dict[Path, str] = field(default_factory=dict)


def fmt(
    targets: Sequence[str],
    project: Project | None,
    *,
    schema: Path | None = None,
    how: How = How(),
    limits: Limits | None = None,
) -> Iterator[Outcome]:
    """Give the files of each target their canonical form: its tables, descriptor, schemas and waivers.

    Without targets: every dataset of the project and every schema. A file is replaced whole or not
    at all. Raises TargetError where a target does not exist, OutputError where a file cannot be
    written.
    """
    datasets = naming.datasets(targets, project, schema=schema)
    limits = limits or (project.limits if project is not None else Limits())
    with workspace(limits) as space:
        work = _Work(space, how)
        for dataset in datasets:
            if (dataset.folder / SUMS).exists():
                told = Told(None, "it is a release, and a release never changes")
                yield Outcome(dataset.shown, dataset.path, State.REFUSED, (told,))
                continue
            yield from _texts_of(work, dataset, project)
            yield from _tables_of(work, dataset)
        if project is not None and not targets:
            for path in sorted(path for path in project.schemas.glob("*") if path.suffix in (".yaml", ".yml", ".json")):
                yield from _text(work, path, shown_path(path, project.root))


# ---------------------------------------------------------------- descriptors and schemas


def _texts_of(work: _Work, dataset: Dataset, project: Project | None) -> Iterator[Outcome]:
    if not dataset.descriptor:
        return  # a single file, or a descriptor that does not parse and is told by validate
    base = project.root if project is not None and dataset.path.is_relative_to(project.root) else Path.cwd()
    schemas = [table.schema_path for table in dataset.tables if table.schema_path is not None]
    waivers = dataset.folder / "waivers.yaml"
    for path in (dataset.path, *schemas, *([waivers] if waivers.is_file() else [])):
        yield from _text(work, path, shown_path(path, base))


def _text(work: _Work, path: Path, shown: str) -> Iterator[Outcome]:
    if path in work.seen:
        return
    work.seen[path] = shown
    try:
        before = stamp(path)
        text = path.read_bytes().decode()
        written = laid_out(text, json=path.suffix.lower() == ".json")
    except DescriptorFault as fault:
        yield Outcome(shown, path, State.REFUSED, (Told(fault.line, fault.note),))
        return
    except UnicodeDecodeError:
        yield Outcome(shown, path, State.REFUSED, (Told(None, "it is no UTF-8 text"),))
        return
    except DatapkgError as error:
        yield Outcome(shown, path, State.REFUSED, (Told(None, str(error)),))
        return
    if written == text:
        yield Outcome(shown, path, State.UNCHANGED)
        return
    target = work.space.folder / "laid-out"
    target.write_bytes(written.encode())
    yield _settled(work, (path, shown), target, before, ())


def _settled(work: _Work, file: tuple[Path, str], target: Path, before: Stamp, notes: tuple[Told, ...]) -> Outcome:
    """The outcome of a file that is to become `target`, which is put in its place where that is wanted."""
    path, shown = file
    hunks = difference(path, target) if work.how.diff else b""
    if work.how.write:
        replace_file(path, target, before)
    return Outcome(shown, path, State.CHANGED, (), notes, hunks)


# ---------------------------------------------------------------- tables


def _tables_of(work: _Work, dataset: Dataset) -> Iterator[Outcome]:
    faulty = {verdict.table for verdict in dataset.verdicts if verdict.failures and verdict.severity is Severity.ERROR}
    for table in dataset.tables:
        if not table.tabular:
            continue
        reason = _other_form(table)
        if reason is not None:
            yield Outcome(table.shown[0], (table.paths or (dataset.path,))[0], State.LEFT, (Told(None, reason),))
            continue
        for path, shown in zip(table.paths, table.shown, strict=False):
            part = replace(table, paths=(path,), shown=(shown,))
            if path in work.seen:
                told = f"it was formatted as the table {work.seen[path]}"
                yield Outcome(shown, path, State.LEFT, (Told(None, told),))
            elif faulty & {None, table.name}:
                told = "its descriptor or schema has faults, which datapkg validate tells"
                yield Outcome(shown, path, State.REFUSED, (Told(None, told),))
            else:
                work.seen[path] = table.name
                yield _table(work, part)


def _other_form(table: Table) -> str | None:
    """Why a table has no canonical form here, or None."""
    if table.inline is not None:
        return "data in place are part of the descriptor"
    if not table.paths:
        return "there is no file that can be read, as datapkg validate tells"
    if table.compression:
        return f"the file is compressed ({table.compression})"
    return None if table.format == "csv" else OTHER_FORMS.get(table.format, f"{table.format} is not read")


def _table(work: _Work, table: Table) -> Outcome:
    path, shown = table.paths[0], table.shown[0]
    try:
        before = stamp(path)
        with work.space.con.cursor() as con:
            found = format_table(con, table, work.space.folder, work.space.limits, stays=not work.how.write)
    except Unsafe as unsafe:
        return Outcome(shown, path, State.REFUSED, tuple(Told(line, text) for line, text in unsafe.reasons))
    except OutputError as error:
        return Outcome(shown, path, State.REFUSED, (Told(None, str(error)),))
    notes = tuple(Told(note.line, note.text) for note in found.notes)
    try:
        if not found.changed:
            return Outcome(shown, path, State.UNCHANGED, (), notes)
        declared = "hash" if table.hash else "bytes" if table.bytes is not None else None
        if declared is not None:
            told = f"its descriptor declares its {declared}, which another spelling would belie"
            return Outcome(shown, path, State.REFUSED, (Told(None, told),))
        return _settled(work, (path, shown), found.written, before, notes)
    finally:
        with suppress(OSError):
            found.written.unlink()
