"""A value of an answer as text: dates in ISO 8601, binary in hexadecimal, nested values in JSON."""

import json
import math
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any


def text_of(value: Any) -> str:
    """The value in a text format; nothing for a null."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(value)
    if isinstance(value, Decimal):
        return format(value, "f")
    plain = json_of(value)
    return plain if isinstance(plain, str) else json.dumps(plain, ensure_ascii=False)


def json_of(value: Any) -> Any:
    """The value as JSON has it. What JSON's numbers cannot hold exactly is a text; NaN is null."""
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Decimal):
        return _number(value)
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, dict):
        return {str(name): json_of(item) for name, item in value.items()}
    if isinstance(value, list | tuple) and type(value) in (list, tuple):
        return [json_of(item) for item in value]
    return str(value)


def _number(value: Decimal) -> int | float | str:
    if value == value.to_integral_value():
        return int(value)
    return float(value) if Decimal(repr(float(value))) == value else format(value, "f")
