"""The clauses of a law as DuckDB SQL, and the columns each of them reads.

narwhals writes the SQL; it is compiled over a view of the right columns and no rows, so that no
file is looked at, and runs once that view is the table itself.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
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
    _check_patterns(con, [law.clauses[index] for index in indices])
    reads: dict[int, tuple[str, ...]] = {
        index: (column,) for index in indices if (column := law.clauses[index].column) is not None
    }
    if not columns and len(reads) == len(indices):
        return Compiled(f"SELECT * FROM {TYPED}", reads)
    told = [index for index in indices if law.clauses[index].expression is not None]
    across = [index for index in told if index not in reads]
    # Together they cost less, unless they are so many that the columns around each cost more.
    first = told if across and len(told) <= GROUP else across
    rest = [index for index in told if index not in first]
    found = [_expressions(con, law, rest[start : start + GROUP]) for start in range(0, len(rest), GROUP)]
    if across:
        found.append(_expressions(con, law, first, columns))
        serialized = con.execute(f"SELECT json_serialize_sql({text(f'SELECT {found[-1]}')})").fetchall()[0][0]
        items = json.loads(serialized)["statements"][0]["node"]["select_list"]
        by_alias = {item["alias"]: item for item in items}
        reads |= {index: tuple(dict.fromkeys(_references(by_alias[f"fine:{index}"]))) for index in across}
    return Compiled(f"SELECT {', '.join(['*', *found])} FROM {TYPED}", reads)


def _stub(con: "duckdb.DuckDBPyConnection", columns: Iterable[Column]) -> None:
    """TYPED as a view of the columns and no rows."""
    stub = "".join(f", NULL::{column.storage} AS {name(column.name)}" for column in columns)
    con.execute(f"CREATE OR REPLACE TEMP VIEW {TYPED} AS SELECT NULL::BIGINT AS {name(ROW)}{stub}")


def missing_flag(column: Column) -> str | None:
    """The column of TYPED that says whether the cell means no value, where many texts do."""
    return name(f"datapkg:missing:{column.number}") if len(column.missing_values) > MANY_WORDS else None


def _check_patterns(con: "duckdb.DuckDBPyConnection", clauses: Sequence[Clause]) -> None:
    """Raises RuleFault for the first pattern that is none by itself, which brackets around it could hide."""
    import duckdb

    patterns = {linear(str(clause.bound)): clause for clause in reversed(clauses) if clause.constraint == "pattern"}
    if not patterns:
        return
    matches = (f"regexp_matches('', {text(pattern)})" for pattern in patterns)
    try:
        con.execute(f"SELECT {', '.join(matches)}")
    except duckdb.Error as error:
        if len(patterns) > 1:
            for clause in reversed(patterns.values()):
                _check_patterns(con, [clause])
        (clause, *_) = reversed(patterns.values())
        note = str(error).splitlines()[0].removeprefix("Invalid Input Error: ")
        reason = "; look-around and back-references take unbounded time" if "(?" in note or "escape" in note else ""
        raise RuleFault(f"{clause.bound!r} is no pattern of RE2: {note}{reason}", clause) from None


def _expressions(
    con: "duckdb.DuckDBPyConnection", law: Law, told: Sequence[int], columns: Sequence[Column] = ()
) -> str:
    """The SQL of clauses over a view of `columns`, else of the single columns that the clauses are about."""
    import narwhals.stable.v1 as nw

    own = dict.fromkeys(column for index in told if (column := law.clauses[index].column) is not None)
    _stub(con, columns or (law.schema[column] for column in own))
    frame: Any = nw.from_native(con.sql(f"SELECT * FROM {TYPED}"))
    expressions = {}
    try:
        for index in told:
            function = law.clauses[index].expression
            assert function is not None
            expressions[f"fine:{index}"] = function(frame)
        query = str(nw.to_native(frame.select(**expressions)).sql_query())
    except Exception as error:
        if len(told) == 1:
            clause = law.clauses[told[0]]
            note = (str(error).splitlines() or [type(error).__name__])[0]
            raise RuleFault(f"{clause.rule.code}: {note}", clause) from error
        for index in told:
            _expressions(con, law, [index], columns)
        raise RuleFault("the rules compile one by one but not together") from error
    match = SELECTED.fullmatch(query)
    if match is None:
        raise DatapkgError("this version of DuckDB writes relations in a way that is not known here")
    return match[2]


def _references(node: Any) -> Iterator[str]:
    if isinstance(node, list):
        for item in node:
            yield from _references(item)
    elif isinstance(node, dict):
        if node.get("class") == "COLUMN_REF":
            yield node["column_names"][-1]
        for item in node.values():
            yield from _references(item)
