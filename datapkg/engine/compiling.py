"""The clauses of a law as DuckDB SQL, and the columns each of them reads.

narwhals writes the SQL; it is compiled over a view of the right columns and no rows, so that no
file is looked at, and runs once that view is the table itself.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from datapkg.cells.patterns import linear
from datapkg.engine.sql import name, text
from datapkg.errors import DatapkgError
from datapkg.law import Clause, Law, RuleFault
from datapkg.schema import ROW, Column

if TYPE_CHECKING:
    import duckdb

TYPED = '"datapkg:typed"'
BLANK = '"datapkg:blank"'
"""The column of TYPED that says whether a row has no value at all."""
GROUP = 64
"""Clauses compiled at a time: the time for each grows with the columns around it."""
MANY_WORDS = 64
"""Texts for no value above which SQL has them once for a column."""
SELECTED = re.compile(
    rf'WITH ("[^"]+") AS NOT MATERIALIZED \(\s+SELECT \* FROM \(\s+SELECT \* FROM {TYPED}\s+\) AS "[^"]+"\s+\)\s+'
    rf'SELECT (.*) FROM \1 AS "[^"]+"',
    re.DOTALL,
)
"""SQL that selects expressions over TYPED, as DuckDB writes it for a relation."""


@dataclass(frozen=True)
class Compiled:
    """`query` selects all columns of TYPED and `fine:N` for each expression; `reads` are columns by clause."""

    query: str
    reads: Mapping[int, tuple[str, ...]]


def compile_clauses(
    con: "duckdb.DuckDBPyConnection", law: Law, indices: Sequence[int], columns: Sequence[Column]
) -> Compiled:
    """The clauses of `law` at `indices`, over `columns`. Raises RuleFault naming one that does not compile.

    Without `columns` nothing is to run, and only what is written in the clauses is looked at.
    """
    for index in indices:
        _check_pattern(con, law.clauses[index])
    reads: dict[int, tuple[str, ...]] = {
        index: (column,) for index in indices if (column := law.clauses[index].column) is not None
    }
    if not columns and len(reads) == len(indices):
        return Compiled(f"SELECT * FROM {TYPED}", reads)
    fits = "".join(f", NULL::BOOLEAN AS {name(f'fits:{n}')}" for n in indices if law.clauses[n].predicate is not None)
    _stub(con, columns, fits)
    told = [index for index in indices if law.clauses[index].expression is not None]
    within, across = [index for index in told if index in reads], [index for index in told if index not in reads]
    apart = len(within) > GROUP
    query = _query(con, law, across if apart else told)
    if across:
        serialized = con.execute(f"SELECT json_serialize_sql({text(query)})").fetchall()[0][0]
        items = json.loads(serialized)["statements"][0]["node"]["select_list"]
        by_alias = {item["alias"]: item for item in items}
        reads |= {index: tuple(dict.fromkeys(_references(by_alias[f"fine:{index}"]))) for index in across}
    if apart:
        found = [_expressions(con, law, within[start : start + GROUP]) for start in range(0, len(within), GROUP)]
        query = f"SELECT *, {', '.join(found)} FROM ({query})"
        _stub(con, columns, fits)
    return Compiled(query, reads)


def _stub(con: "duckdb.DuckDBPyConnection", columns: Sequence[Column], fits: str = "") -> None:
    """TYPED as a view of the columns and no rows."""
    stub = "".join(
        f", NULL::{column.storage} AS {name(column.name)}, NULL::VARCHAR AS {name(f'cell:{column.name}')}"
        for column in columns
    )
    stub += "".join(f", NULL::BOOLEAN AS {flag}" for column in columns if (flag := missing_flag(column)))
    con.execute(
        f"CREATE OR REPLACE TEMP VIEW {TYPED} AS SELECT NULL::BIGINT AS {name(ROW)}, false AS {BLANK}{stub}{fits}"
    )


def missing_flag(column: Column) -> str | None:
    """The column of TYPED that says whether the cell means no value, where many texts do."""
    return name(f"datapkg:missing:{column.number}") if len(column.missing_values) > MANY_WORDS else None


def _check_pattern(con: "duckdb.DuckDBPyConnection", clause: Clause) -> None:
    """Raises RuleFault for a pattern that is none by itself, which brackets around it could hide."""
    import duckdb

    if clause.constraint != "pattern":
        return
    try:
        con.execute(f"SELECT regexp_matches('', {text(linear(str(clause.bound)))})")
    except duckdb.Error as error:
        note = str(error).splitlines()[0].removeprefix("Invalid Input Error: ")
        reason = "; look-around and back-references take unbounded time" if "(?" in note or "escape" in note else ""
        raise RuleFault(f"{clause.bound!r} is no pattern of RE2: {note}{reason}", clause) from None


def _expressions(con: "duckdb.DuckDBPyConnection", law: Law, told: Sequence[int]) -> str:
    """The SQL of clauses about single columns, over a view of just these."""
    _stub(con, [law.schema[column] for column in dict.fromkeys(law.clauses[index].column or "" for index in told)])
    query = _query(con, law, told, alone=True)
    match = SELECTED.fullmatch(query)
    if match is None:
        raise DatapkgError("this version of DuckDB writes relations in a way that is not known here")
    return match[2]


def _query(con: "duckdb.DuckDBPyConnection", law: Law, told: Sequence[int], *, alone: bool = False) -> str:
    """SQL for all columns of TYPED and the clauses `told`, or for these `alone`."""
    import narwhals.stable.v1 as nw

    if not told:
        return f"SELECT * FROM {TYPED}"
    frame: Any = nw.from_native(con.sql(f"SELECT * FROM {TYPED}"))
    expressions = {}
    try:
        for index in told:
            function = law.clauses[index].expression
            assert function is not None
            expressions[f"fine:{index}"] = function(frame)
        selected = frame.select(**expressions) if alone else frame.with_columns(**expressions)
        return str(nw.to_native(selected).sql_query())
    except Exception as error:
        if len(told) == 1:
            clause = law.clauses[told[0]]
            note = (str(error).splitlines() or [type(error).__name__])[0]
            raise RuleFault(f"{clause.rule.code}: {note}", clause) from error
    for index in told:
        _query(con, law, [index])
    raise RuleFault("the rules compile one by one but not together")


def _references(node: Any) -> Iterator[str]:
    if isinstance(node, list):
        for item in node:
            yield from _references(item)
    elif isinstance(node, dict):
        if node.get("class") == "COLUMN_REF":
            yield node["column_names"][-1]
        for item in node.values():
            yield from _references(item)
