"""One table in its canonical form: columns as in the schema, rows by key, one spelling, no quote too many.

What was written is read again and held against what was there, value by value, before anybody
may put it in its place.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING
from unicodedata import normalize

from datapkg.engine import casts, special
from datapkg.engine import labels as header_labels
from datapkg.engine.connection import at_work
from datapkg.engine.locate import locate
from datapkg.engine.rawcells import Raw, Unsafe, read_raw
from datapkg.engine.spelled import BLANKS, LEADING, SPELLINGS, compared, spelled, typed, untyped
from datapkg.engine.sql import name, texts
from datapkg.engine.sql import text as quoted
from datapkg.engine.writing import line, line_of, write_lines
from datapkg.errors import DatapkgError
from datapkg.limits import Limits
from datapkg.resources import Table
from datapkg.schema import ROW, Column

if TYPE_CHECKING:
    import duckdb

SMALL = 1 << 20
"""Bytes of a file below which little is planned."""
SHOWN = 5
"""Lines that are told of one thing that was kept in one column."""
LABELS = {
    "missing-label": "the column {0} of its schema is not in the file",
    "extra-label": "the file has a column {0} that its schema does not know",
    "incorrect-label": "the file has a column {0} where its schema has {1}",
    "blank-label": "the file has a column without a name",
    "duplicate-label": "the file has two columns {0}",
}


@dataclass(frozen=True)
class Place:
    """One column as it will be written: its name, where its cells are now, and what the schema says of it."""

    label: str
    cell: str
    column: Column | None


@dataclass(frozen=True)
class Note:
    """What was kept as it is though it may be wrong, with its line in the file as it stands now, or in the new one."""

    line: int | None
    text: str


@dataclass(frozen=True)
class Formatted:
    """A table in its canonical form, in the file `written`; `changed` says whether that is another than it was."""

    written: Path
    changed: bool
    notes: tuple[Note, ...]


def format_table(
    con: "duckdb.DuckDBPyConnection", table: Table, scratch: Path, limits: Limits, *, stays: bool = False
) -> Formatted:
    """The first file of the table in its canonical form, written into `scratch`.

    `stays` says that the file will be left as it is: then notes have its own lines. Raises Unsafe
    where the file must be left alone.
    """
    import duckdb

    try:
        if table.paths[0].stat().st_size < SMALL:
            con.execute("PRAGMA disable_optimizer")  # For few rows planning costs more than it saves.
        return _formatted(con, table, scratch, limits, stays=stays)
    except (duckdb.OutOfMemoryException, duckdb.FatalException) as error:
        raise DatapkgError(f"the table {table.name} could not be formatted: {_first_line(error)}") from error
    except duckdb.Error as error:
        raise Unsafe((None, f"it cannot be formatted: {_first_line(error)}")) from error


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]


def _formatted(
    con: "duckdb.DuckDBPyConnection", table: Table, scratch: Path, limits: Limits, *, stays: bool
) -> Formatted:
    raw = read_raw(con, table, scratch, limits)
    places = arranged(raw)
    target = scratch / f"formatted-{abs(hash(table.paths[0])):x}"
    with at_work(con, f"formatting {table.shown[0]}"):
        end = line_end(con, raw, [place.cell for place in places])
        apart = _apart(con, raw, places)
        told = listed(places, spell=True) if apart else f"{name(ROW)}, {listed(places, spell=True)}"
        rows = f"SELECT {told} FROM ({_rows(raw) if apart else raw.opened.source})"
        order = ", ".join(_by_key(raw, places)) if apart else order_of(raw, places)
        cells = [name(place.cell) for place in places]
        query = f"SELECT {line_of(cells, table.dialect)} || {quoted(end)} FROM ({rows})"
        query += f" ORDER BY {order}"
        write_lines(con, query, beginning(con, raw, places, end), target)
    changed = not _alike(target, table.paths[0])
    written = replace(table, paths=(target,), bytes=None, hash=None)
    if changed:
        _hold_against(con, raw, places, written, (scratch, limits))
    if not changed or stays:
        return Formatted(target, changed, tuple(notes(con, raw, places)))
    again = read_raw(con, written, scratch, limits)
    return Formatted(target, changed, tuple(notes(con, again, arranged(again))))


# ---------------------------------------------------------------- columns


def arranged(raw: Raw) -> list[Place]:
    """The columns as they will be written. Raises Unsafe where they are not those of the schema."""
    schema, dialect = raw.opened.table.schema, raw.opened.table.dialect
    places = places_of(raw)
    if schema is None or not dialect.header:
        return places
    if dialect.header_rows == (1,):
        # Columns that the schema does not know stand behind those that it does.
        places.sort(key=lambda place: place.column.number if place.column else len(schema.columns) + 1)
    faults = header_labels.match([place.label for place in places], schema).faults
    if faults:
        line = raw.head.count(b"\n") + 1
        words = [(LABELS[fault.code], fault.label or fault.column, fault.column) for fault in faults]
        raise Unsafe(*((line, said.format(repr(label), repr(column))) for said, label, column in words))
    return places


def places_of(raw: Raw) -> list[Place]:
    """The columns as they stand in the file, by the names that the schema has for them."""
    schema, dialect = raw.opened.table.schema, raw.opened.table.dialect
    if schema is None:
        return [Place(label, cell, None) for label, cell in zip(raw.labels, raw.cells, strict=True)]
    if not dialect.header:
        if len(schema.columns) != len(raw.labels):
            raise Unsafe((1, f"it has {len(raw.labels)} columns where its schema has {len(schema.columns)}"))
        told = zip(schema.columns, raw.cells, strict=True)
        return [Place(column.name, cell, column) for column, cell in told]
    known = {column.name: column for column in schema.columns}
    labels = list(raw.labels)
    if dialect.header_rows == (1,):
        labels = resolved(labels, list(known), exact=dialect.case_sensitive)
    return [Place(label, cell, known.get(label)) for label, cell in zip(labels, raw.cells, strict=True)]


def resolved(labels: Sequence[str], names: Sequence[str], *, exact: bool = True) -> list[str]:
    """Labels as the schema spells them, where they differ in nothing but white space, composition or allowed case."""

    def look(label: str) -> str:
        bare = normalize("NFC", label.strip())
        return bare if exact else bare.casefold()

    known = {look(column): column for column in reversed(names)}
    taken = set(labels) & set(names)
    found = []
    for label in labels:
        meant = known.get(look(label))
        if label in names or meant is None or meant in taken:
            found.append(label)
        else:
            found.append(meant)
            taken.add(meant)
    return found


def listed(places: Sequence[Place], *, spell: bool) -> str:
    """SQL for the cells of the columns under their own names, each in its one spelling where that is wanted."""
    told = []
    for place in places:
        cell = name(place.cell)
        told.append(f"{spelled(place.column, cell) if spell and place.column else cell} AS {cell}")
    return ", ".join(told)


def _key(raw: Raw, places: Sequence[Place]) -> list[tuple[Column, str]]:
    """The columns of the primary key that are there, with their cells."""
    schema = raw.opened.table.schema
    by_name = {place.label: place for place in places}
    key = [by_name[column] for column in schema.primary_key if column in by_name] if schema is not None else []
    return [(place.column, name(place.cell)) for place in key if place.column is not None]


def order_of(raw: Raw, places: Sequence[Place]) -> str:
    """SQL for the order of the rows: by the values of the primary key, then as they stand."""
    return ", ".join([*_by_key(raw, places), name(ROW)])


def _by_key(raw: Raw, places: Sequence[Place]) -> list[str]:
    order = []
    for column, cell in _key(raw, places):
        order.extend([f"{value_of(column, cell)} NULLS LAST", cell])
    return order


def _rows(raw: Raw) -> str:
    """SQL of the rows without their numbers, where they can be read so: that takes all processors."""
    return raw.opened.bare or raw.opened.source


def _apart(con: "duckdb.DuckDBPyConnection", raw: Raw, places: Sequence[Place]) -> bool:
    """Whether the key of a large table tells all rows apart, so that none need be told by where it stands."""
    key = [cell for _, cell in _key(raw, places)]
    if not key or raw.opened.bare is None or (raw.opened.facts.bytes or 0) < SMALL:
        return False
    query = f"SELECT count(*) = count(DISTINCT hash({', '.join(key)})) FROM ({_rows(raw)})"
    return bool(con.execute(query).fetchall()[0][0])


def value_of(column: Column, cell: str) -> str:
    """SQL for a value by which rows are put in order; NULL where the cell has none."""
    if casts.held(column):
        return cell
    try:
        value = casts.value(column, cell)
    except casts.UnknownType:
        return cell
    if column.type == "number":
        value = f"CAST({value} AS DOUBLE)"
    if column.type == "yearmonth":
        value = f"(CAST(regexp_extract({value}, '^(.*)-', 1) AS INTEGER) * 12 + CAST(right({value}, 2) AS INTEGER))"
    return (
        f"CASE WHEN {cell} IN ({texts(column.missing_values)}) THEN NULL ELSE {value} END"
        if column.missing_values
        else value
    )


# ---------------------------------------------------------------- what is written


def line_end(con: "duckdb.DuckDBPyConnection", raw: Raw, cells: Sequence[str]) -> str:
    """The end of each line: as the dialect declares it, else LF.

    Cells that hold CR LF are of a file whose lines end so; among other lines no reader would take
    them for what they are, so that the lines keep their ends.
    """
    declared = raw.opened.table.dialect.line_end
    if declared is not None:
        return declared
    if raw.newline == b"\r\n" and cells:
        pairs = " OR ".join(f"contains({name(cell)}, {quoted(chr(13) + chr(10))})" for cell in cells)
        if con.execute(f"SELECT coalesce(bool_or({pairs}), false) FROM ({_rows(raw)})").fetchall()[0][0]:
            return "\r\n"
    return "\n"


def beginning(con: "duckdb.DuckDBPyConnection", raw: Raw, places: Sequence[Place], end: str) -> bytes:
    """What stands before the rows: comments as they are, and the header."""
    dialect = raw.opened.table.dialect
    head = raw.head.replace(b"\n", end.encode())
    if dialect.header_rows != (1,):
        return head
    labels = [place.label for place in places]
    header = f"{line(con, labels, dialect)}{end}".encode()
    if not head and dialect.quote and special.named(header, "utf-8", dialect) is not None:
        # Without its quotes the first label would be taken for the beginning of another kind of file.
        wider = replace(dialect, comment=labels[0][:1] or None)
        header = f"{line(con, labels, wider)}{end}".encode()
    return head + header


def _hold_against(
    con: "duckdb.DuckDBPyConnection",
    raw: Raw,
    places: Sequence[Place],
    written: Table,
    means: tuple[Path, Limits],
) -> None:
    """Raises Unsafe where the new file does not read as the very same values as the old one."""
    import duckdb

    wanted = (raw.opened.rows, [place.label for place in places], _digest(con, raw, places))
    for counted in (True, False):
        try:
            again = read_raw(con, written, *means, counted=counted)
            now = arranged(again)
            if (again.opened.rows, [place.label for place in now], _digest(con, again, now)) == wanted:
                return
        except Unsafe as unsafe:
            raise Unsafe((None, f"its dialect has no way to write it: {unsafe}")) from None
        except duckdb.InvalidInputException:
            if not counted:
                raise
    raise Unsafe((None, "its dialect has no way to write some of its cells"))


def _digest(con: "duckdb.DuckDBPyConnection", raw: Raw, places: Sequence[Place]) -> tuple[object, ...]:
    """How many rows there are, and a sum over the values of each, whatever their order."""
    told, steps = list[str](), list[str]()
    for number, place in enumerate(places):
        cell, step = name(place.cell), name(f"v{number}")
        told.extend([cell] if place.column is None else typed(place.column, cell, step))
        if place.column is not None and place.column.type in SPELLINGS:
            steps.append(f", {compared(place.column, cell)} AS {step}")
    query = f"SELECT count(*), sum(hash({', '.join(told)})) FROM (SELECT *{''.join(steps)} FROM ({_rows(raw)}))"
    return tuple(con.execute(query).fetchall()[0])


def _alike(one: Path, other: Path) -> bool:
    if one.stat().st_size != other.stat().st_size:
        return False
    with one.open("rb") as left, other.open("rb") as right:
        while block := left.read(1 << 20):
            if block != right.read(1 << 20):
                return False
    return True


# ---------------------------------------------------------------- what was kept


def notes(con: "duckdb.DuckDBPyConnection", raw: Raw, places: Sequence[Place]) -> Iterator[Note]:
    """Cells that were kept as they are, though they may be wrong or have another spelling."""
    told = [item for place in places for item in _kept(place)]
    if not told or not raw.opened.rows:
        return
    counts = ", ".join(f"count_if({bad})" for bad, _ in told)
    found = con.execute(f"SELECT {counts} FROM ({_rows(raw)})").fetchall()[0]
    kept = [(count, *item) for count, item in zip(found, told, strict=True) if count]
    if not kept:
        return
    first = ", ".join(f"min({name(ROW)}, {SHOWN}) FILTER ({bad})" for _, bad, _ in kept)
    numbers = con.execute(f"SELECT {first} FROM ({raw.opened.source})").fetchall()[0]
    for (count, _, words), rows in zip(kept, numbers, strict=True):
        lines = [at.line for _, at in locate(con, raw.opened, rows)]
        more = f" (and {count - len(lines):,} more)" if count > len(lines) else ""
        yield from (Note(at, words) for at in lines[:-1])
        yield Note(lines[-1], words + more)


def _kept(place: Place) -> Iterator[tuple[str, str]]:
    """SQL that is true for a cell that was kept, and what to say of it."""
    column, cell, shown = place.column, name(place.cell), repr(place.label)
    if column is None or column.type not in SPELLINGS:
        as_it_is = f"{shown} {{}}; a text is kept as it is"
        composed = f"CASE WHEN strlen({cell}) <> length({cell}) THEN nfc_normalize({cell}) <> {cell} ELSE false END"
        yield composed, as_it_is.format("is not in Unicode's form NFC")
        ends = (f"{end}({cell}, {quoted(blank)})" for blank in BLANKS for end in ("prefix", "suffix"))
        yield " OR ".join(ends), as_it_is.format("begins or ends with white space")
        return
    yield untyped(column, cell), f"{shown} is no {column.type}, and was kept as it is"
    if column.type in ("integer", "number"):
        zeros = (
            f"CASE WHEN regexp_full_match({cell}, {quoted(LEADING)}) THEN NOT ({untyped(column, cell)}) ELSE false END"
        )
        yield zeros, f"{shown} begins with a zero that may mean something, and was kept as it is"
