"""The records of a text file, numbered: which are the header, which are rows, and which are neither."""

import mmap
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from datapkg.dialect import Dialect
from datapkg.engine import lexer
from datapkg.engine.lexer import Buffer, Checkpoint, Record
from datapkg.engine.survey import MARKERS
from datapkg.limits import Limits

HEADER, DATA, BLANK, COMMENT, CONFLICT, OTHER = "header", "data", "blank", "comment", "conflict", "other"
EXCERPT = 1000
"""Bytes of a line that a finding shows before and behind the beginning of its cell."""


class Numbered(NamedTuple):
    """A record, what it is, and how many records stand before it in the file."""

    kind: str
    record: Record
    number: int


@contextmanager
def mapped(path: Path) -> Iterator[Buffer]:
    """The bytes of a file, without reading it whole."""
    with path.open("rb") as file:
        if path.stat().st_size == 0:
            yield b""
            return
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            yield data


def begin(data: Buffer) -> int:
    """Where the text begins, behind a byte order mark."""
    return len(lexer.BOM) if data[:3] == lexer.BOM else 0


def decoded(cell: bytes) -> str:
    """A cell as text; bytes that are none show as the replacement character."""
    return cell.decode("utf-8", "replace")


def records(data: Buffer, dialect: Dialect, limits: Limits, start: Checkpoint | None = None) -> Iterator[Numbered]:
    """The records of a text, or those from `start` on, where the header is behind us."""
    if start is None:
        found = lexer.lex(data, dialect, limits, offset=begin(data))
        first, waiting = 1, list(dialect.header_rows)
    else:
        found = lexer.lex(data, dialect, limits, offset=start.offset, line=start.line)
        first, waiting = start.number + 1, []
    number = first - 1
    for record in found:
        number += record.times
        if record.comment or number in dialect.comment_rows:
            kind = COMMENT
        elif waiting and dialect.header_rows != (1,):
            kind = HEADER if number in waiting else OTHER
        elif record.blank:
            kind = BLANK
        elif _is_marker(data, record):
            kind = CONFLICT
        else:
            kind = HEADER if waiting else DATA
        if waiting and (kind == HEADER or dialect.header_rows != (1,)):
            waiting = [row for row in waiting if row > number] if dialect.header_rows != (1,) else []
        yield Numbered(kind, record, number - record.times)


def data_records(
    data: Buffer, dialect: Dialect, limits: Limits, start: Checkpoint | None = None
) -> Iterator[tuple[int, Numbered]]:
    """(data row from 1, record) of the rows of a text, or of those from `start` on."""
    row = start.record - 1 if start is not None else 0
    for numbered in records(data, dialect, limits, start):
        if numbered.kind == DATA:
            row += 1
            yield row, numbered


def _is_marker(data: Buffer, record: Record) -> bool:
    """Whether the line is one that git leaves where two changes met."""
    line = data[record.start : record.start + 9].rstrip(b"\r\n")
    return b"\n" + line[:7] in MARKERS and (line[7:8] == b" " or record.end - record.start == 7)


def excerpt(data: Buffer, record: Record, cell: int) -> tuple[str, int, int]:
    """The line on which a cell begins, or what is near the cell, and the cell's characters in it."""
    if not 0 <= cell < len(record.spans):
        text = data[record.start : min(record.end, record.start + EXCERPT)].split(b"\n", 1)[0].rstrip(b"\r")
        return decoded(text), 0, len(decoded(text))
    start, end = record.spans[cell]
    before = data[max(record.start, start - EXCERPT) : start].rsplit(b"\n", 1)[-1]
    behind = data[start : min(record.end, start + EXCERPT)].split(b"\n", 1)[0].rstrip(b"\r")
    length = max(1, len(decoded(behind[: end - start])))
    return decoded(before) + decoded(behind), len(decoded(before)), length
