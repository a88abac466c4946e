"""Corruptions of a file as a whole: its structure, its encoding, its columns."""

from collections.abc import Callable, Sequence
from random import Random

from datapkg.engine.lexer import Record
from datapkg.mutate.operator import Operator, some_rows
from datapkg.mutate.sheet import Edit, Sheet, text_of
from datapkg.schema import Column, Schema


def any_table(schema: Schema, column: Column) -> bool:
    """Every table."""
    return True


# ---------------------------------------------------------------- structure


def delimiter_dropped(sheet: Sheet, column: Column | None, rng: Random) -> Edit | None:
    """Two cells of a row run together."""
    for row in some_rows(sheet, rng):
        record = sheet.rows[row]
        plain = [n for n in range(len(record.spans) - 1) if not _quoted(sheet, record, n, n + 1)]
        if plain:
            at = rng.choice(plain)
            data = sheet.spliced([(record.spans[at][1], record.spans[at + 1][0], b"")])
            cells = sheet.cells(row)
            return Edit(data, (record.line,), None, f"{cells[at]}, {cells[at + 1]}", cells[at] + cells[at + 1])
    return None


def delimiter_added(sheet: Sheet, column: Column | None, rng: Random) -> Edit | None:
    """One cell too many in a row."""
    for row in some_rows(sheet, rng):
        record, mark = sheet.rows[row], sheet.dialect.delimiter
        at = rng.randrange(len(record.spans))
        data = sheet.spliced([(record.spans[at][1],) * 2 + (mark.encode(),)])
        return Edit(data, (record.line,), None, sheet.cells(row)[at], sheet.cells(row)[at] + mark)
    return None


def _marked(before: bool) -> Callable[[Sheet, Column | None, Random], Edit | None]:
    """A quote at the front of an unquoted cell, or within it."""

    def change(sheet: Sheet, column: Column | None, rng: Random) -> Edit | None:
        quote = sheet.dialect.quote
        for row in some_rows(sheet, rng) if quote else ():
            record = sheet.rows[row]
            cells = sheet.cells(row)
            wide = [n for n in range(len(cells)) if len(cells[n]) > 1 and not _quoted(sheet, record, n)]
            if quote and wide:
                at = rng.choice(wide)
                new = quote + cells[at] if before else cells[at][0] + quote + cells[at][1:]
                data = sheet.spliced([(*record.spans[at], new.encode())])
                return Edit(data, (record.line,), None, cells[at], new)
        return None

    return change


def row_cut(sheet: Sheet, column: Column | None, rng: Random) -> Edit | None:
    """The file ends within its last row."""
    if not sheet.rows or len(sheet.rows[-1].spans) < 2:
        return None
    record = sheet.rows[-1]
    at = len(record.spans) // 2
    return Edit(sheet.data[: record.spans[at][0]], (record.line,), None, _shown(sheet, record), "")


def rows_merged(sheet: Sheet, column: Column | None, rng: Random) -> Edit | None:
    """Two rows without the line end between them."""
    for row in some_rows(sheet, rng):
        if row + 1 < len(sheet.rows):
            first, second = sheet.rows[row], sheet.rows[row + 1]
            data = sheet.spliced([(first.end, second.start, b"")])
            return Edit(data, (first.line,), None, _shown(sheet, second), "")
    return None


def _insertion(text: Callable[[Sheet], bytes | None]) -> Callable[[Sheet, Column | None, Random], Edit | None]:
    """A line put in behind a row."""

    def change(sheet: Sheet, column: Column | None, rng: Random) -> Edit | None:
        line = text(sheet)
        for row in some_rows(sheet, rng) if line is not None else ():
            if line is not None and (row + 1 < len(sheet.rows) or line.strip()):
                new = text_of(line).rstrip("\r\n")
                return Edit(sheet.inserted(row, line), (sheet.line_after(row),), None, "", new)
        return None

    return change


def _nothing(sheet: Sheet) -> bytes | None:
    width = len(sheet.rows[0].cells) if sheet.rows else 0
    return sheet.line([""] * width) if width > 1 else None


def _header(sheet: Sheet) -> bytes | None:
    return sheet.line(text_of(cell) for cell in sheet.header.cells) if sheet.header is not None else None


def title_above(sheet: Sheet, column: Column | None, rng: Random) -> Edit | None:
    """A line of words above the header."""
    if sheet.header is None:
        return None
    at = sheet.header.start
    title = "Table 1: as published"
    return Edit(_at(sheet, at, title.encode() + sheet.newline), (sheet.header.line,), None, "", title)


