"""The declared types of the benchmark's tables, in the words of DuckDB."""

from collections.abc import Mapping
from pathlib import Path

COLUMNS = {
    "incidents": {
        "incident_id": "varchar",
        "date": "date",
        "reported": "date",
        "kind": "varchar",
        "status": "varchar",
        "place_id": "varchar",
        "actor_id": "varchar",
        "source_id": "varchar",
        "killed": "bigint",
        "injured": "bigint",
        "lat": "double",
        "lon": "double",
        "verified": "boolean",
        "note": "varchar",
    },
    "places": {"place_id": "varchar", "name": "varchar", "lat": "double", "lon": "double"},
    "actors": {"actor_id": "varchar", "name": "varchar", "founded": "bigint"},
    "sources": {"source_id": "varchar", "title": "varchar", "url": "varchar", "published": "date"},
}


def reading(path: Path, columns: Mapping[str, str]) -> str:
    """The call that reads a file by declared types, with nothing left to guess."""
    typed = ", ".join(f"'{name}': '{kind}'" for name, kind in columns.items())
    quoted = path.as_posix().replace("'", "''")
    return (
        f"read_csv('{quoted}', columns = {{{typed}}}, auto_detect = false, header = true, "
        """delim = ',', quote = '"', escape = '"', new_line = '\\n')"""
    )
