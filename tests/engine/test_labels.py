"""Headers against schemas, for each of the five ways to match (Table Schema v2, fieldsMatch)."""

import pytest

from datapkg.engine.labels import blanks, match
from datapkg.schema import from_descriptor


def told(way: str, labels: str) -> tuple[list[tuple[str, int]], dict[str, int]]:
    schema = from_descriptor({"fields": [{"name": name} for name in "abc"], "fieldsMatch": way})
    header = match(labels.split(","), schema)
    return [(fault.code, fault.number) for fault in header.faults], dict(header.positions)


@pytest.mark.parametrize(
    ("way", "labels", "faults", "positions"),
    [
        ("exact", "a,b,c", [], {"a": 0, "b": 1, "c": 2}),
        ("exact", "a,x,c", [("incorrect-label", 2)], {"a": 0, "b": 1, "c": 2}),
        ("exact", "b,a,c", [("incorrect-label", 1), ("incorrect-label", 2)], {"a": 1, "b": 0, "c": 2}),
        ("exact", "a,c", [("missing-label", 2)], {"a": 0, "c": 1}),
        ("exact", "a,b,c,d", [("extra-label", 4)], {"a": 0, "b": 1, "c": 2}),
        ("exact", "a,,c", [("blank-label", 2)], {"a": 0, "b": 1, "c": 2}),
        ("exact", "a,a,c", [("duplicate-label", 2)], {"a": 0, "b": 1, "c": 2}),
        ("exact", "A,b,c", [("incorrect-label", 1)], {"a": 0, "b": 1, "c": 2}),
        ("exact", "a ,b,c", [("incorrect-label", 1)], {"a": 0, "b": 1, "c": 2}),
        ("equal", "c,b,a", [], {"a": 2, "b": 1, "c": 0}),
        ("equal", "a,b", [("missing-label", 3)], {"a": 0, "b": 1}),
        ("equal", "a,b,c,d", [("extra-label", 4)], {"a": 0, "b": 1, "c": 2}),
        ("subset", "d,c,b,a", [], {"a": 3, "b": 2, "c": 1}),
        ("subset", "a,b", [("missing-label", 3)], {"a": 0, "b": 1}),
        ("superset", "c,a", [], {"a": 1, "c": 0}),
        ("superset", "a,x", [("extra-label", 2)], {"a": 0}),
        ("partial", "x,b", [], {"b": 1}),
        ("partial", "x,y", [("missing-label", 1), ("missing-label", 2), ("missing-label", 3)], {}),
    ],
)
def test_labels(way: str, labels: str, faults: list[tuple[str, int]], positions: dict[str, int]) -> None:
    assert told(way, labels) == (faults, positions)


def test_a_header_without_a_schema_has_only_faults_of_its_own() -> None:
    assert [(f.code, f.number) for f in blanks(["a", "", "a"]).faults] == [("blank-label", 2), ("duplicate-label", 3)]
