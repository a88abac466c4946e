"""Tables typed and kept as tables of the connection, for whoever reads all of their columns."""

from collections.abc import Sequence
from pathlib import Path

from datapkg.engine.connection import Workspace
from datapkg.engine.judge import Judged, breaks, judge
from datapkg.engine.sql import name, text, texts
from datapkg.errors import OutputError
from datapkg.law import MIXED_ZONES, Clause, Law, RuleFault
from datapkg.resources import Table
from datapkg.schema import ROW, Column


def open_typed(space: Workspace, table: Table) -> Judged:
    """The table with its cells typed and no law applied; a cell that is not of its type is null.

    Only whether its moments have a zone is looked at.

    Raises OutputError where disk or memory end.
    """
    law = None
    if table.schema is not None:
        moments = [c.name for c in table.schema.columns if c.type == "datetime" and c.format == "default"]
        law = Law(table.schema, tuple(Clause(MIXED_ZONES, "zone", column) for column in moments))
    try:
        return judge(space, table, law, space.limits.findings)
    except RuleFault as fault:
        raise OutputError(str(fault)) from fault


def write_keys(space: Workspace, table: Table, path: Path) -> None:
    """Write the key of each row of a table as texts, in Parquet; of a table without one, nothing is written."""
    judged = open_typed(space, table)
    key = judged.opened.schema.primary_key
    if key and judged.opened.parts and judged.opened.positions.keys() >= {*key}:
        cells = ", ".join(f"CAST({name(column)} AS VARCHAR) AS {name(column)}" for column in key)
        query = f"SELECT {cells} FROM {judged.kept}"
        space.con.execute(f"COPY ({query}) TO {text(path.as_posix())} (FORMAT parquet)")


def columns(judged: Judged) -> tuple[Column, ...]:
    """The columns of the schema that the table has, in the schema's order."""
    return tuple(column for column in judged.opened.schema.columns if column.name in judged.opened.positions)


def whole(space: Workspace, judged: Judged) -> bool:
    """Whether the judgement of the table kept all of its columns; OutputError where there is nothing to keep."""
    if not judged.opened.parts:
        raise OutputError(f"the table {judged.opened.table.name} cannot be read")
    there = {row[0] for row in space.con.execute(f"DESCRIBE {judged.kept}").fetchall()}
    return there >= {ROW, *(column.name for column in columns(judged))}


def zoned(space: Workspace, judged: Judged, column: str) -> bool | None:
    """Whether each moment of a column was written with a zone; None where there is none, or some were not."""
    index = next((i for i in judged.running if _is_zone(judged, i, column)), None)
    if index is None:
        return None
    counts = f"count({name(column)}), count_if({breaks(judged, index)})"
    known, bare = space.con.execute(f"SELECT {counts} FROM {judged.kept}").fetchall()[0]
    return None if not known or 0 < bare < known else not bare


def _is_zone(judged: Judged, index: int, column: str) -> bool:
    clause = judged.law.clauses[index]
    return clause.subject == "zone" and clause.column == column


def strays(space: Workspace, judged: Judged, column: str, declared: Sequence[str]) -> list[str]:
    """The texts of a column that are not among those declared, in order."""
    cell = name(column)
    query = f"SELECT DISTINCT {cell} FROM {judged.kept} WHERE {cell} NOT IN ({texts(declared)}) ORDER BY 1"
    return [text for (text,) in space.con.execute(query).fetchall()]
