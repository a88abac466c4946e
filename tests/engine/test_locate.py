"""Rows found again in their files: each at its line, in one walk, however many are asked for."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datapkg.dialect import Dialect
from datapkg.engine import lexer, locate, survey
from datapkg.engine.connection import workspace
from datapkg.engine.judge import judge
from datapkg.findings import Finding
from datapkg.limits import Limits
from datapkg.targets import datasets
from datapkg.validate import validate

CELL = st.text('ab" \n,é', max_size=4).map(lambda text: '"' + text.replace('"', '""') + '"')
ROWS = st.lists(st.tuples(CELL, CELL), min_size=1, max_size=30)


@settings(deadline=None)
@given(ROWS, st.sets(st.integers(0, 29)))
def test_records_begin_where_the_exact_reader_has_them(rows: list[tuple[str, str]], asked: set[int]) -> None:
    text = "".join(f"{a},{b}\n" for a, b in rows).encode()
    exact = [(record.start, record.line - 1) for record in lexer.lex(text, Dialect())]
    wanted = sorted(number for number in asked if number < len(rows))
    if wanted:
        assert list(locate._starts(text, wanted)) == [exact[number] for number in wanted]


def every_row(descriptor: Path) -> list[tuple[int, int | None, tuple[str | None, ...]]]:
    """Each row of the only table: its number, line and cells."""
    (dataset,) = datasets((descriptor.as_posix(),), None)
    with workspace(Limits()) as space:
        judged = judge(space, dataset.tables[0], None, 10)
        rows = range(1, judged.opened.rows + 1)
        return [(row, at.line, at.cells) for row, at in locate.locate(space.con, judged.opened, rows)]


@pytest.mark.parametrize(
    ("rows", "found"),
    [
        ('a,1\n"b\nc",2\nd,3\n', [(1, 2, ("a", "1")), (2, 3, ("b\nc", "2")), (3, 5, ("d", "3"))]),
        ("a,1\n\nb,2\n", [(1, 2, ("a", "1")), (2, 4, ("b", "2"))]),
        ('a,"x"y\nb,2', [(1, 2, ("a", '"x"y')), (2, 3, ("b", "2"))]),
    ],
    ids=["clean", "blank line", "stray quote"],
)
def test_every_row_is_at_its_line(
    make_dataset: Callable[..., Path], rows: str, found: list[tuple[int, int | None, tuple[str | None, ...]]]
) -> None:
    assert every_row(make_dataset(t="id:string note:string\n" + rows)) == found


def test_rows_of_many_blocks_are_found_in_one_walk(
    make_dataset: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(survey, "BLOCK", 64)
    rows = "".join(f'{number},"a\n{number}"\n' for number in range(200))
    found = every_row(make_dataset(t="id:string note:string\n" + rows))
    assert found == [(number + 1, 2 * number + 2, (str(number), f"a\n{number}")) for number in range(200)]


def test_rows_of_parquet_have_no_line(tmp_path: Path) -> None:
    import pyarrow
    import pyarrow.parquet

    pyarrow.parquet.write_table(pyarrow.table({"n": list(range(3000))}), tmp_path / "t.parquet")
    path = tmp_path / "datapackage.json"
    path.write_text('{"name": "x", "resources": [{"name": "t", "path": "t.parquet", "type": "table"}]}')
    assert every_row(path) == [(row + 1, None, (str(row),)) for row in range(3000)]


def test_of_a_long_line_only_the_part_around_the_cell_is_kept(make_dataset: Callable[..., Path]) -> None:
    row = "x" * 5_000 + ",bad," + "y" * 5_000
    findings: tuple[Finding, ...] = tuple(
        validate(make_dataset(t=f"a:string n:integer b:string\n{row}\n").as_posix()).findings
    )
    (excerpt,) = (finding.excerpt for finding in findings)
    assert excerpt is not None and excerpt.text == "x" * 199 + ",bad," + "y" * 196
    assert (excerpt.before, excerpt.after, excerpt.columns) == (4801, 4804, (5002, 5005))
