"""The one pass: a table's cells typed and its law applied, in a single scan of the file.

Each clause of the law becomes one bit per row. The pass keeps the typed columns, the row number
and the bits as a table of the connection, which keys and SQL rules then work on; only where a
bit is set anywhere are rows fetched.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from datapkg.dataset import Table
from datapkg.engine import casts
from datapkg.engine.connection import Workspace
from datapkg.engine.opening import Opened, open_table
from datapkg.engine.sql import name, names, text, texts
from datapkg.law import Clause, Law, RuleFault
from datapkg.schema import ROW, Column, Schema

if TYPE_CHECKING:
    import duckdb

WORD = 60
STORE = "judged"


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


def judge(space: Workspace, table: Table, law: Law | None, limit: int) -> Judged:
    """`table` opened and judged. Without a law (no schema) its structure alone is looked at.

    Raises RuleFault where a row rule cannot be compiled for the table's columns.
    """
    import duckdb

    con = space.con
    con.execute(f"CREATE SCHEMA IF NOT EXISTS {STORE}")
    opened = open_table(con, table, scratch=space.folder, limit=limit)
    law = law or Law(opened.schema, ())
    try:
        return _pass(con, opened, law, limit)
    except (duckdb.Error, _Disagreement) as error:
        if opened.storage is not None or not opened.doubtful:
            raise RuleFault(f"the pass over {table.name} failed: {str(error).splitlines()[0]}") from error
    # DuckDB saw the file otherwise than the survey: the exact reader says what it is.
    return _pass(con, open_table(con, table, scratch=space.folder, limit=limit, exact=True), law, limit)


class _Disagreement(Exception):
    """Two readers count different rows."""


def _pass(con: "duckdb.DuckDBPyConnection", opened: Opened, law: Law, limit: int) -> Judged:
    target = f"{STORE}.{name(opened.table.name)}"
    con.execute(f"DROP TABLE IF EXISTS {target}")
    reads, skipped, unread = _reads(con, law), {}, _unread(opened.schema)
    untyped = {column.name: note for column, note in unread}
    for index, clause in enumerate(law.clauses):
        absent = [column for column in reads[index] if column not in opened.positions]
        if not opened.parts:
            skipped[index] = "the file could not be read"
        elif absent:
            skipped[index] = f"the column {absent[0]} is not in the file"
        elif clause.subject == "type" and clause.column in untyped:
            skipped[index] = untyped[clause.column]
    running = [index for index in range(len(law.clauses)) if index not in skipped]
    if not opened.parts:
        return Judged(opened, law, {}, skipped, reads, unread=unread)
    con.execute(f"CREATE TABLE {target} AS {_select(con, opened, law, running, reads)}")
    words = range(-(-len(running) // WORD))
    bits = "".join(f", bit_or({_word(word)})" for word in words)
    kept, *broken = con.execute(f"SELECT count(*){bits} FROM {target}").fetchall()[0]
    blank, blanks = (), opened.rows - kept
    if blanks:
        query = f"SELECT {name(ROW)} FROM ({opened.source}) WHERE {_blank(opened)} ORDER BY 1 LIMIT {limit}"
        blank = tuple(row for (row,) in con.execute(query).fetchall())
        counted = con.execute(f"SELECT count(*) FROM ({opened.source}) WHERE {_blank(opened)}").fetchall()[0][0]
        if counted != blanks:
            raise _Disagreement
    failing = [i for position, i in enumerate(running) if (broken[position // WORD] or 0) >> position % WORD & 1]
    failures = dict.fromkeys(running, 0)
    if failing:
        sums = ", ".join(f"count_if({_bit(running.index(index))})" for index in failing)
        failures |= zip(failing, con.execute(f"SELECT {sums} FROM {target}").fetchall()[0], strict=True)
    return Judged(opened, law, failures, skipped, reads, blank, blanks, unread)


def failing_rows(con: "duckdb.DuckDBPyConnection", judged: Judged, clause: int, limit: int) -> list[int]:
    """The first `limit` rows that break the clause, in order."""
    running = [index for index in range(len(judged.law.clauses)) if index not in judged.skipped]
    condition = _bit(running.index(clause))
    query = f"SELECT {name(ROW)} FROM {judged.kept} WHERE {condition} ORDER BY 1 LIMIT {limit}"
    return [row for (row,) in con.execute(query).fetchall()]


def _word(number: int) -> str:
    return name(f"datapkg:broken{number}")


def _bit(position: int) -> str:
    return f"({_word(position // WORD)} & {1 << position % WORD}) <> 0"


# ---------------------------------------------------------------- the select


def _select(
    con: "duckdb.DuckDBPyConnection",
    opened: Opened,
    law: Law,
    running: Sequence[int],
    reads: Mapping[int, tuple[str, ...]],
) -> str:
    """Three steps: cells typed and marked, clauses applied, bits packed."""
    import narwhals.stable.v1 as nw

    typed = con.sql(_typed(opened, law, running))
    frame: Any = nw.from_native(typed)
    told = {f"fine:{i}": law.clauses[i].expression for i in running if law.clauses[i].expression is not None}
    frame = frame.with_columns(**{key: function(frame) for key, function in told.items() if function is not None})
    judged = nw.to_native(frame).sql_query()
    bits = [_broken(law.clauses[index], index, reads[index]) for index in running]
    words = []
    for start in range(0, len(bits), WORD):
        packed = " | ".join(
            f"(CASE WHEN {bit} THEN {1 << position}::BIGINT ELSE 0 END)"
            for position, bit in enumerate(bits[start : start + WORD])
        )
        words.append(f", {packed} AS {_word(start // WORD)}")
    columns = [column.name for column in opened.schema.columns if column.name in opened.positions]
    return f"SELECT {name(ROW)}, {names(columns)}{''.join(words)} FROM ({judged})"


def _broken(clause: Clause, index: int, reads: Sequence[str]) -> str:
    """SQL that is true where the clause is broken.

    A cell that is not of its type, or not there, is told once: it breaks no other clause.
    """
    if clause.subject == "type":
        return name(f"bad:{clause.column}")
    if clause.subject == "missing":
        return name(f"none:{clause.column}")
    broken = f"NOT coalesce({name(f'fine:{index}')}, true)"
    if clause.column is not None:
        return broken
    unsound = [f"{name(f'bad:{column}')} OR {name(f'gone:{column}')}" for column in reads]
    return f"{broken} AND NOT ({' OR '.join(unsound)})" if unsound else broken


def _typed(opened: Opened, law: Law, running: Sequence[int]) -> str:
    """Each column's value, with `bad:` (not of its type), `none:` (missing) and `gone:` (no cell)."""
    missing = {law.clauses[index].column for index in running if law.clauses[index].subject == "missing"}
    parts = [name(ROW)]
    for column in opened.schema.columns:
        if column.name not in opened.positions:
            continue
        value, bad, none, gone = _cell(opened, column)
        parts.append(f"{value} AS {name(column.name)}")
        parts.append(f"{bad} AS {name(f'bad:{column.name}')}")
        parts.append(f"{gone} AS {name(f'gone:{column.name}')}")
        if column.name in missing:
            parts.append(f"{none} AS {name(f'none:{column.name}')}")
    where = "" if opened.storage is not None else f" WHERE NOT ({_blank(opened)})"
    return f"SELECT {', '.join(parts)} FROM ({opened.source}){where}"


