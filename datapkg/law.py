"""The one door to pandera: a Table Schema compiled into the law of one table.

A law is a list of clauses. A clause about values is an expression that is true where a row is
fine, written as a Pandera check over narwhals, so that the same clause runs in DuckDB, in plain
Pandera (`reference`) and on any other engine narwhals knows. A null result is no failure: what
is unknown breaks no rule.
"""

import json
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from datapkg.cells.contradictions import contradictions
from datapkg.cells.patterns import linear
from datapkg.cells.predicates import ORDER, ORDERED, Predicate, length, listed, of_constraint
from datapkg.cells.values import literal
from datapkg.findings import Layer, Rule, Severity
from datapkg.schema import Column, Schema

if TYPE_CHECKING:
    import pandera.pyarrow as pa

TYPE_ERROR = Rule(
    code="type-error",
    layer=Layer.FRICTIONLESS,
    message="{value} is not {expected}",
    why="A cell that is not of its column's type is lost or changed when the table is loaded.",
    fix="Write the cell as {expected}, or leave it empty where the value is unknown.",
    example="incident_id:string killed:integer\na,1\nb,many\n",
)
CONSTRAINT_ERROR = Rule(
    code="constraint-error",
    layer=Layer.PANDERA,
    message="{value} breaks the constraint {constraint}: {bound}",
    why="The schema promises every reader that this does not occur.",
    fix="Correct the cell, or change the constraint in the schema if the law is wrong.",
    example="incident_id:string killed:integer(minimum=0)\na,1\nb,-2\n",
)
RULE_ERROR = Rule(
    code="rule-error",
    layer=Layer.PANDERA,
    message="the rule {rule} cannot run: {note}",
    why="A rule that does not run protects nothing.",
    fix="Correct the rule's file.",
)
UNENFORCED = Rule(
    code="constraint-unenforced",
    layer=Layer.PANDERA,
    message="{constraint} of a column of type {type} cannot be checked: {note}",
    why="A constraint that nobody checks is a promise nobody keeps; it is never skipped in silence.",
    fix="Correct the constraint, or take it out of the schema.",
    example="incident_id:string(pattern=(?!b\\).*)\na\n",
)
PRIMARY_KEY = Rule(
    code="primary-key",
    layer=Layer.DUCKDB,
    message="{note}",
    why="A row without a key of its own cannot be cited, joined, corrected or compared.",
    fix="Give every row its own key; remove the row if it repeats another.",
    example="incident_id:string! killed:integer\na,1\na,2\n",
)

MIXED_ZONES = Rule(
    code="mixed-zones",
    layer=Layer.PANDERA,
    message="{value} has no time zone, where other cells of the column have one",
    why="A time without a zone beside times with one is hours off for some readers, and nobody sees it.",
    fix="Write the zone, such as Z or +04:30, or take it from all cells of the column.",
    example="seen:datetime\n2023-07-12T08:30:00Z\n2023-07-13T08:30:00\n",
)

RULES = (TYPE_ERROR, CONSTRAINT_ERROR, RULE_ERROR, UNENFORCED, PRIMARY_KEY, MIXED_ZONES)

EXPECTED = {
    "integer": "a whole number such as 12",
    "number": "a number such as 12.5",
    "boolean": "true or false",
    "date": "a date such as 2023-07-12",
    "time": "a time such as 08:30:00",
    "datetime": "a date and time such as 2023-07-12T08:30:00Z",
    "year": "a year such as 2023",
    "yearmonth": "a month such as 2023-07",
    "duration": "a duration such as P3D",
    "geopoint": "a point such as 71.095, 34.115",
}


SPARK_PANDAS, SPARK_SETTINGS = "pyspark.pandas", ("SPARK_LOCAL_IP", "PYARROW_IGNORE_TIMEZONE")
"""What Pandera imports where Spark is installed, in a second or so, and the settings that it makes for it."""


@dataclass(frozen=True)
class Clause:
    """One law on the rows of a table.

    `subject` says what it judges: "type" (the cell is of its column's type), "missing" (the
    cell must have a value), "zone" (a time has a zone where any of its column has one), or "value"
    (`expression`, true or null where the row is fine).
    `predicate` judges the cell's text instead, where the type is one that no engine has. `size`
    is how many values the clause lists, if it lists any.
    """

    rule: Rule
    subject: str
    column: str | None = None
    constraint: str | None = None
    bound: Any = None
    expression: Callable[[Any], Any] | None = None
    predicate: Predicate | None = None
    size: int = 0


