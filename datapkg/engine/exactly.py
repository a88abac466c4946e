"""A text file that is not beyond doubt, read by the lexer, with every fault of its rows."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from datapkg.engine.lexer import WHOLE_LINE, Buffer, Checkpoint, Flaw, Record
from datapkg.engine.opened import Fault, Faults, Part
from datapkg.engine.records import BLANK, CONFLICT, DATA, HEADER, decoded, excerpt, mapped, records
from datapkg.engine.sql import name
from datapkg.limits import Limits
from datapkg.pace import step, task
from datapkg.resources import Table
from datapkg.schema import ROW

if TYPE_CHECKING:
    import duckdb

BATCH = 16_384
BATCH_BYTES = 1 << 25
STEP = 2_048


@dataclass(frozen=True)
class File:
    """One file of a table, and how its cells stand: `column_at` names the column of a cell, from 0.

    `garbled` says that bytes of it were no text; its cells that show so are not judged again.
    """

    readable: Path
    shown: str
    first: int
    cells: Sequence[str]
    column_at: Mapping[int, str]
    garbled: bool


def read_exactly(con: "duckdb.DuckDBPyConnection", table: Table, file: File, faults: Faults, limits: Limits) -> Part:
    """The file read by the lexer into a table of the connection, with all its faults."""
    import pyarrow

    cells, first = file.cells, file.first
    target = name(f"datapkg:text:{table.name}:{first}")
    columns = ", ".join(f"{name(cell)} VARCHAR" for cell in cells)
    con.execute(f"CREATE OR REPLACE TEMP TABLE {target} ({name(ROW)} BIGINT, {columns})")
    arrow = pyarrow.schema([(ROW, pyarrow.int64()), *((cell, pyarrow.string()) for cell in cells)])
    checkpoints: list[Checkpoint] = []
    rows, held = 0, 0
    batch: list[list[Any]] = []

    def flush() -> None:
        lists = zip(*batch, strict=True) if batch else [()] * (len(cells) + 1)
        arrays = [pyarrow.array(values, kind.type) for values, kind in zip(lists, arrow, strict=True)]
        con.register("datapkg:batch", pyarrow.table(arrays, schema=arrow))
        con.execute(f'INSERT INTO {target} SELECT * FROM "datapkg:batch"')
        con.unregister("datapkg:batch")
        batch.clear()

    with mapped(file.readable) as data, task(f"reading {file.shown} row by row", len(data)):
        begun = not table.dialect.header
        for kind, record, number in records(data, table.dialect, limits):
            if kind != DATA:
                # What stands before the header has been told with it.
                begun = begun or kind == HEADER
                if kind in (BLANK, CONFLICT) and begun:
                    add_lines("blank-row" if kind == BLANK else "merge-conflict", file.shown, data, record, faults)
                continue
            rows += 1
            if rows % STEP == 1:
                checkpoints.append(Checkpoint(rows, record.start, record.line, number))
            values = [decoded(cell) for cell in record.cells]
            if record.faults or len(values) != len(cells):
                add_row_faults(file, first + rows, record, values, data, faults)
            batch.append([first + rows, *_known(file, record, values)])
            held += record.end - record.start
            if len(batch) == BATCH or held > BATCH_BYTES:
                flush()
                step(held)
                held = 0
    flush()
    source = f"SELECT * FROM {target}"
    return Part(file.shown, file.readable, first, rows, source, tuple(checkpoints), exact=True)


def add_lines(code: str, shown: str, data: Buffer, record: Record, faults: Faults) -> None:
    """A fault of each line that the record stands for."""
    for number in range(record.times):
        if faults.full(code):
            faults.count(code, record.times - number)
            return
        faults.add(Fault(code, shown, line=record.line + number, excerpt=excerpt(data, record, WHOLE_LINE)))


def _known(file: File, record: Record, values: Sequence[str]) -> list[str | None]:
    """The row's cells as far as anybody knows what they say: a fault is told once, and by no other rule."""
    width = len(file.cells)
    if record.lost or (len(values) != width and any(flaw.code == "quote-error" for flaw in record.faults)):
        return [None] * width
    known: list[str | None] = [*values[:width], *[None if any(values) else ""] * (width - len(values))]
    for flaw in record.faults:
        if 0 <= flaw.cell < width:
            known[flaw.cell] = None
    if file.garbled:
        known = [None if value is not None and "\ufffd" in value else value for value in known]
    return known


def record_faults(record: Record, shown: str, column_at: Mapping[int, str], row: int | None = None) -> Iterator[Fault]:
    """What the lexer says of a record, cell by cell."""
    return (_flaw_fault(flaw, record, shown, column_at, row) for flaw in record.faults)


def _flaw_fault(flaw: Flaw, record: Record, shown: str, column_at: Mapping[int, str], row: int | None) -> Fault:
    if flaw.cell == WHOLE_LINE:
        return Fault(flaw.code, shown, row, record.line, words={"note": flaw.note})
    value = decoded(record.cells[flaw.cell])
    where = (column_at.get(flaw.cell), flaw.cell + 1, value)
    return Fault(flaw.code, shown, row, record.line, *where, words={"note": flaw.note})


def add_row_faults(file: File, row: int, record: Record, values: Sequence[str], data: Buffer, faults: Faults) -> None:
    """The faults of a row: its cells, and whether it has as many as the header. Those that none sees are counted."""
    for flaw in record.faults:
        if faults.full(flaw.code):
            faults.count(flaw.code)
        else:
            _add(_flaw_fault(flaw, record, file.shown, file.column_at, row), record, data, faults)
    width, shown = len(file.cells), file.shown
    unclear = record.lost or any(flaw.code == "quote-error" for flaw in record.faults)
    if len(values) == width or unclear or not any(values):
        return
    code = "missing-cell" if len(values) < width else "extra-cell"
    places = range(min(len(values), width), max(len(values), width))
    for number, index in enumerate(places):
        if faults.full(code):
            faults.count(code, len(places) - number)
            return
        column = file.column_at.get(index) if index < width else None
        value = values[index] if index >= width else None
        told: dict[str, Any] = {"found": len(values), "wanted": width}
        told |= {"value": value} if index >= width else {"column": column or index + 1}
        _add(Fault(code, shown, row, record.line, column, index + 1, value, told), record, data, faults)


def _add(fault: Fault, record: Record, data: Buffer, faults: Faults) -> None:
    at = (fault.column_number or 0) - 1
    faults.add(fault if faults.full(fault.code) else replace(fault, excerpt=excerpt(data, record, at)))
