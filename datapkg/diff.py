"""`diff`: what differs between two versions of a dataset, without judgement.

Rows are matched by primary key and values compared as typed values; without a key that tells rows
apart, tables are compared as multisets.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from datapkg import targets
from datapkg.changes import Changes, Kind, SchemaChange, Side, TableChanges, Tolerance
from datapkg.dataset import Dataset
from datapkg.declarations import Renames, package_changes, schema_changes, table_changes
from datapkg.engine import guess
from datapkg.engine.compare import Pair, Shared, compare, unfit
from datapkg.engine.connection import Workspace, workspace
from datapkg.engine.laid import Laid, lay
from datapkg.errors import DatapkgError, TargetError
from datapkg.limits import Limits
from datapkg.project import Project, find_project
from datapkg.released import as_source
from datapkg.resources import Table
from datapkg.schema import Schema
from datapkg.spelling import near

SHOWN = 1000
NUMBERS = ("integer", "number", "year")


@dataclass(frozen=True)
class Request:
    """How to compare: tolerances by `table.column`, rows shown of each table (None for all), which tables."""

    tolerance: Mapping[str, Tolerance] = field(default_factory=dict)
    limit: int | None = SHOWN
    tables: tuple[str, ...] = ()
    limits: Limits = Limits()


Operand = str | os.PathLike[str] | Dataset


def diff(
    old: Operand | None = None,
    new: Operand | None = None,
    *,
    project: Project | None = None,
    tolerance: Mapping[str, str | float] | None = None,
    limit: int | None = SHOWN,
    tables: Sequence[str] = (),
) -> Changes:
    """What differs between two datasets: each a name, folder, file, release, `NAME@VERSION`, `git:REF`, or a Dataset.

    Without `old` it is the last release, without `new` the work tree. `tolerance` is by `table.column`: 0.01, or
    "1%". `limit` cuts the rows of each table that are listed (None: all of them); counts are complete. `tables` are
    the only ones compared, where any is named. Raises TargetError where there is no such dataset, table or column.
    """
    project = project or find_project(Path.cwd())
    limits = project.limits if project is not None else Limits()
    try:
        asked = {name: Tolerance.parse(str(given)) for name, given in (tolerance or {}).items()}
    except ValueError as error:
        raise TargetError(f"a tolerance is a number or a percentage: {error}") from None
    paths = [one if one is None or isinstance(one, Dataset) else os.fspath(one) for one in (old, new)]
    with targets.operands(paths[0], paths[1], project) as (mine, theirs):
        return changes_between(mine, theirs, Request(asked, limit, tuple(tables), limits))


def changes_between(old: targets.Asked, new: targets.Asked, request: Request = Request()) -> Changes:
    """What differs between two datasets that were found. Raises TargetError where a table cannot be read."""
    old, new = (replace(side, dataset=as_source(side.dataset)) for side in (old, new))
    for side in (old.dataset, new.dataset):
        _refuse_unread(side)
    _refuse_unknown(old.dataset, new.dataset, request)
    with workspace(request.limits) as space:
        run = _Run(space, old.dataset, new.dataset, request)
        tables, schema = run.compared()
    sides = (Side(one.dataset.name, one.dataset.version, one.asked) for one in (old, new))
    return Changes(next(sides), next(sides), tuple(schema), tables)


def _refuse_unread(dataset: Dataset) -> None:
    faults = [finding for verdict in dataset.verdicts for finding in verdict.findings]
    if not dataset.tables and faults:
        raise TargetError(f"{dataset.shown} cannot be read: {faults[0].message}")
    for table in dataset.tables:
        if table.schema is None and "schema" in table.descriptor:
            raise TargetError(
                f"the schema of {table.name} in {dataset.shown} cannot be read; `datapkg validate` says why"
            )


def _refuse_unknown(old: Dataset, new: Dataset, request: Request) -> None:
    known = {table.name: table for dataset in (old, new) for table in dataset.tables}
    columns = {
        f"{table.name}.{column.name}": column
        for dataset in (old, new)
        for table in dataset.tables
        for column in (table.schema.columns if table.schema else ())
    }
    for asked, there, what in ((request.tables, known, "table"), (request.tolerance, columns, "column")):
        for name in asked:
            if name not in there:
                close = near(name, tuple(there))
                hint = f"; did you mean {close}?" if close else f"; there are {', '.join(there) or 'none'}"
                raise TargetError(f"there is no {what} {name!r}{hint}")
    for name in request.tolerance:
        if columns[name].type not in NUMBERS:
            raise TargetError(f"{name} is of type {columns[name].type}, and only numbers are compared with a tolerance")


@dataclass
class _Run:
    """One comparison in a workspace; `laid` are tables that were read already, by side and name."""

    space: Workspace
    old: Dataset
    new: Dataset
    request: Request
    laid: dict[tuple[str, str], Laid] = field(default_factory=dict)

    def compared(self) -> tuple[dict[str, TableChanges], list[SchemaChange]]:
        """The changes of every table of either side, and those of the declarations."""
        old, new = self._tables(self.old), self._tables(self.new)
        if len(old) == len(new) == 1 and not self.old.descriptor and not self.new.descriptor:
            old = dict(zip(new, old.values(), strict=True))  # Two files of whatever names are one table.
        renames = dict(self._renamed_tables(old, new))
        back = {fresh: was for was, fresh in renames.items()}
        whole = not self.request.tables and self.old.descriptor and self.new.descriptor
        schema = list(package_changes(self.old.descriptor, self.new.descriptor)) if whole else []
        found: dict[str, TableChanges] = {}
        for name in dict.fromkeys([*new, *(name for name in old if name not in renames)]):
            was = back.get(name, name)
            if name in back:
                schema.append(SchemaChange(Kind.TABLE_RENAMED, name, old=was, new=name, guess=True))
            if was in old and name in new:
                changes, told = self._table(old[was], new[name], renames)
                schema.extend(told)
            else:
                changes = self._alone(old.get(name), new.get(name))
                schema.append(SchemaChange(Kind.TABLE_ADDED if name in new else Kind.TABLE_REMOVED, name))
            found[name] = replace(changes, name=name)
        return found, schema

    def _tables(self, dataset: Dataset) -> dict[str, Table]:
        wanted = self.request.tables
        return {table.name: table for table in dataset.tables if table.tabular and (not wanted or table.name in wanted)}

    def _laid(self, side: str, table: Table) -> Laid:
        """The table as rows of the workspace."""
        known = self.laid.get((side, table.name))
        if known is None:
            dataset = self.old if side == "old" else self.new
            if not table.present and (note := dataset.unreadable.get(table.name)):
                raise TargetError(f"{table.shown[0]} cannot be read: {note}")
            known = self.laid[side, table.name] = lay(self.space, table, f"{side}{len(self.laid)}")
        return known

    def _drop(self, *laid: Laid) -> None:
        for one in laid:
            self.space.con.execute(f"DROP TABLE IF EXISTS {one.at}")
        self.laid = {place: one for place, one in self.laid.items() if one not in laid}

    def _renamed_tables(self, old: Mapping[str, Table], new: Mapping[str, Table]) -> Iterator[tuple[str, str]]:
        gone = [table for name, table in old.items() if name not in new]
        come = [table for name, table in new.items() if name not in old]
        scores = {}
        for mine in gone:
            for theirs in come:
                sides = self._laid("old", mine), self._laid("new", theirs)
                scores[mine.name, theirs.name] = guess.resemblance(self.space, *sides)
        yield from guess.matched(scores)

    def _alone(self, old: Table | None, new: Table | None) -> TableChanges:
        """A table of one side: all of its rows were removed or added."""
        side, table = ("old", old) if old is not None else ("new", new)
        assert table is not None
        laid = self._laid(side, table)
        nothing = replace(laid, at="nothing", rows=0)
        self.space.con.execute(f"CREATE OR REPLACE TABLE nothing AS FROM {laid.at} LIMIT 0")
        sides = (laid, nothing) if side == "old" else (nothing, laid)
        return self._compared(*sides, table, table, Renames())

    def _table(self, old: Table, new: Table, renames: Mapping[str, str]) -> tuple[TableChanges, list[SchemaChange]]:
        """The changes of a table that both sides have."""
        words = list(table_changes(new.name, old, new))
        if _identical(old, new):
            keyed = bool(new.schema and new.schema.primary_key)
            return TableChanges(new.name, keyed=keyed), words
        before, after = self._laid("old", old), self._laid("new", new)
        named = Renames(renames, dict(self._renamed_columns(before, after, old, new)))
        words.extend(schema_changes(new.name, _schema_of(old, before), _schema_of(new, after), named))
        return self._compared(before, after, old, new, named), words

    def _renamed_columns(self, before: Laid, after: Laid, old: Table, new: Table) -> Iterator[tuple[str, str]]:
        if not before.cells.keys() - after.cells.keys() or not after.cells.keys() - before.cells.keys():
            return
        pair = self._paired(before, after, Renames())
        key, _ = self._key(pair, old, new, Renames())
        if not key:  # The key itself may have another name now.
            scored = guess.by_values(self.space, before.at, after.at)
            found = Renames(columns=dict(guess.renamed(before, after, scored)))
            pair = self._paired(before, after, found)
            key, _ = self._key(pair, old, new, found)
            yield from ((a, b) for a, b in found.columns.items() if not key or b in key)
            if not key:
                return
        pair = replace(pair, key=key)
        was = {shared.old.column.name for shared in pair.keys}
        left = replace(before, cells={name: cells for name, cells in before.cells.items() if name not in was})
        come = replace(after, cells={name: cells for name, cells in after.cells.items() if name not in key})
        yield from guess.renamed(left, come, guess.by_key(self.space, pair))

    def _paired(self, old: Laid, new: Laid, renames: Renames) -> Pair:
        back = {fresh: was for was, fresh in renames.columns.items()}
        shared = (
            Shared(old.cells[back.get(name, name)], cells)
            for name, cells in new.cells.items()
            if back.get(name, name) in old.cells and (name in back or name not in renames.columns)
        )
        return Pair(old, new, tuple(shared))

    def _key(self, pair: Pair, old: Table, new: Table, renames: Renames) -> tuple[tuple[str, ...], str | None]:
        """The key by which rows are matched, and a note where it is not simply the declared one; no names for none."""
        mine = renames.key(old.schema.primary_key) if old.schema else ()
        theirs = new.schema.primary_key if new.schema else ()
        if not mine and not theirs:
            return (), None
        shared = {one.name for one in pair.shared}
        notes = []
        for key, side in ((theirs, "new"), (mine, "old")):
            if not key or (side == "old" and set(key) == set(theirs)):
                continue
            if lacking := [name for name in key if name not in shared]:
                notes.append(f"the column {lacking[0]} of the key is not on both sides")
            elif (note := unfit(self.space, replace(pair, key=key))) is not None:
                notes.append(note)
            else:
                alone = f"matched by the key ({', '.join(key)}), which only the {side} side declares"
                return key, alone if set(mine) != set(theirs) else None
        return (), f"compared as a multiset: {'; '.join(dict.fromkeys(notes))}"

    def _compared(self, before: Laid, after: Laid, old: Table, new: Table, renames: Renames) -> TableChanges:
        """The rows of two tables compared; what was read for it is dropped."""
        pair = self._paired(before, after, renames)
        key, note = self._key(pair, old, new, renames)
        tolerances = {
            name.removeprefix(f"{new.name}."): bound
            for name, bound in self.request.tolerance.items()
            if name.startswith(f"{new.name}.")
        }
        notes = [note] if note else []
        if tolerances and not key:
            notes.append("no tolerance was applied, since rows cannot be matched without a key")
        for laid, which in ((before, "old"), (after, "new")):
            if laid.faults:
                faults = f"{laid.faults:,} {'fault' if laid.faults == 1 else 'faults'}"
                notes.append(f"the {which} file has {faults} of structure, which `datapkg validate` lists")
        found = compare(self.space, replace(pair, key=key), tolerances, self.request.limit)
        self._drop(before, after)
        return TableChanges(
            new.name,
            found.added,
            found.removed,
            found.changed,
            found.rows,
            found.columns,
            bool(key),
            "; ".join(notes) or None,
        )


def _schema_of(table: Table, laid: Laid) -> Schema:
    return table.schema or Schema(tuple(cells.column for cells in laid.cells.values()))


def _identical(old: Table, new: Table) -> bool:
    """Whether both are the same bytes, read in the same way: then no row is looked at."""
    read = [(t.schema, t.dialect, t.encoding, t.format, t.compression, t.innerpath, t.options) for t in (old, new)]
    if read[0] != read[1] or old.inline or new.inline or len(old.paths) != len(new.paths) or not old.paths:
        return False
    return all(_same_bytes(a, b) for a, b in zip(old.paths, new.paths, strict=True))


def _same_bytes(old: Path, new: Path) -> bool:
    try:
        if old.stat().st_size != new.stat().st_size:
            return False
        with old.open("rb") as a, new.open("rb") as b:
            while block := a.read(1 << 20):
                if block != b.read(1 << 20):
                    return False
    except OSError as error:
        raise DatapkgError(f"{error.filename} cannot be read: {error.strerror}") from None
    return True
