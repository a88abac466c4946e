"""A judged table handed over as Arrow: typed, in the order of its primary key, in even pieces."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from datapkg.engine.connection import Workspace
from datapkg.engine.judge import Judged, judge
from datapkg.engine.sql import name, names, texts
from datapkg.errors import OutputError
from datapkg.law import RuleFault
from datapkg.resources import Table
from datapkg.schema import ROW, Column

if TYPE_CHECKING:
    import pyarrow

VALUE = 8
"""Bytes that a value other than a text is counted with."""
SORTING = 320 << 20
"""Bytes of memory in which DuckDB sorts where no limit is set; for more it goes to disk."""


@dataclass(frozen=True)
class Content:
    """What some rows hold, told in a few numbers that are equal for equal rows in any order.

    `bytes` are those of the values, `known` counts the values of each column, `digest` is the
    sum of a digest of each row.
    """

    rows: int
    bytes: int
    known: tuple[int, ...]
    digest: int | None


def open_typed(space: Workspace, table: Table) -> Judged:
    """The table with its cells typed and no law applied; a cell that is not of its type is null.

    Raises OutputError where disk or memory end.
    """
    try:
        return judge(space, table, None, space.limits.findings)
    except RuleFault as fault:
        raise OutputError(str(fault)) from fault


def columns(judged: Judged) -> tuple[Column, ...]:
    """The columns of the schema that the table has, in the schema's order."""
    return tuple(column for column in judged.opened.schema.columns if column.name in judged.opened.positions)


def whole(space: Workspace, judged: Judged) -> bool:
    """Whether the judgement of the table kept all of its columns; OutputError where there is nothing to keep."""
    if not judged.opened.parts:
        raise OutputError(f"the table {judged.opened.table.name} cannot be read")
    kept = {row[0] for row in space.con.execute(f"DESCRIBE {judged.kept}").fetchall()}
    return kept >= {ROW, *(column.name for column in columns(judged))}


def content(space: Workspace, judged: Judged, files: Sequence[Path] = ()) -> Content:
    """What the kept table holds, or the Parquet files that were written from it.

    Raises OutputError where the files cannot be read, or disk or memory end.
    """
    import duckdb

    source = f"read_parquet([{texts(path.as_posix() for path in files)}], hive_partitioning=false)"
    told = [(f"CAST({name(column.name)} AS {column.storage})", column.storage) for column in columns(judged)]
    known = "".join(f", count({cell})" for cell, _ in told)
    sizes = " + ".join(
        f"coalesce(sum(strlen({cell})), 0)" if kind == "VARCHAR" else f"{VALUE} * count({cell})" for cell, kind in told
    )
    digest = f"sum(hash({', '.join(cell for cell, _ in told)}))"
    query = f"SELECT count(*), {sizes}, {digest}{known} FROM {source if files else judged.kept}"
    try:
        rows, size, total, *counts = space.con.execute(query).fetchall()[0]
    except duckdb.Error as error:
        raise OutputError(f"the rows cannot be read back: {_first_line(error)}") from None
    return Content(rows, int(size), tuple(counts), total)


def pieces(space: Workspace, judged: Judged, rows: int) -> "Iterator[pyarrow.Table]":
    """The rows in the order of the primary key, else of the file: `rows` at a time, the rest last.

    A table without rows is one empty piece. Each piece is one chunk, so that what is written
    from it does not depend on how the rows were read. Raises OutputError where disk or memory
    end.
    """
    import pyarrow

    reader = _reader(space, judged, rows)
    waiting = reader.schema.empty_table()
    written = False
    for batch in _batches(reader):
        waiting = pyarrow.concat_tables([waiting, pyarrow.Table.from_batches([batch])])
        while waiting.num_rows >= rows:
            yield waiting.slice(0, rows).combine_chunks()
            waiting, written = waiting.slice(rows), True
    if waiting.num_rows or not written:
        yield waiting.combine_chunks()


def _reader(space: Workspace, judged: Judged, rows: int) -> "pyarrow.RecordBatchReader":
    import duckdb

    # The data row makes the order total where a key is not declared.
    order = names((*judged.opened.schema.primary_key, ROW))
    query = f"SELECT {names(column.name for column in columns(judged))} FROM {judged.kept}"
    try:
        space.con.execute("SET preserve_insertion_order = true")
        if not _in_order(space, judged, order):
            query += f" ORDER BY {order}"
            if space.limits.memory is None:
                space.con.execute(f"SET memory_limit = '{SORTING}B'")
        return space.con.sql(query).to_arrow_reader(rows)
    except duckdb.Error as error:
        raise OutputError(f"the table {judged.opened.table.name} cannot be sorted: {_first_line(error)}") from None


def _in_order(space: Workspace, judged: Judged, order: str) -> bool:
    """Whether the rows lie in their order already, as most files come; then nothing is sorted."""
    ranks = f"SELECT row({order}) AS rank, lag(row({order})) OVER () AS last FROM {judged.kept}"
    (ascending,) = space.con.execute(f"SELECT coalesce(bool_and(rank > last), true) FROM ({ranks})").fetchall()[0]
    return bool(ascending)


def _batches(reader: "pyarrow.RecordBatchReader") -> "Iterator[pyarrow.RecordBatch]":
    import duckdb
    import pyarrow

    try:
        yield from reader
    except (duckdb.Error, pyarrow.ArrowException) as error:
        raise OutputError(f"the rows cannot be read back: {_first_line(error)}") from None


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]


def strays(space: Workspace, judged: Judged, column: str, declared: Sequence[str]) -> list[str]:
    """The texts of a column that are not among those declared, in order."""
    cell = name(column)
    query = f"SELECT DISTINCT {cell} FROM {judged.kept} WHERE {cell} NOT IN ({texts(declared)}) ORDER BY 1"
    return [text for (text,) in space.con.execute(query).fetchall()]
