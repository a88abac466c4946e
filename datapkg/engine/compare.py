"""Two tables that were laid out, compared row by row: counts that are complete, and the first rows.

By key, both are joined once and what differs is kept; without one, equal rows are counted off
against each other. Either is one query, which goes to disk where memory ends.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from datapkg.changes import CellChange, Op, RowChange, Tolerance
from datapkg.engine.canonical import spelled
from datapkg.engine.connection import Workspace, at_work
from datapkg.engine.laid import Cells, Laid

if TYPE_CHECKING:
    import duckdb

DELTA, MOVED = "delta", "moved"
OPS = (Op.REMOVED, Op.CHANGED, Op.ADDED)
"""In the order in which rows are told: what was taken away or corrected matters more than what came."""


@dataclass(frozen=True)
class Shared:
    """A column that both sides have."""

    old: Cells
    new: Cells

    @property
    def name(self) -> str:
        """Its name, which is that of the new side."""
        return self.new.column.name

    @property
    def typed(self) -> bool:
        """Whether values are compared as they are; else their texts are."""
        return self.old.storage == self.new.storage and not self.old.spoiled and not self.new.spoiled

    def sides(self) -> tuple[str, str]:
        """SQL of what is compared, in the rows `o` and `n`."""
        if self.typed:
            return self.old.value("o"), self.new.value("n")
        return self.old.text("o"), self.new.text("n")

    def differs(self, tolerance: Tolerance | None) -> str:
        """SQL: the cells of the rows `o` and `n` differ, and by more than is tolerated."""
        mine, theirs = self.sides()
        told = f"{mine} IS DISTINCT FROM {theirs}"
        if tolerance is None:
            return told
        old, new = (f"CAST({cells.value(side)} AS DOUBLE)" for cells, side in ((self.old, "o"), (self.new, "n")))
        bound = f"{tolerance.amount!r}"
        if tolerance.relative:
            bound = f"{bound} * greatest(abs({old}), abs({new}))"
        return f"{told} AND NOT coalesce(abs({old} - {new}) <= {bound}, false)"


@dataclass(frozen=True)
class Found:
    """What differs: complete counts of rows and of changed cells by column, and the first rows."""

    added: int
    removed: int
    changed: int
    columns: Mapping[str, int] = field(default_factory=dict)
    rows: tuple[RowChange, ...] = ()


@dataclass(frozen=True)
class Pair:
    """Two tables with the columns they share, and the names of those that are the key; no names for none."""

    old: Laid
    new: Laid
    shared: tuple[Shared, ...]
    key: tuple[str, ...] = ()

    @property
    def keys(self) -> tuple[Shared, ...]:
        """The columns of the key, in its order."""
        named = {shared.name: shared for shared in self.shared}
        return tuple(named[name] for name in self.key)

    @property
    def rest(self) -> tuple[Shared, ...]:
        """The shared columns that are not of the key."""
        return tuple(shared for shared in self.shared if shared.name not in self.key)

    @property
    def on(self) -> str:
        """SQL: the rows `o` and `n` have the same key."""
        return " AND ".join(" = ".join(shared.sides()) for shared in self.keys)


def unfit(space: Workspace, pair: Pair) -> str | None:
    """Why rows cannot be told by the pair's key: a part is missing somewhere, or two rows share one."""
    for laid, side, which in ((pair.old, 0, "old"), (pair.new, 1, "new")):
        parts = [shared.sides()[side] for shared in pair.keys]
        table, alias = laid.at, "on"[side]
        missing = " OR ".join(f"{part} IS NULL" for part in parts)
        if space.con.execute(f"SELECT 1 FROM {table} {alias} WHERE {missing} LIMIT 1").fetchall():
            return f"the {which} side has rows without a value in the key {_listed(pair.key)}"
        twice = f"SELECT 1 FROM {table} {alias} GROUP BY {', '.join(parts)} HAVING count(*) > 1 LIMIT 1"
        if space.con.execute(twice).fetchall():
            return f"the {which} side has several rows of one key {_listed(pair.key)}"
    return None


def _listed(names: Sequence[str]) -> str:
    return f"({', '.join(names)})"


