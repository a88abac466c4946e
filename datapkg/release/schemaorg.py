"""`schema.jsonld`: the dataset in the words of schema.org, as search engines for datasets read it from a page."""

from typing import Any

from datapkg.release.about import About
from datapkg.release.croissant import agent_of
from datapkg.release.descriptor import MEDIATYPE
from datapkg.release.draft import Draft
from datapkg.release.texts import json_text, text
from datapkg.resources import Table

SHORTEST, LONGEST = 50, 5000
"""Characters of a description that Google's search for datasets takes."""


def schemaorg(draft: Draft) -> str:
    """The text of `schema.jsonld`."""
    about = draft.about
    given: dict[str, Any] = {
        "@context": "https://schema.org/",
        "@type": "Dataset",
        "@id": about.iri,
        "name": about.title,
        "alternateName": about.name if about.name != about.title else None,
        "description": _description(draft),
        "url": about.url,
        "identifier": [about.id] if about.id else None,
        "version": about.version,
        "datePublished": about.date,
        "license": [licence.url or licence.words for licence in about.licences],
        "isAccessibleForFree": True if any(licence.spdx for licence in about.licences) else None,
        "creator": [agent_of(agent) for agent in about.creators],
        "publisher": agent_of(about.publisher),
        "keywords": list(about.keywords),
        "inLanguage": about.language,
        "temporalCoverage": about.span.interval if about.span else None,
        "spatialCoverage": _places(about),
        "isBasedOn": [_source(source.title, source.url) for source in about.sources if source.title or source.url],
        "distribution": [
            {
                "@type": "DataDownload",
                "name": file.path,
                "contentUrl": file.path,
                "encodingFormat": MEDIATYPE,
                "contentSize": f"{file.bytes} B",
                "sha256": file.sha256,
            }
            for table in draft.dataset.tables
            for file in draft.files[table.name]
        ],
        "variableMeasured": [item for table in draft.dataset.tables for item in _variables(table)],
    }
    return json_text(_kept(given))


def _kept(given: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in given.items() if value not in (None, [], "")}


def _description(draft: Draft) -> str:
    """The description; where it is too short for a search engine, with what the release holds."""
    about = draft.about
    told = about.description or about.title
    if len(told) < SHORTEST:
        rows = sum(written.rows for written in draft.written.values())
        tables = ", ".join(table.name for table in draft.dataset.tables)
        told = f"{told.rstrip('.')}. Version {about.version} of {about.name}, {rows} rows in the tables {tables}."
    return told if len(told) <= LONGEST else f"{told[: LONGEST - 1]}…"


def _places(about: About) -> list[dict[str, Any]]:
    if about.place is None:
        return []
    found: list[dict[str, Any]] = [{"@type": "Place", "name": name} for name in about.place.names]
    if about.place.bbox:
        west, south, east, north = about.place.bbox
        found.append({"@type": "Place", "geo": {"@type": "GeoShape", "box": f"{south} {west} {north} {east}"}})
    return found


def _source(title: str | None, url: str | None) -> dict[str, Any]:
    return _kept({"@type": "CreativeWork", "name": title, "url": url})


def _variables(table: Table) -> list[dict[str, Any]]:
    assert table.schema is not None
    return [
        _kept(
            {
                "@type": "PropertyValue",
                "name": f"{table.name}.{column.name}",
                "description": text(column.description) or text(column.title),
                "unitText": text(column.unit),
            }
        )
        for column in table.schema.columns
    ]
