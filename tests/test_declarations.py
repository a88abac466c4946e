"""What two schemas declare differently, a case for each kind: table, columns, constraints, keys, texts."""

from typing import Any

import pytest

from datapkg.changes import Kind, SchemaChange
from datapkg.declarations import Renames, column_changes, package_changes, schema_changes
from datapkg.schema import from_descriptor

Told = list[tuple[str, Any, Any]]


def changed(old: dict[str, Any], new: dict[str, Any]) -> Told:
    """(kind property, old, new) of what differs between two fields named `x`."""
    sides = [from_descriptor({"fields": [{"name": "x", "type": "string", **one}]})["x"] for one in (old, new)]
    return told(list(column_changes("t", sides[0], sides[1])))


def told(changes: list[SchemaChange]) -> Told:
    """Changes in a few words."""
    return [(f"{one.kind} {one.property or one.column}", one.old, one.new) for one in changes]


def schemas(old: dict[str, Any], new: dict[str, Any], **renamed: str) -> Told:
    """The same of two whole schemas."""
    return told(list(schema_changes("t", from_descriptor(old), from_descriptor(new), Renames(columns=renamed))))


def bound(**constraints: Any) -> dict[str, Any]:
    """An integer field with constraints."""
    return {"type": "integer", "constraints": constraints}


NARROWED = [
    (bound(), bound(minimum=1), "minimum"),
    (bound(minimum=1), bound(minimum=2), "minimum"),
    (bound(maximum=9), bound(maximum=8), "maximum"),
    (bound(exclusiveMinimum=1), bound(exclusiveMinimum="2"), "exclusiveMinimum"),
    (bound(exclusiveMaximum=9), bound(exclusiveMaximum=8), "exclusiveMaximum"),
    (bound(), bound(required=True), "required"),
    (bound(), bound(unique=True), "unique"),
    (bound(enum=[1, 2]), bound(enum=[1]), "enum"),
    (bound(), bound(enum=[1]), "enum"),
    ({"constraints": {"minLength": 1}}, {"constraints": {"minLength": 2}}, "minLength"),
    ({"constraints": {"maxLength": 5}}, {"constraints": {"maxLength": 4}}, "maxLength"),
    ({"categories": ["a", "b"]}, {"categories": ["a"]}, "categories"),
    ({"categories": [{"value": "a"}, {"value": "b"}]}, {"categories": ["a"]}, "categories"),
    (
        {"type": "date", "constraints": {"minimum": "2020-01-01"}},
        {"type": "date", "constraints": {"minimum": "2021-01-01"}},
        "minimum",
    ),
]


@pytest.mark.parametrize(
    ("old", "new", "name"), NARROWED, ids=[f"{n}-{number}" for number, (_, _, n) in enumerate(NARROWED)]
)
def test_what_allows_less_is_narrowed_and_back_again_relaxed(
    old: dict[str, Any], new: dict[str, Any], name: str
) -> None:
    assert [kind for kind, _, _ in changed(old, new)] == [f"constraint-narrowed {name}"]
    assert [kind for kind, _, _ in changed(new, old)] == [f"constraint-relaxed {name}"]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ({"constraints": {"pattern": "a+"}}, {"constraints": {"pattern": "b+"}}),
        (
            {"type": "object", "constraints": {"jsonSchema": {}}},
            {"type": "object", "constraints": {"jsonSchema": {"a": 1}}},
        ),
        (
            {"type": "duration", "constraints": {"minimum": "P30D"}},
            {"type": "duration", "constraints": {"minimum": "P1M"}},
        ),
    ],
)
def test_what_has_no_order_counts_as_narrowed_either_way(old: dict[str, Any], new: dict[str, Any]) -> None:
    for one, other in ((old, new), (new, old)):
        assert [kind.partition(" ")[0] for kind, _, _ in changed(one, other)] == [Kind.CONSTRAINT_NARROWED]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (bound(minimum=1), bound(minimum="1")),
        (bound(required=False), bound()),
        (bound(enum=[1, 2]), bound(enum=["2", "1"])),
        ({"type": "number", "constraints": {"maximum": 1}}, {"type": "number", "constraints": {"maximum": 1.0}}),
        ({"title": ""}, {}),
        ({"type": "date", "format": "%d.%m.%Y"}, {"type": "date"}),
        ({"type": "boolean", "trueValues": ["yes"], "falseValues": ["no"]}, {"type": "boolean"}),
        ({"type": "number", "decimalChar": ","}, {"type": "number"}),
        ({"missingValues": ["-"]}, {}),
    ],
)
def test_the_same_in_other_words_is_no_change(old: dict[str, Any], new: dict[str, Any]) -> None:
    assert changed(old, new) == changed(new, old) == []


