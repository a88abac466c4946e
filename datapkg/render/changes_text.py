"""The diff for a person at a terminal: what is declared, then table by table what went, changed and came."""

from collections.abc import Iterator

from datapkg.bump import bump_of_change
from datapkg.changes import Changes, Op, RowChange, TableChanges
from datapkg.render.changes_wording import (
    SIGNS,
    both,
    content,
    counts,
    in_order,
    in_words,
    name_of,
    other,
    title,
    unshown,
)
from datapkg.render.changes_wording import summary as counted
from datapkg.render.wording import brief

CELL = 80
"""Characters of a cell."""
COLORS = {Op.ADDED: "32", Op.REMOVED: "31", Op.CHANGED: "33"}


def render(changes: Changes, color: bool) -> Iterator[str]:
    """All changes that are listed, and one line of counts at the end."""
    yield f"{title(changes)}\n"
    if changes.schema:
        yield "\nwhat is declared\n"
        for change in in_order(changes):
            yield f"  {bump_of_change(change)}: {change.kind} {brief(in_words(change))}\n"
    for table in changes.tables.values():
        if table.differ or table.note:
            yield from _table(table, color)
    same = [table.name for table in changes.tables.values() if not table.differ]
    if same and len(same) < len(changes.tables):
        yield f"\nno row differs in {brief(', '.join(same))}\n"
    yield f"\n{counted(changes)}\n"


def _table(table: TableChanges, color: bool) -> Iterator[str]:
    yield f"\n{brief(table.name)}: {counts(table)}\n"
    if table.note:
        yield f"  note: {brief(table.note)}\n"
    for row in table.rows:
        yield from _row(row, color)
    if rest := unshown(table):
        yield f"  … {rest:,} more {'row' if rest == 1 else 'rows'} (--limit)\n"


def _row(row: RowChange, color: bool) -> Iterator[str]:
    head = f"{SIGNS[row.op]} {brief(name_of(row), CELL)}"
    guess = f" ({brief(other(row))})" if row.other is not None else ""
    if row.op is Op.CHANGED:
        yield f"  {_paint(head, row.op, color)}\n"
        for cell in row.cells:
            old, new = both(cell, CELL)
            yield f"      {brief(cell.column)}: {old} → {new}\n"
    else:
        cells = ", ".join(f"{brief(column)}: {text}" for column, text in content(row, CELL))
        yield f"  {_paint(head, row.op, color)}{guess}{f'  {cells}' if cells else ''}\n"


def _paint(text: str, op: Op, color: bool) -> str:
    return f"\x1b[{COLORS[op]}m{text}\x1b[0m" if color else text
