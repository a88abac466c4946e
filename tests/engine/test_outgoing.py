"""Rows on their way into a release: typed without guards, measured and cut the same however they come."""

from typing import Any

import duckdb
import pyarrow
import pytest
from everytype import CASES
from hypothesis import given, settings
from hypothesis import strategies as st

from datapkg.engine import casts
from datapkg.engine.outgoing import pieces, sampled
from datapkg.engine.sql import text
from datapkg.schema import from_descriptor

MORE: dict[str, tuple[dict[str, Any], list[str]]] = {
    "plus": ({"type": "integer"}, ["+7", "-0", "000", "-9223372036854775808"]),
    "loose": ({"type": "integer", "bareNumber": False}, ["about 12 dead", "$5"]),
    "special": ({"type": "number"}, ["NaN", "INF", "-INF", "inf", "+.5e-3", "1E5"]),
    "old": ({"type": "date"}, ["0001-01-01", "9999-12-31"]),
    "any": ({"type": "date", "format": "any"}, ["2023-07-12", "12 July 2023"]),
}
CELLS = {
    **{name: (field, [cell for cell, _ in cells]) for name, (field, cells) in CASES.items()},
    **MORE,
}


@pytest.mark.parametrize("case", CELLS)
def test_a_cell_that_is_of_its_type_has_its_value_without_the_guards(case: str) -> None:
    field, cells = CELLS[case]
    column = from_descriptor({"fields": [{"name": "x", **field}]}).columns[0]
    if casts.held(column):
        assert casts.known(column, "cell") == "cell"
        return
    with duckdb.connect() as con:
        con.execute("SET TimeZone = 'UTC'")
        for cell in cells:
            told = f"SELECT {casts.value(column, text(cell))} AS a, {casts.known(column, text(cell))} AS b"
            same, there, kinds = con.execute(
                f"SELECT a IS NOT DISTINCT FROM b, a IS NOT NULL, typeof(a) = typeof(b) FROM ({told})"
            ).fetchall()[0]
            assert same and kinds
            assert there or case in MORE, cell


ROWS = st.lists(st.tuples(st.text("ab\u00e9", max_size=6) | st.none(), st.integers(0, 9) | st.none()), max_size=30)


def batches(rows: list[tuple[str | None, int | None]], size: int) -> list[pyarrow.RecordBatch]:
    kinds = pyarrow.schema([("s", pyarrow.string()), ("n", pyarrow.int64()), ("l", pyarrow.list_(pyarrow.string()))])
    table = pyarrow.Table.from_pylist([{"s": s, "n": n, "l": [s] * (n or 0)} for s, n in rows], schema=kinds)
    found: list[pyarrow.RecordBatch] = table.to_batches(max_chunksize=size)
    return found


def size(row: tuple[str | None, int | None]) -> int:
    own, number = len((row[0] or "").encode()), row[1]
    return own + (0 if number is None else 8) + own * (number or 0)


@settings(deadline=None)
@given(rows=ROWS, each=st.integers(1, 31), most=st.integers(1, 40), most_bytes=st.integers(1, 300))
def test_the_sample_and_the_pieces_are_the_same_however_many_rows_come_at_a_time(
    rows: list[tuple[str | None, int | None]], each: int, most: int, most_bytes: int
) -> None:
    wanted, come_to = 0, 0
    while wanted < min(most, len(rows)) and come_to < most_bytes:
        come_to += size(rows[wanted])
        wanted += 1
    found, read = sampled(iter(batches(rows, each)), most, most_bytes)
    assert (found.rows, found.bytes) == (wanted, come_to)
    schema = pyarrow.schema([("s", pyarrow.string()), ("n", pyarrow.int64()), ("l", pyarrow.list_(pyarrow.string()))])
    cut = list(pieces(read, schema, 7))
    assert [piece.num_rows for piece in cut] == ([7] * (len(rows) // 7) + [len(rows) % 7] * (len(rows) % 7 > 0) or [0])
    assert [row for piece in cut for row in zip(*(piece[c].to_pylist() for c in "sn"), strict=True)] == rows
    assert all(column.num_chunks <= 1 for piece in cut for column in piece.columns)
