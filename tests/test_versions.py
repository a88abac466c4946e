"""Versions: SemVer's order, bumps, and ranges as cargo reads them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datapkg.versions import Bump, Version, satisfies

NUMBER = st.integers(0, 30)
PRE = st.sampled_from(["", "-alpha", "-alpha.1", "-alpha.beta", "-beta", "-beta.2", "-beta.11", "-rc.1"])
VERSIONS = st.builds(lambda a, b, c, pre: Version.parse(f"{a}.{b}.{c}{pre}"), NUMBER, NUMBER, NUMBER, PRE)

IN_ORDER = (
    "0.9.0 1.0.0-alpha 1.0.0-alpha.1 1.0.0-alpha.beta 1.0.0-beta 1.0.0-beta.2 1.0.0-beta.11 1.0.0-rc.1 1.0.0 1.0.1"
)


def test_the_order_is_that_of_the_standard() -> None:
    versions = [Version.parse(text) for text in IN_ORDER.split()]
    assert versions == sorted([*versions[4:], *versions[:4]])


@given(VERSIONS)
def test_a_version_is_written_as_it_was_read(version: Version) -> None:
    assert Version.parse(str(version)) == version


@given(VERSIONS, VERSIONS)
def test_versions_are_totally_ordered(one: Version, other: Version) -> None:
    assert (one < other) + (one == other) + (one > other) == 1


@given(VERSIONS, st.sampled_from(Bump))
def test_a_bump_raises_the_version(version: Version, part: Bump) -> None:
    assert version.bump(part) > version


@pytest.mark.parametrize(
    "text", ["", "1", "1.0", "01.0.0", "1.0.0.0", "v1.0.0", "1.0.0-", "1.0.0+x", "1.0.0\n", "٣.0.0"]
)
def test_what_is_no_version_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a version"):
        Version.parse(text)


@pytest.mark.parametrize(
    ("wanted", "inside", "outside"),
    [
        ("1.2.3", "1.2.3", "1.2.4 1.2.2 1.2.3-rc.1"),
        ("^1", "1.0.0 1.9.9", "0.9.9 2.0.0 1.5.0-rc.1"),
        ("^1.2", "1.2.0 1.9.0", "1.1.9 2.0.0"),
        ("^0.2", "0.2.0 0.2.9", "0.3.0 1.0.0"),
        ("^0.2.3", "0.2.3 0.2.9", "0.2.2 0.3.0"),
        ("^0.0.3", "0.0.3", "0.0.4"),
        ("^0", "0.0.1 0.9.0", "1.0.0"),
        ("~1.2", "1.2.0 1.2.9", "1.3.0"),
        ("~1", "1.0.0 1.9.0", "2.0.0"),
        ("*", "0.0.1 9.9.9", "1.0.0-rc.1"),
    ],
)
def test_ranges(wanted: str, inside: str, outside: str) -> None:
    assert all(satisfies(Version.parse(text), wanted) for text in inside.split())
    assert not any(satisfies(Version.parse(text), wanted) for text in outside.split())


@pytest.mark.parametrize("wanted", ["^", "^a", "~1.2.3.4", "latest", "^1.x"])
def test_what_is_no_range_is_refused(wanted: str) -> None:
    with pytest.raises(ValueError, match=r"is not a (range|version)"):
        satisfies(Version.parse("1.0.0"), wanted)


def test_a_version_is_compared_with_versions_only() -> None:
    assert Version.parse("1.0.0").__lt__("1.0.0") is NotImplemented
