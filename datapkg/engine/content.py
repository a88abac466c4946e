"""Cells that deceive readers, in SQL over the tables that the pass kept.

Most text is plain ASCII, and the survey of the file says so; only columns in which something is
out of the ordinary are searched for what it is.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from datapkg import characters
from datapkg.engine.judge import Judged, breaks, untyped
from datapkg.engine.keys import alike
from datapkg.engine.looks import WORDS, edged, has, is_strict, kept_odd, may_be_odd, skeleton, texts, without
from datapkg.engine.sql import name
from datapkg.schema import ROW, Column

if TYPE_CHECKING:
    import duckdb


@dataclass(frozen=True)
class Suspect:
    """A column in which something is out of the ordinary.

    `cell` is SQL for its texts: all of them, or those out of the ordinary. `strict` ones hold codes,
    not prose. `foreign` are the keys it is part of: a cell of a reference is judged in the table it
    refers to, or refers to nothing.
    """

    column: Column
    cell: str
    strict: bool
    foreign: tuple[tuple[str, ...], ...]
    wide: bool
    controls: bool


def suspects(con: "duckdb.DuckDBPyConnection", judged: Judged, foreign: Sequence[tuple[str, ...]]) -> Iterator[Suspect]:
    """The columns of texts that hold more than plain ASCII, or begin or end as texts seldom do."""
    opened = judged.opened
    columns = [column for column in texts(opened) if (column.name,) not in foreign and may_be_odd(column)]
    if not opened.rows or not opened.parts or not columns:
        return
    wide, controls = opened.texture.strange, opened.texture.controls
    looks = []
    for column in columns:
        cell = _cell(judged, column)
        looks.append(f"bool_or(strlen({cell}) <> length({cell}))" if wide else "false")
        looks.append(f"bool_or({has(cell, characters.CONTROL)})" if controls else "false")
        looks.append(f"bool_or({edged(cell, opened, strict=is_strict(opened, column))})")
    found = con.execute(f"SELECT {', '.join(looks)} FROM {judged.kept}").fetchall()[0]
    for number, column in enumerate(columns):
        flags = found[3 * number : 3 * number + 3]
        if any(flags):
            keys = tuple(key for key in foreign if column.name in key)
            cell, strict = _cell(judged, column), is_strict(opened, column)
            yield Suspect(column, cell, strict, keys, bool(flags[0]), bool(flags[1]))


def _cell(judged: Judged, column: Column) -> str:
    return name(column.name) if column.name in judged.whole else kept_odd(column)


def counted(
    con: "duckdb.DuckDBPyConnection", judged: Judged, suspect: Suspect, limit: int
) -> dict[str, tuple[int, list[int]]]:
    """How many cells of a column break each rule, and the first rows of them."""
    told = _conditions(suspect, lossy="encoding-error" in judged.opened.faults.counts)
    scope = f"FROM {judged.kept} WHERE {_scope(judged, suspect)}"
    sums = ", ".join(f"count_if({bad})" for bad in told.values())
    counts = con.execute(f"SELECT {sums} {scope}").fetchall()[0]
    found = {}
    for code, count in zip(told, counts, strict=True):
        if count:
            query = f"SELECT {name(ROW)} {scope} AND {told[code]} ORDER BY 1 LIMIT {limit}"
            found[code] = (count, [row for (row,) in con.execute(query).fetchall()])
    return found


def near_repeated(
    con: "duckdb.DuckDBPyConnection", judged: Judged, columns: Sequence[str], folded: Sequence[str], limit: int
) -> tuple[int, list[tuple[int, int]]]:
    """How many keys look like that of an earlier row, and the first (row, earlier row) of them.

    `folded` are those of `columns` that are compared by their looks. A repeated key counts once.
    """
    rows = alike(con, judged, columns)
    if rows is None:
        return 0, []
    parts = ", ".join(
        f"{skeleton(name(column))} AS s{number}" if column in folded else f"{name(column)} AS s{number}"
        for number, column in enumerate(columns)
    )
    looks = ", ".join(f"s{number}" for number in range(len(columns)))
    differ = " OR ".join(f"min({name(column)}) <> max({name(column)})" for column in folded)
    keys = ", ".join(name(column) for column in columns)
    every = f"SELECT {keys}, {parts}, {name(ROW)} AS r FROM {rows}"
    groups = f"SELECT {looks}, min(r) AS first FROM ({every}) GROUP BY {looks} HAVING {differ}"
    distinct = f"SELECT {keys}, {looks}, min(r) AS r FROM ({every}) GROUP BY {keys}, {looks}"
    pairs = f"SELECT a.r, g.first FROM ({distinct}) a JOIN ({groups}) g USING ({looks}) WHERE a.r > g.first"
    count = con.execute(f"SELECT count(*) FROM ({pairs})").fetchall()[0][0]
    return count, con.execute(f"{pairs} ORDER BY 1 LIMIT {limit}").fetchall() if count else []


# ---------------------------------------------------------------- what is looked for


def _scope(judged: Judged, suspect: Suspect) -> str:
    """The cells of a column that are looked at: those that no declared rule has spoken of."""
    cell = suspect.cell
    told = [edged(cell, judged.opened, strict=suspect.strict)]
    if suspect.wide:
        told.append(f"strlen({cell}) <> length({cell})")
    if suspect.controls:
        told.append(has(cell, characters.CONTROL))
    doubt = f"{characters.DOUBT}|[\\t\\n]" if suspect.strict else characters.DOUBT
    scope = [f"{cell} IS NOT NULL", f"({' OR '.join(told)})", has(cell, doubt)]
    # A reference of which a part is not of its type is not judged.
    scope.extend(f"({' OR '.join(['false', *untyped(judged, key)])})" for key in suspect.foreign)
    for index in judged.running:
        clause = judged.law.clauses[index]
        if clause.column == suspect.column.name and clause.constraint in WORDS and judged.failures[index]:
            scope.append(f"NOT {breaks(judged, index)}")
    return " AND ".join(scope)


def _conditions(suspect: Suspect, *, lossy: bool) -> Mapping[str, str]:
    """SQL of each rule, by its code. A `lossy` file had bytes that are no text, and was told so."""
    cell = suspect.cell
    misread = "false"
    if suspect.wide:
        misread = has(cell, characters.MISREAD if lossy else f"{characters.MISREAD}|{characters.REPLACEMENT}")
    unseen, formula = _unseen(cell, suspect, misread), _formula(cell, suspect.column)
    spaced = f"{has(cell, characters.SURROUNDED)} AND NOT ({formula} AND NOT {has(cell, '^ | $')})"
    told = {
        "invisible-character": unseen,
        "line-break-character": f"({has(cell, f'[{characters.BREAKS}]')} AND NOT {unseen})",
        "formula-like-cell": formula,
        "surrounding-space": f"({spaced} AND NOT {unseen} AND NOT {misread})",
    }
    if suspect.wide:
        wide = f"{has(cell, characters.WIDE)} AND NOT {has(cell, characters.IDEOGRAPH)}"
        told["mojibake"] = misread
        told["confusable-character"] = f"({has(cell, characters.MIXED)} OR {wide})"
        told["not-normalized"] = f"(nfc_normalize({cell}) <> {cell})"
    return told


def _formula(cell: str, column: Column) -> str:
    if column.type not in ("string", "any", "list") or column.categories or "enum" in column.constraints:
        return "false"
    return f"({has(cell, characters.FORMULA)} AND NOT {has(cell, characters.NO_FORMULA)})"


def _unseen(cell: str, suspect: Suspect, misread: str) -> str:
    """SQL: the cell has a character that is not seen, or a space that is not the plain one."""
    if suspect.wide:
        cell = f"(CASE WHEN {misread} THEN {without(cell, characters.MISREAD_RUN)} ELSE {cell} END)"
    told = [has(without(cell, characters.NEEDED), f"{characters.INVISIBLE}|\r")]
    if suspect.wide:
        direction = has(cell, f"[{characters.DIRECTION}]")
        reads_left = has(cell, characters.RIGHT_TO_LEFT)
        told.append(direction if suspect.strict else f"({direction} AND NOT {reads_left})")
    if suspect.strict:
        told.append(has(cell, f"[{characters.SPACES}{characters.BREAKS}\t\n]"))
    return f"({' OR '.join(told)})"
