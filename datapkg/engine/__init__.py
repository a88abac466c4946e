"""The one door to duckdb: tables opened with row numbers, laws run in one pass, SQL in a sandbox."""
