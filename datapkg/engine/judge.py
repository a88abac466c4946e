"""The one pass: a table's cells typed and its law applied, in a single scan of the file.

Each clause of the law becomes one bit per row. The pass keeps the typed columns, the row number
and the bits as a table of the connection, which keys and SQL rules then work on; only where a
bit is set anywhere are rows fetched.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

from datapkg.engine import casts, lookups, selecting
from datapkg.engine.compiling import BLANK, TYPED, compile_clauses, missing_flag
from datapkg.engine.connection import PASSED, STORE, Workspace, at_work, is_of_disk
from datapkg.engine.functions import functions
from datapkg.engine.opened import Fault, Opened
from datapkg.engine.opening import open_table
from datapkg.engine.sql import name, texts
from datapkg.errors import DatapkgError
from datapkg.law import LateLaw, Law, RuleFault
from datapkg.resources import Table
from datapkg.schema import ROW, Column, Schema

if TYPE_CHECKING:
    import duckdb

LONG_LIST = 64


@dataclass(frozen=True)
class Judged:
    """A table after the pass.

    `failures` counts the rows that break each clause that ran, by its index in the law;
    `skipped` has the reason for each that did not. `blank` are rows without any value. `unread`
    are columns whose type is not one that can be judged, and why. `whole` are the columns of which
    every value was kept. `alike` are tables of the rows whose keys are or look the same, by
    key, for keys that were looked at. `dangling` has the bit of each reference that was looked up in the
    pass, and how many rows have it, by its column, what it refers to as SQL, and the column there.
    """

    opened: Opened
    law: Law
    failures: Mapping[int, int]
    skipped: Mapping[int, str]
    reads: Mapping[int, tuple[str, ...]]
    blank: tuple[int, ...] = ()
    blanks: int = 0
    unread: tuple[tuple[Column, str], ...] = ()
    whole: frozenset[str] = frozenset()
    alike: dict[tuple[str, ...], str | None] = field(default_factory=dict)
    dangling: Mapping[tuple[str, str, str], tuple[int, int]] = field(default_factory=dict)

    @property
    def kept(self) -> str:
        """What was kept of the table, as SQL: its rows with their numbers, values and bits."""
        return f"{STORE}.{name(self.opened.table.name)}"

    @cached_property
    def running(self) -> list[int]:
        """The clauses that ran, in the order of their bits."""
        return [index for index in range(len(self.law.clauses)) if index not in self.skipped]

    @cached_property
    def bits(self) -> Mapping[int, int]:
        """The bit of each clause that ran."""
        return {index: position for position, index in enumerate(self.running)}


@dataclass(frozen=True)
class Uses:
    """What is made of a table after the pass.

    `whole` are the columns of which every value is read; None is all of them. `referring` are those of
    them that nothing reads but a reference of that column alone. `known` are the tables judged before,
    by name: such references to them are looked up in the pass, as far as that can be.
    """

    whole: frozenset[str] | None = None
    referring: frozenset[str] = frozenset()
    known: Mapping[str, Judged] = field(default_factory=dict)


def judge(space: Workspace, table: Table, law: Law | LateLaw | None, limit: int, uses: Uses = Uses()) -> Judged:
    """`table` opened and judged, by a law that may be late. Without one (no schema) its structure alone is looked at.

    Several tables may be judged at once, each in a thread of its own. Raises RuleFault where a row
    rule cannot be compiled or run, DatapkgError where memory or disk do not suffice.
    """
    import duckdb

    with space.con.cursor() as con:
        opened = open_table(con, table, scratch=space.folder, limits=space.limits)
        law = (law() if callable(law) else law) or Law(opened.schema, ())
        try:
            return _pass(con, opened, law, limit, uses)
        except (duckdb.Error, _Disagreement) as error:
            if is_of_disk(error, space):
                raise
            if not opened.doubtful:
                return _unread_after(error, opened, law)
        # DuckDB saw the file otherwise than the survey: the exact reader says what it is.
        opened = open_table(con, table, scratch=space.folder, limits=space.limits, exact=True)
        try:
            return _pass(con, opened, law, limit, uses)
        except (duckdb.Error, _Disagreement) as error:
            if is_of_disk(error, space):
                raise
            return _unread_after(error, opened, law)


def _unread_after(error: Exception, opened: Opened, law: Law) -> Judged:
    """The table as one that could not be read; raises where that is no fault of its file."""
    import duckdb

    note = (str(error).splitlines() or [type(error).__name__])[0]
    name_ = opened.table.name
    if isinstance(error, (duckdb.OutOfMemoryException, duckdb.FatalException)):
        raise DatapkgError(f"the table {name_} could not be judged: {note}") from error
    if any(clause.column is None for clause in law.clauses):
        raise RuleFault(f"a rule of {name_} does not run: {note}") from error
    opened.faults.add(Fault("source-error", opened.table.shown[0], words={"note": note}))
    reads = {index: (clause.column,) for index, clause in enumerate(law.clauses) if clause.column is not None}
    lost, unread = replace(opened, parts=()), _unread(opened.schema)
    return Judged(lost, law, {}, not_run(lost, law, reads, unread), reads, unread=unread)


class _Disagreement(Exception):
    """Two readers count different rows."""


def _pass(con: "duckdb.DuckDBPyConnection", opened: Opened, law: Law, limit: int, uses: Uses) -> Judged:
    every = tuple(range(len(law.clauses)))
    wanted = opened.parts or any(clause.column is None for clause in law.clauses)
    compiled = compile_clauses(con, law, every, opened.schema.columns if wanted else ())
    unread = _unread(opened.schema)
    skipped = not_run(opened, law, compiled.reads, unread)
    judged = Judged(opened, law, {}, skipped, compiled.reads, unread=unread)
    if not opened.parts:
        return judged
    references = [] if selecting.is_small(opened) else list(lookups.references(con, opened, uses.known))
    spared = uses.referring & {reference.column for reference in references}
    whole = None if uses.whole is None else uses.whole - spared
    plan = selecting.planned(opened, law, judged.running, judged.reads, whole, references)
    if skipped:
        compiled = compile_clauses(con, law, judged.running, plan.present)
    table = f"{PASSED}.{name(opened.table.name)}"
    con.execute(f"DROP VIEW IF EXISTS {judged.kept}")
    con.execute(f"DROP TABLE IF EXISTS {table}")
    for column in plan.present:
        if flag := missing_flag(column):
            con.execute(f"SET VARIABLE {name(flag)} = [{texts(column.missing_values)}]")
    with functions(con, selecting.predicates(plan)), _plan(con, judged), at_work(con, f"judging {opened.table.name}"):
        con.execute(f"CREATE OR REPLACE TEMP VIEW {TYPED} AS {selecting.typed(plan)}")
        con.execute(f"CREATE TABLE {table} AS {selecting.select(plan, compiled)}")
    rows, blanks = con.execute(f"SELECT count(*), count(*) FILTER ({BLANK}) FROM {table}").fetchall()[0]
    if rows != opened.rows:
        raise _Disagreement("two readers count different rows")
    con.execute(f"CREATE VIEW {judged.kept} AS {selecting.view(plan, table, blanks=blanks > 0)}")
    blank = _blanks(con, opened, table, limit) if blanks else ()
    counts = _counts(con, judged, plan)
    failures = _failures(con, judged, counts)
    dangling = {
        (reference.column, reference.target, reference.aim): (position, counts[position])
        for position, reference in enumerate(references, len(judged.running))
    }
    return replace(judged, failures=failures, blank=blank, blanks=blanks, whole=plan.whole, dangling=dangling)


def _counts(con: "duckdb.DuckDBPyConnection", judged: Judged, plan: selecting.Pass) -> Mapping[int, int]:
    """How many rows have each of the bits."""
    total = len(plan.running) + len(plan.references)
    counts = dict.fromkeys(range(total), 0)
    if not counts:
        return counts
    bits = ", ".join(f"bit_or({selecting.word(number)})" for number in selecting.words(plan))
    words = con.execute(f"SELECT {bits} FROM {judged.kept}").fetchall()[0]
    found = [at for at in counts if (words[at // selecting.WORD] or 0) >> at % selecting.WORD & 1]
    if found:
        sums = ", ".join(f"count_if({selecting.bit(position)})" for position in found)
        counts |= zip(found, con.execute(f"SELECT {sums} FROM {judged.kept}").fetchall()[0], strict=True)
    return counts


def _failures(con: "duckdb.DuckDBPyConnection", judged: Judged, counts: Mapping[int, int]) -> Mapping[int, int]:
    """How many rows break each clause that ran."""
    failures = {index: counts[position] for index, position in judged.bits.items()}
    for index in (index for index in failures if failures[index] and judged.law.clauses[index].subject == "zone"):
        values = f"SELECT count({name(judged.reads[index][0])}) FROM {judged.kept}"
        if con.execute(values).fetchall()[0][0] == failures[index]:
            failures[index] = 0  # none has a zone, which is one meaning for all
    return failures


@contextmanager
def _plan(con: "duckdb.DuckDBPyConnection", judged: Judged) -> Iterator[None]:
    """How DuckDB plans the pass: for a small file, planning costs more than it saves.

    DuckDB plans each IN as a join, at 1 ms apiece; for the lists of most schemas a scan is faster.
    """
    if selecting.is_small(judged.opened):
        before, after = "PRAGMA disable_optimizer", "PRAGMA enable_optimizer"
    else:
        long = any(clause.size > LONG_LIST for clause in judged.law.clauses)
        before, after = f"SET disabled_optimizers = '{'' if long else 'in_clause'}'", "RESET disabled_optimizers"
    con.execute(before)
    try:
        yield
    finally:
        con.execute(after)


def not_run(
    opened: Opened, law: Law, reads: Mapping[int, tuple[str, ...]], unread: Sequence[tuple[Column, str]]
) -> dict[int, str]:
    """Why each clause that cannot run does not, by its index; `unread` are columns that cannot be judged, and why."""
    untyped = {column.name: note for column, note in unread}
    skipped = {}
    for index, clause in enumerate(law.clauses):
        absent = [column for column in reads[index] if column not in opened.positions]
        if not opened.parts:
            skipped[index] = "the file could not be read"
        elif absent:
            skipped[index] = f"the column {absent[0]} is not in the file"
        elif clause.subject == "type" and clause.column in untyped:
            skipped[index] = untyped[clause.column]
    return skipped


def _blanks(con: "duckdb.DuckDBPyConnection", opened: Opened, table: str, limit: int) -> tuple[int, ...]:
    """The first rows without any value, which what is kept leaves out."""
    row = name(ROW) if opened.bare is None else "rowid + 1"
    rows = con.execute(f"SELECT {row} FROM {table} WHERE {BLANK} ORDER BY 1 LIMIT {limit}").fetchall()
    return tuple(number for (number,) in rows)


def failing_rows(con: "duckdb.DuckDBPyConnection", judged: Judged, clause: int, limit: int) -> list[int]:
    """The first `limit` rows that break the clause, in order."""
    query = f"SELECT {name(ROW)} FROM {judged.kept} WHERE {breaks(judged, clause)} ORDER BY 1 LIMIT {limit}"
    return [row for (row,) in con.execute(query).fetchall()]


def breaks(judged: Judged, clause: int) -> str:
    """SQL over the kept table: the row breaks the clause, which ran."""
    return f"({selecting.bit(judged.bits[clause])})"


def untyped(judged: Judged, columns: Sequence[str]) -> list[str]:
    """SQL for each of the columns that is true where a cell is not of its type."""
    types = {
        judged.law.clauses[index].column: position
        for position, index in enumerate(judged.running)
        if judged.law.clauses[index].subject == "type"
    }
    return [selecting.bit(types[column]) for column in columns if column in types]


def _unread(schema: Schema) -> tuple[tuple[Column, str], ...]:
    found = []
    for column in schema.columns:
        try:
            casts.value(column, "NULL")
        except casts.UnknownType as unknown:
            found.append((column, str(unknown)))
    return tuple(found)
