"""A text file read cell by cell as it is written, to be written again: or why it must be left alone.

Unlike `open_table`, which hands on only what a cell certainly says, this reads what is well formed
and may be spelled otherwise (line ends of two kinds, a carriage return in quotes, a byte order
mark, blank lines), and refuses the rest at its line.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from datapkg.engine import special
from datapkg.engine.encodings import UTF8, codec_of, recoded
from datapkg.engine.lexer import OTHER_END, QUOTED_RETURN, WHOLE_LINE, Buffer, Checkpoint, Record
from datapkg.engine.opened import Faults, Opened, Part, unnamed
from datapkg.engine.records import BLANK, COMMENT, CONFLICT, DATA, HEADER, OTHER, begin, decoded, mapped, records
from datapkg.engine.sql import name
from datapkg.engine.survey import Survey, survey
from datapkg.engine.textfiles import joined, reading_of
from datapkg.findings import TableFacts
from datapkg.limits import Limits
from datapkg.resources import Table
from datapkg.schema import ROW, Schema

if TYPE_CHECKING:
    import duckdb

BATCH = 16_384
BATCH_BYTES = 1 << 25
STEP = 2_048
TOLD = 5
"""Reasons that are told of one file."""
ENDED = OTHER_END[1].split("{", maxsplit=1)[0]


class Unsafe(Exception):
    """The file cannot be written again without a loss or a guess; each reason with its line."""

    def __init__(self, *reasons: tuple[int | None, str]) -> None:
        super().__init__(reasons[0][1] if reasons else "it is not read")
        self.reasons = reasons[:TOLD]


@dataclass(frozen=True)
class Raw:
    """A file as it is written: `labels` of its columns, and `head`, what stands before the header or the first row.

    `opened` yields its rows and finds their lines; `newline` ends its first line; `blanks` are lines
    that hold nothing.
    """

    opened: Opened
    labels: tuple[str, ...]
    head: bytes
    newline: bytes
    blanks: int

    @property
    def cells(self) -> tuple[str, ...]:
        """The names of the columns in `opened`."""
        return self.opened.cells


@dataclass
class _Beginning:
    """The records before the rows."""

    header: list[Record]
    head: bytes = b""
    newline: bytes = b""
    start: int = 0


def read_raw(
    con: "duckdb.DuckDBPyConnection", table: Table, scratch: Path, limits: Limits, *, counted: bool = False
) -> Raw:
    """The first file of the table as it is written. Raises Unsafe where it must be left alone.

    `counted` says that the caller counts the rows that DuckDB reads, which is else done here.
    """
    path, shown = table.paths[0], table.shown[0]
    _check_text(table, path, shown, scratch)
    seen = survey(path, table.dialect, limits)
    with mapped(path) as data:
        if len(data) <= begin(data):
            raise Unsafe((1, "the file is empty"))
        at_start = _beginning(data, table, limits)
    if not at_start.header:
        raise Unsafe((1, "the file has no header" if table.dialect.header else "the file has no row"))
    bad = [(record.line, flaw.note) for record in at_start.header for flaw in record.faults if not _mendable(flaw.note)]
    if bad:
        raise Unsafe(*bad)
    labels = joined(at_start.header, table.dialect.header_join)
    if not table.dialect.header:
        labels = [f"column_{number + 1}" for number in range(len(labels))]
    cells = tuple(f"c{number}" for number in range(len(labels)))
    blanks, part = 0, None
    if seen.even(len(labels)) and not set("*?[") & set(path.as_posix()):
        part = _clean_part(table, path, cells, seen)
    if part is None or not (counted or _agrees(con, part, cells)):
        part, blanks = _exact_part(con, table, cells, limits)
    facts = TableFacts(table.name, shown, part.rows, seen.size, seen.sha256)
    schema = table.schema or (unnamed(labels) if table.dialect.header else Schema(()))
    positions = {label: index for index, label in reversed(list(enumerate(labels)))}
    faults = Faults(limits.findings)
    opened = Opened(table, schema, (part,), cells, None, positions, facts, faults, limits=limits)
    return Raw(opened, tuple(labels), at_start.head, at_start.newline, blanks)


def _check_text(table: Table, path: Path, shown: str, scratch: Path) -> None:
    codec = codec_of(table.encoding)
    if codec is None or codec not in (*UTF8, "ascii"):
        raise Unsafe((None, f"its encoding is declared as {table.encoding}; only UTF-8 is written"))
    with path.open("rb") as file:
        found = special.named(file.read(special.HEAD), codec, table.dialect)
    if found is not None:
        what = found[1].get("what") or found[1].get("note") or "a pointer of Git LFS"
        raise Unsafe((1, f"it is {what}" if "note" not in found[1] else f"it is no text: {what}"))
    faults = Faults(TOLD)
    copy = scratch / f"raw-{abs(hash(path)):x}.txt"
    recoded(path, shown, table.encoding, copy, faults)
    copy.unlink(missing_ok=True)
    if faults.shown:
        reasons = [(fault.line, f"bytes that are no text of {codec}: {fault.words['note']}") for fault in faults.shown]
        raise Unsafe(*reasons)


def _beginning(data: Buffer, table: Table, limits: Limits) -> _Beginning:
    """What stands before the first row; comments there stay, byte by byte."""
    dialect = table.dialect
    found = _Beginning([], start=begin(data))
    comments, end = False, found.start
    for kind, record, _ in records(data, dialect, limits):
        found.newline = found.newline or record.ending
        behind = record.end + len(record.ending)
        if kind in (COMMENT, OTHER):
            comments = True
            end = behind
        elif kind == HEADER:
            found.header.append(record)
            if dialect.header_rows != (1,):
                comments, end = True, behind
        elif kind == CONFLICT:
            raise Unsafe((record.line, "an unresolved merge conflict"))
        elif kind == BLANK and not (dialect.header and found.header):
            if dialect.comment_rows or dialect.header_rows not in ((1,), ()):
                end = behind
        else:
            if not dialect.header:
                found.header.append(record)
            break
        if kind == HEADER and len(found.header) == len(dialect.header_rows):
            break
    if comments:
        found.head = bytes(data[found.start : end]).replace(b"\r\n", b"\n")
        if found.head and not found.head.endswith(b"\n"):
            found.head += b"\n"
    return found


def _clean_part(table: Table, path: Path, cells: Sequence[str], seen: Survey) -> Part:
    how = reading_of(table, cells)
    header = table.dialect.header
    # The survey counts records from 0, the header among them; rows count from 1.
    points = tuple(replace(point, record=point.record + int(not header)) for point in seen.checkpoints)
    rows = seen.records - int(header)
    return Part(table.shown[0], path, 0, rows, how.source([path], 0), points, False, how, seen.texture)


def _agrees(con: "duckdb.DuckDBPyConnection", part: Part, cells: Sequence[str]) -> bool:
    """Whether DuckDB reads all rows that the survey has seen."""
    import duckdb

    counts = ", ".join(f"count({name(cell)})" for cell in cells)
    rows = part.source if part.reading is None else part.reading.bare([part.readable])
    try:
        return set(con.execute(f"SELECT {counts} FROM ({rows})").fetchall()[0]) == {part.rows}
    except duckdb.InvalidInputException:
        return False


def _exact_part(
    con: "duckdb.DuckDBPyConnection", table: Table, cells: Sequence[str], limits: Limits
) -> tuple[Part, int]:
    """The rows read by the lexer into a table of the connection, and how many lines are blank."""
    import pyarrow

    path, reasons, width = table.paths[0], list[tuple[int | None, str]](), len(cells)
    target = name(f"datapkg:raw:{abs(hash(path)):x}")
    listed = ", ".join(f"{name(cell)} VARCHAR" for cell in cells)
    con.execute(f"CREATE OR REPLACE TEMP TABLE {target} ({name(ROW)} BIGINT, {listed})")
    kinds = pyarrow.schema([(ROW, pyarrow.int64()), *((cell, pyarrow.string()) for cell in cells)])
    points: list[Checkpoint] = []
    batch: list[list[int | str]] = []
    rows = blanks = held = 0

    def flush() -> None:
        lists = zip(*batch, strict=True) if batch else [()] * (width + 1)
        arrays = [pyarrow.array(values, kind.type) for values, kind in zip(lists, kinds, strict=True)]
        con.register("datapkg:batch", pyarrow.table(arrays, schema=kinds))
        con.execute(f'INSERT INTO {target} SELECT * FROM "datapkg:batch"')
        con.unregister("datapkg:batch")
        batch.clear()

    with mapped(path) as data:
        for kind, record, number in records(data, table.dialect, limits):
            if kind == BLANK:
                blanks += record.times
                if width == 1 and rows:
                    reasons.append((record.line, "a blank line, which may be meant as an empty cell"))
            elif kind == CONFLICT:
                reasons.append((record.line, "an unresolved merge conflict"))
            elif kind == COMMENT and rows:
                reasons.append((record.line, "a comment between rows would lose its place"))
            if kind == DATA:
                rows += 1
                if rows % STEP == 1:
                    points.append(Checkpoint(rows, record.start, record.line, number))
                reasons.extend(_faults_of(record, width))
                batch.append([rows, *(map(decoded, record.cells))] if not reasons else [rows, *[""] * width])
                held += record.end - record.start
                if len(batch) == BATCH or held > BATCH_BYTES:
                    flush()
                    held = 0
            if len(reasons) >= TOLD:
                break
    if reasons:
        raise Unsafe(*reasons)
    flush()
    source = f"SELECT * FROM {target}"
    return Part(table.shown[0], path, 0, rows, source, tuple(points), exact=True), blanks


def _faults_of(record: Record, width: int) -> list[tuple[int | None, str]]:
    """Why a row cannot be written again."""
    found: list[tuple[int | None, str]] = [
        (record.line, flaw.note)
        for flaw in record.faults
        if not (_mendable(flaw.note) and (flaw.cell == WHOLE_LINE or flaw.note == QUOTED_RETURN[1]))
    ]
    if not found and len(record.cells) != width:
        found.append((record.line, f"the row has {len(record.cells)} cells where the header has {width}"))
    return found


def _mendable(note: str) -> bool:
    """Whether a flaw of the text takes nothing from what its cells say."""
    return note == QUOTED_RETURN[1] or note.startswith(ENDED)
