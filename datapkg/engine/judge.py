"""The one pass: a table's cells typed and its law applied, in a single scan of the file.

Each clause of the law becomes one bit per row. The pass keeps the typed columns, the row number
and the bits as a table of the connection, which keys and SQL rules then work on; only where a
bit is set anywhere are rows fetched.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from datapkg.cells.predicates import Predicate, of_type
from datapkg.engine import casts
from datapkg.engine.compiling import TYPED, Compiled, compile_clauses, missing_flag
from datapkg.engine.connection import STORE, Workspace, at_work
from datapkg.engine.functions import functions
from datapkg.engine.opened import Fault, Opened
from datapkg.engine.opening import open_table
from datapkg.engine.sql import name, names, texts
from datapkg.errors import DatapkgError
from datapkg.law import Clause, Law, RuleFault
from datapkg.resources import Table
from datapkg.schema import ROW, Column, Schema

if TYPE_CHECKING:
    import duckdb

WORD = 60
NEVER = "false"
LONG_LIST = 64
SMALL = 1 << 20


@dataclass(frozen=True)
class Judged:
    """A table after the pass.

    `failures` counts the rows that break each clause that ran, by its index in the law;
    `skipped` has the reason for each that did not. `blank` are rows without any value. `unread`
    are columns whose type is not one that can be judged, and why.
    """

    opened: Opened
    law: Law
    failures: Mapping[int, int]
    skipped: Mapping[int, str]
    reads: Mapping[int, tuple[str, ...]]
    blank: tuple[int, ...] = ()
    blanks: int = 0
    unread: tuple[tuple[Column, str], ...] = ()

    @property
    def kept(self) -> str:
        """The kept table, as SQL."""
        return f"{STORE}.{name(self.opened.table.name)}"

    @cached_property
    def running(self) -> list[int]:
        """The clauses that ran, in the order of their bits."""
        return [index for index in range(len(self.law.clauses)) if index not in self.skipped]

    @cached_property
    def bits(self) -> Mapping[int, int]:
        """The bit of each clause that ran."""
        return {index: position for position, index in enumerate(self.running)}


def judge(space: Workspace, table: Table, law: Law | None, limit: int) -> Judged:
    """`table` opened and judged. Without a law (no schema) its structure alone is looked at.

    Several tables may be judged at once, each in a thread of its own. Raises RuleFault where a
    row rule cannot be compiled or run, DatapkgError where memory or disk do not suffice.
    """
    import duckdb

    with space.con.cursor() as con:
        opened = open_table(con, table, scratch=space.folder, limits=space.limits)
        law = law or Law(opened.schema, ())
        try:
            return _pass(con, opened, law, limit)
        except (duckdb.Error, _Disagreement) as error:
            if not opened.doubtful:
                return _unread_after(error, opened, law)
        # DuckDB saw the file otherwise than the survey: the exact reader says what it is.
        opened = open_table(con, table, scratch=space.folder, limits=space.limits, exact=True)
        try:
            return _pass(con, opened, law, limit)
        except (duckdb.Error, _Disagreement) as error:
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
    unread = replace(opened, parts=())
    return Judged(unread, law, {}, _skipped(unread, law, reads), reads, unread=_unread(opened.schema))


class _Disagreement(Exception):
    """Two readers count different rows."""


def _pass(con: "duckdb.DuckDBPyConnection", opened: Opened, law: Law, limit: int) -> Judged:
    every = tuple(range(len(law.clauses)))
    wanted = opened.parts or any(clause.column is None for clause in law.clauses)
    compiled = compile_clauses(con, law, every, opened.schema.columns if wanted else ())
    skipped = _skipped(opened, law, compiled.reads)
    judged = Judged(opened, law, {}, skipped, compiled.reads, unread=_unread(opened.schema))
    if not opened.parts:
        return judged
    present = tuple(column for column in opened.schema.columns if column.name in opened.positions)
    if skipped:
        compiled = compile_clauses(con, law, judged.running, present)
    con.execute(f"DROP TABLE IF EXISTS {judged.kept}")
    for column in present:
        if flag := missing_flag(column):
            con.execute(f"SET VARIABLE {name(flag)} = [{texts(column.missing_values)}]")
    with functions(con, _predicates(judged, present)), _plan(con, judged), at_work(con, f"judging {opened.table.name}"):
        con.execute(f"CREATE OR REPLACE TEMP VIEW {TYPED} AS {_typed(judged, present)}")
        con.execute(f"CREATE TABLE {judged.kept} AS {_select(judged, compiled, present)}")
    words = range(-(-len(judged.running) // WORD))
    bits = "".join(f", bit_or({_word(word)})" for word in words)
    kept, *broken = con.execute(f"SELECT count(*){bits} FROM {judged.kept}").fetchall()[0]
    blank, blanks = _blanks(con, opened, kept, limit)
    failing = [
        index for position, index in enumerate(judged.running) if (broken[position // WORD] or 0) >> position % WORD & 1
    ]
    failures = dict.fromkeys(judged.running, 0)
    if failing:
        sums = ", ".join(f"count_if({_bit(judged.bits[index])})" for index in failing)
        failures |= zip(failing, con.execute(f"SELECT {sums} FROM {judged.kept}").fetchall()[0], strict=True)
    for index in (index for index in failing if law.clauses[index].subject == "zone"):
        values = f"SELECT count({name(judged.reads[index][0])}) FROM {judged.kept}"
        if con.execute(values).fetchall()[0][0] == failures[index]:
            failures[index] = 0  # none has a zone, which is one meaning for all
    return Judged(opened, law, failures, skipped, judged.reads, blank, blanks, judged.unread)


@contextmanager
def _plan(con: "duckdb.DuckDBPyConnection", judged: Judged) -> Iterator[None]:
    """How DuckDB plans the pass: for a small file, planning costs more than it saves.

    DuckDB plans each IN as a join, at 1 ms apiece; for the lists of most schemas a scan is faster.
    """
    if (judged.opened.facts.bytes or 0) < SMALL:
        before, after = "PRAGMA disable_optimizer", "PRAGMA enable_optimizer"
    else:
        long = any(clause.size > LONG_LIST for clause in judged.law.clauses)
        before, after = f"SET disabled_optimizers = '{'' if long else 'in_clause'}'", "RESET disabled_optimizers"
    con.execute(before)
    try:
        yield
    finally:
        con.execute(after)


def _skipped(opened: Opened, law: Law, reads: Mapping[int, tuple[str, ...]]) -> dict[int, str]:
    untyped = {column.name: note for column, note in _unread(opened.schema)}
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


def _blanks(con: "duckdb.DuckDBPyConnection", opened: Opened, kept: int, limit: int) -> tuple[tuple[int, ...], int]:
    """Rows without any value, which the pass leaves out; raises where that is not what it left out."""
    blanks = opened.rows - kept
    if not blanks:
        return (), 0
    blank = f"FROM ({opened.source}) WHERE {_blank(opened)}"
    if con.execute(f"SELECT count(*) {blank}").fetchall()[0][0] != blanks:
        raise _Disagreement("two readers count different rows")
    rows = con.execute(f"SELECT {name(ROW)} {blank} ORDER BY 1 LIMIT {limit}").fetchall()
    return tuple(row for (row,) in rows), blanks


def failing_rows(con: "duckdb.DuckDBPyConnection", judged: Judged, clause: int, limit: int) -> list[int]:
    """The first `limit` rows that break the clause, in order."""
    query = f"SELECT {name(ROW)} FROM {judged.kept} WHERE {breaks(judged, clause)} ORDER BY 1 LIMIT {limit}"
    return [row for (row,) in con.execute(query).fetchall()]


def breaks(judged: Judged, clause: int) -> str:
    """SQL over the kept table: the row breaks the clause, which ran."""
    return f"({_bit(judged.bits[clause])})"


def untyped(judged: Judged, columns: Sequence[str]) -> list[str]:
    """SQL for each of the columns that is true where a cell is not of its type."""
    types = {
        judged.law.clauses[index].column: position
        for position, index in enumerate(judged.running)
        if judged.law.clauses[index].subject == "type"
    }
    return [_bit(types[column]) for column in columns if column in types]


def _word(number: int) -> str:
    return name(f"datapkg:broken{number}")


def _bit(position: int) -> str:
    return f"({_word(position // WORD)} & {1 << position % WORD}) <> 0"


# ---------------------------------------------------------------- the select


def _select(judged: Judged, compiled: Compiled, present: Sequence[Column]) -> str:
    """Cells typed (the view TYPED), clauses applied (`compiled`), bits packed."""
    opened = judged.opened
    bits = [_broken(opened, judged.law.clauses[index], index, judged.reads[index]) for index in judged.running]
    words = []
    for start in range(0, len(bits), WORD):
        told = [
            f"(CASE WHEN {bit} THEN {1 << position} ELSE 0 END)"
            for position, bit in enumerate(bits[start : start + WORD])
            if bit != NEVER
        ]
        words.append(f", CAST({_together(told or ['0'])} AS BIGINT) AS {_word(start // WORD)}")
    columns = names(column.name for column in present)
    return f"SELECT {name(ROW)}, {columns}{''.join(words)} FROM ({compiled.query})"


def _together(bits: Sequence[str]) -> str:
    """All bits in one word; balanced, since DuckDB's time to plan grows with the depth."""
    if len(bits) == 1:
        return bits[0]
    middle = len(bits) // 2
    return f"({_together(bits[:middle])} | {_together(bits[middle:])})"


