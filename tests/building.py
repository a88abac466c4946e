"""Datasets written down in a few lines, in the notation that `explain` uses for its examples.

The first line names the columns: `name:type`, `!` marks the primary key, `(constraint=value)`
follows the type, `→column` or `→table.column` is a foreign key, and ` > a,b` gives the file
another header. The other lines are the file's.
"""

import json
import re
from pathlib import Path
from typing import Any

import yaml

from datapkg.findings import Report

DIALECT = {"delimiter": ","}
COLUMN = re.compile(r"(?P<name>[\w-]+):(?P<type>\w+)(?P<constraints>\([^)]*\))?(?P<key>!)?(?:→(?P<target>[\w.-]+))?")


def schema_of(line: str) -> tuple[dict[str, Any], str]:
    """The Table Schema and the header of the notation's first line."""
    columns, _, header = line.partition(" > ")
    fields: list[dict[str, Any]] = []
    keys: list[str] = []
    foreign: list[dict[str, Any]] = []
    for match in COLUMN.finditer(columns):
        field: dict[str, Any] = {"name": match["name"], "type": match["type"]}
        if match["constraints"]:
            pairs = (pair.split("=", 1) for pair in match["constraints"][1:-1].split(","))
            field["constraints"] = {name.strip(): _value(value) for name, value in pairs}
        fields.append(field)
        if match["key"]:
            keys.append(match["name"])
        if match["target"]:
            table, _, column = match["target"].rpartition(".")
            reference = {"fields": [column]} | ({"resource": table} if table else {})
            foreign.append({"fields": [match["name"]], "reference": reference})
    assert fields, line
    schema: dict[str, Any] = {"fields": fields}
    if keys:
        schema["primaryKey"] = keys
    if foreign:
        schema["foreignKeys"] = foreign
    return schema, header if " > " in line else ",".join(field["name"] for field in fields)


def _value(text: str) -> Any:
    """A number or a boolean as such, all else as text."""
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text


def write_dataset(folder: Path, tables: dict[str, str], *, descriptor: dict[str, Any] | None = None) -> Path:
    """The tables in the notation as a Data Package in `folder`; its descriptor's path."""
    folder.mkdir(parents=True, exist_ok=True)
    resources = []
    for name, text in tables.items():
        first, _, rest = text.partition("\n")
        schema, header = schema_of(first)
        rest = re.sub(r"\\u([0-9a-f]{4})", lambda code: chr(int(code[1], 16)), rest)
        data = (header + "\n" + rest).encode().replace(b"\\xe9", b"\xe9").replace(b"\\r", b"\r").replace(b"\\0", b"\0")
        (folder / f"{name}.csv").write_bytes(data)
        resources.append(
            {"name": name, "path": f"{name}.csv", "type": "table", "dialect": dict(DIALECT), "schema": schema}
        )
    path = folder / "datapackage.json"
    path.write_text(json.dumps({"name": "example", "resources": resources} | (descriptor or {}), indent=1))
    return path


def write_project(
    root: Path,
    tables: dict[str, str],
    *,
    rows: dict[str, str] | None = None,
    sql: dict[str, str] | None = None,
    waivers: str | None = None,
    config: str = "",
) -> Path:
    """The tables as the dataset `example` of a project with row rules, SQL rules and waivers; its root."""
    schemas, folder = root / "schemas", root / "datasets" / "example"
    (schemas / "cross").mkdir(parents=True)
    (folder / "data").mkdir(parents=True)
    (root / "datapkg.toml").write_text(config)
    resources = []
    for name, text in tables.items():
        first, _, rest = text.partition("\n")
        schema, header = schema_of(first)
        (schemas / f"{name}.yaml").write_text(yaml.safe_dump(schema, sort_keys=False))
        (folder / "data" / f"{name}.csv").write_text(f"{header}\n{rest}")
        path = f"data/{name}.csv"
        resources.append(
            {
                "name": name,
                "path": path,
                "type": "table",
                "dialect": dict(DIALECT),
                "schema": f"../../schemas/{name}.yaml",
            }
        )
    descriptor = {"name": "example", "version": "1.0.0", "resources": resources}
    (folder / "datapackage.yaml").write_text(yaml.safe_dump(descriptor, sort_keys=False))
    for name, text in (rows or {}).items():
        (schemas / f"{name}.py").write_text(text)
    for name, text in (sql or {}).items():
        (schemas / "cross" / f"{name}.sql").write_text(text)
    if waivers is not None:
        (folder / "waivers.yaml").write_text(waivers)
    return root


def places(report: Report) -> list[tuple[str, int | None, str | None, str | None]]:
    """(code, line, column, value) of each finding, in the order of the report; not the note on a dialect left out."""
    told = [finding for finding in report.findings if finding.code != "dialect-default"]
    return [(f.code, f.place.line, f.place.column, f.place.value) for f in told]
