"""The run: every operator on every table that it applies to, each mutant judged."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, TypeVar

from datapkg import targets
from datapkg.dataset import Dataset, Table
from datapkg.errors import Refused, TargetError
from datapkg.findings import Report, cut
from datapkg.mutate.bench import Bench, encoded, is_utf_8, sentence, set_up
from datapkg.mutate.operator import Operator
from datapkg.mutate.operators import OPERATORS
from datapkg.mutate.score import Result, Score
from datapkg.mutate.sheet import Edit, Sheet, keys_of, read_sheet
from datapkg.project import Project
from datapkg.spelling import near
from datapkg.validate import validate_dataset
from datapkg.versions import TOOL

if TYPE_CHECKING:
    from datapkg.schema import Column, ForeignKey

LARGEST = 8 << 20
"""Bytes of a file that is still corrupted: its rows and a mutant or two are held in memory."""
ROUNDS = 3
"""How often an operator may give what it gave before, for each mutant that is wanted of it."""

Progress = Callable[[int, int], None]
Named = TypeVar("Named")


@dataclass(frozen=True)
class Plan:
    """What to corrupt, and how often. No tables or no operators: all of them.

    Operators of the review class run where `review` asks for them, or their names are given.
    """

    seed: int = 0
    per_operator: int = 1
    tables: Sequence[str] = ()
    operators: Sequence[str] = ()
    review: bool = False


def mutate(target: str, project: Project | None = None, plan: Plan = Plan(), progress: Progress | None = None) -> Score:
    """Corrupt a copy of a dataset in every way, and score what its rules say of it.

    The same seed gives the same mutants. The dataset itself is only read; Refused where it is not
    clean, since nothing could then be told. Raises TargetError where there is no such dataset,
    table or operator.
    """
    dataset = targets.dataset(target, project)
    operators = _chosen(plan.operators, {operator.name: operator for operator in OPERATORS}, "operator")
    operators = [one for one in operators if plan.review or not one.review or one.name in plan.operators]
    tables = _chosen(plan.tables, {table.name: table for table in dataset.tables}, "table")
    report = Report((validate_dataset(dataset, project),), TOOL)
    if not report.valid:
        count = report.counts["error"]
        raise Refused(
            f"{dataset.name} is not clean: it has {count} {'error' if count == 1 else 'errors'}; "
            "run `datapkg validate` and mend them first"
        )
    sheets, left = _sheets(dataset)
    tasks = [(table, operator) for table in tables if table.name in sheets for operator in operators]
    with TemporaryDirectory(prefix="datapkg-mutate-", ignore_cleanup_errors=True) as scratch:
        benches = {name: set_up(dataset, project, sheets[name][0], Path(scratch)) for name in _once(tasks)}

        def judged(task: tuple[Table, Operator]) -> list[Result]:
            table, operator = task
            found = edits(sheets[table.name][1], operator, f"{plan.seed}:{table.name}", plan.per_operator)
            return [_result(benches[table.name], operator, edit) for edit in found if _real(table, edit)]

        results: list[Result] = []
        with ThreadPoolExecutor(max_workers=2) as pool:
            for number, found in enumerate(pool.map(judged, tasks), 1):
                results.extend(found)
                if progress is not None:
                    progress(number, len(tasks))
    columns = tuple((name, tuple(column.name for column in sheets[name][1].schema.columns)) for name in _once(tasks))
    told = tuple((table.name, left[table.name]) for table in tables if table.name in left)
    return Score(dataset.name, dataset.version, plan.seed, plan.per_operator, columns, tuple(results), told)


def _once(tasks: Sequence[tuple[Table, Operator]]) -> list[str]:
    return list(dict.fromkeys(table.name for table, _ in tasks))


def _real(table: Table, edit: Edit) -> bool:
    """Whether the bytes are a corruption in the encoding of the table."""
    return not edit.raw or is_utf_8(table.encoding)


def edits(sheet: Sheet, operator: Operator, seed: str, wanted: int) -> Iterator[Edit]:
    """What an operator makes of a table: `wanted` different edits at most, of as many columns as there are.

    Each operator has its own random numbers, so that the choice of others changes nothing.
    """
    rng = Random(f"{seed}:{operator.name}")  # noqa: S311  (chance for tests, not for secrets)
    columns = [c for c in sheet.schema.columns if c.name in sheet.positions and operator.applies(sheet.schema, c)]
    rng.shuffle(columns)
    places: list[Column | None] = [*columns] if operator.by_column else [None] * bool(columns)
    seen: set[tuple[object, ...]] = set()
    for _ in range(wanted * ROUNDS):
        for column in places:
            edit = operator.change(sheet, column, rng) if sheet.rows else None
            mark = (edit.lines, edit.column, edit.old, edit.new) if edit is not None else ()
            if edit is not None and mark not in seen and len(seen) < wanted:
                seen.add(mark)
                yield edit
        if len(seen) >= wanted:
            return


def _result(bench: Bench, operator: Operator, edit: Edit) -> Result:
    found = sentence(bench, edit)
    named = None
    if found.codes and edit.lines:
        named = any(f.place.path == bench.table.shown[0] and f.place.line in edit.lines for f in found.findings)
    return Result(
        operator=operator,
        table=bench.table.name,
        path=bench.table.shown[0],
        line=edit.lines[0] if edit.lines else None,
        column=edit.column,
        old=cut(edit.old) or "",
        new=cut(edit.new) or "",
        codes=found.codes,
        warnings=found.warnings,
        named=named,
    )


def _sheets(dataset: Dataset) -> tuple[dict[str, tuple[Table, Sheet]], dict[str, str]]:
    """Each table's first file as records, with what its keys may refer to; and why others are left."""
    read, left = {}, {}
    for table in dataset.tables:
        try:
            read[table.name] = (table, _read(table))
        except ValueError as reason:
            left[table.name] = str(reason)
    sheets = {}
    for name, (table, sheet) in read.items():
        keys: dict[ForeignKey, tuple[tuple[str, ...], ...]] = {}
        for key in sheet.schema.foreign_keys:
            other = read.get(key.table or name)
            values = keys_of(other[1], key.target_columns) if other is not None else iter(())
            keys[key] = tuple(dict.fromkeys(value for value in values if value is not None))
        others = [(other.name, mine) for other, mine in read.values()]
        sheets[name] = (table, replace(sheet, targets=keys, named=frozenset(_named(name, sheet, others))))
    return sheets, left


