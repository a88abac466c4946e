"""Limits: read with their units, refused with the way out, and written in one place."""

import re
from dataclasses import fields
from typing import Any

import pytest

from datapkg.limits import Limits, from_settings, parse, shown


@pytest.mark.parametrize(
    ("name", "given", "value"),
    [
        ("memory", "1 GiB", 2**30),
        ("memory", "1GB", 10**9),
        ("memory", "0.5 gib", 2**29),
        ("memory", 2**30, 2**30),
        ("memory", str(2**30), 2**30),
        ("rule_seconds", "90 s", 90),
        ("rule_seconds", "2 min", 120),
        ("rule_seconds", 5, 5),
        ("findings", 0, 0),
        ("threads", "4", 4),
    ],
)
def test_a_limit_is_a_number_with_or_without_a_unit(name: str, given: Any, value: int) -> None:
    assert parse(name, given) == value


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"memry": 1}, "unknown limit 'memry'; did you mean memory?"),
        ({"colour": 1}, "unknown limit 'colour'; it may be one of memory, threads"),
        ({"memory": "much"}, "memory is 'much', which is not a size such as 1 GiB"),
        ({"memory": "1 s"}, "not a size"),
        ({"memory": "-1 GiB"}, "not a size"),
        ({"memory": "0.5"}, "not a size"),
        ({"memory": True}, "not a size"),
        ({"memory": 1.5}, "not a size"),
        ({"memory": "1 KiB"}, "memory is '1 KiB'; it must be at least 64 MiB"),
        ({"rule_seconds": "1 GiB"}, "not a time such as 60 s"),
        ({"rule_seconds": 0}, "must be at least 1 s"),
        ({"threads": 0}, "must be at least 1"),
        ({"threads": "4 MB"}, "not a number"),
    ],
)
def test_a_limit_that_is_not_understood(settings: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=re.escape(words)):
        from_settings(settings)


@pytest.mark.parametrize("item", fields(Limits), ids=lambda item: item.name)
def test_every_limit_says_what_it_bounds_and_reads_what_it_shows(item: Any) -> None:
    assert item.metadata["what"]
    if item.default is not None:
        assert parse(item.name, shown(item.name, item.default).replace(",", "")) == item.default


def test_memory_grows_with_the_threads_unless_it_is_set() -> None:
    assert Limits(threads=2).memory_at_most == (256 + 2 * 192) << 20
    assert Limits(threads=8).memory_at_most > Limits(threads=2).memory_at_most
    assert Limits(memory=2**30, threads=2).memory_at_most == 2**30
