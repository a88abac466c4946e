"""The SQL of the pass: cells typed, the law's clauses as bits, and what is kept of each row.

What the checks after the pass read is kept whole. Of other texts only those are kept that are out
of the ordinary (`looks`), since storing a text costs more than all that is asked of it.

Most rows are fine, and that is cheaper to see than to judge (`quick`): of such a row the pass then
sees no cells but those that are kept, or that a rule over several columns reads.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from datapkg.cells.predicates import Predicate, of_type
from datapkg.engine import casts, looks, quick
from datapkg.engine.compiling import BLANK, Compiled, missing_flag
from datapkg.engine.lookups import Reference, dangling
from datapkg.engine.opened import Opened
from datapkg.engine.sql import name, texts
from datapkg.law import Clause, Law
from datapkg.schema import ROW, Column

WORD = 60
NEVER = "false"
FINE = '"datapkg:fine"'
"""The column that says of a row that its cells under a quick proof are fine."""
CAST = ("date", "integer", "number")
"""The types whose casts are guarded by more than one look at what was cast."""
SMALL = 1 << 20
"""Bytes of a file below which planning costs more than it saves."""


@dataclass(frozen=True)
class Pass:
    """What one pass over a table does: the clauses that `running` names, each a bit, over the columns that are there.

    `reads` are the columns of each clause. `whole` are the columns kept as they are, `odd` those of
    which only the texts out of the ordinary are. `proofs` has SQL by the cells of columns: where all
    of it is true, nothing is wrong with any of these. `steps` has SQL of what is cast by itself, since
    DuckDB casts as often as conditions say so. `references` are those that the pass looks up. `sound` says that
    each cell is known to be of its type.
    """

    opened: Opened
    law: Law
    running: Sequence[int]
    reads: Mapping[int, tuple[str, ...]]
    present: Sequence[Column]
    whole: frozenset[str]
    odd: frozenset[str]
    proofs: Mapping[str, str] = field(default_factory=dict)
    steps: Mapping[str, str] = field(default_factory=dict)
    references: Sequence[Reference] = ()
    sound: bool = False


def planned(
    opened: Opened,
    law: Law,
    running: Sequence[int],
    reads: Mapping[int, tuple[str, ...]],
    whole: Collection[str] | None,
    references: Sequence[Reference] = (),
) -> Pass:
    """The pass over `opened`, with the columns that are kept `whole`: all of them where that is None."""
    present = tuple(column for column in opened.schema.columns if column.name in opened.positions)
    zoned = {reads[index][0] for index in running if law.clauses[index].subject == "zone"}
    kept = frozenset(column.name for column in present if whole is None or column.name in whole or column.name in zoned)
    kept = kept or frozenset(column.name for column in present[:1])  # A query may count rows and name no column.
    odd = frozenset(
        column.name
        for column in looks.texts(opened)
        if column.name not in kept and looks.may_be_odd(column)
        # What is not in the table that is referred to is told as such, and what is in it is judged there.
        if column.name not in {reference.column for reference in references}
    )
    plan = Pass(opened, law, tuple(running), reads, present, kept, odd, references=tuple(references))
    if is_small(opened) or opened.bare is None or opened.storage is not None:
        return plan
    proofs = _proofs(plan)
    cells = {name(opened.cells[opened.positions[column.name]]): column for column in present}
    steps = {
        cell: f"{quick.value(column, cell)} AS {_step(column)}"
        for cell, column in cells.items()
        if column.type in CAST and (cell in proofs or column.format == "default")
    }
    return replace(plan, proofs=proofs, steps=steps)


def values(opened: Opened) -> str:
    """SQL of the rows of a table each of whose cells is known to be of its type: typed, under the names of columns."""
    plan = planned(opened, Law(opened.schema, ()), (), {}, None)
    return typed(replace(plan, proofs={}, steps={}, sound=True))


def _step(column: Column) -> str:
    """The column with what a column's cells are cast to, before it is known whether that is what they mean."""
    return name(f"datapkg:cast:{column.number}")


