"""Keys in SQL, over the tables that the pass kept: repeated values and references to nothing."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from datapkg.engine.judge import Judged, untyped
from datapkg.engine.looks import quick_skeleton
from datapkg.engine.selecting import bit
from datapkg.engine.sql import name, names
from datapkg.schema import ROW

if TYPE_CHECKING:
    import duckdb

DIGEST = '"datapkg:digest"'


def repeated(
    con: "duckdb.DuckDBPyConnection", judged: Judged, columns: Sequence[str], limit: int
) -> tuple[int, list[tuple[int, int]]]:
    """How many rows repeat the key of an earlier row, and the first (row, earlier row) of them.

    Rows with an unknown part of the key are not compared.
    """
    rows = alike(con, judged, columns)
    if rows is None:
        return 0, []
    keys = names(columns)
    groups = (
        f"SELECT {keys}, min({name(ROW)}) AS first, count(*) AS times FROM {rows} GROUP BY {keys} HAVING count(*) > 1"
    )
    count = con.execute(f"SELECT coalesce(sum(times - 1), 0)::BIGINT FROM ({groups})").fetchall()[0][0]
    if not count:
        return 0, []
    query = (
        f"SELECT t.{name(ROW)}, g.first FROM {rows} t JOIN ({groups}) g USING ({keys}) "
        f"WHERE t.{name(ROW)} > g.first ORDER BY 1 LIMIT {limit}"
    )
    return count, con.execute(query).fetchall()


def alike(con: "duckdb.DuckDBPyConnection", judged: Judged, columns: Sequence[str]) -> str | None:
    """The rows, with their numbers and keys, whose key is or looks the same as another row's; None for none.

    What is compared are digests of the keys as they look, so a few rows may be alike by chance. Rows
    with an unknown part of the key are none of them.
    """
    key = tuple(columns)
    if key not in judged.alike:
        schema = judged.opened.schema
        looks = ", ".join(
            quick_skeleton(name(column), judged.opened) if schema[column].storage == "VARCHAR" else name(column)
            for column in columns
        )
        digests = f"SELECT {name(ROW)}, {names(columns)}, hash({looks}) AS {DIGEST} FROM {judged.kept}"
        digests += f" WHERE {_known(columns)}"
        rows, different = con.execute(f"SELECT count(*), count(DISTINCT {DIGEST}) FROM ({digests})").fetchall()[0]
        judged.alike[key] = None
        if different < rows:
            judged.alike[key] = table = name(f"datapkg:alike:{judged.opened.table.name}:{len(judged.alike)}")
            shared = f"SELECT {DIGEST} FROM ({digests}) GROUP BY {DIGEST} HAVING count(*) > 1"
            con.execute(
                f"CREATE OR REPLACE TEMP TABLE {table} AS FROM ({digests}) SEMI JOIN ({shared}) USING ({DIGEST})"
            )
    return judged.alike[key]


def orphans(
    con: "duckdb.DuckDBPyConnection",
    judged: Judged,
    columns: Sequence[str],
    target: Judged,
    target_columns: Sequence[str],
    limit: int,
) -> tuple[int, list[int]]:
    """How many rows refer to no row of `target`, and the first of them.

    A reference of several columns counts unless all of them are unknown; then what is unknown on
    both sides is the same. A part that is not of its type is told elsewhere.
    """
    looked_up = judged.dangling.get((columns[0], target.kept, target_columns[0])) if len(columns) == 1 else None
    if looked_up is not None:
        position, count = looked_up
        query = f"SELECT {name(ROW)} FROM {judged.kept} WHERE {bit(position)} ORDER BY 1 LIMIT {limit}"
        return count, [row for (row,) in con.execute(query).fetchall()] if count else []
    same = _same(judged, target, columns, target_columns)
    # As a join, since DuckDB (2.0) takes ten times as long for NOT EXISTS.
    return _counted(con, judged, f"ANTI JOIN {target.kept} r ON {same} WHERE {_refers(judged, columns)}", limit)


def ambiguous(
    con: "duckdb.DuckDBPyConnection",
    judged: Judged,
    columns: Sequence[str],
    target: Judged,
    target_columns: Sequence[str],
    limit: int,
) -> tuple[int, list[int]]:
    """How many rows refer to several rows of `target` at once, and the first of them."""
    keys = names(target_columns)
    twice = f"SELECT {keys} FROM {target.kept} WHERE {_known(target_columns)} GROUP BY {keys} HAVING count(*) > 1"
    if con.execute(f"SELECT count(*) FROM ({twice})").fetchall() == [(0,)]:
        return 0, []
    same = _same(judged, target, columns, target_columns)
    return _counted(con, judged, f"SEMI JOIN ({twice}) r ON {same} WHERE {_known(columns, 't.')}", limit)


def _counted(con: "duckdb.DuckDBPyConnection", judged: Judged, found: str, limit: int) -> tuple[int, list[int]]:
    """How many rows of the table, as `t`, are found, and the first of them."""
    bad = f"FROM {judged.kept} t {found}"
    count = con.execute(f"SELECT count(*) {bad}").fetchall()[0][0]
    if not count:
        return 0, []
    rows = con.execute(f"SELECT t.{name(ROW)} {bad} ORDER BY 1 LIMIT {limit}").fetchall()
    return count, [row for (row,) in rows]


def _refers(judged: Judged, columns: Sequence[str]) -> str:
    """SQL: the row `t` has a reference, and no part of it that is not of its type."""
    some = " OR ".join(f"t.{name(column)} IS NOT NULL" for column in columns)
    sound = "" if len(columns) == 1 else "".join(f" AND NOT {untold}" for untold in untyped(judged, columns))
    return f"({some}){sound}"


def _same(judged: Judged, target: Judged, columns: Sequence[str], target_columns: Sequence[str]) -> str:
    operator = "=" if len(columns) == 1 else "IS NOT DISTINCT FROM"
    pairs = zip(columns, target_columns, strict=True)
    return " AND ".join(_equal(judged, target, mine, theirs, operator) for mine, theirs in pairs)


def _known(columns: Sequence[str], prefix: str = "") -> str:
    return " AND ".join(f"{prefix}{name(column)} IS NOT NULL" for column in columns)


def _equal(judged: Judged, target: Judged, mine: str, theirs: str, operator: str) -> str:
    left, right = f"t.{name(mine)}", f"r.{name(theirs)}"
    if judged.opened.schema[mine].storage != target.opened.schema[theirs].storage:
        return f"CAST({left} AS VARCHAR) {operator} CAST({right} AS VARCHAR)"
    return f"{left} {operator} {right}"
