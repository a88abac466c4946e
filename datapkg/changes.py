"""What differs between two versions of a dataset: values only, found by `diff.py`, judged by `bump.py`.

Cells are texts in the one canonical spelling of their typed value (see `engine/canonical.py`), or
None where there is no value: `1.0` and `1.00` are the same text.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Op(StrEnum):
    """What happened to a row."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


class Kind(StrEnum):
    """What happened to a table, a column, a key or a text of the descriptor."""

    TABLE_ADDED = "table-added"
    TABLE_REMOVED = "table-removed"
    TABLE_RENAMED = "table-renamed"
    COLUMN_ADDED = "column-added"
    COLUMN_REMOVED = "column-removed"
    COLUMN_RENAMED = "column-renamed"
    COLUMN_RETYPED = "column-retyped"
    COLUMN_MOVED = "column-moved"
    CONSTRAINT_NARROWED = "constraint-narrowed"
    CONSTRAINT_RELAXED = "constraint-relaxed"
    DEFAULT_CHANGED = "default-changed"
    PRIMARY_KEY_CHANGED = "primary-key-changed"
    UNIQUE_KEY_ADDED = "unique-key-added"
    UNIQUE_KEY_REMOVED = "unique-key-removed"
    FOREIGN_KEY_ADDED = "foreign-key-added"
    FOREIGN_KEY_REMOVED = "foreign-key-removed"
    UNIT_CHANGED = "unit-changed"
    DESCRIPTION_CHANGED = "description-changed"
    PACKAGE_CHANGED = "package-changed"


@dataclass(frozen=True, slots=True)
class Tolerance:
    """By how much two numbers may differ and count as equal: so much, or such a share of the larger one."""

    amount: float
    relative: bool = False

    @classmethod
    def parse(cls, text: str) -> "Tolerance":
        """`0.01`, or relative `1%`; ValueError where it is neither."""
        told = text.strip()
        number = float(told.removesuffix("%"))
        if not math.isfinite(number) or number < 0:
            raise ValueError(f"{text!r} is no tolerance")
        return cls(number / 100, relative=True) if told.endswith("%") else cls(number)


@dataclass(frozen=True, slots=True)
class CellChange:
    """One cell of a row, before and after; an added row has no `old`, a removed one no `new`."""

    column: str
    old: str | None
    new: str | None


@dataclass(frozen=True, slots=True)
class RowChange:
    """One row that was added, removed or changed.

    `key` is that of the row by column, or None in a table without a key, where equal rows are one
    entry and `times` says how often it came or went. `cells` are all cells of an added or removed
    row, the changed ones of a changed row. `other` is, as a guess, the key under which the same
    content stands on the other side: the row was given a new key.
    """

    op: Op
    key: Mapping[str, str | None] | None
    cells: tuple[CellChange, ...]
    times: int = 1
    other: Mapping[str, str | None] | None = None


@dataclass(frozen=True, slots=True)
class SchemaChange:
    """One change of tables, columns, constraints, keys or texts.

    `property` names the constraint or property (`minimum`, `title`, `licenses`); `old` and `new`
    are its values, for a renamed thing the names. A `guess` was recognised by content.
    """

    kind: Kind
    table: str | None = None
    column: str | None = None
    property: str | None = None
    old: Any = None
    new: Any = None
    guess: bool = False


@dataclass(frozen=True)
class TableChanges:
    """The rows of one table that differ: complete counts, and the first of the rows.

    `columns` counts the changed cells of each column, completely. `keyed` says whether rows were
    matched by a primary key or compared as a multiset.
    """

    name: str
    added: int = 0
    removed: int = 0
    changed: int = 0
    rows: Sequence[RowChange] = ()
    columns: Mapping[str, int] = field(default_factory=dict)
    keyed: bool = True
    note: str | None = None

    @property
    def differ(self) -> bool:
        """Whether any row differs."""
        return bool(self.added or self.removed or self.changed)


@dataclass(frozen=True)
class Side:
    """One of the two that are compared: a name, a version where it has one, and how it was asked for."""

    name: str
    version: str | None
    asked: str


@dataclass(frozen=True)
class Changes:
    """All that differs between `old` and `new`; every table of either side is in `tables`."""

    old: Side
    new: Side
    schema: tuple[SchemaChange, ...] = ()
    tables: Mapping[str, TableChanges] = field(default_factory=dict)

    @property
    def differ(self) -> bool:
        """Whether anything differs."""
        return bool(self.schema) or any(table.differ for table in self.tables.values())


def key_text(key: Mapping[str, str | None] | None) -> str:
    """A key as commands and retractions take it: the value, or `column=value,…` where it has several columns."""
    given = dict(key or {})
    if len(given) == 1:
        return next(iter(given.values())) or ""
    return ",".join(f"{name}={value or ''}" for name, value in given.items())
