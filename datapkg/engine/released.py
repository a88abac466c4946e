"""Keys of released Parquet files that the judged rows of today no longer have."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from datapkg.engine.judge import Judged
from datapkg.engine.sql import name, text, texts

if TYPE_CHECKING:
    import duckdb


class Unreadable(Exception):
    """The released files have no such key, or cannot be read."""


def vanished(
    con: "duckdb.DuckDBPyConnection", judged: Judged, files: Sequence[Path], retractions: Judged | None, limit: int
) -> tuple[int, list[tuple[str | None, ...]]]:
    """How many released keys are neither in the table nor retracted, and the first of them as texts.

    A retraction names a table and a key: the value, or `column=value,…` for a key of several columns.
    """
    import duckdb

    table, key = judged.opened.table.name, judged.opened.schema.primary_key
    cells = [f"CAST({name(column)} AS VARCHAR)" for column in key]
    listed = ", ".join(f"{cell} AS {name(column)}" for cell, column in zip(cells, key, strict=True))
    source = f"read_parquet([{texts(path.as_posix() for path in files)}], hive_partitioning=false)"
    gone = f"SELECT DISTINCT {listed} FROM {source} EXCEPT SELECT {listed} FROM {judged.kept}"
    if retractions is not None and {"table", "key"} <= retractions.opened.positions.keys():
        spelled = name(key[0])
        if len(key) > 1:
            spelled = " || ',' || ".join(f"{text(f'{column}=')} || {name(column)}" for column in key)
        told = f"SELECT CAST(key AS VARCHAR) FROM {retractions.kept} WHERE {name('table')} = {text(table)}"
        gone = f"SELECT * FROM ({gone}) WHERE coalesce({spelled} NOT IN ({told} AND key IS NOT NULL), true)"
    try:
        (count,) = con.execute(f"SELECT count(*) FROM ({gone})").fetchall()[0]
        return count, con.execute(f"{gone} ORDER BY ALL LIMIT {limit}").fetchall() if count else []
    except (duckdb.BinderException, duckdb.IOException, duckdb.InvalidInputException) as error:
        raise Unreadable((str(error).splitlines() or [""])[0][:200]) from error
