"""The exact lexer against Python's csv, and the survey against the lexer."""

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datapkg.dialect import Dialect
from datapkg.engine import lexer
from datapkg.engine.lexer import BARE_RETURN, NUL, OPEN_QUOTE, STRAY_QUOTE, lex, survey

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
    data: bytes, cells: list[list[bytes]], faults: list[list[tuple[int, str]]]
) -> None:
    records = list(lex(data, PLAIN))
    assert [record.cells for record in records] == cells
    assert [record.faults for record in records] == faults


@pytest.mark.parametrize(
    ("dialect", "data", "cells"),
    [
        (Dialect(delimiter="\t"), b"a\tb\n", [[b"a", b"b"]]),
        (Dialect(delimiter="||"), b"a||b|\n", [[b"a", b"b|"]]),
        (Dialect(quote="'"), b"'a,b',c\n", [[b"a,b", b"c"]]),
        (Dialect(quote=None), b'"a,b"\n', [[b'"a', b'b"']]),
        (Dialect(escape="\\", double_quote=False), b'"a\\"b",c\n', [[b'a"b', b"c"]]),
        (Dialect(skip_initial_space=True), b'a, "b,c"\n', [[b"a", b"b,c"]]),
        (Dialect(comment="#"), b"# no\na,b\n#\n", [[b"a", b"b"]]),
    ],
)
def test_dialects(dialect: Dialect, data: bytes, cells: list[list[bytes]]) -> None:
    assert [record.cells for record in lex(data, dialect)] == cells


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


@settings(max_examples=500)
@given(data=st.text(alphabet='a",\n\r é\0', max_size=40).map(str.encode), block=st.integers(1, 9))
def test_what_the_survey_calls_clean_has_no_fault(
    tmp_path_factory: pytest.TempPathFactory, data: bytes, block: int
) -> None:
    path = tmp_path_factory.getbasetemp() / "survey.csv"
    path.write_bytes(data)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lexer, "BLOCK", block)
        found = survey(path, PLAIN)
    records = list(lex(data, PLAIN))
    if found.clean:
        assert found.records == len(records)
        assert not any(record.faults or record.blank for record in records)
        for point in found.checkpoints:
            assert (records[point.record].start, records[point.record].line) == (point.offset, point.line)


@pytest.mark.parametrize(
    "data",
    [
        b'a,b\n"x,y",2\n',
        b'a,b\r\n"x\r\ny",2\r\n',
        b"\xef\xbb\xbfa,b\n1,2\n",
        b'a\n"say ""x"""\n',
        b"a,b\n1,2",
        b'"a","b"\n',
    ],
)
def test_files_that_are_clean(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a.csv").write_bytes(data)
    found = survey(tmp_path / "a.csv", PLAIN)
    assert found.clean and found.size == len(data)


@pytest.mark.parametrize(
    "data",
    [
        b"a\n\n1\n",
        b"a\r\n1\n",
        b"a\r1\r",
        b'a\n1"\n',
        b'a""b\n',
        b'x,""b\n',
        b'"a" ,b\n',
        b"a\0\n",
        b"caf\xe9\n",
        b'"a\n',
        b"\na\n",
    ],
)
def test_files_that_are_not(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a.csv").write_bytes(data)
    assert not survey(tmp_path / "a.csv", PLAIN).clean


def test_a_dialect_with_escapes_is_never_clean(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"a,b\n1,2\n")
    assert not survey(tmp_path / "a.csv", Dialect(escape="\\")).clean
