"""How many rows of a table have evidence, and which of some rows have none, in SQL over the tables of a dataset."""

from collections.abc import Sequence

from datapkg.engine.sql import name, text, texts

EVIDENCE, TABLE_OF, ROW_OF = "evidence", "row_table", "row_id"
"""The table, by convention, that says which row of which table rests on what, and its two columns."""


def coverage(table: str, key: str, touched: Sequence[str]) -> str:
    """SQL: a table's rows and how many have evidence (t, rows, held); a line for each row of `touched` that has none.

    Where all of these have some, it is one line, `bare` being null.
    """
    rows = f"(SELECT CAST({name(key)} AS VARCHAR) AS key FROM {name(table)})"
    held = f"(SELECT DISTINCT {ROW_OF} AS key FROM {EVIDENCE} WHERE {TABLE_OF} = {text(table)})"
    counted = f"(SELECT count(*) AS rows, count(held.key) AS held FROM {rows} own LEFT JOIN {held} held USING (key))"
    none = f"(SELECT own.key FROM {rows} own ANTI JOIN {held} held USING (key) WHERE own.key IN ({texts(touched)}))"
    bare = f"LEFT JOIN {none} ON true" if touched else "CROSS JOIN (SELECT NULL AS key)"
    return f"SELECT {text(table)} AS t, rows, held, CAST(key AS VARCHAR) AS bare FROM {counted} {bare}"
