"""A native value, of JSON or of a spreadsheet, as the text that means the same in a column.

Table Schema gives each type a lexical form, and lets a format with values of its own use those.
So `12` and `"12"` are the same integer, though a format that has numbers should write one; but a
number is never a string, a text never a true boolean, and what would need a guess is of no type.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from datapkg.schema import Column

NULL = "\x01null"
"""The text that stands for a native null: no cell of a file holds it, and every column takes it for missing."""

LONGEST = 400
"""Digits of the longest whole number that an exponent may spell."""


class Number(str):
    """A number, exactly as it is written."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Moment:
    """A date, time, datetime or duration of a spreadsheet: its kind and its text in ISO 8601."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Told:
    """The text to judge a value by, whether its kind is wrong, and whether a text stands for a native value."""

    text: str
    wrong: bool = False
    lax: bool = False


def told(column: Column | None, value: Any) -> Told:
    """How `value` is judged in `column`; without one, its text alone."""
    kind = column.type if column is not None else "any"
    if value is None:
        return Told(NULL)
    if column is None or kind == "any":
        return Told(shown(value))
    if isinstance(value, bool):
        words = column.properties.get("trueValues" if value else "falseValues") or [shown(value)]
        return Told(str(words[0]), wrong=kind != "boolean")
    if isinstance(value, Number):
        return _number(column, value)
    if isinstance(value, Moment):
        return _moment(column, value)
    if isinstance(value, str):
        lax = kind in ("integer", "number", "boolean") and value not in column.missing_values
        return Told(value, lax=lax)
    if isinstance(value, list) and kind == "list":
        parts = [shown(item) for item in value]
        delimiter = str(column.properties.get("delimiter", ","))
        flat = not any(isinstance(item, list | dict) or item is None for item in value)
        return Told(delimiter.join(parts), wrong=not flat or any(delimiter in part for part in parts))
    return Told(shown(value), wrong=kind not in _holders(column, value))


def _holders(column: Column, value: Any) -> tuple[str, ...]:
    """The types that hold a list, or an object."""
    point = ("geopoint",) if column.format == ("array" if isinstance(value, list) else "object") else ()
    return ("array", *point) if isinstance(value, list) else ("object", "geojson", *point)


def _number(column: Column, value: Number) -> Told:
    if column.type in ("integer", "year"):
        return Told(_whole(value))
    if column.type == "number":
        return Told(value.replace(".", str(column.properties.get("decimalChar", "."))))
    return Told(str(value), wrong=True)


def _whole(value: Number) -> str:
    """A number as an integer writes it where it is whole: 12.0 and 1.2e1 are 12."""
    if value.lstrip("-").isdigit():
        return str(value)
    try:
        number = Decimal(value)
        if abs(number.adjusted()) < LONGEST and number == number.to_integral_value():
            return str(int(number))
    except (InvalidOperation, OverflowError, ValueError):
        pass
    return str(value)


def _moment(column: Column, value: Moment) -> Told:
    """A spreadsheet keeps a date as the midnight that begins it; the column says which is meant."""
    day, _, clock = value.text.partition("T")
    text = value.text
    if column.type == "date" and value.kind == "datetime" and clock == "00:00:00":
        text = day
    elif column.type == "datetime" and value.kind == "date":
        text = f"{day}T00:00:00"
    elif column.type != value.kind:
        return Told(value.text, wrong=True)
    if column.format in ("default", "any"):
        return Told(text)
    return Told(_formatted(column, text))


def _formatted(column: Column, text: str) -> str:
    """A moment in the column's own pattern, which a native value need not follow."""
    from datetime import date, datetime, time

    readers: Mapping[str, Any] = {"date": date, "datetime": datetime, "time": time}
    try:
        return str(readers[column.type].fromisoformat(text).strftime(column.format))
    except (KeyError, ValueError):
        return text


def shown(value: Any) -> str:
    """A native value as people read it in a report."""
    if isinstance(value, Moment):
        return value.text
    if isinstance(value, str):
        return str(value)
    if value is None or isinstance(value, bool):
        return {None: "", True: "true", False: "false"}[value]
    return _json(value)


def _json(value: Any) -> str:
    """JSON text of a value; numbers exactly as they were written."""
    if isinstance(value, Number):
        return str(value)
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{json.dumps(key, ensure_ascii=False)}: {_json(v)}" for key, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_json(item) for item in value) + "]"
    return json.dumps(value, ensure_ascii=False)
