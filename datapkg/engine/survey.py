"""One fast reading of a text file, which says whether it is beyond doubt.

A file that is RFC 4180 to the letter is the same table for every strict reader, so DuckDB may
read it. For all other files, and for headers and single rows, there is `lexer.lex`.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from datapkg.dialect import Dialect
from datapkg.engine.lexer import BOM, Checkpoint
from datapkg.limits import Limits
from datapkg.pace import step

BLOCK = 1 << 22
RUN = 512
MARKERS = (b"\n<<<<<<<", b"\n=======", b"\n>>>>>>>", b"\n|||||||")


@dataclass(frozen=True, slots=True)
class Survey:
    """What one fast reading of a file shows. `records` counts the header; -1 where not clean."""

    size: int
    sha256: str
    clean: bool
    records: int
    delimiters: int
    checkpoints: tuple[Checkpoint, ...]

    def even(self, width: int) -> bool:
        """Whether the rows have as many cells as `width` on average.

        A reader that refuses short rows has then seen no long one; DuckDB forgives an empty cell too many.
        """
        return self.clean and self.delimiters == self.records * (width - 1)


def survey(path: Path, dialect: Dialect, limits: Limits = Limits()) -> Survey:
    """One fast reading of the file at `path`.

    Clean means: RFC 4180 to the letter, valid UTF-8, one kind of line end, no NUL, no blank
    line, no comment, no marker of a merge, nothing longer than the limits. What is not provably
    clean is not, and `lex` then says what it is.
    """
    digest = hashlib.sha256()
    checkpoints: list[Checkpoint] = []
    records, line, offset, size, delimiters = 0, 1, 0, 0, 0
    clean, returns, feeds, rest = dialect.plain, 0, 0, b""
    delimiter = dialect.delimiter.encode()
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            digest.update(block)
            size += len(block)
            step(len(block))
            if not clean:
                continue
            if offset == 0 and not rest and block.startswith(BOM):
                block, offset = block[3:], 3
            rest += block
            piece = rest[: _boundary(rest)]
            if not piece:
                clean = len(rest) < limits.line_bytes + BLOCK
                continue
            rest = rest[len(piece) :]
            checkpoints.append(Checkpoint(records, offset, line))
            count, parted = _clean_records(piece, delimiter, limits.cell_bytes)
            clean = count >= 0
            returns += piece.count(b"\r")
            newlines = piece.count(b"\n")
            records, line, offset, feeds = records + count, line + newlines, offset + len(piece), feeds + newlines
            delimiters += parted
    if clean and rest:
        checkpoints.append(Checkpoint(records, offset, line))
        count, parted = _clean_records(rest + b"\n", delimiter, limits.cell_bytes)
        clean = count >= 0 and rest.count(b"\r") == (rest.count(b"\n") if returns else 0)
        records, delimiters = records + count, delimiters + parted
    clean = clean and returns in (0, feeds)
    points = tuple(checkpoints) if clean else ()
    clean = clean and not (delimiters == 0 and _has_markers(path))
    return Survey(size, digest.hexdigest(), clean, records if clean else -1, delimiters, points)


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


def _boundary(data: bytes) -> int:
    """Where the last whole record ends, or 0: behind a line feed with an even number of quotes before it."""
    odd = data.count(b'"') % 2
    stop = len(data)
    for _ in range(10_000):
        feed = data.rfind(b"\n", 0, stop)
        if feed < 0:
            return 0
        odd ^= data.count(b'"', feed, stop) % 2
        if not odd:
            return feed + 1
        stop = feed
    return 0


DOUBTFUL = (-1, 0)


def _clean_records(piece: bytes, delimiter: bytes, longest: int) -> tuple[int, int]:
    """How many records and delimiters a piece of whole records has, or DOUBTFUL where it is not clean beyond doubt."""
    if not _sound(piece, longest):
        return DOUBTFUL
    blank = (b"\n\n", b"\n\r\n")
    if b'"' not in piece:
        if piece[:1] in b"\r\n" or any(mark in piece for mark in blank):
            return DOUBTFUL
        return piece.count(b"\n"), piece.count(delimiter)
    # Quotes part the text into outside and inside in turn; a doubled quote shows as an empty
    # outside. Every other outside must touch a separator at both of its quotes.
    parts = piece.split(b'"')
    outside = parts[0::2]
    edges = {part[:1] + part[-1:] for part in outside[1:-1]}
    before, after = outside[0][-1:], outside[-1][:1]
    opens, closes = (b"", delimiter, b"\n"), (b"", delimiter, b"\r", b"\n")
    good = {b""} | {close + open_ for close in closes[1:] for open_ in opens[1:]}
    if len(parts) % 2 == 0 or before not in opens or after not in closes or not edges <= good:
        return DOUBTFUL
    if outside[0][:1] in (b"\r", b"\n"):
        return DOUBTFUL
    if any(mark in piece for mark in blank) and any(mark in part for mark in blank for part in outside):
        return DOUBTFUL
    quoted = b"".join(parts[1::2])
    feeds = quoted.count(b"\n")
    if feeds and not _short_cells(parts, longest):
        return DOUBTFUL
    return piece.count(b"\n") - feeds, piece.count(delimiter) - quoted.count(delimiter)


def _sound(piece: bytes, longest: int) -> bool:
    """Whether the piece is UTF-8 without NUL, bare CR or line that is too long."""
    if b"\0" in piece or piece.count(b"\r") != piece.count(b"\r\n"):
        return False
    try:
        piece.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return _short_lines(piece, longest)


def _short_lines(piece: bytes, longest: int) -> bool:
    """Whether no line is longer than a cell may be; where a line is, the lexer counts its cells."""
    start = 0
    while start < len(piece):
        feed = piece.rfind(b"\n", start, start + longest)
        if feed < 0:
            return False
        start = feed + 1
    return True


def _short_cells(parts: Sequence[bytes], longest: int) -> bool:
    """Whether no quoted cell of several lines is too long, its doubled quotes counted."""
    runs = (parts[start : start + RUN] for start in range(0, len(parts), RUN))
    if all(any(run[0::2]) and sum(map(len, run)) + RUN < longest // 2 for run in runs):
        # Each run of parts ends a cell, so a cell is no longer than two of them.
        return True
    length = 0
    for number, part in enumerate(parts):
        length = length + len(part) + 1 if number % 2 or not part else 0
        if length > longest:
            return False
    return True
