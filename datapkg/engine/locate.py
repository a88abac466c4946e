"""The way back from data rows to their file: path, line, cells as written.

Rows are found in one walk through the file, in order, and handed out one at a time: however many
are asked for, few are in memory.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from typing import TYPE_CHECKING

from datapkg.engine import lexer
from datapkg.engine.blocks import FEED, QUOTE
from datapkg.engine.native import native_rows
from datapkg.engine.opened import Located, Opened, Part
from datapkg.engine.records import data_records, decoded, mapped
from datapkg.engine.sql import name
from datapkg.schema import ROW

if TYPE_CHECKING:
    import duckdb

FETCH = 1_000


def locate(con: "duckdb.DuckDBPyConnection", opened: Opened, rows: Iterable[int]) -> Iterator[tuple[int, Located]]:
    """Each of `rows` once, in order, in its file: line, cells as written, and the text of its first line."""
    wanted = sorted(set(rows))
    for part in opened.parts:
        mine = wanted[bisect_right(wanted, part.first) : bisect_right(wanted, part.first + part.rows)]
        if not mine:
            continue
        if opened.native:
            for row, line, cells in con.execute(native_rows(part, mine)).fetchall():
                yield row, _placed(opened, Located(part.shown, line, tuple(cells or ())))
            continue
        if opened.storage is not None:
            yield from _locate_typed(con, opened, part, mine)
            continue
        with mapped(part.readable) as data:
            for row, record in _records(opened, part, data, [row - part.first for row in mine]):
                yield row + part.first, _placed(opened, located(part, record, data))


def _placed(opened: Opened, at: Located) -> Located:
    """The place in the file that a report names, where what was read stands inside of another."""
    if opened.offset is None:
        return at
    line, before = opened.offset
    return replace(at, line=line if before is None else before + (at.line or 1))


def _locate_typed(
    con: "duckdb.DuckDBPyConnection", opened: Opened, part: Part, rows: Sequence[int]
) -> Iterator[tuple[int, Located]]:
    import pyarrow

    shown = ", ".join(f"CAST({name(cell)} AS VARCHAR)" for cell in opened.cells)
    with con.cursor() as cursor:
        cursor.register("datapkg:wanted", pyarrow.table({"wanted": rows}))
        query = (
            f"SELECT {name(ROW)}, {shown} FROM ({part.source}) "
            f'WHERE {name(ROW)} IN (SELECT wanted FROM "datapkg:wanted") ORDER BY 1'
        )
        cursor.execute(query)
        while found := cursor.fetchmany(FETCH):
            for row, *cells in found:
                yield row, Located(part.shown, None, tuple(cells))


def _records(opened: Opened, part: Part, data: lexer.Buffer, rows: Sequence[int]) -> Iterator[tuple[int, lexer.Record]]:
    """The records of `rows`, which count from 1 in this file; read from the nearest checkpoint before each."""
    points, dialect, limits = part.checkpoints, opened.table.dialect, opened.limits
    numbers = [point.record for point in points]
    for place, group in groupby(rows, key=lambda row: bisect_right(numbers, row) - 1):
        point, near = points[place], list(group)
        if part.exact:
            wanted = set(near)
            for row, (_, record, _) in data_records(data, dialect, limits, point):
                if row in wanted:
                    yield row, record
                if row >= near[-1]:
                    break
            continue
        end = points[place + 1].offset if place + 1 < len(points) else len(data)
        starts = _starts(data[point.offset : end], [row - point.record for row in near])
        for row, (offset, line) in zip(near, starts, strict=True):
            yield row, next(lexer.lex(data, dialect, limits, offset=point.offset + offset, line=point.line + line))


def _starts(block: bytes, numbers: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Where the records `numbers`, from 0, begin in a block of whole records that is clean: (byte, line), from 0.

    Only line feeds are looked at, and whether the quotes before them are even.
    """
    import numpy

    codes = numpy.frombuffer(block, numpy.uint8)
    ends = feeds = numpy.flatnonzero(codes == FEED)
    if b'"' in block:
        ends = feeds[numpy.searchsorted(numpy.flatnonzero(codes == QUOTE), feeds) & 1 == 0]
    before = [int(ends[number - 1]) if number else -1 for number in numbers]
    lines = numpy.searchsorted(feeds, numpy.array(before), side="right").tolist()
    for end, line in zip(before, lines, strict=True):
        yield end + 1, line


def located(part: Part, record: lexer.Record, data: lexer.Buffer) -> Located:
    """A row that was lexed, as a place in its file."""
    feed = data.find(b"\n", record.start, record.end)
    first = data[record.start : record.end if feed < 0 else feed].rstrip(b"\r")
    plain = first.isascii()
    spans, passed, before = [], 0, 0
    for begin, end in record.spans:
        begin, end = begin - record.start, min(end - record.start, len(first))
        if begin > len(first):
            spans.append((-1, 0))
        elif plain:
            spans.append((begin, max(1, end - begin)))
        else:
            before += len(decoded(first[passed:begin]))
            length = len(decoded(first[begin:end]))
            spans.append((before, max(1, length)))
            passed, before = end, before + length
    return Located(part.shown, record.line, tuple(decoded(cell) for cell in record.cells), decoded(first), tuple(spans))
