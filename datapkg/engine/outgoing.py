"""The rows of a judged table on their way into a release: as Arrow, typed, in order of the key, in even pieces."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any

from datapkg.engine import selecting
from datapkg.engine.ahead import ahead
from datapkg.engine.connection import Workspace
from datapkg.engine.export import whole
from datapkg.engine.judge import Judged
from datapkg.engine.plaintext import plain_kinds, read_plain
from datapkg.engine.sql import name, names
from datapkg.engine.stored import Stored, kept
from datapkg.errors import OutputError
from datapkg.schema import ROW, Column

if TYPE_CHECKING:
    import numpy
    import pyarrow

VALUE = 8
"""Bytes that a value other than a text is counted with."""
WRITING = 320 << 20
"""Bytes of memory that DuckDB has while a release is written, where no limit is set; for more it goes to disk."""
VECTOR = 2_048
AHEAD = 32
"""Batches of a MiB of text that may wait."""


class Surprise(Exception):
    """The rows of a table are not what their judgement lets expect; they are to be typed and kept, and then written."""


@dataclass(frozen=True)
class Rows:
    """The rows of a judged table on their way into a release: what they are read from as SQL, and how many there are.

    They come in the order of `order`, SQL that is empty where they lie in it already. `again` says that they are
    read from the table's files once more, all of whose cells were found to be what the schema asks for; where they
    are read without DuckDB, `plain` has the types of their columns.
    """

    judged: Judged
    columns: tuple[Column, ...]
    source: str
    order: str
    count: int
    again: bool
    plain: "Mapping[str, pyarrow.DataType] | None" = None

    @property
    def stored(self) -> list[Stored]:
        """The columns as SQL over `source`."""
        return kept(self.columns, self.judged.opened.positions)


def rows_of(space: Workspace, judged: Judged, columns: Sequence[Column], *, plain: bool = True) -> Rows:
    """The rows of a judged table in the columns of its release, in the order of the primary key, else of its files.

    Where the judgement did not keep all columns, they are read again: that costs less than to keep them. They are
    not read without DuckDB unless `plain`. Raises Surprise where they cannot be read again.
    """
    key = judged.opened.schema.primary_key
    if whole(space, judged):
        order = names((*key, ROW))  # The data row makes the order total where a key is not declared.
        count = space.con.execute(f"SELECT count(*) FROM {judged.kept}").fetchall()[0][0]
        in_order = _in_order(space, judged, order)
        return Rows(judged, tuple(columns), judged.kept, "" if in_order else order, count, again=False)
    if not _is_sound(judged) or not judged.whole.issuperset(key):
        raise Surprise("not every cell was found to be what the schema asks for")
    order = "" if not key or _in_order(space, judged, names(key)) else names(key)
    if order and judged.alike.get(key, "") is not None:
        # Nothing would say which of two rows with one key comes first.
        raise Surprise("rows that may have one key are in no order")
    source = f"({selecting.values(judged.opened)})"
    kinds = plain_kinds(judged.opened, columns) if plain and not order else None
    return Rows(judged, tuple(columns), source, order, judged.opened.rows, again=True, plain=kinds)


def _is_sound(judged: Judged) -> bool:
    """Whether each cell was found to be what the schema asks for, in files that can be read as often as one likes."""
    opened = judged.opened
    fine = not any(count for index, count in judged.failures.items() if judged.law.clauses[index].column is not None)
    told = fine and not (judged.skipped or judged.unread or judged.blanks or opened.wrong)
    return told and bool(opened.parts) and not any(part.exact for part in opened.parts)


def lacking(space: Workspace, rows: Rows, columns: Sequence[str]) -> set[str]:
    """Those of some columns in which a row has no value."""
    stored = {each.column.name: each.sql for each in rows.stored}
    if rows.again or not columns:
        return set()
    counts = ", ".join(f"count({stored[column]})" for column in columns)
    (known,) = space.con.execute(f"SELECT {counts} FROM {rows.source}").fetchall()
    return {column for column, count in zip(columns, known, strict=True) if count < rows.count}


@contextmanager
def batches(
    space: Workspace, rows: Rows, most: int, most_bytes: int
) -> "Iterator[tuple[pyarrow.Schema, Iterator[pyarrow.RecordBatch]]]":
    """The rows but for points, some at a time: at most so many, and so many bytes as their files have them.

    They are read in a thread of their own. Raises OutputError where disk or memory end, Surprise where that, or
    anything else, happens to files that are read again.
    """
    import duckdb

    if space.limits.memory is None:
        with suppress(duckdb.OutOfMemoryException):  # What cannot be put on disk at once stays where it is.
            space.con.execute(f"SET memory_limit = '{WRITING}B'")
    if rows.plain is not None:
        kinds, read = read_plain(rows.judged.opened, rows.plain)
        with ahead(_guarded(rows, read), AHEAD) as read:
            yield kinds, read
        return
    told = [each for each in rows.stored if each.column.type != "geopoint"]
    listed = ", ".join(f"{each.sql} AS {name(each.column.name)}" for each in told)
    query = f"SELECT {listed} FROM {rows.source}"
    if rows.order:
        query = f"SELECT {listed} FROM (FROM {rows.source} ORDER BY {rows.order})"
    size = most_bytes * rows.count // max(rows.judged.opened.facts.bytes or 0, 1)
    try:
        space.con.execute("SET preserve_insertion_order = true")
        reader = space.con.sql(query).to_arrow_reader(max(VECTOR, min(most, size)))
    except duckdb.Error as error:
        raise _fault(rows, error) from None
    with ahead(_guarded(rows, reader)) as read:
        yield reader.schema, read


def _guarded(rows: Rows, reader: "Iterable[pyarrow.RecordBatch]") -> "Iterator[pyarrow.RecordBatch]":
    import duckdb
    import pyarrow

    try:
        yield from reader
    except (duckdb.Error, pyarrow.ArrowException) as error:
        raise _fault(rows, error) from None


def _fault(rows: Rows, error: Exception) -> Exception:
    note = (str(error).splitlines() or [type(error).__name__])[0]
    return Surprise(note) if rows.again else OutputError(f"the rows cannot be read back: {note}")


@dataclass(frozen=True)
class Sample:
    """The first rows of a table: how many, and the bytes of their values."""

    rows: int
    bytes: int


def sampled(
    read: "Iterator[pyarrow.RecordBatch]", most: int, most_bytes: int
) -> "tuple[Sample, Iterator[pyarrow.RecordBatch]]":
    """So many of the first rows, fewer where they have so many bytes before; and all rows, those among them.

    What is found depends on the rows alone, not on how many come at a time.
    """
    import numpy

    seen: list[pyarrow.RecordBatch] = []
    count = size = 0
    for batch in read:
        seen.append(batch)
        sizes = size + numpy.cumsum(numpy.sum([_sizes(cells) for cells in batch.columns], axis=0)[: most - count])
        last = min(int(numpy.searchsorted(sizes, most_bytes)), len(sizes) - 1)
        if len(sizes):
            count, size = count + last + 1, int(sizes[last])
        if count >= most or size >= most_bytes:
            break
    return Sample(count, size), chain(seen, read)


def _sizes(cells: "pyarrow.Array") -> "numpy.ndarray[Any, Any]":
    """The bytes of each value; those of a list are the bytes of its items."""
    import numpy
    import pyarrow

    if pyarrow.types.is_list(cells.type):
        before = numpy.concatenate(([0], numpy.cumsum(_sizes(cells.values))))
        return numpy.diff(before[cells.offsets.to_numpy()])
    if pyarrow.types.is_string(cells.type):
        ends = numpy.frombuffer(cells.buffers()[1], "<i4", len(cells) + 1, 4 * cells.offset) if len(cells) else [0]
        return numpy.diff(ends).astype("i8")
    return numpy.where(cells.is_valid().to_numpy(zero_copy_only=False), VALUE, 0)


def pieces(read: "Iterator[pyarrow.RecordBatch]", schema: "pyarrow.Schema", rows: int) -> "Iterator[pyarrow.Table]":
    """The rows of batches, `rows` at a time, the rest last; of none, one empty piece.

    Each piece is one chunk, so that what is written from it does not depend on how the rows were read.
    """
    import pyarrow

    waiting = schema.empty_table()
    written = False
    for batch in read:
        waiting = pyarrow.concat_tables([waiting, pyarrow.Table.from_batches([batch])])
        while waiting.num_rows >= rows:
            yield waiting.slice(0, rows).combine_chunks()
            waiting, written = waiting.slice(rows), True
    if waiting.num_rows or not written:
        yield waiting.combine_chunks()


def _in_order(space: Workspace, judged: Judged, order: str) -> bool:
    """Whether the rows lie in their order already, as most files come; then nothing is sorted."""
    ranks = f"SELECT row({order}) AS rank, lag(row({order})) OVER () AS last FROM {judged.kept}"
    (ascending,) = space.con.execute(f"SELECT coalesce(bool_and(rank > last), true) FROM ({ranks})").fetchall()[0]
    return bool(ascending)
