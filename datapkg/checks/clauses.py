"""Does every row obey its table's law? Types and constraints of cells, rules over columns."""

import math
import re
from collections import deque
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain
from typing import Any

from datapkg.cells.values import INTEGERS
from datapkg.checks.scene import Scene, cells, excerpt, place, quoted, verdict, words
from datapkg.descriptor import FIELD_ERROR
from datapkg.engine.judge import Judged
from datapkg.findings import Finding, Place, Verdict, pack
from datapkg.law import CONSTRAINT_ERROR, EXPECTED, MIXED_ZONES, PRIMARY_KEY, TYPE_ERROR, UNENFORCED, Clause
from datapkg.schema import STORAGE, Column

DIGITS = re.compile("[+-]?[0-9]+")
TOGETHER = 20_000
"""The most rows that are looked for in one walk, for all clauses at once."""


def check_types(scene: Scene) -> Iterator[Verdict]:
    """Each cell is of its column's type."""
    yield from _verdicts(scene, lambda clause: clause.rule is TYPE_ERROR)
    for judged in scene.tables.values():
        for column, note in judged.unread:
            if column.type in STORAGE and not _told_already(scene, judged, column, _properties(column)):
                yield _unenforced(judged, column, "type", note)


def check_constraints(scene: Scene) -> Iterator[Verdict]:
    """Each cell obeys the constraints of its column; each constraint can be checked."""
    yield from _verdicts(scene, lambda clause: clause.rule is CONSTRAINT_ERROR)
    for judged in scene.tables.values():
        for column, constraint, note in judged.law.unenforced:
            unsupported = {f'"{constraint}" is not supported by type "{column.type}"', f"its constraints.{constraint}"}
            if not _told_already(scene, judged, column, unsupported):
                yield _unenforced(judged, column, constraint, note)
        for column, name, note in judged.law.contradictions:
            if _told_already(scene, judged, column, {f"its {name}", f"its constraints.{name}"}):
                continue
            finding = Finding.of(FIELD_ERROR, _declared(judged, column, name), note=note)
            yield replace(verdict(judged, FIELD_ERROR, [column.name]), failures=1, findings=(finding,))


def _told_already(scene: Scene, judged: Judged, column: Column, words: Collection[str]) -> bool:
    """Whether the standard's own check has refused what the words say, of this column."""
    declared, number = judged.opened.table.declared, column.number - 1
    if declared is None:
        return False
    first, after = declared.line("fields", number), declared.line("fields", number + 1)
    last = after if after > first else math.inf
    told = (finding for verdict in scene.dataset.verdicts for finding in verdict.findings)
    return any(
        finding.place.path == declared.shown
        and first <= (finding.place.line or 0) <= last
        and any(word in finding.message for word in words)
        for finding in told
    )


def _properties(column: Column) -> set[str]:
    """What the standard's own check says of properties that leave a type unknown."""
    given = {"format": column.format, "itemType": column.properties.get("itemType")}
    wrong = {f"{value!r} is not one of" for value in given.values() if value not in (None, "default")}
    return wrong | {f"its {name}" for name in ("trueValues", "falseValues", "type") if name in column.properties}


def _declared(judged: Judged, column: Column, name: str) -> Place:
    """The line of the schema on which a property or constraint of a column stands."""
    table = judged.opened.table
    if table.declared is None:
        return Place(table.shown[0], table.name, column=column.name, column_number=column.number)
    field = ("fields", column.number - 1)
    pointer = (*field, name) if name in column.properties else (*field, "constraints", name)
    if name == "type" and column.format != "default":
        pointer = (*field, "format")
    line = table.declared.line(*pointer)
    return Place(table.declared.shown, table.name, line=line, column=column.name, column_number=column.number)


def _unenforced(judged: Judged, column: Column, constraint: str, note: str) -> Verdict:
    where = _declared(judged, column, constraint)
    told = {"constraint": constraint, "type": column.type, "note": note}
    finding = Finding.of(UNENFORCED, where, **told)
    return replace(verdict(judged, UNENFORCED, [column.name], constraint), failures=1, findings=(finding,))


def check_rows(scene: Scene) -> Iterator[Verdict]:
    """Each row obeys the maintainers' rules over several columns, and has its primary key."""
    built_in = (TYPE_ERROR, CONSTRAINT_ERROR)
    yield from _verdicts(scene, lambda clause: clause.rule not in built_in)


def _verdicts(scene: Scene, wanted: Any) -> Iterator[Verdict]:
    for judged in scene.tables.values():
        chosen = [(index, clause) for index, clause in enumerate(judged.law.clauses) if wanted(clause)]
        failing = {index: min(judged.failures.get(index, 0), scene.limit) for index, _ in chosen}
        rows = {}
        if sum(failing.values()) <= TOGETHER:
            # One walk through the file finds the rows of all clauses; the scene keeps where they are.
            rows = {index: scene.failing(judged, index) for index, count in failing.items() if count}
            deque(scene.rows(judged, chain.from_iterable(rows.values())), maxlen=0)
        for index, clause in chosen:
            yield _verdict(scene, judged, index, clause, rows)


def _verdict(scene: Scene, judged: Judged, index: int, clause: Clause, rows: Mapping[int, Sequence[int]]) -> Verdict:
    columns = [clause.column] if clause.column is not None else []
    told = replace(verdict(judged, clause.rule, columns, clause.constraint), listed=clause.rule is not MIXED_ZONES)
    if index in judged.skipped:
        return replace(told, rows=None, skipped=judged.skipped[index])
    failures = judged.failures[index]
    if not failures:
        return told
    failing = rows[index] if index in rows else scene.failing(judged, index)
    return replace(told, failures=failures, findings=pack(_findings(scene, judged, index, failing)))


def _findings(scene: Scene, judged: Judged, index: int, failing: Sequence[int]) -> Iterator[Finding]:
    clause = judged.law.clauses[index]
    column = clause.column or next(iter(judged.reads[index]), None)
    for row, at in scene.rows(judged, failing):
        where = place(judged, at, row, column)
        told = words(cells(judged, at)) if clause.column is None else _told(clause, where)
        finding = Finding.of(clause.rule, where, **told)
        yield replace(finding, excerpt=excerpt(judged, at, column))


def _told(clause: Clause, where: Place) -> dict[str, Any]:
    if clause.rule is PRIMARY_KEY:
        return {"note": f"{clause.column} is part of the primary key and is empty"}
    too_large = clause.bound == EXPECTED["integer"] and DIGITS.fullmatch(where.value or "")
    return {
        "value": quoted(where.value),
        "expected": f"a whole number from {INTEGERS[0]} to {INTEGERS[1]}" if too_large else clause.bound,
        "constraint": clause.constraint,
        "bound": clause.bound,
    }
