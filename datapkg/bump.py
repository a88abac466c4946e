"""The version policy: which part of a version each kind of change raises. One table, in code and in the documents.

It is the Data Package version recipe with the two differences that the reasons of `column-added` and `removed` give.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from datapkg.changes import Changes, Kind, Op, SchemaChange
from datapkg.versions import Bump, Version


@dataclass(frozen=True, slots=True)
class Policy:
    """What a kind of change raises at least, and why."""

    bump: Bump
    why: str


POLICY: Mapping[Op | Kind, Policy] = {
    Op.ADDED: Policy(Bump.MINOR, "more rows; what was read before is still there"),
    Op.REMOVED: Policy(
        Bump.MINOR,
        "the recipe has no rule for it; code that reads the table still runs, but sums change, so it is more than a "
        "correction, and the row leaves a tombstone with a reason",
    ),
    Op.CHANGED: Policy(Bump.PATCH, "a value was corrected; the fact is the same one"),
    Kind.TABLE_ADDED: Policy(Bump.MINOR, "whoever does not know it does not read it"),
    Kind.TABLE_REMOVED: Policy(Bump.MAJOR, "whoever reads it fails"),
    Kind.TABLE_RENAMED: Policy(Bump.MAJOR, "whoever reads it by its name fails"),
    Kind.COLUMN_ADDED: Policy(
        Bump.MINOR, "the recipe has major; but columns are read by name, and the names that were there still are"
    ),
    Kind.COLUMN_REMOVED: Policy(Bump.MAJOR, "whoever selects it fails"),
    Kind.COLUMN_RENAMED: Policy(Bump.MAJOR, "whoever selects it by its name fails"),
    Kind.COLUMN_RETYPED: Policy(Bump.MAJOR, "what is computed from it fails, or means something else"),
    Kind.COLUMN_MOVED: Policy(Bump.PATCH, "columns are read by name"),
    Kind.CONSTRAINT_NARROWED: Policy(Bump.MAJOR, "data made for the old rule may break the new one"),
    Kind.CONSTRAINT_RELAXED: Policy(Bump.MINOR, "values may come that could not be there before"),
    Kind.DEFAULT_CHANGED: Policy(Bump.PATCH, "what a reader may put where there is no value; the data is as it was"),
    Kind.PRIMARY_KEY_CHANGED: Policy(Bump.MAJOR, "rows are named otherwise; joins and citations break"),
    Kind.UNIQUE_KEY_ADDED: Policy(Bump.MAJOR, "a stricter rule: data made for the old one may break it"),
    Kind.UNIQUE_KEY_REMOVED: Policy(Bump.MINOR, "a rule was relaxed: rows may now share what was unique"),
    Kind.FOREIGN_KEY_ADDED: Policy(Bump.MAJOR, "a stricter rule: data made for the old one may break it"),
    Kind.FOREIGN_KEY_REMOVED: Policy(Bump.MINOR, "a rule was relaxed: values may now refer to nothing"),
    Kind.UNIT_CHANGED: Policy(Bump.MAJOR, "the same number means another quantity"),
    Kind.DESCRIPTION_CHANGED: Policy(Bump.PATCH, "words about the data, and the data as it was"),
    Kind.PACKAGE_CHANGED: Policy(Bump.PATCH, "words about the dataset, and the data as it was"),
}
"""What each kind of change to rows, tables, columns, keys and texts raises at least."""

RANK = {part: rank for rank, part in enumerate((Bump.PATCH, Bump.MINOR, Bump.MAJOR))}


@dataclass(frozen=True, slots=True)
class Reason:
    """Some changes of one kind and what they raise: `change` for one of the schema, else `count` rows of `table`."""

    bump: Bump
    kind: Op | Kind
    table: str | None
    count: int = 1
    change: SchemaChange | None = None


def bump_of_change(change: SchemaChange) -> Bump:
    """What one change of tables, columns, keys or texts raises at least."""
    return POLICY[change.kind].bump


def bump_of(changes: Changes) -> Bump | None:
    """What all changes together raise at least; None where nothing differs."""
    return max((reason.bump for reason in reasons(changes)), key=RANK.__getitem__, default=None)


def reasons(changes: Changes) -> Iterator[Reason]:
    """What each change raises, those of the schema first."""
    for change in changes.schema:
        yield Reason(bump_of_change(change), change.kind, change.table, change=change)
    for name, table in changes.tables.items():
        for op, count in ((Op.REMOVED, table.removed), (Op.ADDED, table.added), (Op.CHANGED, table.changed)):
            if count:
                yield Reason(POLICY[op].bump, op, name, count)


def ranked(changes: Changes) -> list[Reason]:
    """The reasons, those that raise most first."""
    return sorted(reasons(changes), key=lambda reason: -RANK[reason.bump])


def demanding(changes: Changes) -> list[Reason]:
    """The reasons that raise most: those for which a lower bump is refused."""
    most = bump_of(changes)
    return [reason for reason in reasons(changes) if reason.bump is most]


def is_enough(version: Version, base: Version, needed: Bump | None) -> bool:
    """Whether `version` may follow `base` with changes that need a bump.

    A pre-release is judged by the version that it prepares: 1.1.0-rc.1 may follow 1.0.0 where 1.1.0 may.
    """
    return version > base and (needed is None or version.core >= base.bump(needed))
