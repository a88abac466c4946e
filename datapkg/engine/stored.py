"""The columns of a release as SQL: from the judged cells that they are made of, and from Parquet files.

Both give the same value of one DuckDB type, so that what was written can be compared with what it
was written from. A point is the list of its longitude and its latitude.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from datapkg.cells import points, values
from datapkg.engine import casts
from datapkg.engine.sql import name, text, texts
from datapkg.errors import OutputError
from datapkg.schema import Column

if TYPE_CHECKING:
    import duckdb

POINT = "DOUBLE[]"


@dataclass(frozen=True)
class Stored:
    """A column of a release: its SQL and its DuckDB type."""

    column: Column
    sql: str
    kind: str


def kept(columns: Sequence[Column], positions: Mapping[str, int]) -> list[Stored]:
    """The columns of a release over the judged table; `positions` are those that the source has."""
    by_name = {column.name: column for column in columns}
    return [Stored(column, _kept(column, by_name, positions), kind(column)) for column in columns]


def released(con: "duckdb.DuckDBPyConnection", columns: Sequence[Column], files: Sequence[Path]) -> list[Stored]:
    """The columns over Parquet files, of whatever writer. OutputError where they do not hold them."""
    import duckdb

    try:
        described = con.execute(f"DESCRIBE SELECT * FROM {reader(files)}").fetchall()
    except duckdb.Error as error:
        raise OutputError(f"the rows cannot be read back: {(str(error).splitlines() or [''])[0]}") from None
    types = {row[0]: str(row[1]) for row in described}
    found = []
    for column in columns:
        if column.name not in types:
            raise OutputError(f"there is no column {column.name}")
        found.append(Stored(column, _released(column, types[column.name]), kind(column)))
    return found


def reader(files: Sequence[Path]) -> str:
    """SQL that reads Parquet files as they are."""
    return f"read_parquet([{texts(path.as_posix() for path in files)}], hive_partitioning=false)"


def kind(column: Column) -> str:
    """The DuckDB type of a column's values in a release."""
    if column.type == "geopoint":
        return POINT
    return f"{values.item_column(column).storage}[]" if column.type == "list" else column.storage


def point_text(column: Column, label: str, storage: str) -> str:
    """SQL for the text of a geopoint, in its format, of a point in WKB or GEOMETRY."""
    shape = name(label) if storage.startswith("GEOMETRY") else f"ST_GeomFromWKB({name(label)})"
    first, last = {"array": ("[", "]"), "object": ('{"lon": ', "}")}.get(column.format, ("", ""))
    between = ', "lat": ' if column.format == "object" else ", "
    told = rf"{first}\1{between}\2{last}"
    return f"regexp_replace(ST_AsText({shape}), {text(f'^{points.WKT}$')}, {text(told)})"


def list_text(column: Column, label: str) -> str:
    """SQL for the text of a list, as a cell of the column has it."""
    item = values.item_column(column)
    cell = "CAST(item AS VARCHAR)"
    if item.type == "datetime":
        cell = "strftime(CAST(item AS TIMESTAMP), '%Y-%m-%dT%H:%M:%S.%f')"
    joined = f"list_transform({name(label)}, lambda item: coalesce({cell}, ''))"
    return f"array_to_string({joined}, {text(values.delimiter(column))})"


def _kept(column: Column, by_name: Mapping[str, Column], positions: Mapping[str, int]) -> str:
    cell = name(column.name)
    if column.name not in positions:
        for number, of in enumerate((points.LONGITUDE_OF, points.LATITUDE_OF)):
            if source := by_name.get(str(column.properties.get(of))):
                return _coordinate(source, name(source.name), number)
        lon, lat = map(name, column.properties[points.POINT_OF])
        return f"CASE WHEN {lon} IS NOT NULL AND {lat} IS NOT NULL THEN [{lon}, {lat}] END"
    if column.type == "geopoint":
        return _point(column, cell)
    if column.type == "list":
        item = casts.value(values.item_column(column), "item")
        split = f"string_split({cell}, {text(values.delimiter(column))})"
        return f"CAST(list_transform({split}, lambda item: {item}) AS {kind(column)})"
    return f"CAST({cell} AS {column.storage})"


def _released(column: Column, storage: str) -> str:
    cell = name(column.name)
    if column.type == "geopoint":
        if storage.startswith("GEOMETRY") or storage == "BLOB":
            return _point(
                Column(column.name, 1, "geopoint"), point_text(Column("", 1, "geopoint"), column.name, storage)
            )
        return _point(column, cell)
    if storage.startswith("TIMESTAMP WITH"):
        return f"timezone('UTC', {cell})"
    return f"CAST({cell} AS {kind(column)})"


def _point(column: Column, cell: str) -> str:
    lon, lat = (_coordinate(column, cell, number) for number in (0, 1))
    return f"CASE WHEN {cell} IS NOT NULL THEN [{lon}, {lat}] END"


def _coordinate(column: Column, cell: str, number: int) -> str:
    """SQL for one coordinate of a geopoint's text."""
    if column.format == "default":
        return f"CAST(trim(split_part({cell}, ',', {number + 1})) AS DOUBLE)"
    at = f"$[{number}]" if column.format == "array" else f"$.{('lon', 'lat')[number]}"
    return f"CAST(json_extract_string({cell}, {text(at)}) AS DOUBLE)"
