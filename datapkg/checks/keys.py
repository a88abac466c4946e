"""Do the tables agree? Primary keys, unique keys and foreign keys."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from datapkg.checks.scene import Scene, cell, excerpt, listed, place, quoted, verdict
from datapkg.descriptor import SCHEMA_ERROR
from datapkg.engine.judge import Judged
from datapkg.findings import Finding, Layer, Place, Rule, Verdict, pack, verdict_of
from datapkg.law import PRIMARY_KEY
from datapkg.schema import ForeignKey

UNIQUE_ERROR = Rule(
    code="unique-error",
    layer=Layer.DUCKDB,
    message="{value} in {columns} is already on {where}",
    why="The schema promises that the value names one row only.",
    fix="Correct the value, or remove the row if it repeats the other.",
    example="incident_id:string(unique=true) killed:integer\na,1\na,2\n",
)
FOREIGN_KEY = Rule(
    code="foreign-key",
    layer=Layer.DUCKDB,
    message="{value} in {columns} is not in {target}",
    why="A reference to nothing drops rows from every join.",
    fix="Add the missing row to the referenced table, or correct the reference.",
    example="person_id:string! boss:string→person_id\na,\nb,c\n",
)
AMBIGUOUS = Rule(
    code="ambiguous-reference",
    layer=Layer.DUCKDB,
    message="{value} in {columns} is on several rows of {target}",
    why="A reference names one row; a join with two of them doubles what it counts.",
    fix="Refer to a key of the table, or remove the row that repeats it.",
    example="incident_id:string! part:string parent:string→part\na,x,\nb,x,\nc,y,x\n",
)


def check_primary_keys(scene: Scene) -> Iterator[Verdict]:
    """No two rows of a table have the same primary key."""
    for judged in scene.tables.values():
        key = judged.opened.schema.primary_key
        if key:
            yield _repeats(scene, judged, PRIMARY_KEY, key)


def check_unique(scene: Scene) -> Iterator[Verdict]:
    """No two rows of a table have the same value in a unique column, or in a unique key."""
    for judged in scene.tables.values():
        schema = judged.opened.schema
        for column in schema.columns:
            if column.constraints.get("unique") is True and schema.primary_key != (column.name,):
                yield _repeats(scene, judged, UNIQUE_ERROR, (column.name,), "unique")
        for key in schema.unique_keys:
            yield _repeats(scene, judged, UNIQUE_ERROR, key, "uniqueKeys")


def check_foreign_keys(scene: Scene) -> Iterator[Verdict]:
    """Each reference finds a row in the table it refers to."""
    for judged in scene.tables.values():
        for key in judged.opened.schema.foreign_keys:
            yield from _references(scene, judged, key)


def _unready(judged: Judged, columns: Sequence[str]) -> str | None:
    """Why a key cannot be looked at, or None."""
    if not judged.opened.parts:
        return f"the table {judged.opened.table.name} could not be read"
    absent = next((name for name in columns if name not in judged.opened.positions), None)
    return None if absent is None else f"the column {absent} is not in {judged.opened.table.name}"


def _repeats(
    scene: Scene, judged: Judged, rule: Rule, columns: Sequence[str], constraint: str | None = None
) -> Verdict:
    told = verdict(judged, rule, columns, constraint)
    reason = _unready(judged, columns)
    if reason is not None:
        return replace(told, rows=None, skipped=reason)
    count, pairs = scene.repeated(judged, columns)
    findings = _repeated(scene, judged, (rule, columns, constraint), dict(pairs))
    return replace(told, failures=count, findings=pack(findings))


def _repeated(
    scene: Scene, judged: Judged, law: tuple[Rule, Sequence[str], str | None], first_of: Mapping[int, int]
) -> Iterator[Finding]:
    """A finding for each row that repeats the key of an earlier one."""
    rule, columns, constraint = law
    firsts = dict(scene.rows(judged, first_of.values()))
    for row, at in scene.rows(judged, first_of):
        value = ", ".join(quoted(cell(at, judged.opened.positions[name])) for name in columns)
        first = firsts.get(first_of[row])
        where = f"row {first_of[row]}" if first is None or first.line is None else f"line {first.line}"
        if first is not None and first.shown != at.shown:
            where += f" of {first.shown}"
        told = {"value": value, "columns": listed(columns), "where": where, "constraint": constraint}
        told["note"] = f"{value} in {listed(columns)} is already on {where}"
        finding = Finding.of(rule, place(judged, at, row, columns[0]), **told)
        yield replace(finding, excerpt=excerpt(judged, at, columns[0]))


def _references(scene: Scene, judged: Judged, key: ForeignKey) -> Iterator[Verdict]:
    target = scene.tables.get(key.table) if key.table is not None else judged
    if not key.columns or len(key.columns) != len(key.target_columns):
        reason: str | None = "it does not name as many columns as it refers to"
    elif target is None:
        reason = f"the table {key.table} could not be read"
    else:
        reason = _unready(judged, key.columns) or _unready(target, key.target_columns)
    if reason is not None or target is None:
        yield replace(verdict(judged, FOREIGN_KEY, key.columns), rows=None, skipped=reason)
        if target is not None and (absent := [name for name in key.target_columns if name not in target.opened.schema]):
            yield _undeclared(judged, target, key, absent[0])
        return
    for rule, rows_of in ((FOREIGN_KEY, scene.orphans), (AMBIGUOUS, scene.ambiguous)):
        if rule is FOREIGN_KEY or not _is_key(target, key.target_columns):
            count, rows = rows_of(judged, key.columns, target, key.target_columns)
            findings = pack(_referring(scene, judged, key, rule, rows))
            yield replace(verdict(judged, rule, key.columns), failures=count, findings=findings)


def _is_key(target: Judged, columns: Sequence[str]) -> bool:
    """Whether the columns are a key of their table; that it is broken is told there."""
    schema = target.opened.schema
    alone = [(column.name,) for column in schema.columns if column.constraints.get("unique") is True]
    return any(set(known) <= set(columns) for known in (schema.primary_key, *schema.unique_keys, *alone) if known)


def _undeclared(judged: Judged, target: Judged, key: ForeignKey, absent: str) -> Verdict:
    number = judged.opened.schema.foreign_keys.index(key)
    note = f"the foreign key {key} refers to the column {absent}, which {target.opened.table.name} does not have"
    declared = judged.opened.table.declared
    line = declared.line("foreignKeys", number) if declared is not None else None
    shown = declared.shown if declared is not None else judged.opened.table.shown[0]
    where = Place(shown, judged.opened.table.name, line=line)
    return verdict_of(SCHEMA_ERROR, [Finding.of(SCHEMA_ERROR, where, note=note)], table=judged.opened.table.name)


def _referring(scene: Scene, judged: Judged, key: ForeignKey, rule: Rule, rows: Sequence[int]) -> Iterator[Finding]:
    """A finding for each row that refers to nothing, or to several rows."""
    aim = f"{key.table or judged.opened.table.name}.{listed(key.target_columns)}"
    for row, at in scene.rows(judged, rows):
        value = ", ".join(quoted(cell(at, judged.opened.positions[name])) for name in key.columns)
        told = {"value": value, "columns": listed(key.columns), "target": aim}
        finding = Finding.of(rule, place(judged, at, row, key.columns[0]), **told)
        yield replace(finding, excerpt=excerpt(judged, at, key.columns[0]))
