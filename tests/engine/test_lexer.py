"""The exact lexer against Python's csv, and what it says of faults."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datapkg.dialect import Dialect
from datapkg.engine.lexer import (
    BARE_ESCAPE,
    BARE_RETURN,
    NUL,
    OPEN_QUOTE,
    QUOTED_RETURN,
    STRAY_QUOTE,
    WHOLE_LINE,
    lex,
)
from datapkg.limits import Limits

PLAIN = Dialect()
CELL = st.text(alphabet='ab",\n é', max_size=6)
TABLES = st.lists(st.lists(CELL, min_size=2, max_size=3), min_size=1, max_size=6)


def written(rows: list[list[str]], newline: str = "\n", quoting: int = csv.QUOTE_MINIMAL) -> bytes:
    out = io.StringIO()
    csv.writer(out, lineterminator=newline, quoting=quoting).writerows(rows)  # type: ignore[arg-type]
    return out.getvalue().encode()


@pytest.mark.parametrize(
    ("data", "records"),
    [
        (b"a,b\n1,2\n", [(1, [b"a", b"b"]), (2, [b"1", b"2"])]),
        (b"a,b\r\n1,2", [(1, [b"a", b"b"]), (2, [b"1", b"2"])]),
        (b'"x\ny",1\n2,3\n', [(1, [b"x\ny", b"1"]), (3, [b"2", b"3"])]),
        (b'"a ""b""",c\n', [(1, [b'a "b"', b"c"])]),
        (b"a,\n", [(1, [b"a", b""])]),
        (b"a,", [(1, [b"a", b""])]),
        (b"a\n\nb\n", [(1, [b"a"]), (2, [b""]), (3, [b"b"])]),
        (b'""\n', [(1, [b""])]),
        (b"", []),
    ],
)
def test_records_and_their_lines(data: bytes, records: list[tuple[int, list[bytes]]]) -> None:
    assert [(record.line, record.cells) for record in lex(data, PLAIN)] == records
    assert all(not record.faults for record in lex(data, PLAIN))


@pytest.mark.parametrize(
    ("data", "cells", "faults"),
    [
        (b'a,b"c\nd,e\n', [[b"a", b'b"c'], [b"d", b"e"]], [[(1, STRAY_QUOTE)], []]),
        (b'a,"b\nd,e\n', [[b"a", b'"b'], [b"d", b"e"]], [[(1, OPEN_QUOTE)], []]),
        (b'a,"b"c\nd,e\n', [[b"a", b'"b"c'], [b"d", b"e"]], [[(1, OPEN_QUOTE)], []]),
        (b'a, "b"\n', [[b"a", b' "b"']], [[(1, STRAY_QUOTE)]]),
        (b"a,b\rc\nd,e\n", [[b"a", b"b\rc"], [b"d", b"e"]], [[(1, BARE_RETURN)], []]),
        (b"a,b\0\n", [[b"a", b"b\0"]], [[(1, NUL)]]),
    ],
)
def test_a_fault_is_named_and_the_next_line_is_read(
    data: bytes, cells: list[list[bytes]], faults: list[list[tuple[int, tuple[str, str]]]]
) -> None:
    records = list(lex(data, PLAIN))
    assert [record.cells for record in records] == cells
    assert [[(flaw.cell, (flaw.code, flaw.note)) for flaw in record.faults] for record in records] == faults


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"a\nb\r\nc\n", [(2, WHOLE_LINE, "line-ending")]),
        (b"a\r\nb\nc\r\n", [(2, WHOLE_LINE, "line-ending")]),
        (b'a\n"x\r\ny"\n', [(2, 0, QUOTED_RETURN[0])]),
        (b'a\r\n"x\ny"\r\n', []),
        (b'a\n"x\ry"\n', [(2, 0, QUOTED_RETURN[0])]),
        (b'a\n"x\ny"\n', []),
        (b'a\r\n"x\r\ny"', []),
        (b'"x\r\ny"', []),
    ],
)
def test_line_ends_are_of_one_kind(data: bytes, told: list[tuple[int, int, str]]) -> None:
    assert [(record.line, flaw.cell, flaw.code) for record in lex(data, PLAIN) for flaw in record.faults] == told


