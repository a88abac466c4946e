"""What is quickly seen to be fine is fine: the quick proofs against the exact judgement, on cells made to deceive them."""

import itertools
import random
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import pyarrow
import pytest
from conftest import Judge
from grid import ACCEPTED, REFUSED
from hypothesis import given, settings
from hypothesis import strategies as st

from datapkg.cells.values import parse
from datapkg.engine import quick, selecting
from datapkg.engine.sql import name
from datapkg.engine.survey import Texture
from datapkg.findings import Report
from datapkg.law import compile_law
from datapkg.schema import Column, Schema
from datapkg.validate import validate

PLAIN = Texture(wide=True, strange=True, controls=False, inner=False)
COLUMNS = {
    "integer": Column("c", 1, "integer", constraints={"minimum": -7, "maximum": 100}),
    "integer, exclusive": Column("c", 1, "integer", constraints={"exclusiveMinimum": 1, "exclusiveMaximum": "1000"}),
    "integer, required": Column("c", 1, "integer", constraints={"required": True}),
    "number": Column("c", 1, "number", constraints={"minimum": -1.5, "maximum": 90}),
    "number, words": Column("c", 1, "number", missing_values=("", "-1", "x"), constraints={"exclusiveMaximum": 5}),
    "date": Column("c", 1, "date", constraints={"minimum": "1970-01-01", "maximum": "2023-07-12"}),
    "boolean": Column("c", 1, "boolean"),
    "boolean, words": Column("c", 1, "boolean", properties={"trueValues": ["yes", " 1"], "falseValues": ["0"]}),
    "enum": Column("c", 1, "string", constraints={"enum": ["a", "0", " a", "é"], "required": True}),
    "enum, words": Column("c", 1, "string", missing_values=("0",), constraints={"enum": ["a", "1"]}),
}
CON = duckdb.connect()
LETTERS = "019.+-eE_ ,:nx"


def fine(column: Column, cell: str) -> bool:
    """Whether a cell breaks nothing, as Python has it."""
    if cell in column.missing_values:
        return not column.required
    try:
        value = parse(column, cell)
    except ValueError:
        return False
    told = {
        "minimum": lambda bound: value >= bound,
        "maximum": lambda bound: value <= bound,
        "exclusiveMinimum": lambda bound: value > bound,
        "exclusiveMaximum": lambda bound: value < bound,
    }
    bounds = {word: parse(column, str(bound)) for word, bound in column.constraints.items() if word in told}
    listed = column.constraints.get("enum")
    return all(told[word](bound) for word, bound in bounds.items()) and (listed is None or value in listed)


def proved(column: Column, cells: list[str]) -> set[str]:
    """The cells that the quick proof lets through."""
    value = quick.value(column, "cell") if column.type in selecting.CAST else "cell"
    words = ", ".join(f"'{word}'" for word in column.missing_values)
    sql = quick.proof(
        column, compile_law(Schema((column,))).clauses, quick.Cell("cell", value, f"(cell IN ({words}))", PLAIN)
    )
    assert sql is not None
    CON.register("told", pyarrow.table({"cell": pyarrow.array(cells, pyarrow.string())}))
    return {cell for (cell,) in CON.execute(f"SELECT cell FROM told WHERE {sql}").fetchall()}


@pytest.mark.parametrize("kind", COLUMNS)
def test_no_short_text_at_all_is_let_through_that_is_not_fine(kind: str) -> None:
    column = COLUMNS[kind]
    cells = ["".join(letters) for length in range(5) for letters in itertools.product(LETTERS, repeat=length)]
    more = range(5, 8) if column.type in selecting.CAST else ()
    cells += ["".join(letters) for length in more for letters in itertools.product("1.+-e", repeat=length)]
    cells += [cell for told in (ACCEPTED, REFUSED) for texts in told.values() for cell in texts.split(";")]
    let = proved(column, cells)
    assert let and not [cell for cell in let if not fine(column, cell)]


@pytest.mark.parametrize("kind", ["integer", "number", "date"])
@settings(max_examples=100, deadline=None)
@given(
    cells=st.lists(
        st.one_of(
            st.from_regex(r"[ +-]?[0-9_]{1,22}(\.[0-9_]{0,9})?([eE][+-]?[0-9]{1,4})? ?", fullmatch=True),
            st.from_regex(r" ?[+-]?[0-9]{3,5}[-/ .]?[0-9]{1,2}[-/ .]?[0-9]{1,3}( ?\(BC\)| 00:00:00)?", fullmatch=True),
            st.text(alphabet="0123456789-+.eE_ \u0661\uff11\u00a0\u2212", max_size=12),
        ),
        min_size=1,
        max_size=40,
    )
)
def test_no_longer_text_is_let_through_that_is_not_fine(kind: str, cells: list[str]) -> None:
    assert not [cell for cell in proved(COLUMNS[kind], cells) if not fine(COLUMNS[kind], cell)]


