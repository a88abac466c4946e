"""One side of a comparison: a table laid out in the workspace, each cell as its value, none lost.

A column is stored in its own type, so that most of the comparing is of numbers and dates. Beside
it stand the texts of the cells that are not of the type, where there are any. What DuckDB has no
type for is stored in its one spelling.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from datapkg.cells.canonical import SPELLED, spelling
from datapkg.cells.points import is_added
from datapkg.engine import selecting
from datapkg.engine.canonical import spelled
from datapkg.engine.compiling import BLANK, missing_flag
from datapkg.engine.connection import Workspace, at_work
from datapkg.engine.functions import functions
from datapkg.engine.opened import Opened
from datapkg.engine.opening import open_table
from datapkg.engine.sql import name, texts
from datapkg.errors import DatapkgError, TargetError
from datapkg.law import Law
from datapkg.resources import Table
from datapkg.schema import Column

if TYPE_CHECKING:
    import duckdb


@dataclass(frozen=True)
class Cells:
    """A column of a table that was laid out: where its values are, and whether texts stand beside them."""

    column: Column
    number: int
    spoiled: bool = False

    @property
    def storage(self) -> str:
        """The DuckDB type of the values."""
        return self.column.storage

    def value(self, side: str) -> str:
        """SQL: the value in the row that `side` names."""
        return f"{side}.c{self.number}"

    def text(self, side: str) -> str:
        """SQL: the canonical text in the row that `side` names."""
        told = spelled(self.storage, self.value(side))
        return f"coalesce({told}, {side}.r{self.number})" if self.spoiled else told


@dataclass(frozen=True)
class Laid:
    """A table as rows in the workspace, under the name `at`. `faults` counts those of its structure."""

    at: str
    rows: int
    cells: Mapping[str, Cells]
    faults: int = 0

    @property
    def names(self) -> tuple[str, ...]:
        """The names of its columns, in order."""
        return tuple(self.cells)


class _Disagreement(Exception):
    """Two readers count different rows."""


def lay(space: Workspace, table: Table, at: str) -> Laid:
    """The table laid out under the name `at`, which is SQL.

    Raises TargetError where it cannot be read, DatapkgError where memory or disk do not suffice.
    """
    import duckdb

    opened = open_table(space.con, table, scratch=space.folder, limits=space.limits)
    try:
        return _lay(space, opened, at)
    except (duckdb.Error, _Disagreement) as error:
        if not opened.doubtful or isinstance(error, (duckdb.OutOfMemoryException, duckdb.FatalException)):
            raise _refused(opened, error) from error
    # DuckDB saw the file otherwise than the survey: the exact reader says what it is.
    opened = open_table(space.con, table, scratch=space.folder, limits=space.limits, exact=True)
    try:
        return _lay(space, opened, at)
    except (duckdb.Error, _Disagreement) as error:
        raise _refused(opened, error) from error


def _refused(opened: Opened, error: Exception) -> DatapkgError:
    note = (str(error).splitlines() or [type(error).__name__])[0]
    return DatapkgError(f"the table {opened.table.name} could not be compared: {note}")


def _lay(space: Workspace, opened: Opened, at: str) -> Laid:
    if not opened.parts:
        notes = (str(note) for fault in opened.faults.shown if (note := fault.words.get("note")))
        raise TargetError(f"{opened.table.shown[0]} cannot be read: {next(notes, 'it has no file')}")
    if twice := sorted(opened.schema.ambiguous):
        raise TargetError(f"{opened.table.shown[0]} cannot be compared: its column {twice[0]!r} stands twice")
    con, law = space.con, Law(opened.schema, ())
    plan = selecting.planned(opened, law, (), {}, None)
    for column in plan.present:
        if flag := missing_flag(column):
            con.execute(f"SET VARIABLE {name(flag)} = [{texts(column.missing_values)}]")
    present = {column.name for column in plan.present}
    own = (column for column in opened.schema.columns if not is_added(column))
    columns = [Cells(column, number) for number, column in enumerate(own, 1)]
    told = [part for cells in columns for part in _stored(opened, cells, present)]
    spellers = {_speller(cells): spelling(cells.column) for cells in columns if cells.column.type in SPELLED}
    source = f"SELECT {', '.join(told) or '0 AS c0'} FROM ({selecting.typed(plan)}) WHERE NOT {BLANK}"
    with (
        functions(con, selecting.predicates(plan)),
        functions(con, spellers, "VARCHAR"),
        at_work(con, f"reading {opened.table.name}"),
    ):
        con.execute(f"CREATE OR REPLACE TABLE {at} AS {source}")
    beside = [cells for cells in columns if cells.storage != "VARCHAR" and cells.column.name in present]
    counts = ", ".join(["count(*)", *(f"count(r{cells.number})" for cells in beside)])
    rows, *spoiled = con.execute(f"SELECT {counts} FROM {at}").fetchall()[0]
    _compare_counts(con, opened, plan, rows)
    texted = {cells.number for cells, count in zip(beside, spoiled, strict=True) if count}
    return Laid(
        at,
        rows,
        {cells.column.name: replace(cells, spoiled=cells.number in texted) for cells in columns},
        sum(opened.faults.counts.values()),
    )


def _compare_counts(con: "duckdb.DuckDBPyConnection", opened: Opened, plan: selecting.Pass, rows: int) -> None:
    """Raises where DuckDB counts other rows than the survey did; blank ones are counted only where rows are missing."""
    if rows == opened.rows:
        return
    query = f"SELECT count(*) FROM ({selecting.typed(plan)}) WHERE {BLANK}"
    with functions(con, selecting.predicates(plan)):
        if rows + con.execute(query).fetchall()[0][0] != opened.rows:
            raise _Disagreement("two readers count different rows")


def _speller(cells: Cells) -> str:
    return f"spelled:{cells.number}"


def _stored(opened: Opened, cells: Cells, present: set[str]) -> Sequence[str]:
    """SQL for what is stored of a column: its value, and beside it the text that is none."""
    column, number = cells.column, cells.number
    if column.name not in present:
        return [f"CAST(NULL AS {cells.storage}) AS c{number}"]
    value = name(column.name)
    bad = selecting.bad(opened, column)
    text = "" if bad == selecting.NEVER else f"CASE WHEN {bad} THEN {name(f'cell:{column.name}')} END"
    if cells.storage != "VARCHAR":
        return [f"{value} AS c{number}", f"{text or 'CAST(NULL AS VARCHAR)'} AS r{number}"]
    if column.type in SPELLED:
        value = f"{name(_speller(cells))}({value})"
    return [f"coalesce({value}, {text}) AS c{number}" if text else f"{value} AS c{number}"]
