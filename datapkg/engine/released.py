"""Keys that were released, keys that were retracted, and the judged rows of today: who is where."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from datapkg.engine.judge import Judged
from datapkg.engine.sql import name, text, texts
from datapkg.schema import ROW

if TYPE_CHECKING:
    import duckdb

PLACES = "table", "key"
"""The columns of a retraction that say which row it is about."""


class Unreadable(Exception):
    """The released files have no such key, or cannot be read."""


@dataclass(frozen=True)
class Keyed:
    """A table with a primary key: its rows of today, and the Parquet files of its last release."""

    judged: Judged
    files: tuple[Path, ...] = ()

    @property
    def key(self) -> tuple[str, ...]:
        """The columns of the primary key."""
        return self.judged.opened.schema.primary_key

    def was(self, column: str) -> str:
        """SQL: the text of a released cell, spelled as that of its type today where it is of that type."""
        storage = self.judged.opened.schema[column].storage
        return f"coalesce(CAST(TRY_CAST({name(column)} AS {storage}) AS VARCHAR), CAST({name(column)} AS VARCHAR))"

    def now(self, column: str) -> str:
        """SQL: the text of a cell of today."""
        return f"CAST({name(column)} AS VARCHAR)"


def vanished(
    con: "duckdb.DuckDBPyConnection", table: Keyed, retractions: Judged | None, limit: int
) -> tuple[int, list[tuple[str | None, ...]]]:
    """How many released keys are neither in the table nor retracted, and the first of them as texts."""
    import duckdb

    was, now = (", ".join(f"{told(one)} AS {name(one)}" for one in table.key) for told in (table.was, table.now))
    gone = f"SELECT DISTINCT {was} FROM {_parquet(table.files)} EXCEPT SELECT {now} FROM {table.judged.kept}"
    if retractions is not None:
        of = text(table.judged.opened.table.name)
        told = f"SELECT key FROM ({_retracted(retractions.kept)}) WHERE {name('table')} = {of}"
        gone = f"SELECT * FROM ({gone}) WHERE coalesce({_spelled(table.key, table.now)} NOT IN ({told}), true)"
    try:
        (count,) = con.execute(f"SELECT count(*) FROM ({gone})").fetchall()[0]
        return count, con.execute(f"{gone} ORDER BY ALL LIMIT {limit}").fetchall() if count else []
    except (duckdb.BinderException, duckdb.IOException, duckdb.InvalidInputException) as error:
        raise Unreadable((str(error).splitlines() or [""])[0][:200]) from error


def reused(
    con: "duckdb.DuckDBPyConnection", retractions: Judged, tables: Iterable[Keyed], limit: int
) -> tuple[int, list[int]]:
    """How many retractions are of a row that is there, and the numbers of the first of them."""
    there = f"SELECT * FROM ({_today(tables)}) t WHERE t.of = r.{name('table')} AND t.spelled = r.key"
    return _counted(con, retractions, f"EXISTS ({there})", limit)


def unreplaced(
    con: "duckdb.DuckDBPyConnection", retractions: Judged, tables: Iterable[Keyed], limit: int
) -> tuple[int, list[int]]:
    """How many retractions name a replacement that is no row of their table, and the first of them."""
    there = f"SELECT * FROM ({_today(tables)}) t WHERE t.of = r.{name('table')} AND t.spelled = r.replaced_by"
    return _counted(con, retractions, f"r.replaced_by IS NOT NULL AND NOT EXISTS ({there})", limit)


def never_released(
    con: "duckdb.DuckDBPyConnection", retractions: Keyed, tables: Iterable[Keyed], limit: int
) -> tuple[int, list[int]]:
    """How many retractions are of a key that the last release neither has nor had retracted, and the first of them."""
    import duckdb

    parts = [
        f"SELECT {text(t.judged.opened.table.name)} AS of, {_spelled(t.key, t.was)} AS spelled FROM {_parquet(t.files)}"
        for t in tables
        if t.files
    ]
    if retractions.files:
        parts.append(f"SELECT {name('table')} AS of, key AS spelled FROM ({_retracted(_parquet(retractions.files))})")
    known = " UNION ALL ".join(parts) or "SELECT NULL AS of, NULL AS spelled"
    there = f"SELECT * FROM ({known}) t WHERE t.of = r.{name('table')} AND t.spelled = r.key"
    try:
        return _counted(con, retractions.judged, f"NOT EXISTS ({there})", limit)
    except (duckdb.BinderException, duckdb.IOException, duckdb.InvalidInputException) as error:
        raise Unreadable((str(error).splitlines() or [""])[0][:200]) from error


def repeated_retractions(con: "duckdb.DuckDBPyConnection", retractions: Judged, limit: int) -> tuple[int, list[int]]:
    """How many retractions are of a row that an earlier one is of, and the first of them."""
    rows = f"SELECT {name(ROW)}, {_places()} FROM {retractions.kept}"
    same = f"e.{name('table')} = r.{name('table')} AND e.key = r.key"
    earlier = f"SELECT * FROM ({rows}) e WHERE {same} AND e.{name(ROW)} < r.{name(ROW)}"
    return _counted(con, retractions, f"EXISTS ({earlier})", limit)


def unreasoned(
    con: "duckdb.DuckDBPyConnection", retractions: Judged, reasons: Sequence[str], limit: int
) -> tuple[int, list[int]]:
    """How many retractions have none of the reasons, and the first of them."""
    return _counted(con, retractions, f"coalesce(CAST(r.reason AS VARCHAR) NOT IN ({texts(reasons)}), true)", limit)


def _counted(con: "duckdb.DuckDBPyConnection", retractions: Judged, found: str, limit: int) -> tuple[int, list[int]]:
    """How many rows of the retractions, as `r`, that say what they are about are found, and the first of them."""
    have = retractions.opened.positions
    more = ", ".join(f"CAST({name(c)} AS VARCHAR) AS {name(c)}" for c in ("reason", "replaced_by") if c in have)
    rows = f"SELECT {name(ROW)}, {_places()}{', ' if more else ''}{more} FROM {retractions.kept}"
    bad = f"FROM ({rows}) r WHERE r.{name('table')} IS NOT NULL AND r.key IS NOT NULL AND {found}"
    (count,) = con.execute(f"SELECT count(*) {bad}").fetchall()[0]
    if not count:
        return 0, []
    return count, [row for (row,) in con.execute(f"SELECT r.{name(ROW)} {bad} ORDER BY 1 LIMIT {limit}").fetchall()]


def _today(tables: Iterable[Keyed]) -> str:
    """SQL: every key that is there today, as a retraction spells it, and whose it is."""
    parts = [
        f"SELECT {text(t.judged.opened.table.name)} AS of, {_spelled(t.key, t.now)} AS spelled FROM {t.judged.kept}"
        for t in tables
    ]
    return " UNION ALL ".join(parts) or "SELECT NULL AS of, NULL AS spelled"


def _places() -> str:
    return ", ".join(f"CAST({name(column)} AS VARCHAR) AS {name(column)}" for column in PLACES)


def _retracted(source: str) -> str:
    return f"SELECT {_places()} FROM {source} WHERE key IS NOT NULL"


def _spelled(key: Sequence[str], told: Callable[[str], str]) -> str:
    """SQL: the key as a retraction spells it: the value, or `column=value,…` for a key of several columns."""
    cells = [told(column) for column in key]
    if len(key) == 1:
        return cells[0]
    return " || ',' || ".join(f"{text(f'{column}=')} || {cell}" for column, cell in zip(key, cells, strict=True))


def _parquet(files: Sequence[Path]) -> str:
    return f"read_parquet([{texts(path.as_posix() for path in files)}], hive_partitioning=false)"
