"""Corruptions of rows: keys, references, what is there at all, and cells that belong together."""

import itertools
import re
from collections.abc import Iterator
from random import Random

from datapkg.mutate.operator import Operator, some_rows
from datapkg.mutate.sheet import Edit, Sheet, keys_of
from datapkg.schema import Column, ForeignKey, Schema

PAIRS = (
    *(("low", "high"), ("min", "max"), ("minimum", "maximum"), ("lower", "upper"), ("start", "end")),
    *(("begin", "end"), ("from", "to"), ("first", "last"), ("earliest", "latest"), ("opened", "closed")),
)


# ---------------------------------------------------------------- what applies


def always(schema: Schema, column: Column) -> bool:
    """Every table."""
    return True


def has_key(schema: Schema, column: Column) -> bool:
    """Whether rows have a key of their own."""
    return bool(schema.primary_key)


def is_key(schema: Schema, column: Column) -> bool:
    """Whether the column is part of the key."""
    return column.name in schema.primary_key


def is_unique(schema: Schema, column: Column) -> bool:
    """Whether no two rows may have the same value."""
    return column.constraints.get("unique") is True or (column.name,) in schema.unique_keys


def refers(schema: Schema, column: Column) -> bool:
    """Whether its values are found in another table, or in another row."""
    return _foreign(schema, column) is not None


def is_lower(schema: Schema, column: Column) -> bool:
    """Whether its name says that it is the lower of two bounds."""
    return upper_of(schema, column) is not None


def upper_of(schema: Schema, column: Column) -> Column | None:
    """The column that bounds `column` from above, by their names and types."""
    words = re.split(r"([_ .-])", column.name)
    for number, word in enumerate(words):
        for low, high in PAIRS:
            name = "".join([*words[:number], high, *words[number + 1 :]])
            if word.lower() == low and name in schema and schema[name].type == column.type:
                return schema[name]
    return None


def _foreign(schema: Schema, column: Column) -> ForeignKey | None:
    return next((key for key in schema.foreign_keys if column.name in key.columns), None)


# ---------------------------------------------------------------- keys


def row_repeated(sheet: Sheet, column: Column | None, rng: Random) -> Edit | None:
    """A row twice."""
    for row in some_rows(sheet, rng):
        line = sheet.line(sheet.cells(row))
        if line is not None:
            return Edit(sheet.inserted(row, line), (sheet.line_after(row),), None, "", _key(sheet, row))
    return None


def key_repeated(sheet: Sheet, column: Column | None, rng: Random) -> Edit | None:
    """A row with the key of another one."""
    rows = some_rows(sheet, rng)
    names = [name for name in sheet.schema.primary_key if name in sheet.positions]
    for row, other in itertools.pairwise(rows):
        edit = sheet.put(row, {name: sheet.cell(other, name) for name in names}) if names else None
        if edit is not None:
            return Edit(edit.data, (*edit.lines, sheet.rows[other].line), edit.column, edit.old, edit.new)
    return None


def row_again_with_another_key(sheet: Sheet, column: Column | None, rng: Random) -> Edit | None:
    """A row twice, the second time with a key of its own."""
    taken = set(keys_of(sheet, sheet.schema.primary_key))
    for row in some_rows(sheet, rng):
        cells = sheet.cells(row)
        at = next((sheet.positions[n] for n in sheet.schema.primary_key if _changeable(sheet, n)), None)
        if at is None:
            return None
        old = cells[at]
        cells[at] = str(int(old) + 10_000) if re.fullmatch(r"\d+", old) else f"{old}-2"
        key = tuple(cells[sheet.positions[name]] for name in sheet.schema.primary_key)
        line = sheet.line(cells)
        if line is not None and key not in taken:
            name = next(name for name in sheet.positions if sheet.positions[name] == at)
            return Edit(sheet.inserted(row, line), (sheet.line_after(row),), name, old, cells[at])
    return None


def _changeable(sheet: Sheet, name: str) -> bool:
    """Whether a part of the key can be made up: it refers to nothing and is a text or a number."""
    column = sheet.schema[name]
    bound = refers(sheet.schema, column) or "enum" in column.constraints or column.categories
    return name in sheet.positions and not bound and column.type in ("string", "integer", "any")


def key_emptied(sheet: Sheet, column: Column | None, rng: Random) -> Edit | None:
    """A row without its key."""
    assert column is not None
    for row in some_rows(sheet, rng):
        return sheet.put(row, {column.name: ""}) if "" in column.missing_values else None
    return None


def key_respelled(sheet: Sheet, column: Column | None, rng: Random) -> Edit | None:
    """The key of another row in other capitals, for a row of its own."""
    assert column is not None
    rows = some_rows(sheet, rng)
    for row, other in itertools.pairwise(rows):
        old = sheet.cell(other, column.name)
        new = old.upper() if old != old.upper() else old.lower()
        if new != old and len(sheet.schema.primary_key) == 1:
            return sheet.put(row, {column.name: new})
    return None


