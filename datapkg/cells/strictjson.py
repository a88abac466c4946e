"""JSON as RFC 8259 has it and every reader reads it alike: no NaN, no key twice, no bottomless nesting."""

import json
import math
import re
from collections import Counter
from collections.abc import Sequence
from typing import Any

DEPTH_LIMIT = 64
"""How deep the JSON of a cell may be nested."""


def strict_json(text: str) -> Any:
    """The JSON value of `text`; ValueError also for NaN, a key that stands twice, and too deep a nesting."""
    if _depth(text) > DEPTH_LIMIT:
        raise ValueError(f"it is nested deeper than {DEPTH_LIMIT}")
    return json.loads(text, object_pairs_hook=once, parse_constant=refused, parse_float=_finite)


def _depth(text: str) -> int:
    if text.count("[") + text.count("{") <= DEPTH_LIMIT:
        return 0
    depth = deepest = 0
    for token in re.finditer(r'"(?:[^"\\]|\\.)*"?|[\[{]|[\]}]', text, re.DOTALL):
        depth += token[0] in "[{"
        depth -= token[0] in "]}"
        deepest = max(deepest, depth)
    return deepest


def once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    """An object of its keys and values; ValueError where a key stands twice."""
    found = dict(pairs)
    if len(found) < len(pairs):
        counts = Counter(key for key, _ in pairs)
        raise ValueError(f"the key {counts.most_common(1)[0][0]!r} stands twice")
    return found


def refused(name: str) -> Any:
    """NaN and the infinities, which Python's reader knows and JSON does not; raises ValueError."""
    raise ValueError(f"{name} is not JSON")


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"{text[:40]} is too large a number")
    return value
