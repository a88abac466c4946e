"""Changes as JSON, in the format `datapkg-diff/1`: for `diff --format json` and the `changes.json` of a release."""

import json
from collections.abc import Iterator
from typing import Any

from datapkg.bump import bump_of, bump_of_change
from datapkg.changes import Changes, RowChange, SchemaChange, Side, TableChanges

FORMAT = "datapkg-diff/1"


def pieces(changes: Changes) -> Iterator[str]:
    """The text in pieces, a row on a line. Strings are escaped to ASCII: no terminal can be reached."""
    yield "{\n"
    yield f'"format": {_dump(FORMAT)},\n'
    yield f'"old": {_dump(_side(changes.old))},\n'
    yield f'"new": {_dump(_side(changes.new))},\n'
    yield f'"bump": {_dump(bump_of(changes))},\n'
    yield '"schema": ['
    for number, change in enumerate(changes.schema):
        yield f"{',' if number else ''}\n{_dump(schema_change(change))}"
    yield "\n],\n" if changes.schema else "],\n"
    yield '"tables": {'
    for number, (name, table) in enumerate(changes.tables.items()):
        yield f"{',' if number else ''}\n{_dump(name)}: {{\n"
        yield from _table(table)
        yield "}"
    yield "\n}\n}\n" if changes.tables else "}\n}\n"


def _side(side: Side) -> dict[str, Any]:
    return {"name": side.name, "version": side.version, "asked": side.asked}


def schema_change(change: SchemaChange) -> dict[str, Any]:
    """One change of what is declared."""
    told = {"kind": change.kind, "table": change.table, "column": change.column, "bump": bump_of_change(change)}
    return told | {"property": change.property, "old": change.old, "new": change.new, "guess": change.guess}


def _table(table: TableChanges) -> Iterator[str]:
    head = {
        "added": table.added,
        "removed": table.removed,
        "changed": table.changed,
        "keyed": table.keyed,
        "note": table.note,
        "columns": table.columns,
    }
    yield from (f"{_dump(name)}: {_dump(told)},\n" for name, told in head.items())
    yield '"rows": ['
    for number, row in enumerate(table.rows):
        yield f"{',' if number else ''}\n{_dump(row_change(row))}"
    yield "\n]\n" if table.rows else "]\n"


def row_change(row: RowChange) -> dict[str, Any]:
    """One row that differs."""
    cells = [{"column": cell.column, "old": cell.old, "new": cell.new} for cell in row.cells]
    told: dict[str, Any] = {"op": row.op, "key": row.key, "cells": cells}
    if row.key is None:
        told["times"] = row.times
    return told if row.other is None else told | {"other": row.other}


def _dump(value: Any) -> str:
    # No line of a log can be taken for a workflow command.
    return json.dumps(value, ensure_ascii=True, default=str).replace("::", ":\\u003a").replace("##[", "##\\u005b")
