"""`codebook.md`: every table, column, code, key and rule of the release in plain words.

Texts of the dataset stand in it exactly as they are: nothing in them is markup.
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from typing import Any

from datapkg.findings import Rule
from datapkg.release.draft import Draft
from datapkg.release.texts import code, plain
from datapkg.resources import Table
from datapkg.schema import Column

BOUNDS: Mapping[str, str] = {
    "minimum": "at least",
    "maximum": "at most",
    "exclusiveMinimum": "more than",
    "exclusiveMaximum": "less than",
    "minLength": "length at least",
    "maxLength": "length at most",
    "pattern": "matches",
    "jsonSchema": "follows the JSON Schema",
}
TYPES: Mapping[str, str] = {
    "string": "text",
    "integer": "whole number",
    "number": "number",
    "boolean": "yes or no",
    "date": "day",
    "time": "time of day",
    "datetime": "moment",
    "year": "year",
    "yearmonth": "month",
    "duration": "duration (ISO 8601)",
    "geopoint": "point (longitude, latitude)",
    "geojson": "GeoJSON",
    "object": "JSON object",
    "array": "JSON array",
    "list": "list",
    "any": "anything",
}


def codebook(draft: Draft) -> str:
    """The text of `codebook.md`."""
    tables = (_table(table, draft) for table in draft.dataset.tables)
    return "".join(chain(_head(draft), chain.from_iterable(tables), _between(draft)))


def _head(draft: Draft) -> Iterator[str]:
    yield f"# Codebook: {plain(draft.about.title)}\n\n"
    yield f"Version {plain(draft.version)} of {code(draft.about.name)}"
    yield f", {draft.about.date}.\n\n" if draft.about.date else ".\n\n"
    yield "A value that is not known is null in Parquet, never zero and never an empty text. Each column holds only\n"
    yield "what its type and its rules allow; a known exception stands in `known-issues.json` with its reason.\n\n"
    yield "| table | rows | what a row is |\n|---|--:|---|\n"
    for table in draft.dataset.tables:
        yield f"| {code(table.name)} | {draft.written[table.name].rows:,} | {_about(table)} |\n"
    yield "\n"


def _table(table: Table, draft: Draft) -> Iterator[str]:
    assert table.schema is not None
    yield f"## {plain(table.name)}\n\n"
    if about := _about(table):
        yield f"{about}\n\n"
    yield f"{draft.written[table.name].rows:,} rows, in "
    yield f"{', '.join(code(file.path) for file in draft.files[table.name])}.\n\n"
    if table.schema.primary_key:
        yield f"Key: {_codes(table.schema.primary_key)}. It names each row once and is never null.\n\n"
    for key in table.schema.unique_keys:
        yield f"No two rows agree in {_codes(key)}.\n\n"
    for foreign in table.schema.foreign_keys:
        target = f"{_codes(foreign.target_columns)} of {code(foreign.table or table.name)}"
        yield f"{_codes(foreign.columns)} refers to {target}.\n\n"
    for column in table.schema.columns:
        yield from _column(column)
    if rules := [rule for rule, name in draft.rules if name == table.name]:
        yield "### Rules\n\n"
        yield from map(_rule, rules)
        yield "\n"


def _column(column: Column) -> Iterator[str]:
    yield f"### {code(column.name)}\n\n"
    kind = TYPES.get(column.type, plain(column.type))
    form = f" in the form {code(column.format)}" if column.format != "default" else ""
    needed = "known in every row" if column.required else "may be unknown"
    unique = ", different in every row" if column.constraints.get("unique") is True else ""
    yield f"- Type: {kind}{form}; {needed}{unique}.\n"
    if meaning := " ".join(plain(text) for text in (column.title, column.description) if isinstance(text, str)):
        yield f"- Meaning: {meaning}\n"
    if column.unit is not None:
        yield f"- Unit: {plain(str(column.unit))}\n"
    for name, words in BOUNDS.items():
        if name in column.constraints:
            yield f"- Rule: {words} {code(_shown(column.constraints[name]))}\n"
    for name in ("example", "source"):
        if name in column.properties:
            yield f"- {name.capitalize()}: {code(_shown(column.properties[name]))}\n"
    if missing := [text for text in column.missing_values if text]:
        yield f"- In the source, unknown is written {', '.join(code(text) for text in missing)}.\n"
    yield "\n"
    yield from _values(column)


def _values(column: Column) -> Iterator[str]:
    """The values that a column may have, in the order declared."""
    if column.categories:
        order = ", from low to high" if column.properties.get("categoriesOrdered") is True else ""
        yield f"Values{order}:\n\n| value | meaning |\n|---|---|\n"
        for category in column.categories:
            yield f"| {code(_shown(category.value))} | {plain(str(category.label or ''))} |\n"
        yield "\n"
    elif column.constraints.get("enum"):
        yield f"Values: {', '.join(code(_shown(value)) for value in column.constraints['enum'])}.\n\n"


def _between(draft: Draft) -> Iterator[str]:
    names = {table.name for table in draft.dataset.tables}
    if rules := [rule for rule, name in draft.rules if name not in names]:
        yield "## Rules over several tables\n\n"
        yield from map(_rule, rules)
        yield "\n"


def _rule(rule: Rule) -> str:
    """A rule and why it is one; `message` tells what breaks it."""
    return f"- {code(rule.code)} ({rule.severity}): {plain(rule.message)}. {plain(rule.why)}\n"


def _about(table: Table) -> str:
    given = table.descriptor.get("description") or table.schema_descriptor.get("description")
    given = given or table.descriptor.get("title") or table.schema_descriptor.get("title")
    return plain(given) if isinstance(given, str) else ""


def _codes(columns: Iterable[str]) -> str:
    return ", ".join(code(column) for column in columns)


def _shown(value: Any) -> str:
    """A value of a schema as one text."""
    import json

    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)
