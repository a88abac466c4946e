"""Parquet opened: the values are typed already, and a row has no line."""

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from datapkg.engine import labels as header_labels
from datapkg.engine.expand import Bounds, Refused
from datapkg.engine.opened import (
    Fault,
    Faults,
    Opened,
    Part,
    Reading,
    add_label_faults,
    digest_of,
    unnamed,
)
from datapkg.engine.sql import name, text
from datapkg.engine.stored import list_text, point_text
from datapkg.errors import DatapkgError
from datapkg.findings import TableFacts
from datapkg.limits import Limits
from datapkg.resources import Table
from datapkg.schema import Column, Schema

if TYPE_CHECKING:
    import duckdb

UNREAD = "the file cannot be read"
FREE = 64 << 20
"""Bytes in memory below which no ratio is asked: equal values next to each other cost Parquet next to nothing."""
BATCH = 16_384
MISFIT = "datapkg:misfit"
POINTS = ("GEOMETRY", "BLOB")
"""Types of DuckDB that hold points in WKB."""
VALUE = 8
"""Bytes that one value takes in memory at least, for that reckoning."""


def open_parquet(con: "duckdb.DuckDBPyConnection", table: Table, faults: Faults, limits: Limits) -> Opened:
    """Parquet files opened: typed columns, and no lines."""
    digest, size, sha256 = hashlib.sha256(), 0, ""
    for path in table.paths:
        sha256, part_size = digest_of(path)
        digest.update(bytes.fromhex(sha256))
        size += part_size
    schema, positions = table.schema, {}
    parts, labels, storage = _parts(con, table, faults, limits)
    if parts:
        schema = schema or unnamed(labels)
        header = header_labels.match(labels, schema)
        positions = dict(header.positions)
        if table.schema is not None:
            add_label_faults(faults, header, table.shown[0], 1)
            faults.shown[:] = [replace(fault, line=None) for fault in faults.shown]
    sha256 = sha256 if len(table.paths) == 1 else digest.hexdigest()
    facts = TableFacts(table.name, table.shown[0], sum(part.rows for part in parts), size, sha256)
    wrong = {
        column.name: f"{MISFIT}{positions[column.name]}"
        for column in (schema.columns if schema and parts else ())
        if column.name in positions and not _fits(column, storage[positions[column.name]])
    }
    if wrong:
        flags = ((labels[positions[column]], flag) for column, flag in wrong.items())
        listed = "".join(f", {name(label)} IS NOT NULL AS {name(flag)}" for label, flag in flags)
        parts = [_flagged(part, listed) for part in parts]
    storage = tuple("TIMESTAMP" if kind.startswith("TIMESTAMP") else kind for kind in storage)
    return Opened(table, schema or Schema(()), tuple(parts), tuple(labels), storage, positions, facts, faults, wrong)


def _flagged(part: Part, flags: str) -> Part:
    assert part.reading is not None
    reading = replace(part.reading, flags=flags)
    return replace(part, reading=reading, source=reading.source([part.readable], part.first))


def _parts(
    con: "duckdb.DuckDBPyConnection", table: Table, faults: Faults, limits: Limits
) -> tuple[list[Part], list[str], tuple[str, ...]]:
    """The files of the table, its labels and their types in the file; no parts where one cannot be read."""
    import duckdb

    parts: list[Part] = []
    labels: list[str] = []
    storage: tuple[str, ...] = ()
    shown, first = table.shown[0], 0
    own = {column.name: column for column in (table.schema.columns if table.schema else ())}
    try:
        with duckdb.connect(":memory:", config=_probe_config(limits)) as probe:
            for path, shown in zip(table.paths, table.shown, strict=True):
                found, rows = _probed(probe, path, limits)
                if not parts:
                    labels, storage = found
                    listed = ", ".join(_plain(label, kind, own.get(label)) for label, kind in zip(*found, strict=True))
                    reading = Reading(listed, "read_parquet", "hive_partitioning=false")
                elif found != (labels, storage):
                    note = "its columns or their types are not those of the first file"
                    faults.add(Fault("source-error", shown, words={"note": note}))
                    parts = []
                    break
                source = reading.source([path], first)
                parts.append(Part(shown, path, first, rows, source, (), exact=False, reading=reading))
                first += rows
    except duckdb.Error as error:
        if (
            isinstance(error, duckdb.OutOfMemoryException)
            and (limits.memory or limits.parquet_memory) < limits.parquet_memory
        ):
            raise DatapkgError(f"the memory limit does not suffice to read {shown}: {_first_line(error)}") from error
        parts = []
        faults.add(Fault("source-error", shown, words={"note": f"{UNREAD} ({_first_line(error)})"}))
    except Refused as refused:
        parts = []
        faults.add(Fault(refused.code, shown, words=refused.words))
    return parts, labels, storage


