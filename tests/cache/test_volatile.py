"""Rules that depend on more than their files are told from their text."""

from pathlib import Path

import duckdb
import pytest
from conftest import ROOT

from datapkg.cache.volatile import Volatile, changes_daily, check_rows

HARMLESS = {"error", "vector_type", "current_database", "current_schema", "current_schemas", "in_search_path"}
"""Functions that DuckDB does not call constant and that are, in the sandbox: one database, one schema."""
REFUSED = {"current_setting", "getvariable"}
"""The sandbox refuses the one; there is no variable for the other."""

ZONED = {
    *("+", "-", "century", "date_diff", "date_part", "date_sub", "date_trunc", "datediff", "datepart", "datesub"),
    *(
        "datetrunc",
        "day",
        "dayname",
        "dayofmonth",
        "dayofweek",
        "dayofyear",
        "decade",
        "era",
        "generate_series",
        "hour",
    ),
    *("isodow", "isoyear", "julian", "last_day", "make_timestamptz", "microsecond", "millennium", "millisecond"),
    *("minute", "month", "monthname", "quarter", "range", "second", "strftime", "time_bucket", "timezone"),
    *("timezone_hour", "timezone_minute", "week", "weekday", "weekofyear", "year", "yearweek"),
}
"""Functions that DuckDB (2.0.1) calls constant within a query alone, since the zone matters to them: here it is UTC."""


def functions(what: str, where: str) -> list[tuple[str, ...]]:
    """What DuckDB says of its own functions."""
    return duckdb.connect().execute(f"select distinct {what} from duckdb_functions() where {where}").fetchall()


def test_every_function_that_duckdb_does_not_call_constant_is_known() -> None:
    names = {name for (name,) in functions("function_name", "stability <> 'CONSISTENT'")} - HARMLESS - REFUSED - ZONED
    assert len(names) > 15
    assert [name for name in sorted(names) if not matters(f"select {name}()")] == []


def test_every_macro_of_duckdb_that_calls_such_a_function_is_known() -> None:
    macros = functions("function_name, macro_definition", "function_type = 'macro'")
    found = {name for name, text in macros if matters(text)}
    assert len(found) > 3
    assert [name for name in sorted(found) if not matters(f"select {name}(1)")] == []


def matters(query: str) -> bool:
    """Whether the day or the moment matters to a query."""
    try:
        return changes_daily(query)
    except Volatile:
        return True


@pytest.mark.parametrize(
    "query",
    [
        "select now()",
        "select NOW ( )",
        'select "now"()',
        "select main.random()",
        "select 1 where current_timestamp > x",
        "select localtime",
        "select x.random()",
        "select random/* */()",
        "select random--\n()",
        "from t tablesample 10%",
        "from t using\n sample 3",
    ],
)
def test_the_moment_and_chance(query: str) -> None:
    with pytest.raises(Volatile):
        changes_daily(query)


@pytest.mark.parametrize(
    ("query", "daily"),
    [
        ("select * from t where day > current_date", True),
        ("select * from t where day > today()", True),
        ("select age(day) from t", True),
        ("select now, random, uuid, age, today, stats from t", False),
        ("select snow() from t", False),
        ("select cast(id as uuid) from t", False),
    ],
)
def test_the_day(query: str, daily: bool) -> None:
    assert changes_daily(query) == daily


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("import os", "imports os"),
        ("import pandera.pyarrow, random", "imports random"),
        ("from . import other", "imports "),
        ("from law import CHECKS", "imports law"),
        ("CHECKS = open('x').read()", "uses open"),
        ("CHECKS = __import__('os')", "uses __import__"),
        ("import datetime\nCHECKS = datetime.date.today()", "uses today"),
        ("from datetime import datetime\nCHECKS = datetime.now()", "uses now"),
        ("CHECKS = [].__class__", "uses __class__"),
        ("CHECKS = (", "cannot be read"),
        ("CHECKS = '\0'", "cannot be read"),
    ],
)
def test_row_rules_that_ask_for_more_than_their_text(tmp_path: Path, text: str, word: str) -> None:
    (tmp_path / "t.py").write_text(text)
    with pytest.raises(Volatile, match=word):
        check_rows(tmp_path / "t.py")


def test_a_file_of_row_rules_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(Volatile, match="cannot be read"):
        check_rows(tmp_path / "t.py")


def test_the_rules_of_this_repository_can_be_kept() -> None:
    rows, queries = sorted((ROOT / "schemas").glob("*.py")), sorted((ROOT / "schemas" / "cross").glob("*.sql"))
    assert len(rows) > 10 and len(queries) > 10
    for path in rows:
        check_rows(path)
    assert not any(changes_daily(path.read_text()) for path in queries)
