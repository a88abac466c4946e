"""`README.md`: the dataset card, its YAML header as Hugging Face reads it."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

from datapkg.dataset import Dataset
from datapkg.release.citation import bibtex
from datapkg.release.croissant import parts_of
from datapkg.release.draft import Draft
from datapkg.release.licences import HUGGING_FACE, Licence
from datapkg.release.parquet import Written
from datapkg.release.texts import code, marked, plain
from datapkg.resources import Table
from datapkg.schema import Column

SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))
LARGER = ((10**7, "1M<n<10M"), (10**8, "10M<n<100M"), (10**9, "100M<n<1B"), (10**10, "1B<n<10B"))
LARGEST = ((10**11, "10B<n<100B"), (10**12, "100B<n<1T"))
"""Below how many rows a dataset is of which size to the Hub."""
LABELS = 12


def card(draft: Draft) -> str:
    """The card of a release."""
    pieces = _header(draft), _about(draft), _tables(draft.dataset, draft.written), _use(draft), _end(draft)
    return "".join(chain.from_iterable(pieces))


def _header(draft: Draft) -> Iterator[str]:
    import yaml

    about = draft.about
    configs: list[dict[str, Any]] = [
        {"config_name": table.name, "data_files": [{"split": "train", "path": parts_of(draft.written[table.name])}]}
        for table in draft.dataset.tables
    ]
    configs[0]["default"] = True
    head: dict[str, Any] = {"pretty_name": about.title, **_licence_header(about.licences)}
    if about.language:
        head["language"] = [about.language.partition("-")[0]]
    if about.keywords:
        head["tags"] = list(about.keywords)
    rows = sum(written.rows for written in draft.written.values())
    head["size_categories"] = [
        next((name for most, name in (*SIZES, *LARGER, *LARGEST) if rows < most), "n>1T"),
    ]
    head["configs"] = configs
    yield f"---\n{yaml.safe_dump(head, sort_keys=False, allow_unicode=True, width=1000)}---\n\n"


def _licence_header(licences: Sequence[Licence]) -> dict[str, Any]:
    """As the Hub knows it, else `other` with a name and a link."""
    if not licences:
        return {"license": "unknown"}
    known = [HUGGING_FACE.get(licence.spdx or "") for licence in licences]
    if all(known):
        return {"license": known[0] if len(known) == 1 else known}
    other = next(licence for licence, name in zip(licences, known, strict=True) if name is None)
    name = re.sub(r"[^a-z0-9.]+", "-", other.words.lower()).strip("-") or "other"
    return {"license": "other", "license_name": name, "license_link": other.url or "LICENSE"}


def _about(draft: Draft) -> Iterator[str]:
    about = draft.about
    yield f"# {plain(about.title)}\n\n"
    if about.description:
        yield f"{marked(about.description)}\n\n"
    yield f"This is version {about.version} of `{about.name}`"
    yield f", {about.date}" if about.date else ""
    yield f": a [Data Package](https://datapackage.org) of {_count(len(draft.dataset.tables), 'table')} in Parquet.\n"
    yield "`codebook.md` explains every column, `datapackage.json` describes them for machines, and `SHA256SUMS` lets\n"
    yield "you check every file with `sha256sum -c SHA256SUMS`.\n\n"
    if about.homepage:
        yield f"Homepage: <{about.homepage}>\n\n"


def _tables(dataset: Dataset, written: Mapping[str, Written]) -> Iterator[str]:
    yield "## Tables\n\n"
    for table in dataset.tables:
        title = table.descriptor.get("title")
        yield f"### {table.name}\n\n"
        yield f"{plain(str(title))}, " if title else ""
        held = written[table.name]
        parts = f"{len(held.listed)} parts, " if len(held.listed) > 1 else ""
        yield f"{_count(held.rows, 'row')}, in {parts}`{parts_of(held)}`.\n\n"
        if description := table.descriptor.get("description") or table.schema_descriptor.get("description"):
            yield f"{marked(str(description))}\n\n"
        yield from _columns(table)
        yield from _keys(table)


def _columns(table: Table) -> Iterator[str]:
    assert table.schema is not None
    yield "| column | type | unit | description |\n|---|---|---|---|\n"
    for column in table.schema.columns:
        kind = f"{column.type}, required" if column.required else column.type
        yield f"| {code(column.name)} | {kind} | {plain(column.unit or '')} | {_meaning(column)} |\n"
    yield "\n"


def _keys(table: Table) -> Iterator[str]:
    assert table.schema is not None
    if table.schema.primary_key:
        yield f"Key: {_codes(table.schema.primary_key)}.\n\n"
    for key in table.schema.foreign_keys:
        yield f"- {_codes(key.columns)} refers to {_codes(key.target_columns)} of {code(key.table or table.name)}\n"
    yield "\n" if table.schema.foreign_keys else ""


def _meaning(column: Column) -> str:
    """What a column means, with the values it may have where they are few."""
    text = plain(column.description or column.title or "")
    values = [category.value for category in column.categories] or column.constraints.get("enum", [])
    if not values:
        return text
    listed = ", ".join(code(str(value)) for value in values[:LABELS]) + (", …" if len(values) > LABELS else "")
    return f"{text} One of {listed}." if text else f"One of {listed}."


def _use(draft: Draft) -> Iterator[str]:
    """How to load a table, by its own name."""
    first = draft.dataset.tables[0].name
    path = parts_of(draft.written[first])
    yield "## Loading\n\n```python\nimport datapkg\n\n"
    yield f'release = datapkg.load("{draft.about.name}@{draft.version}")\ntable = release["{first}"]\n'
    yield "```\n\nWithout datapkg, in this folder:\n\n```python\n"
    yield f'datasets.load_dataset(".", "{first}")\npolars.read_parquet("{path}")\n'
    yield f"duckdb.sql(\"FROM '{path}'\")\n```\n\n"


def _end(draft: Draft) -> Iterator[str]:
    about = draft.about
    yield f"## Citation\n\n`CITATION.cff` has it for tools.\n\n```bibtex\n{bibtex(about)}\n```\n\n"
    sources = [_credit(item.title or item.url or "", item.url) for item in about.sources]
    agents = [
        _credit(agent.name, agent.iri) + (f": {plain(', '.join(agent.roles))}" if agent.roles else "")
        for agent in about.agents
    ]
    licences = [_credit(licence.name or licence.words, licence.url) for licence in about.licences]
    for heading, listed in (("Sources", sources), ("Contributors", agents), ("Licence", licences)):
        if listed:
            yield f"## {heading}\n\n"
            yield from (f"- {item}\n" for item in listed)
            yield "\n"
    yield "## Known issues\n\n"
    if not draft.issues:
        yield "None.\n"
    for waiver, finding in draft.issues:
        where = ", ".join(f"{name} {value}" for name, value in waiver.key.items())
        yield f"- `{waiver.table}`, {plain(where)}: {plain(finding.message)}. {plain(waiver.reason)}"
        yield f" Accepted by {plain(waiver.by)} until {waiver.expires.isoformat()} (rule {code(waiver.rule)}).\n"


def _credit(title: str, url: str | None) -> str:
    """A source, a contributor or a licence, and where it is."""
    if not url or url == title:
        return f"<{url}>" if url else plain(title)
    return f"{plain(title)} (<{url}>)"


def _codes(columns: Iterable[str]) -> str:
    return ", ".join(code(column) for column in columns)


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
