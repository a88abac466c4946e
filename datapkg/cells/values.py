"""Cells as Python values: every type of Table Schema, as exact as the standard.

DuckDB judges the common types by itself (engine.casts); what it has no type for (JSON, durations,
points, lists) is judged here, once for each distinct cell. The values of a descriptor (bounds,
enums) are read here too, by the same forms. The expressions are shared, so that both agree.
"""

import json
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any

from datapkg.cells.durations import Duration, duration
from datapkg.cells.geojson import is_geojson, is_number, is_topojson
from datapkg.cells.strictjson import strict_json
from datapkg.cells.strptime import Form, forms, read
from datapkg.schema import Column

TRUE = ("true", "True", "TRUE", "1")
FALSE = ("false", "False", "FALSE", "0")
INTEGERS = (-(2**63), 2**63 - 1)
"""The smallest and the largest integer: what 64 bits hold, and every reader of Parquet with them."""

_HEX, _UNRESERVED, _DELIMITERS = "%[0-9A-Fa-f]{2}", "A-Za-z0-9._~\\-", "!$&'()*+,;="
_CHARACTER = f"(?:[{_UNRESERVED}{_DELIMITERS}:@]|{_HEX})"
_HOST = rf"(?:\[[0-9A-Fa-fVv:.{_UNRESERVED}{_DELIMITERS}]+\]|(?:[{_UNRESERVED}{_DELIMITERS}]|{_HEX})*)"
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~\x{80}-\x{10FFFF}-]+"
_LABEL = r"[A-Za-z0-9\x{80}-\x{10FFFF}](?:[A-Za-z0-9\x{80}-\x{10FFFF}-]{0,61}[A-Za-z0-9\x{80}-\x{10FFFF}])?"
STRINGS: Mapping[str, str] = {
    # RFC 5321: a dot-atom or a quoted text, at a domain of two labels or more (RFC 6531: letters of any script)
    "email": rf'(?:{_ATOM}(?:\.{_ATOM})*|"(?:[ !#-\[\]-~]|\\[ -~])*")@{_LABEL}(?:\.{_LABEL})+',
    # RFC 3986, an absolute URI
    "uri": rf"[A-Za-z][A-Za-z0-9+.-]*:(?://(?:(?:[{_UNRESERVED}{_DELIMITERS}:]|{_HEX})*@)?{_HOST}(?::[0-9]*)?"
    rf"(?:/{_CHARACTER}*)*|/(?:{_CHARACTER}+(?:/{_CHARACTER}*)*)?|{_CHARACTER}+(?:/{_CHARACTER}*)*|)"
    rf"(?:\?(?:{_CHARACTER}|[/?])*)?(?:#(?:{_CHARACTER}|[/?])*)?",
    "uuid": "[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}",
    "binary": "(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?",
}
EMAIL_LIMITS = (64, 254)
"""The most characters before the at sign, and of the whole address."""
DATE = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
TIME = "(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]"
DATETIME = rf"{DATE}T{TIME}(?:\.[0-9]{{1,6}})?(?:Z|[+-](?:0[0-9]|1[0-3]):[0-5][0-9]|[+-]14:00)?"
YEAR = "-?(?:[1-9][0-9]{3,8}|0[0-9]{3})"
YEARMONTH = rf"{YEAR}-(?:0[1-9]|1[0-2])"
NUMBER = r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?"
SPECIAL = ("NAN", "INF", "-INF")
ITEMS = ("string", "integer", "boolean", "number", "datetime", "date", "time")


# ---------------------------------------------------------------- a cell's text


def parse(column: Column, text: str) -> Any:
    """The value that `text` is in `column`. ValueError where it is none, or the format is not known."""
    reader = _READERS.get(column.type)
    if reader is None:
        raise ValueError(f"the type {column.type!r} is not known")
    try:
        return reader(column, text)
    except (ArithmeticError, RecursionError) as error:
        raise ValueError(f"{text[:40]!r} is out of range") from error


def literal(column: Column, given: Any) -> Any:
    """A value of a descriptor, written as JSON has it or as a cell, as a value of `column`.

    A bound of exact numbers may have more digits than they have.
    """
    if column.decimal is not None and (isinstance(given, str) or is_number(given)):
        return Decimal(_match(number_forms(Column("bound", 1, "number"))[0], str(given), "number"))
    if isinstance(given, str):
        return parse(column, given)
    kind = column.type
    if kind in ("integer", "year") and is_number(given) and given == int(given):
        return int(given)
    if kind == "number" and is_number(given):
        return float(given)
    if kind == "boolean" and isinstance(given, bool):
        return given
    if kind in ("string", "any") and (kind == "any" or (isinstance(given, int) and not isinstance(given, bool))):
        return str(given) if kind == "string" else json.dumps(given)
    if kind in ("object", "array", "geojson", "geopoint") and isinstance(given, (list, dict)):
        return parse(replace(column, format=_form_of(column, given)), json.dumps(given))
    if kind == "list" and isinstance(given, list):
        return tuple(literal(item_column(column), item) for item in given)
    raise ValueError(f"{given!r} is no value of type {kind}")