def unique_repeated(sheet: Sheet, column: Column | None, rng: Random) -> Edit | None:
    """A value that another row has, in a column where each has its own."""
    assert column is not None
    rows = [row for row in some_rows(sheet, rng) if not sheet.empty(row, column)]
    for row, other in itertools.pairwise(rows):
        edit = sheet.put(row, {column.name: sheet.cell(other, column.name)})
        if edit is not None:
            return Edit(edit.data, (*edit.lines, sheet.rows[other].line), edit.column, edit.old, edit.new)
    return None


# ---------------------------------------------------------------- references


def _reference(sheet: Sheet, column: Column, rng: Random) -> Iterator[tuple[int, str]]:
    for row in some_rows(sheet, rng):
        if not sheet.empty(row, column):
            yield row, sheet.cell(row, column.name)


def reference_dangling(sheet: Sheet, column: Column | None, rng: Random) -> Edit | None:
    """A reference to a row that there is not."""
    assert column is not None
    for row, old in _reference(sheet, column, rng):
        new = str(int(old) + 987_654) if re.fullmatch(r"\d+", old) else f"{old}-x"
        return sheet.put(row, {column.name: new})
    return None


def reference_case(sheet: Sheet, column: Column | None, rng: Random) -> Edit | None:
    """A reference in other capitals."""
    assert column is not None
    for row, old in _reference(sheet, column, rng):
        new = old.upper() if old != old.upper() else old.lower()
        if new != old:
            return sheet.put(row, {column.name: new})
    return None


def reference_padded(sheet: Sheet, column: Column | None, rng: Random) -> Edit | None:
    """A reference with a space behind it."""
    assert column is not None
    for row, old in _reference(sheet, column, rng):
        return sheet.put(row, {column.name: f"{old} "})
    return None


def reference_to_another(sheet: Sheet, column: Column | None, rng: Random) -> Edit | None:
    """A reference to a row that is there, and is the wrong one."""
    assert column is not None
    key = _foreign(sheet.schema, column)
    targets = sheet.targets.get(key, ()) if key is not None and len(key.columns) == 1 else ()
    for row, old in _reference(sheet, column, rng) if targets else ():
        others = [target[0] for target in targets if target[0] != old]
        return sheet.put(row, {column.name: rng.choice(others)}) if others else None
    return None


def parent_deleted(sheet: Sheet, column: Column | None, rng: Random) -> Edit | None:
    """A row gone that others refer to."""
    return _deleted(sheet, sorted(sheet.named), rng)


# ---------------------------------------------------------------- completeness


def row_deleted(sheet: Sheet, column: Column | None, rng: Random) -> Edit | None:
    """A row gone that no other refers to."""
    return _deleted(sheet, [row for row in range(len(sheet.rows)) if row not in sheet.named], rng)


