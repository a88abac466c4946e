"""Cells that deceive readers, in SQL over the tables that the pass kept.

Most text is plain ASCII, and a look at the bytes of the file says so; only columns in which
something is out of the ordinary are searched for what it is.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from datapkg import characters
from datapkg.engine.judge import Judged, breaks, untyped
from datapkg.engine.opened import Opened
from datapkg.engine.sql import name, text
from datapkg.schema import ROW, Column

if TYPE_CHECKING:
    import duckdb

CHUNK = 1 << 20
PLAIN = bytes([0x09, 0x0A, 0x0D, *range(0x20, 0x7F)])
HIGH = bytes(range(0x80, 0x100))
UNREAD = ("yearmonth", "duration", "geopoint")
"""Types kept as text whose every value is plain by its pattern."""
WORDS = ("enum", "categories", "pattern")
"""Constraints that say which texts a column takes."""


@dataclass(frozen=True)
class Suspect:
    """A column in which something is out of the ordinary.

    `strict` ones hold codes, not prose. `foreign` are the keys it is part of: a cell of a
    reference is judged in the table it refers to, or refers to nothing.
    """

    column: Column
    strict: bool
    foreign: tuple[tuple[str, ...], ...]
    wide: bool
    controls: bool


def suspects(con: "duckdb.DuckDBPyConnection", judged: Judged, foreign: Sequence[tuple[str, ...]]) -> Iterator[Suspect]:
    """The columns of texts that hold more than plain ASCII, or begin or end as texts seldom do."""
    opened = judged.opened
    columns = [column for column in _texts(opened) if (column.name,) not in foreign]
    if not opened.rows or not opened.parts or not columns:
        return
    wide, controls = _bytes(opened)
    looks = []
    for column in columns:
        cell = name(column.name)
        looks.append(f"bool_or(strlen({cell}) <> length({cell}))" if wide else "false")
        looks.append(f"bool_or({_has(cell, characters.CONTROL)})" if controls else "false")
        looks.append(f"bool_or({_edged(cell, strict=is_strict(opened, column))})")
    found = con.execute(f"SELECT {', '.join(looks)} FROM {judged.kept}").fetchall()[0]
    for number, column in enumerate(columns):
        flags = found[3 * number : 3 * number + 3]
        if any(flags):
            keys = tuple(key for key in foreign if column.name in key)
            yield Suspect(column, is_strict(opened, column), keys, bool(flags[0]), bool(flags[1]))


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
    parts = ", ".join(
        f"{_skeleton(name(column))} AS s{number}" if column in folded else f"{name(column)} AS s{number}"
        for number, column in enumerate(columns)
    )
    known = " AND ".join(f"{name(column)} IS NOT NULL" for column in columns)
    looks = ", ".join(f"s{number}" for number in range(len(columns)))
    differ = " OR ".join(f"min({name(column)}) <> max({name(column)})" for column in folded)
    keys = ", ".join(name(column) for column in columns)
    every = f"SELECT {keys}, {parts}, {name(ROW)} AS r FROM {judged.kept} WHERE {known}"
    changed = " OR ".join(f"{_skeleton(name(column))} <> {name(column)}" for column in folded)
    if not con.execute(f"SELECT count_if({changed}) FROM {judged.kept}").fetchall()[0][0]:
        return 0, []
    groups = f"SELECT {looks}, min(r) AS first FROM ({every}) GROUP BY {looks} HAVING {differ}"
    apart = f"SELECT {keys}, {looks}, min(r) AS r FROM ({every}) GROUP BY {keys}, {looks}"
    pairs = f"SELECT a.r, g.first FROM ({apart}) a JOIN ({groups}) g USING ({looks}) WHERE a.r > g.first"
    count = con.execute(f"SELECT count(*) FROM ({pairs})").fetchall()[0][0]
    return count, con.execute(f"{pairs} ORDER BY 1 LIMIT {limit}").fetchall() if count else []


def is_strict(opened: Opened, column: Column) -> bool:
    """Whether a column holds codes, in which no space but the plain one belongs."""
    schema = opened.schema
    keys = {name for key in (schema.primary_key, *schema.unique_keys) for name in key}
    told = {*WORDS, "unique"} & {word for word, bound in column.constraints.items() if bound not in (None, False)}
    return column.name in keys or bool(told) or bool(column.categories)


# ---------------------------------------------------------------- what is looked for


def _texts(opened: Opened) -> list[Column]:
    return [
        column
        for column in opened.schema.columns
        if column.name in opened.positions and column.storage == "VARCHAR" and column.type not in UNREAD
        if column.name not in opened.schema.ambiguous
    ]


def _bytes(opened: Opened) -> tuple[bool, bool]:
    """Whether a table may hold more than ASCII, and control characters other than tab and line end."""
    if opened.storage is not None:
        return True, True
    wide = controls = False
    for part in opened.parts:
        before = b""
        with part.readable.open("rb") as file:
            while not (wide and controls) and (chunk := file.read(CHUNK)):
                odd = chunk.translate(None, PLAIN)
                wide = wide or not odd.isascii()
                # A line end may be cut in two.
                lone = chunk.count(b"\r") and chunk.count(b"\r") - chunk.count(b"\r\n") - chunk.endswith(b"\r")
                lone += before == b"\r" and not chunk.startswith(b"\n")
                controls = controls or lone > 0 or bool(odd.translate(None, HIGH))
                before = chunk[-1:]
    return wide, controls


def _has(cell: str, pattern: str) -> str:
    return f"regexp_matches({cell}, {text(pattern)})"


def _without(cell: str, pattern: str) -> str:
    return f"regexp_replace({cell}, {text(pattern)}, '', 'g')"


def _edged(cell: str, *, strict: bool) -> str:
    inner = f" OR contains({cell}, chr(9)) OR contains({cell}, chr(10))" if strict else ""
    return f"{cell} < '!' OR {cell}[1] IN ('=', '+', '-', '@') OR {cell}[-1] <= ' '{inner}"


def _scope(judged: Judged, suspect: Suspect) -> str:
    """The cells of a column that are looked at: those that no declared rule has spoken of."""
    cell = name(suspect.column.name)
    told = [_edged(cell, strict=suspect.strict)]
    if suspect.wide:
        told.append(f"strlen({cell}) <> length({cell})")
    if suspect.controls:
        told.append(_has(cell, characters.CONTROL))
    doubt = f"{characters.DOUBT}|[\\t\\n]" if suspect.strict else characters.DOUBT
    scope = [f"{cell} IS NOT NULL", f"({' OR '.join(told)})", _has(cell, doubt)]
    # A reference of which a part is not of its type is not judged.
    scope.extend(f"({' OR '.join(['false', *untyped(judged, key)])})" for key in suspect.foreign)
    for index in judged.running:
        clause = judged.law.clauses[index]
        if clause.column == suspect.column.name and clause.constraint in WORDS and judged.failures[index]:
            scope.append(f"NOT {breaks(judged, index)}")
    return " AND ".join(scope)


def _conditions(suspect: Suspect, *, lossy: bool) -> Mapping[str, str]:
    """SQL of each rule, by its code. A `lossy` file had bytes that are no text, and was told so."""
    cell = name(suspect.column.name)
    misread = "false"
    if suspect.wide:
        misread = _has(cell, characters.MISREAD if lossy else f"{characters.MISREAD}|{characters.REPLACEMENT}")
    unseen, formula = _unseen(cell, suspect, misread), _formula(cell, suspect.column)
    spaced = f"{_has(cell, characters.SURROUNDED)} AND NOT ({formula} AND NOT {_has(cell, '^ | $')})"
    told = {
        "invisible-character": unseen,
        "line-break-character": f"({_has(cell, f'[{characters.BREAKS}]')} AND NOT {unseen})",
        "formula-like-cell": formula,
        "surrounding-space": f"({spaced} AND NOT {unseen} AND NOT {misread})",
    }
    if suspect.wide:
        wide = f"{_has(cell, characters.WIDE)} AND NOT {_has(cell, characters.IDEOGRAPH)}"
        told["mojibake"] = misread
        told["confusable-character"] = f"({_has(cell, characters.MIXED)} OR {wide})"
        told["not-normalized"] = f"(nfc_normalize({cell}) <> {cell})"
    return told


def _formula(cell: str, column: Column) -> str:
    if column.type not in ("string", "any", "list") or column.categories or "enum" in column.constraints:
        return "false"
    return f"({_has(cell, characters.FORMULA)} AND NOT {_has(cell, characters.NO_FORMULA)})"


def _unseen(cell: str, suspect: Suspect, misread: str) -> str:
    """SQL: the cell has a character that is not seen, or a space that is not the plain one."""
    if suspect.wide:
        cell = f"(CASE WHEN {misread} THEN {_without(cell, characters.MISREAD_RUN)} ELSE {cell} END)"
    told = [_has(_without(cell, characters.NEEDED), f"{characters.INVISIBLE}|\r")]
    if suspect.wide:
        direction = _has(cell, f"[{characters.DIRECTION}]")
        reads_left = _has(cell, characters.RIGHT_TO_LEFT)
        told.append(direction if suspect.strict else f"({direction} AND NOT {reads_left})")
    if suspect.strict:
        told.append(_has(cell, f"[{characters.SPACES}{characters.BREAKS}\t\n]"))
    return f"({' OR '.join(told)})"


def _skeleton(cell: str) -> str:
    """SQL: a text as it looks: composed, in small letters, look-alikes as one, without what is not seen."""
    letters, twins = "".join(characters.TWINS), "".join(characters.TWINS.values())
    seen = _without(f"nfc_normalize({cell})", f"{characters.INVISIBLE}|[{characters.DIRECTION}]")
    looks = f"translate(lower({seen}), {text(letters)}, {text(twins)})"
    looks = f"CASE WHEN strlen({cell}) <> length({cell}) THEN {looks} ELSE lower({cell}) END"
    spaces = text(f"[\t\n\r {characters.SPACES}]+")
    return f"trim(regexp_replace({looks}, {spaces}, ' ', 'g'))"