def _broken(opened: Opened, clause: Clause, index: int, reads: Sequence[str]) -> str:
    """SQL that is true where the clause is broken, and false or null where it is not.

    A cell that is not of its type, or not there, is told once: it breaks no other clause.
    """
    if clause.subject == "type":
        return _bad(opened, opened.schema[reads[0]])
    if clause.subject == "missing":
        return _none(opened, opened.schema[reads[0]])
    if clause.subject == "zone":
        cell = _cell(reads[0])
        bare = f"{cell}[-1] <> 'Z' AND {cell}[-6] NOT IN ('+', '-')"
        return NEVER if opened.storage is not None else f"{name(reads[0])} IS NOT NULL AND {bare}"
    broken = f"NOT {name(f'fits:{index}' if clause.predicate is not None else f'fine:{index}')}"
    if clause.column is not None or opened.storage is not None:
        return broken
    sound = "".join(f" AND {_sound(opened, opened.schema[column])}" for column in reads)
    return f"{broken}{sound}"


def _sound(opened: Opened, column: Column) -> str:
    """SQL: there is a cell, and it is of its type or missing by the schema's words."""
    cell = _cell(column.name)
    if _plain(opened, column):
        return f"{cell} IS NOT NULL"
    return f"({name(column.name)} IS NOT NULL OR {_missing(cell, column)})"