def _form_of(column: Column, given: Any) -> str:
    return ("array" if isinstance(given, list) else "object") if column.type == "geopoint" else column.format


def _match(pattern: str, text: str, what: str) -> str:
    if not re.fullmatch(_python(pattern), text):
        raise ValueError(f"{text[:40]!r} is no {what}")
    return text


@lru_cache
def _python(pattern: str) -> str:
    """The shared expressions are written for RE2, which spells a character by number in another way."""
    return re.sub(r"\\x\{([0-9A-F]+)\}", lambda found: chr(int(found[1], 16)), pattern)


def _string(column: Column, text: str) -> str:
    if column.format == "default":
        return text
    if column.format not in STRINGS:
        raise ValueError(f"the string format {column.format!r} is not known")
    _match(STRINGS[column.format], text, column.format)
    if column.format == "email" and (len(text) > EMAIL_LIMITS[1] or len(text.rpartition("@")[0]) > EMAIL_LIMITS[0]):
        raise ValueError("the address is too long")
    return text


def number_forms(column: Column) -> tuple[str, str, str]:
    """The expression of a number of `column`, its group character and its decimal character.

    A group character stands between two digits before the decimal character, and never twice.
    ValueError where the characters cannot be told apart.
    """
    whole = column.type == "integer"
    group = column.properties.get("groupChar") or ""
    point = "" if whole else column.properties.get("decimalChar", ".")
    if not isinstance(group, str) or re.search("[0-9]" if whole else "[0-9eE]", group):
        raise ValueError(f"the groupChar {group!r} cannot be told from the number itself")
    if not whole and (not isinstance(point, str) or not point or re.search("[0-9eE+-]", point)):
        raise ValueError(f"the decimalChar {point!r} cannot be told from the number itself")
    if group and group == point:
        raise ValueError(f"the groupChar {group!r} and the decimalChar {point!r} cannot be told apart")
    digits = f"[0-9]+(?:{re.escape(group)}[0-9]+)*" if group else "[0-9]+"
    if whole:
        return f"[+-]?{digits}", group, ""
    point_ = re.escape(point)
    return f"[+-]?(?:{digits}(?:{point_}[0-9]*)?|{point_}[0-9]+)(?:[eE][+-]?[0-9]+)?", group, point


def bare(column: Column) -> bool:
    """Whether a number stands alone in its cell; else other characters may stand around it."""
    return column.properties.get("bareNumber", True) is not False


def around(number: str) -> str:
    """The expression of a cell in which a number stands among other characters, with the number as its group."""
    return f"[^0-9+-]*?({number})[^0-9]*"


def _digits(column: Column, text: str) -> str:
    pattern, group, point = number_forms(column)
    if bare(column):
        _match(pattern, text, column.type)
    else:
        found = re.fullmatch(around(pattern), text, re.DOTALL)
        if found is None:
            raise ValueError(f"{text[:40]!r} has no {column.type}")
        text = found[1]
    text = text.replace(group, "") if group else text
    return text.replace(point, ".") if point else text


def _integer(column: Column, text: str) -> int:
    digits = _digits(column, text)
    if len(digits.lstrip("+-0")) > len(str(INTEGERS[1])) or not INTEGERS[0] <= int(digits) <= INTEGERS[1]:
        raise ValueError(f"{text[:40]!r} does not fit in 64 bits")
    return int(digits)


def decimal_form(column: Column) -> str:
    """The expression of the digits of an exact number: written out, and no digit more than it has."""
    assert column.decimal is not None
    digits, places = column.decimal
    whole = f"0*[0-9]{{0,{digits - places}}}"
    return rf"[+-]?(?:{whole}(?:\.[0-9]{{0,{places}}}0*)?)"


def _decimal(column: Column, text: str) -> Decimal:
    digits = _digits(column, text)
    if not re.fullmatch(decimal_form(column), digits):
        raise ValueError(f"{text[:40]!r} has other digits than {column.decimal}")
    return Decimal(digits)


def _number(column: Column, text: str) -> float | Decimal:
    number_forms(column)
    if column.decimal is not None:
        return _decimal(column, text)
    if text.upper() in SPECIAL:
        return float(text)
    value = float(_digits(column, text))
    if not math.isfinite(value):
        raise ValueError(f"{text[:40]!r} is too large")
    return value