def test_a_list_of_values_can_become_narrower_and_wider() -> None:
    assert changed({"constraints": {"enum": ["a", "b"]}}, {"constraints": {"enum": ["b", "c"]}}) == [
        ("constraint-narrowed enum", ["a", "b"], ["b", "c"]),
        ("constraint-relaxed enum", ["a", "b"], ["b", "c"]),
    ]


@pytest.mark.parametrize(
    ("old", "new", "wanted"),
    [
        ({"type": "integer"}, {"type": "number"}, ("column-retyped type", "integer", "number")),
        ({}, {"format": "email"}, ("column-retyped format", "default", "email")),
        ({"type": "list"}, {"type": "list", "itemType": "integer"}, ("column-retyped itemType", None, "integer")),
        ({"unit": "km"}, {"unit": "m"}, ("unit-changed unit", "km", "m")),
        ({"default": 0}, {"default": False}, ("default-changed default", 0, False)),
        ({"title": "X"}, {"title": "Y"}, ("description-changed title", "X", "Y")),
        ({}, {"description": "New."}, ("description-changed description", None, "New.")),
        (
            {"categories": [{"value": "a", "label": "A"}]},
            {"categories": [{"value": "a", "label": "Ah"}]},
            ("description-changed categories", {'"a"': "A"}, {'"a"': "Ah"}),
        ),
    ],
)
def test_each_property_is_told_by_its_kind(
    old: dict[str, Any], new: dict[str, Any], wanted: tuple[str, Any, Any]
) -> None:
    assert changed(old, new) == [wanted]


def fields(*names: str, **more: Any) -> dict[str, Any]:
    """A schema of texts."""
    return {"fields": [{"name": name, "type": "string"} for name in names], **more}


@pytest.mark.parametrize(
    ("old", "new", "wanted"),
    [
        (fields("a"), fields("a", "b"), [("column-added b", None, "string")]),
        (fields("a", "b"), fields("a"), [("column-removed b", "string", None)]),
        (fields("a", "b", "c"), fields("c", "a", "b"), [("column-moved position", 3, 1)]),
        (fields("a", "b"), fields("a", "x", "b"), [("column-added x", None, "string")]),
        (fields("a", primaryKey="a"), fields("a", primaryKey=["a"]), []),
        (fields("a", "b", primaryKey=["a", "b"]), fields("a", "b", primaryKey=["b", "a"]), []),
        (fields("a"), fields("a", primaryKey="a"), [("primary-key-changed primaryKey", [], ["a"])]),
        (fields("a"), fields("a", uniqueKeys=[["a"]]), [("unique-key-added uniqueKeys", None, ["a"])]),
        (fields("a", uniqueKeys=[["a"]]), fields("a"), [("unique-key-removed uniqueKeys", ["a"], None)]),
        (
            fields("a"),
            fields("a", foreignKeys=[{"fields": "a", "reference": {"resource": "u", "fields": "b"}}]),
            [("foreign-key-added foreignKeys", None, "a → u(b)")],
        ),
        (
            fields("a", foreignKeys=[{"fields": ["a"], "reference": {"resource": "", "fields": ["a"]}}]),
            fields("a", foreignKeys=[{"fields": "a", "reference": {"resource": "t", "fields": "a"}}]),
            [],
        ),
        (
            fields("a", foreignKeys=[{"fields": ["a"], "reference": {"resource": "", "fields": ["a"]}}]),
            fields("a"),
            [("foreign-key-removed foreignKeys", "a → self(a)", None)],
        ),
    ],
)
def test_columns_and_keys(old: dict[str, Any], new: dict[str, Any], wanted: Told) -> None:
    assert schemas(old, new) == wanted


def test_a_renamed_column_is_the_same_one_in_keys_and_order() -> None:
    key = {"primaryKey": "dead", "uniqueKeys": [["dead", "a"]]}
    fresh = {"primaryKey": "killed", "uniqueKeys": [["a", "killed"]]}
    assert schemas(fields("a", "dead", **key), fields("a", "killed", **fresh), dead="killed") == [
        ("column-renamed killed", "dead", "killed")
    ]


def test_what_a_release_adds_is_no_column_of_the_data() -> None:
    added = {"name": "a_lon", "type": "number", "datapkg:longitude-of": "a"}
    assert schemas(fields("a"), {"fields": [*fields("a")["fields"], added]}) == []


def test_the_package_is_told_but_for_what_a_release_writes() -> None:
    old = {"name": "x", "version": "1.0.0", "created": "2026-01-01", "licenses": [{"name": "CC0"}], "$schema": "a"}
    new = {"name": "x", "version": "2.0.0", "licenses": [{"name": "MIT"}], "title": "X", "image": "i.png"}
    assert told(list(package_changes(old, new))) == [
        ("package-changed licenses", [{"name": "CC0"}], [{"name": "MIT"}]),
        ("package-changed title", None, "X"),
    ]
