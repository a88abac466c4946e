"""`history`: one row through releases and commits. `blame`: the version and commit that each value came with.

Two chains are walked: the versions, one after another, and the commits, each beside its parents. A
version takes in what the commits before it did, which is told from the values alone; so both work
without tags, and without git there are the versions.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from datapkg import targets
from datapkg.bases import bases
from datapkg.changes import CellChange, Op
from datapkg.engine.connection import Workspace, workspace
from datapkg.engine.lineage import Texts, Traced, forget, row, texts, trace, traced_rows
from datapkg.errors import DatapkgError, TargetError
from datapkg.git import Commit
from datapkg.limits import Limits
from datapkg.project import Project
from datapkg.resources import Table
from datapkg.snapshots import Snapshots, State, snapshots
from datapkg.spelling import near

RETRACTIONS = "retractions"
Cells = tuple[str | None, ...]


@dataclass(frozen=True)
class Event:
    """What happened to a row: in which version and by which commit, where these are known.

    Without a commit the change is in a release alone, or, where `commits` were looked at, not committed.
    """

    op: Op
    cells: tuple[CellChange, ...]
    version: str | None = None
    commit: Commit | None = None
    committed: bool = True
    reason: Mapping[str, str] | None = None


@dataclass(frozen=True)
class Story:
    """The events of one row in order; `notes` say what could not be looked at."""

    dataset: str
    table: str
    key: str
    there: bool
    events: tuple[Event, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Origin:
    """Where a row, or one cell of it, has its value from; no commit: not committed, no version: not released."""

    key: str
    column: str | None
    version: str | None
    commit: Commit | None


@dataclass(frozen=True)
class Blame:
    """The origin of each row, or of each cell, of a table in the order of its keys."""

    dataset: str
    table: str
    origins: tuple[Origin, ...]
    git: bool
    notes: tuple[str, ...] = ()


@dataclass
class _Walk:
    """A table's states in a workspace: `versions` in order, `commits` in topological order, and the work tree."""

    space: Workspace
    key: tuple[str, ...]
    columns: tuple[str, ...]
    versions: list[tuple[str, Texts | None]]
    found: Snapshots | None
    states: dict[State, Texts]
    now: Texts
    notes: list[str]

    @property
    def commits(self) -> tuple[Commit, ...]:
        """The commits; none where there is no git."""
        return self.found.commits if self.found is not None else ()

    def states_by_commit(self) -> dict[str, Texts | None]:
        """The table at each commit; None where it was not there. One that cannot be read is as its parent was."""
        told: dict[str, Texts | None] = {}
        for commit in self.commits:
            state = self.found.states[commit.id] if self.found is not None else None
            before = next((told[parent] for parent in commit.parents if parent in told), None)
            told[commit.id] = self.states.get(state, before) if state is not None else None
        return told


def history(name: str, table: str, key: str, project: Project | None, limits: Limits = Limits()) -> Story:
    """One row of a dataset of the project, from when it came until now.

    `key` is its value, or `column=value,…`. Raises TargetError where there is no such table, it has no
    key, or no release, commit or file ever had the row.
    """
    with ExitStack() as stack:
        walk = _walk(stack, name, table, project, limits)
        wanted = _wanted(walk.key, key)
        events = _versioned(walk, wanted, list(_commits(walk, wanted)))
        if not events:
            raise TargetError(f"no release, commit or file of {name} ever had {wanted!r} in {table}")
        now = _cells(walk, walk.now, wanted)
        if now is None:
            events[-1] = replace(events[-1], reason=_reason(project, name, table, wanted, limits))
        return Story(name, table, wanted, now is not None, tuple(events), tuple(walk.notes))


def blame(name: str, table: str, project: Project | None, *, cells: bool = False, limits: Limits = Limits()) -> Blame:
    """Which version and commit last changed the value of each row of a table, or with `cells` of each cell.

    Neither its position nor its spelling counts. Raises TargetError where there is no such table, or it has no key.
    """
    with ExitStack() as stack:
        walk = _walk(stack, name, table, project, limits)
        versions, commits = _traced_versions(walk, walk.now), _traced_commits(walk, walk.now)
        names = [version for version, _ in walk.versions]
        known = walk.commits
        origins: list[Origin] = []
        for key, released, committed in traced_rows(walk.space, versions, commits, len(walk.columns)):
            steps = zip(walk.columns, released, committed, strict=True)
            parts = steps if cells else [(None, max(released), max(committed))]
            for column, version, commit in parts:
                told = names[version] if version < len(names) else None
                origins.append(Origin(key, column, told, known[commit] if commit < len(known) else None))
        return Blame(name, table, tuple(origins), walk.found is not None, tuple(walk.notes))


