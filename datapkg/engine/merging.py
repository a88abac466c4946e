"""Three versions of a table merged into one: by key and cell, or as multisets where there is no key.

Cells are compared in their one spelling, so that no change of form meets a change of data. What one
side alone did is done; where both did something else to one cell, the row is written as git marks a
conflict, twice, and the two differ in that cell alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from datapkg.engine.formatting import Place, beginning, order_of, value_of
from datapkg.engine.multisets import without_key
from datapkg.engine.rawcells import Unsafe
from datapkg.engine.sides import SIDES, Shared, Side, end_of, head_of, read_side, shared_columns, store
from datapkg.engine.sql import name
from datapkg.engine.sql import text as quoted
from datapkg.engine.writing import code, line_of, write_lines
from datapkg.limits import Limits
from datapkg.resources import Table
from datapkg.schema import ROW

if TYPE_CHECKING:
    import duckdb

SHOWN = 20
"""Conflicts that are told one by one."""
LABEL = 40
"""Characters of a cell in the label of a conflict."""


@dataclass(frozen=True)
class Clash:
    """Both sides changed something in another way: the key of the row, and per cell ours, base and theirs.

    Without cells, one side changed the row and the other took it away.
    """

    key: Mapping[str, str]
    cells: tuple[tuple[str, str, str, str], ...]
    removed_by: str | None = None


@dataclass(frozen=True)
class Merged:
    """How many conflicts the merged table has, and the first of them."""

    conflicts: int
    clashes: tuple[Clash, ...]


def merge_tables(
    con: "duckdb.DuckDBPyConnection", table: Table, files: Mapping[str, Path], target: Path, limits: Limits
) -> Merged:
    """Write the merge of the `files` (base, ours and theirs) to `target`, in the canonical form of the table.

    Raises Unsafe where a file cannot be read without a guess, or rows cannot be told apart.
    """
    sides = {word: read_side(con, table, word, files[word], (target.parent, limits)) for word in SIDES}
    ours, schema = sides["ours"].raw, table.schema
    if ours is None or sides["theirs"].raw is None:
        raise Unsafe((1, "a file is empty, without a header"))
    columns = shared_columns(table, sides)
    key = schema.primary_key if schema is not None else ()
    for side in sides.values():
        store(con, side, columns, key)
    begin = replace(ours, head=head_of(sides))
    end = end_of(con, sides)
    if key:
        _check_keys(con, key, sides)
        columns = _kept(con, columns, len(key))
        rows = _by_key(columns, len(key))
        shown = [Place(column.label, column.cell, column.column) for column in columns]
        query = f"SELECT {_block(columns, table, end)} FROM ({rows}) ORDER BY {order_of(ours, shown)}"
    else:
        columns, rows = without_key(con, columns, sides)
        shown = [Place(column.label, column.cell, column.column) for column in columns]
        line = line_of([column.cell for column in columns], table.dialect)
        query = f"SELECT {line} || {quoted(end)} FROM ({rows}) ORDER BY place, {name(ROW)}"
    write_lines(con, query, beginning(con, begin, shown, end), target)
    if not key:
        return Merged(0, ())
    return _clashes(con, columns, key, rows)


# ---------------------------------------------------------------- by key


def _check_keys(con: "duckdb.DuckDBPyConnection", key: Sequence[str], sides: Mapping[str, Side]) -> None:
    """Raises Unsafe where a row has no key, or two have the same."""
    keys = ", ".join(f"k{number}" for number in range(len(key)))
    for word, side in sides.items():
        absent = [label for label in key if label not in side.places]
        if side.raw is not None and absent:
            raise Unsafe((1, f"{word}: the column {absent[0]!r} of the primary key is not there"))
        held = f'"datapkg:{word}"'
        nulls = " OR ".join(f"k{number} IS NULL" for number in range(len(key)))
        if con.execute(f"SELECT count(*) FROM {held} WHERE {nulls}").fetchall()[0][0]:
            raise Unsafe((None, f"{word}: a row has no key"))
        twice = con.execute(f"SELECT {keys} FROM {held} GROUP BY ALL HAVING count(*) > 1 LIMIT 1").fetchall()
        if twice:
            raise Unsafe((None, f"{word}: two rows have the key {', '.join(map(repr, twice[0]))}"))


def _kept(con: "duckdb.DuckDBPyConnection", columns: Sequence[Shared], width: int) -> list[Shared]:
    """The columns of the result. One that a side took away stays where the other changed a cell of it."""
    kept = []
    for column in columns:
        if column.sides >= {"ours", "theirs"} or ("base" not in column.sides and column.sides):
            kept.append(column)
            continue
        holder = next(iter(column.sides - {"base"}), None)
        if holder is None:
            continue
        other, keys = "theirs" if holder == "ours" else "ours", _on("h", "b", width)
        changed = f"h.{column.cell} <> coalesce(b.{column.cell}, {quoted(column.empty)})"
        query = f'SELECT count(*) FROM "datapkg:{holder}" h LEFT JOIN "datapkg:base" b ON {keys} WHERE {changed}'
        if con.execute(query).fetchall()[0][0]:
            kept.append(replace(column, removed_by=other))
    return kept


def _on(one: str, other: str, width: int) -> str:
    return " AND ".join(f"{one}.k{number} = {other}.k{number}" for number in range(width))


def _by_key(columns: Sequence[Shared], width: int) -> str:
    """SQL of the rows of the result: for each column ours, theirs and base where they clash, else the one value.

    `v` is the merged cell, `clash` whether there is one; `o`, `t` and `b` are the cells of the three.
    """
    keys = ", ".join(f"k{number}" for number in range(width))
    every = " UNION ".join(f'SELECT {keys} FROM "datapkg:{word}"' for word in SIDES)
    joins = " ".join(f'LEFT JOIN "datapkg:{word}" {word[0]} ON {_on("every", word[0], width)}' for word in SIDES)
    has = {word: f"{word[0]}.{name(ROW)} IS NOT NULL" for word in SIDES}
    told, clashes, changed = [], [], {"ours": ["false"], "theirs": ["false"]}
    for column in columns:
        o, t, b = (f"{word[0]}.{column.cell}" for word in ("ours", "theirs", "base"))
        clash, value = _cell(column, (o, t, b), has)
        told.append(f"{value} AS {column.cell}, {clash} AS clash_{column.cell}")
        empty = quoted(column.empty)
        told.append(f"{o} AS o_{column.cell}, {t} AS t_{column.cell}, coalesce({b}, {empty}) AS b_{column.cell}")
        clashes.append(clash)
        for word, cell in (("ours", o), ("theirs", t)):
            if word in column.sides:
                changed[word].append(f"{cell} <> coalesce({b}, {empty})")
    lost = {word: f"({' OR '.join(tests)})" for word, tests in changed.items()}
    without_theirs = f"({has['ours']} AND {has['base']} AND NOT {has['theirs']})"
    without_ours = f"({has['theirs']} AND {has['base']} AND NOT {has['ours']})"
    state = (
        f"CASE WHEN {without_theirs} THEN CASE WHEN {lost['ours']} THEN 'theirs' ELSE 'gone' END "
        f"WHEN {without_ours} THEN CASE WHEN {lost['theirs']} THEN 'ours' ELSE 'gone' END "
        f"WHEN NOT {has['ours']} AND NOT {has['theirs']} THEN 'gone' "
        f"WHEN {' OR '.join(clashes)} THEN 'clash' ELSE 'fine' END"
    )
    first = f"coalesce(o.{name(ROW)}, t.{name(ROW)}, b.{name(ROW)}) AS {name(ROW)}"
    rows = f"SELECT {first}, {', '.join(told)}, {state} AS state, {has['base']} AS in_base FROM ({every}) every {joins}"
    return f"SELECT * FROM ({rows}) WHERE state <> 'gone'"


def _cell(column: Shared, cells: tuple[str, str, str], has: Mapping[str, str]) -> tuple[str, str]:
    """SQL: whether both sides changed the cell in two ways, and else its value."""
    o, t, b = cells
    both, base, empty = f"({has['ours']} AND {has['theirs']})", has["base"], quoted(column.empty)
    alone = f"CASE WHEN {has['ours']} THEN {o} ELSE {t} END"
    if column.removed_by is not None:
        holder = o if column.removed_by == "theirs" else t
        has_holder = has["ours"] if column.removed_by == "theirs" else has["theirs"]
        return f"({has_holder} AND {holder} <> coalesce({b}, {empty}))", f"coalesce({holder}, {b}, {empty})"
    if not column.sides >= {"ours", "theirs"}:
        return "false", f"coalesce({o if 'ours' in column.sides else t}, {empty})"
    clash = f"({both} AND {o} <> {t} AND (NOT {base} OR ({o} <> {b} AND {t} <> {b})))"
    return clash, f"CASE WHEN {both} THEN CASE WHEN {o} = {b} THEN {t} ELSE {o} END ELSE {alone} END"


def _block(columns: Sequence[Shared], table: Table, end: str) -> str:
    """SQL for the text of a row: its line, or, where sides clash, the lines of a conflict."""
    dialect, close = table.dialect, quoted(end)

    def line(side: str, *, clashing: bool) -> str:
        """The row of a side: with the merged value of each cell but those that clash, or as that side has it."""
        fit = "CASE WHEN clash_{0} THEN coalesce({1}_{0}, {2}) ELSE {0} END" if clashing else "coalesce({1}_{0}, {2})"
        cells = [fit.format(column.cell, side, quoted(column.empty)) for column in columns]
        return f"{line_of(cells, dialect)} || {close}"

    def block(words: tuple[str, str, str], ours: str, theirs: str, *, clashing: bool) -> str:
        """The lines of a conflict; `words` are SQL for what is said of ours, base and theirs."""
        base = f"CASE WHEN in_base THEN {line('b', clashing=clashing)} ELSE '' END"
        return (
            f"'<<<<<<< ours' || {words[0]} || {close} || {ours} || "
            f"'||||||| base' || {words[1]} || {close} || {base} || "
            f"'=======' || {close} || {theirs} || '>>>>>>> theirs' || {words[2]} || {close}"
        )

    told = (_label(columns, table, "o"), _label(columns, table, "b"), _label(columns, table, "t"))
    clash = block(told, line("o", clashing=True), line("t", clashing=True), clashing=True)
    words = ("' removed this row'", "''", "' changed this row'")
    ours_gone = block(words, "''", line("t", clashing=False), clashing=False)
    theirs_gone = block(words[::-1], line("o", clashing=False), "''", clashing=False)
    fine = f"{line_of([column.cell for column in columns], dialect)} || {close}"
    return (
        f"CASE state WHEN 'fine' THEN {fine} WHEN 'clash' THEN {clash} "
        f"WHEN 'ours' THEN {ours_gone} ELSE {theirs_gone} END"
    )


def _label(columns: Sequence[Shared], table: Table, side: str) -> str:
    """SQL for the cells of a side that clash, in one line that holds no mark of the dialect."""
    dialect = table.dialect
    marks = code(dialect.delimiter + (dialect.quote or "") + (dialect.escape or ""))
    unsafe = quoted(f"[\\x00-\\x1f\\x7f{marks}]")
    parts = []
    for column in columns:
        shown = f"left(regexp_replace({side}_{column.cell}, {unsafe}, ' ', 'g'), {LABEL})"
        if column.removed_by is not None and column.removed_by[0] == side:
            shown = "'(column removed)'"
        called = f"regexp_replace({quoted(column.label)}, {unsafe}, ' ', 'g')"
        parts.append(f"CASE WHEN clash_{column.cell} THEN ' ' || {called} || ': ' || coalesce({shown}, '') END")
    return f"coalesce(concat_ws(' |', {', '.join(parts)}), '')"


def _clashes(con: "duckdb.DuckDBPyConnection", columns: Sequence[Shared], names: Sequence[str], rows: str) -> Merged:
    """The conflicts, to be told; `names` are the columns of the key."""
    found_in = f"FROM ({rows}) WHERE state <> 'fine'"
    count = con.execute(f"SELECT count(*) {found_in}").fetchall()[0][0]
    if not count:
        return Merged(0, ())
    by_label = {column.label: column for column in columns}
    key = [by_label[label] for label in names]
    order = ", ".join(f"{value_of(c.column, c.cell)} NULLS LAST" for c in key if c.column is not None)
    told = ", ".join(f"clash_{c.cell}, o_{c.cell}, b_{c.cell}, t_{c.cell}" for c in columns)
    keys = ", ".join(column.cell for column in key)
    found = con.execute(f"SELECT state, {keys}, {told} {found_in} ORDER BY {order} LIMIT {SHOWN}").fetchall()
    clashes = []
    for state, *values in found:
        named = {column.label: value for column, value in zip(key, values, strict=False)}
        rest = values[len(key) :]
        quads = {column.label: rest[4 * number : 4 * number + 4] for number, column in enumerate(columns)}
        cells = tuple(
            (label, ours or "", base or "", theirs or "")
            for label, (bad, ours, base, theirs) in quads.items()
            if bad and state == "clash"
        )
        clashes.append(Clash(named, cells, None if state == "clash" else state))
    return Merged(count, tuple(clashes))
