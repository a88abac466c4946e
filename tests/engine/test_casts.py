"""Cells as values: what each type of Table Schema accepts, and what it does not."""

import duckdb
import pytest

from datapkg.engine.casts import CASTS, UnknownType, value
from datapkg.schema import STORAGE, Column

ACCEPTED = {
    "string": "a;007; ;é",
    "integer": "0;-7;+7;007;9223372036854775807",
    "number": "1;-1.5;.5;5.;1e3;1E-3;NaN;INF;-INF;+2.0",
    "boolean": "true;True;TRUE;1;false;False;FALSE;0",
    "date": "2023-07-12;0001-01-01;9999-12-31;2024-02-29",
    "time": "00:00:00;23:59:59;08:30:00.5",
    "datetime": "2023-07-12T08:30:00Z;2023-07-12T08:30:00;2023-07-12T08:30:00+05:00",
    "year": "2023;-0044",
    "yearmonth": "2023-07",
    "duration": "P1D;PT5M;P1Y2M3DT4H5M6S;P2W",
    "geopoint": "71.095, 34.115;-180,90",
    "geojson": '{"type": "Point"}',
    "object": '{"a": 1};{}',
    "array": "[1, 2];[]",
    "list": "a,b",
    "any": "anything",
}
REFUSED = {
    "integer": "3.0;1_000;１;1e3;0x1;9223372036854775808;1,000; 7;7 ;--1;",
    "number": "1_0;1,5;١;0x1;1e;.;infinity;sNaN;1.5.2; 1",
    "boolean": "yes;no;t;f;TrUe;2",
    "date": "2023-7-12;12.07.2023;2023-02-30;infinity;2023-07-12T00:00:00;20230712;2023-07-12 ;10000-01-01",
    "time": "24:00:00;8:30:00;08:30;08:60:00;noon",
    "datetime": "2023-07-12 08:30:00;2023-07-12T24:00:00Z;2023-07-12;2023-02-30T00:00:00Z",
    "year": "23;20233x;two",
    "yearmonth": "2023-13;2023-7;2023",
    "duration": "P;PT;1D;P1S",
    "geopoint": "200, 10;10, 100;10;a, b",
    "geojson": "[1];x",
    "object": "[1];1;{a: 1}",
    "array": "{};1;[1",
}


def judged(column: Column, cells: str) -> list[object]:
    sql = value(column, "cell")
    rows = [(cell,) for cell in cells.split(";")]
    con = duckdb.connect()
    con.execute("CREATE TABLE t (cell VARCHAR)")
    con.executemany("INSERT INTO t VALUES (?)", rows)
    return [found for (found,) in con.execute(f"SELECT {sql} FROM t").fetchall()]


def test_every_type_is_listed_here_and_stored() -> None:
    assert ACCEPTED.keys() == CASTS.keys() == STORAGE.keys()


@pytest.mark.parametrize("kind", ACCEPTED)
def test_cells_that_are_of_the_type(kind: str) -> None:
    assert None not in judged(Column("c", 1, kind), ACCEPTED[kind])


@pytest.mark.parametrize("kind", REFUSED)
def test_cells_that_are_not(kind: str) -> None:
    values = judged(Column("c", 1, kind), REFUSED[kind])
    assert values == [None] * len(values)


@pytest.mark.parametrize(
    ("column", "cells", "values"),
    [
        (Column("c", 1, "integer", properties={"groupChar": ","}), "1,000", [1000]),
        (Column("c", 1, "integer", properties={"bareNumber": False}), "€ 95;12 %", [95, 12]),
        (Column("c", 1, "number", properties={"decimalChar": ",", "groupChar": "."}), "1.234,5", [1234.5]),
        (Column("c", 1, "number", properties={"decimalChar": ","}), "1.5", [None]),
        (
            Column("c", 1, "boolean", properties={"trueValues": ["ja"], "falseValues": ["nein"]}),
            "ja;nein;true",
            [True, False, None],
        ),
        (Column("c", 1, "string", "email"), "a@b.org;a@b;x", ["a@b.org", None, None]),
        (Column("c", 1, "string", "uri"), "https://a.org/x;no uri", ["https://a.org/x", None]),
        (
            Column("c", 1, "string", "uuid"),
            "95ecc380-afe9-11e4-9b6c-751b66dd541e;1",
            ["95ecc380-afe9-11e4-9b6c-751b66dd541e", None],
        ),
        (Column("c", 1, "string", "binary"), "YQ==;Y", ["YQ==", None]),
        (Column("c", 1, "geopoint", "array"), "[1, 2];[1];[200, 1]", ["[1, 2]", None, None]),
        (Column("c", 1, "geopoint", "object"), '{"lon": 1, "lat": 2};{"lon": 1}', ['{"lon": 1, "lat": 2}', None]),
    ],
)
def test_properties_and_formats(column: Column, cells: str, values: list[object]) -> None:
    assert judged(column, cells) == values


def test_a_pattern_of_a_date() -> None:
    (found, missing) = judged(Column("c", 1, "date", "%d/%m/%Y"), "12/07/2023;2023-07-12")
    assert (str(found), missing) == ("2023-07-12", None)


@pytest.mark.parametrize(
    "column",
    [
        Column("c", 1, "intger"),
        Column("c", 1, "string", "phone"),
        Column("c", 1, "date", "any"),
        Column("c", 1, "geopoint", "wkt"),
    ],
)
def test_what_is_not_known_is_said(column: Column) -> None:
    with pytest.raises(UnknownType):
        value(column, "cell")
