"""What several formats of a diff say in the same way: counts, changes in words, and where two texts part."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from datapkg.bump import RANK, bump_of, bump_of_change
from datapkg.changes import CellChange, Changes, Kind, Op, RowChange, SchemaChange, TableChanges
from datapkg.render.wording import brief

NOTHING = "∅"
"""Stands where there is no value."""
NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
CONTEXT = 30
"""Characters of the same text that are kept around what differs."""
SIGNS: Mapping[Op, str] = {Op.ADDED: "+", Op.REMOVED: "-", Op.CHANGED: "~"}
RETRACTIONS = "retractions"


def title(changes: Changes) -> str:
    """The two sides in a line."""
    old, new = (f"{side.name} {side.version}" if side.version else side.name for side in (changes.old, changes.new))
    asked = "" if changes.old.asked == changes.new.asked else f" ({changes.old.asked} → {changes.new.asked})"
    return brief(f"{old} → {new}{asked}")


def summary(changes: Changes) -> str:
    """Counts of all that differs, and the bump that it asks for."""
    if not changes.differ:
        return "no difference"
    tables = changes.tables.values()
    told = [
        counted(sum(table.removed for table in tables), "row") + " removed",
        f"{sum(table.changed for table in tables):,} changed",
        f"{sum(table.added for table in tables):,} added",
    ]
    if changes.schema:
        told.append(counted(len(changes.schema), "change") + " of what is declared")
    return f"{', '.join(told)}; bump: {bump_of(changes)}"


def counts(table: TableChanges) -> str:
    """The counts of one table."""
    told = [(table.removed, "removed"), (table.changed, "changed"), (table.added, "added")]
    return ", ".join(f"{count:,} {word}" for count, word in told if count) or "no row differs"


def counted(count: int, word: str) -> str:
    """A count with its word, of which there may be several."""
    return f"{count:,} {word}{'' if count == 1 else 's'}"


def unshown(table: TableChanges) -> int:
    """How many of the rows that differ are counted and not listed."""
    return table.added + table.removed + table.changed - sum(row.times for row in table.rows)


def in_order(changes: Changes) -> list[SchemaChange]:
    """The changes of what is declared, those that raise most first."""
    return sorted(changes.schema, key=lambda change: -RANK[bump_of_change(change)])


def in_words(change: SchemaChange) -> str:
    """What one change of the declarations is about: where, and from what to what."""
    where = ".".join(part for part in (change.table, change.column) if part)
    told = change.property if change.property not in (None, "type", "position") else ""
    if change.kind in (Kind.COLUMN_RENAMED, Kind.TABLE_RENAMED):
        return f"{where}, before {change.old}" + (" (a guess by what it holds)" if change.guess else "")
    if change.kind in (Kind.COLUMN_ADDED, Kind.COLUMN_REMOVED, Kind.TABLE_ADDED, Kind.TABLE_REMOVED):
        kind = change.new or change.old
        return f"{where} ({kind})" if kind else where
    place = " ".join(part for part in (where, told) if part)
    return f"{place}: {value(change.old)} → {value(change.new)}"


def value(given: Any) -> str:
    """A value of a descriptor on one line."""
    if given is None:
        return NOTHING
    return given if isinstance(given, str) else json.dumps(given, ensure_ascii=False, default=str)


def key_of(key: Mapping[str, str | None] | None) -> str:
    """A key as commands take it: its value, or column=value for each of several columns."""
    if key is None:
        return ""
    if len(key) == 1:
        return str(next(iter(key.values())))
    return ",".join(f"{column}={text}" for column, text in key.items())


def name_of(row: RowChange) -> str:
    """What a row is called in a list: its key, or how often it came or went."""
    return key_of(row.key) if row.key is not None else counted(row.times, "time")


def other(row: RowChange) -> str:
    """The guess that a row was given another key, in words; nothing where there is none."""
    if row.other is None:
        return ""
    return f"{'now' if row.op is Op.REMOVED else 'before'} {key_of(row.other)}, a guess: the same content"


def content(row: RowChange, limit: int) -> Iterator[tuple[str, str]]:
    """The cells of a row that was added or removed, by column: those that have a value and are not its key."""
    for cell in row.cells:
        text = cell.new if row.op is Op.ADDED else cell.old
        if text is not None and (row.key is None or cell.column not in row.key):
            yield cell.column, brief(text, limit) or "''"


def figure(cell: CellChange) -> bool:
    """Whether a cell held or holds a number."""
    return any(text is not None and NUMBER.fullmatch(text) for text in (cell.old, cell.new))


def reasons(changes: Changes) -> dict[tuple[str, str], str]:
    """The reasons of retractions that were added, by table and key."""
    found = {}
    for row in changes.tables[RETRACTIONS].rows if RETRACTIONS in changes.tables else ():
        cells = {cell.column: cell.new or "" for cell in row.cells}
        if row.op is Op.ADDED and {"table", "key"} <= cells.keys():
            told = [cells[name] for name in ("reason", "note") if cells.get(name)]
            found[cells["table"], cells["key"]] = ": ".join(told)
    return found


def parted(old: str, new: str, limit: int) -> tuple[str, str, str, str]:
    """The text before the difference, what was there, what is there now, and the text after it; long ones are cut."""
    start = 0
    while start < min(len(old), len(new)) and old[start] == new[start]:
        start += 1
    end = 0
    while end < min(len(old), len(new)) - start and old[-1 - end] == new[-1 - end]:
        end += 1
    before, after = old[:start], old[len(old) - end :]
    if len(before) > CONTEXT:
        before = "…" + before[1 - CONTEXT :]
    if len(after) > CONTEXT:
        after = after[: CONTEXT - 1] + "…"
    was, now = (brief(text[start : len(text) - end], limit) for text in (old, new))
    return brief(before, limit), was, now, brief(after, limit)


def both(cell: CellChange, limit: int) -> tuple[str, str]:
    """The two texts of a changed cell, short ones whole, long ones where they differ."""
    if cell.old is None or cell.new is None or max(len(cell.old), len(cell.new)) <= limit:
        old, new = (NOTHING if text is None else brief(text, limit) or "''" for text in (cell.old, cell.new))
        return old, new
    before, old, new, after = parted(cell.old, cell.new, limit)
    return before + old + after, before + new + after
