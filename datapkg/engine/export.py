"""A judged table handed over as Arrow: typed, in the order of its primary key, in even pieces."""

from collections.abc import Iterator, Sequence
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
    query = f"SELECT {names(column.name for column in columns(judged))} FROM {judged.kept} ORDER BY {order}"
    try:
        return space.con.sql(query).to_arrow_reader(rows)
    except duckdb.Error as error:
        raise OutputError(f"the table {judged.opened.table.name} cannot be sorted: {_first_line(error)}") from None


def _batches(reader: "pyarrow.RecordBatchReader") -> "Iterator[pyarrow.RecordBatch]":
    import duckdb
    import pyarrow

    try:
        yield from reader
    except (duckdb.Error, pyarrow.ArrowException) as error:
        raise OutputError(f"the rows cannot be read back: {_first_line(error)}") from None


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]


def with_nulls(space: Workspace, judged: Judged) -> frozenset[str]:
    """The columns that have at least one null."""
    present = columns(judged)
    counts = ", ".join(f"count({name(column.name)})" for column in present)
    total, *known = space.con.execute(f"SELECT count(*), {counts} FROM {judged.kept}").fetchall()[0]
    return frozenset(column.name for column, count in zip(present, known, strict=True) if count < total)


def strays(space: Workspace, judged: Judged, column: str, declared: Sequence[str]) -> list[str]:
    """The texts of a column that are not among those declared, in order."""
    cell = name(column)
    query = f"SELECT DISTINCT {cell} FROM {judged.kept} WHERE {cell} NOT IN ({texts(declared)}) ORDER BY 1"
    return [text for (text,) in space.con.execute(query).fetchall()]
