"""What the bytes of whole records show, looked at together as arrays: whether they are beyond doubt, what they hold.

Nothing is copied: what is looked at is a view of the block that was read.
"""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from datapkg.characters import TAME
from datapkg.dialect import Dialect
from datapkg.engine.lexer import Checkpoint

if TYPE_CHECKING:
    import numpy

    Codes = numpy.ndarray[tuple[int], numpy.dtype[numpy.uint8]]
    Flags = numpy.ndarray[tuple[int], numpy.dtype[numpy.bool_]]
    Positions = numpy.ndarray[tuple[int], numpy.dtype[numpy.int64]]

PIECE = 1 << 19
"""Bytes looked at together: few enough for the processor's own memory."""
STEP = 1 << 15
"""Bytes from one checkpoint to the next, which is what is read again to find a row."""
RARE = 256
"""Where fewer than one byte in so many is looked for, its places are found by groups of eight."""
NUL, TAB, FEED, RETURN, SPACE, QUOTE, DELETE, ASCII = 0, 9, 10, 13, 32, 34, 127, 128


@dataclass(slots=True)
class Count:
    """What has been seen so far of a file that is clean up to here; the flags are those of a `Texture`."""

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

    def add(self, more: "Count | None") -> bool:
        """Add what was seen behind this; whether it is clean."""
        if more is None:
            return False
        self.checkpoints.extend(
            Checkpoint(point.record + self.records, point.offset + self.offset, point.line + self.feeds)
            for point in more.checkpoints
        )
        for name in ("records", "feeds", "returns", "weighed", "delimiters", "offset"):
            setattr(self, name, getattr(self, name) + getattr(more, name))
        for name in ("wide", "strange", "controls", "inner"):
            setattr(self, name, getattr(self, name) or getattr(more, name))
        return True


def whole_records(data: bytes | memoryview) -> int:
    """How many bytes the whole records at the beginning of `data` take, as its quotes tell."""
    import numpy

    codes = numpy.frombuffer(data, numpy.uint8)
    before, end, size = int(numpy.count_nonzero(codes == QUOTE)), len(codes), STEP
    while end:
        # From the end back, to the last line feed that is in no quotes.
        start = max(end - size, 0)
        quotes, feeds = (numpy.flatnonzero(codes[start:end] == code) for code in (QUOTE, FEED))
        before -= len(quotes)
        outside = feeds[(numpy.searchsorted(quotes, feeds) + before) & 1 == 0]
        if len(outside):
            return start + int(outside[-1]) + 1
        end, size = start, size * 2
    return 0


def look_at(data: bytes | memoryview, dialect: Dialect, longest: int, *, every: bool) -> Count | None:
    """What is seen of `data`, which are whole records; None where they are not clean.

    `longest` is how many bytes a record may have, and `every` counts all delimiters.
    """
    import numpy

    codes, count = numpy.frombuffer(data, numpy.uint8), Count()
    start, size = 0, PIECE
    while start < len(codes):
        used = _look(codes[start : start + size], dialect, longest, count, every=every)
        if used < 0 or (not used and start + size >= len(codes)):
            return None
        start, size = start + used, PIECE if used else size * 2
    return count


def _look(codes: "Codes", dialect: Dialect, longest: int, count: Count, *, every: bool) -> int:
    """Look at the whole records at the beginning of `codes` and add them to `count`; -1 where they are not clean.

    What is returned is how many bytes they take, which may be none. `every` counts all delimiters.
    """
    import numpy

    quotes, feeds = _places(codes == QUOTE), _places(codes == FEED)
    odd = (numpy.searchsorted(quotes, feeds) & 1).astype(bool) if len(quotes) else None
    ends = feeds if odd is None else feeds[~odd]
    if not len(ends):
        return 0
    used = int(ends[-1]) + 1
    codes, quotes = codes[:used], quotes[: int(numpy.searchsorted(quotes, used))]
    feeds = feeds[: int(numpy.searchsorted(feeds, used))]
    inside = len(feeds) - len(ends)
    tabs = _sound(codes, feeds, count)
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


