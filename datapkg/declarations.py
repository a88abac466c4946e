"""What two versions of a dataset declare differently: columns, constraints, keys, texts. No data is read."""

import json
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from datapkg.cells.points import is_added
from datapkg.cells.predicates import key as comparable
from datapkg.cells.values import literal
from datapkg.changes import Kind, SchemaChange
from datapkg.resources import Table
from datapkg.schema import DECIMAL, ZONE, Column, ForeignKey, Schema

LOWER, UPPER = ("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")
ORDERED = dict.fromkeys((*LOWER, "minLength"), 1) | dict.fromkeys((*UPPER, "maxLength"), -1)
"""The constraints that are narrower the larger (1) or the smaller (-1) their bound is."""
FLAGS = ("required", "unique")
TYPE_PROPERTIES = ("format", "itemType", "arrayItem", DECIMAL)
"""What belongs to the type and says which values there are; how they are written is no change of data."""
WRITTEN = ("date", "time", "datetime", "geopoint")
"""The types whose format says only how a value is written."""
DESCRIBED = ("title", "description", "example", "rdfType")
PACKAGE_LEFT = ("$schema", "profile", "resources", "version", "created", "image", "views")
"""What a release writes or leaves out by itself, and what is looked at elsewhere."""
TABLE_TOLD = ("title", "description", "sources", "licenses")


@dataclass(frozen=True)
class Renames:
    """What is called otherwise on the new side, by its old name: tables, and columns of the table at hand."""

    tables: Mapping[str, str] = field(default_factory=dict)
    columns: Mapping[str, str] = field(default_factory=dict)

    def key(self, names: Sequence[str]) -> tuple[str, ...]:
        """Columns under their new names."""
        return tuple(self.columns.get(name, name) for name in names)


def package_changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[SchemaChange]:
    """The properties of the package that differ: licence, title, sources and so on."""
    for name in _either(old, new):
        if name not in PACKAGE_LEFT and not same(old.get(name), new.get(name)):
            yield SchemaChange(Kind.PACKAGE_CHANGED, property=name, old=old.get(name), new=new.get(name))


def table_changes(name: str, old: Table, new: Table) -> Iterator[SchemaChange]:
    """The texts that differ of a table: those of its resource, else of its schema."""
    for word in TABLE_TOLD:
        mine, theirs = (one.descriptor.get(word) or one.schema_descriptor.get(word) for one in (old, new))
        if not same(mine, theirs):
            yield SchemaChange(Kind.DESCRIPTION_CHANGED, name, property=word, old=mine, new=theirs)


def schema_changes(table: str, old: Schema, new: Schema, renames: Renames) -> Iterator[SchemaChange]:
    """What differs between two schemas of one table, the renamed columns taken for the same.

    Columns that a release adds are left out.
    """
    old, new = (replace(one, columns=tuple(c for c in one.columns if not is_added(c))) for one in (old, new))
    back = {fresh: was for was, fresh in renames.columns.items()}
    for column in old.columns:
        fresh = renames.columns.get(column.name, column.name)
        if fresh not in new:
            yield SchemaChange(Kind.COLUMN_REMOVED, table, column.name, old=column.type)
    for column in new.columns:
        was = back.get(column.name, column.name)
        if was not in old or (column.name not in back and was in renames.columns):
            yield SchemaChange(Kind.COLUMN_ADDED, table, column.name, new=column.type)
            continue
        if was != column.name:
            yield SchemaChange(Kind.COLUMN_RENAMED, table, column.name, old=was, new=column.name, guess=True)
        yield from column_changes(table, old[was], column)
    yield from _moved(table, old, new, renames)
    yield from _keys(table, old, new, renames)


def column_changes(table: str, old: Column, new: Column) -> Iterator[SchemaChange]:
    """What differs between two declarations of one column."""
    place = (table, new.name)
    if old.type != new.type:
        yield SchemaChange(Kind.COLUMN_RETYPED, *place, "type", old.type, new.type)
    for name in TYPE_PROPERTIES:
        mine, theirs = _property(old, name), _property(new, name)
        written = name == "format" and new.type in WRITTEN
        if old.type == new.type and not written and not same(mine, theirs):
            yield SchemaChange(Kind.COLUMN_RETYPED, *place, name, mine, theirs)
    zones = old.properties.get(ZONE), new.properties.get(ZONE)
    if old.type == new.type and all(zones) and not same(*zones):  # One side alone says what the cells have shown.
        yield SchemaChange(Kind.COLUMN_RETYPED, *place, ZONE, *zones)
    yield from _constraints(table, old, new)
    if old.unit != new.unit:
        yield SchemaChange(Kind.UNIT_CHANGED, *place, "unit", old.unit, new.unit)
    if not same(old.properties.get("default"), new.properties.get("default")):
        told = old.properties.get("default"), new.properties.get("default")
        yield SchemaChange(Kind.DEFAULT_CHANGED, *place, "default", *told)
    for name in DESCRIBED:
        mine, theirs = old.properties.get(name), new.properties.get(name)
        if not same(mine, theirs):
            yield SchemaChange(Kind.DESCRIPTION_CHANGED, *place, name, mine, theirs)
    yield from _labels(table, old, new)


def _property(column: Column, name: str) -> Any:
    return column.format if name == "format" else column.properties.get(name)


def _labels(table: str, old: Column, new: Column) -> Iterator[SchemaChange]:
    """The labels of categories that both have."""
    mine, theirs = ({_text(one.value): one.label for one in column.categories} for column in (old, new))
    told = {value: (mine[value], theirs[value]) for value in mine.keys() & theirs.keys()}
    if any(before != after for before, after in told.values()):
        changed = sorted(value for value, (before, after) in told.items() if before != after)
        was, is_ = ({value: told[value][side] for value in changed} for side in (0, 1))
        yield SchemaChange(Kind.DESCRIPTION_CHANGED, table, new.name, "categories", was, is_)