def compare(space: Workspace, pair: Pair, tolerances: Mapping[str, Tolerance], limit: int | None) -> Found:
    """What differs between the two, at most `limit` of the rows. `tolerances` are by column, and for keyed tables."""
    with at_work(space.con, "comparing"):
        space.con.execute(f"DROP TABLE IF EXISTS {DELTA}")
        if pair.key:
            return _by_key(space, pair, tolerances, limit)
        return _as_multisets(space.con, pair, limit)


# ---------------------------------------------------------------- by key


def _by_key(space: Workspace, pair: Pair, tolerances: Mapping[str, Tolerance], limit: int | None) -> Found:
    con, rest = space.con, pair.rest
    old, new = pair.keys[0].sides()
    ops = f"CASE WHEN {new} IS NULL THEN 0 WHEN {old} IS NULL THEN 2 ELSE 1 END"
    keys = [f"coalesce({', '.join(reversed(shared.sides()))}) AS k{number}" for number, shared in enumerate(pair.keys)]
    told = [f"{cells.text('o')} AS o{cells.number}" for cells in pair.old.cells.values()]
    told += [f"{cells.text('n')} AS n{cells.number}" for cells in pair.new.cells.values()]
    differs = [shared.differs(tolerances.get(shared.name)) for shared in rest]
    told += [f"{differs_} AS d{number}" for number, differs_ in enumerate(differs)]
    where = " OR ".join([f"{old} IS NULL", f"{new} IS NULL", *(f"({one})" for one in differs)])
    con.execute(
        f"CREATE TABLE {DELTA} AS SELECT {', '.join([f'{ops} AS op', *keys, *told])} "
        f"FROM {pair.old.at} o FULL JOIN {pair.new.at} n ON {pair.on} WHERE {where}"
    )
    cells = "".join(f", count(*) FILTER (op = 1 AND d{number})" for number in range(len(rest)))
    counts = f"SELECT count(*) FILTER (op = 0), count(*) FILTER (op = 1), count(*) FILTER (op = 2){cells} FROM {DELTA}"
    removed, changed, added, *each = con.execute(counts).fetchall()[0]
    moved = bool(removed and added and rest) and _moved(con, pair)
    columns = {shared.name: count for shared, count in zip(rest, each, strict=True) if count}
    return Found(added, removed, changed, columns, tuple(_rows(con, pair, limit, moved=moved)))


def _moved(con: "duckdb.DuckDBPyConnection", pair: Pair) -> bool:
    """Whether rows were given a new key: their content, once on each side, now stands under another key."""
    con.execute(f"DROP TABLE IF EXISTS {MOVED}")
    content = {
        side: ", ".join(f"{side}{getattr(shared, which).number}" for shared in pair.rest)
        for side, which in (("o", "old"), ("n", "new"))
    }
    once = {
        side: f"SELECT any_value(rowid) AS id, [{content[side]}] AS content FROM {DELTA} WHERE op = {op} "
        f"AND coalesce({content[side]}) IS NOT NULL GROUP BY content HAVING count(*) = 1"
        for side, op in (("o", 0), ("n", 2))
    }
    con.execute(
        f"CREATE TABLE {MOVED} AS SELECT a.id AS a, b.id AS b, a.content "
        f"FROM ({once['o']}) a JOIN ({once['n']}) b ON a.content = b.content"
    )
    for side, which, laid in (("o", "old", pair.old), ("n", "new", pair.new)):
        if con.execute(f"SELECT 1 FROM {MOVED} LIMIT 1").fetchall():
            texts = ", ".join(getattr(shared, which).text(side) for shared in pair.rest)
            twice = (
                f"SELECT m.a FROM (SELECT [{texts}] AS content FROM {laid.at} {side}) t "
                f"JOIN {MOVED} m ON m.content = t.content GROUP BY m.a HAVING count(*) > 1"
            )
            con.execute(f"DELETE FROM {MOVED} WHERE a IN ({twice})")
    return bool(con.execute(f"SELECT 1 FROM {MOVED} LIMIT 1").fetchall())


