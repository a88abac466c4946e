"""What an operator is: one way of corrupting a table, written once."""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from datapkg.mutate.sheet import Edit, Sheet
from datapkg.schema import Column, Schema

TRIES = 60
"""Rows that are tried until one can be corrupted."""

Alter = Callable[[Column, str, Random], str | None]
Change = Callable[[Sheet, Column | None, Random], Edit | None]


@dataclass(frozen=True)
class Operator:
    """One way of corrupting a table.

    `applies` says whether a schema, or a column of it, gives it something to do; it works `by_column`
    or on the table as a whole. `what` says what it does, `remedy` which rule would catch it.
    `change` is pure: one sheet and one state of the random generator give one edit, or None where
    there is nothing to corrupt. What a `review` operator makes is as plausible as the truth: no
    rule can be asked to know it, so it does not count.
    """

    name: str
    kind: str
    what: str
    remedy: str
    applies: Callable[[Schema, Column], bool]
    change: Change
    by_column: bool = True
    review: bool = False


KINDS = (
    "structure",
    "encoding",
    "columns",
    "type",
    "missing",
    "constraint",
    "keys",
    "reference",
    "completeness",
    "semantic",
    "spelling",
)


def some_rows(sheet: Sheet, rng: Random) -> list[int]:
    """Some rows in random order, from 0."""
    return rng.sample(range(len(sheet.rows)), min(len(sheet.rows), TRIES))


def on_cells(alter: Alter, *, empty: bool = False) -> Change:
    """The change of one cell of a column; of an empty one where `empty`."""

    def change(sheet: Sheet, column: Column | None, rng: Random) -> Edit | None:
        assert column is not None
        for row in some_rows(sheet, rng):
            if sheet.empty(row, column) is not empty:
                continue
            old = sheet.cell(row, column.name)
            new = alter(column, old, rng)
            if new is not None and new != old and (edit := sheet.put(row, {column.name: new})) is not None:
                return edit
        return None

    return change
