"""One spelling for each value, and no other value: the table of spellings, and the laws behind it."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datapkg.cells.values import parse
from datapkg.engine.spelled import compared, same, spelled, typed
from datapkg.schema import Column


@pytest.fixture(scope="module")
def con() -> duckdb.DuckDBPyConnection:
    found = duckdb.connect()
    found.execute("SET TimeZone = 'UTC'")
    return found


def column(kind: str, form: str = "default", missing: tuple[str, ...] = ("",), **properties: Any) -> Column:
    return Column("x", 1, kind, form, missing_values=missing, properties=properties)


def written(con: duckdb.DuckDBPyConnection, column: Column, *cells: str) -> list[str]:
    query = f"SELECT list({spelled(column, 'cell')}) FROM (SELECT unnest(?) AS cell)"
    return list(con.execute(query, [list(cells)]).fetchall()[0][0])


SPELLINGS = [
    (column("integer"), "1 +2 -5 0 -0", "1 2 -5 0 0"),
    (column("integer"), "007 00 -01 +01", "007 00 -01 +01"),  # a zero that leads may be part of a code
    (column("integer"), "1.0 x 1_000 ９ 99999999999999999999", "1.0 x 1_000 ９ 99999999999999999999"),
    (column("integer", groupChar=","), "1,000 12,34 7", "1000 1234 7"),
    (column("number"), "1 1.0 1.50 +2 .5 5. 0.0 -0 -0.00", "1 1 1.5 2 0.5 5 0 -0 -0"),
    (column("number"), "1e3 1E-3 12e0 1.5e300 0e5 1e20 1e21", "1000 0.001 12 1.5e300 0 100000000000000000000 1e21"),
    (column("number"), "0.0000001 0.00000001 1e-400", "0.0000001 1e-8 1e-400"),
    (column("number"), "0.1000000000000000055 3.14000000000000012434", "0.1000000000000000055 3.14000000000000012434"),
    (column("number"), "nan INF -inf 007.50 1,5 abc", "NaN INF -INF 007.50 1,5 abc"),
    (column("number", groupChar=".", decimalChar=","), "1.234,50 1,5e3 1,0", "1234,5 1500 1"),
    (column("number", bareNumber=False), "$1.50 1.50 95%", "$1.50 1.5 95%"),
    (column("number", missing=("", "-1")), "-1.0 -1 -1.5", "-1.0  -1.5"),  # -1 would mean no value
    (column("boolean"), "true True 1 0 FALSE yes", "true true true false false yes"),
    (column("boolean", trueValues=["ja", "j"], falseValues=["nein"]), "j ja nein true", "ja ja nein true"),
    (column("date"), "2020-01-02 2020-1-2", "2020-01-02 2020-1-2"),
    (column("date", "%d/%m/%Y"), "1/2/2020 01/02/2020 31/02/2020", "01/02/2020 01/02/2020 31/02/2020"),
    (column("date", "any"), "2020/01/02 20200102 2020-01-02", "2020-01-02 2020-01-02 2020-01-02"),
    (column("time", "%H:%M"), "3:04 03:04", "03:04 03:04"),
    (column("datetime"), "2020-01-02T03:04:05.500Z 2020-01-02T03:04:05.000", "2020-01-02T03:04:05.5Z 2020-01-02T03:04:05"),
    (column("datetime"), "2020-01-02T03:04:05+00:00 2020-01-02T03:04:10.0+05:30", "2020-01-02T03:04:05Z 2020-01-02T03:04:10+05:30"),
    (column("datetime", "%Y-%m-%dT%H:%M:%S%z"), "2020-01-02T03:04:05+0100", "2020-01-02T03:04:05+0100"),
    (column("year"), "2020 20", "2020 20"),
    (column("string", missing=("", "NA", "-")), "NA - n/a", "  n/a"),
    (column("string", missing=("NA", "-")), "- x", "NA x"),
    (column("any"), "1.0 True", "1.0 True"),
]  # fmt: skip


@pytest.mark.parametrize(("column", "cells", "expected"), SPELLINGS, ids=lambda given: getattr(given, "type", None))
def test_the_one_spelling(con: duckdb.DuckDBPyConnection, column: Column, cells: str, expected: str) -> None:
    assert written(con, column, *cells.split(" ")) == expected.split(" ")


def test_white_space_is_taken_from_what_never_holds_any(con: duckdb.DuckDBPyConnection) -> None:
    assert written(con, column("integer"), " 5", "5\n", "\t7 ", "  ", "5 6") == ["5", "5", "7", "", "5 6"]
    assert written(con, column("boolean"), " true") == ["true"]
    assert written(con, column("date"), "2020-01-02 ") == ["2020-01-02"]
    for kind in ("string", "any", "list", "object", "geopoint"):
        assert written(con, column(kind), " a ") == [" a "]


def test_texts_for_no_value_that_say_why_stay_apart(con: duckdb.DuckDBPyConnection) -> None:
    labelled = replace(column("integer", missing=("", "-9")), labelled=True)
    assert written(con, labelled, "-9", "", "1") == ["-9", "", "1"]


def test_a_pattern_speaks_of_the_text(con: duckdb.DuckDBPyConnection) -> None:
    held = Column("x", 1, "number", constraints={"pattern": r"\d\.\d\d"})
    assert written(con, held, "1.50") == ["1.50"]


NUMBERS = st.one_of(
    st.from_regex(r"[+-]?(?:[0-9]{1,30}(?:\.[0-9]{0,30})?|\.[0-9]{1,30})(?:[eE][+-]?[0-9]{1,3})?", fullmatch=True),
    st.decimals(allow_nan=False, allow_infinity=False).map(str),
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(NUMBERS, min_size=1, max_size=50))
def test_a_number_is_the_same_decimal_to_the_last_digit(cells: list[str]) -> None:
    con = duckdb.connect()
    once = written(con, column("number"), *cells)
    assert [Decimal(cell) for cell in once] == [Decimal(cell) for cell in cells]
    assert written(con, column("number"), *once) == once
    plain = [cell for cell in once if not cell.lstrip("+-").startswith("0") or cell.lstrip("-")[:2] in ("0", "0.")]
    by_value: dict[Decimal, set[str]] = {}
    for cell in plain:
        if cell != "-0":
            by_value.setdefault(Decimal(cell), set()).add(cell)
    # One value has one spelling. (What is larger than any reader holds is no number, and stays.)
    assert [texts for value, texts in by_value.items() if len(texts) > 1 and abs(value) < Decimal("1e308")] == []


TYPES = [
    column("integer"),
    column("integer", groupChar=","),
    column("number", decimalChar=",", groupChar=" "),
    column("number", bareNumber=False),
    column("boolean"),
    column("date", "%d.%m.%y"),
    column("date", "any"),
    column("time", "%I:%M %p"),
    column("datetime"),
    column("datetime", "%d %b %Y %H:%M:%S"),
    column("string"),
    column("year"),
    column("yearmonth"),
    column("duration"),
]
PIECES = [
    "0",
    "1",
    "2",
    "9",
    "12",
    "05",
    ".",
    ",",
    "-",
    "+",
    ":",
    "/",
    "e",
    "T",
    "Z",
    "P",
    "true",
    "True",
    "FALSE",
    "am",
    "PM",
    "Jan",
    "may",
    "2020",
    "1999",
    "31",
    "D",
    "Y",
    "%",
]


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(TYPES),
    st.lists(st.lists(st.sampled_from([*PIECES, " "]), max_size=8).map("".join), min_size=20, max_size=60),
)
def test_no_cell_changes_its_value_and_what_is_none_stays(kind: Column, cells: list[str]) -> None:
    con = duckdb.connect()
    con.execute("SET TimeZone = 'UTC'")
    once = written(con, kind, *cells)
    assert written(con, kind, *once) == once
    for before, after in zip(cells, once, strict=True):
        try:
            value = parse(kind, before)
        except ValueError:
            bare = before.strip(" \t\r\n")
            assert after in (before, bare) or parse(kind, after) == parse(kind, bare)
        else:
            assert parse(kind, after) == value or before == ""
    held = con.execute(
        f"SELECT list({same(kind, 'a')}), list({same(kind, 'b')}) FROM (SELECT unnest(?) AS a, unnest(?) AS b)",
        [cells, once],
    ).fetchall()[0]
    assert held[0] == held[1]


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from([*TYPES, column("number"), column("integer", missing=("", "0", "9"))]),
    st.lists(st.lists(st.sampled_from([*PIECES, " "]), max_size=4).map("".join), min_size=2, max_size=12),
)
def test_values_and_texts_are_the_same_where_the_text_for_both_is(kind: Column, cells: list[str]) -> None:
    with duckdb.connect() as con:
        con.execute("SET TimeZone = 'UTC'")
        value = compared(kind, "a") if kind.type != "string" else "NULL"
        told = con.execute(
            f"SELECT {same(kind, 'a')}, [{', '.join(f'CAST(({one}) AS VARCHAR)' for one in typed(kind, 'a', 'v'))}] "
            f"FROM (SELECT a, {value} AS v FROM (SELECT unnest(?) AS a))",
            [cells],
        ).fetchall()
    assert len({text for text, _ in told}) == len({tuple(both) for _, both in told})
    assert len({(text, *both) for text, both in told}) == len({text for text, _ in told})
