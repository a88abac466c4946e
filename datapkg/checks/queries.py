"""Do the tables agree? The maintainers' SQL rules."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from datapkg.checks.scene import Scene, cells, excerpt, place, words
from datapkg.engine.queries import Answer
from datapkg.findings import Finding, Layer, Place, Rule, Verdict, pack
from datapkg.law import RULE_ERROR
from datapkg.schema import ROW
from datapkg.sqlrules import SqlRule

QUERY_ERROR = replace(RULE_ERROR, layer=Layer.DUCKDB)
RULE_FORBIDDEN = Rule(
    code="rule-forbidden",
    layer=Layer.DUCKDB,
    message="the rule {rule} is refused: {note}",
    why="A rule selects bad rows; it may not write, reach files or the network, or change settings.",
    fix="Write the rule as one SELECT over the tables of the dataset.",
)


def check_queries(scene: Scene) -> Iterator[Verdict]:
    """No rule of the project selects a row."""
    found = iter(scene.answers(readable(scene.sql_rules)))
    for rule in scene.sql_rules:
        answer = next(found) if rule.ready else Answer(forbidden=rule.refusal, error=rule.mistake)
        yield from _verdicts(scene, rule, answer)


def readable(rules: Sequence[SqlRule]) -> list[SqlRule]:
    """The rules that can be asked."""
    return [rule for rule in rules if rule.ready]


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
    elif answer.unbound is not None and (gap := gap_of(scene)):
        yield replace(verdict, rows=None, skipped=gap)
    elif note := answer.forbidden or answer.error or answer.exhausted or answer.late or answer.unbound:
        fault = RULE_FORBIDDEN if answer.forbidden else QUERY_ERROR
        yield replace(verdict, rows=None, skipped=note)
        yield _fault(rule, fault, note)
    else:
        yield replace(
            verdict,
            failures=answer.count,
            table=answer.table or rule.table,
            findings=pack(_findings(scene, rule, answer)),
        )


def _absent(scene: Scene, rule: SqlRule, verdict: Verdict, absent: tuple[str, ...]) -> Iterator[Verdict]:
    declared = [name for name in absent if name in scene.tables or name in scene.dataset.unreadable]
    reason = f"the table {declared[0]} could not be read" if declared else f"the dataset has no table {absent[0]}"
    yield replace(verdict, rows=None, skipped=reason)
    unknown = [name for name in absent if name not in declared and name not in scene.known_tables]
    if unknown:
        yield _fault(rule, QUERY_ERROR, f"the project knows no table {unknown[0]}")


def gap_of(scene: Scene) -> str | None:
    """A column that the schema has and a file lacks: the likely cause of SQL that does not bind."""
    for judged in scene.tables.values():
        for column in judged.opened.schema.columns:
            if judged.opened.parts and column.name not in judged.opened.positions:
                return f"the column {column.name} is not in {judged.opened.table.name}"
    return None


def _fault(rule: SqlRule, fault: Rule, note: str) -> Verdict:
    place = Place("/".join(rule.path.parts[-3:]), line=1)
    finding = Finding.of(fault, place, rule=rule.rule.code, note=note)
    return Verdict(fault.code, fault.layer, fault.severity, None, failures=1, findings=(finding,), listed=False)


def _findings(scene: Scene, rule: SqlRule, answer: Answer) -> Iterator[Finding]:
    """A finding for each selected row; those that name a row of the table, in its order."""
    table = answer.table or rule.table
    judged = scene.tables.get(table or "")
    by_row: dict[int, list[Mapping[str, str | None]]] = {}
    for selected in answer.rows:
        row = selected.get(ROW)
        if judged is None or row is None:
            told = {name: value for name, value in selected.items() if name != ROW}
            yield Finding.of(rule.rule, Place(scene.dataset.shown, table), **words(told))
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
