"""A table's file as its records: what an operator looks at, and the ways in which it writes it anew.

Cells are written in the file's own dialect; all that a change does not touch keeps its bytes.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from datapkg.dialect import Dialect
from datapkg.engine.lexer import Record
from datapkg.engine.records import DATA, HEADER, records
from datapkg.limits import Limits
from datapkg.schema import Column, ForeignKey, Schema

Splice = tuple[int, int, bytes]


@dataclass(frozen=True)
class Edit:
    """A corrupted file, and what was done to it.

    `data` is UTF-8, unless `raw` says that these are the very bytes of the file. `lines` are the
    lines, from 1, of the corrupted file on which a finding would name the fault.
    """

    data: bytes
    lines: tuple[int, ...]
    column: str | None
    old: str
    new: str
    raw: bool = False


@dataclass(frozen=True)
class Sheet:
    """The records of a file. `data` is UTF-8; `header` is None where the file has none.

    `targets` holds, for each foreign key, the keys that it may name; `named` are the rows, from
    0, that some row refers to.
    """

    schema: Schema
    dialect: Dialect
    data: bytes
    header: Record | None
    rows: tuple[Record, ...]
    targets: Mapping[ForeignKey, tuple[tuple[str, ...], ...]] = field(default_factory=dict)
    named: frozenset[int] = frozenset()

    @cached_property
    def positions(self) -> Mapping[str, int]:
        """Where each column stands in the file, from 0."""
        names = [column.name for column in self.schema.columns]
        labels = [text_of(cell) for cell in self.header.cells] if self.header is not None else names
        return {name: labels.index(name) for name in names if name in labels}

    @cached_property
    def newline(self) -> bytes:
        """The line end of the file, that of its first line."""
        first = self.data.find(b"\n")
        return b"\r\n" if first > 0 and self.data[first - 1 : first] == b"\r" else b"\n"

    def cells(self, row: int) -> list[str]:
        """The cells of a row, from 0, in the order of the file."""
        return [text_of(cell) for cell in self.rows[row].cells]

    def cell(self, row: int, column: str) -> str:
        """One cell; a cell that is not there is empty."""
        cells, position = self.rows[row].cells, self.positions[column]
        return text_of(cells[position]) if position < len(cells) else ""

    def empty(self, row: int, column: Column) -> bool:
        """Whether a cell says that there is no value."""
        return self.cell(row, column.name) in column.missing_values

    def end_of_line(self, record: Record) -> int:
        """The first byte behind the line end of a record."""
        return self.data.find(b"\n", record.end) + 1 or len(self.data)

    def line_after(self, row: int) -> int:
        """The line on which a row stands that is put in behind `row`."""
        record = self.rows[row]
        return record.line + self.data[record.start : record.end].count(b"\n") + 1

    def written(self, text: str, *, quoted: bool = False) -> bytes | None:
        """A cell as the dialect writes it; None where it has no way to."""
        dialect = self.dialect
        marks = [dialect.delimiter, "\n", "\r", *(mark for mark in (dialect.quote, dialect.escape) if mark)]
        odd = any(mark in text for mark in marks) or (dialect.comment is not None and text.startswith(dialect.comment))
        odd = odd or (dialect.skip_initial_space and text.startswith(" "))
        if not odd and not quoted:
            return text.encode("utf-8")
        if dialect.quote is None:
            return None
        if dialect.escape:
            text = text.replace(dialect.escape, dialect.escape * 2).replace(
                dialect.quote, dialect.escape + dialect.quote
            )
        elif dialect.double_quote:
            text = text.replace(dialect.quote, dialect.quote * 2)
        elif dialect.quote in text:
            return None
        return f"{dialect.quote}{text}{dialect.quote}".encode()

    def line(self, cells: Iterable[str]) -> bytes | None:
        """A row with its line end; None where a cell cannot be written."""
        texts = [self.written(cell) for cell in cells]
        if None in texts:
            return None
        return self.dialect.delimiter.encode().join(text or b"" for text in texts) + self.newline

    def spliced(self, splices: Iterable[Splice]) -> bytes:
        """The file with each (start, end) of bytes replaced."""
        pieces, last = [], 0
        for start, end, new in sorted(splices):
            pieces += [self.data[last:start], new]
            last = end
        return b"".join([*pieces, self.data[last:]])

    def splice(self, row: int, column: str, text: str) -> Splice | None:
        """The bytes of one cell replaced by another text."""
        position = self.positions[column]
        record = self.rows[row]
        if position >= len(record.spans):
            return None
        start, end = record.spans[position]
        quote = (self.dialect.quote or "\0").encode()
        new = self.written(text, quoted=self.data[start:end].startswith(quote))
        return None if new is None else (start, end, new)

    def put(self, row: int, texts: Mapping[str, str], *, shown: str | None = None) -> Edit | None:
        """The file with other texts in cells of one row; None where that changes nothing."""
        splices = [self.splice(row, column, text) for column, text in texts.items()]
        if None in splices:
            return None
        data = self.spliced(splice for splice in splices if splice is not None)
        column = shown or next(iter(texts))
        old = ", ".join(self.cell(row, name) for name in texts)
        new = ", ".join(texts.values())
        return None if data == self.data else Edit(data, (self.rows[row].line,), column, old, new)

    def inserted(self, row: int, line: bytes) -> bytes:
        """The file with a line put in behind a row."""
        at = self.end_of_line(self.rows[row])
        before = b"" if self.data[:at].endswith(b"\n") else self.newline
        return self.data[:at] + before + line + self.data[at:]

    def removed(self, row: int) -> Splice:
        """The bytes of a row taken away."""
        record = self.rows[row]
        return (record.start, self.end_of_line(record), b"")


def text_of(cell: bytes) -> str:
    """A cell as text; bytes that are none show as the replacement character."""
    return cell.decode("utf-8", "replace")


def read_sheet(data: bytes, schema: Schema, dialect: Dialect) -> Sheet:
    """The sheet of a file's text (UTF-8, a byte order mark allowed)."""
    header, rows = None, []
    for kind, record, _ in records(data, dialect, Limits()):
        if kind == HEADER:
            header = header or record
        elif kind == DATA:
            rows.append(record)
    return Sheet(schema, dialect, data, header, tuple(rows))


def keys_of(sheet: Sheet, columns: tuple[str, ...]) -> Iterator[tuple[str, ...] | None]:
    """Each row's values of some columns, in order; None where one is empty."""
    known = [sheet.schema[name] for name in columns if name in sheet.positions]
    for row in range(len(sheet.rows)):
        whole = len(known) == len(columns) and not any(sheet.empty(row, column) for column in known)
        yield tuple(sheet.cell(row, name) for name in columns) if whole else None