def _bad(opened: Opened, column: Column) -> str:
    """SQL: there is a cell, it is not missing by the schema's words, and it has no value of its type."""
    if _typed_already(opened, column) or _plain(opened, column):
        return NEVER
    cell = _cell(column.name)
    return f"{name(column.name)} IS NULL AND NOT {_missing(cell, column)}"


def _none(opened: Opened, column: Column) -> str:
    """SQL: the cell says that there is no value. A cell that is not there says nothing."""
    if opened.storage is not None:
        return f"{_cell(column.name)} IS NULL OR {_missing(_cell(column.name), column)}"
    return _missing(_cell(column.name), column)


def _missing(cell: str, column: Column) -> str:
    """SQL: the cell is one of the texts that mean no value; null where there is no cell."""
    if flag := missing_flag(column):
        return flag
    if column.missing_values == ("",):
        return f"({cell} = '')"
    return f"({cell} IN ({texts(column.missing_values)}))" if column.missing_values else f"({cell} <> {cell})"


def _cell(column: str) -> str:
    return name(f"cell:{column}")


def _predicates(judged: Judged, present: Sequence[Column]) -> dict[str, Predicate]:
    """What Python judges, by the names of the SQL functions: whole types, and constraints of such types."""
    table = judged.opened.table.name
    found = {_judge(table, column): of_type(column) for column in present if casts.held(column)}
    for index in judged.running:
        predicate = judged.law.clauses[index].predicate
        if predicate is not None:
            found[f"fits:{table}:{index}"] = predicate
    return found


