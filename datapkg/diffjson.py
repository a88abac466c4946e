"""Changes as JSON, in the format `datapkg-diff/1`: for `diff --format json` and the `changes.json` of a release."""

import json
from collections.abc import Iterator
from typing import Any

from datapkg.bump import bump_of, bump_of_change
from datapkg.changes import Changes, RowChange, SchemaChange, Side, TableChanges

FORMAT = "datapkg-diff/1"


def pieces(changes: Changes) -> Iterator[str]:
    """The text in pieces, a row on a line; it depends on nothing but what differs."""
    head = {"format": FORMAT, "old": _side(changes.old), "new": _side(changes.new), "bump": bump_of(changes)}
    yield "{\n" + "".join(f" {_text(name)}: {_text(value)},\n" for name, value in head.items())
    yield ' "schema": ['
    yield from _listed((schema_change(change) for change in changes.schema), "  ", " ")
    yield '],\n "tables": {'
    for number, (name, table) in enumerate(changes.tables.items()):
        told = "".join(f"   {_text(word)}: {_text(value)},\n" for word, value in counts(table).items())
        yield f'{"," if number else ""}\n  {_text(name)}: {{\n{told}   "rows": ['
        yield from _listed((row_change(row) for row in table.rows), "    ", "   ")
        yield "]\n  }"
    yield "\n }\n}\n" if changes.tables else "}\n}\n"


def schema_change(change: SchemaChange) -> dict[str, Any]:
    """A change of tables, columns, keys or texts, and what it raises."""
    told = {"kind": change.kind, "table": change.table, "column": change.column, "bump": bump_of_change(change)}
    if change.property is not None:
        told["property"] = change.property
    if change.old is not None or change.new is not None:
        told |= {"old": change.old, "new": change.new}
    return {**told, "guess": True} if change.guess else told


def counts(table: TableChanges) -> dict[str, Any]:
    """What is said of a table as a whole; all counts are complete."""
    told: dict[str, Any] = {"added": table.added, "removed": table.removed, "changed": table.changed}
    if table.columns:
        told["columns"] = dict(table.columns)
    told["keyed"] = table.keyed
    return {**told, "note": table.note} if table.note else told


def row_change(row: RowChange) -> dict[str, Any]:
    """A row that came, went or changed."""
    told: dict[str, Any] = {"op": row.op, "key": dict(row.key) if row.key is not None else None}
    if row.times != 1:
        told["times"] = row.times
    if row.other is not None:
        told["other"] = dict(row.other)
    told["cells"] = [{"column": cell.column, "old": cell.old, "new": cell.new} for cell in row.cells]
    return told


def _side(side: Side) -> dict[str, str | None]:
    return {"name": side.name, "version": side.version}


def _listed(items: Iterator[dict[str, Any]], indent: str, end: str) -> Iterator[str]:
    """The items, each on a line of its own, and the indentation of what closes their list."""
    number = 0
    for number, item in enumerate(items, 1):
        yield f"{',' if number > 1 else ''}\n{indent}{_text(item)}"
    yield f"\n{end}" if number else ""


def _text(value: Any) -> str:
    # ASCII: no reader, and no terminal, sees a character that does more than stand there.
    return json.dumps(value, default=str)
