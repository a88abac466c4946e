"""JSON and YAML as one strict notation: the value of a text, and the line of every key.

What one reader would take for another thing than the next one is refused: a key that stands
twice, NaN, anchors and tags, the dates and truths of YAML 1.1, nesting without bottom.
"""

import json
import math
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    import yaml

DEPTH_LIMIT = 64
LONGEST = 1000
"""Digits of a whole number that are read; those of more than 309 are refused."""

Pointer = tuple[str | int, ...]


class DescriptorFault(Exception):
    """The text is no descriptor; `line` is where, or None."""

    def __init__(self, note: str, line: int | None = None) -> None:
        super().__init__(note)
        self.note = note
        self.line = line


# ---------------------------------------------------------------- YAML


def read_yaml(text: str) -> tuple[Any, dict[Pointer, int]]:
    """The value of a YAML text, and the line of each key and item. Raises DescriptorFault."""
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    lines: dict[Pointer, int] = {}
    try:
        if re.search(r"[&*!]", text):
            _refuse_references(yaml.parse(text, Loader=loader))
        node = yaml.compose(text, Loader=loader)
        if node is None:
            raise DescriptorFault("it is empty")
        return _yaml_value(node, (), lines), lines
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or str(error).splitlines()[0]
        raise DescriptorFault(f"it does not parse: {problem}", mark.line + 1 if mark else None) from None


def _refuse_references(events: "Iterable[yaml.Event]") -> None:
    """Anchors make a short text expand without bound; tags make it name code."""
    import yaml

    for event in events:
        line = event.start_mark.line + 1 if event.start_mark else None
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) is not None:
            raise DescriptorFault("YAML anchors and aliases are not accepted", line)
        if getattr(event, "tag", None) is not None:
            raise DescriptorFault("YAML tags are not accepted", line)


def _yaml_value(node: "yaml.Node", pointer: Pointer, lines: dict[Pointer, int]) -> Any:
    import yaml

    lines.setdefault(pointer, node.start_mark.line + 1)
    if len(pointer) > DEPTH_LIMIT:
        raise DescriptorFault(f"it is nested deeper than {DEPTH_LIMIT}", node.start_mark.line + 1)
    if isinstance(node, yaml.SequenceNode):
        return [_yaml_value(item, (*pointer, number), lines) for number, item in enumerate(node.value)]
    if isinstance(node, yaml.MappingNode):
        mapping: dict[str, Any] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                raise DescriptorFault("a key is not a text", key_node.start_mark.line + 1)
            key = key_node.value
            if key in mapping:
                raise DescriptorFault(f"the key {key!r} stands twice", key_node.start_mark.line + 1)
            lines[(*pointer, key)] = key_node.start_mark.line + 1
            mapping[key] = _yaml_value(value_node, (*pointer, key), lines)
        return mapping
    return _yaml_scalar(node)


def _yaml_scalar(node: "yaml.Node") -> Any:
    """A scalar of YAML 1.2's core schema: no dates, no yes and no, no octal surprises."""
    text = str(node.value)
    if getattr(node, "style", None):
        return text
    if text in ("", "~", "null", "Null", "NULL"):
        return None
    if text in ("true", "True", "TRUE"):
        return True
    if text in ("false", "False", "FALSE"):
        return False
    if re.fullmatch(r"[-+]?[0-9]{1,300}", text):
        return int(text)
    if re.fullmatch(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", text):
        return _finite(text, node.start_mark.line + 1)
    return text


def _finite(text: str, line: int) -> float:
    """A number of either notation. What is none, or larger than readers hold, is refused."""
    value = float(text)
    if not math.isfinite(value):
        note = "is too large a number" if text[-1].isdigit() else "is not JSON"
        raise DescriptorFault(f"{text[:40]} {note}", line)
    return value


# ---------------------------------------------------------------- JSON

JSON_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+')


def read_json(text: str) -> tuple[Any, dict[Pointer, int]]:
    """The value of a JSON text, and the line of each key and item. Raises DescriptorFault."""
    try:
        data = json.loads(text, parse_int=_whole)
    except json.JSONDecodeError as error:
        raise DescriptorFault(f"it does not parse: {error.msg}", error.lineno) from None
    except RecursionError:
        raise DescriptorFault(f"it is nested deeper than {DEPTH_LIMIT}") from None
    return data, _json_lines(text)


def _whole(word: str) -> float:
    """A whole number; of more digits than Python reads it is one that is refused later, at its line."""
    return int(word) if len(word) < LONGEST else float(word)


def _json_lines(text: str) -> dict[Pointer, int]:
    """The line of each key and item of a JSON text that is known to parse; a fault where a key or number is none."""
    lines: dict[Pointer, int] = {(): 1}
    path: list[str | int] = []
    arrays: list[bool] = []
    line, end, key_next = 1, 0, False
    for token in JSON_TOKEN.finditer(text):
        line += text.count("\n", end, token.start())
        end = token.start()
        word = token[0]
        if len(arrays) > DEPTH_LIMIT:
            raise DescriptorFault(f"it is nested deeper than {DEPTH_LIMIT}", line)
        if arrays and arrays[-1] and word not in "]},:":
            lines.setdefault(tuple(path), line)
        if word in "{[":
            arrays.append(word == "[")
            path.append(0 if word == "[" else "")
            key_next = word == "{"
        elif word in "}]":
            arrays.pop()
            path.pop()
        elif word == ",":
            last = path[-1]
            path[-1] = last + 1 if isinstance(last, int) else ""
            key_next = not arrays[-1]
        elif key_next:
            path[-1] = json.loads(word)
            if tuple(path) in lines:
                raise DescriptorFault(f"the key {path[-1]!r} stands twice", line)
            lines[tuple(path)] = line
            key_next = False
        elif word[0] in "-0123456789NI":
            _finite(word, line)
    return lines
