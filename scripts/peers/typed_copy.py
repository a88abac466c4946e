"""The limit of building: DuckDB copies each table, read by its declared types, into Parquet."""

import sys
from pathlib import Path

import duckdb
from tables import COLUMNS, reading

into = Path(sys.argv[2])
into.mkdir(parents=True, exist_ok=True)
with duckdb.connect() as database:
    for table, columns in COLUMNS.items():
        path = Path(sys.argv[1], "data", f"{table}.csv")
        target = (into / f"{table}.parquet").as_posix().replace("'", "''")
        named = ", ".join(columns)
        database.execute(
            f"copy (select {named} from {reading(path, columns)}) to '{target}' (format parquet, compression zstd)"
        )
        print(f"{table}: {(into / f'{table}.parquet').stat().st_size:,} bytes")
