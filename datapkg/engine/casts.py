"""The text of a cell as the value its schema gives it: SQL as strict as Table Schema.

DuckDB's own casts are laxer than the standard (`3.14` would become the integer 3, `infinity` a
date), so each cast is guarded: by the round trip of the value where that decides, else by a
pattern. A cell that is not of its type yields NULL.
"""

from collections.abc import Callable, Mapping

from datapkg.engine.sql import text as quoted
from datapkg.engine.sql import texts
from datapkg.schema import Column

TRUE = ("true", "True", "TRUE", "1")
FALSE = ("false", "False", "FALSE", "0")
UUID = "[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}"
EMAIL = r"[^@\s]+@[^@\s]+\.[^@\s]+"
URI = r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\x{22}{}|\\^`]+"
BASE64 = "(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?"
TIME = r"([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{1,6})?"
ZONE = r"(Z|[+-]([01][0-9]|2[0-3]):?[0-5][0-9])"
DURATION = (
    r"-?P([0-9]+W|(?:[0-9]+Y)?(?:[0-9]+M)?(?:[0-9]+D)?"
    r"(?:T(?:[0-9]+H)?(?:[0-9]+M)?(?:[0-9]+(?:\.[0-9]+)?S)?)?)"
)


class UnknownType(Exception):
    """Table Schema does not know the type, or its format is not read here."""


def value(column: Column, cell: str) -> str:
    """SQL for the typed value of the SQL text `cell`; NULL where it is not of the type.

    Raises UnknownType where the column's type and format cannot be judged.
    """
    if column.type not in CASTS:
        raise UnknownType(f"the type {column.type!r} is not known")
    return CASTS[column.type](column, cell)


def _matching(cell: str, pattern: str, result: str) -> str:
    return f"CASE WHEN regexp_full_match({cell}, {quoted(pattern)}) THEN {result} END"


def _string(column: Column, cell: str) -> str:
    formats = {"email": EMAIL, "uri": URI, "uuid": UUID, "binary": BASE64}
    if column.format == "default":
        return cell
    if column.format not in formats:
        raise UnknownType(f"the string format {column.format!r} is not known")
    return _matching(cell, formats[column.format], cell)


def _bare(column: Column, cell: str) -> str:
    """The digits of a number that may stand between other characters, such as a currency."""
    group = column.properties.get("groupChar")
    if column.properties.get("bareNumber", True) is False:
        cell = rf"regexp_replace(regexp_replace({cell}, '^[^0-9+.-]+', ''), '[^0-9]+$', '')"
    return f"replace({cell}, {quoted(group)}, '')" if group else cell


def _integer(column: Column, cell: str) -> str:
    digits = _bare(column, cell)
    cast = f"TRY_CAST({digits} AS BIGINT)"
    slow = _matching(digits, "[+-]?[0-9]+", cast)
    return f"CASE WHEN CAST({cast} AS VARCHAR) = {digits} THEN {cast} ELSE {slow} END"


def _number(column: Column, cell: str) -> str:
    digits = _bare(column, cell)
    point = column.properties.get("decimalChar", ".")
    if point != ".":
        digits = f"replace(replace({digits}, '.', 'x'), {quoted(point)}, '.')"
    cast = f"TRY_CAST({digits} AS DOUBLE)"
    finite = rf"regexp_full_match({digits}, '[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?')"
    special = f"upper({digits}) IN ('NAN', 'INF', '-INF')"
    return f"CASE WHEN {finite} AND isfinite({cast}) OR {special} THEN {cast} END"


def _boolean(column: Column, cell: str) -> str:
    true = column.properties.get("trueValues", TRUE)
    false = column.properties.get("falseValues", FALSE)
    return f"CASE WHEN {cell} IN ({texts(true)}) THEN true WHEN {cell} IN ({texts(false)}) THEN false END"


def _pattern(column: Column, cell: str, storage: str) -> str:
    """A `format` in the letters of strptime."""
    if "%" not in column.format:
        raise UnknownType(f"the format {column.format!r} is not read here")
    return f"CAST(try_strptime({cell}, {quoted(column.format)}) AS {storage})"


def _date(column: Column, cell: str) -> str:
    if column.format != "default":
        return _pattern(column, cell, "DATE")
    cast = f"TRY_CAST({cell} AS DATE)"
    return f"CASE WHEN CAST({cast} AS VARCHAR) = {cell} AND length({cell}) = 10 THEN {cast} END"


def _time(column: Column, cell: str) -> str:
    if column.format != "default":
        return _pattern(column, cell, "TIME")
    return _matching(cell, TIME, f"TRY_CAST({cell} AS TIME)")


def _datetime(column: Column, cell: str) -> str:
    if column.format != "default":
        return _pattern(column, cell, "TIMESTAMP")
    pattern = rf"[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}T{TIME}{ZONE}?"
    return _matching(cell, pattern, f"CAST(TRY_CAST({cell} AS TIMESTAMPTZ) AT TIME ZONE 'UTC' AS TIMESTAMP)")


def _year(column: Column, cell: str) -> str:
    return _matching(cell, "-?[0-9]{4,9}", f"TRY_CAST({cell} AS BIGINT)")


def _yearmonth(column: Column, cell: str) -> str:
    return _matching(cell, "[0-9]{4}-(0[1-9]|1[0-2])", cell)


def _duration(column: Column, cell: str) -> str:
    is_one = f"regexp_full_match({cell}, {quoted(DURATION)}) AND NOT regexp_full_match({cell}, '-?P|.*T')"
    return f"CASE WHEN {is_one} THEN {cell} END"


def _geopoint(column: Column, cell: str) -> str:
    if column.format == "default":
        lon, lat = f"split_part({cell}, ',', 1)", f"split_part({cell}, ',', 2)"
        shape = rf"regexp_full_match({cell}, '[+-]?[0-9.]+, ?[+-]?[0-9.]+')"
    elif column.format == "array":
        lon, lat = f"json_extract_string({cell}, '$[0]')", f"json_extract_string({cell}, '$[1]')"
        shape = f"json_valid({cell}) AND json_array_length({cell}) = 2"
    elif column.format == "object":
        lon, lat = f"json_extract_string({cell}, '$.lon')", f"json_extract_string({cell}, '$.lat')"
        shape = f"json_valid({cell}) AND json_type({cell}) = 'OBJECT'"
    else:
        raise UnknownType(f"the geopoint format {column.format!r} is not known")
    inside = f"abs(TRY_CAST({lon} AS DOUBLE)) <= 180 AND abs(TRY_CAST({lat} AS DOUBLE)) <= 90"
    return f"CASE WHEN {shape} THEN CASE WHEN {inside} THEN {cell} END END"


def _json(kind: str) -> Callable[[Column, str], str]:
    def cast(column: Column, cell: str) -> str:
        return f"CASE WHEN json_valid({cell}) THEN CASE WHEN json_type({cell}) = '{kind}' THEN {cell} END END"

    return cast


def _any(column: Column, cell: str) -> str:
    return cell


CASTS: Mapping[str, Callable[[Column, str], str]] = {
    "string": _string,
    "integer": _integer,
    "number": _number,
    "boolean": _boolean,
    "date": _date,
    "time": _time,
    "datetime": _datetime,
    "year": _year,
    "yearmonth": _yearmonth,
    "duration": _duration,
    "geopoint": _geopoint,
    "geojson": _json("OBJECT"),
    "object": _json("OBJECT"),
    "array": _json("ARRAY"),
    "list": _any,
    "any": _any,
}