# ---------------------------------------------------------------- the states


def _walk(stack: ExitStack, name: str, table: str, project: Project | None, limits: Limits) -> _Walk:
    if project is None:
        raise TargetError("there is no project here whose history could be told")
    dataset = targets.dataset(name, project)
    mine = next((one for one in dataset.tables if one.name == table), None)
    if mine is None or mine.schema is None:
        close = near(table, tuple(one.name for one in dataset.tables))
        hint = f"; did you mean {close}?" if close else ""
        raise TargetError(f"the dataset {name} has no table {table!r} with a schema{hint}")
    if not mine.schema.primary_key:
        raise TargetError(f"the table {table} has no primary key, by which a row could be followed")
    folder = Path(stack.enter_context(TemporaryDirectory(prefix="datapkg-")))
    space = stack.enter_context(workspace(limits))
    key, columns = mine.schema.primary_key, tuple(column.name for column in mine.schema.columns)
    now = texts(space, mine, key, columns, "now")
    walk = _Walk(space, key, columns, [], None, {}, now, [])
    try:
        walk.found = snapshots(project, dataset, table, folder)
        walk.notes.extend(walk.found.notes)
    except TargetError as error:
        walk.notes.append(f"commits were not looked at: {error}")
    for number, (state, held) in enumerate(walk.found.tables.items() if walk.found is not None else ()):
        if (read := _read(walk, held, f"state {number}", "a commit")) is not None:
            walk.states[state] = read
    for base in bases(dataset, project):
        with targets.operands(base.operand, dataset, project) as (old, _):
            then = next((one for one in old.dataset.tables if one.name == table), None)
            read = _read(walk, then, f"version {base.version}", base.told) if then is not None else None
        walk.versions.append((str(base.version), read))
    return walk


def _read(walk: _Walk, table: Table, at: str, told: str) -> Texts | None:
    try:
        return texts(walk.space, table, walk.key, walk.columns, at)
    except DatapkgError as error:
        walk.notes.append(f"{table.name} of {told} was passed over: {str(error).splitlines()[0]}")
        return None


def _wanted(key: Sequence[str], given: str) -> str:
    """A key as the states spell it: the value, or `column=value,…` in the order of the key."""
    if len(key) == 1:
        return given.removeprefix(f"{key[0]}=")
    parts: dict[str, str] = {}
    name = None
    for piece in given.split(","):
        column, equals, value = piece.partition("=")
        if equals and column in key and column not in parts:
            name, parts[column] = column, value
        elif name is not None:
            parts[name] += f",{piece}"
    if parts.keys() != set(key):
        example = ",".join(f"{column}=…" for column in key)
        raise TargetError(f"{given!r} is no key of several columns, which is written {example}")
    return ",".join(f"{column}={parts[column]}" for column in key)


# ---------------------------------------------------------------- one row


def _cells(walk: _Walk, state: Texts | None, key: str) -> Cells | None:
    return row(walk.space, state, key) if state is not None else None


def _commits(walk: _Walk, key: str) -> Iterator[tuple[Event, Cells | None]]:
    """What each commit, and then the work tree, did to a row, and the row after it."""
    known: dict[str, Cells | None] = {}
    kept: dict[Texts, Cells | None] = {}
    tips: dict[str, None] = {}
    states = walk.states_by_commit()
    for commit in walk.commits:
        state = states[commit.id]
        if state is not None and state not in kept:
            kept[state] = _cells(walk, state, key)
        now = known[commit.id] = kept[state] if state is not None else None
        before = [known[parent] for parent in commit.parents if parent in known]
        tips[commit.id] = None
        for parent in commit.parents:
            tips.pop(parent, None)
        if now not in before and not (now is None and not before):
            yield Event(*_change(walk, before[0] if before else None, now), commit=commit), now
    if walk.found is not None:
        now, before = _cells(walk, walk.now, key), [known[tip] for tip in tips]
        if now not in before and not (now is None and not before):
            yield Event(*_change(walk, before[0] if before else None, now), committed=False), now


