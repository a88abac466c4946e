"""Delimited text read exactly as RFC 4180 and the dialect have it, with physical lines.

`survey` reads a file once at the speed of memory and says whether it is beyond doubt: then any
strict reader sees the same table, and DuckDB may read it. `lex` is the exact reader for all
other files, for headers and for single rows; it recovers at the next line, so that one stray
quote never swallows the rows after it. Lines are counted by line feeds, from 1.
"""

import hashlib
import mmap
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from datapkg.dialect import Dialect

BLOCK = 1 << 22
LONGEST = 1 << 26
BOM = b"\xef\xbb\xbf"

Buffer = bytes | mmap.mmap

STRAY_QUOTE = "a quote stands inside an unquoted cell"
OPEN_QUOTE = "a quote opens the cell and is never closed properly"
BARE_RETURN = "a carriage return stands without its line feed"
NUL = "the cell holds a NUL byte"


@dataclass(slots=True)
class Record:
    """One record: its first line, its bytes in the file, its cells, and what is wrong with them.

    `spans` are the bytes of each cell as written, quotes included; `faults` are (cell, note).
    """

    line: int
    start: int
    end: int
    cells: list[bytes]
    spans: list[tuple[int, int]]
    faults: list[tuple[int, str]]

    @property
    def blank(self) -> bool:
        """Whether the line holds nothing at all."""
        return self.start == self.end


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A place to start reading: the record number, from 0, its first byte and its line."""

    record: int
    offset: int
    line: int


@dataclass(frozen=True, slots=True)
class Survey:
    """What one fast reading of a file shows. `records` counts the header; -1 where not clean."""

    size: int
    sha256: str
    clean: bool
    records: int
    checkpoints: tuple[Checkpoint, ...]


def lex(data: Buffer, dialect: Dialect, *, offset: int = 0, line: int = 1) -> Iterator[Record]:
    """The records of `data` from `offset`, which is the beginning of line `line`."""
    cell, literal = _patterns(dialect)
    comment = dialect.comment.encode() if dialect.comment else None
    quote = (dialect.quote or "\0").encode()
    escape = dialect.escape.encode() if dialect.escape else None
    position, end = offset, len(data)
    while position < end:
        if comment and data[position : position + len(comment)] == comment:
            position, line = data.find(b"\n", position) + 1 or end, line + 1
            continue
        record = Record(line, position, position, [], [], [])
        while True:
            match = cell.match(data, position)
            if match is None:
                match = literal.match(data, position)
                assert match is not None, "the literal pattern matches anything"
                record.faults.append((len(record.cells), _fault(match[1], quote)))
                text = match[1]
            elif match[1] is not None:
                text = match[1]
                if escape:
                    text = re.sub(re.escape(escape) + b"(.)", rb"\1", text, flags=re.DOTALL)
                elif quote in text:
                    text = text.replace(quote * 2, quote)
            else:
                text = match[2]
            if b"\0" in text:
                record.faults.append((len(record.cells), NUL))
            record.cells.append(text)
            record.spans.append((match.start(), match.start(3) if match.lastindex == 3 else match.start(2)))
            separator = match[match.lastindex or 0]
            position = match.end()
            if separator != dialect.delimiter.encode():
                break
            if position == end:
                # A delimiter at the very end of the file is followed by one more, empty cell.
                record.cells.append(b"")
                record.spans.append((end, end))
                separator = b""
                break
        record.end = record.spans[-1][1]
        line += data[record.start : position].count(b"\n")
        yield record


def _fault(text: bytes, quote: bytes) -> str:
    if text.startswith(quote):
        return OPEN_QUOTE
    return STRAY_QUOTE if quote in text else BARE_RETURN


def _patterns(dialect: Dialect) -> tuple[re.Pattern[bytes], re.Pattern[bytes]]:
    """A cell as it should be: (quoted)|(plain)(separator); and one as it may be: (text)(separator)."""
    delimiter = re.escape(dialect.delimiter).encode()
    stop = b"(" + delimiter + rb"|\r\n|\n|\Z)"
    space = b" *+" if dialect.skip_initial_space else b""
    if dialect.quote is None:
        plain = rb"((?:(?!" + delimiter + rb")[^\r\n])*+)"
        return re.compile(space + rb"(?:(?!)(.)|" + plain + b")" + stop, re.DOTALL), _literal(delimiter, stop)
    quote = re.escape(dialect.quote).encode()
    other = b"[^" + quote + b"]*+"
    if dialect.escape:
        escape = re.escape(dialect.escape).encode()
        inner = b"(?:[^" + quote + escape + b"]|" + escape + b".)*+"
    elif dialect.double_quote:
        inner = other + b"(?:" + quote * 2 + other + b")*+"
    else:
        inner = other
    plain = b"((?:(?!" + delimiter + b")[^" + quote + rb"\r\n])*+)"
    if len(dialect.delimiter) == 1:
        plain = b"([^" + quote + delimiter + rb"\r\n]*+)"
    whole = space + b"(?:" + quote + b"(" + inner + b")" + quote + b"|" + plain + b")" + stop
    return re.compile(whole, re.DOTALL), _literal(delimiter, stop)


def _literal(delimiter: bytes, stop: bytes) -> re.Pattern[bytes]:
    return re.compile(rb"((?:(?!" + delimiter + rb"|\r\n|\n).)*+)" + stop, re.DOTALL)


# ---------------------------------------------------------------- survey


def survey(path: Path, dialect: Dialect) -> Survey:
    """One fast reading of the file at `path`.

    Clean means: RFC 4180 to the letter, valid UTF-8, one kind of line end, no NUL, no blank
    line, no comment. What is not provably clean is not, and `lex` then says what it is.
    """
    digest = hashlib.sha256()
    checkpoints: list[Checkpoint] = []
    records, line, offset, size = 0, 1, 0, 0
    clean, returns, feeds, rest = dialect.plain, 0, 0, b""
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            digest.update(block)
            size += len(block)
            if not clean:
                continue
            if offset == 0 and not rest and block.startswith(BOM):
                block, offset = block[3:], 3
            rest += block
            piece = rest[: _boundary(rest)]
            if not piece:
                clean = len(rest) < LONGEST
                continue
            rest = rest[len(piece) :]
            checkpoints.append(Checkpoint(records, offset, line))
            count = _clean_records(piece, dialect.delimiter.encode())
            clean = count >= 0
            returns += piece.count(b"\r")
            newlines = piece.count(b"\n")
            records, line, offset, feeds = records + count, line + newlines, offset + len(piece), feeds + newlines
    if clean and rest:
        checkpoints.append(Checkpoint(records, offset, line))
        count = _clean_records(rest + b"\n", dialect.delimiter.encode())
        clean = count >= 0 and rest.count(b"\r") == (rest.count(b"\n") if returns else 0)
        records += count
    clean = clean and returns in (0, feeds)
    return Survey(size, digest.hexdigest(), clean, records if clean else -1, tuple(checkpoints) if clean else ())


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


def _clean_records(piece: bytes, delimiter: bytes) -> int:
    """How many records a piece of whole records has, or -1 where it is not clean beyond doubt."""
    if b"\0" in piece or piece.count(b"\r") != piece.count(b"\r\n"):
        return -1
    try:
        piece.decode("utf-8")
    except UnicodeDecodeError:
        return -1
    blank = (b"\n\n", b"\n\r\n")
    if b'"' not in piece:
        if piece[:1] in b"\r\n" or any(mark in piece for mark in blank):
            return -1
        return piece.count(b"\n")
    # Quotes part the text into outside and inside in turn; a doubled quote shows as an empty
    # outside. Every other outside must touch a separator at both of its quotes.
    parts = piece.split(b'"')
    outside = parts[0::2]
    edges = {part[:1] + part[-1:] for part in outside[1:-1]}
    before, after = outside[0][-1:], outside[-1][:1]
    opens, closes = (b"", delimiter, b"\n"), (b"", delimiter, b"\r", b"\n")
    good = {b""} | {close + open_ for close in closes[1:] for open_ in opens[1:]}
    if len(parts) % 2 == 0 or before not in opens or after not in closes or not edges <= good:
        return -1
    if outside[0][:1] in (b"\r", b"\n"):
        return -1
    if any(mark in piece for mark in blank) and any(mark in part for mark in blank for part in outside):
        return -1
    return piece.count(b"\n") - b"".join(parts[1::2]).count(b"\n")


def checkpoint_before(checkpoints: Sequence[Checkpoint], record: int) -> Checkpoint:
    """The nearest place to start reading for `record`."""
    return max((point for point in checkpoints if point.record <= record), key=lambda point: point.record)
