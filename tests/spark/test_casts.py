"""Cells as values on a cluster: the texts of the type grid mean there what they mean to Python."""

from typing import TYPE_CHECKING, Any

import pytest
from grid import ACCEPTED, REFUSED

from datapkg.cells.values import parse
from datapkg.engine.casts import UnknownType
from datapkg.schema import Column
from datapkg.spark.casts import typed
from datapkg.spark.functions import ship
from datapkg.spark.session import settled

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

MORE = (
    "1 234,5;1.234,5;12 km;-7 items;about 3;€ 5.50;1e400;-1e400;1e-400;00;-0;+;1.;nan;-NaN;İNF;ınf;Infinity;"
    "2023-07-12T08:30:00.123456Z;2023-02-29T00:00:00;12/07/2023;12 July 2023;1:05 pm;13:05 PM;9999-12-31T23:59:59-14:00;"
    "a@b.example;a@b;http://x.example/a%20b;http://x y;0d0c2a6e-4b3f-4d2a-9c9b-1f2e3d4c5b6a;YWJj;YWJ;2023-07-12\n;7\n;"
    '1\r;true\n;ja;nein;71.1,34.1;{"lon": 1, "lat": 2};[1, 2];1;1,2,x;2023-07-12,2023-07-13;١٢;0000-05;P1Y;🙂'
)
FORMS: tuple[Column, ...] = (
    *(Column(kind, 1, kind) for kind in ACCEPTED),
    *(Column(f"string {form}", 1, "string", form) for form in ("email", "uri", "uuid", "binary")),
    *(Column(f"geopoint {form}", 1, "geopoint", form) for form in ("array", "object")),
    Column("date day first", 1, "date", "%d/%m/%Y"),
    Column("date any", 1, "date", "any"),
    Column("time half", 1, "time", "%I:%M %p"),
    Column("datetime any", 1, "datetime", "any"),
    Column("grouped", 1, "number", properties={"groupChar": " ", "decimalChar": ","}),
    Column("dotted", 1, "number", properties={"groupChar": ".", "decimalChar": ","}),
    Column("amid", 1, "number", properties={"bareNumber": False}),
    Column("whole amid", 1, "integer", properties={"bareNumber": False, "groupChar": ","}),
    Column("words", 1, "boolean", properties={"trueValues": ["ja"], "falseValues": ["nein", "no"]}),
    Column("dates", 1, "list", properties={"itemType": "date"}),
    Column("integers", 1, "list", properties={"itemType": "integer"}),
)
"""One column for each way to read a cell."""


def value_of(column: Column, text: str) -> Any:
    """What Python says, in the form in which Spark holds it; None where the text is no value."""
    try:
        value = parse(column, text)
    except ValueError:
        return None
    if column.type == "time":
        return value.isoformat()
    return value if column.type in ("integer", "number", "boolean", "date", "datetime", "year") else text


def test_every_text_means_the_same_on_a_cluster_and_to_python(spark: "SparkSession") -> None:
    grids = (*ACCEPTED.values(), *REFUSED.values(), MORE)
    texts = sorted({text for grid in grids for text in grid.split(";")})
    with settled(spark):
        ship(spark)
        cells = spark.createDataFrame([(text,) for text in texts], "cell string")
        found = cells.select("cell", *(typed(c, cells.cell).alias(str(n)) for n, c in enumerate(FORMS))).collect()
    wrong = [
        (column.name, row.cell, told, row[str(n)])
        for row in found
        for n, column in enumerate(FORMS)
        if repr(told := value_of(column, row.cell)) != repr(row[str(n)])
    ]
    assert wrong == []
    assert len(found) > 150


@pytest.mark.parametrize(
    ("column", "note"),
    [
        (Column("x", 1, "colour"), "the type 'colour' is not known"),
        (Column("x", 1, "string", "html"), "the format 'html' of the type 'string' is not known"),
        (Column("x", 1, "date", "%Q"), "the directive '%Q' of the format '%Q' is not judged here"),
        (Column("x", 1, "number", properties={"groupChar": "."}), "cannot be told apart"),
        (Column("x", 1, "list", properties={"itemType": "colour"}), "the itemType 'colour' is not known"),
    ],
    ids=str,
)
def test_what_cannot_be_judged_is_said(spark: "SparkSession", column: Column, note: str) -> None:
    from pyspark.sql import functions as F  # noqa: N812

    with pytest.raises(UnknownType, match=note.replace("(", r"\(")):
        typed(column, F.lit(None).cast("string"))