def test_what_is_usual_is_let_through() -> None:
    usual = {"integer": "12", "number": "34.50000", "date": "2020-02-29", "boolean": "true", "enum": "a"}
    assert all(proved(COLUMNS[kind], [cell]) == {cell} for kind, cell in usual.items())
    assert proved(COLUMNS["integer"], [""]) == {""} and proved(COLUMNS["enum"], [""]) == set()


# ---------------------------------------------------------------- the pass with and without them

SCHEMA = (
    "id:string! n:integer(minimum=0,maximum=99) m:number(minimum=-5,maximum=5) d:date(minimum=2000-01-01) b:boolean "
    "k:string(enum=[a|b]) r:string(required=true) place:string→places.place\n"
)
CELLS: dict[str, list[str]] = {
    "n": ["", "5", "007", "+7", "-1", "100", " 5", "5 ", "5.0", "1e1", "1_0", "１", "x", "9223372036854775808"],
    "m": ["", "1.50", ".5", "5.", "-5e0", "6", "NaN", "INF", "-INF", "1e999", " 1", "1_0", "１", "0x1", "infinity"],
    "d": [
        "",
        "2020-02-29",
        "2019-02-29",
        "1999-12-31",
        "2020-2-1",
        "2020/02/01",
        " 2020-02-01",
        "12020-2-1",
        "infinity",
    ],
    "b": ["", "true", "TRUE", "0", "yes", "tRue", " true"],
    "k": ["", "a", "b", "c", "A", " a"],
    "r": ["x", "", " ", "é", "=1"],
    "place": ["", "p1", "p2", "p9", "P1", " p1"],
}


def rows(seed: int) -> Iterator[str]:
    """Rows of cells that are drawn: most of them plain, so that whole rows are."""
    drawn = random.Random(seed)  # noqa: S311  (nothing secret)
    for number in range(300):
        odd = drawn.random() < 0.5
        cells = {column: drawn.choice(texts) if odd else texts[1] for column, texts in CELLS.items()}
        cells["r"] = cells["r"] if odd else "x"
        yield ",".join([f"k{number if drawn.random() > 0.02 else 0}", *cells.values()])


@pytest.fixture
def unhurried(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """unhurried(0) has the smallest of tables judged as large ones are."""

    def set_small(size: int) -> None:
        monkeypatch.setattr(selecting, "SMALL", size)
        monkeypatch.setattr(sys.modules["datapkg.validate"], "SMALL", size)

    return set_small


def told(report: Report) -> Any:
    """All that a report says of its datasets."""
    return report.datasets


@pytest.mark.parametrize("seed", range(4))
def test_large_tables_are_judged_as_small_ones(
    make_dataset: Callable[..., Path], unhurried: Callable[[int], None], seed: int
) -> None:
    places = "place:string! name:string\np1,one\np2,two\n,none\n"
    path = make_dataset(t=SCHEMA + "\n".join(rows(seed)) + "\n", places=places).as_posix()
    before = validate(path)
    unhurried(0)
    assert told(validate(path)) == told(before) and before.counts["error"] > 100


def test_a_reference_that_is_looked_up_in_the_pass_is_not_kept(judge: Judge, unhurried: Callable[[int], None]) -> None:
    """Rows are named right where the tables are joined in the pass, whatever the order of the tables."""
    unhurried(0)
    events = "id:string! place:string→places.place\n" + "".join(f"e{n},p{n % 7}\n" for n in range(20_000))
    report = judge(events=events, places="place:string!\n" + "".join(f"p{n}\n" for n in range(6)))
    wrong = [n + 1 for n in range(20_000) if n % 7 == 6]
    assert report.datasets[0].totals[0][:4] == ("foreign-key", "events", "place", len(wrong))
    assert [finding.place.row for finding in report.findings] == wrong[: len(report.findings)]


def test_columns_are_named_and_valued_safely() -> None:
    column = Column('x"y', 1, "string", constraints={"enum": ["it's", "a"]})
    sql = quick.proof(
        column, compile_law(Schema((column,))).clauses, quick.Cell(name("c"), name("c"), "(c = '')", PLAIN)
    )
    assert sql == "((c = '') OR \"c\" IN ('it''s', 'a'))"


@pytest.mark.parametrize(
    "column",
    [
        Column("c", 1, "string", constraints={"pattern": "a+"}),
        Column("c", 1, "integer", properties={"groupChar": ","}),
        Column("c", 1, "number", properties={"bareNumber": False}),
        Column("c", 1, "date", "%d.%m.%Y"),
        Column("c", 1, "datetime"),
        Column("c", 1, "array"),
        Column("c", 1, "string", constraints={"enum": ["a\0"]}),
    ],
)
def test_what_has_no_quick_proof_is_judged_in_full(column: Column) -> None:
    clauses = compile_law(Schema((column,))).clauses
    assert quick.proof(column, clauses, quick.Cell("c", "c", "(c = '')", PLAIN)) is None
