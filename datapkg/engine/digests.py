"""`content_sha256`: a digest of what a table holds, whatever wrote it and in whatever order.

Rows are taken in the order of the primary key. Those that it does not tell apart, and all rows of
a table without one, are in the order of all columns from the left. Texts are compared as their
bytes in UTF-8; false comes before true; of lists and points the first items count, then the second;
NaN comes after all other numbers, and no value after all values.

Each column is two streams of bytes, with all numbers in little-endian order. The first has four
bytes for each row: the length in bytes of its value, or `ff ff ff ff` where it has none. The second
has the values, one after the other:

- a string, and whatever else a release holds as text: its bytes in UTF-8
- an integer, a year: eight bytes, in two's complement
- a number: the eight bytes of its IEEE 754 double; `-0` as 0, and every NaN as `7ff8000000000000`
- an exact number (`datapkg:decimal`): sixteen bytes, those of the integer that is left when its point
  is taken away, as 1250 of `12.50`
- a boolean: one byte, 1 or 0
- a date: the days since 1970-01-01; a time: the microseconds since midnight; a datetime: the
  microseconds since 1970-01-01T00:00:00, in UTC where it has a zone; each as an integer
- a point: its longitude and its latitude, each as a number

A list is three streams: the number of items of each row in four bytes, or `ff ff ff ff`; and the two of
all items, one list after the other, as if they were a column. The digest of the table is the SHA-256 of
the SHA-256 of each stream (32 bytes each), one after the other, in the order of the schema.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from datapkg.engine.ahead import ahead
from datapkg.engine.connection import Workspace
from datapkg.engine.sql import name, names
from datapkg.engine.stored import Stored, reader, released
from datapkg.engine.streams import in_order, point_streams, streams
from datapkg.errors import OutputError
from datapkg.schema import Schema

if TYPE_CHECKING:
    import pyarrow

BATCH, BATCH_BYTES = 122_880, 32 << 20
"""The most rows that are read at a time, and the bytes that they have, or so, in a file."""
VECTOR = 2_048
WORKERS = 2
"""Threads that hash."""


class Tally:
    """The digest of rows in the order in which they come, some at a time.

    `stored` are their columns, `key` is the primary key. `points` has, for a column of points that is not there
    itself, the columns of its longitudes and latitudes. `ordered` says whether the rows came in the order in which
    the digest of a table takes them; only then is `hexdigest` that digest.
    """

    def __init__(
        self, stored: Sequence[Stored], key: Sequence[str], points: Mapping[str, tuple[str, str]] | None = None
    ) -> None:
        self._columns = {each.column.name: each.column for each in stored}
        self._digests = {
            label: [hashlib.sha256() for _ in range(3 if column.type == "list" else 2)]
            for label, column in self._columns.items()
        }
        self._order = by_key(self._columns, key)
        self._points = points or {}
        self._last: dict[str, pyarrow.Array] = {}
        self.rows = 0
        self.ordered = True

    def update(self, rows: "pyarrow.Table", pool: ThreadPoolExecutor | None = None) -> None:
        """Some more rows, hashed in the threads of a pool where there is one."""
        if not rows.num_rows:
            return
        self.rows += rows.num_rows
        cells = {label: _joined(rows[label]) for label in rows.column_names}

        def hashed(label: str) -> None:
            for digest, stream in zip(self._digests[label], self._streams(label, cells), strict=True):
                digest.update(stream)

        for _ in map(hashed, self._digests) if pool is None else pool.map(hashed, self._digests):
            pass
        self.ordered = self.ordered and self._follow(cells)

    def _streams(self, label: str, cells: "Mapping[str, pyarrow.Array]") -> Iterator[memoryview]:
        if self._columns[label].type != "geopoint":
            return streams(cells[label])
        if label in self._points:
            return point_streams(*(cells[beside] for beside in self._points[label]))
        return point_streams(*_halves(cells[label]))

    def _follow(self, cells: "Mapping[str, pyarrow.Array]") -> bool:
        """Whether some more rows are in order, and after the last of those before them."""
        import pyarrow

        here = [cells.get(label) for label in self._order]
        both = [None if c is None else pyarrow.concat_arrays([last, c.slice(0, 1)]) for last, c in self._met(cells)]
        self._last = {label: c.take(pyarrow.array([len(c) - 1])) for label, c in cells.items()}
        return in_order(here) and in_order(both)

    def _met(self, cells: "Mapping[str, pyarrow.Array]") -> "Iterator[tuple[pyarrow.Array, pyarrow.Array | None]]":
        """The last cell that was there, and the cells that follow, of each column in order."""
        for label in self._order if self._last else ():
            yield self._last.get(label), cells.get(label)

    def hexdigest(self) -> str:
        """The digest of all rows so far."""
        every = (digest.digest() for digests in self._digests.values() for digest in digests)
        return hashlib.sha256(b"".join(every)).hexdigest()


def by_key(columns: Mapping[str, object], key: Sequence[str]) -> tuple[str, ...]:
    """The columns in the order in which they tell rows apart: those of the primary key first."""
    first = [label for label in key if label in columns]
    return (*first, *(label for label in columns if label not in first))


def content_sha256(space: Workspace, schema: Schema, files: Sequence[Path]) -> str:
    """The digest of what Parquet files hold in the columns of a schema, of any other they are free.

    Raises OutputError where they do not hold the columns, cannot be read, or disk or memory end.
    """
    tally = tallied(space, schema, files, whole=False)
    return tally.hexdigest() if tally.ordered else sorted_sha256(space, schema, files)


def tallied(space: Workspace, schema: Schema, files: Sequence[Path], *, whole: bool = True) -> Tally:
    """The rows of Parquet files in the order in which they lie; unless `whole`, no further than they are ordered.

    Raises what `content_sha256` raises.
    """
    told = released(space.con, schema.columns, files)
    return _tally(space, Tally(told, schema.primary_key), _query(told, files), _rows(files), whole=whole)


def sorted_sha256(space: Workspace, schema: Schema, files: Sequence[Path]) -> str:
    """`content_sha256` of files whose rows lie in another order than it takes them in."""
    told = released(space.con, schema.columns, files)
    kinds = {each.column.name: each.kind for each in told}
    order = ", ".join(
        f"{_sorting(name(label), kinds[label])} NULLS LAST" for label in by_key(kinds, schema.primary_key)
    )
    query = f"{_query(told, files)} ORDER BY {order}"
    return _tally(space, Tally(told, schema.primary_key), query, _rows(files), whole=True).hexdigest()


def _query(told: Sequence[Stored], files: Sequence[Path]) -> str:
    listed = ", ".join(f"{each.sql} AS {name(each.column.name)}" for each in told)
    return f"SELECT {names(each.column.name for each in told)} FROM (SELECT {listed} FROM {reader(files)})"


def _sorting(cell: str, kind: str) -> str:
    """SQL of what a value is sorted by: `-0` is 0, as it is in the digest."""
    if kind == "DOUBLE":
        return f"CASE WHEN {cell} = 0 THEN 0 ELSE {cell} END"
    if kind == "DOUBLE[]":
        return f"list_transform({cell}, lambda item: CASE WHEN item = 0 THEN 0 ELSE item END)"
    return cell


def _tally(space: Workspace, tally: Tally, query: str, rows: int, *, whole: bool) -> Tally:
    """All rows of the query, told to the tally."""
    import duckdb
    import pyarrow

    try:
        batches = iter(space.con.sql(query).to_arrow_reader(rows))
        with ahead(batches) as read, ThreadPoolExecutor(WORKERS) as pool:
            for batch in read:
                tally.update(pyarrow.Table.from_batches([batch]), pool)
                if not (whole or tally.ordered):
                    break
    except (duckdb.Error, pyarrow.ArrowException) as error:
        raise OutputError(f"the rows cannot be read: {(str(error).splitlines() or [''])[0]}") from None
    return tally


def _rows(files: Sequence[Path]) -> int:
    """How many rows are read at a time."""
    import pyarrow
    import pyarrow.parquet

    try:
        told = [pyarrow.parquet.read_metadata(path) for path in files]
    except (pyarrow.ArrowException, OSError):
        return VECTOR
    size = sum(one.row_group(number).total_byte_size for one in told for number in range(one.num_row_groups))
    rows: int = BATCH_BYTES * sum(one.num_rows for one in told) // max(size, 1)
    return max(VECTOR, min(BATCH, rows))


def _joined(cells: "pyarrow.ChunkedArray") -> "pyarrow.Array":
    import pyarrow

    joined = cells.chunk(0) if cells.num_chunks == 1 else cells.combine_chunks()
    return pyarrow.concat_arrays(joined.chunks) if isinstance(joined, pyarrow.ChunkedArray) else joined


def _halves(points: "pyarrow.Array") -> "Iterator[pyarrow.Array]":
    """The longitudes and latitudes of points that are lists of two."""
    import pyarrow.compute

    for half in (0, 1):
        yield pyarrow.compute.list_element(points, half)
