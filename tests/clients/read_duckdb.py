"""DuckDB, of whatever version runs this. Where it reads points as GEOMETRY it hands them over as WKB."""

from pathlib import Path

import duckdb
from normal import Rows, tell


def read(name: str, path: Path) -> Rows:
    with duckdb.connect() as con:
        con.execute("SET TimeZone = 'UTC'")
        told = con.execute(f"DESCRIBE SELECT * FROM '{path}'").fetchall()
        cells = [f'ST_AsWKB("{n}") AS "{n}"' if kind.startswith("GEOMETRY") else f'"{n}"' for n, kind, *_ in told]
        found = con.execute(f"SELECT {', '.join(cells)} FROM '{path}'").fetchall()
        return [dict(zip([row[0] for row in told], row, strict=True)) for row in found]


if __name__ == "__main__":
    tell(read)
