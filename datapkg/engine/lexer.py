"""Delimited text read exactly as RFC 4180 and the dialect have it, with physical lines.

`lex` recovers at the next line, so that one stray quote never swallows the rows after it, and it
never holds more of the file than one line of the length that the limits allow. Lines are counted
by line feeds, from 1.
"""

import mmap
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import accumulate, pairwise
from typing import NamedTuple

from datapkg.dialect import Dialect
from datapkg.limits import Limits

BOM = b"\xef\xbb\xbf"
FAR = 1 << 26
"""Bytes of a mapped file that are held in memory before those that were read are let go."""

WHOLE_LINE = -1
"""The cell of a flaw that is one of the whole record."""

Buffer = bytes | mmap.mmap


class Flaw(NamedTuple):
    """What is wrong with a cell, counted from 0, or with the whole line: a rule's code, and how."""

    cell: int
    code: str
    note: str


STRAY_QUOTE = ("quote-error", "a quote stands inside a cell that is not quoted")
OPEN_QUOTE = ("quote-error", "a quote opens the cell, and no quote before a delimiter or a line end closes it")
BARE_ESCAPE = ("quote-error", "the escape character escapes nothing")
BARE_RETURN = ("line-ending", "a carriage return stands without its line feed")
QUOTED_RETURN = ("line-ending", "a line end inside the quotes is not of the kind that ends the file's lines")
OTHER_END = ("line-ending", "the line ends with {found} where the lines before it end with {wanted}")
NUL = ("nul-byte", "the cell holds a NUL byte")
LONG_CELL = ("cell-too-long", "the cell has {found} bytes, the limit is {wanted}")
LONG_LINE = ("line-too-long", "the row has more than {wanted} bytes, which is the limit")
MANY_CELLS = ("too-many-columns", "the row has more than {wanted} cells, which is the limit")
BLANKS = {b"\n": re.compile(rb"\n{64,65536}+"), b"\r\n": re.compile(rb"(?:\r\n){64,65536}+")}
"""Blank lines that are read in one go."""
ENDS = {b"\n": "LF", b"\r\n": "CR LF", b"\r": "CR"}


