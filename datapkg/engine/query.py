"""SQL given by a caller: one SELECT over the tables of a dataset, with nothing else in reach."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from datapkg.engine.connection import Workspace, connect
from datapkg.engine.export import columns
from datapkg.engine.judge import Judged
from datapkg.engine.sandbox import tables_of
from datapkg.engine.sql import name, names, texts
from datapkg.errors import QueryError

if TYPE_CHECKING:
    import duckdb
    import pyarrow
    import pyarrow.dataset

BATCH = 8_192


def tables_read(space: Workspace, sql: str) -> set[str]:
    """The tables that a statement names, as far as its text tells.

    Raises QueryError where it does not parse or is anything but one SELECT.
    """
    import duckdb

    try:
        statements = space.con.extract_statements(sql)
        if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
            raise QueryError("a query is exactly one SELECT")
        return tables_of(space.con, statements[0].query)
    except duckdb.Error as error:
        raise QueryError(_first_line(error)) from None


def select(space: Workspace, tables: Mapping[str, Judged], sql: str) -> "pyarrow.RecordBatchReader":
    """What the SELECT yields over the judged tables, by batches.

    From here on the workspace's connection reads these tables only: no file, no network, no
    setting can be reached. Raises QueryError where the statement does not run.
    """
    import duckdb

    space.con.close()
    space.con = connect(space.database, space.limits, read_only=True)
    for table, judged in tables.items():
        listed = names(column.name for column in columns(judged))
        space.con.execute(f"CREATE TEMP VIEW {name(table)} AS SELECT {listed} FROM {judged.kept}")
    space.con.execute("SET enable_external_access = false")
    space.con.execute("SET lock_configuration = true")
    try:
        return space.con.sql(sql).to_arrow_reader(BATCH)
    except (duckdb.Error, RuntimeError) as error:
        raise QueryError(_first_line(error)) from None


def batches(reader: "pyarrow.RecordBatchReader") -> "Iterator[pyarrow.RecordBatch]":
    """The batches of an answer; QueryError where the statement fails on its way."""
    import duckdb
    import pyarrow

    try:
        yield from reader
    except (duckdb.Error, pyarrow.ArrowException, OSError) as error:
        raise QueryError(_first_line(error)) from None


def open_views(
    tables: Mapping[str, Sequence[Path]], scanned: "Mapping[str, pyarrow.dataset.Dataset]" = MappingProxyType({})
) -> "duckdb.DuckDBPyConnection":
    """A connection in memory with a view over the Parquet files of each table, and over each Arrow dataset."""
    import duckdb

    config: dict[str, Any] = {
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
        "allow_community_extensions": False,
    }
    con = duckdb.connect(":memory:", config=config)
    con.execute("SET TimeZone = 'UTC'")
    for table, paths in tables.items():
        reader = f"read_parquet([{texts(path.as_posix() for path in paths)}], hive_partitioning=false)"
        con.execute(f"CREATE VIEW {name(table)} AS SELECT * FROM {reader}")
    for table, dataset in scanned.items():
        con.register(table, dataset)
    return con


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
