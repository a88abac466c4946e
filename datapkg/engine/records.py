"""The data records of a text file, numbered: what is a row, and what is not one."""

import itertools
import mmap
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from datapkg.dialect import Dialect
from datapkg.engine import lexer
from datapkg.engine.opened import Fault, Faults


@contextmanager
def mapped(path: Path) -> Iterator[lexer.Buffer]:
    """The bytes of a file, without reading it whole."""
    with path.open("rb") as file:
        if path.stat().st_size == 0:
            yield b""
            return
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            yield data


def begin(data: lexer.Buffer) -> int:
    """Where the text begins, behind a byte order mark."""
    return len(lexer.BOM) if data[:3] == lexer.BOM else 0


def decoded(cell: bytes) -> str:
    """A cell as text; bytes that are none show as the replacement character."""
    return cell.decode("utf-8", "replace")


def data_records(
    path: Path, dialect: Dialect, shown: str, faults: Faults | None, start: lexer.Checkpoint | None = None
) -> Iterator[tuple[int, lexer.Record]]:
    """(data row from 1, record) of a file, or from `start` on; blank lines are faults, not rows."""
    with mapped(path) as data:
        if start is None:
            records = lexer.lex(data, dialect, offset=begin(data))
            numbered: Iterator[lexer.Record] = itertools.islice(records, max(dialect.header_rows, default=0), None)
            row = 0
        else:
            numbered = lexer.lex(data, dialect, offset=start.offset, line=start.line)
            row = start.record - 1
        for record in numbered:
            if record.blank:
                if faults is not None:
                    faults.add(Fault("blank-row", shown, line=record.line))
                continue
            row += 1
            yield row, record