def _places(found: "Flags") -> "Positions":
    """Where it is true. Eight at once tell where to look, where that is seldom."""
    import numpy

    if int(numpy.count_nonzero(found)) * RARE > len(found):
        return numpy.flatnonzero(found)
    whole = len(found) & -8
    eights = numpy.flatnonzero(found[:whole].view(numpy.uint64) != 0)
    hits = numpy.flatnonzero(found[:whole].reshape(-1, 8)[eights])
    return numpy.concatenate([eights[hits >> 3] * 8 + (hits & 7), numpy.flatnonzero(found[whole:]) + whole])


def _mark(ends: "Positions", feeds: "Positions", count: Count) -> None:
    """Checkpoints at the first record, and at the first after each `STEP` bytes."""
    import numpy

    count.checkpoints.append(Checkpoint(count.records, count.offset, count.feeds + 1))
    places = numpy.flatnonzero(numpy.diff(ends // STEP))
    lines = numpy.searchsorted(feeds, ends[places]) + count.feeds + 2
    for place, line in zip(places.tolist(), lines.tolist(), strict=True):
        count.checkpoints.append(Checkpoint(count.records + place + 1, count.offset + int(ends[place]) + 1, line))


def _sound(codes: "Codes", feeds: "Positions", count: Count) -> int:
    """How many tabs there are; -1 where the piece is not UTF-8, or has a NUL or a bare CR."""
    import numpy

    if codes.view(numpy.int8).min() < 0:
        count.wide = True
        try:
            count.strange |= _has_strange(codes, count)
        except UnicodeDecodeError:
            return -1
    tabs, low = 0, int(numpy.count_nonzero(codes < SPACE)) - len(feeds)
    if low:
        returns, tabs = (int(numpy.count_nonzero(codes == code)) for code in (RETURN, TAB))
        if (codes == NUL).any() or returns != int(numpy.count_nonzero(codes[feeds[feeds > 0] - 1] == RETURN)):
            return -1
        count.returns += returns
        count.controls |= low > returns + tabs
    count.controls |= bool((codes == DELETE).any())
    return tabs


def _has_strange(codes: "Codes", count: Count) -> bool:
    """Whether a rule may speak of what is beyond ASCII in a piece; UnicodeDecodeError where that is not UTF-8.

    Where it is rare, it alone is looked at.
    """
    import numpy

    wide = codes >= ASCII
    if count.strange or int(numpy.count_nonzero(wide)) * 16 > max(len(codes), STEP):
        codes.tobytes().decode("utf-8")
        return True
    places = _places(wide)
    found = codes[places]
    follows = found & 0xC0 == ASCII
    beside = numpy.diff(places, prepend=-2) == 1
    if (follows & ~beside).any():
        codes.tobytes().decode("utf-8")  # It cannot be: this raises.
    letters = set(found.tobytes().decode("utf-8"))
    return bool((beside & ~follows).any()) or not letters <= TAME


def _short(ends: "Positions", longest: int) -> bool:
    """Whether no record is longer than a cell may be; where one is, the lexer counts its cells."""
    import numpy

    return int(ends[0]) < longest and (len(ends) == 1 or int(numpy.diff(ends).max()) <= longest)


def _parted(codes: "Codes", feeds: "Positions", ends: "Positions") -> bool:
    """Whether no record is a blank line: a line end right behind the end of a record."""
    follows = ends[:-1] + 1
    following = codes[follows]
    if codes[0] in (FEED, RETURN):
        return False
    # A CR stands nowhere but before a line feed.
    return not (following <= RETURN).any() or not ((following == FEED) | (following == RETURN)).any()


def _quoted(codes: "Codes", quotes: "Positions", delimiter: int) -> bool:
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


def _open_ended(codes: "Codes", ends: "Positions", delimiter: int) -> bool:
    """Whether any record ends with a delimiter."""
    import numpy

    last = codes[numpy.maximum(ends - 1, 0)]
    if (last == RETURN).any():
        last = numpy.where(last == RETURN, codes[numpy.maximum(ends - 2, 0)], last)
    return bool((last == delimiter).any())


def _delimiters(codes: "Codes", quotes: "Positions", delimiter: int) -> int:
    """How many delimiters there are outside of quotes."""
    import numpy

    found = codes == delimiter
    total = int(numpy.count_nonzero(found))
    if not len(quotes):
        return total
    # The sums between one quote and the next, of which every other is inside.
    return total - int(numpy.add.reduceat(found, quotes, dtype=numpy.int64)[0::2].sum())
