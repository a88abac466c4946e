"""The way back from a data row to its file: path, line, cells as written."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from datapkg.dialect import Dialect
from datapkg.engine import lexer
from datapkg.engine.native import native_rows
from datapkg.engine.opened import Located, Opened, Part
from datapkg.engine.records import data_records, decoded
from datapkg.engine.sql import name
from datapkg.schema import ROW

if TYPE_CHECKING:
    import duckdb


def locate(con: "duckdb.DuckDBPyConnection", opened: Opened, rows: Sequence[int]) -> dict[int, Located]:
    """Each of `rows` in its file: line, cells as written, and the text of its first line."""
    wanted = sorted(set(rows))
    found: dict[int, Located] = {}
    for part in opened.parts:
        mine = [row for row in wanted if part.first < row <= part.first + part.rows]
        if not mine:
            continue
        if opened.native:
            for row, line, cells in con.execute(native_rows(part, mine)).fetchall():
                found[row] = Located(part.shown, line, tuple(cells or ()))
        elif opened.storage is not None:
            found.update(_locate_typed(con, opened, part, mine))
        else:
            found.update(_locate_text(opened, part, mine))
    if opened.offset is not None:
        line, before = opened.offset
        found = {
            row: replace(at, line=line if before is None else before + (at.line or 1)) for row, at in found.items()
        }
    return found


def _locate_typed(
    con: "duckdb.DuckDBPyConnection", opened: Opened, part: Part, rows: Sequence[int]
) -> Iterator[tuple[int, Located]]:
    shown = ", ".join(f"CAST({name(cell)} AS VARCHAR)" for cell in opened.cells)
    listed = ", ".join(str(row) for row in rows)
    query = f"SELECT {name(ROW)}, {shown} FROM ({part.source}) WHERE {name(ROW)} IN ({listed})"
    for row, *cells in con.execute(query).fetchall():
        yield row, Located(part.shown, None, tuple(cells))


def _locate_text(opened: Opened, part: Part, rows: Sequence[int]) -> Iterator[tuple[int, Located]]:
    waiting = [row - part.first for row in rows]
    dialect = opened.table.dialect
    while waiting:
        start = lexer.checkpoint_before(part.checkpoints, waiting[0])
        next_start = min((p.record for p in part.checkpoints if p.record > waiting[0]), default=part.rows + 1)
        near = [row for row in waiting if row < next_start]
        waiting = waiting[len(near) :]
        for row, record in _rows_from(part, dialect, start):
            if row == near[0]:
                yield row + part.first, _located(part, record)
                near.pop(0)
                if not near:
                    break


def _rows_from(part: Part, dialect: Dialect, start: lexer.Checkpoint) -> Iterator[tuple[int, lexer.Record]]:
    # A checkpoint of the survey at record 0 is the header itself.
    return data_records(part.readable, dialect, part.shown, None, None if start.record == 0 else start)


def _located(part: Part, record: lexer.Record) -> Located:
    with part.readable.open("rb") as file:
        file.seek(record.start)
        raw = file.read(record.end - record.start)
    first = raw.split(b"\n", 1)[0].rstrip(b"\r")
    spans = []
    for begin, end in record.spans:
        begin, end = begin - record.start, min(end - record.start, len(first))
        if begin <= len(first):
            start = len(decoded(first[:begin]))
            spans.append((start, max(1, len(decoded(first[begin:end])))))
        else:
            spans.append((-1, 0))
    return Located(part.shown, record.line, tuple(decoded(cell) for cell in record.cells), decoded(first), tuple(spans))
