"""Do the tables agree? The maintainers' SQL rules."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from datapkg.checks.scene import Scene, cells, excerpt, place, words
from datapkg.engine.queries import Answer, answers
from datapkg.findings import Finding, Layer, Place, Rule, Verdict
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
    found = iter(answers(scene.space, scene.tables, readable(scene.sql_rules)))
    for rule in scene.sql_rules:
        answer = next(found) if rule.refusal is None else Answer(forbidden=rule.refusal)
        yield from _verdicts(scene, rule, answer)


def readable(rules: Sequence[SqlRule]) -> list[SqlRule]:
    """The rules that can be asked."""
    return [rule for rule in rules if rule.refusal is None]


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
    elif note := answer.forbidden or answer.error or answer.exhausted or answer.late or answer.unbound:
        fault = RULE_FORBIDDEN if answer.forbidden else QUERY_ERROR
        yield replace(verdict, rows=None, skipped=note)
        yield _fault(rule, fault, note)
    else:
        findings = tuple(_finding(scene, rule, row) for row in answer.rows)
        yield replace(verdict, failures=answer.count, findings=findings)


def _absent(scene: Scene, rule: SqlRule, verdict: Verdict, absent: tuple[str, ...]) -> Iterator[Verdict]:
    declared = [name for name in absent if name in scene.tables or name in scene.dataset.unreadable]
    reason = f"the table {declared[0]} could not be read" if declared else f"the dataset has no table {absent[0]}"
    yield replace(verdict, rows=None, skipped=reason)
    unknown = [name for name in absent if name not in declared and name not in scene.known_tables]
    if unknown:
        yield _fault(rule, QUERY_ERROR, f"the project knows no table {unknown[0]}")


def _gap(scene: Scene) -> str | None:
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


def _finding(scene: Scene, rule: SqlRule, selected: Mapping[str, str | None]) -> Finding:
    judged = scene.tables.get(rule.table or "")
    told = {name: value for name, value in selected.items() if name != ROW}
    row = selected.get(ROW)
    if judged is None or row is None:
        return Finding.of(rule.rule, Place(scene.dataset.shown, rule.table), **words(told))
    at = scene.rows(judged, [int(row)]).get(int(row))
    column = rule.column if rule.column in judged.opened.schema else None
    texts = cells(judged, at) if at else {}
    finding = Finding.of(rule.rule, place(judged, at, int(row), column), **words(texts, told))
    return replace(finding, excerpt=excerpt(judged, at, column))
