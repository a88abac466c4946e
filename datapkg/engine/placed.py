"""CSV text that stands in the descriptor itself: read as a file, placed in the descriptor."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from datapkg.engine.opened import Faults, Opened
from datapkg.engine.textfiles import open_text
from datapkg.findings import TableFacts
from datapkg.limits import Limits
from datapkg.resources import Inline, Table

if TYPE_CHECKING:
    import duckdb


def open_placed(
    con: "duckdb.DuckDBPyConnection", table: Table, scratch: Path, faults: Faults, limits: Limits
) -> Opened:
    """The text as a table whose lines are those of the descriptor, or its property's line where it has but one."""
    inline = table.inline
    assert inline is not None
    path = scratch / f"data-{abs(hash((table.name, inline.path))):x}.csv"
    path.write_text(inline.value, encoding="utf-8", newline="")
    own = replace(table, paths=(path,), inline=None, encoding="utf-8")
    found = Faults(limits.findings, limits.labels)
    opened = open_text(con, own, scratch, found, limits=limits, exact=True)
    before = _before(inline)
    for fault in found.shown:
        fault.line = _line(fault.line, inline, before)
    faults.counts.update(found.counts)
    faults.shown.extend(found.shown)
    facts = TableFacts(table.name, table.shown[0], opened.facts.rows, None, None)
    offset = (inline.line, before)
    return replace(opened, table=table, facts=facts, faults=faults, offset=offset)


def _before(inline: Inline) -> int | None:
    """How many lines of the descriptor stand before the text, where it stands there line by line (YAML's `|`)."""
    first = inline.value.split("\n", 1)[0].strip()
    lines = inline.path.read_text(encoding="utf-8-sig").split("\n")
    below = lines[inline.line].strip() if inline.line < len(lines) else ""
    return inline.line if first and below == first and "\n" in inline.value else None


def _line(line: int | None, inline: Inline, before: int | None) -> int | None:
    return inline.line if line is None or before is None else before + line
