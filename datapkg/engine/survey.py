"""One fast reading of a text file, which says whether it is beyond doubt.

A file that is RFC 4180 to the letter is the same table for every strict reader, so DuckDB may
read it. For all other files, and for headers and single rows, there is `lexer.lex`. Several blocks
are looked at at once (`blocks`), and the digest is worked out beside.
"""

import hashlib
import os
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path

from datapkg.dialect import Dialect
from datapkg.engine.blocks import Count, look_at, whole_records
from datapkg.engine.lexer import BOM, Checkpoint
from datapkg.limits import Limits
from datapkg.pace import step

BLOCK = 1 << 22
"""Bytes read and hashed at a time."""
MOST = 4
"""Blocks looked at at once, at most."""
MARKERS = (b"\n<<<<<<<", b"\n=======", b"\n>>>>>>>", b"\n|||||||")


@dataclass(frozen=True, slots=True)
class Texture:
    """What the bytes of a file rule out for its cells, unless it is said here that they may have it.

    `wide` are characters beyond ASCII, `strange` such as some rule may speak of; `controls` are control
    characters other than tab and line end; `inner` are tabs and line ends within cells.
    """

    wide: bool = True
    strange: bool = True
    controls: bool = True
    inner: bool = True


UNKNOWN = Texture()
"""Nothing is ruled out."""


@dataclass(frozen=True, slots=True)
class Survey:
    """What one fast reading of a file shows. `records` counts the header; -1 where not clean.

    `delimiters` are those of `weighed` records: all in which one may be too many without that
    DuckDB minds.
    """

    size: int
    sha256: str
    clean: bool
    records: int
    weighed: int
    delimiters: int
    checkpoints: tuple[Checkpoint, ...]
    texture: Texture

    def even(self, width: int) -> bool:
        """Whether no row has more cells than `width`, given that DuckDB, which refuses short rows, reads them all.

        It refuses long rows too, but forgives one that is longer by an empty cell at its end.
        """
        return self.clean and self.delimiters == self.weighed * (width - 1)


def survey(path: Path, dialect: Dialect, limits: Limits = Limits()) -> Survey:
    """One fast reading of the file at `path`.

    Clean means: RFC 4180 to the letter, valid UTF-8, one kind of line end, no NUL, no blank
    line, no comment, no marker of a merge, nothing longer than the limits. What is not provably
    clean is not, and `lex` then says what it is.
    """
    digest, size, count, rest = hashlib.sha256(), 0, Count(), b""
    clean = dialect.plain and len(dialect.delimiter.encode()) == 1
    narrow: bool | None = None
    many = min(MOST, limits.threads or os.cpu_count() or 1)
    spare, busy = [bytearray() for _ in range(many + 2)], deque[_Busy]()
    with path.open("rb") as file, ThreadPoolExecutor(1) as beside, ThreadPoolExecutor(many) as lookers:
        most = min(BLOCK, os.fstat(file.fileno()).st_size + 1)
        while True:
            if not spare:
                clean = _done(busy.popleft(), spare, count) and clean
            buffer, end = _filled(spare.pop(), rest, file, most)
            if end == len(rest):
                break
            block = memoryview(buffer)[:end]
            hashed = beside.submit(digest.update, block[len(rest) :])
            step(end - len(rest))
            size += end - len(rest)
            if size == end and buffer.startswith(BOM):
                block, count.offset = block[len(BOM) :], len(BOM)
            looked = None
            if clean:
                if narrow is None and b"\n" in buffer[:end]:
                    narrow = dialect.delimiter.encode() not in bytes(block).partition(b"\n")[0]
                whole = whole_records(block)
                if whole:
                    looked = lookers.submit(look_at, block[:whole], dialect, limits.cell_bytes, every=bool(narrow))
                rest = bytes(block[whole:])
                clean = whole > 0 or len(rest) < limits.line_bytes + BLOCK
            busy.append(_Busy(buffer, hashed, looked))
        while busy:
            clean = _done(busy.popleft(), spare, count) and clean
    if clean and rest:
        if narrow is None:
            narrow = dialect.delimiter.encode() not in rest
        last = rest + (b"\r\n" if count.returns else b"\n")
        clean = not rest.endswith(b"\r") and count.add(look_at(last, dialect, limits.cell_bytes, every=narrow))
    clean = clean and count.returns in (0, count.feeds) and not (narrow and _has_markers(path))
    texture = Texture(count.wide, count.strange, count.controls, count.inner) if clean else UNKNOWN
    counts = (count.records, count.weighed, count.delimiters) if clean else (-1, 0, 0)
    return Survey(size, digest.hexdigest(), clean, *counts, tuple(count.checkpoints) if clean else (), texture)


@dataclass(frozen=True, slots=True)
class _Busy:
    """A buffer that is read by others: who hashes it, and who looks at the whole records in it."""

    buffer: bytearray
    hashed: Future[None]
    looked: Future[Count | None] | None


def _filled(buffer: bytearray, rest: bytes, file: BufferedReader, most: int) -> tuple[bytearray, int]:
    """A buffer with `rest` and what follows it in the file, at `most` so many bytes; and where that ends."""
    wanted = len(rest) + most
    if len(buffer) < wanted:
        buffer = bytearray(wanted)
    buffer[: len(rest)] = rest
    with memoryview(buffer) as view:
        return buffer, len(rest) + file.readinto(view[len(rest) : wanted])


def _done(work: _Busy, spare: list[bytearray], count: Count) -> bool:
    """Wait for the work on a buffer, which others may have then; whether what was in it is clean."""
    work.hashed.result()
    clean = work.looked is None or count.add(work.looked.result())
    spare.append(work.buffer)
    return clean


def _has_markers(path: Path) -> bool:
    """Whether lines may be markers of a merge; in a file of several columns they show by their width."""
    with path.open("rb") as file:
        before = b"\n"
        while block := file.read(BLOCK):
            piece = before + block.removeprefix(BOM)
            if any(mark in piece for mark in MARKERS):
                return True
            before = piece[-8:]
    return False
