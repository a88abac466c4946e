"""`croissant.json`: the release as Croissant 1.1 has it, which machine-learning tools load.

Written here and not by `mlcroissant`, which needs pandas and more to write JSON. References name the column
of a file, as Croissant has had it from its first version: `mlcroissant` 1.1 crashes on `{"@id": …}`, and where
they name a field it cannot load the two record sets one after the other from one `Dataset`. Left out is what it
cannot load at all: references of several columns, to what is no key, from a table to itself or in a circle.
"""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from datapkg.release.about import About, Agent
from datapkg.release.citation import bibtex
from datapkg.release.draft import Draft
from datapkg.release.parquet import Written, arrow_type
from datapkg.release.texts import json_text, text
from datapkg.resources import Table
from datapkg.schema import Column, ForeignKey

if TYPE_CHECKING:
    import pyarrow

CONFORMS = "http://mlcommons.org/croissant/1.1"
PARQUET = "application/x-parquet"
"""The media type that `mlcroissant` reads; it validates others, and then cannot load them."""
CONTEXT: Mapping[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "arrayShape": "cr:arrayShape",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "containedIn": "cr:containedIn",
    "cr": "http://mlcommons.org/croissant/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "description": {"@container": "@language"},
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileObject": "cr:fileObject",
    "fileProperty": "cr:fileProperty",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isArray": "cr:isArray",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "name": {"@container": "@language"},
    "parentField": "cr:parentField",
    "path": "cr:path",
    "prov": "http://www.w3.org/ns/prov#",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}
"""The context of the specification, and PROV for what a dataset was made from."""


def croissant(draft: Draft) -> str:
    """The text of `croissant.json`."""
    followed = _followed(draft)
    sets = [item for table in draft.dataset.tables for item in _record_sets(table, draft, followed)]
    found = {
        "@context": CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": CONFORMS,
        "isLiveDataset": False,
        **_about(draft.about),
        "distribution": [item for table in draft.dataset.tables for item in _files(table.name, draft)],
        "recordSet": sets,
    }
    return json_text(found)


def agent_of(agent: Agent) -> dict[str, Any]:
    """A contributor as schema.org has it."""
    found: dict[str, Any] = {"@type": "Person" if agent.person else "Organization"}
    if agent.iri:
        found["@id"] = agent.iri
    found["name"] = agent.name
    words = {"givenName": agent.given, "familyName": agent.family, "url": agent.url, "email": agent.email}
    found.update({name: word for name, word in words.items() if word})
    if agent.organization:
        found["affiliation"] = {"@type": "Organization", "name": agent.organization}
    return found


def _about(about: About) -> dict[str, Any]:
    given = {
        "name": about.title,
        "alternateName": about.name if about.name != about.title else None,
        "description": about.description or about.title,
        "url": about.iri or "./",
        "identifier": about.id,
        "version": about.version,
        "datePublished": about.date,
        "license": [licence.url or licence.words for licence in about.licences],
        "creator": [agent_of(agent) for agent in about.creators],
        "publisher": [agent_of(about.publisher)],
        "keywords": list(about.keywords),
        "inLanguage": about.language,
        "citeAs": bibtex(about),
        "temporalCoverage": about.span.interval if about.span else None,
        "spatialCoverage": list(about.place.names) if about.place else None,
        "prov:wasDerivedFrom": [{"@id": source.url} for source in about.sources if source.url],
    }
    return {name: value for name, value in given.items() if value}


# ---------------------------------------------------------------- files


def _files(name: str, draft: Draft) -> Iterator[dict[str, Any]]:
    """Each file of a table, and a set of them where there are several."""
    files = draft.files[name]
    for file in files:
        yield {
            "@type": "cr:FileObject",
            "@id": f"files/{file.path}",
            "name": file.path,
            "contentUrl": file.path,
            "contentSize": f"{file.bytes} B",
            "encodingFormat": PARQUET,
            "sha256": file.sha256,
        }
    if len(files) > 1:
        pattern = parts_of(draft.written[name])
        yield {
            "@type": "cr:FileSet",
            "@id": f"files/{pattern}",
            "name": pattern,
            "description": f"The parts of {name}, in the order of their names.",
            "encodingFormat": PARQUET,
            "includes": pattern,
        }


def parts_of(written: Written) -> str:
    """The file of a table, or a pattern of all its parts."""
    return written.listed[0] if len(written.listed) == 1 else f"{written.listed[0].rpartition('/')[0]}/part-*.parquet"


def _source(name: str, draft: Draft, column: str) -> dict[str, Any]:
    """A column of the files of a table."""
    kind = "fileObject" if len(draft.files[name]) == 1 else "fileSet"
    return {kind: {"@id": f"files/{parts_of(draft.written[name])}"}, "extract": {"column": column}}


# ---------------------------------------------------------------- record sets


