"""Keys in SQL, over the tables that the pass kept: repeated values and references to nothing."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from datapkg.engine.judge import Judged
from datapkg.engine.sql import name, names
from datapkg.schema import ROW

if TYPE_CHECKING:
    import duckdb


def repeated(
    con: "duckdb.DuckDBPyConnection", judged: Judged, columns: Sequence[str], limit: int
) -> tuple[int, list[tuple[int, int]]]:
    """How many rows repeat the key of an earlier row, and the first (row, earlier row) of them.

    Rows with an unknown part of the key are not compared.
    """
    keys, known = names(columns), _known("", columns)
    groups = (
        f"SELECT {keys}, min({name(ROW)}) AS first, count(*) AS times FROM {judged.kept} "
        f"WHERE {known} GROUP BY {keys} HAVING count(*) > 1"
    )
    count = con.execute(f"SELECT coalesce(sum(times - 1), 0)::BIGINT FROM ({groups})").fetchall()[0][0]
    if not count:
        return 0, []
    query = (
        f"SELECT t.{name(ROW)}, g.first FROM {judged.kept} t JOIN ({groups}) g USING ({keys}) "
        f"WHERE t.{name(ROW)} > g.first ORDER BY 1 LIMIT {limit}"
    )
    return count, con.execute(query).fetchall()


def orphans(
    con: "duckdb.DuckDBPyConnection",
    judged: Judged,
    columns: Sequence[str],
    target: Judged,
    target_columns: Sequence[str],
    limit: int,
) -> tuple[int, list[int]]:
    """How many rows refer to no row of `target`, and the first of them."""
    pairs = zip(columns, target_columns, strict=True)
    same = " AND ".join(_equal(judged, target, mine, theirs) for mine, theirs in pairs)
    bad = f"FROM {judged.kept} t WHERE {_known('t.', columns)} AND NOT EXISTS (FROM {target.kept} r WHERE {same})"
    count = con.execute(f"SELECT count(*) {bad}").fetchall()[0][0]
    if not count:
        return 0, []
    rows = con.execute(f"SELECT t.{name(ROW)} {bad} ORDER BY 1 LIMIT {limit}").fetchall()
    return count, [row for (row,) in rows]


def _known(prefix: str, columns: Sequence[str]) -> str:
    return " AND ".join(f"{prefix}{name(column)} IS NOT NULL" for column in columns)


def _equal(judged: Judged, target: Judged, mine: str, theirs: str) -> str:
    left, right = f"t.{name(mine)}", f"r.{name(theirs)}"
    if judged.opened.schema[mine].storage != target.opened.schema[theirs].storage:
        return f"CAST({left} AS VARCHAR) = CAST({right} AS VARCHAR)"
    return f"{left} = {right}"
