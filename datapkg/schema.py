"""Table Schema as frozen values: columns, constraints, keys. No reading, no judging.

Definitions follow Table Schema v2 (datapackage.org/standard/table-schema); what its texts call
"fields" is called columns from here on.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

STORAGE: Mapping[str, str] = {
    "string": "VARCHAR",
    "integer": "BIGINT",
    "number": "DOUBLE",
    "boolean": "BOOLEAN",
    "date": "DATE",
    "time": "TIME",
    "datetime": "TIMESTAMP",
    "year": "BIGINT",
    "yearmonth": "VARCHAR",
    "duration": "VARCHAR",
    "geopoint": "VARCHAR",
    "geojson": "VARCHAR",
    "object": "VARCHAR",
    "array": "VARCHAR",
    "list": "VARCHAR",
    "any": "VARCHAR",
}
"""The DuckDB type that holds each Table Schema type exactly."""

DECIMAL, ZONE, GEOMETRY = "datapkg:decimal", "datapkg:zone", "datapkg:geometry"
"""Properties of ours: digits of a number, whether a datetime is in UTC, the columns of a table's points."""
DIGITS = 38
"""Digits that a decimal has at most."""

ROW = "datapkg:row"
"""Name of the column that carries the data row, from 1, beside a table's own columns."""


@dataclass(frozen=True, slots=True)
class Category:
    """One allowed value of a column and what it means."""

    value: Any
    label: str | None = None


@dataclass(frozen=True)
class Column:
    """One field of a Table Schema. `number` counts from 1."""

    name: str
    number: int
    type: str = "any"
    format: str = "default"
    title: str | None = None
    description: str | None = None
    unit: str | None = None
    constraints: Mapping[str, Any] = field(default_factory=dict)
    categories: tuple[Category, ...] = ()
    missing_values: tuple[str, ...] = ("",)
    properties: Mapping[str, Any] = field(default_factory=dict)
    labelled: bool = False
    """Whether its missing values say why there is no value; then none of them stands for another."""

    @property
    def required(self) -> bool:
        """Whether every row must have a value."""
        return self.constraints.get("required") is True

    @property
    def storage(self) -> str:
        """The DuckDB type of its values."""
        if self.decimal is not None:
            return "DECIMAL({},{})".format(*self.decimal)
        return STORAGE.get(self.type, "VARCHAR")

    @property
    def decimal(self) -> tuple[int, int] | None:
        """The digits of an exact number (`datapkg:decimal`), and how many of them are decimals."""
        given = self.properties.get(DECIMAL)
        if self.type != "number" or not isinstance(given, list) or [type(item) for item in given] != [int, int]:
            return None
        return (given[0], given[1]) if 1 <= given[0] <= DIGITS and 0 <= given[1] <= given[0] else None

    @property
    def zone(self) -> str | None:
        """Whether a datetime is in UTC (`UTC`) or has no zone (`none`), where that is declared."""
        given = self.properties.get(ZONE)
        return given if self.type == "datetime" and given in ("UTC", "none") else None


@dataclass(frozen=True)
class ForeignKey:
    """`columns` must be found in `target_columns` of `table` (None: the same table)."""

    columns: tuple[str, ...]
    table: str | None
    target_columns: tuple[str, ...]

    def __str__(self) -> str:
        return f"{', '.join(self.columns)} → {self.table or 'self'}({', '.join(self.target_columns)})"


@dataclass(frozen=True)
class Schema:
    """The law of one table, as declared."""

    columns: tuple[Column, ...]
    primary_key: tuple[str, ...] = ()
    unique_keys: tuple[tuple[str, ...], ...] = ()
    foreign_keys: tuple[ForeignKey, ...] = ()
    fields_match: str = "exact"

    def __getitem__(self, name: str) -> Column:
        return self._by_name[name]

    def __contains__(self, name: object) -> bool:
        return name in self._by_name

    @cached_property
    def _by_name(self) -> Mapping[str, Column]:
        return {column.name: column for column in reversed(self.columns)}

    def with_missing(self, word: str | None) -> "Schema":
        """The same, with `word` among the texts that mean no value."""
        if word is None:
            return self
        columns = (replace(c, missing_values=tuple(dict.fromkeys((*c.missing_values, word)))) for c in self.columns)
        return replace(self, columns=tuple(columns))

    @cached_property
    def ambiguous(self) -> frozenset[str]:
        """The names that stand twice, case aside: which column of the file is meant nobody knows."""
        found = Counter([ROW, *(column.name.lower() for column in self.columns)])
        return frozenset(column.name for column in self.columns if found[column.name.lower()] > 1)


def from_descriptor(descriptor: Mapping[str, Any]) -> Schema:
    """The values of a Table Schema descriptor.

    Raises AttributeError, KeyError, TypeError or ValueError where it is malformed. Types that Table
    Schema does not know are kept as they are; whoever judges the table says so.
    """
    missing = descriptor.get("missingValues", [""])
    fields = descriptor.get("fields", [])
    return Schema(
        columns=tuple(_column(field, number, missing) for number, field in enumerate(fields, 1)),
        primary_key=names(descriptor.get("primaryKey")),
        unique_keys=tuple(names(key) for key in descriptor.get("uniqueKeys", [])),
        foreign_keys=tuple(_foreign_key(key) for key in descriptor.get("foreignKeys", [])),
        fields_match=_fields_match(descriptor.get("fieldsMatch", "exact")),
    )


