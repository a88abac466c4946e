"""The one door to jsonschema: the constraint `jsonSchema`, without the network and in linear time.

A JSON Schema comes with the data and may be a stranger's. Nothing it refers to is fetched, its
expressions run in RE2 and not in Python's `re`, and references that multiply are cut off.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

STEPS = 10_000
"""How many references are followed for one value."""
DEEPEST = 80
"""How many of them one inside the other: more than a value may be nested, and less than Python's own bound."""


def compile_schema(schema: Any) -> Callable[[Any], bool]:
    """Whether a value conforms to `schema`, as a function.

    Raises ValueError where it is no JSON Schema, or cannot be applied without fetching another.
    """
    from jsonschema import exceptions, validators
    from referencing.jsonschema import EMPTY_REGISTRY

    if not isinstance(schema, (Mapping, bool)):
        raise ValueError("it is no JSON Schema, which is an object")  # noqa: TRY004  (a descriptor is no argument)
    _refuse(schema)
    kind: Any = validators.validator_for(schema, default=validators.Draft202012Validator)
    steps = [0, 0]
    words = {"pattern": _pattern, "patternProperties": _pattern_properties}
    words |= {word: _counted(kind.VALIDATORS[word], steps) for word in ("$ref",) if word in kind.VALIDATORS}
    words["additionalProperties"] = _additional_properties
    try:
        kind.check_schema(schema)
        judge = validators.extend(kind, words)(schema, registry=EMPTY_REGISTRY)
    except (exceptions.SchemaError, RecursionError) as error:
        note = getattr(error, "message", "it is nested too deep")
        raise ValueError(f"it is no JSON Schema: {note}") from None

    def conforms(value: Any) -> bool:
        steps[:] = [0, 0]
        try:
            return bool(judge.is_valid(value))
        except RecursionError:
            return False

    probes: tuple[Any, ...] = ({}, [], "", 0)
    for probe in probes:
        try:
            steps[:] = [0, 0]
            judge.is_valid(probe)
        except RecursionError:
            raise ValueError("it refers to itself without end") from None
        except Exception as error:  # noqa: BLE001  (references fail in many ways)
            raise ValueError(f"it cannot be applied: {error}") from None
    return conforms


def _refuse(node: Any) -> None:
    """References that lead elsewhere or nowhere, and expressions that RE2 does not read."""
    for word, value in _words(node):
        if word in ("$ref", "$dynamicRef", "$recursiveRef") and isinstance(value, str) and not value.startswith("#"):
            raise ValueError(f"it refers to {value}, and nothing is fetched")
        if word == "unevaluatedProperties":
            raise ValueError("unevaluatedProperties is not judged here")
        expressions = [value] if word == "pattern" else list(value) if word == "patternProperties" else []
        for expression in expressions:
            if isinstance(expression, str):
                matches(expression, "")


def _words(node: Any) -> Iterator[tuple[str, Any]]:
    waiting = [node]
    while waiting:
        item = waiting.pop()
        if isinstance(item, Mapping):
            yield from item.items()
            waiting.extend(item.values())
        elif isinstance(item, list):
            waiting.extend(item)


def matches(expression: str, text: str) -> bool:
    """Whether the expression is found in the text, by RE2. ValueError where RE2 does not read it."""
    import pyarrow
    from pyarrow import compute

    options = compute.MatchSubstringOptions(expression)
    return bool(compute.call_function("match_substring_regex", [pyarrow.scalar(text)], options).as_py())


def _counted(follow: Any, steps: list[int]) -> Any:
    def counted(validator: Any, value: Any, instance: Any, schema: Any) -> Iterator[Any]:
        steps[0] += 1
        steps[1] += 1
        if steps[0] > STEPS or steps[1] > DEEPEST:
            raise RecursionError
        try:
            yield from follow(validator, value, instance, schema) or ()
        finally:
            steps[1] -= 1

    return counted


def _pattern(validator: Any, expression: str, instance: Any, schema: Any) -> Iterator[Any]:
    from jsonschema import ValidationError

    if isinstance(instance, str) and not matches(expression, instance):
        yield ValidationError("pattern")


def _pattern_properties(validator: Any, expressions: Any, instance: Any, schema: Any) -> Iterator[Any]:
    if isinstance(instance, dict):
        for expression, inner in expressions.items():
            for name, item in instance.items():
                if matches(expression, name):
                    yield from validator.descend(item, inner)


def _additional_properties(validator: Any, allowed: Any, instance: Any, schema: Any) -> Iterator[Any]:
    from jsonschema import ValidationError

    if not isinstance(instance, dict):
        return
    known, expressions = schema.get("properties", {}), schema.get("patternProperties", {})
    for name, item in instance.items():
        if name in known or any(matches(expression, name) for expression in expressions):
            continue
        if isinstance(allowed, dict):
            yield from validator.descend(item, allowed)
        elif not allowed:
            yield ValidationError("additionalProperties")
