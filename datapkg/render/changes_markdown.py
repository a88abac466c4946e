"""The diff as a comment on a pull request: what a reviewer must not miss comes first, and it fits.

First the rows that were taken away, with their reasons; then figures that changed; what is declared;
other cells; and rows that came. All that comes from data stands in code spans, where Markdown
knows no markup, mention or link.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from datapkg.bump import bump_of_change
from datapkg.changes import CellChange, Changes, Op, RowChange, TableChanges
from datapkg.render.changes_wording import (
    both,
    content,
    figure,
    in_order,
    in_words,
    key_of,
    name_of,
    other,
    reasons,
    summary,
)
from datapkg.render.markdown import CHARACTERS, RESERVE, code, table_cell

ROWS = 50
"""Rows of each part."""
CELL, CELLS = 70, 6
"""Characters of a cell, and cells of a row that are shown."""
TABLES = 100


Row = tuple[int, Sequence[str]]
"""How many rows of the data a line stands for, and its cells."""


@dataclass(frozen=True)
class Part:
    """One part of the comment: a table with its head and rows, and how many rows there are in all."""

    title: str
    head: Sequence[str]
    rows: Iterator[Row]
    total: int


def render(changes: Changes, color: bool) -> Iterator[str]:
    """The counts, then part by part as far as the room goes."""
    yield from parts(changes, CHARACTERS)


def parts(changes: Changes, room: int) -> Iterator[str]:
    """The same within so many characters, of which the counts have what they need."""
    head = _head(changes)
    yield head
    room -= RESERVE + len(head)
    for part in _parts(changes):
        told = _told(part, room // 2)  # What matters less gets its share all the same.
        room -= len(told)
        yield told


def _head(changes: Changes) -> str:
    old, new = (code(f"{side.name} {side.version or ''}".strip()) for side in (changes.old, changes.new))
    lines = [
        f"## datapkg: {summary(changes)}",
        "",
        f"{old} → {new} ({code(changes.old.asked)} → {code(changes.new.asked)})",
    ]
    differing = [table for table in changes.tables.values() if table.differ or table.note]
    if differing:
        lines += ["", "| table | removed | changed | added | note |", "| --- | --: | --: | --: | --- |"]
        for table in differing[:TABLES]:
            numbers = f"{table.removed:,} | {table.changed:,} | {table.added:,}"
            lines.append(f"| {table_cell(table.name)} | {numbers} | {table_cell(table.note)} |")
    if len(differing) > TABLES:
        lines += ["", f"{len(differing) - TABLES:,} more tables differ."]
    return "\n".join(lines) + "\n"


def _parts(changes: Changes) -> Iterator[Part]:
    tables = changes.tables.values()
    head = ("table", "key", "content")
    removed = sum(table.removed for table in tables)
    yield Part("Rows taken away", (*head, "reason"), _gone(changes), removed)
    cells = ("table", "key", "column", "old", "new")
    figures = [one for one in _cells(changes) if figure(one[2])]
    yield Part("Figures that changed", cells, map(_cell, figures), len(figures))
    declared = in_order(changes)
    told = ((1, (str(bump_of_change(one)), str(one.kind), table_cell(in_words(one)))) for one in declared)
    yield Part("What is declared", ("bump", "kind", "change"), told, len(declared))
    others = [one for one in _cells(changes) if not figure(one[2])]
    # Of cells that are not listed nobody knows whether they are figures.
    unlisted = sum(sum(table.columns.values()) for table in tables) - len(figures) - len(others)
    yield Part("Other cells that changed", cells, map(_cell, others), len(others) + max(0, unlisted))
    added = sum(table.added for table in tables)
    yield Part("Rows that came", head, _come(changes), added)


def _cells(changes: Changes) -> Iterator[tuple[TableChanges, RowChange, CellChange]]:
    for table in changes.tables.values():
        for row in table.rows:
            if row.op is Op.CHANGED:
                yield from ((table, row, cell) for cell in row.cells)


def _cell(one: tuple[TableChanges, RowChange, CellChange]) -> Row:
    table, row, cell = one
    old, new = both(cell, CELL)
    return 1, [table_cell(text) for text in (table.name, key_of(row.key), cell.column, old, new)]


def _gone(changes: Changes) -> Iterator[Row]:
    told = reasons(changes)
    for table in changes.tables.values():
        for row in table.rows:
            if row.op is Op.REMOVED:
                reason = told.get((table.name, key_of(row.key))) or other(row)
                yield row.times, [*_row(table, row), table_cell(reason)]


def _come(changes: Changes) -> Iterator[Row]:
    for table in changes.tables.values():
        for row in table.rows:
            if row.op is Op.ADDED:
                yield row.times, _row(table, row)


def _row(table: TableChanges, row: RowChange) -> Sequence[str]:
    cells = list(content(row, CELL))
    told = ", ".join(f"{column}: {text}" for column, text in cells[:CELLS])
    more = f", and {len(cells) - CELLS} more" if len(cells) > CELLS else ""
    return table_cell(table.name), table_cell(name_of(row)), table_cell(told + more, CELL * CELLS)


def _told(part: Part, room: int) -> str:
    """A part as far as there is room for its rows; nothing for a part without rows."""
    if not part.total:
        return ""
    head = f"\n### {part.title} ({part.total:,})\n"
    columns = f"\n| {' | '.join(part.head)} |\n|{' --- |' * len(part.head)}\n"
    left, lines, rest = room - len(head) - len(columns) - 100, list[str](), part.total
    for times, cells in part.rows:
        line = f"| {' | '.join(cells)} |\n"
        if len(lines) == ROWS or len(line) > left:
            break
        left -= len(line)
        rest -= times
        lines.append(line)
    more = f"\n{rest:,} more {'is' if rest == 1 else 'are'} not shown.\n" if rest > 0 else ""
    told = f"{head}{columns if lines else ''}{''.join(lines)}{more}"
    return told if len(told) <= room else ""
