"""Parquet opened: the values are typed already, and a row has no line."""

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING

from datapkg.dataset import Table
from datapkg.engine import labels as header_labels
from datapkg.engine.opened import (
    Fault,
    Faults,
    Opened,
    Part,
    add_label_faults,
    digest_of,
    unnamed,
)
from datapkg.engine.sql import name, names, text
from datapkg.findings import TableFacts
from datapkg.schema import ROW, Schema

if TYPE_CHECKING:
    import duckdb

UNREAD = "the file cannot be read"


def open_parquet(con: "duckdb.DuckDBPyConnection", table: Table, faults: Faults) -> Opened:
    """Parquet files opened: typed columns, and no lines."""
    import duckdb

    digest, size, sha256 = hashlib.sha256(), 0, ""
    for path in table.paths:
        sha256, part_size = digest_of(path)
        digest.update(bytes.fromhex(sha256))
        size += part_size
    parts: list[Part] = []
    schema, positions = table.schema, {}
    labels: list[str] = []
    storage: tuple[str, ...] = ()
    try:
        for path, shown in zip(table.paths, table.shown, strict=True):
            reader = f"read_parquet([{text(path.as_posix())}], hive_partitioning=false)"
            described = con.execute(f"DESCRIBE SELECT * FROM {reader}").fetchall()
            if not parts:
                labels, storage = [row[0] for row in described], tuple(row[1] for row in described)
            first = sum(part.rows for part in parts)
            rows = con.execute(f"SELECT count(*) FROM {reader}").fetchall()[0][0]
            source = f"SELECT row_number() OVER () + {first} AS {name(ROW)}, {names(labels)} FROM {reader}"
            parts.append(Part(shown, path, first, rows, source, (), exact=False))
    except duckdb.Error as error:
        parts = []
        faults.add(Fault("source-error", table.shown[0], words={"note": f"{UNREAD} ({_first_line(error)})"}))
    if parts:
        schema = schema or unnamed(labels)
        header = header_labels.match(labels, schema)
        positions = dict(header.positions)
        if table.schema is not None:
            add_label_faults(faults, header, table.shown[0], 1)
            faults.shown[:] = [replace(fault, line=None) for fault in faults.shown]
    sha256 = sha256 if len(table.paths) == 1 else digest.hexdigest()
    facts = TableFacts(table.name, table.shown[0], sum(part.rows for part in parts), size, sha256)
    return Opened(table, schema or Schema(()), tuple(parts), tuple(labels), storage, positions, facts, faults)


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0][:200]