SMALL = Limits(cell_bytes=4, line_bytes=20, columns=3)


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"abcd,e\n", []),
        (b"abcde,f\ng\n", [(1, 0, "cell-too-long")]),
        (b'"ab\ncd",f\ng\n', [(1, 0, "cell-too-long")]),
        (b"a,b,c,d,e\ng\n", [(1, WHOLE_LINE, "too-many-columns")]),
        (b"a" * 30 + b"\ng\n", [(1, WHOLE_LINE, "line-too-long")]),
        (b"a" * 30, [(1, WHOLE_LINE, "line-too-long")]),
        (b'"' + b"a\n" * 30, [(1, 0, "quote-error")]),
    ],
)
def test_limits_are_told_and_the_next_line_is_read(data: bytes, told: list[tuple[int, int, str]]) -> None:
    records = list(lex(data, PLAIN, SMALL))
    assert [(record.line, flaw.cell, flaw.code) for record in records for flaw in record.faults] == told
    assert [record.line for record in records] == list(range(1, len(records) + 1)) or b'"ab' in data


@pytest.mark.parametrize(
    ("dialect", "data", "cells"),
    [
        (Dialect(delimiter="\t"), b"a\tb\n", [[b"a", b"b"]]),
        (Dialect(delimiter="||"), b"a||b|\n", [[b"a", b"b|"]]),
        (Dialect(quote="'"), b"'a,b',c\n", [[b"a,b", b"c"]]),
        (Dialect(quote=None), b'"a,b"\n', [[b'"a', b'b"']]),
        (Dialect(escape="\\", double_quote=False), b'"a\\"b",c\n', [[b'a"b', b"c"]]),
        (Dialect(skip_initial_space=True), b'a, "b,c"\n', [[b"a", b"b,c"]]),
        (Dialect(delimiter="§"), "a§b\n".encode(), [[b"a", b"b"]]),
        (Dialect(escape="\\"), b'"a\\"b""c",d\\,e\n', [[b'a"b"c', b"d,e"]]),
        (Dialect(escape="\\"), b'""""""\n', [[b'""']]),
        (Dialect(quote=None, escape="\\"), b'"a\\,b",c\n', [[b'"a,b"', b"c"]]),
        (Dialect(double_quote=False), b'"a","b"\n', [[b"a", b"b"]]),
    ],
)
def test_dialects(dialect: Dialect, data: bytes, cells: list[list[bytes]]) -> None:
    assert [record.cells for record in lex(data, dialect)] == cells
    assert not any(record.faults for record in lex(data, dialect))


def test_a_comment_is_a_record_without_cells() -> None:
    found = lex(b'# "no\na,b\n#\n"#",c', Dialect(comment="#"))
    assert [(record.line, record.comment, record.cells) for record in found] == [
        (1, True, []),
        (2, False, [b"a", b"b"]),
        (3, True, []),
        (4, False, [b"#", b"c"]),
    ]


def test_an_escape_at_the_end_escapes_nothing() -> None:
    (record,) = lex(b"a,b\\", Dialect(escape="\\"))
    assert [(flaw.cell, (flaw.code, flaw.note)) for flaw in record.faults] == [(1, BARE_ESCAPE)]


def test_a_quote_is_not_doubled_where_the_dialect_says_no() -> None:
    (record,) = lex(b'"a""b"', Dialect(double_quote=False))
    assert [flaw.code for flaw in record.faults] == ["quote-error"]


@given(
    rows=TABLES, newline=st.sampled_from(["\n", "\r\n"]), quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL])
)
def test_what_csv_writes_is_read_back(rows: list[list[str]], newline: str, quoting: int) -> None:
    data = written(rows, newline, quoting)
    assert [[cell.decode() for cell in record.cells] for record in lex(data, PLAIN)] == rows


@given(rows=TABLES, newline=st.sampled_from(["\n", "\r\n"]))
def test_lines_are_those_of_an_independent_reader(rows: list[list[str]], newline: str) -> None:
    text = written(rows, newline).decode()
    reader = csv.reader(io.StringIO(text, newline=""))
    starts, before = [], 0
    for _ in reader:
        starts.append(before + 1)
        before = reader.line_num
    assert [record.line for record in lex(text.encode(), PLAIN)] == starts