def _cell(opened: Opened, column: Column) -> tuple[str, str, str, str]:
    index = opened.positions[column.name]
    cell = name(opened.cells[index])
    storage = opened.storage[index] if opened.storage is not None else None
    if storage is not None:
        if storage == column.storage or _widens(storage, column.storage):
            return f"CAST({cell} AS {column.storage})", "false", f"{cell} IS NULL", "false"
        cell = f"CAST({cell} AS VARCHAR)"
    none = f"{cell} IS NULL" if storage is not None else "false"
    if column.missing_values:
        none = f"({none} OR {cell} IN ({texts(column.missing_values)}))"
    try:
        cast = casts.value(column, cell)
    except casts.UnknownType:
        cast = cell
    value = f"CASE WHEN {none} THEN NULL ELSE {cast} END"
    bad = "false" if cast == cell else f"({cell} IS NOT NULL AND NOT {none} AND ({cast}) IS NULL)"
    none = f"coalesce({none}, false)"
    return value, bad, none, "false" if storage is not None else f"{cell} IS NULL"


def _unread(schema: Schema) -> tuple[tuple[Column, str], ...]:
    found = []
    for column in schema.columns:
        try:
            casts.value(column, "NULL")
        except casts.UnknownType as unknown:
            found.append((column, str(unknown)))
    return tuple(found)


def _widens(given: str, wanted: str) -> bool:
    """Whether every value of one storage is one of the other."""
    integers = ("TINYINT", "SMALLINT", "INTEGER", "UTINYINT", "USMALLINT", "UINTEGER")
    return (
        (given in integers and wanted == "BIGINT")
        or (given == "FLOAT" and wanted == "DOUBLE")
        or (given.startswith("ENUM(") and wanted == "VARCHAR")
    )


def _blank(opened: Opened) -> str:
    if opened.storage is not None:
        return "false"
    return " AND ".join(f"coalesce({name(cell)}, '') = ''" for cell in opened.cells)


# ---------------------------------------------------------------- what a clause reads


def _reads(con: "duckdb.DuckDBPyConnection", law: Law) -> dict[int, tuple[str, ...]]:
    """The columns each clause reads, in the order it names them."""
    reads = {index: (clause.column,) for index, clause in enumerate(law.clauses) if clause.column is not None}
    across = [index for index, clause in enumerate(law.clauses) if clause.column is None]
    if across:
        columns = ", ".join(f"NULL::{column.storage} AS {name(column.name)}" for column in law.schema.columns)
        stub = con.sql(f"SELECT {columns}")
        reads |= {index: _columns_of(con, stub, law.clauses[index]) for index in across}
    return reads


def _columns_of(con: "duckdb.DuckDBPyConnection", stub: Any, clause: Clause) -> tuple[str, ...]:
    import duckdb
    import narwhals.stable.v1 as nw

    assert clause.expression is not None
    frame: Any = nw.from_native(stub)
    try:
        query = nw.to_native(frame.select(fine=clause.expression(frame))).sql_query()
    except (duckdb.Error, nw.exceptions.NarwhalsError, TypeError, AttributeError) as error:
        raise RuleFault(f"{clause.rule.code}: {str(error).splitlines()[0]}") from error
    tree = json.loads(con.execute(f"SELECT json_serialize_sql({text(query)})").fetchall()[0][0])
    outer = tree["statements"][0]["node"]["select_list"]
    return tuple(dict.fromkeys(_references(outer)))


def _references(node: Any) -> Iterator[str]:
    if isinstance(node, list):
        for item in node:
            yield from _references(item)
    elif isinstance(node, dict):
        if node.get("class") == "COLUMN_REF":
            yield node["column_names"][-1]
        for item in node.values():
            yield from _references(item)