def _record_sets(table: Table, draft: Draft, followed: Mapping[tuple[str, str], Any]) -> Iterator[dict[str, Any]]:
    """The table, and before it the values of each column that has a few declared ones."""
    assert table.schema is not None
    fields = []
    for column in table.schema.columns:
        listed = _enumeration(table.name, column)
        reference = followed.get((table.name, column.name))
        if listed is not None:
            yield listed
        field = _field(table.name, column, draft)
        if field is not None and reference is not None:
            field["references"] = reference
        fields.append(field)
    described = table.descriptor.get("description") or table.schema_descriptor.get("description")
    found: dict[str, Any] = {"@type": "cr:RecordSet", "@id": table.name, "name": table.name}
    if told := text(described) or text(table.descriptor.get("title")):
        found["description"] = told
    if key := table.schema.primary_key:
        found["key"] = [{"@id": _id(table.name, name)} for name in key]
    found["field"] = [field for field in fields if field is not None]
    yield found


def _field(table: str, column: Column, draft: Draft) -> dict[str, Any] | None:
    kind = arrow_type(column)
    array = _is_list(kind)
    told = data_type(kind.value_type if array else kind)
    if told is None:
        return None
    meaning = " ".join(word for word in (text(column.description) or text(column.title), _unit(column)) if word)
    found: dict[str, Any] = {"@type": "cr:Field", "@id": _id(table, column.name), "name": column.name}
    if meaning:
        found["description"] = meaning
    found["dataType"] = told
    if isinstance(meant := column.properties.get("rdfType"), str) and text(meant) == meant:
        found["equivalentProperty"] = meant
    if array:
        found.update({"isArray": True, "arrayShape": "-1"})
    found["source"] = _source(table, draft, column.name)
    return found


def data_type(kind: "pyarrow.DataType") -> str | None:
    """What schema.org calls a stored type; None where it has no word for it."""
    from pyarrow import types

    if types.is_dictionary(kind):
        kind = kind.value_type
    known = {
        "sc:Text": (types.is_string, types.is_large_string),
        "sc:Integer": (types.is_integer,),
        "sc:Float": (types.is_floating, types.is_decimal),
        "sc:Boolean": (types.is_boolean,),
        "sc:Date": (types.is_date,),
        "sc:DateTime": (types.is_timestamp,),
        "sc:Time": (types.is_time,),
    }
    return next((word for word, tests in known.items() if any(test(kind) for test in tests)), None)


def _enumeration(table: str, column: Column) -> dict[str, Any] | None:
    """The values that a column may have, with what they mean, as a record set of their own."""
    values = {category.value: category.label for category in column.categories}
    values = values or dict.fromkeys(column.constraints.get("enum", []))
    kinds = {type(value) for value in values}
    if kinds not in ({str}, {int}):
        return None
    own = f"{_id(table, column.name)}/values"
    kind = "sc:Text" if kinds == {str} else "sc:Integer"
    labelled = any(isinstance(label, str) for label in values.values())
    fields = [{"@type": "cr:Field", "@id": f"{own}/value", "name": "value", "dataType": kind}]
    if labelled:
        fields.append({"@type": "cr:Field", "@id": f"{own}/label", "name": "label", "dataType": "sc:Text"})
    return {
        "@type": "cr:RecordSet",
        "@id": own,
        "name": f"{table}.{column.name}",
        "description": f"The values that {column.name} of {table} may have.",
        "dataType": "sc:Enumeration",
        "key": {"@id": f"{own}/value"},
        "field": fields,
        "data": [
            {f"{own}/value": value, **({f"{own}/label": label or str(value)} if labelled else {})}
            for value, label in values.items()
        ],
    }


# ---------------------------------------------------------------- references


def _followed(draft: Draft) -> Mapping[tuple[str, str], Any]:
    """(table, column) → what it refers to, for the references that can be loaded."""
    tables = {table.name.lower(): table for table in draft.dataset.tables}
    edges: dict[str, set[str]] = {}
    found: dict[tuple[str, str], Any] = {}
    for table in draft.dataset.tables:
        assert table.schema is not None
        for key in table.schema.foreign_keys:
            target = tables.get((key.table or table.name).lower())
            if target is None or target.name == table.name or not _is_plain(table, key, target):
                continue
            if table.name in _reached(target.name, edges):
                continue
            edges.setdefault(table.name, set()).add(target.name)
            reference = _source(target.name, draft, key.target_columns[0])
            found.setdefault((table.name, key.columns[0]), reference)
    return found


def _is_plain(table: Table, key: ForeignKey, target: Table) -> bool:
    """One column that refers to the key of another table, of the same kind; no name in the way of a join."""
    assert table.schema is not None
    assert target.schema is not None
    if len(key.columns) != 1 or target.schema.primary_key != key.target_columns:
        return False
    mine, theirs = table.schema[key.columns[0]], target.schema[key.target_columns[0]]
    names = {column.name for column in table.schema.columns}
    clash = any(f"{column.name}_right" in names for column in target.schema.columns)
    return mine.type == theirs.type and mine.type in ("string", "integer") and not clash


def _reached(start: str, edges: Mapping[str, set[str]]) -> set[str]:
    found: set[str] = set()
    waiting = [start]
    while waiting:
        if (name := waiting.pop()) not in found:
            found.add(name)
            waiting.extend(edges.get(name, ()))
    return found


def _is_list(kind: "pyarrow.DataType") -> bool:
    from pyarrow import types

    return bool(types.is_list(kind) or types.is_large_list(kind))


def _unit(column: Column) -> str:
    unit = text(column.unit)
    return f"(Unit: {unit}.)" if unit else ""


def _id(table: str, column: str) -> str:
    return f"{table}/{quote(column, safe='')}"
