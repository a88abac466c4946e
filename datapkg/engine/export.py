"""A judged table handed over as Arrow: typed, in the order of its primary key, in even pieces."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from datapkg.engine.connection import Workspace
from datapkg.engine.judge import Judged, breaks, judge
from datapkg.engine.sql import name, names, text, texts
from datapkg.engine.stored import Stored, kept, reader, released
from datapkg.errors import OutputError
from datapkg.law import MIXED_ZONES, Clause, Law, RuleFault
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

    Only whether its moments have a zone is looked at.

    Raises OutputError where disk or memory end.
    """
    law = None
    if table.schema is not None:
        moments = [c.name for c in table.schema.columns if c.type == "datetime" and c.format == "default"]
        law = Law(table.schema, tuple(Clause(MIXED_ZONES, "zone", column) for column in moments))
    try:
        return judge(space, table, law, space.limits.findings)
    except RuleFault as fault:
        raise OutputError(str(fault)) from fault


def write_keys(space: Workspace, table: Table, path: Path) -> None:
    """Write the key of each row of a table as texts, in Parquet; of a table without one, nothing is written."""
    judged = open_typed(space, table)
    key = judged.opened.schema.primary_key
    if key and judged.opened.parts and judged.opened.positions.keys() >= {*key}:
        cells = ", ".join(f"CAST({name(column)} AS VARCHAR) AS {name(column)}" for column in key)
        query = f"SELECT {cells} FROM {judged.kept}"
        space.con.execute(f"COPY ({query}) TO {text(path.as_posix())} (FORMAT parquet)")


def columns(judged: Judged) -> tuple[Column, ...]:
    """The columns of the schema that the table has, in the schema's order."""
    return tuple(column for column in judged.opened.schema.columns if column.name in judged.opened.positions)


def whole(space: Workspace, judged: Judged) -> bool:
    """Whether the judgement of the table kept all of its columns; OutputError where there is nothing to keep."""
    if not judged.opened.parts:
        raise OutputError(f"the table {judged.opened.table.name} cannot be read")
    there = {row[0] for row in space.con.execute(f"DESCRIBE {judged.kept}").fetchall()}
    return there >= {ROW, *(column.name for column in columns(judged))}


def content(space: Workspace, judged: Judged, columns: Sequence[Column], files: Sequence[Path] = ()) -> Content:
    """What the kept table holds in the columns of its release, or the Parquet files that were written from it.

    Raises OutputError where the files cannot be read, or disk or memory end.
    """
    import duckdb

    told = released(space.con, columns, files) if files else kept(columns, judged.opened.positions)
    known = "".join(f", count({each.sql})" for each in told)
    sizes = " + ".join(_size(each) for each in told)
    digest = f"sum(hash({', '.join(each.sql for each in told)}))"
    query = f"SELECT count(*), {sizes}, {digest}{known} FROM {reader(files) if files else judged.kept}"
    try:
        rows, size, total, *counts = space.con.execute(query).fetchall()[0]
    except duckdb.Error as error:
        raise OutputError(f"the rows cannot be read back: {_first_line(error)}") from None
    return Content(rows, int(size), tuple(counts), total)


def _size(stored: Stored) -> str:
    """SQL for the bytes of a column's values."""
    if stored.kind == "VARCHAR" or stored.kind.endswith("[]"):
        return f"coalesce(sum(strlen(CAST({stored.sql} AS VARCHAR))), 0)"
    return f"{VALUE} * count({stored.sql})"


def zoned(space: Workspace, judged: Judged, column: str) -> bool | None:
    """Whether each moment of a column was written with a zone; None where there is none, or some were not."""
    index = next((i for i in judged.running if _is_zone(judged, i, column)), None)
    if index is None:
        return None
    counts = f"count({name(column)}), count_if({breaks(judged, index)})"
    known, bare = space.con.execute(f"SELECT {counts} FROM {judged.kept}").fetchall()[0]
    return None if not known or 0 < bare < known else not bare


def _is_zone(judged: Judged, index: int, column: str) -> bool:
    clause = judged.law.clauses[index]
    return clause.subject == "zone" and clause.column == column


def pieces(space: Workspace, judged: Judged, columns: Sequence[Column], rows: int) -> "Iterator[pyarrow.Table]":
    """The rows, but for points, in the order of the primary key, else of the file: `rows` at a time, the rest last.

    A table without rows is one empty piece. Each piece is one chunk, so that what is written
    from it does not depend on how the rows were read. Raises OutputError where disk or memory
    end.
    """
    import pyarrow

    reader = _reader(space, judged, columns, rows)
    waiting = reader.schema.empty_table()
    written = False
    for batch in _batches(reader):
        waiting = pyarrow.concat_tables([waiting, pyarrow.Table.from_batches([batch])])
        while waiting.num_rows >= rows:
            yield waiting.slice(0, rows).combine_chunks()
            waiting, written = waiting.slice(rows), True
    if waiting.num_rows or not written:
        yield waiting.combine_chunks()


def _reader(space: Workspace, judged: Judged, columns: Sequence[Column], rows: int) -> "pyarrow.RecordBatchReader":
    import duckdb

    # The data row makes the order total where a key is not declared.
    order = names((*judged.opened.schema.primary_key, ROW))
    told = [each for each in kept(columns, judged.opened.positions) if each.column.type != "geopoint"]
    query = f"SELECT {', '.join(f'{each.sql} AS {name(each.column.name)}' for each in told)} FROM {judged.kept}"
    try:
        space.con.execute("SET preserve_insertion_order = true")
        if not _in_order(space, judged, order):
            query = query.replace(f"FROM {judged.kept}", f"FROM (FROM {judged.kept} ORDER BY {order})")
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
