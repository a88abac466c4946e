"""frictionless with our plugin: each table valid by its descriptor, and its rows as frictionless types them.

Months, durations and JSON, which it takes apart, are put together again.
"""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import frictionless
import isodate
from normal import Rows, tables, tell

PACKAGE = frictionless.Package(f"{sys.argv[1]}/datapackage.json")
TEXTS: dict[str, Callable[[Any], str]] = {
    "yearmonth": lambda value: f"{value.year:04}-{value.month:02}",
    "duration": isodate.duration_isoformat,
    "geojson": json.dumps,
    "object": json.dumps,
    "array": json.dumps,
}


def texts(name: str, row: dict[str, Any]) -> dict[str, Any]:
    """A row of a table with the texts of what was taken apart."""
    kinds = {field["name"]: field["type"] for field in tables(Path(sys.argv[1]))[name][1]}
    known = {label: TEXTS.get(kinds[label]) for label, value in row.items() if value is not None}
    return {label: make(value) if (make := known.get(label)) else value for label, value in row.items()}


def read(name: str, path: Path) -> Rows:
    report = PACKAGE.get_resource(name).validate()
    assert report.valid, report.flatten(["type", "note"])
    return [texts(name, row.to_dict()) for row in PACKAGE.get_resource(name).read_rows()]


if __name__ == "__main__":
    tell(read)
