"""One fast reading of a text file, which says whether it is beyond doubt.

A file that is RFC 4180 to the letter is the same table for every strict reader, so DuckDB may
read it. For all other files, and for headers and single rows, there is `lexer.lex`. All bytes of
a block are looked at together, as arrays; several blocks at once, and the digest is worked out beside.
"""

import hashlib
import os
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from datapkg.characters import TAME
from datapkg.dialect import Dialect
from datapkg.engine.lexer import BOM, Checkpoint
from datapkg.limits import Limits
from datapkg.pace import step

if TYPE_CHECKING:
    import numpy

    Positions = numpy.ndarray[tuple[int], numpy.dtype[numpy.int64]]

BLOCK = 1 << 20
"""Bytes read and hashed at a time."""
MOST = 4
"""Blocks looked at at once, at most."""
PIECE = 1 << 18
"""Bytes looked at together: few enough for the processor's own memory."""
STEP = 1 << 15
"""Bytes from one checkpoint to the next, which is what is read again to find a row."""
MARKERS = (b"\n<<<<<<<", b"\n=======", b"\n>>>>>>>", b"\n|||||||")
TAB, FEED, RETURN, SPACE, QUOTE, DELETE, ASCII = 9, 10, 13, 32, 34, 127, 128


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


@dataclass(slots=True)
class _Count:
    """What has been seen so far of a file that is clean up to here."""

    records: int = 0
    feeds: int = 0
    returns: int = 0
    weighed: int = 0
    delimiters: int = 0
    wide: bool = False
    strange: bool = False
    controls: bool = False
    inner: bool = False
    offset: int = 0
    checkpoints: list[Checkpoint] = field(default_factory=list)

    def add(self, more: "_Count | None") -> bool:
        """Add what was seen behind this; whether it is clean."""
        if more is None:
            return False
        self.checkpoints.extend(
            Checkpoint(point.record + self.records, point.offset + self.offset, point.line + self.feeds)
            for point in more.checkpoints
        )
        for name in ("records", "feeds", "returns", "weighed", "delimiters", "offset"):
            setattr(self, name, getattr(self, name) + getattr(more, name))
        for name in Texture.__slots__:
            setattr(self, name, getattr(self, name) or getattr(more, name))
        return True


def survey(path: Path, dialect: Dialect, limits: Limits = Limits()) -> Survey:
    """One fast reading of the file at `path`.

    Clean means: RFC 4180 to the letter, valid UTF-8, one kind of line end, no NUL, no blank
    line, no comment, no marker of a merge, nothing longer than the limits. What is not provably
    clean is not, and `lex` then says what it is.
    """
    digest = hashlib.sha256()
    count, size, rest = _Count(), 0, b""
    clean = dialect.plain and len(dialect.delimiter.encode()) == 1
    narrow: bool | None = None
    many = min(MOST, limits.threads or os.cpu_count() or 1)
    looks: deque[Future[_Count | None]] = deque()
    with path.open("rb") as file, ThreadPoolExecutor(1) as beside, ThreadPoolExecutor(many) as lookers:
        while block := file.read(BLOCK):
            hashed = beside.submit(digest.update, block)
            size += len(block)
            step(len(block))
            if size == len(block) and block.startswith(BOM):
                block, count.offset = block[len(BOM) :], len(BOM)
            if clean:
                rest += block
                if narrow is None and b"\n" in rest:
                    narrow = dialect.delimiter.encode() not in rest[: rest.index(b"\n")]
                whole = _whole_records(rest)
                if whole:
                    looks.append(lookers.submit(_look_at, rest[:whole], dialect, limits.cell_bytes, every=bool(narrow)))
                    rest = rest[whole:]
                clean = whole > 0 or len(rest) < limits.line_bytes + BLOCK
            while clean and len(looks) > many:
                clean = count.add(looks.popleft().result())
            hashed.result()
        while clean and looks:
            clean = count.add(looks.popleft().result())
    if clean and rest:
        if narrow is None:
            narrow = dialect.delimiter.encode() not in rest
        last = rest + (b"\r\n" if count.returns else b"\n")
        clean = not rest.endswith(b"\r") and count.add(_look_at(last, dialect, limits.cell_bytes, every=narrow))
    clean = clean and count.returns in (0, count.feeds) and not (narrow and _has_markers(path))
    texture = Texture(count.wide, count.strange, count.controls, count.inner) if clean else UNKNOWN
    counts = (count.records, count.weighed, count.delimiters) if clean else (-1, 0, 0)
    return Survey(size, digest.hexdigest(), clean, *counts, tuple(count.checkpoints) if clean else (), texture)


