"""SQL over the tables of a dataset, a package, a file or a release: typed, read-only, one SELECT."""

import json
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from releasing import build_example

from datapkg.errors import DatapkgError, OutputError, QueryError, TargetError
from datapkg.project import find_project
from datapkg.query import query, write_parquet
from datapkg.render.answers import ANSWERS

Make = Callable[..., Path]
EVENTS = "id:string! killed:integer day:date\na,12,2023-07-12\nb,,\n"


def ask(target: Path, sql: str, form: str = "table") -> str:
    with query(target.as_posix(), sql) as answer:
        return "".join(ANSWERS[form](answer))


def test_a_table_for_people(make_dataset: Make) -> None:
    assert ask(make_dataset(events=EVENTS), "FROM events ORDER BY id") == (
        "id  killed  day\n--  ------  ----------\na       12  2023-07-12\nb\n"
    )


def test_csv_tells_a_null_from_an_empty_text(make_dataset: Make) -> None:
    sql = "SELECT id, killed, '' AS empty, 'a\"b,c' AS \"x,y\", E'1\\n2' AS lines FROM events ORDER BY id"
    assert ask(make_dataset(events=EVENTS), sql, "csv") == (
        'id,killed,empty,"x,y",lines\r\na,12,"","a""b,c","1\n2"\r\nb,,"","a""b,c","1\n2"\r\n'
    )


def test_json_has_numbers_dates_and_nulls(make_dataset: Make) -> None:
    more = "1.5 AS d, 'nan'::DOUBLE AS n, [1, 2] AS l, '\\x00'::BLOB AS x"
    sql = f"SELECT *, sum(killed) OVER () AS s, {more} FROM events ORDER BY id"
    rows = json.loads(ask(make_dataset(events=EVENTS), sql, "json"))
    told = {"s": 12, "d": 1.5, "n": None, "l": [1, 2], "x": "00"}
    assert rows == [
        {"id": "a", "killed": 12, "day": "2023-07-12", **told},
        {"id": "b", "killed": None, "day": None, **told},
    ]
    assert ask(make_dataset(events=EVENTS), "FROM events WHERE false", "json") == "[]\n"


def test_parquet_goes_to_a_file(make_dataset: Make, tmp_path: Path) -> None:
    with query(make_dataset(events=EVENTS).as_posix(), "SELECT day FROM events") as answer:
        write_parquet(answer, tmp_path / "out.parquet")
    assert str(pq.read_table(tmp_path / "out.parquet").schema.field("day").type) == "date32[day]"
    with query(make_dataset(events=EVENTS).as_posix(), "SELECT 1") as answer, pytest.raises(OutputError):
        write_parquet(answer, tmp_path / "absent" / "out.parquet")


def test_nothing_in_a_cell_reaches_the_terminal(make_dataset: Make) -> None:
    shown = ask(make_dataset(events="id:string\n\x1b[31mred\n"), "FROM events")
    assert "\x1b" not in shown and "\\x1b[31mred" in shown


@pytest.mark.parametrize(
    "sql", ["SHOW TABLES", "DESCRIBE events", "SUMMARIZE events", "WITH e AS (FROM events) FROM e"]
)
def test_what_reads_like_a_select_is_one(make_dataset: Make, sql: str) -> None:
    assert ask(make_dataset(events=EVENTS), sql)


@pytest.mark.parametrize(
    ("sql", "told"),
    [
        ("SELECT 1; SELECT 2", "exactly one SELECT"),
        ("", "exactly one SELECT"),
        ("DROP TABLE events", "exactly one SELECT"),
        ("CREATE TABLE t AS FROM events", "exactly one SELECT"),
        ("COPY events TO 'x.csv'", "exactly one SELECT"),
        ("SET threads = 1", "exactly one SELECT"),
        ("ATTACH 'x.db'", "exactly one SELECT"),
        ("selec 1", "syntax error"),
        ("SELECT nothing FROM events", 'column "nothing" not found'),
        ("FROM absent", "absent does not exist"),
        ("SELECT id::INTEGER FROM events", "Could not convert"),
        ("SELECT * FROM read_csv('/etc/hostname')", "disabled"),
        ("FROM '/etc/hostname'", "disabled|does not exist"),
        ("SELECT * FROM glob('/*')", "disabled"),
        ("SELECT content FROM read_text('/etc/hostname')", "disabled"),
    ],
)
def test_anything_else_is_refused_in_one_line(make_dataset: Make, sql: str, told: str) -> None:
    with pytest.raises(QueryError, match=told) as error:
        ask(make_dataset(events=EVENTS), sql)
    assert "\n" not in str(error.value)


def test_two_columns_of_one_name_cannot_be_an_object(make_dataset: Make) -> None:
    with pytest.raises(QueryError, match="two columns of the answer are named a"):
        ask(make_dataset(events=EVENTS), "SELECT 1 AS a, 2 AS a", "json")


def test_cells_that_are_not_of_their_type_are_null_and_counted(make_dataset: Make) -> None:
    path = make_dataset(events="id:string killed:integer\na,many\nb,x\nc,3\n")
    with query(path.as_posix(), "SELECT count(*), sum(killed) FROM events") as answer:
        assert next(answer.batches).to_pylist() == [{"count_star()": 3, "sum(killed)": 3}]
    assert len(answer.warnings) == 1
    assert "2 cells are not of the column's type and read as null" in answer.warnings[0]


def test_only_tables_that_are_named_must_be_readable(make_dataset: Make) -> None:
    path = make_dataset(events=EVENTS, other="id:string\na\n")
    (path.parent / "other.csv").unlink()
    assert ask(path, "SELECT count(*) AS n FROM events") == "n\n-\n2\n"
    with pytest.raises(TargetError, match=r"other.csv cannot be read: .*there is no such file"):
        ask(path, "FROM other")


def test_a_release_and_a_file_are_targets_too(tmp_path: Path) -> None:
    folder = build_example(tmp_path / "project")
    assert ask(folder, "SELECT sum(killed) AS k FROM events") == " k\n--\n12\n"
    with query("example@1.0.0", "SELECT kind FROM Events WHERE id = 'c'", find_project(tmp_path / "project")) as answer:
        assert next(answer.batches).to_pylist() == [{"kind": "war"}]
    assert ask(folder / "data" / "persons.parquet", "SELECT count(*) AS n FROM persons") == "n\n-\n2\n"
    with pytest.raises(DatapkgError):
        ask(tmp_path / "absent.csv", "SELECT 1")
