"""Rows of native values opened: as texts that mean the same, in a table of the connection.

`Source` is what JSON, JSON Lines, a spreadsheet and data in place have in common: items one after
the other, which can be walked more than once, so that nothing is held in memory.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from datapkg.engine import labels as header_labels
from datapkg.engine.opened import Fault, Faults, Opened, Part, add_label_faults, unnamed
from datapkg.engine.sql import name, names, text
from datapkg.engine.values import NULL, shown, told
from datapkg.findings import TableFacts
from datapkg.resources import Table
from datapkg.schema import ROW, Column, Schema

if TYPE_CHECKING:
    import duckdb

BATCH = 8_192
LINE = "datapkg:line"
SHOWN = "datapkg:shown"


BLANK = "the line is empty"
"""The note of an item that is an empty line: it is told, and is no row."""


class Unread(Exception):
    """The file gives no rows; the fault says why."""

    def __init__(self, note: str, line: int | None = None, code: str = "source-error", **words: Any) -> None:
        super().__init__(note)
        self.code = code
        self.line = line
        self.words = {"note": note, **words}


@dataclass(frozen=True, slots=True)
class Item:
    """One row of values, by place or by name; or a `note` why it is none. `line` is where it begins."""

    line: int | None
    values: Any
    note: str | None = None


@dataclass(frozen=True)
class Source:
    """One file of rows. A `padded` one leaves out empty cells at the end of a row."""

    shown: str
    path: Path
    items: Callable[[], Iterator[Item]]
    padded: bool = False
    line: int | None = None


@dataclass
class _Shape:
    """How the rows of one source stand: the labels, where data begin, and what is known of its columns."""

    labels: list[str]
    line: int | None
    keyed: bool
    skip: int
    columns: list[Column | None] = field(default_factory=list)


def open_native(
    con: "duckdb.DuckDBPyConnection",
    table: Table,
    sources: Sequence[Source],
    facts: TableFacts,
    faults: Faults,
    widest: int,
) -> Opened:
    """The rows of all sources, opened; none of a source that has more than `widest` columns."""
    parts: list[Part] = []
    schema = table.schema
    cells: tuple[str, ...] = ()
    positions: dict[str, int] = {}
    seen = _Seen()
    for source in sources:
        try:
            shape = _shape(table, source, widest)
            if not parts:
                schema = schema or unnamed(shape.labels)
                cells = tuple(f"c{number}" for number in range(len(shape.labels)))
            assert schema is not None
            header = header_labels.match(shape.labels, schema)
            if table.schema is not None and (shape.keyed or table.dialect.header):
                add_label_faults(faults, header, source.shown, shape.line or 1)
                if shape.line is None:
                    faults.shown[:] = [replace(f, line=None) if f.code.endswith("-label") else f for f in faults.shown]
            found = dict(header.positions) or {c.name: n for n, c in enumerate(schema.columns[: len(shape.labels)])}
            positions = positions if parts else found
            at = {index: column for column, index in found.items()}
            shape.columns = [schema[at[n]] if n in at else None for n in range(len(shape.labels))]
            first = sum(part.rows for part in parts)
            seen.lax.clear()
            parts.append(_read(con, table, source, shape, (first, len(cells), faults, seen)))
            for index, (count, (row, value, item)) in sorted(seen.lax.items()):
                column = at[index]
                words = {"more": count - 1, "column": column, "type": schema[column].type}
                faults.add(Fault("text-value", source.shown, row, item.line, column, index + 1, value, words))
        except Unread as unread:
            faults.add(Fault(unread.code, source.shown, line=unread.line or source.line, words=unread.words))
    if len(parts) < len(sources):
        parts = []
    schema = schema or Schema(())
    if seen.null:
        columns = (replace(column, missing_values=(*column.missing_values, NULL)) for column in schema.columns)
        schema = replace(schema, columns=tuple(columns))
    wrong = {column: f"w{index}" for column, index in positions.items() if index in seen.wrong}
    facts = replace(facts, rows=sum(part.rows for part in parts))
    return Opened(table, schema, tuple(parts), cells, None, positions, facts, faults, wrong, native=True)


@dataclass
class _Seen:
    """What the values of a source showed.

    Whether there are nulls; which columns hold values of a wrong kind; and which hold texts for
    native values: how many, and the first row, text and item.
    """

    null: bool = False
    wrong: set[int] = field(default_factory=set)
    lax: dict[int, tuple[int, tuple[int, str, Item]]] = field(default_factory=dict)


# ---------------------------------------------------------------- labels


def _shape(table: Table, source: Source, widest: int) -> _Shape:
    """The labels of a source, from its first rows or from the names that its objects use."""
    first = next((item for item in source.items() if item.note is None), None)
    if first is None:
        raise Unread("it holds no row")
    keyed = isinstance(first.values, Mapping)
    wanted = table.options.get("itemType")
    if wanted in ("array", "object") and keyed != (wanted == "object"):
        raise Unread(f"its rows are {'objects' if keyed else 'arrays'}, declared are {wanted}s", first.line)
    shape = _by_name(table, source, first, widest) if keyed else _by_place(table, source)
    if len(shape.labels) > widest:
        note = f"the table has more than {widest:,} columns, which is the limit"
        raise Unread(note, shape.line, "too-many-columns")
    if not shape.labels:
        raise Unread("its first row is empty", shape.line)
    return shape


def _by_name(table: Table, source: Source, first: Item, widest: int) -> _Shape:
    """Objects have no order: the schema's names come first, then others as they are met in any row."""
    keys = table.options.get("itemKeys")
    if isinstance(keys, list) and keys and all(isinstance(key, str) for key in keys):
        return _Shape(list(keys), first.line, keyed=True, skip=0)
    met: dict[str, None] = {}
    for item in source.items():
        if isinstance(item.values, Mapping):
            met.update(dict.fromkeys(item.values))
        if len(met) > widest:
            break
    ordered = [column.name for column in table.schema.columns] if table.schema is not None else []
    labels = [label for label in ordered if label in met]
    return _Shape([*labels, *(label for label in met if label not in labels)], first.line, keyed=True, skip=0)


