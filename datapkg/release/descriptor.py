"""`datapackage.json`: the source's descriptor with schemas written in and each file's digest."""

import json
from collections.abc import Mapping
from typing import Any

from datapkg.content import CONTENT
from datapkg.release.draft import Draft
from datapkg.release.parquet import Written
from datapkg.resources import Table
from datapkg.schema import names

PROFILE = "https://datapackage.org/profiles/2.0/datapackage.json"
MEDIATYPE = "application/vnd.apache.parquet"
PACKAGE_FIRST = (
    *("$schema", "name", "id", "title", "description", "homepage", "version", "created"),
    *("keywords", "licenses", "contributors", "sources"),
)
PACKAGE_LEFT = ("resources", "profile", "image", "views")
RESOURCE_LEFT = (
    *("name", "type", "path", "data", "format", "mediatype", "encoding", "bytes", "hash", "dialect", "schema"),
    *("$schema", "profile", "scheme", "compression", "extrapaths", "innerpath", "basepath", "stats", CONTENT),
)


def package_descriptor(draft: Draft) -> str:
    """The text of `datapackage.json`.

    What the source says about the package and its resources is kept; what it says about its own
    files is replaced.
    """
    dataset = draft.dataset
    given = {**dataset.descriptor, "$schema": PROFILE, "name": dataset.name, "version": draft.version}
    if draft.created is not None:
        given["created"] = draft.created
    order = [*PACKAGE_FIRST, *(name for name in given if name not in (*PACKAGE_FIRST, *PACKAGE_LEFT))]
    package = {name: given[name] for name in order if name in given}
    package["resources"] = [resource_descriptor(table, draft.written[table.name]) for table in dataset.tables]
    return json.dumps(package, indent=2, ensure_ascii=False) + "\n"


def resource_descriptor(table: Table, written: Written) -> dict[str, Any]:
    """The table as a resource; the size and the digest of several files are those of one after another."""
    return {
        "name": table.name,
        "type": "table",
        **{name: value for name, value in table.descriptor.items() if name not in RESOURCE_LEFT},
        "path": written.listed[0] if len(written.listed) == 1 else list(written.listed),
        "format": "parquet",
        "mediatype": MEDIATYPE,
        "bytes": sum(file.bytes for file in written.files),
        "hash": f"sha256:{written.sha256}",
        CONTENT: written.content_sha256,
        "schema": table_schema(table),
    }


def table_schema(table: Table) -> dict[str, Any]:
    """The table's schema as version 2 of the standard spells it: keys are lists."""
    schema = dict(table.schema_descriptor)
    if "primaryKey" in schema:
        schema["primaryKey"] = list(names(schema["primaryKey"]))
    if "foreignKeys" in schema:
        schema["foreignKeys"] = [_foreign_key(key, table.name) for key in schema["foreignKeys"]]
    if isinstance(schema.get("fieldsMatch"), list):
        schema["fieldsMatch"] = schema["fieldsMatch"][0]
    return schema


def _foreign_key(key: Mapping[str, Any], table: str) -> dict[str, Any]:
    """A reference to the same table leaves `resource` out; frictionless 5.21 reads that too."""
    reference = {**key["reference"], "fields": list(names(key["reference"]["fields"]))}
    if reference.get("resource", "") in ("", table):
        reference.pop("resource", None)
    return {**key, "fields": list(names(key["fields"])), "reference": reference}
