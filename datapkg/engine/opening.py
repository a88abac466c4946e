"""A table opened: its rows as a DuckDB relation of texts, and the way back to the file.

Two ways of reading, one meaning. A text file that `survey` finds clean is read by DuckDB;
any other is read by `lexer.lex` and handed over in batches, with every fault of its structure.
Parquet comes typed. JSON, spreadsheets and data in place come as the texts that mean their
values. A compressed file is expanded first; its size and digest are those of the file as stored.
"""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from datapkg.checksums import together
from datapkg.engine.encodings import codec_of
from datapkg.engine.expand import Bounds, expanded
from datapkg.engine.jsontext import document_source, inline_source, lines_source, placed_source
from datapkg.engine.native import Source, Unread, open_native
from datapkg.engine.opened import Fault, Faults, Opened, digest_of
from datapkg.engine.parquet import open_parquet
from datapkg.engine.placed import open_placed
from datapkg.engine.sheets import sheet_source
from datapkg.engine.textfiles import open_text
from datapkg.findings import TableFacts
from datapkg.limits import Limits
from datapkg.resources import Table
from datapkg.schema import Schema

if TYPE_CHECKING:
    import duckdb

TEXTS = ("csv", "json", "jsonl")
"""Formats that have an encoding."""


def open_table(
    con: "duckdb.DuckDBPyConnection",
    table: Table,
    *,
    scratch: Path,
    limits: Limits,
    exact: bool = False,
) -> Opened:
    """The table opened for reading; its structural faults are in `faults`.

    `exact` reads text files with the lexer alone. `scratch` is a private folder for recoded and
    expanded copies. Never raises for a fault of the file: a file that cannot be read has no parts.
    """
    faults = Faults(limits.findings, limits.labels)
    if not table.tabular:
        return _nothing(table, _facts(table), faults)
    if not table.present:
        return _nothing(table, TableFacts(table.name, table.shown[0], None, None, None), faults)
    if table.schema is not None and len(table.schema.columns) > limits.columns:
        line = table.declared.line("fields") if table.declared is not None else None
        note = f"the schema has {len(table.schema.columns):,} fields, the limit is {limits.columns:,}"
        shown = table.declared.shown if table.declared is not None else table.shown[0]
        faults.add(Fault("too-many-columns", shown, line=line, words={"note": note}))
        return _nothing(table, _facts(table), faults)
    if table.format in TEXTS and codec_of(table.encoding) is None:
        faults.add(_unknown_encoding(table))
        return _nothing(table, _facts(table), faults)
    ready, fault = expanded(table, scratch, Bounds(limits.expanded, limits.ratio))
    if fault is not None:
        faults.add(fault)
        return _nothing(table, _facts(table), faults)
    if table.format == "parquet":
        opened = open_parquet(con, ready, faults, limits)
    elif table.inline is not None and isinstance(table.inline.value, str) and table.format == "csv":
        opened = open_placed(con, table, scratch, faults, limits)
    elif table.format == "csv":
        opened = open_text(con, ready, scratch, faults, limits=limits, exact=exact)
    else:
        opened = _open_values(con, table, ready, scratch, faults, limits)
    if ready is table:
        return opened
    return replace(opened, table=table, facts=replace(_facts(table), rows=opened.facts.rows))


def _open_values(
    con: "duckdb.DuckDBPyConnection", table: Table, ready: Table, scratch: Path, faults: Faults, limits: Limits
) -> Opened:
    """JSON, JSON Lines, a spreadsheet, or data in place."""
    older = table.options.get("json")
    key = table.options.get("property") or (older.get("property") if isinstance(older, dict) else None)
    facts = _facts(table)
    sources: list[Source] = []
    if table.inline is not None and isinstance(table.inline.value, str) and table.format in TEXTS:
        sources.append(placed_source(table.inline, table.shown[0], key, lined=table.format == "jsonl"))
    elif table.inline is not None:
        sources.append(inline_source(table.inline, table.shown[0], key))
    for path, shown in zip(ready.paths, table.shown, strict=False):
        if table.format == "sheet":
            try:
                sources.append(sheet_source(table, path, shown, scratch, limits))
            except Unread as unread:
                faults.add(Fault(unread.code, shown, words=unread.words))
                return _nothing(table, facts, faults)
        elif table.format == "jsonl":
            sources.append(lines_source(path, shown, table.encoding, limits.line_bytes))
        else:
            sources.append(document_source(path, shown, table.encoding, key, limits.document_bytes))
    return open_native(con, table, sources, facts, faults, limits.columns)


def _unknown_encoding(table: Table) -> Fault:
    words = {"encoding": table.encoding, "note": "nobody knows this encoding"}
    if table.stated is None:
        return Fault("encoding-error", table.shown[0], words=words)
    return Fault("encoding-error", table.stated.shown, line=table.stated.line("encoding"), words=words)


def _nothing(table: Table, facts: TableFacts, faults: Faults) -> Opened:
    return Opened(table, table.schema or Schema(()), (), (), None, {}, facts, faults)


def _facts(table: Table) -> TableFacts:
    """The size and the digest of the files as they are stored. Data in place have neither."""
    if not table.paths:
        return TableFacts(table.name, table.shown[0], None, None, None)
    found = [digest_of(path) for path in table.paths]
    return TableFacts(table.name, table.shown[0], None, sum(size for _, size in found), together([d for d, _ in found]))
