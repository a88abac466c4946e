"""Rows written as delimited text: SQL for the line of a row, with no quote that it can do without.

What must be quoted is what `lexer` would else read as something other: separators, quotes, line
ends, and at the beginning of a line what would make it a comment, a blank line or a mark of a merge.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from datapkg.dialect import Dialect
from datapkg.engine.sql import text as quoted
from datapkg.engine.survey import MARKERS

if TYPE_CHECKING:
    import duckdb

BATCH = 16_384
MARK = "\ufeff"
NEVER = "[^ -~]^"
"""An expression that nothing matches."""


def code(characters: str) -> str:
    """Characters in an expression of RE2, whatever they mean there."""
    return "".join(f"\\x{{{ord(character):x}}}" for character in characters)


def line_of(cells: Sequence[str], dialect: Dialect) -> str:
    """SQL for the line of a row, without its end, from the SQL texts of its cells."""
    written = [cell_of(cell, dialect, first=not number, alone=len(cells) == 1) for number, cell in enumerate(cells)]
    if len(written) == 1:
        return written[0]
    # Of many texts at once DuckDB makes one faster than one by one.
    return f"concat({f', {quoted(dialect.delimiter)}, '.join(written)})"


def cell_of(cell: str, dialect: Dialect, *, first: bool, alone: bool) -> str:
    """SQL for a cell as it is written. Where the dialect has no way to write it, it will read as another."""
    quote, escape = dialect.quote or "", dialect.escape or ""
    begins = ["^ "] if dialect.skip_initial_space else []
    if first:
        begins.extend(f"^{code(mark)}" for mark in (*(mark[1:].decode() for mark in MARKERS), MARK))
        begins.extend([f"^{code(dialect.comment)}"] if dialect.comment else [])
    if not quote and not escape:
        return cell
    if not quote:
        special = f"([\\r\\n{code(dialect.delimiter + escape)}])"
        marked = quoted(_literal(escape) + r"\1")
        body = f"regexp_replace({cell}, {quoted(special)}, {marked}, 'g')"
        bare = f"regexp_matches({body}, {quoted('|'.join(begins) or NEVER)})"
        return f"CASE WHEN {bare} THEN {quoted(escape)} || {body} ELSE {body} END"
    within = dict.fromkeys((dialect.delimiter, quote, "\r", "\n", *([escape] if escape else [])))
    odd = [f"contains({cell}, {quoted(text)})" for text in within]
    odd.extend([f"{cell} = ''"] if alone else [])
    odd.extend([f"regexp_matches({cell}, {quoted('|'.join(begins))})"] if begins else [])
    inner = f"replace({cell}, {quoted(escape)}, {quoted(escape * 2)})" if escape else cell
    if dialect.double_quote:
        inner = f"replace({inner}, {quoted(quote)}, {quoted(quote * 2)})"
    elif escape:
        inner = f"replace({inner}, {quoted(quote)}, {quoted(escape + quote)})"
    return f"CASE WHEN {' OR '.join(odd)} THEN {quoted(quote)} || {inner} || {quoted(quote)} ELSE {cell} END"


def _literal(text: str) -> str:
    """A text in the replacement of RE2, where a backslash has a meaning."""
    return text.replace("\\", "\\\\")


def line(con: "duckdb.DuckDBPyConnection", cells: Sequence[str], dialect: Dialect) -> str:
    """The line of a few cells that are at hand: a header."""
    told = ", ".join(f"{quoted(cell)} AS c{number}" for number, cell in enumerate(cells))
    written = line_of([f"c{number}" for number in range(len(cells))], dialect)
    return str(con.execute(f"SELECT {written} FROM (SELECT {told})").fetchall()[0][0])


def write_lines(con: "duckdb.DuckDBPyConnection", query: str, begin: bytes, target: Path) -> None:
    """Write the beginning and then the one text that each row of the query gives, end of line included, in order."""
    import pyarrow

    con.execute("SET arrow_large_buffer_size = true")
    with target.open("wb") as file:
        file.write(begin)
        for batch in con.sql(query).to_arrow_reader(BATCH):
            (column,) = batch.columns
            assert column.type == pyarrow.large_string(), column.type
            _, offsets, data = column.buffers()
            if data is None:
                continue
            ends = memoryview(offsets).cast("q")
            file.write(memoryview(data)[ends[column.offset] : ends[column.offset + len(column)]])
