"""Cells as values: what each type of Table Schema accepts, and what it does not."""

import duckdb
import pytest
from grid import ACCEPTED, REFUSED

from datapkg.cells.predicates import of_type
from datapkg.cells.values import parse
from datapkg.engine.casts import CASTS, UnknownType, held, value
from datapkg.engine.functions import functions
from datapkg.schema import STORAGE, Column

NAN = pytest.approx(float("nan"), nan_ok=True)


def judged(column: Column, cells: str) -> list[object]:
    return told(column, cells.split(";"))


def told(column: Column, cells: list[str]) -> list[object]:
    sql = value(column, "cell", "judge")
    con = duckdb.connect()
    con.execute("SET TimeZone = 'UTC'")
    con.execute("CREATE TABLE t AS SELECT unnest(?) AS cell", [cells])
    with functions(con, {"judge": of_type(column)} if held(column) else {}):
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
        (
            Column("c", 1, "integer", properties={"groupChar": ","}),
            "1,000;1,,000;,1;1,;12,34",
            [1000, None, None, None, 1234],
        ),
        (Column("c", 1, "integer", properties={"bareNumber": False}), "€ 95;12 %;-$5;$-5", [95, 12, None, -5]),
        (Column("c", 1, "integer", properties={"groupChar": "."}), "1.000;1,000", [1000, None]),
        (Column("c", 1, "number", properties={"decimalChar": "abc"}), "1abc5;1.5", [1.5, None]),
        (Column("c", 1, "number", properties={"groupChar": ","}), "1,000.5;1.000,5;NaN", [1000.5, None, NAN]),
        (Column("c", 1, "list", properties={"itemType": "integer"}), "1,2;1,;1,x", ["1,2", None, None]),
        (Column("c", 1, "list", properties={"delimiter": "|", "itemType": "date"}), "2023-07-12|2023-02-30", [None]),
        (
            Column("c", 1, "array", properties={"arrayItem": {"type": "integer", "constraints": {"enum": [1, 2]}}}),
            '["1", 2];["x"];[3]',
            ['["1", 2]', None, None],
        ),
        (Column("c", 1, "number", properties={"decimalChar": ",", "groupChar": "."}), "1.234,5", [1234.5]),
        (Column("c", 1, "number", properties={"decimalChar": ","}), "1.5", [None]),
        (
            Column("c", 1, "boolean", properties={"trueValues": ["ja"], "falseValues": ["nein"]}),
            "ja;nein;true",
            [True, False, None],
        ),
        (Column("c", 1, "string", "email"), "a@b.org;a@b;x;a..b@c.org", ["a@b.org", None, None, None]),
        (
            Column("c", 1, "string", "uri"),
            "https://a.org/x;no uri;http://a/%zz;urn:a:b",
            ["https://a.org/x", None, None, "urn:a:b"],
        ),
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


