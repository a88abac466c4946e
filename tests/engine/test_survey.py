"""The survey against the lexer: what it calls clean has no fault, and what it counts is so."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datapkg.dialect import Dialect
from datapkg.engine import survey as surveying
from datapkg.engine.lexer import lex
from datapkg.engine.survey import survey
from datapkg.limits import Limits

PLAIN = Dialect()


@settings(max_examples=500)
@given(data=st.text(alphabet='a",\n\r é\0', max_size=40).map(str.encode), block=st.integers(1, 9))
def test_what_the_survey_calls_clean_has_no_fault(
    tmp_path_factory: pytest.TempPathFactory, data: bytes, block: int
) -> None:
    path = tmp_path_factory.getbasetemp() / "survey.csv"
    path.write_bytes(data)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(surveying, "BLOCK", block)
        found = survey(path, PLAIN)
    records = list(lex(data, PLAIN))
    if found.clean:
        assert found.records == len(records)
        assert found.delimiters == sum(len(record.cells) - 1 for record in records)
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