def _plain(label: str, storage: str, column: Column | None) -> str:
    """SQL for a column in a form whose text every type can judge: nested values as JSON, moments in UTC."""
    if column is not None and column.type == "list" and storage.endswith("[]") and not _nested(storage[:-2]):
        return f"{list_text(column, label)} AS {name(label)}"
    if column is not None and column.type == "geopoint" and storage.startswith(POINTS):
        return f"{point_text(column, label, storage)} AS {name(label)}"
    if storage.startswith("GEOMETRY"):
        return f"CAST(ST_AsGeoJSON({name(label)}) AS VARCHAR) AS {name(label)}"
    if _nested(storage):
        return f"CAST(to_json({name(label)}) AS VARCHAR) AS {name(label)}"
    if storage.startswith("TIMESTAMP WITH"):
        return f"timezone('UTC', {name(label)}) AS {name(label)}"
    if storage.startswith("TIMESTAMP"):
        return f"CAST({name(label)} AS TIMESTAMP) AS {name(label)}"
    return name(label)


def _nested(storage: str) -> bool:
    return storage.endswith("]") or storage.startswith(("STRUCT(", "MAP("))


def _fits(column: Column, storage: str) -> bool:
    """Whether values of the file's type can be values of the column at all; their texts say whether they are."""
    if column.type == "any":
        return True
    if storage.startswith(POINTS) and column.type == "geopoint":
        return True
    if storage.startswith("GEOMETRY"):
        return column.type == "geojson"
    if storage.endswith("]"):
        return (
            (column.type == "list" and not _nested(storage[:-2]))
            or column.type == "array"
            or (column.type, column.format) == ("geopoint", "array")
        )
    if storage.startswith(("STRUCT(", "MAP(")):
        return column.type in ("object", "geojson") or (column.type, column.format) == ("geopoint", "object")
    texts = storage in ("VARCHAR", "UUID", "JSON") or storage.startswith("ENUM(")
    if column.type == "boolean" and storage != "BOOLEAN":
        return texts
    return texts or (column.type not in ("string", "list") and storage != "BLOB")


def _probe_config(limits: Limits) -> "dict[str, str | bool | int | float | list[str]]":
    """The settings of the connection that reads a file first."""
    memory = min(limits.parquet_memory, limits.memory or limits.parquet_memory)
    threads: dict[str, str | bool | int | float | list[str]] = {"threads": limits.threads} if limits.threads else {}
    return {"memory_limit": f"{memory}B", "temp_directory": "", **threads}


def _probed(
    con: "duckdb.DuckDBPyConnection", path: Path, limits: Limits
) -> tuple[tuple[list[str], tuple[str, ...]], int]:
    """The file's labels and their types, and its rows, from two readers that read all of it before the tables are near.

    DuckDB does so on a connection of its own, since some broken files bring the whole database
    down; Arrow checks the checksums of the pages, which DuckDB passes over. Refused or duckdb.Error
    where the file says that it holds more than the limits allow, or one of them cannot read it.
    """
    import pyarrow
    import pyarrow.parquet

    bounds = Bounds(limits.expanded, limits.parquet_ratio, FREE)
    listed = f"[{text(path.as_posix())}]"
    sums = "coalesce(sum(total_uncompressed_size), 0), coalesce(sum(num_values), 0)"
    size, values = con.execute(f"SELECT {sums} FROM parquet_metadata({listed})").fetchall()[0]
    bounds.check(path.stat().st_size, max(int(size), int(values) * VALUE))
    reader = f"read_parquet({listed}, hive_partitioning=false)"
    described = con.execute(f"DESCRIBE SELECT * FROM {reader}").fetchall()
    told = "".join(f", {_bytes(label, kind)}" for label, kind, *_ in described)
    rows, *found = con.execute(f"SELECT count(*){told} FROM {reader}").fetchall()[0]
    # A dictionary holds a text once, however many rows have it.
    bounds.check(path.stat().st_size, int(sum(found)))
    try:
        with pyarrow.parquet.ParquetFile(path, page_checksum_verification=True) as file:
            for _ in file.iter_batches(batch_size=BATCH):
                pass
    except pyarrow.ArrowNotImplementedError:
        pass  # DuckDB reads more than Arrow does, and has read it
    except (pyarrow.ArrowException, OSError, ValueError) as error:
        raise Refused("source-error", note=f"{UNREAD} ({_first_line(error)})") from None
    return ([row[0] for row in described], tuple(row[1] for row in described)), rows


def _bytes(label: str, storage: str) -> str:
    """SQL for the bytes of all values of a column as a reader holds them; it reads each of them."""
    column = name(label)
    length = {"VARCHAR": f"strlen({column})", "BLOB": f"octet_length({column})"}.get(storage)
    return f"coalesce(sum({length}), 0)" if length else f"count({column}) * {VALUE}"


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:200]