def _named(table: str, sheet: Sheet, others: Sequence[tuple[str, Sheet]]) -> Iterator[int]:
    """The rows that some row of the dataset refers to."""
    for name, other in others:
        for key in other.schema.foreign_keys:
            if (key.table or name) == table:
                used = set(keys_of(other, key.columns)) - {None}
                yield from (row for row, own in enumerate(keys_of(sheet, key.target_columns)) if own in used)


def _read(table: Table) -> Sheet:
    if table.schema is None or not table.schema.columns:
        raise ValueError("it has no schema, so there is nothing to break")
    if table.format != "csv" or not table.paths:
        raise ValueError(f"its format {table.format} is not delimited text")
    if len(table.dialect.header_rows) > 1:
        raise ValueError("its header has several rows")
    if table.paths[0].stat().st_size > LARGEST:
        raise ValueError(f"it is larger than {LARGEST >> 20} MiB")
    data = table.paths[0].read_bytes()
    try:
        text = data.decode(table.encoding)
    except (LookupError, UnicodeDecodeError):
        raise ValueError(f"it is no text in {table.encoding}") from None
    sheet = read_sheet(text.encode("utf-8"), table.schema, table.dialect)
    if encoded(sheet.data, table.encoding) != data or not sheet.rows:
        raise ValueError("it has no rows" if not sheet.rows else f"it cannot be written again in {table.encoding}")
    return sheet


def _chosen(names: Sequence[str], known: Mapping[str, Named], kind: str) -> list[Named]:
    """Those that were asked for, in the order they are known; all where none was."""
    for name in names:
        if name not in known:
            meant = near(name, known)
            raise TargetError(f"there is no {kind} {name!r}" + (f"; did you mean {meant}?" if meant else ""))
    return [one for name, one in known.items() if not names or name in names]
