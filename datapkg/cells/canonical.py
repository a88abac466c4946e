"""One spelling for each value that DuckDB has no type for: equal values give equal texts.

What is no value of its column keeps its own text, so that it is compared and never lost.
"""

import json
import math
from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from datapkg.cells.durations import Duration
from datapkg.cells.values import parse
from datapkg.schema import Column

SPELLED = ("duration", "geopoint", "geojson", "object", "array", "list")
"""The types of which one value has several texts that are told apart by Python alone."""
WHOLE = 2**53
"""Below this a floating number without a fraction is written as the integer it is."""


def spelling(column: Column) -> Callable[[str], str]:
    """The function that gives the one spelling of a text's value in `column`."""

    def spelled(text: str) -> str:
        try:
            value = parse(column, text)
        except ValueError:
            return text
        if isinstance(value, Duration):
            return _duration(value)
        if column.type == "geopoint":
            return ", ".join(json.dumps(_plain(number)) for number in value)
        return json.dumps(_plain(value), ensure_ascii=False, sort_keys=True, separators=(",", ":"))

    return spelled


def _plain(value: Any) -> Any:
    """The value as JSON has it; 1.0 is 1."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, float):
        return int(value) if math.isfinite(value) and abs(value) < WHOLE and value == int(value) else value
    if isinstance(value, date | time | datetime):
        return value.isoformat()
    return value


def _duration(value: Duration) -> str:
    """A duration in years, months, days, hours, minutes and seconds, none of them larger than need be."""
    sign = "-" if value.months < 0 or value.seconds < 0 else ""
    years, months = divmod(abs(value.months), 12)
    minutes, seconds = divmod(abs(value.seconds), 60)
    days, hours, rest = int(minutes) // 1440, int(minutes) // 60 % 24, int(minutes) % 60
    second = format(Decimal(seconds).normalize(), "f")
    day = "".join(f"{number}{unit}" for number, unit in ((years, "Y"), (months, "M"), (days, "D")) if number)
    clock = "".join(f"{number}{unit}" for number, unit in ((hours, "H"), (rest, "M")) if number)
    clock += f"{second}S" if seconds else ""
    return f"{sign}P{day}{f'T{clock}' if clock else ''}" if day or clock else "PT0S"
