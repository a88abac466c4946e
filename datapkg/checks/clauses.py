"""Does every row obey its table's law? Types and constraints of cells, rules over columns."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from datapkg.checks.scene import Scene, cells, excerpt, place, quoted, words
from datapkg.engine.judge import Judged, failing_rows
from datapkg.findings import Finding, Place, Rule, Verdict, pack
from datapkg.law import CONSTRAINT_ERROR, PRIMARY_KEY, TYPE_ERROR, UNENFORCED, Clause
from datapkg.schema import STORAGE, Column


def check_types(scene: Scene) -> Iterator[Verdict]:
    """Each cell is of its column's type."""
    yield from _verdicts(scene, lambda clause: clause.rule is TYPE_ERROR)
    for judged in scene.tables.values():
        for column, note in judged.unread:
            if column.type in STORAGE:
                yield _unenforced(judged, column, "type", note)


def check_constraints(scene: Scene) -> Iterator[Verdict]:
    """Each cell obeys the constraints of its column; each constraint can be checked."""
    yield from _verdicts(scene, lambda clause: clause.rule is CONSTRAINT_ERROR)
    for judged in scene.tables.values():
        for column, constraint, note in judged.law.unenforced:
            if not _told_already(scene, column, constraint):
                yield _unenforced(judged, column, constraint, note)


def _told_already(scene: Scene, column: Column, constraint: str) -> bool:
    """Whether the standard's own check has refused the constraint for this type."""
    told = (finding.message for verdict in scene.dataset.verdicts for finding in verdict.findings)
    return any(f'"{constraint}"' in message and f'"{column.type}"' in message for message in told)


def _unenforced(judged: Judged, column: Column, constraint: str, note: str) -> Verdict:
    table = judged.opened.table
    where = Place(table.shown[0], table.name, column=column.name, column_number=column.number)
    told = {"constraint": constraint, "type": column.type, "note": note}
    finding = Finding.of(UNENFORCED, where, **told)
    return replace(_entry(judged, UNENFORCED, column.name, constraint), failures=1, findings=(finding,))


def check_rows(scene: Scene) -> Iterator[Verdict]:
    """Each row obeys the maintainers' rules over several columns, and has its primary key."""
    built_in = (TYPE_ERROR, CONSTRAINT_ERROR)
    yield from _verdicts(scene, lambda clause: clause.rule not in built_in)


def _verdicts(scene: Scene, wanted: Any) -> Iterator[Verdict]:
    for judged in scene.tables.values():
        for index, clause in enumerate(judged.law.clauses):
            if wanted(clause):
                yield _verdict(scene, judged, index, clause)


def _verdict(scene: Scene, judged: Judged, index: int, clause: Clause) -> Verdict:
    verdict = _entry(judged, clause.rule, clause.column, clause.constraint)
    if index in judged.skipped:
        return replace(verdict, rows=None, skipped=judged.skipped[index])
    failures = judged.failures[index]
    if not failures:
        return verdict
    return replace(verdict, failures=failures, findings=pack(_findings(scene, judged, index, clause)))


def _findings(scene: Scene, judged: Judged, index: int, clause: Clause) -> Iterator[Finding]:
    column = clause.column or next(iter(judged.reads[index]), None)
    for row, at in scene.rows(judged, failing_rows(scene.space.con, judged, index, scene.limit)):
        where = place(judged, at, row, column)
        told = words(cells(judged, at)) if clause.column is None else _told(clause, where)
        finding = Finding.of(clause.rule, where, **told)
        yield replace(finding, excerpt=excerpt(judged, at, column))


def _told(clause: Clause, where: Place) -> dict[str, Any]:
    if clause.rule is PRIMARY_KEY:
        return {"note": f"{clause.column} is part of the primary key and is empty"}
    return {
        "value": quoted(where.value),
        "expected": clause.bound,
        "constraint": clause.constraint,
        "bound": clause.bound,
    }


def _entry(judged: Judged, rule: Rule, column: str | None, constraint: str | None) -> Verdict:
    return Verdict(
        code=rule.code,
        layer=rule.layer,
        severity=rule.severity,
        table=judged.opened.table.name,
        column=column,
        constraint=constraint,
        rows=judged.opened.rows,
    )
