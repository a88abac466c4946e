"""A corrupted table judged: alone first, then, where nothing was found, with all that its rules read."""

import re
import shutil
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import mkdtemp

from datapkg.dataset import Dataset, Table
from datapkg.findings import DatasetReport, Finding, Severity, Verdict
from datapkg.mutate.sheet import Edit
from datapkg.project import Project
from datapkg.targets import belongs
from datapkg.validate import validate_dataset

Key = tuple[str, str | None, str | None, str | None]
COMMENT = re.compile(r"^--.*$", re.MULTILINE)
DYNAMIC = re.compile(r"\bquery(_table)?\s*\(", re.IGNORECASE)


@dataclass(frozen=True)
class Round:
    """One way of judging a table: with these tables and rules; `before` is what they say of it clean."""

    dataset: Dataset
    project: Project | None
    before: Counter[Key]


@dataclass(frozen=True)
class Bench:
    """All that judges the corruptions of one table: cheap rounds first."""

    table: Table
    rounds: tuple[Round, ...]
    scratch: Path


@dataclass(frozen=True)
class Sentence:
    """What judging a mutant gave: the codes of new errors and warnings, and the new errors themselves."""

    codes: tuple[str, ...]
    warnings: tuple[str, ...]
    findings: tuple[Finding, ...]


def set_up(dataset: Dataset, project: Project | None, table: Table, scratch: Path) -> Bench:
    """The bench of a table. `scratch` is a private folder, for the project's rules that concern it."""
    own = project if belongs(dataset, project) else None
    rules = _rules_on(table.name, own)
    near = {table.name} | _neighbours(dataset, table)
    for path in rules:
        near |= {other.name for other in dataset.tables if _names(path, other.name)}
    circles: list[tuple[set[str], list[Path]]] = [({table.name}, [])]
    if near != {table.name} or rules:
        circles.append((near, rules))
    rounds = []
    for number, (names, files) in enumerate(circles):
        shape = _whole if number == 0 else _bare
        tables = tuple(shape(other, table) for other in dataset.tables if other.name in names)
        part, law = replace(dataset, tables=tables), project
        if own is not None:
            law = replace(own, schemas=scratch / table.name / f"rules{number}")
            _copy_rules(own, law, files)
            part = replace(part, tables=tuple(_at_home(other, own, law) for other in part.tables))
        rounds.append(Round(part, law, _failures(validate_dataset(part, law))))
    return Bench(table, tuple(rounds), scratch)


def sentence(bench: Bench, edit: Edit) -> Sentence:
    """What the rules say of a corrupted table; nothing of it is left behind."""
    folder = Path(mkdtemp(dir=bench.scratch))
    path = folder / bench.table.paths[0].name
    path.write_bytes(edit.data if edit.raw else encoded(edit.data, bench.table.encoding))
    found = Sentence((), (), ())
    try:
        for ring in bench.rounds:
            dataset = replace(ring.dataset, tables=tuple(_instead(t, bench.table, path) for t in ring.dataset.tables))
            new = _new(validate_dataset(dataset, ring.project), ring.before)
            errors = [verdict for verdict in new if verdict.severity is Severity.ERROR]
            softer = {*found.warnings, *(verdict.code for verdict in new if verdict.severity is not Severity.ERROR)}
            findings = tuple(f for verdict in errors for f in verdict.findings if not f.waived)
            found = Sentence(tuple(sorted({verdict.code for verdict in errors})), tuple(sorted(softer)), findings)
            if found.codes:
                break
    finally:
        path.unlink()
        folder.rmdir()
    return found


def encoded(data: bytes, encoding: str) -> bytes:
    """A text in UTF-8 in another encoding; what that cannot say stays as it is."""
    return data if is_utf_8(encoding) else data.decode("utf-8", "replace").encode(encoding, "xmlcharrefreplace")


def is_utf_8(encoding: str) -> bool:
    """Whether an encoding is UTF-8, whatever it is called."""
    return encoding.lower().replace("_", "-") in ("utf-8", "utf8", "utf-8-sig")


def _neighbours(dataset: Dataset, table: Table) -> set[str]:
    """The tables that a table refers to, or that refer to it."""
    near = {key.table for key in table.schema.foreign_keys if key.table} if table.schema else set()
    for other in dataset.tables:
        if other.schema and any(key.table == table.name for key in other.schema.foreign_keys):
            near.add(other.name)
    return near


def _rules_on(table: str, project: Project | None) -> list[Path]:
    """The SQL rules that may read a table: those that name it, or may build a name."""
    if project is None:
        return []
    return [path for path in sorted((project.schemas / "cross").glob("*.sql")) if _names(path, table)]


def _names(path: Path, table: str) -> bool:
    text = COMMENT.sub("", path.read_text(encoding="utf-8", errors="replace").lower())
    return re.search(rf"(?<![a-z0-9_]){re.escape(table.lower())}(?![a-z0-9_])", text) is not None or bool(
        DYNAMIC.search(text)
    )


def _copy_rules(own: Project, law: Project, files: Iterable[Path]) -> None:
    """A project's schemas and row rules, and some of its SQL rules, where `law` looks for them."""
    (law.schemas / "cross").mkdir(parents=True)
    for path in sorted(own.schemas.glob("*")):
        if path.is_file() and not path.is_symlink():
            shutil.copyfile(path, law.schemas / path.name)
    for path in files:
        shutil.copyfile(path, law.schemas / "cross" / path.name)


def _at_home(table: Table, own: Project, law: Project) -> Table:
    """The table with its schema where the copied row rules lie."""
    if table.schema_path is None or table.schema_path.parent != own.schemas:
        return table
    return replace(table, schema_path=law.schemas / table.schema_path.name)


def _whole(table: Table, corrupted: Table) -> Table:
    """The corrupted table with all its law. A digest would catch every change and say nothing of the rules."""
    return replace(table, bytes=None, hash=None)


def _bare(table: Table, corrupted: Table) -> Table:
    """A table as keys and SQL rules see it: its types and what ties it to the corrupted one.

    What its rows alone must obey was judged before, or has not changed.
    """
    schema = table.schema
    if schema is not None:
        keys = [key for key in schema.foreign_keys if corrupted.name in (table.name, key.table)]
        columns = tuple(replace(column, constraints={}, categories=()) for column in schema.columns)
        schema = replace(schema, columns=columns, unique_keys=(), foreign_keys=tuple(keys))
    return replace(table, schema=schema, schema_path=None, bytes=None, hash=None)


def _instead(table: Table, corrupted: Table, path: Path) -> Table:
    if table.name != corrupted.name:
        return table
    return replace(table, paths=(path, *table.paths[1:]))


def _failures(report: DatasetReport) -> Counter[Key]:
    failures: Counter[Key] = Counter()
    for verdict in report.verdicts:
        failures[_key(verdict)] += verdict.failures - verdict.waived
    return failures


def _new(report: DatasetReport, before: Counter[Key]) -> list[Verdict]:
    """The verdicts that count more unwaived failures than on the clean table."""
    more = _failures(report) - before
    return [verdict for verdict in report.verdicts if more[_key(verdict)] > 0 and verdict.failures > verdict.waived]


def _key(verdict: Verdict) -> Key:
    return (f"{verdict.severity}:{verdict.code}", verdict.table, verdict.column, verdict.constraint)
