"""SQL that is true only of a cell with which nothing is wrong, in fewer steps than to find out what is.

Where it is true of a whole row, the pass looks no further at these cells. It may be too strict, and
must never be too lax: what it does not let through is judged in full.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from datapkg.cells.predicates import listed
from datapkg.cells.values import bare, boolean_words, literal, number_forms
from datapkg.engine.sql import text, texts
from datapkg.engine.survey import Texture
from datapkg.law import Clause
from datapkg.schema import Column

LISTED = 64
"""The most values of a list that are compared one by one."""
PLAIN = (("", ""), ("", "."))
"""No character between groups of digits, and the point, if any, before their fraction."""
BOUNDS = {"minimum": ">=", "maximum": "<=", "exclusiveMinimum": ">", "exclusiveMaximum": "<"}


@dataclass(frozen=True)
class Cell:
    """A cell as SQL: its text, what that is cast to, whether it means no value; and what it may have in it."""

    text: str
    value: str
    missing: str
    texture: Texture


def value(column: Column, text: str) -> str:
    """SQL for what DuckDB casts a text to in a column of numbers or dates, whether or not it is of that type."""
    return f"TRY_CAST({text} AS {column.storage})"


def proof(column: Column, clauses: Sequence[Clause], cell: Cell) -> str | None:
    """SQL that is true only where the cell breaks none of the column's clauses; None where there is no such."""
    try:
        told, needed = _of_type(column, cell), False
        for clause in clauses:
            if clause.subject == "missing":
                needed = True
            elif clause.subject == "value" and clause.constraint is not None:
                told.append(_holds(column, clause.constraint, cell))
            elif clause.subject != "type":
                return None
    except (_Unproved, ArithmeticError, AttributeError, KeyError, TypeError, ValueError):
        return None
    fine = " AND ".join(told)
    if needed:
        return f"{fine} AND NOT {cell.missing}" if fine else f"NOT {cell.missing}"
    return f"({cell.missing} OR {fine})" if fine else None


class _Unproved(Exception):
    """There is no quick way."""


def _of_type(column: Column, cell: Cell) -> list[str]:
    """SQL that is true only where the cell is of the column's type; none where every text is."""
    if column.format != "default":
        raise _Unproved
    if column.type == "string":
        return []
    if column.type == "boolean":
        return [f"{cell.text} IN ({texts(word for words in boolean_words(column) for word in words)})"]
    if column.type == "date":
        return [f"CAST({cell.value} AS VARCHAR) = {cell.text} AND strlen({cell.text}) = 10"]
    if column.type not in ("integer", "number") or not bare(column) or number_forms(column)[1:] not in PLAIN:
        raise _Unproved
    if column.type == "integer":
        return [f"CAST({cell.value} AS VARCHAR) = {cell.text}"]
    if cell.texture.inner or cell.texture.controls:
        raise _Unproved
    # DuckDB reads a number as the standard does, but for white space around it, `_` between digits, and `+-1`.
    signed = f"{cell.text} >= '+' AND {cell.text} < ','"
    plain = f"NOT contains({cell.text}, ' ') AND NOT contains({cell.text}, '_') AND NOT ({signed})"
    return [f"isfinite({cell.value}) AND {plain}"]


def _holds(column: Column, constraint: str, cell: Cell) -> str:
    """SQL that is true only where the constraint holds of the value of the cell."""
    if constraint in BOUNDS and column.type in ("integer", "number", "date"):
        return f"{cell.value} {BOUNDS[constraint]} {_literal(literal(column, column.constraints[constraint]))}"
    if constraint in ("enum", "categories") and column.type == "string":
        bound = column.constraints["enum"] if constraint == "enum" else [one.value for one in column.categories]
        values = listed(column, bound)
        if 0 < len(values) <= LISTED and not any("\0" in value for value in values):
            return f"{cell.text} IN ({texts(values)})"
    raise _Unproved


def _literal(value: Any) -> str:
    if isinstance(value, date):
        return f"DATE {text(value.isoformat())}"
    if isinstance(value, float):
        if not math.isfinite(value):
            raise _Unproved
        return f"CAST({text(repr(value))} AS DOUBLE)"
    return f"CAST({text(str(value))} AS BIGINT)"