def _judge(table: str, column: Column) -> str:
    return f"type:{table}:{column.name}"


def _typed(judged: Judged, present: Sequence[Column]) -> str:
    """Each column's value, beside it its text, and whether the text fits what Python judges."""
    opened, parts = judged.opened, [name(ROW)]
    for index in judged.running:
        clause = judged.law.clauses[index]
        if clause.predicate is not None and clause.column is not None:
            text = _text(opened, clause.column)
            fits = f"{name(f'fits:{opened.table.name}:{index}')}({text})"
            known = f"CASE WHEN NOT {_missing(text, opened.schema[clause.column])} THEN {fits} END"
            parts.append(f"{known} AS {name(f'fits:{index}')}")
    for column in present:
        cell, text = name(opened.cells[opened.positions[column.name]]), _text(opened, column.name)
        parts.append(f"{_value(opened, column, cell, text)} AS {name(column.name)}")
        parts.append(f"{text} AS {_cell(column.name)}")
    where = "" if opened.storage is not None else f" WHERE NOT ({_blank(opened)})"
    source = opened.source
    if flags := {flag: column for column in present if (flag := missing_flag(column))}:
        cells = {flag: _text(opened, column.name) for flag, column in flags.items()}  # IN would be one term per text.
        told = {flag: f"list_contains(getvariable({texts([flag])}), {cell})" for flag, cell in cells.items()}
        listed = (f"CASE WHEN {cells[flag]} IS NOT NULL THEN {told[flag]} END AS {flag}" for flag in flags)
        source, parts = f"SELECT *, {', '.join(listed)} FROM ({source})", [*parts, *flags]
    return f"SELECT {', '.join(parts)} FROM ({source}){where}"


def _text(opened: Opened, column: str) -> str:
    cell = name(opened.cells[opened.positions[column]])
    return f"CAST({cell} AS VARCHAR)" if opened.storage is not None else cell


def _value(opened: Opened, column: Column, cell: str, text: str) -> str:
    if _typed_already(opened, column):
        return f"CAST({cell} AS {column.storage})"
    try:
        cast = casts.value(column, text, _judge(opened.table.name, column))
    except casts.UnknownType:
        cast = text if column.storage == "VARCHAR" else f"CAST(NULL AS {column.storage})"
    if column.name in opened.wrong:
        cast = f"CASE WHEN NOT {name(opened.wrong[column.name])} THEN {cast} END"
    if column.missing_values == ("",):
        # The commonest case in its cheapest form: what is empty has no value of any other type.
        return f"nullif({text}, '')" if cast == text else f"CASE WHEN {text} <> '' THEN {cast} END"
    return f"CASE WHEN NOT {_missing(text, column)} THEN {cast} END"


def _plain(opened: Opened, column: Column) -> bool:
    """Whether every text is a value of the column."""
    try:
        return column.name not in opened.wrong and casts.value(column, "cell") == "cell"
    except casts.UnknownType:
        return True


def _typed_already(opened: Opened, column: Column) -> bool:
    """Whether the file holds the column in a type whose every value is one of the column's."""
    if opened.storage is None:
        return False
    given, wanted = opened.storage[opened.positions[column.name]], column.storage
    integers = ("TINYINT", "SMALLINT", "INTEGER", "UTINYINT", "USMALLINT", "UINTEGER")
    return (
        ((given == wanted and _plain(opened, column)) or given == wanted != "VARCHAR")
        or (given in integers and wanted == "BIGINT")
        or (given == "FLOAT" and wanted == "DOUBLE")
        or (given.startswith("ENUM(") and wanted == "VARCHAR")
    )


def _unread(schema: Schema) -> tuple[tuple[Column, str], ...]:
    found = []
    for column in schema.columns:
        try:
            casts.value(column, "NULL")
        except casts.UnknownType as unknown:
            found.append((column, str(unknown)))
    return tuple(found)


def _blank(opened: Opened) -> str:
    if opened.storage is not None:
        return "false"
    return " AND ".join(f"coalesce({name(cell)} = '', false)" for cell in opened.cells)
