"""A table as lines of one cell each, in the order of its keys: what git compares when people look at a change."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from datapkg.engine.formatting import order_of, places_of
from datapkg.engine.rawcells import Unsafe, read_raw
from datapkg.engine.spelled import spelled
from datapkg.engine.sql import name, texts
from datapkg.engine.sql import text as quoted
from datapkg.limits import Limits
from datapkg.resources import Table
from datapkg.schema import ROW

if TYPE_CHECKING:
    import duckdb

BATCH = 16_384
UNSEEN = r"[\x00-\x1f\x7f-\x{9f}\x{200e}\x{200f}\x{202a}-\x{202e}\x{2066}-\x{2069}]"
"""Characters that move a cursor, or turn the direction of what is read."""


def cell_lines(con: "duckdb.DuckDBPyConnection", table: Table, scratch: Path, limits: Limits) -> Iterator[str]:
    """`key` for each row, and `key.column: value` for each of its cells that has a value, in their one spelling.

    Raises Unsafe where the file does not read as a table, or the table has no key.
    """
    raw = read_raw(con, table, scratch, limits)
    places = places_of(raw)
    by_label = {place.label: place for place in places}
    key = [by_label[label] for label in (table.schema.primary_key if table.schema else ()) if label in by_label]
    if not key or table.schema is None or len(key) != len(table.schema.primary_key):
        raise Unsafe((None, "the table has no key"))
    told = [f"{spelled(p.column, name(p.cell)) if p.column else name(p.cell)} AS {name(p.cell)}" for p in places]
    rows = f"SELECT {name(ROW)}, {', '.join(told)} FROM ({raw.opened.source})"
    shown = " || ',' || ".join(_inert(name(place.cell)) for place in key)
    lines = [shown]
    for place in places:
        if place in key:
            continue
        cell = name(place.cell)
        missing = texts(place.column.missing_values if place.column is not None else ("",))
        line = f"{shown} || {quoted(f'.{place.label}: ')} || {_inert(cell)}"
        lines.append(f"CASE WHEN {cell} IN ({missing}) THEN NULL ELSE {line} END" if missing else line)
    yield f"columns: {', '.join(place.label for place in places)}\n"
    query = f"SELECT concat_ws(chr(10), {', '.join(lines)}) || chr(10) FROM ({rows}) ORDER BY {order_of(raw, places)}"
    for batch in con.sql(query).to_arrow_reader(BATCH):
        yield "".join(batch.column(0).to_pylist())


def _inert(cell: str) -> str:
    """SQL: the cell in one line, without a character that moves a cursor."""
    told = cell
    for character, word in (("\\", "\\\\"), ("\n", "\\n"), ("\r", "\\r"), ("\t", "\\t")):
        told = f"replace({told}, {quoted(character)}, {quoted(word)})"
    return f"regexp_replace({told}, {quoted(UNSEEN)}, {quoted(chr(0xFFFD))}, 'g')"
