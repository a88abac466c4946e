"""The version policy: what each change raises, and that more changes never raise less."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datapkg.bump import POLICY, RANK, bump_of, bump_of_change, demanding, is_enough
from datapkg.changes import Changes, Kind, Op, SchemaChange, Side, TableChanges
from datapkg.versions import Bump, Version

MINOR = "added removed table-added column-added constraint-relaxed unique-key-removed foreign-key-removed"
PATCH = "changed column-moved default-changed description-changed package-changed"
MAJOR = (
    "table-removed table-renamed column-removed column-renamed column-retyped constraint-narrowed "
    "primary-key-changed unique-key-added foreign-key-added unit-changed"
)
NOTHING = Changes(Side("a", "1.0.0", "a"), Side("a", "1.0.0", "b"))

COUNT = st.integers(0, 3)
TABLES = st.dictionaries(
    st.sampled_from("tuv"),
    st.builds(TableChanges, st.just("t"), COUNT, COUNT, COUNT),
)
SCHEMA = st.lists(st.builds(SchemaChange, st.sampled_from(Kind)), max_size=4).map(tuple)
CHANGES = st.builds(lambda schema, tables: replace(NOTHING, schema=schema, tables=tables), SCHEMA, TABLES)


def test_every_kind_of_change_is_in_the_table_once() -> None:
    assert set(POLICY) == {*Op, *Kind}
    told = {str(kind): part for part, kinds in zip(Bump, (PATCH, MINOR, MAJOR), strict=True) for kind in kinds.split()}
    assert {str(kind): policy.bump for kind, policy in POLICY.items()} == told


@pytest.mark.parametrize("kind", Kind)
def test_one_change_of_the_schema_raises_what_the_table_says(kind: Kind) -> None:
    change = SchemaChange(kind, "t")
    assert bump_of(replace(NOTHING, schema=(change,))) is bump_of_change(change) is POLICY[kind].bump


@pytest.mark.parametrize(
    ("added", "removed", "changed", "bump"),
    [(0, 0, 0, None), (0, 0, 9, "patch"), (1, 0, 9, "minor"), (0, 1, 0, "minor"), (1, 1, 1, "minor")],
)
def test_rows(added: int, removed: int, changed: int, bump: str | None) -> None:
    tables = {"t": TableChanges("t", added, removed, changed), "u": TableChanges("u")}
    assert bump_of(replace(NOTHING, tables=tables)) == bump


def together(one: Changes, other: Changes) -> Changes:
    """All changes of two."""
    tables = dict(one.tables)
    for name, more in other.tables.items():
        held = tables.get(name, TableChanges(name))
        counts = (held.added + more.added, held.removed + more.removed, held.changed + more.changed)
        tables[name] = TableChanges(name, *counts)
    return replace(one, schema=(*one.schema, *other.schema), tables=tables)


def rank(changes: Changes) -> int:
    part = bump_of(changes)
    return -1 if part is None else RANK[part]


@given(CHANGES, CHANGES)
def test_more_changes_never_raise_less(one: Changes, other: Changes) -> None:
    assert rank(together(one, other)) == max(rank(one), rank(other))


@given(CHANGES)
def test_something_is_raised_where_something_differs(changes: Changes) -> None:
    assert (bump_of(changes) is None) == (not changes.differ)
    assert {reason.bump for reason in demanding(changes)} <= {bump_of(changes)}


@pytest.mark.parametrize(
    ("base", "part", "version"),
    [
        ("1.2.3", "patch", "1.2.4"),
        ("1.2.3", "minor", "1.3.0"),
        ("1.2.3", "major", "2.0.0"),
        ("0.2.3", "patch", "0.2.4"),
        ("0.2.3", "minor", "0.3.0"),
        ("0.2.3", "major", "1.0.0"),
        ("1.3.0-rc.1", "patch", "1.3.0"),
        ("1.3.0-rc.1", "minor", "1.3.0"),
        ("1.3.0-rc.1", "major", "2.0.0"),
        ("1.3.1-rc.1", "minor", "1.4.0"),
        ("2.0.0-rc.1", "major", "2.0.0"),
    ],
)
def test_the_next_version(base: str, part: str, version: str) -> None:
    assert str(Version.parse(base).bump(Bump(part))) == version


@pytest.mark.parametrize(
    ("version", "base", "needed", "enough"),
    [
        ("1.0.1", "1.0.0", None, True),
        ("1.0.0", "1.0.0", None, False),
        ("1.0.1", "1.0.0", "patch", True),
        ("1.0.1", "1.0.0", "minor", False),
        ("1.1.0", "1.0.0", "minor", True),
        ("3.0.0", "1.0.0", "patch", True),
        ("1.1.0", "1.0.0", "major", False),
        ("1.1.0-rc.1", "1.0.0", "minor", True),
        ("1.0.1-rc.1", "1.0.0", "minor", False),
        ("1.1.0-rc.2", "1.1.0-rc.1", "minor", True),
        ("1.1.0-rc.2", "1.1.0-rc.1", "major", False),
        ("1.1.0-rc.1", "1.1.0-rc.2", "patch", False),
    ],
)
def test_which_version_may_follow(version: str, base: str, needed: str | None, enough: bool) -> None:
    part = Bump(needed) if needed else None
    assert is_enough(Version.parse(version), Version.parse(base), part) is enough