def is_small(opened: Opened) -> bool:
    """Whether the files of the table are so small that planning costs more than it saves."""
    return (opened.facts.bytes or 0) < SMALL


def _proofs(plan: Pass) -> dict[str, str]:
    """SQL for each column that has a quick proof, by its cell, and that is read for nothing but its own clauses."""
    opened, law = plan.opened, plan.law
    across = {column for index in plan.running if law.clauses[index].column is None for column in plan.reads[index]}
    read = {*plan.whole, *plan.odd, *across, *opened.schema.ambiguous, *opened.wrong}
    read |= {reference.column for reference in plan.references}
    found = {}
    for column in plan.present:
        if column.name in read or missing_flag(column):
            continue
        clauses = [clause for index in plan.running if (clause := law.clauses[index]).column == column.name]
        cell = name(opened.cells[opened.positions[column.name]])
        given = quick.Cell(cell, _step(column) if column.type in CAST else cell, _missing(cell, column), opened.texture)
        told = quick.proof(column, clauses, given)
        if told is not None:
            found[cell] = told
    return found


def words(plan: Pass) -> range:
    """The numbers of the columns that hold the bits: of clauses, and after them of references."""
    return range(-(-(len(plan.running) + len(plan.references)) // WORD))


def word(number: int) -> str:
    """The column with the bits of one word."""
    return name(f"datapkg:broken{number}")


def bit(position: int) -> str:
    """SQL: the bit at `position` is set."""
    return f"({word(position // WORD)} & {1 << position % WORD}) <> 0"


def select(plan: Pass, compiled: Compiled) -> str:
    """Cells typed (the view TYPED), clauses applied (`compiled`), bits packed."""
    opened = plan.opened
    bits = [_broken(opened, plan.law.clauses[index], index, plan.reads[index]) for index in plan.running]
    bits.extend(dangling(reference) for reference in plan.references)
    kept = [] if opened.bare is not None else [name(ROW)]
    kept.extend(name(column.name) for column in plan.present if column.name in plan.whole)
    for column in plan.present:
        if column.name in plan.odd:
            odd = looks.odd(name(column.name), opened, column)
            kept.append(f"CASE WHEN {odd} THEN {name(column.name)} END AS {looks.kept_odd(column)}")
    kept.extend(f"CAST({_word(plan, bits, number)} AS BIGINT) AS {word(number)}" for number in words(plan))
    return f"SELECT {', '.join([*kept, BLANK])} FROM ({compiled.query})"


def view(plan: Pass, table: str, *, blanks: bool) -> str:
    """What is kept in `table`, with the number of each row and without those that are blank."""
    row = "rowid + 1" if plan.opened.bare is not None else name(ROW)
    kept = [name(column.name) for column in plan.present if column.name in plan.whole]
    kept += [looks.kept_odd(column) for column in plan.present if column.name in plan.odd]
    listed = ", ".join([f"{row} AS {name(ROW)}", *kept, *map(word, words(plan))])
    return f"SELECT {listed} FROM {table}{f' WHERE NOT {BLANK}' if blanks else ''}"


def _word(plan: Pass, bits: Sequence[str], number: int) -> str:
    """SQL of the bits of one word; those that no fine row has are not looked at where a row is."""
    proved, other = list[str](), list[str]()
    for position, told in enumerate(bits[WORD * number : WORD * (number + 1)]):
        if told != NEVER:
            at = WORD * number + position
            column = plan.law.clauses[plan.running[at]].column if at < len(plan.running) else None
            flag = f"(CASE WHEN {told} THEN {1 << position} ELSE 0 END)"
            cell = name(plan.opened.cells[plan.opened.positions[column]]) if column is not None else None
            (proved if cell in plan.proofs else other).append(flag)
    if not proved:
        return _together(other or ["0"])
    some = f"(CASE WHEN {FINE} THEN 0 ELSE {_together(proved)} END)"
    return f"({_together(other)} | {some})" if other else some


def _together(bits: Sequence[str]) -> str:
    """All bits in one word; balanced, since DuckDB's time to plan grows with the depth."""
    if len(bits) == 1:
        return bits[0]
    middle = len(bits) // 2
    return f"({_together(bits[:middle])} | {_together(bits[middle:])})"


def _broken(opened: Opened, clause: Clause, index: int, reads: Sequence[str]) -> str:
    """SQL that is true where the clause is broken, and false or null where it is not.

    A cell that is not of its type, or not there, is told once: it breaks no other clause.
    """
    if clause.subject == "type":
        return bad(opened, opened.schema[reads[0]])
    if clause.subject == "missing":
        return _none(opened, opened.schema[reads[0]])
    if clause.subject == "zone":
        cell = _cell(reads[0])
        bare = f"{cell}[-1] <> 'Z' AND {cell}[-6] NOT IN ('+', '-')"
        return NEVER if opened.storage is not None else f"{name(reads[0])} IS NOT NULL AND {bare}"
    broken = f"NOT {name(f'fits:{index}' if clause.predicate is not None else f'fine:{index}')}"
    if clause.column is not None or opened.storage is not None:
        return broken
    sound = "".join(f" AND {_sound(opened, opened.schema[column])}" for column in reads)
    return f"{broken}{sound}"


def _sound(opened: Opened, column: Column) -> str:
    """SQL: there is a cell, and it is of its type or missing by the schema's words."""
    cell = _cell(column.name)
    if _plain(opened, column):
        return f"{cell} IS NOT NULL"
    return f"({name(column.name)} IS NOT NULL OR {_missing(cell, column)})"


def bad(opened: Opened, column: Column) -> str:
    """SQL: there is a cell, it is not missing by the schema's words, and it has no value of its type."""
    if _typed_already(opened, column) or _plain(opened, column):
        return NEVER
    cell = _cell(column.name)
    return f"{name(column.name)} IS NULL AND NOT {_missing(cell, column)}"


def _none(opened: Opened, column: Column) -> str:
    """SQL: the cell says that there is no value. A cell that is not there says nothing."""
    if opened.storage is not None:
        return f"{_cell(column.name)} IS NULL OR {_missing(_cell(column.name), column)}"
    return _missing(_cell(column.name), column)


def _missing(cell: str, column: Column) -> str:
    """SQL: the cell is one of the texts that mean no value; null where there is no cell."""
    if flag := missing_flag(column):
        return flag
    if column.missing_values == ("",):
        return f"({cell} = '')"
    return f"({cell} IN ({texts(column.missing_values)}))" if column.missing_values else f"({cell} <> {cell})"


def _cell(column: str) -> str:
    return name(f"cell:{column}")


def predicates(plan: Pass) -> dict[str, Predicate]:
    """What Python judges, by the names of the SQL functions: whole types, and constraints of such types."""
    table = plan.opened.table.name
    found = {_judge(table, column): of_type(column) for column in plan.present if casts.held(column)}
    for index in plan.running:
        predicate = plan.law.clauses[index].predicate
        if predicate is not None:
            found[f"fits:{table}:{index}"] = predicate
    return found


def _judge(table: str, column: Column) -> str:
    return f"type:{table}:{column.name}"


def typed(plan: Pass) -> str:
    """Each column's value, beside it its text, and whether the text fits what Python judges."""
    opened, present = plan.opened, plan.present
    parts = [
        f"{'NULL::BIGINT' if opened.bare is not None else name(ROW)} AS {name(ROW)}",
        f"{BLANK}, {FINE}" if plan.proofs else f"{_blank(opened)} AS {BLANK}",
    ]
    for index in plan.running:
        clause = plan.law.clauses[index]
        if clause.predicate is not None and clause.column is not None:
            text = _text(opened, clause.column)
            fits = f"{name(f'fits:{opened.table.name}:{index}')}({text})"
            known = f"CASE WHEN NOT {_missing(text, opened.schema[clause.column])} THEN {fits} END"
            parts.append(f"{known} AS {name(f'fits:{index}')}")
    for column in present:
        cell, text = name(opened.cells[opened.positions[column.name]]), _text(opened, column.name)
        parts.append(f"{_value(plan, column, cell, text)} AS {name(column.name)}")
        parts.append(f"{text} AS {_cell(column.name)}")
    source = opened.bare if opened.bare is not None else opened.source
    source = _prepared(plan, source)
    if flags := {flag: column for column in present if (flag := missing_flag(column))}:
        cells = {flag: _text(opened, column.name) for flag, column in flags.items()}  # IN would be one term per text.
        told = {flag: f"list_contains(getvariable({texts([flag])}), {cell})" for flag, cell in cells.items()}
        listed = (f"CASE WHEN {cells[flag]} IS NOT NULL THEN {told[flag]} END AS {flag}" for flag in flags)
        source, parts = f"SELECT *, {', '.join(listed)} FROM ({source})", [*parts, *flags]
    return f"SELECT {', '.join(parts)} FROM ({source})"


def _prepared(plan: Pass, source: str) -> str:
    """The source with what is cast in a step of its own, and what the quick proofs leave of each row."""
    if plan.steps:
        source = f"SELECT *, {', '.join(plan.steps.values())} FROM ({source})"
    if plan.proofs:
        told = " AND ".join(f"({proof})" for proof in plan.proofs.values())
        fine = f"CASE WHEN {told} THEN true ELSE false END AS {FINE}"
        source = f"SELECT *, {fine}, {_blank(plan.opened)} AS {BLANK} FROM ({source})"
        unproved = (f"CASE WHEN {FINE} THEN NULL ELSE {cell} END AS {cell}" for cell in plan.proofs)
        source = f"SELECT * REPLACE ({', '.join(unproved)}) FROM ({source})"
    return source


def _text(opened: Opened, column: str) -> str:
    cell = name(opened.cells[opened.positions[column]])
    return f"CAST({cell} AS VARCHAR)" if opened.storage is not None else cell


def _value(plan: Pass, column: Column, cell: str, text: str) -> str:
    opened = plan.opened
    if _typed_already(opened, column):
        return f"CAST({cell} AS {column.storage})"
    try:
        judge = _judge(opened.table.name, column)
        cast = casts.known(column, text) if plan.sound else casts.value(column, text, judge)
    except casts.UnknownType:
        cast = text if column.storage == "VARCHAR" else f"CAST(NULL AS {column.storage})"
    if cell in plan.steps and cell not in plan.proofs:
        cast = cast.replace(quick.value(column, cell), _step(column))
    if column.name in opened.wrong:
        cast = f"CASE WHEN NOT {name(opened.wrong[column.name])} THEN {cast} END"
    if column.missing_values == ("",):
        # The commonest case in its cheapest form: what is empty has no value of any other type.
        return f"nullif({text}, '')" if cast == text else f"CASE WHEN {text} <> '' THEN {cast} END"
    return f"CASE WHEN NOT {_missing(text, column)} THEN {cast} END"


def _plain(opened: Opened, column: Column) -> bool:
    """Whether every text is a value of the column."""
    try:
        return column.name not in opened.wrong and casts.value(column, "cell") == "cell"
    except casts.UnknownType:
        return True


def _typed_already(opened: Opened, column: Column) -> bool:
    """Whether the file holds the column in a type whose every value is one of the column's."""
    if opened.storage is None:
        return False
    given, wanted = opened.storage[opened.positions[column.name]], column.storage
    integers = ("TINYINT", "SMALLINT", "INTEGER", "UTINYINT", "USMALLINT", "UINTEGER")
    return (
        ((given == wanted and _plain(opened, column)) or given == wanted != "VARCHAR")
        or (given in integers and wanted == "BIGINT")
        or (given == "FLOAT" and wanted == "DOUBLE")
        or (given.startswith("ENUM(") and wanted == "VARCHAR")
    )


def _blank(opened: Opened) -> str:
    """SQL: no cell of the row has a text. Most rows are told from such by their first cell."""
    if opened.storage is not None:
        return "false"
    first, *rest = (f"coalesce({name(cell)} = '', false)" for cell in opened.cells)
    return f"CASE WHEN {first} THEN {' AND '.join(rest)} ELSE false END" if rest else first
