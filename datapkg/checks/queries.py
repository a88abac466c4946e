"""Do the tables agree? The maintainers' SQL rules."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from datapkg.checks.scene import Scene, cells, excerpt, place, words
from datapkg.engine.queries import Answer, answers
from datapkg.findings import Finding, Layer, Place, Rule, Verdict, pack
from datapkg.schema import ROW
from datapkg.sqlrules import SqlRule

QUERY_ERROR = Rule(
    code="query-error",
    layer=Layer.DUCKDB,
    message="the rule {rule} cannot run: {note}",
    why="A rule that does not run protects nothing.",
    fix="Correct the rule's SQL.",
)
RULE_FORBIDDEN = Rule(
    code="rule-forbidden",
    layer=Layer.DUCKDB,
    message="the rule {rule} is refused: {note}",
    why="A rule selects bad rows; it may not write, reach files or the network, or change settings.",
    fix="Write the rule as one SELECT over the tables of the dataset.",
)


def check_queries(scene: Scene) -> Iterator[Verdict]:
    """No rule of the project selects a row."""
    found = answers(scene.space, scene.tables, scene.sql_rules)
    for rule, answer in zip(scene.sql_rules, found, strict=True):
        yield from _verdicts(scene, rule, answer)


def _verdicts(scene: Scene, rule: SqlRule, answer: Answer) -> Iterator[Verdict]:
    judged = scene.tables.get(rule.table or "")
    verdict = Verdict(
        code=rule.rule.code,
        layer=rule.rule.layer,
        severity=rule.rule.severity,
        table=rule.table,
        column=rule.column,
        rows=judged.opened.rows if judged else 0,
    )
    if answer.absent:
        yield from _absent(scene, rule, verdict, answer.absent)
    elif answer.unbound is not None and (gap := _gap(scene)):
        yield replace(verdict, rows=None, skipped=gap)
    elif answer.error or answer.unbound or answer.forbidden:
        fault = RULE_FORBIDDEN if answer.forbidden else QUERY_ERROR
        note = answer.forbidden or answer.error or answer.unbound
        yield replace(verdict, rows=None, skipped=note)
        yield _fault(scene, rule, fault, str(note))
    else:
        yield replace(verdict, failures=answer.count, findings=pack(_findings(scene, rule, answer.rows)))


def _absent(scene: Scene, rule: SqlRule, verdict: Verdict, absent: tuple[str, ...]) -> Iterator[Verdict]:
    declared = [name for name in absent if name in scene.tables or name in scene.dataset.unreadable]
    reason = f"the table {declared[0]} could not be read" if declared else f"the dataset has no table {absent[0]}"
    yield replace(verdict, rows=None, skipped=reason)
    unknown = [name for name in absent if name not in declared and name not in scene.known_tables]
    if unknown:
        yield _fault(scene, rule, QUERY_ERROR, f"the project knows no table {unknown[0]}")


def _gap(scene: Scene) -> str | None:
    """A column that the schema has and a file lacks: the likely cause of SQL that does not bind."""
    for judged in scene.tables.values():
        for column in judged.opened.schema.columns:
            if judged.opened.parts and column.name not in judged.opened.positions:
                return f"the column {column.name} is not in {judged.opened.table.name}"
    return None


def _fault(scene: Scene, rule: SqlRule, fault: Rule, note: str) -> Verdict:
    shown = rule.path.name
    finding = Finding.of(fault, Place(f"{rule.path.parent.parent.name}/{rule.path.parent.name}/{shown}", line=1))
    finding = Finding.of(fault, finding.place, rule=rule.rule.code, note=note)
    return Verdict(fault.code, fault.layer, fault.severity, None, failures=1, findings=(finding,), listed=False)


def _findings(scene: Scene, rule: SqlRule, selections: Sequence[Mapping[str, str | None]]) -> Iterator[Finding]:
    """A finding for each selected row; those that name a row of the table, in its order."""
    judged = scene.tables.get(rule.table or "")
    by_row: dict[int, list[Mapping[str, str | None]]] = {}
    for selected in selections:
        row = selected.get(ROW)
        if judged is None or row is None:
            told = {name: value for name, value in selected.items() if name != ROW}
            yield Finding.of(rule.rule, Place(scene.dataset.shown, rule.table), **words(told))
        else:
            by_row.setdefault(int(row), []).append(selected)
    if judged is None:
        return
    column = rule.column if rule.column in judged.opened.schema else None
    for number, at in scene.rows(judged, by_row):
        where, shown, texts = place(judged, at, number, column), excerpt(judged, at, column), cells(judged, at)
        for selected in by_row[number]:
            told = {name: value for name, value in selected.items() if name != ROW}
            yield replace(Finding.of(rule.rule, where, **words(texts, told)), excerpt=shown)
