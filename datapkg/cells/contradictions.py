"""Properties of a column that cannot hold together: a law that no value obeys, or that says nothing."""

from collections.abc import Iterator, Mapping
from typing import Any

from datapkg.cells.predicates import ORDERED, SIZED, key, length, listed
from datapkg.cells.values import literal
from datapkg.schema import Column


def contradictions(column: Column) -> Iterator[tuple[str, str]]:
    """(property, note) of each. What is no value of the column's type at all is told elsewhere."""
    for name, told in (("minimum", _bounds), ("minLength", _lengths), ("categories", _categories)):
        try:
            yield from ((name, note) for note in told(column))
        except (ArithmeticError, AttributeError, KeyError, TypeError, ValueError):
            continue


def _bounds(column: Column) -> Iterator[str]:
    if column.type not in ORDERED:
        return
    given = column.constraints
    for low in ("minimum", "exclusiveMinimum"):
        for high in ("maximum", "exclusiveMaximum"):
            if low in given and high in given:
                least, most = literal(column, given[low]), literal(column, given[high])
                if least > most or (least == most and "exclusive" in low + high):
                    yield f"no value obeys both {low} {given[low]} and {high} {given[high]}"


def _lengths(column: Column) -> Iterator[str]:
    given = column.constraints
    if column.type in SIZED and {"minLength", "maxLength"} <= given.keys():
        least, most = length(given["minLength"]), length(given["maxLength"])
        if least > most:
            yield f"no value has at least {least} and at most {most} parts"


def _categories(column: Column) -> Iterator[str]:
    given = column.properties.get("categories")
    if given is None:
        return
    if column.type not in ("string", "integer"):
        yield "categories are for fields of type string or integer"
    if not isinstance(given, list) or not given:
        yield "categories is a list of values"
        return
    kind, words = (int, "whole number") if column.type == "integer" else (str, "text")
    if any(type(category.value) is not kind for category in column.categories):
        yield f"a category of a field of type {column.type} is no {words}"
        return
    values = [key(value) for value in listed(column, [category.value for category in column.categories])]
    if len(set(values)) < len(values):
        yield "a category stands twice"
    labels: list[Any] = [item["label"] for item in given if isinstance(item, Mapping) and "label" in item]
    if len(set(labels)) < len(labels):
        yield "a label of the categories stands twice"
    strange = [value for value in listed(column, column.constraints.get("enum", given)) if key(value) not in values]
    if "enum" in column.constraints and strange:
        yield f"the enum has {strange[0]!r}, which is none of the categories"
