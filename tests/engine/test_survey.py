"""The survey against the lexer: what it calls clean has no fault, and what it counts is so."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datapkg.dialect import Dialect
from datapkg.engine import blocks
from datapkg.engine import survey as surveying
from datapkg.engine.lexer import lex
from datapkg.engine.survey import UNKNOWN, Texture, survey
from datapkg.limits import Limits

PLAIN = Dialect()


@settings(max_examples=500, deadline=None)
@given(data=st.text(alphabet='a",\n\r é\0', max_size=40).map(str.encode), block=st.integers(1, 9))
def test_what_the_survey_calls_clean_has_no_fault(
    tmp_path_factory: pytest.TempPathFactory, data: bytes, block: int
) -> None:
    path = tmp_path_factory.getbasetemp() / "survey.csv"
    path.write_bytes(data)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(surveying, "BLOCK", 3 * block)
        patch.setattr(blocks, "PIECE", block)
        found = survey(path, PLAIN)
    records = list(lex(data, PLAIN))
    if found.clean:
        assert found.records == len(records)
        cells = [cell for record in records for cell in record.cells]
        assert not any(not cell.isascii() for cell in cells) or found.texture.wide
        assert not any(mark in cell for cell in cells for mark in (b"\t", b"\n", b"\r")) or found.texture.inner
        assert not any(record.faults or record.blank for record in records)
        for point in found.checkpoints:
            assert (records[point.record].start, records[point.record].line) == (point.offset, point.line)


@settings(max_examples=300, deadline=None)
@given(
    rows=st.lists(st.lists(st.sampled_from(["", "x", '"y,z"', '""', '"a""b"']), min_size=1, max_size=4), min_size=1),
    ending=st.sampled_from(["\n", "\r\n"]),
)
def test_rows_that_a_forgiving_reader_takes_for_even_are_told(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]], ending: str
) -> None:
    """DuckDB refuses short rows and long ones, but for an empty cell too many at the end."""
    width, path = len(rows[0]), tmp_path_factory.getbasetemp() / "even.csv"
    path.write_bytes("".join(",".join(row) + ending for row in rows).encode())
    found = survey(path, PLAIN)
    if found.clean and all(len(row) == width for row in rows):
        assert found.even(width)
    if found.clean and any(len(row) > width and row[-1] == "" for row in rows):
        assert not found.even(width) or any(len(row) < width for row in rows)


@pytest.mark.parametrize(
    ("data", "texture"),
    [
        (b"a,b\nx y,z\n", Texture(wide=False, strange=False, controls=False, inner=False)),
        (b"a,b\nx\xc3\xa9,z\n", Texture(wide=True, strange=False, controls=False, inner=False)),
        (b"a,b\nx\xc3\xa9\xc3\xa9,z\n", Texture(wide=True, strange=True, controls=False, inner=False)),
        (b"a,b\nx\xe2\x80\x8b,z\n", Texture(wide=True, strange=True, controls=False, inner=False)),
        (b"a,b\nx\xef\xbf\xbd,z\n", Texture(wide=True, strange=True, controls=False, inner=False)),
        (b"a,b\nx\x1b,z\n", Texture(wide=False, strange=False, controls=True, inner=False)),
        (b"a,b\nx\x7f,z\n", Texture(wide=False, strange=False, controls=True, inner=False)),
        (b"a,b\nx\t,z\n", Texture(wide=False, strange=False, controls=False, inner=True)),
        (b'a,b\r\n"x\r\n",z\r\n', Texture(wide=False, strange=False, controls=False, inner=True)),
        (b"a,b\n\n", UNKNOWN),
    ],
)
def test_the_texture_of_a_file(tmp_path: Path, data: bytes, texture: Texture) -> None:
    (tmp_path / "a.csv").write_bytes(data)
    assert survey(tmp_path / "a.csv", PLAIN).texture == texture


def test_tabs_that_part_cells_are_not_within_them(tmp_path: Path) -> None:
    (tmp_path / "a.tsv").write_bytes(b"a\tb\n1\t2\n")
    assert not survey(tmp_path / "a.tsv", Dialect(delimiter="\t")).texture.inner


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
        b"a\n<<<<<<< ours\n",
        b"=======\na\n",
        b"a\n" + b"x" * 99 + b"\n",
        b'a\n"' + b"xxx\n" * 25 + b'"\n',
        b'a\n"' + b'x\n""x' * 20 + b'"\n',
    ],
)
def test_files_that_are_not(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a.csv").write_bytes(data)
    assert not survey(tmp_path / "a.csv", PLAIN, Limits(cell_bytes=90)).clean


def test_a_dialect_with_escapes_is_never_clean(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"a,b\n1,2\n")
    assert not survey(tmp_path / "a.csv", Dialect(escape="\\")).clean