def total_below(sheet: Sheet, column: Column | None, rng: Random) -> Edit | None:
    """A row "Total" at the end."""
    if len(sheet.schema.columns) < 2 or not sheet.rows:
        return None
    row = len(sheet.rows) - 1
    line = sheet.line(["Total", *[""] * (len(sheet.rows[row].cells) - 1)])
    return None if line is None else Edit(sheet.inserted(row, line), (sheet.line_after(row),), None, "", "Total")


def conflict_left(sheet: Sheet, column: Column | None, rng: Random) -> Edit | None:
    """The marks of a merge around a row."""
    for row in some_rows(sheet, rng):
        record = sheet.rows[row]
        whole = sheet.data[record.start : record.end] + sheet.newline
        marks = [b"<" * 7 + b" ours", b"=" * 7, b">" * 7 + b" theirs"]
        lines = [marks[0], whole.rstrip(b"\r\n"), marks[1], whole.rstrip(b"\r\n"), marks[2]]
        data = sheet.spliced([(record.start, sheet.end_of_line(record), b"".join(x + sheet.newline for x in lines))])
        return Edit(data, (record.line, record.line + 2, record.line + 4), None, "", marks[0].decode())
    return None


# ---------------------------------------------------------------- encoding


def letter_in_latin_1(sheet: Sheet, column: Column | None, rng: Random) -> Edit | None:
    """One letter as a single byte that is no UTF-8."""
    return _bytes(sheet, rng, b"\xe9", "\\xe9", raw=True)


def nul_byte(sheet: Sheet, column: Column | None, rng: Random) -> Edit | None:
    """A NUL byte in a cell."""
    return _bytes(sheet, rng, b"\0", "\\0")


def _bytes(sheet: Sheet, rng: Random, mark: bytes, shown: str, *, raw: bool = False) -> Edit | None:
    for row in some_rows(sheet, rng):
        record = sheet.rows[row]
        wide = [n for n, span in enumerate(record.spans) if span[1] - span[0] > 1 and not _quoted(sheet, record, n)]
        if wide:
            at = rng.choice(wide)
            start = record.spans[at][0]
            old = text_of(record.cells[at])
            return Edit(_at(sheet, start, mark), (record.line,), None, old, shown + old, raw=raw)
    return None


def file_in_utf_16(sheet: Sheet, column: Column | None, rng: Random) -> Edit | None:
    """The whole file in UTF-16."""
    return Edit(sheet.data.decode("utf-8", "replace").encode("utf-16"), (1,), None, "", "UTF-16", raw=True)


def line_end_mixed(sheet: Sheet, column: Column | None, rng: Random) -> Edit | None:
    """One line end unlike the others."""
    other = b"\n" if sheet.newline == b"\r\n" else b"\r\n"
    for row in some_rows(sheet, rng):
        record = sheet.rows[row]
        end = sheet.end_of_line(record)
        if len(sheet.rows) > 1 and record.end < end:
            data = sheet.spliced([(record.end, end, other)])
            return Edit(data, (record.line,), None, repr(sheet.newline)[2:-1], repr(other)[2:-1])
    return None


# ---------------------------------------------------------------- columns


def _rebuilt(sheet: Sheet, change: Callable[[list[str], bool], Sequence[str]]) -> bytes | None:
    """The file with each row's cells changed; the flag says whether it is the header."""
    records = [(record, False) for record in sheet.rows]
    if sheet.header is not None:
        records.insert(0, (sheet.header, True))
    splices = []
    for record, is_header in records:
        line = sheet.line(change([text_of(cell) for cell in record.cells], is_header))
        if line is None:
            return None
        splices.append((record.start, record.end, line.removesuffix(sheet.newline)))
    return sheet.spliced(splices)


def column_dropped(sheet: Sheet, column: Column | None, rng: Random) -> Edit | None:
    """A column gone from header and rows."""
    assert column is not None
    at = sheet.positions[column.name]
    data = _rebuilt(sheet, lambda cells, _: cells[:at] + cells[at + 1 :]) if len(sheet.positions) > 1 else None
    line = sheet.header.line if sheet.header is not None else 1
    return None if data is None else Edit(data, (line,), column.name, column.name, "")


def column_added(sheet: Sheet, column: Column | None, rng: Random) -> Edit | None:
    """A column that the schema does not have, at the end."""
    if sheet.header is None:
        return None
    data = _rebuilt(sheet, lambda cells, is_header: [*cells, "remarks" if is_header else ""])
    return None if data is None else Edit(data, (sheet.header.line,), None, "", "remarks")


def _relabelled(label: Callable[[str, list[str]], str]) -> Callable[[Sheet, Column | None, Random], Edit | None]:
    """Another label over a column."""

    def change(sheet: Sheet, column: Column | None, rng: Random) -> Edit | None:
        assert column is not None
        if sheet.header is None:
            return None
        at = sheet.positions[column.name]
        labels = [text_of(cell) for cell in sheet.header.cells]
        new = label(column.name, labels[:at] + labels[at + 1 :])
        written = sheet.written(new)
        if new == column.name or written is None:
            return None
        data = sheet.spliced([(*sheet.header.spans[at], written)])
        return Edit(data, (sheet.header.line,), column.name, column.name, new)

    return change