def _by_place(table: Table, source: Source) -> _Shape:
    """The header rows of arrays, joined cell by cell; without one, the names of the schema."""
    rows = table.dialect.header_rows if table.dialect.header else ()
    last = max(rows, default=0)
    heads: list[Item] = []
    for number, item in enumerate(source.items(), 1):
        if number in rows or (not rows and number == 1):
            heads.append(item)
        if number >= max(last, 1):
            break
    if len(heads) < max(len(rows), 1) or not all(isinstance(head.values, list) for head in heads):
        raise Unread("it has no header", heads[0].line if heads else None)
    width = max(len(_trimmed(head.values)) if source.padded else len(head.values) for head in heads)
    if not rows:
        given = [column.name for column in table.schema.columns] if table.schema else []
        labels = [given[n] if n < len(given) else f"column_{n + 1}" for n in range(width)]
        return _Shape(labels, heads[0].line, keyed=False, skip=0)
    join = str(table.options.get("headerJoin", " "))
    columns = [[shown(head.values[n]) for head in heads if n < len(head.values)] for n in range(width)]
    labels = [join.join(word for word in words if word) for words in columns]
    return _Shape(labels, heads[0].line, keyed=False, skip=last)


def _trimmed(values: Sequence[Any]) -> Sequence[Any]:
    """A row without the empty cells at its end."""
    end = len(values)
    while end and values[end - 1] in (None, ""):
        end -= 1
    return values[:end]


# ---------------------------------------------------------------- rows


