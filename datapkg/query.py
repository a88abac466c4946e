"""`query`: SQL over the tables of a dataset or a release, typed and read-only."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING

from datapkg import targets
from datapkg.dataset import Dataset, Table
from datapkg.engine.connection import Workspace, workspace
from datapkg.engine.export import open_typed
from datapkg.engine.judge import Judged, judge
from datapkg.engine.query import batches, select, tables_read
from datapkg.errors import OutputError, TargetError
from datapkg.law import TYPE_ERROR, Clause, Law
from datapkg.limits import Limits
from datapkg.project import Project

if TYPE_CHECKING:
    import pyarrow


@dataclass(frozen=True)
class Answer:
    """What a query selects: its columns, its rows by batches, and what was wrong with the data."""

    schema: "pyarrow.Schema"
    batches: "Iterator[pyarrow.RecordBatch]"
    warnings: tuple[str, ...]


@contextmanager
def query(target: str, sql: str, project: Project | None = None, *, limits: Limits = Limits()) -> Iterator[Answer]:
    """The answer of one SELECT over the tables of `target`: a dataset, package, file or release.

    A cell that is not of its column's type is null; a warning counts them. Only tables that the
    statement names are read. Raises TargetError where the target does not exist or such a table
    cannot be read, QueryError where the SQL is anything but one SELECT that runs.
    """
    dataset = find(target, project)
    with workspace(limits) as space:
        wanted = _wanted(dataset, tables_read(space, sql))
        judged = {table.name: _typed(space, dataset, table) for table in wanted}
        warnings = tuple(line for item in judged.values() if (line := _warning(item)) is not None)
        reader = select(space, judged, sql)
        yield Answer(reader.schema, batches(reader), warnings)


def find(target: str, project: Project | None) -> Dataset:
    """The dataset or, for `NAME@RANGE`, the release that `target` names."""
    if not targets.is_path(target) and "@" in target:
        target = targets.release_folder(target, project).as_posix()
    return targets.dataset(target, project)


def _wanted(dataset: Dataset, named: set[str]) -> list[Table]:
    """The tables a statement names; all of them where it names any other, or none."""
    names = {name.lower() for name in named}
    if not names or names - {table.name.lower() for table in dataset.tables}:
        return [table for table in dataset.tables if table.paths]
    return [table for table in dataset.tables if table.name.lower() in names]


def _typed(space: Workspace, dataset: Dataset, table: Table) -> Judged:
    if table.schema is None:
        judged = open_typed(space, table)
    else:
        types = tuple(Clause(TYPE_ERROR, "type", column.name) for column in table.schema.columns)
        judged = judge(space, table, Law(table.schema, types), space.limits.findings)
    if not judged.opened.parts:
        note = dataset.unreadable.get(table.name) or next(
            (str(fault.words.get("note")) for fault in judged.opened.faults.shown if fault.words.get("note")),
            "it has no file",
        )
        raise TargetError(f"{table.shown[0]} cannot be read: {note}")
    return judged


def _warning(judged: Judged) -> str | None:
    """What validation would find in a table's cells and structure, in one line; None for nothing."""
    cells, structure = sum(judged.failures.values()), sum(judged.opened.faults.counts.values())
    told = []
    if cells:
        told.append(f"{cells:,} {'cell is' if cells == 1 else 'cells are'} not of the column's type and read as null")
    if structure:
        told.append(f"{structure:,} {'fault' if structure == 1 else 'faults'} of the file's structure")
    return f"{judged.opened.table.shown[0]}: {', '.join(told)}; `datapkg validate` lists them" if told else None


def write_parquet(answer: Answer, path: Path) -> None:
    """Write the answer as a Parquet file; OutputError where that is not possible."""
    import pyarrow
    import pyarrow.parquet

    fresh = path.with_name(f".{path.name}.{token_hex(4)}")
    try:
        with pyarrow.parquet.ParquetWriter(fresh, answer.schema, compression="zstd") as writer:
            for batch in answer.batches:
                writer.write_batch(batch)
        fresh.replace(path)
    except (OSError, pyarrow.ArrowException) as error:
        raise OutputError(f"{path} cannot be written: {error}") from None
    finally:
        fresh.unlink(missing_ok=True)
