"""The diff as one page that needs nothing else: side by side, searchable, printable, readable on a phone.

The page is `changes.html` with its slots filled, as the page of a report is: data stands only in
text nodes, escaped; what the script filters by are numbers and our own words.
"""

from collections.abc import Callable, Iterator, Mapping

from datapkg.bump import bump_of_change
from datapkg.changes import CellChange, Changes, Op, RowChange
from datapkg.render.changes_wording import (
    NOTHING,
    counted,
    in_order,
    in_words,
    key_of,
    name_of,
    other,
    parted,
    reasons,
    summary,
    title,
    unshown,
)
from datapkg.render.escape import markup
from datapkg.render.html import filled, text
from datapkg.render.wording import brief
from datapkg.versions import TOOL

STEP = 200
"""Rows shown at first, and more at each asking; the script reads it from the page."""
CELL = 500
"""Characters of a cell, or of what differs in it."""


def render(changes: Changes, color: bool) -> Iterator[str]:
    """The page piece by piece."""
    yield from filled("changes.html", SLOTS, changes)


def _title(changes: Changes) -> Iterator[str]:
    yield text(title(changes))


def _summary(changes: Changes) -> Iterator[str]:
    yield text(summary(changes))


def _step(changes: Changes) -> Iterator[str]:
    yield str(STEP)


def _version(changes: Changes) -> Iterator[str]:
    yield text(TOOL)


def _declared(changes: Changes) -> Iterator[str]:
    for change in in_order(changes):
        bump = bump_of_change(change)
        yield f'<tr class="{bump}"><td><span class="grade">{bump}</span></td><td><code>{change.kind}</code></td>'
        yield f"<td>{text(in_words(change))}</td></tr>\n"


def _declares(changes: Changes) -> Iterator[str]:
    yield counted(len(changes.schema), "change") if changes.schema else "no change"


def _counts(changes: Changes) -> Iterator[str]:
    for table in changes.tables.values():
        numbers = "".join(f'<td class="number">{n:,}</td>' for n in (table.removed, table.changed, table.added))
        how = "by key" if table.keyed else "as a multiset"
        yield f"<tr><td>{text(table.name)}</td>{numbers}<td>{how}</td><td>{text(table.note or '')}</td></tr>\n"


def _columns(changes: Changes) -> Iterator[str]:
    for table in changes.tables.values():
        for column, count in table.columns.items():
            cells = f"<td>{text(table.name)}</td><td>{text(column)}</td>"
            yield f'<tr>{cells}<td class="number">{count:,}</td></tr>\n'


def _tables(changes: Changes) -> Iterator[str]:
    for number, table in enumerate(changes.tables.values()):
        if table.rows:
            yield f'<option value="{number}">{text(table.name)}</option>\n'


def _rows(changes: Changes) -> Iterator[str]:
    told, count = reasons(changes), 0
    for number, table in enumerate(changes.tables.values()):
        for row in table.rows:
            yield f'<tr class="{row.op}" data-table="{number}"{" hidden" if count >= STEP else ""}>'
            yield f'<td><span class="grade">{row.op}</span> {text(table.name)}<br><code>{text(name_of(row))}</code>'
            note = told.get((table.name, key_of(row.key))) if row.op is Op.REMOVED else None
            yield "".join(f'<p class="note">{text(line)}</p>' for line in (note, other(row)) if line)
            yield "</td><td><table><tbody>"
            for cell in row.cells:
                if row.op is Op.CHANGED or cell.old is not None or cell.new is not None:
                    yield _cell(row, cell)
            yield "</tbody></table></td></tr>\n"
            count += 1


def _cell(row: RowChange, cell: CellChange) -> str:
    """A line of a row: the column, what was there, what is there now."""
    if row.op is Op.CHANGED and cell.old is not None and cell.new is not None:
        before, old, new, after = (markup(part) for part in parted(cell.old, cell.new, CELL))
        sides = [f"{before}<mark>{middle}</mark>{after}" for middle in (old, new)]
    else:
        gone = NOTHING if row.op is Op.CHANGED else ""
        sides = [markup(gone if one is None else brief(one, CELL)) for one in (cell.old, cell.new)]
    told = "".join(f'<td class="{side}">{one}</td>' for side, one in zip(("old", "new"), sides, strict=True))
    return f'<tr><th scope="row">{text(cell.column)}</th>{told}</tr>'


def _cuts(changes: Changes) -> Iterator[str]:
    missing = sum(unshown(table) for table in changes.tables.values())
    if missing:
        yield f'<p class="note">{counted(missing, "row")} more counted but not listed (--limit).</p>\n'


SLOTS: Mapping[str, Callable[[Changes], Iterator[str]]] = {
    "title": _title,
    "summary": _summary,
    "counts": _counts,
    "columns": _columns,
    "declares": _declares,
    "declared": _declared,
    "tables": _tables,
    "step": _step,
    "rows": _rows,
    "cuts": _cuts,
    "version": _version,
}
"""What fills each slot of the template; `hash` is filled from the template itself."""
