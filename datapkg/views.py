"""Derived tables of a dataset: one SQL file each in its folder `views`, a SELECT over the dataset's tables.

-- title: Deaths by incident
-- description: What the reports of an incident say of its dead.
-- key: incident_id
-- column reports: Reports that give a number.
-- unit reports: reports
select incident_id, count(*) as reports from incident_reports group by all
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from datapkg.schema import ZONE

VIEWS = "views"
VIEW = "datapkg:view"
"""The property of a released table that has the SQL which it was made by."""
HEADER = re.compile(r"--\s*(title|description|key|(?:column|unit)\s+(?P<name>.+?)):\s*(?P<text>.*?)\s*")
NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}")
KINDS: Mapping[str, Mapping[str, Any]] = {
    "VARCHAR": {"type": "string"},
    "BIGINT": {"type": "integer"},
    "DOUBLE": {"type": "number"},
    "BOOLEAN": {"type": "boolean"},
    "DATE": {"type": "date"},
    "TIME": {"type": "time"},
    "TIMESTAMP": {"type": "datetime", ZONE: "none"},
    "TIMESTAMP WITH TIME ZONE": {"type": "datetime", ZONE: "UTC"},
}
"""What Table Schema calls the columns of a view, by their DuckDB type."""
DECIMAL = re.compile(r"DECIMAL\((\d+),(\d+)\)")


@dataclass(frozen=True)
class View:
    """A derived table as its file declares it; one that is not understood has a `mistake`."""

    name: str
    path: Path
    query: str = ""
    title: str | None = None
    description: str | None = None
    key: tuple[str, ...] = ()
    columns: Mapping[str, str] = field(default_factory=dict)
    units: Mapping[str, str] = field(default_factory=dict)
    mistake: str | None = None


@dataclass(frozen=True)
class Viewed:
    """A view that was run: its rows, as a Parquet file, and its columns with their DuckDB types."""

    view: View
    file: Path
    rows: int
    columns: tuple[tuple[str, str], ...]

    def schema(self) -> dict[str, Any]:
        """Its Table Schema."""
        fields = []
        for name, kind in self.columns:
            told = {"description": self.view.columns.get(name), "unit": self.view.units.get(name)}
            given = {word: text for word, text in told.items() if text}
            required = {"constraints": {"required": True}} if name in self.view.key else {}
            fields.append({"name": name, **field_of(kind), **given, **required})
        return {"fields": fields, **({"primaryKey": list(self.view.key)} if self.view.key else {})}


def field_of(kind: str) -> Mapping[str, Any]:
    """Type and properties of a column of a DuckDB type, which is one that a view may have."""
    if found := DECIMAL.fullmatch(kind):
        return {"type": "number", "datapkg:decimal": [int(found[1]), int(found[2])]}
    return KINDS[kind]


def read_views(folder: Path, tables: Sequence[str]) -> tuple[View, ...]:
    """The views of a folder, by file name, for a dataset with these tables; what is wrong with one is in it."""
    if folder.is_symlink() or not folder.is_dir():
        return ()
    return tuple(_read(path, tables) for path in sorted(folder.glob("*.sql")))


def _read(path: Path, tables: Sequence[str]) -> View:
    if path.is_symlink():
        return View(path.stem, path, mistake="symbolic links are not followed")
    if not NAME.fullmatch(path.stem):
        rule = "begins with a letter or digit and has at most 63 of a-z, 0-9, dot, underscore and hyphen"
        return View(path.stem, path, mistake=f"its name cannot be released; it {rule}")
    if path.stem in {table.lower() for table in tables}:
        return View(path.stem, path, mistake="there is a table of its name")
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        return View(path.stem, path, mistake=f"it is not UTF-8, at byte {error.start + 1}")
    except OSError as error:
        return View(path.stem, path, mistake=f"its file cannot be read: {error.strerror}")
    return _declared(path, text)


def _declared(path: Path, text: str) -> View:
    told: dict[tuple[str, str], str] = {}
    last: tuple[str, str] | None = None
    for line in text.splitlines():
        if not line.startswith("--"):
            break
        if found := HEADER.fullmatch(line):
            last = (found[1].split()[0], found["name"] or "")
            told[last] = found["text"]
        elif last and line.startswith("--   "):
            told[last] += " " + line[2:].strip()
        else:
            last = None
    return View(
        name=path.stem,
        path=path,
        query=text.strip().rstrip(";"),
        title=told.get(("title", "")),
        description=told.get(("description", "")),
        key=tuple(name.strip() for name in told.get(("key", ""), "").split(",") if name.strip()),
        columns={name: text for (word, name), text in told.items() if word == "column"},
        units={name: text for (word, name), text in told.items() if word == "unit"},
    )