def _rows(con: "duckdb.DuckDBPyConnection", pair: Pair, limit: int | None, *, moved: bool) -> Iterator[RowChange]:
    keys = pair.keys
    old = {f"o{cells.number}": name for name, cells in pair.old.cells.items()}
    new = {f"n{cells.number}": name for name, cells in pair.new.cells.items()}
    names = ["op", *old, *new, *(f"d{number}" for number in range(len(pair.rest)))]
    others = [f"coalesce(x.o{shared.old.number}, x.n{shared.new.number})" if moved else "NULL" for shared in keys]
    query = f"SELECT {', '.join([*(f'd.{one}' for one in names), *others])} FROM {DELTA} d"
    if moved:
        both = f"SELECT a AS id, b AS other FROM {MOVED} UNION ALL SELECT b, a FROM {MOVED}"
        query += f" LEFT JOIN ({both}) m ON m.id = d.rowid LEFT JOIN {DELTA} x ON x.rowid = m.other"
    query += f" ORDER BY {', '.join(['d.op', *(f'd.k{number}' for number in range(len(keys)))])}"
    con.execute(query + _limited(limit))
    while batch := con.fetchmany(1000):
        for values in batch:
            row = dict(zip(names, values[: len(names)], strict=True))
            op = OPS[row["op"]]
            key = {s.name: row[f"o{s.old.number}" if op is Op.REMOVED else f"n{s.new.number}"] for s in keys}
            other = dict(zip(key, values[len(names) :], strict=True))
            if op is Op.CHANGED:
                cells = tuple(
                    CellChange(shared.name, row[f"o{shared.old.number}"], row[f"n{shared.new.number}"])
                    for number, shared in enumerate(pair.rest)
                    if row[f"d{number}"]
                )
            elif op is Op.REMOVED:
                cells = tuple(CellChange(name, row[at], None) for at, name in old.items())
            else:
                cells = tuple(CellChange(name, None, row[at]) for at, name in new.items())
            yield RowChange(op, key, cells, other=other if next(iter(other.values())) is not None else None)


# ---------------------------------------------------------------- without a key


def _as_multisets(con: "duckdb.DuckDBPyConnection", pair: Pair, limit: int | None) -> Found:
    shared = pair.shared
    if not shared:  # Then no row of one side is a row of the other.
        return Found(pair.new.rows, pair.old.rows, 0)
    sides = []
    for side, laid, sign in ((0, pair.old, -1), (1, pair.new, 1)):
        listed = ", ".join(f"{one.sides()[side]} AS g{number}" for number, one in enumerate(shared))
        sides.append(f"SELECT {listed}, {sign} AS sign FROM {laid.at} {'on'[side]}")
    groups = [f"g{number}" for number in range(len(shared))]
    con.execute(
        f"CREATE TABLE {DELTA} AS SELECT {', '.join(groups)}, CAST(sum(sign) AS BIGINT) AS times "
        f"FROM ({' UNION ALL '.join(sides)}) GROUP BY {', '.join(groups)} HAVING sum(sign) <> 0"
    )
    counts = "coalesce(sum(times) FILTER (times > 0), 0), coalesce(-sum(times) FILTER (times < 0), 0)"
    added, removed = con.execute(f"SELECT {counts} FROM {DELTA}").fetchall()[0]
    texts = [spelled(s.new.storage if s.typed else "VARCHAR", group) for s, group in zip(shared, groups, strict=True)]
    con.execute(
        f"SELECT times, {', '.join(texts)} FROM {DELTA} ORDER BY times > 0, {', '.join(groups)}" + _limited(limit)
    )
    rows = []
    while batch := con.fetchmany(1000):
        for times, *values in batch:
            new = times > 0
            cells = (
                CellChange(one.name if new else one.old.column.name, None if new else value, value if new else None)
                for one, value in zip(shared, values, strict=True)
            )
            rows.append(RowChange(Op.ADDED if new else Op.REMOVED, None, tuple(cells), abs(times)))
    return Found(int(added), int(removed), 0, {}, tuple(rows))


def _limited(limit: int | None) -> str:
    return "" if limit is None else f" LIMIT {limit}"