def tail_deleted(sheet: Sheet, column: Column | None, rng: Random) -> Edit | None:
    """The file ends early, between two rows."""
    if len(sheet.rows) < 3:
        return None
    row = rng.randrange(len(sheet.rows) // 2, len(sheet.rows))
    data = sheet.data[: sheet.rows[row].start]
    return Edit(data, (), None, f"{len(sheet.rows)} rows", f"{row} rows")


def _deleted(sheet: Sheet, rows: list[int], rng: Random) -> Edit | None:
    if not rows:
        return None
    row = rng.choice(rows)
    return Edit(sheet.spliced([sheet.removed(row)]), (), None, _key(sheet, row), "")


# ---------------------------------------------------------------- cells that belong together


def bounds_exchanged(sheet: Sheet, column: Column | None, rng: Random) -> Edit | None:
    """The lower bound above the upper one."""
    assert column is not None
    other = upper_of(sheet.schema, column)
    assert other is not None
    for row in some_rows(sheet, rng):
        if other.name in sheet.positions and not sheet.empty(row, column) and not sheet.empty(row, other):
            low, high = sheet.cell(row, column.name), sheet.cell(row, other.name)
            if low != high:
                return sheet.put(row, {column.name: high, other.name: low})
    return None


def cells_exchanged(sheet: Sheet, column: Column | None, rng: Random) -> Edit | None:
    """Two cells of a row in each other's columns."""
    assert column is not None
    alike = [c for c in sheet.schema.columns if c.type == column.type and c.name in sheet.positions and c != column]
    for row in some_rows(sheet, rng) if alike else ():
        other = rng.choice(alike)
        mine, yours = sheet.cell(row, column.name), sheet.cell(row, other.name)
        if mine != yours and not sheet.empty(row, column) and not sheet.empty(row, other):
            return sheet.put(row, {column.name: yours, other.name: mine})
    return None


def cells_shifted(sheet: Sheet, column: Column | None, rng: Random) -> Edit | None:
    """The cells of a row from one on moved to the right, the last one lost."""
    for row in some_rows(sheet, rng):
        cells = sheet.cells(row)
        if len(cells) < 3:
            return None
        at = rng.randrange(1, len(cells) - 1)
        line = sheet.line([*cells[:at], "", *cells[at:-1]])
        record = sheet.rows[row]
        if line is not None and line.rstrip(b"\r\n") != sheet.data[record.start : record.end]:
            data = sheet.spliced([(record.start, record.end, line.removesuffix(sheet.newline))])
            return Edit(data, (record.line,), None, sheet.dialect.delimiter.join(cells[at:]), "")
    return None


def columns_exchanged(sheet: Sheet, column: Column | None, rng: Random) -> Edit | None:
    """The cells of two columns of one type in each other's place, in every row."""
    assert column is not None
    alike = [c for c in sheet.schema.columns if c.type == column.type and c.name in sheet.positions and c != column]
    if not alike:
        return None
    other = rng.choice(alike)
    splices, lines = [], []
    for row in range(len(sheet.rows)):
        mine, yours = sheet.cell(row, column.name), sheet.cell(row, other.name)
        pair = (sheet.splice(row, column.name, yours), sheet.splice(row, other.name, mine))
        if mine != yours and pair[0] is not None and pair[1] is not None:
            splices += [pair[0], pair[1]]
            lines.append(sheet.rows[row].line)
    return Edit(sheet.spliced(splices), tuple(lines), column.name, column.name, other.name) if lines else None


def values_exchanged(sheet: Sheet, column: Column | None, rng: Random) -> Edit | None:
    """Two rows with each other's value."""
    assert column is not None
    rows = some_rows(sheet, rng)
    for row, other in itertools.pairwise(rows):
        mine, yours = sheet.cell(row, column.name), sheet.cell(other, column.name)
        pair = (sheet.splice(row, column.name, yours), sheet.splice(other, column.name, mine))
        if mine != yours and pair[0] is not None and pair[1] is not None:
            lines = (sheet.rows[row].line, sheet.rows[other].line)
            return Edit(sheet.spliced([pair[0], pair[1]]), lines, column.name, mine, yours)
    return None


def _key(sheet: Sheet, row: int) -> str:
    names = [name for name in sheet.schema.primary_key if name in sheet.positions]
    return ", ".join(sheet.cell(row, name) for name in names) or ", ".join(sheet.cells(row)[:3])


PK, FK = "a primary key", "a foreign key"
CONTENT = "unique keys over what tells two rows apart"
ROWS = "a row rule over several columns"
COUNT = "nothing but a diff with the last version"
OPERATORS = (
    Operator("row-repeated", "keys", "a row stands twice", PK, always, row_repeated, by_column=False),
    Operator("key-repeated", "keys", "a row gets another one's key", PK, has_key, key_repeated, by_column=False),
    Operator("key-emptied", "keys", "a row loses its key", PK, is_key, key_emptied),
    Operator(
        "key-respelled", "keys", "a key differs from another in capitals alone", "a pattern", is_key, key_respelled
    ),
    Operator("unique-repeated", "keys", "a unique value stands twice", "unique", is_unique, unique_repeated),
    Operator(
        *("row-again", "keys", "a row stands twice under two keys", CONTENT, has_key, row_again_with_another_key),
        by_column=False,
    ),
    Operator("reference-dangling", "reference", "a reference names no row", FK, refers, reference_dangling),
    Operator("reference-case", "reference", "a reference changes its capitals", FK, refers, reference_case),
    Operator("reference-padded", "reference", "a reference gets a space behind it", FK, refers, reference_padded),
    Operator(
        "parent-deleted", "reference", "a row is gone that others name", FK, always, parent_deleted, by_column=False
    ),
    Operator(
        *("reference-another", "reference", "a reference names another row", "an SQL rule that ties the two rows"),
        *(refers, reference_to_another),
        review=True,
    ),
    Operator("row-deleted", "completeness", "a row is gone", COUNT, always, row_deleted, by_column=False, review=True),
    Operator("tail-deleted", "completeness", "the file ends early", COUNT, always, tail_deleted, False, review=True),
    Operator("bounds-exchanged", "semantic", "a lower bound stands above the upper", ROWS, is_lower, bounds_exchanged),
    Operator("cells-exchanged", "columns", "two cells of a row change places", ROWS, always, cells_exchanged),
    Operator("cells-shifted", "columns", "cells move one column to the right", ROWS, always, cells_shifted, False),
    Operator("columns-exchanged", "columns", "two columns' cells change places", ROWS, always, columns_exchanged),
    Operator(
        *("values-exchanged", "semantic", "two rows have each other's value", ROWS, always, values_exchanged),
        review=True,
    ),
)