def ordered(schema: Schema, column: Column) -> bool:
    """Whether columns must stand in the schema's order."""
    return schema.fields_match == "exact"


def columns_reordered(sheet: Sheet, column: Column | None, rng: Random) -> Edit | None:
    """Two neighbouring columns change places, header and all."""
    if sheet.header is None or len(sheet.positions) < 2:
        return None
    at = rng.randrange(len(sheet.header.cells) - 1)
    data = _rebuilt(sheet, lambda cells, _: [*cells[:at], *reversed(cells[at : at + 2]), *cells[at + 2 :]])
    names = [text_of(cell) for cell in sheet.header.cells[at : at + 2]]
    return None if data is None else Edit(data, (sheet.header.line,), None, ", ".join(names), ", ".join(names[::-1]))


def _quoted(sheet: Sheet, record: Record, *cells: int) -> bool:
    quote = (sheet.dialect.quote or "").encode()
    return bool(quote) and any(quote in sheet.data[slice(*record.spans[cell])] for cell in cells)


def _shown(sheet: Sheet, record: Record) -> str:
    return text_of(sheet.data[record.start : record.end])


def _at(sheet: Sheet, at: int, new: bytes) -> bytes:
    return sheet.data[:at] + new + sheet.data[at:]


RFC = "the strict reading of the file, which is always on"
HEAD = "the header compared with the schema, which is always on"
MATCH = "fieldsMatch: exact"
OPERATORS = tuple(
    Operator(name, kind, what, remedy, applies, change, by_column=by_column)
    for name, kind, what, remedy, applies, change, by_column in (
        ("delimiter-dropped", "structure", "two cells run together", RFC, any_table, delimiter_dropped, False),
        ("delimiter-added", "structure", "a row gets a delimiter too many", RFC, any_table, delimiter_added, False),
        ("quote-inside", "structure", "a quote stands inside a cell", RFC, any_table, _marked(before=False), False),
        ("quote-unclosed", "structure", "a quote is never closed", RFC, any_table, _marked(before=True), False),
        ("row-cut", "structure", "the file ends within its last row", RFC, any_table, row_cut, False),
        ("rows-merged", "structure", "two rows lose the line end between them", RFC, any_table, rows_merged, False),
        ("line-blank", "structure", "a blank line", RFC, any_table, _insertion(lambda sheet: sheet.newline), False),
        ("row-empty", "structure", "a row of empty cells", RFC, any_table, _insertion(_nothing), False),
        (
            "header-again",
            "structure",
            "the header stands among the rows",
            "types, patterns and keys",
            any_table,
            _insertion(_header),
            False,
        ),
        ("title-above", "structure", "a title stands above the header", HEAD, any_table, title_above, False),
        ("total-below", "structure", "a row of totals stands below", "required columns", any_table, total_below, False),
        ("conflict-left", "structure", "the marks of a merge are left", RFC, any_table, conflict_left, False),
        ("letter-latin-1", "encoding", "a letter is no UTF-8", RFC, any_table, letter_in_latin_1, False),
        ("byte-nul", "encoding", "a cell gets a NUL byte", RFC, any_table, nul_byte, False),
        ("file-utf-16", "encoding", "the file is UTF-16", "the declared encoding", any_table, file_in_utf_16, False),
        ("line-end-mixed", "encoding", "a line end unlike the others", RFC, any_table, line_end_mixed, False),
        ("column-dropped", "columns", "a column is gone", HEAD, any_table, column_dropped, True),
        ("column-added", "columns", "a column that nobody declared", MATCH, any_table, column_added, False),
        (
            "label-renamed",
            "columns",
            "a label has another name",
            HEAD,
            any_table,
            _relabelled(lambda label, others: f"{label}_2"),
            True,
        ),
        (
            "label-case",
            "columns",
            "a label has capitals",
            HEAD,
            any_table,
            _relabelled(lambda label, others: label.lower() if label.isupper() else label.upper()),
            True,
        ),
        (
            "label-padded",
            "columns",
            "a label has a space behind it",
            HEAD,
            any_table,
            _relabelled(lambda label, others: f"{label} "),
            True,
        ),
        (
            "label-twice",
            "columns",
            "a label stands over two columns",
            HEAD,
            any_table,
            _relabelled(lambda label, others: others[0] if others else label),
            True,
        ),
        ("columns-reordered", "columns", "two columns change places", MATCH, ordered, columns_reordered, False),
    )
)