def _read(
    con: "duckdb.DuckDBPyConnection",
    table: Table,
    source: Source,
    shape: _Shape,
    into: tuple[int, int, Faults, _Seen],
) -> Part:
    """The rows of one source written into a table of the database."""
    import pyarrow

    first, width, faults, seen = into
    target = f"main.{name(f'datapkg:rows:{table.name}:{first}')}"
    cells, flags = [f"c{n}" for n in range(width)], [f"w{n}" for n in range(width)]
    columns = [f"{name(cell)} VARCHAR" for cell in cells] + [f"{name(flag)} BOOLEAN" for flag in flags]
    kept = f"{name(ROW)} BIGINT, {name(LINE)} BIGINT, {name(SHOWN)} VARCHAR[], {', '.join(columns)}"
    con.execute(f"CREATE OR REPLACE TABLE {target} ({kept})")
    arrow = pyarrow.schema(
        [
            *((ROW, pyarrow.int64()), (LINE, pyarrow.int64()), (SHOWN, pyarrow.list_(pyarrow.string()))),
            *((cell, pyarrow.string()) for cell in cells),
            *((flag, pyarrow.bool_()) for flag in flags),
        ]
    )
    batch: list[list[Any]] = []

    def flush() -> None:
        arrays = [pyarrow.array(list(v), k.type) for v, k in zip(zip(*batch, strict=True), arrow, strict=True)]
        con.register("datapkg:batch", pyarrow.table(arrays, schema=arrow))
        con.execute(f'INSERT INTO {target} SELECT * FROM "datapkg:batch"')
        con.unregister("datapkg:batch")
        batch.clear()

    row = 0
    for item in _data(table, source, shape):
        if item.note == BLANK:
            faults.add(Fault("blank-row", source.shown, line=item.line))
            continue
        row += 1
        values = _row(source, shape, item, (first + row, width, faults))
        batch.append([first + row, item.line, *_cells(shape, values, (first + row, width, item), seen)])
        if len(batch) == BATCH:
            flush()
    if batch:
        flush()
    listed = names([ROW, *cells, *flags])
    return Part(source.shown, source.path, first, row, f"SELECT {listed} FROM {target}", (), exact=True)


def _data(table: Table, source: Source, shape: _Shape) -> Iterator[Item]:
    comments = table.options.get("commentRows")
    skipped = set(comments) if isinstance(comments, list) else set()
    for number, item in enumerate(source.items(), 1):
        if number > shape.skip and number not in skipped:
            yield item


def _row(source: Source, shape: _Shape, item: Item, at: tuple[int, int, Faults]) -> list[Any] | None:
    """The values of a row in the order of the labels, with its faults told; None where it is no row."""
    row, width, faults = at
    note = item.note
    if note is None and isinstance(item.values, Mapping) != shape.keyed:
        note = f"the row is {'an object' if isinstance(item.values, Mapping) else 'no object'}, unlike the first"
    if note is not None:
        faults.add(Fault("source-error", source.shown, row, item.line, words={"note": note}))
        return None
    if shape.keyed:
        return [item.values.get(label) for label in shape.labels]
    values = list(_trimmed(item.values)) if source.padded else list(item.values)
    if source.padded:
        values.extend([None] * (width - len(values)))
    if any(value not in (None, "") for value in values):
        counts: dict[str, Any] = {"found": len(values), "wanted": width}
        for index in range(len(values), width):
            column = shape.columns[index].name if (shape.columns[index]) else None  # type: ignore[union-attr]
            words = {"column": column or index + 1, **counts}
            faults.add(Fault("missing-cell", source.shown, row, item.line, column, index + 1, None, words))
        for index in range(width, len(values)):
            value = shown(values[index])
            words = {"value": value, **counts}
            faults.add(Fault("extra-cell", source.shown, row, item.line, None, index + 1, value, words))
    return values


def _cells(shape: _Shape, values: list[Any] | None, at: tuple[int, int, Item], seen: _Seen) -> list[Any]:
    """What a row becomes in the table: the texts as shown, the texts to judge, the flags."""
    row, width, item = at
    if values is None:
        return [None, *[None] * width, *[False] * width]
    if all(value in (None, "") for value in values):
        return [[""] * width, *[""] * width, *[False] * width]
    texts: list[str | None] = []
    flags: list[bool] = []
    for column, value in zip(shape.columns, values[:width], strict=False):
        found = told(column, value)
        seen.null |= value is None
        if found.wrong:
            seen.wrong.add(len(flags))
        if found.lax:
            count, met = seen.lax.get(len(flags), (0, (row, found.text, item)))
            seen.lax[len(flags)] = (count + 1, met)
        texts.append(found.text)
        flags.append(found.wrong)
    gap = width - len(texts)
    return [[shown(value) for value in values[:width]], *texts, *[None] * gap, *flags, *[False] * gap]


def native_rows(part: Part, rows: Sequence[int]) -> str:
    """SQL for (row, line, texts as shown) of some rows of a part."""
    table = part.source.rpartition(" FROM ")[2]
    listed = f"{name(ROW)} IN ({_listed(rows)})"
    return f"SELECT {name(ROW)}, {name(LINE)}, {name(SHOWN)} FROM {table} WHERE {listed} ORDER BY 1"


def _listed(rows: Sequence[int]) -> str:
    return ", ".join(text(str(row)) for row in rows)
