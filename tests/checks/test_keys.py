"""References of several columns, to several rows, and to a column that is not there."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from building import places

from datapkg.validate import validate

PAIR: dict[str, Any] = {"fields": ["c", "d"], "reference": {"resource": "t", "fields": ["a", "b"]}}


@pytest.mark.parametrize(
    ("target", "rows", "told"),
    [
        ("x,1\ny,\n", "x,1\ny,\n,\n", [("blank-row", 4, None, None)]),
        ("x,1\ny,\n", ",1\nx,2\n", [("foreign-key", 2, "c", ""), ("foreign-key", 3, "c", "x")]),
        # A part that is not of its type is told once, and not as a reference to nothing too.
        ("x,1\n", "x,one\n", [("type-error", 2, "d", "one")]),
        ("x,1\nx,1\nx,2\n", "x,1\nx,2\n", [("ambiguous-reference", 2, "c", "x")]),
        ("x,1\nx,1\n", "x,\n", [("foreign-key", 2, "c", "x")]),
    ],
)
def test_a_reference_of_two_columns(
    make_dataset: Callable[..., Path], target: str, rows: str, told: list[tuple[object, ...]]
) -> None:
    path = make_dataset(t=f"a:string b:integer\n{target}", u=f"c:string d:integer\n{rows}")
    package = json.loads(path.read_text())
    package["resources"][1]["schema"]["foreignKeys"] = [PAIR]
    path.write_text(json.dumps(package))
    assert places(validate(path.as_posix())) == told


def test_a_key_that_is_broken_is_told_as_that_alone(make_dataset: Callable[..., Path]) -> None:
    path = make_dataset(t="a:string(unique=true) n:integer\nx,1\nx,2\n", u="b:string→t.a n:integer\nx,1\n")
    assert places(validate(path.as_posix())) == [("unique-error", 3, "a", "x")]


def test_a_reference_to_a_column_that_is_not_there_is_told_in_the_descriptor(make_dataset: Callable[..., Path]) -> None:
    path = make_dataset(t="a:string\nx\n", u="b:string→t.z n:integer\nx,1\n")
    (finding,) = validate(path.as_posix()).findings
    line = next(n for n, text in enumerate(path.read_text().splitlines(), 1) if "foreignKeys" in text)
    assert (finding.code, finding.place.path.endswith("datapackage.json")) == ("schema-error", True)
    assert finding.place.line is not None and finding.place.line >= line
    assert finding.message.endswith("refers to the column z, which t does not have")