def _whole_records(data: bytes) -> int:
    """How many bytes the whole records at the beginning of `data` take, as its quotes tell."""
    import numpy

    before = int(numpy.count_nonzero(numpy.frombuffer(data, numpy.uint8) == QUOTE))
    end = len(data)
    while (feed := data.rfind(b"\n", 0, end)) >= 0:
        before -= data.count(b'"', feed, end)
        if before % 2 == 0:
            return feed + 1
        end = feed
    return 0


def _look_at(data: bytes, dialect: Dialect, longest: int, *, every: bool) -> _Count | None:
    """What is seen of `data`, which are whole records; None where they are not clean."""
    count, rest = _Count(), b""
    for start in range(0, len(data), PIECE):
        rest += data[start : start + PIECE]
        used = _look(rest, dialect, longest, count, every=every)
        if used < 0:
            return None
        rest = rest[used:]
    return None if rest else count


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


def _look(data: bytes, dialect: Dialect, longest: int, count: _Count, *, every: bool) -> int:
    """Look at the whole records at the beginning of `data` and add them to `count`; -1 where they are not clean.

    What is returned is how many bytes they take, which may be none. `every` counts all delimiters.
    """
    import numpy

    codes = numpy.frombuffer(data, numpy.uint8)
    quotes, feeds = numpy.flatnonzero(codes == QUOTE), numpy.flatnonzero(codes == FEED)
    odd = (numpy.searchsorted(quotes, feeds) & 1).astype(bool) if len(quotes) else None
    ends = feeds if odd is None else feeds[~odd]
    if not len(ends):
        return 0
    used = int(ends[-1]) + 1
    codes, quotes = codes[:used], quotes[: int(numpy.searchsorted(quotes, used))]
    feeds = feeds[: int(numpy.searchsorted(feeds, used))]
    piece = data if used == len(data) else data[:used]
    inside = len(feeds) - len(ends)
    tabs = _sound(piece, codes, feeds, count)
    if tabs < 0 or not _short(ends, longest) or not _parted(codes, feeds, ends):
        return -1
    if len(quotes) and not _quoted(codes, quotes, ord(dialect.delimiter)):
        return -1
    count.inner |= inside > 0 or (tabs > 0 and (dialect.delimiter != "\t" or len(quotes) > 0))
    if every or _open_ended(codes, ends, ord(dialect.delimiter)):
        count.weighed += len(ends)
        count.delimiters += _delimiters(codes, quotes, ord(dialect.delimiter))
    _mark(ends, feeds, count)
    count.records += len(ends)
    count.feeds += len(feeds)
    count.offset += used
    return used


