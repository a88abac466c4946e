"""The text of a cell as the value its schema gives it: expressions of Spark as strict as Table Schema.

The meaning is that of `cells.values`, whose expressions are shared. Spark's own casts are laxer
(white space around a number, `2023-7` for a date), so each is guarded by an expression; a cell that
is not of its type is null. What Spark has no type for is judged by Python's own functions.
"""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from datapkg.cells import values
from datapkg.cells.strptime import forms
from datapkg.engine.casts import FORMATS, UnknownType
from datapkg.schema import Column
from datapkg.spark.functions import holds, moment
from datapkg.spark.patterns import java

if TYPE_CHECKING:
    from pyspark.sql import Column as Expression

STORAGE: Mapping[str, str] = {
    "BIGINT": "bigint",
    "DOUBLE": "double",
    "BOOLEAN": "boolean",
    "DATE": "date",
    "TIME": "string",
    "TIMESTAMP": "timestamp_ntz",
    "VARCHAR": "string",
}
"""The type of Spark that holds each of ours; a time is its text, which sorts as the time does."""
EARLIEST, LATEST = "0001-01-01 00:00:00", "9999-12-31 23:59:59.999999"


def storage(column: Column) -> str:
    """The type of Spark that holds the column's values."""
    return column.storage.lower() if column.decimal is not None else STORAGE[column.storage]


def known(column: Column) -> str | None:
    """Why the column's type and format cannot be judged, or None."""
    if column.type not in CASTS:
        return f"the type {column.type!r} is not known"
    formats = FORMATS.get(column.type, ("default",))
    if column.type not in ("date", "time", "datetime") and column.format not in formats:
        return f"the format {column.format!r} of the type {column.type!r} is not known"
    return None


def typed(column: Column, text: "Expression") -> "Expression":
    """The value of a text, null where it is none. Raises UnknownType where the column cannot be judged."""
    note = known(column)
    if note is not None:
        raise UnknownType(note)
    try:
        if plain(column):
            return text
        return CASTS[column.type](column, text)
    except ValueError as error:
        raise UnknownType(str(error)) from None


def plain(column: Column) -> bool:
    """Whether every text is a value of the column."""
    if column.type == "list":
        return values.item_column(column).type == "string" and bool(values.delimiter(column))
    return column.type == "any" or (column.type == "string" and column.format == "default")


def fits(text: "Expression", pattern: str) -> "Expression":
    """Whether the whole text is what an expression of RE2 says."""
    return text.rlike(rf"\A(?:{java(pattern)})\z")


def _when(condition: "Expression", value: "Expression") -> "Expression":
    from pyspark.sql import functions as F  # noqa: N812

    return F.when(condition, value)


def _by_python(column: Column, text: "Expression") -> "Expression":
    return _when(holds(column, text), text)


def _string(column: Column, text: "Expression") -> "Expression":
    if column.format == "uuid":
        return _when(fits(text, values.STRINGS["uuid"]), text)
    return _by_python(column, text)


def _digits(column: Column, text: "Expression") -> tuple["Expression", "Expression"]:
    """Whether there is a number in the cell, and its digits."""
    from pyspark.sql import functions as F  # noqa: N812

    pattern, group, point = values.number_forms(column)
    fine, digits = fits(text, pattern), text
    if not values.bare(column):
        around = rf"\A{java(values.around(pattern))}\z"
        fine, digits = text.rlike(around), F.regexp_extract(text, around, 1)
    if group:
        digits = F.replace(digits, F.lit(group), F.lit(""))
    if point not in ("", "."):
        digits = F.replace(digits, F.lit(point), F.lit("."))
    return fine, digits


def _integer(column: Column, text: "Expression") -> "Expression":
    fine, digits = _digits(column, text)
    return _when(fine, digits.try_cast("bigint"))


def _number(column: Column, text: "Expression") -> "Expression":
    from pyspark.sql import functions as F  # noqa: N812

    fine, digits = _digits(column, text)
    if column.decimal is not None:
        return _when(fine & fits(digits, values.decimal_form(column)), digits.try_cast(storage(column)))
    number = digits.try_cast("double")
    upper, infinite = F.upper(text), F.lit(float("inf"))
    finite = _when(fine & (F.abs(number) < infinite), number)
    special = {"NAN": F.lit(float("nan")), "INF": infinite, "-INF": F.lit(float("-inf"))}
    for word, value in special.items():
        # Letters of other scripts have upper-case forms in ASCII: the length tells them apart.
        finite = F.when((upper == word) & (F.octet_length(text) == len(word)), value).otherwise(finite)
    return finite


def _boolean(column: Column, text: "Expression") -> "Expression":
    from pyspark.sql import functions as F  # noqa: N812

    true, false = values.boolean_words(column)
    return F.when(text.isin(true), F.lit(True)).when(text.isin(false), F.lit(False))


def _date(column: Column, text: "Expression") -> "Expression":
    if column.format != "default":
        return moment(_checked(column), text)
    return _when(fits(text, values.DATE) & (text > "0001"), text.try_cast("date"))


def _time(column: Column, text: "Expression") -> "Expression":
    return moment(_checked(column), text) if column.format != "default" else _when(fits(text, values.TIME), text)


def _datetime(column: Column, text: "Expression") -> "Expression":
    from pyspark.sql import functions as F  # noqa: N812

    if column.format != "default":
        return moment(_checked(column), text)
    value = text.try_cast("timestamp").cast("timestamp_ntz")
    first, last = (F.lit(bound).cast("timestamp_ntz") for bound in (EARLIEST, LATEST))
    return _when(fits(text, values.DATETIME) & (text > "0001") & value.between(first, last), value)


def _checked(column: Column) -> Column:
    """The column, whose form can be read; ValueError where not."""
    forms(column.type, column.format)
    return column


def _year(column: Column, text: "Expression") -> "Expression":
    from pyspark.sql import functions as F  # noqa: N812

    return F.nullif(_when(fits(text, values.YEAR), text.try_cast("bigint")), F.lit(0))


def _yearmonth(column: Column, text: "Expression") -> "Expression":
    return _when(fits(text, values.YEARMONTH) & ~text.rlike(r"\A-?0000-"), text)


CASTS: Mapping[str, Callable[[Column, "Expression"], "Expression"]] = {
    "string": _string,
    "integer": _integer,
    "number": _number,
    "boolean": _boolean,
    "date": _date,
    "time": _time,
    "datetime": _datetime,
    "year": _year,
    "yearmonth": _yearmonth,
    "duration": _by_python,
    "geopoint": _by_python,
    "geojson": _by_python,
    "object": _by_python,
    "array": _by_python,
    "list": _by_python,
    "any": _by_python,
}