@dataclass(frozen=True)
class Law:
    """All that one table's rows must obey; `unenforced` and `contradictions` are (column, property, note)."""

    schema: Schema
    clauses: tuple[Clause, ...]
    unenforced: tuple[tuple[Column, str, str], ...] = ()
    contradictions: tuple[tuple[Column, str, str], ...] = ()


LateLaw = Callable[[], Law | None]
"""A law that is waited for."""


class RuleFault(Exception):
    """A rule cannot be loaded, compiled or run; `clause` is the one at fault where it is known."""

    def __init__(self, note: str, clause: Clause | None = None) -> None:
        super().__init__(note)
        self.clause = clause


def compile_law(schema: Schema, row_rules: "tuple[pa.Check, ...]" = ()) -> Law:
    """The law of a table from its schema and the maintainers' row rules.

    Raises RuleFault where a row rule is no named Pandera check of an expression.
    """
    clauses: list[Clause] = []
    unenforced: list[tuple[Column, str, str]] = []
    for column in schema.columns:
        clauses.append(Clause(TYPE_ERROR, "type", column.name, bound=expected(column)))
        for name, bound in _declared(column):
            try:
                clauses.append(_clause(column, name, bound))
            except (ArithmeticError, AttributeError, KeyError, TypeError, ValueError) as error:
                unenforced.append((column, name, str(error)))
        if column.type == "datetime" and column.format == "default":
            clauses.append(Clause(MIXED_ZONES, "zone", column.name))
    optional = (name for name in schema.primary_key if name in schema and not schema[name].required)
    clauses.extend(Clause(PRIMARY_KEY, "missing", name) for name in optional)
    clauses.extend(_row_clause(check) for check in row_rules)
    against = tuple((column, name, note) for column in schema.columns for name, note in contradictions(column))
    return Law(schema, tuple(clauses), tuple(unenforced), against)


def load_row_rules(path: Path) -> "tuple[pa.Check, ...]":
    """The list CHECKS of a project's own `schemas/<table>.py`. Executes that file.

    Raises RuleFault where the file does not run or has no such list.
    """
    pa = _pandera()
    loader = SourceFileLoader(f"datapkg_rules_{path.stem}", path.as_posix())
    module = ModuleType(loader.name)
    module.__file__ = loader.path
    writes, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    try:
        # The text alone counts: bytecode that lies beside it may say something else.
        exec(loader.source_to_code(path.read_bytes(), loader.path), module.__dict__)  # noqa: S102  (as import does)
    except (Exception, SystemExit) as error:  # noqa: BLE001  (a maintainers' file can raise anything at all)
        raise RuleFault(f"{path.name} does not run: {type(error).__name__}: {error}") from None
    finally:
        sys.dont_write_bytecode = writes
    checks = getattr(module, "CHECKS", None)
    if not isinstance(checks, (list, tuple)) or not all(isinstance(check, pa.Check) for check in checks):
        raise RuleFault(f"{path.name} has no list CHECKS of Pandera checks")
    return tuple(checks)


def _pandera() -> Any:
    """Pandera for Arrow. Where Spark is installed too, it is not loaded for it, and not told where to listen."""
    held, environment = sys.modules.get(SPARK_PANDAS), {name: os.environ.get(name) for name in SPARK_SETTINGS}
    if held is None:
        sys.modules[SPARK_PANDAS] = None  # type: ignore[assignment]  # what Python takes for a module that is not there
    try:
        import pandera.pyarrow as pa
    finally:
        if held is None:
            del sys.modules[SPARK_PANDAS]
        for name, value in environment.items():
            if value is None:
                os.environ.pop(name, None)
    return pa


