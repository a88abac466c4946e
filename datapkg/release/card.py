"""`README.md`: the dataset card, its YAML header as Hugging Face reads it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

from datapkg.dataset import Dataset
from datapkg.findings import Finding
from datapkg.release.draft import Draft
from datapkg.release.parquet import Written
from datapkg.resources import Table
from datapkg.schema import Column
from datapkg.waivers import Waiver

HUGGING_FACE = frozenset(
    (
        *("apache-2.0", "mit", "bsd-3-clause", "gpl-3.0", "unlicense", "pddl", "odc-by", "odbl", "cc0-1.0"),
        *("cc-by-2.0", "cc-by-2.5", "cc-by-3.0", "cc-by-4.0", "cc-by-sa-3.0", "cc-by-sa-4.0", "cc-by-nd-4.0"),
        *("cc-by-nc-2.0", "cc-by-nc-3.0", "cc-by-nc-4.0", "cc-by-nc-sa-3.0", "cc-by-nc-sa-4.0", "cc-by-nc-nd-4.0"),
    )
)
"""The licence names that the Hub knows; any other is `other` with a name and a link."""
LABELS = 12


def card(draft: Draft) -> str:
    """The card of a release."""
    dataset, written = draft.dataset, draft.written
    pieces = (
        *(_header(dataset, written), _about(dataset, draft.version)),
        *(_tables(dataset, written), _end(dataset, draft.issues)),
    )
    return "".join(chain.from_iterable(pieces))


def _header(dataset: Dataset, written: Mapping[str, Written]) -> Iterator[str]:
    import yaml

    configs: list[dict[str, Any]] = [
        {"config_name": table.name, "data_files": [{"split": "train", "path": _files(written[table.name])}]}
        for table in dataset.tables
    ]
    configs[0]["default"] = True
    head = {"pretty_name": _title(dataset), **_licence_header(dataset), "configs": configs}
    yield f"---\n{yaml.safe_dump(head, sort_keys=False, allow_unicode=True, width=1000)}---\n\n"


def _licence_header(dataset: Dataset) -> dict[str, str]:
    given = next(iter(_listed(dataset, "licenses")), None)
    if given is None:
        return {"license": "unknown"}
    name = str(given.get("name") or given.get("title") or "other")
    if name.lower() in HUGGING_FACE:
        return {"license": name.lower()}
    return {"license": "other", "license_name": name, "license_link": str(given.get("path") or "LICENSE")}


def _about(dataset: Dataset, version: str) -> Iterator[str]:
    yield f"# {_title(dataset)}\n\n"
    if dataset.descriptor.get("description"):
        yield f"{str(dataset.descriptor['description']).strip()}\n\n"
    yield f"This is version {version} of `{dataset.name}`, a [Data Package](https://datapackage.org) of "
    yield f"{_count(len(dataset.tables), 'table')} in Parquet. `datapackage.json` describes every column for\n"
    yield "machines; `SHA256SUMS` lets you check every file with `sha256sum -c`.\n\n"


def _files(written: Written) -> str:
    """The file of a table, or a pattern of all its parts."""
    return written.listed[0] if len(written.listed) == 1 else f"{written.listed[0].rpartition('/')[0]}/part-*.parquet"


def _tables(dataset: Dataset, written: Mapping[str, Written]) -> Iterator[str]:
    yield "## Tables\n\n"
    for table in dataset.tables:
        title = table.descriptor.get("title")
        yield f"### {table.name}\n\n"
        yield f"{_cell(title)}, " if title else ""
        held = written[table.name]
        parts = f"{len(held.listed)} parts, " if len(held.listed) > 1 else ""
        yield f"{_count(held.rows, 'row')}, in {parts}`{_files(held)}`.\n\n"
        if description := table.descriptor.get("description") or table.schema_descriptor.get("description"):
            yield f"{str(description).strip()}\n\n"
        yield from _columns(table)
        yield from _keys(table)


def _columns(table: Table) -> Iterator[str]:
    assert table.schema is not None
    yield "| column | type | unit | description |\n|---|---|---|---|\n"
    for column in table.schema.columns:
        kind = f"{column.type}, required" if column.required else column.type
        yield f"| `{_cell(column.name)}` | {kind} | {_cell(column.unit or '')} | {_cell(_meaning(column))} |\n"
    yield "\n"


def _keys(table: Table) -> Iterator[str]:
    assert table.schema is not None
    if table.schema.primary_key:
        yield f"Key: {_codes(table.schema.primary_key)}.\n\n"
    for key in table.schema.foreign_keys:
        yield f"- {_codes(key.columns)} refers to {_codes(key.target_columns)} of `{key.table or table.name}`\n"
    yield "\n" if table.schema.foreign_keys else ""


def _meaning(column: Column) -> str:
    """What a column means, with the values it may have where they are few."""
    text = (column.description or column.title or "").strip()
    values = [category.value for category in column.categories] or column.constraints.get("enum", [])
    if not values:
        return text
    listed = ", ".join(f"`{value}`" for value in values[:LABELS]) + (", …" if len(values) > LABELS else "")
    return f"{text} One of {listed}." if text else f"One of {listed}."


def _end(dataset: Dataset, issues: Sequence[tuple[Waiver, Finding]]) -> Iterator[str]:
    for heading, name in (("Sources", "sources"), ("Contributors", "contributors"), ("Licence", "licenses")):
        if listed := _listed(dataset, name):
            yield f"## {heading}\n\n"
            yield from (f"- {_credit(item)}\n" for item in listed)
            yield "\n"
    yield "## Known issues\n\n"
    if not issues:
        yield "None.\n"
    for waiver, finding in issues:
        where = ", ".join(f"{name} {value}" for name, value in waiver.key.items())
        yield f"- `{waiver.table}`, {_cell(where)}: {_cell(finding.message)}. {_cell(waiver.reason)}"
        yield f" Accepted by {_cell(waiver.by)} until {waiver.expires.isoformat()} (rule `{waiver.rule}`).\n"


def _listed(dataset: Dataset, name: str) -> list[Mapping[str, Any]]:
    found = dataset.descriptor.get(name, [])
    return [item for item in found if isinstance(item, Mapping)] if isinstance(found, list) else []


def _credit(item: Mapping[str, Any]) -> str:
    """One source, contributor or licence in words."""
    title = _cell(str(item.get("title") or item.get("name") or item.get("path") or ""))
    path = str(item.get("path") or "")
    roles = item.get("roles") or ([item["role"]] if "role" in item else [])
    named = f"{title} (<{path}>)" if path and path != title else title
    return f"{named}: {_cell(', '.join(map(str, roles)))}" if roles else named


def _title(dataset: Dataset) -> str:
    return str(dataset.descriptor.get("title") or dataset.name)


def _codes(columns: Iterable[str]) -> str:
    return ", ".join(f"`{column}`" for column in columns)


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _cell(text: str) -> str:
    """A text on one line that ends neither the table cell nor the page's markup."""
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")
