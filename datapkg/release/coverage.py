"""The time and the place that a dataset is about, where its descriptor says so in `temporal` and `spatial`.

Neither is of the Data Package standard. `temporal` is `{start, end}` with a date, a month or a year
each (as in Camtrap DP). `spatial` is a name, a list of names, `{places, bbox}` with west, south, east
and north, or a GeoJSON geometry (as in Camtrap DP), of which the box is kept.
"""

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from datapkg.release.texts import line

MOMENT = re.compile(r"([0-9]{4})(-[0-9]{2})?(-[0-9]{2})?")


@dataclass(frozen=True)
class Span:
    """From a date, month or year to another; one of them may be open."""

    start: str | None
    end: str | None

    @property
    def interval(self) -> str:
        """As ISO 8601 writes it, with two dots where it is open."""
        return f"{self.start or '..'}/{self.end or '..'}"


@dataclass(frozen=True)
class Place:
    """Names of places, and the box around them: west, south, east, north."""

    names: tuple[str, ...]
    bbox: tuple[float, float, float, float] | None


def span_of(given: Any) -> Span | None:
    """The span that a descriptor's `temporal` is, or None."""
    if isinstance(given, str):
        first, slash, last = given.partition("/")
        given = {"start": first, "end": last if slash else first}
    if not isinstance(given, Mapping):
        return None
    start, end = _moment(given.get("start")), _moment(given.get("end"))
    return Span(start, end) if start or end else None


def place_of(given: Any) -> Place | None:
    """The place that a descriptor's `spatial` is, or None."""
    names: Any = given
    box = None
    if isinstance(given, Mapping):
        names = given.get("places", given.get("name"))
        box = _box(given.get("bbox")) or _around(list(_points(given.get("coordinates"))))
    listed = names if isinstance(names, list) else [names]
    kept = tuple(dict.fromkeys(told for name in listed if (told := line(name)) is not None))
    return Place(kept, box) if kept or box else None


def _moment(given: Any) -> str | None:
    match = MOMENT.fullmatch(str(given)) if isinstance(given, str | int) else None
    if match is None:
        return None
    try:
        date.fromisoformat(f"{match[1]}{match[2] or '-01'}{match[3] or '-01'}")
    except ValueError:
        return None
    return match[0]


def _box(given: Any) -> tuple[float, float, float, float] | None:
    if not isinstance(given, list) or len(given) != 4 or not all(_is_number(value) for value in given):
        return None
    west, south, east, north = (float(value) for value in given)
    fits = -180 <= west <= 180 and -180 <= east <= 180 and -90 <= south <= north <= 90
    return (west, south, east, north) if fits else None


def _around(points: list[tuple[float, float]]) -> tuple[float, float, float, float] | None:
    if not points:
        return None
    xs, ys = [x for x, _ in points], [y for _, y in points]
    return _box([min(xs), min(ys), max(xs), max(ys)])


def _points(given: Any) -> Iterator[tuple[float, float]]:
    """The positions of GeoJSON coordinates, however deep they lie."""
    waiting = [given]
    while waiting:
        item = waiting.pop()
        if not isinstance(item, list):
            continue
        if len(item) >= 2 and all(_is_number(value) for value in item):
            yield float(item[0]), float(item[1])
        else:
            waiting.extend(item)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
