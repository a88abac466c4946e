"""Which of several states of a table gave each row and cell its present value, in SQL over what was laid out."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from datapkg.engine.connection import Workspace
from datapkg.engine.laid import lay
from datapkg.engine.sql import name, text
from datapkg.errors import TargetError
from datapkg.resources import Table

Row = Mapping[str, str | None]


@dataclass(frozen=True)
class Texts:
    """A state of the table in the workspace: `k` is a row's key, `c0` and on are the texts of its cells."""

    at: str
    rows: int


def texts(space: Workspace, table: Table, key: Sequence[str], columns: Sequence[str], at: str) -> Texts:
    """The table as texts of its values; a column that it does not have has none. Of rows that share a key, one.

    Raises TargetError where it cannot be read or does not have the key.
    """
    laid = lay(space, table, "reading")
    if lacking := [column for column in key if column not in laid.cells]:
        raise TargetError(f"it has no column {lacking[0]}, which the key is made of now")
    spelled = [laid.cells[column].text("t") for column in key]
    if len(key) > 1:
        spelled = [f"{text(f'{column}=')} || {part}" for column, part in zip(key, spelled, strict=True)]
    cells = [laid.cells[column].text("t") if column in laid.cells else "CAST(NULL AS VARCHAR)" for column in columns]
    listed = ", ".join(f"{cell} AS c{number}" for number, cell in enumerate(cells))
    joined = " || ',' || ".join(spelled)
    source = f"SELECT {joined} AS k, {listed} FROM {laid.at} t"
    once = "WHERE k IS NOT NULL QUALIFY row_number() OVER (PARTITION BY k) = 1"
    space.con.execute(f"CREATE OR REPLACE TABLE {name(at)} AS SELECT * FROM ({source}) {once}")
    space.con.execute(f"DROP TABLE {laid.at}")
    (rows,) = space.con.execute(f"SELECT count(*) FROM {name(at)}").fetchall()[0]
    return Texts(name(at), rows)


def row(space: Workspace, state: Texts, key: str) -> tuple[str | None, ...] | None:
    """The cells of the row with a key, or None."""
    found = space.con.execute(f"SELECT * EXCLUDE (k) FROM {state.at} WHERE k = {text(key)}").fetchall()
    return found[0] if found else None


@dataclass(frozen=True)
class Traced:
    """A state with what gave each cell its value: beside `c0` stands `b0`, the number of a step."""

    at: str


def trace(space: Workspace, number: int, state: Texts, parents: Sequence[Traced], columns: int, at: str) -> Traced:
    """The state with the step that last changed each cell: that of a parent that has its value, else `number`."""
    joins = "".join(f" LEFT JOIN {parent.at} p{one} ON p{one}.k = n.k" for one, parent in enumerate(parents))
    told = []
    for cell in range(columns):
        whens = "".join(
            f" WHEN p{one}.k IS NOT NULL AND p{one}.c{cell} IS NOT DISTINCT FROM n.c{cell} THEN p{one}.b{cell}"
            for one in range(len(parents))
        )
        told.append(f"CASE{whens} ELSE {number} END AS b{cell}" if whens else f"{number} AS b{cell}")
    space.con.execute(f"CREATE OR REPLACE TABLE {name(at)} AS SELECT n.*, {', '.join(told)} FROM {state.at} n{joins}")
    return Traced(name(at))


def forget(space: Workspace, one: Traced | Texts) -> None:
    """Give back what a state takes."""
    space.con.execute(f"DROP TABLE IF EXISTS {one.at}")


def traced_rows(
    space: Workspace, first: Traced, second: Traced, columns: int
) -> Iterator[tuple[str, tuple[int, ...], tuple[int, ...]]]:
    """Each key, in order, with the steps of its cells in two traces of one state."""
    told = ", ".join(f"{side}.b{cell}" for side in "xy" for cell in range(columns))
    query = f"SELECT x.k, {told} FROM {first.at} x JOIN {second.at} y ON x.k = y.k ORDER BY x.k"
    result = space.con.execute(query)
    while batch := result.fetchmany(1000):
        for key, *steps in batch:
            yield key, tuple(steps[:columns]), tuple(steps[columns:])
