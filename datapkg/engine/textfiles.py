"""Delimited text opened: by DuckDB where the survey is sure of it, else by the exact lexer."""

import hashlib
import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from datapkg.dialect import Dialect
from datapkg.engine import labels as header_labels
from datapkg.engine import lexer
from datapkg.engine.encodings import recoded
from datapkg.engine.opened import (
    Fault,
    Faults,
    Opened,
    Part,
    add_label_faults,
    digest_of,
    unnamed,
)
from datapkg.engine.records import begin, data_records, decoded, mapped
from datapkg.engine.sql import name, names, text, texts
from datapkg.findings import TableFacts
from datapkg.resources import Table
from datapkg.schema import ROW, Schema

if TYPE_CHECKING:
    import duckdb

BATCH = 16_384
STEP = 2_048


def open_text(con: "duckdb.DuckDBPyConnection", table: Table, scratch: Path, faults: Faults, *, exact: bool) -> Opened:
    """A text file, or several, opened. See `open_table`."""
    parts: list[Part] = []
    cells: tuple[str, ...] = ()
    schema, positions, digest, size = table.schema, {}, hashlib.sha256(), 0
    sha256 = ""
    for path, shown in zip(table.paths, table.shown, strict=True):
        readable = recoded(path, shown, table.encoding, scratch, faults)
        survey = lexer.survey(readable, table.dialect)
        sha256, part_size = digest_of(path) if readable != path else (survey.sha256, survey.size)
        digest.update(bytes.fromhex(sha256))
        size += part_size
        heading = _heading(readable, table.dialect, schema)
        if heading is None:
            faults.add(Fault("source-error", shown, line=1, words={"note": "the file is empty"}))
            continue
        labels, line = heading
        if not parts:
            schema = schema or unnamed(labels)
            cells = tuple(f"c{number}" for number in range(len(labels)))
        assert schema is not None
        header = header_labels.match(labels, schema)
        if table.dialect.header:
            told = header if table.schema is not None else header_labels.blanks(labels)
            add_label_faults(faults, told, shown, line)
        if not parts:
            positions = dict(header.positions) or dict(
                zip((c.name for c in schema.columns), range(len(labels)), strict=False)
            )
        first = sum(part.rows for part in parts)
        plain = survey.clean and not exact and not set("*?[") & set(readable.as_posix())
        if plain and len(labels) == len(cells):
            source = _csv_source(readable, table.dialect, cells, first)
            parts.append(Part(shown, readable, first, survey.records - 1, source, survey.checkpoints, exact=False))
        else:
            file = _File(readable, shown, first, cells, {index: column for column, index in positions.items()})
            parts.append(_read_exactly(con, table, file, faults))
    facts = TableFacts(
        table.name,
        table.shown[0],
        sum(part.rows for part in parts),
        size,
        sha256 if len(table.paths) == 1 else digest.hexdigest(),
    )
    return Opened(table, schema or Schema(()), tuple(parts), cells, None, positions, facts, faults)


def _heading(path: Path, dialect: Dialect, schema: Schema | None) -> tuple[list[str], int] | None:
    """The labels of the file and the line they stand on; None where the file has no record."""
    with mapped(path) as data:
        records = lexer.lex(data, dialect, offset=begin(data))
        wanted = dialect.header_rows[0] - 1 if dialect.header else 0
        record = next(itertools.islice(records, wanted, None), None)
        if record is None:
            return None
        if not dialect.header:
            count = len(record.cells)
            given = [column.name for column in schema.columns] if schema else []
            return [given[n] if n < len(given) else f"column_{n + 1}" for n in range(count)], record.line
        return [decoded(cell) for cell in record.cells], record.line


def _csv_source(path: Path, dialect: Dialect, cells: Sequence[str], first: int) -> str:
    columns = ", ".join(f"{text(cell)}: 'VARCHAR'" for cell in cells)
    options = (
        f"auto_detect=false, header=true, delim={text(dialect.delimiter)}, quote='\"', escape='\"', "
        f"columns={{{columns}}}, force_not_null=[{texts(cells)}], strict_mode=true, hive_partitioning=false, "
        f"compression='none'"
    )
    number = f"row_number() OVER () + {first} AS {name(ROW)}"
    return f"SELECT {number}, {names(cells)} FROM read_csv({text(path.as_posix())}, {options})"


@dataclass(frozen=True)
class _File:
    """One file of a table, and how its cells stand: `column_at` names the column of a cell, from 0."""

    readable: Path
    shown: str
    first: int
    cells: Sequence[str]
    column_at: Mapping[int, str]


def _read_exactly(con: "duckdb.DuckDBPyConnection", table: Table, file: _File, faults: Faults) -> Part:
    """The file read by the lexer into a table of the connection, with all its faults."""
    import pyarrow

    cells, first = file.cells, file.first
    target = name(f"datapkg:text:{table.name}:{first}")
    columns = ", ".join(f"{name(cell)} VARCHAR" for cell in cells)
    con.execute(f"CREATE OR REPLACE TEMP TABLE {target} ({name(ROW)} BIGINT, {columns})")
    arrow = pyarrow.schema([(ROW, pyarrow.int64()), *((cell, pyarrow.string()) for cell in cells)])
    checkpoints: list[lexer.Checkpoint] = []
    rows = 0
    batch: list[list[Any]] = []

    def flush() -> None:
        lists = zip(*batch, strict=True) if batch else [()] * (len(cells) + 1)
        arrays = [pyarrow.array(values, kind.type) for values, kind in zip(lists, arrow, strict=True)]
        con.register("datapkg:batch", pyarrow.table(arrays, schema=arrow))
        con.execute(f'INSERT INTO {target} SELECT * FROM "datapkg:batch"')
        con.unregister("datapkg:batch")
        batch.clear()

    for row, record in data_records(file.readable, table.dialect, file.shown, faults):
        if row % STEP == 1:
            checkpoints.append(lexer.Checkpoint(row, record.start, record.line))
        rows = row
        values = [decoded(cell) for cell in record.cells]
        _add_record_faults(faults, file, (first + row, record), values)
        padded: list[str | None] = [*values[: len(cells)], *[None if any(values) else ""] * (len(cells) - len(values))]
        for index, _ in record.faults:
            # Nobody knows what the cell says: it is told once, and judged by no other rule.
            padded[index : index + 1] = [None] * (index < len(padded))
        batch.append([first + row, *padded])
        if len(batch) == BATCH:
            flush()
    flush()
    source = f"SELECT * FROM {target}"
    return Part(file.shown, file.readable, first, rows, source, tuple(checkpoints), exact=True)


def _add_record_faults(faults: Faults, file: _File, where: tuple[int, lexer.Record], values: list[str]) -> None:
    row, record = where
    shown, label_of = file.shown, file.column_at
    width = len(file.cells)
    for index, note in record.faults:
        column = label_of.get(index)
        told: dict[str, Any] = {"note": note}
        faults.add(Fault("source-error", shown, row, record.line, column, index + 1, values[index], told))
    if any(values):
        for index in range(len(values), width):
            column = label_of.get(index)
            told = {"column": column or index + 1, "found": len(values), "wanted": width}
            faults.add(Fault("missing-cell", shown, row, record.line, column, index + 1, None, told))
        for index in range(width, len(values)):
            told = {"value": values[index], "found": len(values), "wanted": width}
            faults.add(Fault("extra-cell", shown, row, record.line, None, index + 1, values[index], told))
