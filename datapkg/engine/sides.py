"""The three versions of a table that is merged, each in the one spelling of its cells, and their columns."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from datapkg.engine.formatting import Place, line_end, places_of
from datapkg.engine.rawcells import Raw, Unsafe, read_raw
from datapkg.engine.spelled import same, spelled
from datapkg.engine.sql import name
from datapkg.engine.sql import text as quoted
from datapkg.limits import Limits
from datapkg.resources import Table
from datapkg.schema import ROW, Column

if TYPE_CHECKING:
    import duckdb

SIDES = ("base", "ours", "theirs")


@dataclass(frozen=True)
class Side:
    """One version: its columns by label, and the file they are in; an empty file has none."""

    word: str
    raw: Raw | None
    places: Mapping[str, Place]


@dataclass(frozen=True)
class Shared:
    """A column of any version: its name here, and whether one side took it away while the other changed it."""

    label: str
    cell: str
    column: Column | None
    sides: frozenset[str]
    removed_by: str | None = None

    @property
    def empty(self) -> str:
        """The text of a cell that is not there."""
        missing = self.column.missing_values if self.column is not None else ("",)
        return "" if "" in missing or not missing else missing[0]


def read_side(
    con: "duckdb.DuckDBPyConnection", table: Table, word: str, path: Path, means: tuple[Path, Limits]
) -> Side:
    """One version, read; Unsafe says of which side it speaks."""
    if path.stat().st_size == 0:
        return Side(word, None, {})
    try:
        raw = read_raw(con, replace(table, paths=(path,), shown=(word,)), *means)
    except Unsafe as unsafe:
        raise Unsafe(*((line, f"{word}: {text}") for line, text in unsafe.reasons)) from None
    places = {place.label: place for place in places_of(raw)}
    if len(places) != len(raw.labels) or not all(places):
        raise Unsafe((1, f"{word}: a column has no name, or two have one"))
    return Side(word, raw, places)


def shared_columns(table: Table, sides: Mapping[str, Side]) -> list[Shared]:
    """The columns of all versions: in the order of the schema, then as the side that changed them has them."""
    order = ("ours", "theirs", "base")
    if list(sides["ours"].places) == list(sides["base"].places):
        order = ("theirs", "ours", "base")
    labels = dict.fromkeys(label for word in order for label in sides[word].places)
    known = {column.name: column for column in table.schema.columns} if table.schema is not None else {}
    ordered = sorted(labels, key=lambda label: known[label].number if label in known else len(known) + 1)
    return [
        Shared(label, f"v{number}", known.get(label), frozenset(w for w in SIDES if label in sides[w].places))
        for number, label in enumerate(ordered)
    ]


def store(con: "duckdb.DuckDBPyConnection", side: Side, columns: Sequence[Shared], key: Sequence[str]) -> None:
    """The cells of a version in their one spelling, as a table of the connection."""
    told = []
    for column in columns:
        place = side.places.get(column.label)
        cell = name(place.cell) if place is not None else quoted(column.empty)
        if place is not None and column.column is not None:
            cell = spelled(column.column, cell)
        told.append(f"{cell} AS {column.cell}")
    for number, label in enumerate(key):
        place = side.places.get(label)
        cell = "NULL"
        if place is not None and place.column is not None:
            cell = same(place.column, name(place.cell))
        told.append(f"CAST({cell} AS VARCHAR) AS k{number}")
    if side.raw is None:
        nothing = ", ".join(f"'' AS {item.rpartition(' AS ')[2]}" for item in told)
        source = f"SELECT 1::BIGINT AS {name(ROW)}, {nothing} WHERE false"
    else:
        source = f"SELECT {name(ROW)}, {', '.join(told)} FROM ({side.raw.opened.source})"
    con.execute(f'CREATE OR REPLACE TEMP TABLE "datapkg:{side.word}" AS {source}')


def head_of(sides: Mapping[str, Side]) -> bytes:
    """What stands before the rows, as a value that at most one side changed."""
    base, ours, theirs = (side.raw.head if side.raw is not None else b"" for side in sides.values())
    if ours in (base, theirs) or theirs == base:
        return theirs if ours == base else ours
    raise Unsafe((1, "both sides changed the comments above the rows"))


def end_of(con: "duckdb.DuckDBPyConnection", sides: Mapping[str, Side]) -> str:
    """The end of each line of the result."""
    found = [line_end(con, side.raw, side.raw.cells) for side in sides.values() if side.raw is not None]
    return "\r\n" if "\r\n" in found[-2:] else "\n"
