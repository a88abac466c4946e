"""Three versions of a table without a key: its rows are a multiset, each as often as both sides leave it."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from datapkg.engine.rawcells import Unsafe
from datapkg.engine.sides import SIDES, Shared, Side
from datapkg.engine.sql import name
from datapkg.engine.sql import text as quoted
from datapkg.schema import ROW

if TYPE_CHECKING:
    import duckdb


def without_key(
    con: "duckdb.DuckDBPyConnection", columns: Sequence[Shared], sides: Mapping[str, Side]
) -> tuple[list[Shared], str]:
    """The columns of the result, and SQL of its rows with their place."""
    chosen = _changed_alone(con, columns)
    if chosen is not None:
        kept = {label: number for number, label in enumerate(sides[chosen].places)}
        mine = [column for column in columns if column.label in kept]
        cells = ", ".join(column.cell for column in mine)
        return mine, f'SELECT 0 AS place, {name(ROW)}, {cells} FROM "datapkg:{chosen}"'
    if any(not column.sides >= {"ours", "theirs"} for column in columns):
        raise Unsafe((None, "the table has no key; a side changed its columns, and both changed its rows"))
    return list(columns), _by_count(columns)


def _changed_alone(con: "duckdb.DuckDBPyConnection", columns: Sequence[Shared]) -> str | None:
    """The side whose version is the result, rows in their order, as the other changed nothing."""

    def alike(one: str, other: str) -> bool:
        if any((one in column.sides) != (other in column.sides) for column in columns):
            return False
        cells = ", ".join((name(ROW), *(column.cell for column in columns)))
        parts = [f'SELECT {cells} FROM "datapkg:{word}"' for word in (one, other)]
        differ = f"SELECT count(*) FROM (({parts[0]} EXCEPT {parts[1]}) UNION ALL ({parts[1]} EXCEPT {parts[0]}))"
        return not con.execute(differ).fetchall()[0][0]

    if alike("ours", "base"):
        return "theirs"
    return "ours" if alike("theirs", "base") or alike("ours", "theirs") else None


def _by_count(columns: Sequence[Shared]) -> str:
    """SQL of the rows, each as often as the changes of both sides leave it: ours in their order, then theirs."""
    cells = ", ".join(column.cell for column in columns)
    every = " UNION ALL ".join(f'SELECT {cells}, {quoted(word)} AS side FROM "datapkg:{word}"' for word in SIDES)
    counts = ", ".join(f"count_if(side = {quoted(word)}) AS n{word[0]}" for word in SIDES)
    times = (
        "CASE WHEN no = nt THEN no WHEN no = nb THEN nt WHEN nt = nb THEN no WHEN no > nb AND nt > nb THEN "
        "greatest(no, nt) WHEN no < nb AND nt < nb THEN least(no, nt) ELSE no + nt - nb END"
    )
    wanted = f"SELECT {cells}, {times} AS times, no FROM (SELECT {cells}, {counts} FROM ({every}) GROUP BY {cells})"
    numbered = {
        word: f"SELECT {name(ROW)}, {cells}, row_number() OVER (PARTITION BY {cells} ORDER BY {name(ROW)}) AS nth "
        f'FROM "datapkg:{word}"'
        for word in ("ours", "theirs")
    }
    listed = ", ".join(f"x.{column.cell}" for column in columns)
    on = " AND ".join(f"x.{column.cell} = w.{column.cell}" for column in columns)
    mine = (
        f"SELECT 0 AS place, x.{name(ROW)}, {listed} FROM ({numbered['ours']}) x JOIN ({wanted}) w ON {on} "
        f"WHERE nth <= times"
    )
    more = (
        f"SELECT 1 AS place, x.{name(ROW)}, {listed} FROM ({numbered['theirs']}) x JOIN ({wanted}) w ON {on} "
        f"WHERE nth > no AND nth <= times"
    )
    return f"{mine} UNION ALL {more}"
