"""Constraints on cells that DuckDB has no type for: JSON, lists, durations, points, months.

A predicate takes a cell's text; None says that the text is no value of its type, which another
clause tells.
"""

import operator
from collections.abc import Callable, Mapping
from typing import Any

from datapkg.cells.durations import Duration
from datapkg.cells.jsonschemas import compile_schema
from datapkg.cells.values import item_column, literal, parse
from datapkg.schema import Column

Predicate = Callable[[str], bool | None]

ORDER: Mapping[str, Callable[[Any, Any], Any]] = {
    "minimum": operator.ge,
    "maximum": operator.le,
    "exclusiveMinimum": operator.gt,
    "exclusiveMaximum": operator.lt,
}
ORDERED = ("integer", "number", "date", "time", "datetime", "year", "yearmonth", "duration")
SIZED = ("string", "list", "array", "object")
JSON = ("array", "object", "geojson")


def of_type(column: Column) -> Predicate:
    """Whether a text is a value of the column."""
    tests = _item_tests(column)

    def holds(text: str) -> bool:
        try:
            value = parse(column, text)
        except ValueError:
            return False
        return all(test(item) for test in tests for item in value)

    return holds


def _item_tests(column: Column) -> list[Callable[[Any], bool]]:
    """The constraints of an array's items, which frictionless has beside the standard."""
    given = column.properties.get("arrayItem")
    if column.type != "array" or not isinstance(given, Mapping):
        return []
    items = item_column(column)
    return [value_test(items, name, bound) for name, bound in given.get("constraints", {}).items() if name != "unique"]


def of_constraint(column: Column, name: str, bound: Any) -> Predicate:
    """Whether a text's value obeys a constraint. ValueError where the constraint cannot be judged."""
    test = value_test(column, name, bound)

    def holds(text: str) -> bool | None:
        try:
            value = parse(column, text)
        except ValueError:
            return None
        return test(value)

    return holds


def value_test(column: Column, name: str, bound: Any) -> Callable[[Any], bool]:
    """A constraint as a test of values. ValueError where it does not apply to the type, or its bound is no value."""
    if name == "required":
        return lambda value: value is not None
    if name in ORDER and column.type in ORDERED:
        limit, compare = literal(column, bound), ORDER[name]
        return lambda value: bool(compare(value, limit))
    if name in ("enum", "categories"):
        keys = {key(value) for value in listed(column, bound)}
        return lambda value: key(value) in keys
    if name in ("minLength", "maxLength") and column.type in SIZED:
        size, compare = length(bound), ORDER["minimum" if name == "minLength" else "maximum"]
        return lambda value: bool(compare(len(value), size))
    if name == "jsonSchema" and column.type in JSON:
        return compile_schema(bound)
    raise ValueError("it does not apply to values of this type")


def listed(column: Column, bound: Any) -> list[Any]:
    """The values of an enum or of categories; null and what means no value are left out."""
    if not isinstance(bound, list) or not bound:
        raise ValueError("it must be a list of values")
    return [literal(column, item) for item in bound if item is not None and item not in column.missing_values]


def length(bound: Any) -> int:
    """A bound on a length. ValueError where it is none."""
    number = int(bound) if isinstance(bound, (int, str)) and not isinstance(bound, bool) else -1
    if number < 0:
        raise ValueError(f"{bound!r} is no length")
    return number


def key(value: Any) -> Any:
    """Equal for equal values: 1 and 1.0 are, 1 and true are not, and the order of an object's keys is nothing."""
    if isinstance(value, Mapping):
        return "object", frozenset((name, key(item)) for name, item in value.items())
    if isinstance(value, (list, tuple)):
        return "list", tuple(key(item) for item in value)
    if isinstance(value, Duration):
        return "duration", value.months, value.seconds
    return isinstance(value, bool), value