# One cell of every kind that a type might take for its own, and the like of it that it must not.
WORDS = (
    "0 1 +1 -12 007 1.5 .5 5. 1e5 1E-3 NaN nan INF -inf Infinity 1_000 1,000 1,,000 1.234,5 ١ 10@5 '' "
    "9223372036854775807 9223372036854775808 -9223372036854775808 1e999 true TRUE yes no 2023-07-12 "
    "2023-7-12 2023-02-30 20230712 2023/07/12 12/07/2023 1/2/20 0000-01-01 9999-12-31 23:59:59 23:59:60 "
    "24:00:00 06:00 06:00:00.5 2023-07-12T01:02:03 2023-07-12T01:02:03Z 2023-07-12T01:02:03.123456789Z "
    "0001-01-01T00:00:00+05:00 9999-12-31T23:59:59-01:00 2023-07-12T01:02:03+14:00 2023-07-12T01:02:03+15:00 "
    "2023-07-12T01:02:03+0500 2023 -0044 0000 12345 02023 2023-07 2023-13 -0044-01 P1D P PT P1Y2M3DT4H5M6.7S "
    "-P1D P2W P1YT 10,20 181,0 1e1,2 [1,2] [1] {} [NaN] a@b.org a@b urn:x http://a/%zz YQ== Y 1:30 1;2 x "
    "365 2020-366 2021-366 95% -$5 €-5 1.2.3 2023-07-12T01:02:03.5+05:30 "
)
CELLS = [
    *WORDS.split(),
    *("", "10, 20", "10,  20", " 1", "1 ", "€ 95", "U.S. 5", "12 e", "12 July 2023", "July 12, 2023", "12 JUL 2023"),
    *("3:05 PM", "12:00 am", "2023-07-12 01:02", "2023-07-12 01:02:03.25+05:30", "29 Feb", "21/11/06 16:30"),
    *("29/02/01 1:1", "Tue 2023", "a\nb", "1\n", '{"a":1,"a":2}', '{"lon":1,"lat":2}', '{"lon":1,"lat":2,"x":3}'),
    *('{"type":"Point","coordinates":[1,2]}', '{"type":"Feature","geometry":null,"properties":null}'),
]
FORMED = [
    *(Column("c", 1, kind) for kind in STORAGE),
    *(Column("c", 1, "string", form) for form in ("email", "uri", "uuid", "binary")),
    *(Column("c", 1, kind, "any") for kind in ("date", "time", "datetime")),
    *(
        Column("c", 1, "date", form)
        for form in ("%d/%m/%Y", "%d/%m/%y", "fmt:%Y%m%d", "%d %b", "%Y-%j", "%B %d, %Y", "%x", "%F")
    ),
    *(Column("c", 1, "time", form) for form in ("%H:%M", "%I:%M %p", "%H:%M:%S")),
    *(Column("c", 1, "datetime", form) for form in ("%Y-%m-%dT%H:%M:%S.%f%z", "%d/%m/%y %H:%M", "%a %Y")),
    *(Column("c", 1, "geopoint", form) for form in ("array", "object")),
    Column("c", 1, "geojson", "topojson"),
    Column("c", 1, "integer", properties={"groupChar": ","}),
    Column("c", 1, "integer", properties={"bareNumber": False}),
    Column("c", 1, "number", properties={"bareNumber": False, "groupChar": ","}),
    Column("c", 1, "number", properties={"decimalChar": ",", "groupChar": "."}),
    Column("c", 1, "number", properties={"decimalChar": "@"}),
    Column("c", 1, "boolean", properties={"trueValues": ["yes"], "falseValues": []}),
    Column("c", 1, "list", properties={"itemType": "datetime", "delimiter": ";"}),
]


@pytest.mark.parametrize("column", FORMED, ids=lambda column: f"{column.type}-{column.format}-{len(column.properties)}")
def test_sql_and_python_read_the_same_value(column: Column) -> None:
    for cell, found in zip(CELLS, told(column, CELLS), strict=True):
        try:
            wanted = parse(column, cell)
        except ValueError:
            wanted = None
        assert (found is None) == (wanted is None), cell
        if column.storage != "VARCHAR":
            assert found == wanted or cell.lower() == "nan", cell


@pytest.mark.parametrize(
    ("column", "cells", "values"),
    [
        (Column("c", 1, "date", "%d/%m/%Y"), "12/07/2023;1/2/2023;2023-07-12", ["2023-07-12", "2023-02-01", "None"]),
        (Column("c", 1, "date", "fmt:%Y.%m.%d"), "2023.07.12", ["2023-07-12"]),
        (Column("c", 1, "date", "any"), "03/04/2023;3 April 2023;20230403", ["None", "2023-04-03", "2023-04-03"]),
        (Column("c", 1, "time", "%I:%M %p"), "3:05 pm;12:00 AM", ["15:05:00", "00:00:00"]),
        (Column("c", 1, "datetime", "any"), "2023-07-12 01:02;2023-07-12", ["2023-07-12 01:02:00", "None"]),
        (Column("c", 1, "datetime", "%Y-%m-%d %H:%M %z"), "2023-01-01 02:00 +05:00", ["2022-12-31 21:00:00"]),
    ],
)
def test_dates_in_a_form_of_their_own(column: Column, cells: str, values: list[str]) -> None:
    assert [str(found) for found in judged(column, cells)] == values


@pytest.mark.parametrize(
    "column",
    [
        Column("c", 1, "intger"),
        Column("c", 1, "string", "phone"),
        Column("c", 1, "integer", "hex"),
        Column("c", 1, "date", "dd.mm.yyyy"),
        Column("c", 1, "date", "%Y-W%W"),
        Column("c", 1, "date", "%d/%d"),
        Column("c", 1, "time", "%H:%M%z"),
        Column("c", 1, "geopoint", "wkt"),
        Column("c", 1, "list", properties={"itemType": "object"}),
        Column("c", 1, "number", properties={"groupChar": "."}),
        *(Column("c", 1, "number", properties={"groupChar": mark}) for mark in ("e", "1")),
        *(Column("c", 1, "number", properties={"decimalChar": mark}) for mark in ("", "e", "-", "+", "1")),
        Column("c", 1, "integer", properties={"groupChar": "1"}),
        Column("c", 1, "boolean", properties={"trueValues": ["x"], "falseValues": ["x"]}),
    ],
)
def test_what_is_not_known_is_said(column: Column) -> None:
    with pytest.raises(UnknownType):
        value(column, "cell")