def _mark(ends: "Positions", feeds: "Positions", count: _Count) -> None:
    """Checkpoints at the first record, and at the first after each `STEP` bytes."""
    import numpy

    count.checkpoints.append(Checkpoint(count.records, count.offset, count.feeds + 1))
    places = numpy.flatnonzero(numpy.diff(ends // STEP))
    lines = numpy.searchsorted(feeds, ends[places]) + count.feeds + 2
    for place, line in zip(places.tolist(), lines.tolist(), strict=True):
        count.checkpoints.append(Checkpoint(count.records + place + 1, count.offset + int(ends[place]) + 1, line))


def _sound(piece: bytes, codes: "numpy.ndarray", feeds: "Positions", count: _Count) -> int:
    """How many tabs there are; -1 where the piece is not UTF-8, or has a NUL or a bare CR."""
    import numpy

    if not piece.isascii():
        count.wide = True
        try:
            count.strange |= _has_strange(piece, codes, count)
        except UnicodeDecodeError:
            return -1
    tabs, low = 0, int(numpy.count_nonzero(codes < SPACE)) - len(feeds)
    if low:
        returns, tabs = piece.count(b"\r"), piece.count(b"\t")
        if b"\0" in piece or returns != int(numpy.count_nonzero(codes[feeds[feeds > 0] - 1] == RETURN)):
            return -1
        count.returns += returns
        count.controls |= low > returns + tabs
    count.controls |= bytes([DELETE]) in piece
    return tabs


def _has_strange(piece: bytes, codes: "numpy.ndarray", count: _Count) -> bool:
    """Whether a rule may speak of what is beyond ASCII in a piece; UnicodeDecodeError where that is not UTF-8.

    Where it is rare, it alone is looked at: eight bytes at once tell where it is.
    """
    import numpy

    eights = codes[: len(codes) & -8].view(numpy.uint64)
    hot = numpy.flatnonzero(eights & numpy.uint64(0x8080808080808080))
    if count.strange or len(hot) * 16 > max(len(codes), STEP):
        piece.decode("utf-8")
        return True
    tail = numpy.arange(len(codes) & -8, len(codes))
    places = numpy.concatenate([(hot[:, None] * 8 + numpy.arange(8)).ravel(), tail])
    places = places[codes[places] >= ASCII]
    found = codes[places]
    follows = found & 0xC0 == ASCII
    beside = numpy.diff(places, prepend=-2) == 1
    if (follows & ~beside).any():
        piece.decode("utf-8")  # It cannot be: this raises.
    letters = set(found.tobytes().decode("utf-8"))
    return bool((beside & ~follows).any()) or not letters <= TAME


def _short(ends: "Positions", longest: int) -> bool:
    """Whether no record is longer than a cell may be; where one is, the lexer counts its cells."""
    import numpy

    return int(ends[0]) < longest and (len(ends) == 1 or int(numpy.diff(ends).max()) <= longest)


def _parted(codes: "numpy.ndarray", feeds: "Positions", ends: "Positions") -> bool:
    """Whether no record is a blank line: a line end right behind the end of a record."""
    follows = ends[:-1] + 1
    following = codes[follows]
    if codes[0] in (FEED, RETURN):
        return False
    # A CR stands nowhere but before a line feed.
    return not (following <= RETURN).any() or not ((following == FEED) | (following == RETURN)).any()


def _quoted(codes: "numpy.ndarray", quotes: "Positions", delimiter: int) -> bool:
    """Whether all quotes enclose whole cells, or are doubled within such.

    Quotes open and close in turn; a doubled one closes and opens at the same place. Every other
    must touch a separator on its outer side.
    """
    import numpy

    opens, closes = quotes[0::2], quotes[1::2]
    before, after = codes[numpy.maximum(opens - 1, 0)], codes[closes + 1]
    parted = (before == delimiter) | (before == FEED)
    ended = (after == delimiter) | (after == FEED) | (after == RETURN)
    doubled = opens[1:] == closes[:-1] + 1
    begun = bool(parted[0]) or int(opens[0]) == 0
    return begun and bool(ended[-1]) and bool((doubled | (parted[1:] & ended[:-1])).all())


def _open_ended(codes: "numpy.ndarray", ends: "Positions", delimiter: int) -> bool:
    """Whether any record ends with a delimiter."""
    import numpy

    last = codes[numpy.maximum(ends - 1, 0)]
    if (last == RETURN).any():
        last = numpy.where(last == RETURN, codes[numpy.maximum(ends - 2, 0)], last)
    return bool((last == delimiter).any())


def _delimiters(codes: "numpy.ndarray", quotes: "Positions", delimiter: int) -> int:
    """How many delimiters there are outside of quotes."""
    import numpy

    found = codes == delimiter
    total = int(numpy.count_nonzero(found))
    if not len(quotes):
        return total
    # The sums between one quote and the next, of which every other is inside.
    return total - int(numpy.add.reduceat(found, quotes, dtype=numpy.int64)[0::2].sum())