def _change(walk: _Walk, old: Cells | None, new: Cells | None) -> tuple[Op, tuple[CellChange, ...]]:
    op = Op.ADDED if old is None else Op.REMOVED if new is None else Op.CHANGED
    blank: Cells = (None,) * len(walk.columns)
    triples = zip(walk.columns, old or blank, new or blank, strict=True)
    return op, tuple(CellChange(column, was, now) for column, was, now in triples if was != now)


def _versioned(walk: _Walk, key: str, told: list[tuple[Event, Cells | None]]) -> list[Event]:
    """The events with their versions: a version takes in all up to the last after which the row is as it has it."""
    events: list[Event] = []
    last: Cells | None = None
    for version, state in walk.versions:
        row_then = _cells(walk, state, key)
        if state is None or row_then == last:
            continue
        reached = [number for number, (event, then) in enumerate(told) if then == row_then and event.committed]
        if reached:
            taken, told = told[: reached[-1] + 1], told[reached[-1] + 1 :]
            events.extend(replace(event, version=version) for event, _ in taken)
        else:
            events.append(Event(*_change(walk, last, row_then), version=version))
        last = row_then
    events.extend(event for event, _ in told)
    now = _cells(walk, walk.now, key)
    if walk.found is None and now != last:
        events.append(Event(*_change(walk, last, now), committed=False))
    return events


def _reason(project: Project | None, name: str, table: str, key: str, limits: Limits) -> Mapping[str, str] | None:
    """What the retractions of today say of a row that is gone."""
    dataset = targets.dataset(name, project)
    told = next((one for one in dataset.tables if one.name == RETRACTIONS), None)
    columns = ("reason", "note", "replaced_by", "retracted")
    if told is None or told.schema is None or not {"table", "key"} <= {column.name for column in told.schema.columns}:
        return None
    with workspace(limits) as space:
        found = row(space, texts(space, told, ("table", "key"), columns, "told"), f"table={table},key={key}")
    return {column: text for column, text in zip(columns, found, strict=True) if text} if found is not None else None


# ---------------------------------------------------------------- all rows


def _traced_versions(walk: _Walk, now: Texts) -> Traced:
    last: list[Traced] = []
    size = len(walk.columns)
    for number, (_, state) in enumerate(walk.versions):
        if state is not None:
            last = [trace(walk.space, number, state, last, size, f"in version {number}")]
    return trace(walk.space, len(walk.versions), now, last, size, "by version")


def _traced_commits(walk: _Walk, now: Texts) -> Traced:
    """The present table with the commit of each cell; a commit with its parent's state shares what is known of that."""
    size, traced = len(walk.columns), dict[str, Traced | None]()
    commits, states = walk.commits, walk.states_by_commit()
    left = Counter(parent for commit in commits for parent in set(commit.parents))
    tips = [commit.id for commit in commits if not left[commit.id]]
    for number, commit in enumerate(commits):
        state = states[commit.id]
        parents = [parent for parent in commit.parents if traced.get(parent) is not None]
        same = next((parent for parent in parents if states[parent] == state), None)
        if state is None:
            traced[commit.id] = None
        elif same is not None:
            traced[commit.id] = traced[same]
        else:
            before = [one for parent in parents if (one := traced[parent]) is not None]
            traced[commit.id] = trace(walk.space, number, state, before, size, f"by commit {number}")
        for parent in set(commit.parents):
            _spend(walk, parent, left, traced)
    last = list(dict.fromkeys(one for tip in tips if (one := traced[tip]) is not None))
    return trace(walk.space, len(commits), now, last, size, "by commit")


def _spend(walk: _Walk, parent: str, left: Counter[str], traced: dict[str, Traced | None]) -> None:
    """Forget what is known of a commit once all of its children are done, unless one of them shares it."""
    if parent in traced:
        left[parent] -= 1
        mine = traced.get(parent)
        if not left[parent] and mine is not None:
            traced[parent] = None
            if mine not in traced.values():
                forget(walk.space, mine)