@dataclass(slots=True)
class Record:
    """One record: its first line, its bytes in the file, its cells, and what is wrong with them.

    `ending` is its line end. `lost` says that what stands behind the last cell was not read as
    cells. `quoted` are the bytes of each cell, None where no cell is written other than it reads,
    with delimiters of `step` bytes between them. `times` is how many blank lines it stands for.
    """

    line: int
    start: int
    end: int
    cells: list[bytes] = field(default_factory=list)
    faults: list[Flaw] = field(default_factory=list)
    ending: bytes = b""
    comment: bool = False
    lost: bool = False
    quoted: list[tuple[int, int]] | None = None
    step: int = 1
    times: int = 1

    @property
    def spans(self) -> list[tuple[int, int]]:
        """The bytes of each cell as written, quotes included."""
        if self.quoted is not None:
            return self.quoted
        ends = list(accumulate((len(cell) + self.step for cell in self.cells), initial=self.start))
        return [(start, end - self.step) for start, end in pairwise(ends)]

    @property
    def blank(self) -> bool:
        """Whether the line holds nothing at all."""
        return self.start == self.end


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A place to start reading: the data row, its first byte, its line, and the records before it."""

    record: int
    offset: int
    line: int
    number: int = 0


@dataclass(frozen=True, slots=True)
class _Marks:
    """What the dialect makes of a cell: what is unusual, a cell as it should be, as it may be, and its escapes."""

    special: re.Pattern[bytes]
    cell: re.Pattern[bytes]
    literal: re.Pattern[bytes]
    escaped: re.Pattern[bytes] | None
    delimiter: bytes
    quote: bytes
    doubled: bytes
    comment: bytes


def lex(
    data: Buffer, dialect: Dialect, limits: Limits = Limits(), *, offset: int = 0, line: int = 1
) -> Iterator[Record]:
    """The records of `data` from `offset`, which is the beginning of line `line`."""
    marks = _marks(dialect)
    position, end, newline, kept = offset, len(data), b"", 0
    numbered = dialect.header_rows in ((), (1,)) and not dialect.comment_rows
    while position < end:
        if position - kept > FAR:
            kept = _release(data, kept, position)
        record = Record(line, position, position)
        if marks.comment and data[position : position + len(marks.comment)] == marks.comment:
            record.comment = True
            position = _skip_line(data, position, record)
        else:
            position = _read_line(data, marks, limits, record) or _read_record(data, marks, limits, record)
        newline = newline or record.ending
        feeds = 1 if record.ending else 0
        if record.quoted is None and record.ending == newline:
            pass
        elif position - record.start <= limits.line_bytes:
            raw = data[record.start : position]
            feeds = raw.count(b"\n")
            if b"\0" in raw:
                record.faults.extend(Flaw(number, *NUL) for number, cell in enumerate(record.cells) if b"\0" in cell)
            if feeds > 1 or record.ending != newline or b"\r" in raw[: record.end - record.start]:
                _add_line_flaws(record, raw, newline)
        yield record
        line += feeds
        if record.start == record.end and newline in BLANKS and numbered:
            match = BLANKS[newline].match(data, position)
            if match is not None:
                times = (match.end() - position) // len(newline)
                yield Record(line, position, position, [b""], ending=newline, times=times)
                line, position = line + times, match.end()


def find(data: Buffer, mark: bytes, position: int) -> int:
    """Where `mark`, a single byte, is found from `position` on, or -1; what was passed is not kept in memory."""
    for start in range(position, len(data), FAR):
        found = data.find(mark, start, start + FAR)
        if found >= 0:
            return found
        _release(data, start, min(start + FAR, len(data)))
    return -1


def _release(data: Buffer, start: int, stop: int) -> int:
    """Let the system drop the pages of a mapped file that have been read; how far they are dropped."""
    first, last = -(-start // mmap.PAGESIZE) * mmap.PAGESIZE, stop // mmap.PAGESIZE * mmap.PAGESIZE
    if isinstance(data, mmap.mmap) and hasattr(mmap, "MADV_DONTNEED") and last > first:
        data.madvise(mmap.MADV_DONTNEED, first, last - first)
    return last


def _read_line(data: Buffer, marks: _Marks, limits: Limits, record: Record) -> int:
    """Fill `record` from a line without quotes, and return where the next one begins; 0 where it is not so plain."""
    start, end = record.start, len(data)
    feed = data.find(b"\n", start, start + limits.cell_bytes)
    if feed < 0:
        if end - start > limits.cell_bytes:
            return 0
        feed = end
    line = data[start:feed]
    if line[-1:] == b"\r" and feed < end:
        line, record.ending = line[:-1], b"\r\n"
    elif feed < end:
        record.ending = b"\n"
    if marks.special.search(line) is not None:
        return 0
    cells = line.split(marks.delimiter)
    if len(cells) > limits.columns:
        return 0
    record.cells, record.end, record.step = cells, start + len(line), len(marks.delimiter)
    return feed + 1 if feed < end else end


def _read_record(data: Buffer, marks: _Marks, limits: Limits, record: Record) -> int:
    """Fill `record` from its first byte on, and return where the next one begins."""
    position, end = record.start, len(data)
    bound = min(end, position + limits.line_bytes)
    record.ending, record.quoted = b"", []
    cells, spans, whole, escaped = record.cells, record.quoted, marks.cell, marks.escaped
    while True:
        match = whole.match(data, position, bound)
        if match is None:
            match = marks.literal.match(data, position, bound)
            assert match is not None, "the literal pattern matches anything"
            text, separator = match.groups()
            span = match.span(1)
            record.faults.append(Flaw(len(cells), *_fault(text, marks)))
        else:
            text, plain, separator = match.groups()
            if text is None:
                text = plain if escaped is None else escaped.sub(rb"\1\2", plain)
            elif escaped is not None:
                text = escaped.sub(rb"\1\2", text)
            elif marks.doubled in text:
                text = text.replace(marks.doubled, marks.quote)
            span = (match.start(), match.start(3))
        position = match.end()
        if position == bound < end and not separator:
            record.faults[:] = [Flaw(WHOLE_LINE, LONG_LINE[0], LONG_LINE[1].format(wanted=f"{limits.line_bytes:,}"))]
            return _skip_line(data, position, record)
        if len(text) > limits.cell_bytes:
            note = LONG_CELL[1].format(found=f"{len(text):,}", wanted=f"{limits.cell_bytes:,}")
            record.faults.append(Flaw(len(cells), LONG_CELL[0], note))
            text = b""
        cells.append(text)
        spans.append(span)
        if separator != marks.delimiter:
            record.ending, record.end = separator, span[1]
            return position
        if len(cells) >= limits.columns:
            record.faults.append(Flaw(WHOLE_LINE, MANY_CELLS[0], MANY_CELLS[1].format(wanted=f"{limits.columns:,}")))
            return _skip_line(data, position, record)
        if position == end:
            # A delimiter at the very end of the file is followed by one more, empty cell.
            cells.append(b"")
            spans.append((end, end))
            record.end = end
            return position


def _skip_line(data: Buffer, position: int, record: Record) -> int:
    """End the record at the next line end, whatever stands before it; the first byte behind that."""
    feed = find(data, b"\n", position)
    record.lost = not record.comment
    if feed < 0:
        record.end = len(data)
        return len(data)
    record.ending = b"\r\n" if feed and data[feed - 1 : feed] == b"\r" else b"\n"
    record.end = max(record.start, feed + 1 - len(record.ending))
    return feed + 1


def _fault(text: bytes, marks: _Marks) -> tuple[str, str]:
    if marks.quote and text.lstrip(b" ").startswith(marks.quote):
        return OPEN_QUOTE if text.startswith(marks.quote) else STRAY_QUOTE
    if marks.quote and marks.quote in text:
        return STRAY_QUOTE
    return BARE_RETURN if b"\r" in text else BARE_ESCAPE


def _add_line_flaws(record: Record, raw: bytes, newline: bytes) -> None:
    """Line ends that are not of the file's own kind: the record's own, and those inside its quotes.

    A line feed in quotes is read alike by all, also in a file whose lines end with CR LF.
    """
    known = {flaw.cell for flaw in record.faults}
    for number, (start, end) in enumerate(record.spans):
        part = raw[start - record.start : end - record.start]
        pairs, feeds, returns = part.count(b"\r\n"), part.count(b"\n"), part.count(b"\r")
        alike = not returns or (feeds == returns == pairs and newline != b"\n")
        if feeds + returns and not alike and number not in known:
            record.faults.append(Flaw(number, *QUOTED_RETURN))
    if record.ending not in (newline, b""):
        note = OTHER_END[1].format(found=ENDS[record.ending], wanted=ENDS[newline])
        record.faults.append(Flaw(WHOLE_LINE, OTHER_END[0], note))


@lru_cache(64)
def _marks(dialect: Dialect) -> _Marks:
    """A cell as it should be: (quoted)|(plain)(separator); and one as it may be: (text)(separator)."""
    delimiter = re.escape(dialect.delimiter.encode())
    stop = b"(" + delimiter + rb"|\r\n|\n|\Z)"
    space = b" *+" if dialect.skip_initial_space else b""
    quote, escape = (dialect.quote or "").encode(), (dialect.escape or "").encode()
    special = re.escape(quote) + re.escape(escape)
    plain, ahead = b"[^" + special + rb"\r\n]", b"(?!" + delimiter + b")"
    if len(dialect.delimiter.encode()) == 1:
        plain, ahead = b"[^" + special + delimiter + rb"\r\n]", b""
    if ahead:
        plain = b"(?:" + ahead + plain + b")"
    inner = b"[^" + special + b"]"
    if escape:
        # The escape takes away what the next character means, in quotes and outside of them.
        plain = b"(?:" + plain + b"|" + re.escape(escape) + b".)"
        inner = b"(?:" + inner + b"|" + re.escape(escape) + b"." + (b"|" + re.escape(quote) * 2) * bool(quote) + b")"
        if not dialect.double_quote:
            inner = b"(?:[^" + special + b"]|" + re.escape(escape) + b".)"
    inner += b"*+"
    if quote and not escape and dialect.double_quote:
        inner += b"(?:" + re.escape(quote) * 2 + inner + b")*+"
    quoted = re.escape(quote) + b"(" + inner + b")" + re.escape(quote) if quote else b"(?!)(.)"
    whole = space + b"(?:" + quoted + b"|(" + plain + b"*+))" + stop
    literal = rb"((?:(?!" + delimiter + rb"|\r\n|\n).)*+)" + stop
    doubled = re.escape(quote) + b"(" + re.escape(quote) + b")" if quote and dialect.double_quote else b"(?!)()"
    escaped = re.compile(re.escape(escape) + b"(.)|" + doubled, re.DOTALL) if escape else None
    unusual = (b" " if dialect.skip_initial_space else b"") + re.escape(quote) + re.escape(escape)
    return _Marks(
        special=re.compile(b"[" + unusual + rb"\r\0]"),
        cell=re.compile(whole, re.DOTALL),
        literal=re.compile(literal, re.DOTALL),
        escaped=escaped,
        delimiter=dialect.delimiter.encode(),
        quote=quote,
        doubled=quote * 2,
        comment=(dialect.comment or "").encode(),
    )


def checkpoint_before(checkpoints: Sequence[Checkpoint], record: int) -> Checkpoint:
    """The nearest place to start reading for `record`."""
    return max((point for point in checkpoints if point.record <= record), key=lambda point: point.record)