def bad_names(schema: Mapping[str, Any], resources: set[str]) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """(pointer, note) of each name in a schema that no reader can tell or that is nothing's.

    `resources` are in lower case. Fields of the very same name are left to the standard's own check.
    """
    try:
        values = from_descriptor(schema)
    except (AttributeError, KeyError, TypeError, ValueError):
        return
    fields = [column.name for column in values.columns]
    known = set(fields)
    yield from _bad_fields(fields)
    for kind, keys in (("primaryKey", (values.primary_key,)), ("uniqueKeys", values.unique_keys)):
        for number, key in enumerate(keys):
            for name in key:
                if name not in known:
                    yield (kind, number), f"{kind} names {name!r}, which is no field"
    for number, foreign in enumerate(values.foreign_keys):
        if not foreign.columns or len(foreign.columns) != len(foreign.target_columns):
            yield ("foreignKeys", number), "a foreign key names as many fields as it refers to, and at least one"
        elif not known.issuperset(foreign.columns):
            yield ("foreignKeys", number), f"the foreign key {foreign} names what is no field"
        elif foreign.table is not None and foreign.table.lower() not in resources:
            yield ("foreignKeys", number), f"the foreign key {foreign} refers to a table that the package does not have"


def bad_properties(schema: Mapping[str, Any]) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """(pointer, note) of each property of ours in a schema that does not say what it should."""
    try:
        columns = from_descriptor(schema).columns
    except (AttributeError, KeyError, TypeError, ValueError):
        return
    for number, column in enumerate(columns):
        if DECIMAL in column.properties and column.decimal is None:
            note = f"{DECIMAL} of a number is a list: its digits, 1 to {DIGITS}, and how many of them are decimals"
            yield ("fields", number, DECIMAL), note
        if ZONE in column.properties and column.zone is None:
            yield ("fields", number, ZONE), f"{ZONE} of a datetime is UTC or none"
    if GEOMETRY in schema:
        numbers = {column.name for column in columns if column.type == "number" and column.decimal is None}
        given = schema[GEOMETRY]
        pair = [given.get("lon"), given.get("lat")] if isinstance(given, Mapping) else []
        if len(set(map(str, pair)) & numbers) != len(("lon", "lat")):
            yield (GEOMETRY,), f"{GEOMETRY} names two numbers of the table: the columns `lon` and `lat` of its points"


def _bad_fields(fields: Sequence[str]) -> Iterator[tuple[tuple[str | int, ...], str]]:
    lowered = [name.lower() for name in fields]
    seen: set[str] = set()
    met: set[str] = set()
    for number, name in enumerate(fields):
        if not name or not name.isprintable() or name != name.strip():
            note = "is empty, has a space at its edge, or has a character that is not seen"
            yield ("fields", number, "name"), f"the name {name!r} {note}"
        elif lowered[number] == ROW:
            yield ("fields", number, "name"), f"the name {name!r} is that of the rows' numbers here"
        elif lowered[number] in seen and name not in met:
            yield ("fields", number, "name"), f"the field {name!r} differs from another only in case"
        seen.add(lowered[number])
        met.add(name)


def names(given: Any) -> tuple[str, ...]:
    """A key of one or several columns: v1 allows a single name where v2 has a list.

    Raises TypeError where a name is no text.
    """
    if given is None:
        return ()
    listed = (given,) if isinstance(given, str) else tuple(given)
    if not all(isinstance(name, str) for name in listed):
        raise TypeError("a key names what is no text")
    return listed


def missing_values(given: Any) -> tuple[str, ...]:
    """The texts that mean "no value", with or without labels."""
    return tuple(str(item["value"]) if isinstance(item, Mapping) else str(item) for item in given)


def _column(field: Mapping[str, Any], number: int, missing: Any) -> Column:
    given = field.get("missingValues", missing)
    words = (field["name"], field.get("type", "any"), field.get("format", "default"))
    if not all(isinstance(word, str) for word in words) or not isinstance(field.get("constraints", {}), Mapping):
        raise TypeError("a field has a name, a type, a format or constraints of another kind")
    return Column(
        name=field["name"],
        number=number,
        type=field.get("type", "any"),
        format=field.get("format", "default"),
        title=field.get("title"),
        description=field.get("description"),
        unit=field.get("unit"),
        constraints=field.get("constraints", {}),
        categories=tuple(_category(item) for item in field.get("categories", [])),
        missing_values=missing_values(given),
        properties=field,
        labelled=any(isinstance(item, Mapping) for item in given),
    )


def _category(item: Any) -> Category:
    return Category(item.get("value"), item.get("label")) if isinstance(item, Mapping) else Category(item)


def _foreign_key(key: Mapping[str, Any]) -> ForeignKey:
    reference = key.get("reference", {})
    table = reference.get("resource") or None
    if not isinstance(table, str | None):
        raise TypeError("a foreign key refers to what is no name of a table")
    return ForeignKey(names(key.get("fields")), table, names(reference.get("fields")))


def _fields_match(given: Any) -> str:
    # The standard spells it as a string; its first profile had a list of one.
    return str(given[0]) if isinstance(given, list) and given else str(given)