def reference(law: Law) -> "pa.DataFrameSchema":
    """The same law for plain Pandera: what `validate` of a typed Arrow table must agree with."""
    import pyarrow

    pandera = _pandera()
    arrow = {
        "BIGINT": pyarrow.int64(),
        "DOUBLE": pyarrow.float64(),
        "BOOLEAN": pyarrow.bool_(),
        "DATE": pyarrow.date32(),
        "TIME": None,  # a type that Pandera (0.35) does not know by way of narwhals
        "TIMESTAMP": pyarrow.timestamp("us"),
        "VARCHAR": pyarrow.string(),
    }
    columns = {
        column.name: pandera.Column(
            arrow[column.storage] if column.decimal is None else pyarrow.decimal128(*column.decimal),
            checks=[
                pandera.Check(
                    lambda data, clause=clause: _told(clause)(data),
                    native=False,
                    name=clause.constraint,
                )
                for clause in law.clauses
                if clause.column == column.name and clause.expression is not None
            ],
            nullable=not column.required,
        )
        for column in law.schema.columns
    }
    checks = [
        pandera.Check(lambda frame, clause=clause: _told(clause)(frame), native=False, name=clause.rule.code)
        for clause in law.clauses
        if clause.column is None
    ]
    schema: pa.DataFrameSchema = pandera.DataFrameSchema(columns, checks=checks)
    return schema


def _told(clause: Clause) -> Callable[[Any], Any]:
    assert clause.expression is not None
    return clause.expression


def expected(column: Column) -> str:
    """What a cell of `column` should look like, in words."""
    words = EXPECTED.get(column.type, f"of type {column.type}")
    if column.decimal is not None:
        digits, places = column.decimal
        words = f"a number written out in at most {digits} digits, {places} of them decimals"
    return words if column.format in ("default", "any") else f"of type {column.type} in the format {column.format}"


# ---------------------------------------------------------------- constraints of one column


def _declared(column: Column) -> Iterator[tuple[str, Any]]:
    """The constraints judged row by row, in the order of the schema; `unique` is a key's business."""
    for name, bound in column.constraints.items():
        if name != "unique" and bound is not False:
            yield name, bound
    if column.categories:
        yield "categories", [category.value for category in column.categories]


def _clause(column: Column, name: str, bound: Any) -> Clause:
    if name == "required":
        return Clause(CONSTRAINT_ERROR, "missing", column.name, name, "a value is required")
    size = len(bound) if isinstance(bound, list) else 0
    clause = Clause(CONSTRAINT_ERROR, "value", column.name, name, _shown(bound), size=size)
    if column.type in NATIVE:
        return replace(clause, expression=_expression(column, name, bound))
    return replace(clause, predicate=of_constraint(column, name, bound))


def _shown(bound: Any) -> str:
    if isinstance(bound, list):
        return ", ".join(json.dumps(item) if isinstance(item, (dict, list)) else str(item) for item in bound)
    return json.dumps(bound) if isinstance(bound, dict) else str(bound)


NATIVE = ("string", "any", "integer", "number", "boolean", "date", "time", "datetime", "year")
"""The types whose constraints are expressions; those of the others are predicates."""


def _expression(column: Column, name: str, bound: Any) -> Callable[[Any], Any]:
    """The constraint as a function of any frame; ValueError where the type does not know it."""
    import narwhals.stable.v1 as nw

    if name in ORDER and column.type in ORDERED:
        limit, compare = literal(column, bound), ORDER[name]
        if column.type == "number" and column.decimal is None:
            return lambda frame: compare(nw.col(column.name), limit) & ~nw.col(column.name).is_nan()
        return lambda frame: compare(nw.col(column.name), limit)
    if name in ("enum", "categories"):
        values = listed(column, bound)
        return lambda frame: nw.col(column.name).is_in(values)
    if name == "pattern" and column.type == "string":
        pattern = rf"\A(?:{linear(bound)})\z"
        return lambda frame: nw.col(column.name).str.contains(pattern)
    if name in ("minLength", "maxLength") and column.type == "string":
        size, compare = length(bound), ORDER["minimum" if name == "minLength" else "maximum"]
        return lambda frame: compare(nw.col(column.name).str.len_chars(), size)
    raise ValueError("it does not apply to values of this type")


# ---------------------------------------------------------------- rules over several columns


def _row_clause(check: "pa.Check") -> Clause:
    if not check.name or check.name == "<lambda>":
        raise RuleFault("a check has no name")
    rule = Rule(
        code=check.name,
        layer=Layer.PANDERA,
        severity=Severity.WARNING if check.raise_warning else Severity.ERROR,
        message=check.error or f"the row breaks {check.name}",
        why=check.title or "The maintainers declared it a law of this table.",
        fix=check.description or "Correct the row.",
    )
    # Pandera has no public way to the expression behind a check (0.35).
    function, arguments = check._check_fn, check._check_kwargs  # noqa: SLF001
    return Clause(rule, "value", expression=lambda frame: function(frame, **arguments))
