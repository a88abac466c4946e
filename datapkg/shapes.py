"""What a value of a descriptor may look like: small judges, put together into the shapes of properties.

A judge yields a pointer into the value and the words for what belongs there, once for each place that is wrong.
"""

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import date
from typing import Any

Wrong = tuple[tuple[str | int, ...], str]
Shape = Callable[[Any], Iterator[Wrong]]

URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`]+")
"""An absolute address; letters beyond ASCII are taken as browsers take them."""
STAMP = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt ]([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(\.\d+)?([Zz]|[+-]([01]\d|2[0-3]):[0-5]\d)"
)
"""RFC 3339, section 5.6."""


def _where(holds: Callable[[Any], bool], words: str) -> Shape:
    def shape(value: Any) -> Iterator[Wrong]:
        if not holds(value):
            yield (), words

    return shape


def pattern(regex: str, words: str) -> Shape:
    """A text that is of `regex` as a whole."""
    known = re.compile(regex)
    return _where(lambda value: isinstance(value, str) and known.fullmatch(value) is not None, words)


def least(bound: int, words: str) -> Shape:
    """A whole number that is not below `bound`."""
    return _where(lambda value: type(value) is int and value >= bound, words)


def word_of(*words: str) -> Shape:
    """One of some words."""
    known = ", ".join(words[:-1]) + (" or " if len(words) > 1 else "") + words[-1]
    return _where(lambda value: isinstance(value, str) and value in words, known)


def listed(item: Shape, words: str, *, empty: bool = False, distinct: bool = False) -> Shape:
    """A list of items of one shape; with at least one, unless it may be `empty`."""

    def shape(value: Any) -> Iterator[Wrong]:
        if not isinstance(value, list) or not (value or empty):
            yield (), words
            return
        met: list[Any] = []
        for number, given in enumerate(value):
            yield from (((number, *pointer), told) for pointer, told in item(given))
            mark = (type(given), given)
            if distinct and mark in met:
                yield (number,), "an item that does not stand there before"
            met.append(mark)

    return shape


def record(properties: Mapping[str, Shape], words: str, *needs: str, any_of: Collection[str] = ()) -> Shape:
    """An object with something in it: what it `needs`, one at least of `any_of`, and properties of their shapes.

    Others are free.
    """

    def shape(value: Any) -> Iterator[Wrong]:
        if not isinstance(value, Mapping):
            yield (), words
            return
        lacks = not value or any(name not in value for name in needs)
        if lacks or (any_of and not any(name in value for name in any_of)):
            yield (), words
        for name, inner in properties.items():
            if name in value:
                yield from (((name, *pointer), told) for pointer, told in inner(value[name]))

    return shape


def either(*shapes: Shape) -> Shape:
    """A value of any of some shapes; what is wrong is told of the one that comes closest."""

    def shape(value: Any) -> Iterator[Wrong]:
        wrong = [list(each(value)) for each in shapes]
        if all(wrong):
            inside = [told for told in wrong if told[0][0]]
            if inside:
                yield from max(inside, key=lambda told: len(told[0][0]))
            else:
                yield (), ", or ".join(told[0][1] for told in wrong)

    return shape


def _is_stamp(value: Any) -> bool:
    found = STAMP.fullmatch(value) if isinstance(value, str) else None
    try:
        return found is not None and date.fromisoformat(found[1]) is not None
    except ValueError:
        return False


anything = _where(lambda _: True, "anything")
given = _where(lambda value: value is not None, "a value")
text = _where(lambda value: isinstance(value, str), "a text")
truth = _where(lambda value: isinstance(value, bool), "true or false")
whole = _where(lambda value: type(value) is int, "a whole number")
number = _where(lambda value: type(value) in (int, float), "a number")
mapping = _where(lambda value: isinstance(value, Mapping), "an object")
uri = _where(lambda value: isinstance(value, str) and URI.fullmatch(value) is not None, "a URL")
stamp = _where(_is_stamp, "a date and time of RFC 3339, as in 2024-01-31T12:00:00Z")