# ---------------------------------------------------------------- constraints


def _constraints(table: str, old: Column, new: Column) -> Iterator[SchemaChange]:
    mine, theirs = _bounds(old), _bounds(new)
    for name in _either(mine, theirs):
        before, after = mine.get(name), theirs.get(name)
        if same(before, after):
            continue
        kinds = _directions(name, before, after, old, new)
        for kind in kinds:
            yield SchemaChange(kind, table, new.name, name, before, after)


def _bounds(column: Column) -> dict[str, Any]:
    """The constraints that constrain something; categories are one, as the values that they allow."""
    given = {name: bound for name, bound in column.constraints.items() if bound is not None}
    found = {name: bound for name, bound in given.items() if name not in FLAGS or bound is True}
    if column.categories:
        found["categories"] = [one.value for one in column.categories]
    return found


def _directions(name: str, old: Any, new: Any, before: Column, after: Column) -> tuple[Kind, ...]:
    """Whether a constraint became narrower, wider, or, of a list of values, both. What has no order is narrower."""
    narrowed, relaxed = (Kind.CONSTRAINT_NARROWED,), (Kind.CONSTRAINT_RELAXED,)
    if old is None:
        return narrowed
    if new is None:
        return relaxed
    try:
        if name in ("enum", "categories"):
            mine = {comparable(literal(before, one)) for one in old}
            theirs = {comparable(literal(after, one)) for one in new}
            return (*(narrowed if mine - theirs else ()), *(relaxed if theirs - mine else ()))
        if name in ORDERED:
            length = name.endswith("Length")
            low, high = (int(old), int(new)) if length else (literal(before, old), literal(after, new))
            if low == high:
                return ()
            rises = high > low
            if rises == (high < low):
                return narrowed
            return narrowed if rises == (ORDERED[name] > 0) else relaxed
    except (TypeError, ValueError):
        pass
    return narrowed


# ---------------------------------------------------------------- order and keys


def _moved(table: str, old: Schema, new: Schema, renames: Renames) -> Iterator[SchemaChange]:
    """The columns that stand in another order, as few as tell it."""
    before = [renames.columns.get(column.name, column.name) for column in old.columns]
    after = [column.name for column in new.columns if column.name in before]
    before = [name for name in before if name in after]
    kept = _longest([before.index(name) for name in after])
    for position, name in enumerate(after):
        if position not in kept:
            yield SchemaChange(Kind.COLUMN_MOVED, table, name, "position", before.index(name) + 1, position + 1)


def _longest(numbers: Sequence[int]) -> set[int]:
    """The positions of a longest rising run of numbers, which need not be neighbours."""
    ends: list[int] = []  # the position at which the best run of each length ends
    before: dict[int, int | None] = {}
    for position, number in enumerate(numbers):
        length = bisect_left(ends, number, key=lambda end: numbers[end])
        before[position] = ends[length - 1] if length else None
        ends[length : length + 1] = [position]
    run, last = set(), ends[-1] if ends else None
    while last is not None:
        run.add(last)
        last = before[last]
    return run


def _keys(table: str, old: Schema, new: Schema, renames: Renames) -> Iterator[SchemaChange]:
    mine, theirs = renames.key(old.primary_key), new.primary_key
    if set(mine) != set(theirs):
        yield SchemaChange(
            Kind.PRIMARY_KEY_CHANGED, table, property="primaryKey", old=list(old.primary_key), new=list(theirs)
        )
    unique = (
        {frozenset(renames.key(key)): key for key in old.unique_keys},
        {frozenset(key): key for key in new.unique_keys},
    )
    for key in [key for names, key in unique[0].items() if names not in unique[1]]:
        yield SchemaChange(Kind.UNIQUE_KEY_REMOVED, table, property="uniqueKeys", old=list(key))
    for key in [key for names, key in unique[1].items() if names not in unique[0]]:
        yield SchemaChange(Kind.UNIQUE_KEY_ADDED, table, property="uniqueKeys", new=list(key))
    before = [_foreign(key, table, renames) for key in old.foreign_keys]
    after = [_foreign(key, table, Renames()) for key in new.foreign_keys]
    for foreign in [key for key in before if key not in after]:
        yield SchemaChange(Kind.FOREIGN_KEY_REMOVED, table, property="foreignKeys", old=str(foreign))
    for foreign in [key for key in after if key not in before]:
        yield SchemaChange(Kind.FOREIGN_KEY_ADDED, table, property="foreignKeys", new=str(foreign))


def _foreign(key: ForeignKey, table: str, renames: Renames) -> ForeignKey:
    """A foreign key under the new names; a reference to its own table names none."""
    target = renames.tables.get(key.table, key.table) if key.table is not None else None
    own = target in (None, table)
    targets = renames.key(key.target_columns) if own else key.target_columns
    return replace(key, columns=renames.key(key.columns), table=None if own else target, target_columns=targets)


# ---------------------------------------------------------------- equality


def same(old: Any, new: Any) -> bool:
    """Whether two values of a descriptor are one; nothing, and an empty text or list, are the same."""
    return _text(_told(old)) == _text(_told(new))


def _told(value: Any) -> Any:
    return None if isinstance(value, str | list | Mapping) and not value else value


def _text(value: Any) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False, default=str)


def _either(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    return list(dict.fromkeys([*old, *new]))