def boolean_words(column: Column) -> tuple[list[str], list[str]]:
    """The texts that are true, and those that are false. ValueError where they are no texts, or one is both."""
    true = column.properties.get("trueValues", list(TRUE))
    false = column.properties.get("falseValues", list(FALSE))
    for words in (true, false):
        if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
            raise ValueError("trueValues and falseValues must be lists of texts")
    if set(true) & set(false):
        raise ValueError(f"{min(set(true) & set(false))!r} is both true and false")
    return true, false


def _boolean(column: Column, text: str) -> bool:
    true, false = boolean_words(column)
    if text not in true and text not in false:
        raise ValueError(f"{text[:40]!r} is neither true nor false")
    return text in true


def _moment(column: Column, text: str) -> datetime:
    return read(_forms(column.type, column.format), text)


@lru_cache
def _forms(kind: str, pattern: str) -> tuple[Form, ...]:
    return forms(kind, pattern)


def _date(column: Column, text: str) -> date:
    if column.format != "default":
        return _moment(column, text).date()
    return date.fromisoformat(_match(DATE, text, "date"))


def _time(column: Column, text: str) -> time:
    if column.format != "default":
        return _moment(column, text).time()
    return time.fromisoformat(_match(TIME, text, "time"))


def _datetime(column: Column, text: str) -> datetime:
    if column.format != "default":
        return _moment(column, text)
    moment = datetime.fromisoformat(_match(DATETIME, text, "datetime"))
    return moment.replace(tzinfo=None) - (moment.utcoffset() or timedelta())


def _year(column: Column, text: str) -> int:
    year = int(_match(YEAR, text, "year"))
    if year == 0:
        raise ValueError("there is no year 0")
    return year


def _yearmonth(column: Column, text: str) -> tuple[int, int]:
    year, _, month = _match(YEARMONTH, text, "yearmonth").rpartition("-")
    return _year(column, year), int(month)


# ---------------------------------------------------------------- what DuckDB has no type for


def _geopoint(column: Column, text: str) -> tuple[float, float]:
    if column.format == "default":
        lon, lat = _match(rf"{NUMBER}, ?{NUMBER}", text, "point").split(",")
        point = (float(lon), float(lat))
    elif column.format in ("array", "object"):
        given = strict_json(text)
        pair = given if column.format == "array" else None
        if column.format == "object" and isinstance(given, dict) and given.keys() == {"lon", "lat"}:
            pair = [given["lon"], given["lat"]]
        if not isinstance(pair, list) or len(pair) != len(("lon", "lat")) or not all(map(is_number, pair)):
            raise ValueError("it is no pair of numbers")
        point = (float(pair[0]), float(pair[1]))
    else:
        raise ValueError(f"the geopoint format {column.format!r} is not known")
    if not (abs(point[0]) <= 180 and abs(point[1]) <= 90):
        raise ValueError("there is no such longitude or latitude")
    return point


def _geojson(column: Column, text: str) -> Any:
    tests = {"default": is_geojson, "topojson": is_topojson}
    if column.format not in tests:
        raise ValueError(f"the geojson format {column.format!r} is not known")
    value = strict_json(text)
    if not tests[column.format](value):
        raise ValueError(f"it is no {'TopoJSON' if column.format == 'topojson' else 'GeoJSON'} object")
    return value


def _object(column: Column, text: str) -> dict[str, Any]:
    value = strict_json(text)
    if not isinstance(value, dict):
        raise ValueError("it is no JSON object")  # noqa: TRY004  (a cell is no argument)
    return value


def _array(column: Column, text: str) -> list[Any]:
    value = strict_json(text)
    if not isinstance(value, list):
        raise ValueError("it is no JSON array")  # noqa: TRY004
    if isinstance(column.properties.get("arrayItem"), Mapping):
        column = item_column(column)
        return [literal(column, item) for item in value]
    return value


def item_column(column: Column) -> Column:
    """The items of a list (`itemType`), or of an array (`arrayItem`, as frictionless has it), as a column."""
    if column.type == "list":
        kind = column.properties.get("itemType", "string")
        if kind not in ITEMS:
            raise ValueError(f"the itemType {kind!r} is not known")
        return Column("item", 1, kind)
    item = column.properties["arrayItem"]
    return Column("item", 1, item.get("type", "any"), item.get("format", "default"), properties=item)


def delimiter(column: Column) -> str:
    """What stands between the items of a list."""
    given = column.properties.get("delimiter", ",")
    if not isinstance(given, str) or not given:
        raise ValueError(f"the delimiter {given!r} is none")
    return given


def _list(column: Column, text: str) -> tuple[Any, ...]:
    items = item_column(column)
    return tuple(parse(items, item) for item in text.split(delimiter(column)))


def _duration(column: Column, text: str) -> Duration:
    return duration(text)


def _any(column: Column, text: str) -> str:
    return text


_READERS: Mapping[str, Callable[[Column, str], Any]] = {
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
    "geojson": _geojson,
    "object": _object,
    "array": _array,
    "list": _list,
    "any": _any,
}
