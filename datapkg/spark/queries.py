"""SQL rules on a cluster: DuckDB's SQL written in Spark's, over views of what the pass kept.

A rule that has no equal in Spark's SQL is told as one that did not run. It reads the tables of its
dataset and nothing else: what names a file, a setting or a function nobody here knows is refused.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING, Any

from datapkg.engine.queries import Answer
from datapkg.schema import ROW
from datapkg.spark.opening import quoted
from datapkg.spark.session import failures, line_of
from datapkg.sqlrules import SqlRule

if TYPE_CHECKING:
    from pyspark.sql import SparkSession
    from sqlglot import exp

CELL = 1_000
"""Characters of a selected value that are handed back; a finding quotes fewer."""
AT_ONCE = 8
"""Numbers that one job counts."""
ALL = "datapkg_all_"
"""What the name of a recursive table begins with while its rows may still repeat."""


class Untold(Exception):
    """A query that has no equal on a cluster, or may not run; `forbidden` says which."""

    def __init__(self, note: str, *, forbidden: bool = False) -> None:
        super().__init__(note)
        self.forbidden = forbidden


@dataclass(frozen=True)
class Query:
    """A rule in Spark's SQL, and the tables it reads as it writes them."""

    sql: str
    tables: frozenset[str]


@dataclass(frozen=True)
class Views:
    """The tables that rules read: `names` are those of their views, `keys` their primary keys."""

    names: Mapping[str, str]
    keys: Mapping[str, Sequence[str]]


def translated(query: str, views: Mapping[str, str]) -> Query:
    """A rule of DuckDB's SQL in Spark's, reading `views` by table. Raises Untold where that cannot be."""
    import sqlglot
    from sqlglot import exp

    try:
        statements = [statement for statement in sqlglot.parse(query, read="duckdb") if statement is not None]
    except sqlglot.errors.SqlglotError as error:
        raise Untold(f"it is not understood: {line_of(error)}") from None
    if not statements:
        raise Untold("it has no statement")
    if len(statements) != 1 or not isinstance(statements[0], exp.Query):
        raise Untold("it is not exactly one SELECT", forbidden=True)
    tree = statements[0]
    _check_functions(tree)
    defined = {cte.alias.lower() for cte in tree.find_all(exp.CTE)}
    read = _renamed(tree, defined, {table.lower(): view for table, view in views.items()})
    for node in list(tree.find_all(exp.Div)):
        _divide(node)
    for listing in list(tree.find_all(exp.GroupConcat)):
        _join(listing)
    for with_ in list(tree.find_all(exp.With)):
        if with_.args.get("recursive"):
            _repeat(with_)
    try:
        sql = tree.sql(dialect="spark", unsupported_level=sqlglot.ErrorLevel.RAISE, comments=False)
    except sqlglot.errors.SqlglotError as error:
        raise Untold(f"it has no equal in Spark's SQL: {line_of(error)}") from None
    return Query(sql, frozenset(read))


def _check_functions(tree: "exp.Expr") -> None:
    from sqlglot import exp

    for node in tree.find_all(exp.Anonymous, exp.AnonymousAggFunc, exp.Command):
        raise Untold(f"the function {node.name} is not known on a cluster")
    for node in tree.find_all(exp.Into, exp.Lock, exp.Parameter, exp.SessionParameter, exp.Placeholder):
        raise Untold(f"{node.key} is no part of a rule", forbidden=True)


def _renamed(tree: "exp.Expr", defined: Collection[str], views: Mapping[str, str]) -> set[str]:
    """The tables that are read, each put in place of by its view."""
    from sqlglot import exp

    read = set()
    for table in list(tree.find_all(exp.Table)):
        name = table.name.lower()
        if not isinstance(table.this, exp.Identifier):
            raise Untold("it reads what is no table of the dataset", forbidden=True)
        if name in defined and not table.db:
            if name in views:
                raise Untold(f"it gives the name of the table {table.name} to a table of its own")
            continue
        if table.db or table.catalog:
            raise Untold(f"it reads {table.sql()}, which is no table of the dataset", forbidden=True)
        read.add(table.name)
        if name in views:
            if not table.alias:
                table.set("alias", exp.TableAlias(this=exp.to_identifier(table.name, quoted=True)))
            table.set("this", exp.to_identifier(views[name], quoted=True))
    return read


def _divide(node: "exp.Div") -> None:
    """A division by zero is infinite or no number, as it is in DuckDB; Spark has an error for it."""
    from sqlglot import exp

    above, below = node.this, node.expression
    infinite = exp.cast(exp.Literal.string("Infinity"), "double")
    boundless = exp.Mul(this=exp.paren(above.copy()), expression=infinite)
    zero = exp.EQ(this=exp.paren(below.copy()), expression=exp.Literal.number(0))
    divided = exp.Div(this=above.copy(), expression=below.copy(), typed=node.args.get("typed"), safe=False)
    node.replace(exp.paren(exp.Case(ifs=[exp.If(this=zero, true=boundless)], default=divided)))


def _join(node: "exp.GroupConcat") -> None:
    """Texts joined in an order: Spark's own function for it fails beside counts of distinct values."""
    import sqlglot
    from sqlglot import exp

    order = node.this
    if not isinstance(order, exp.Order) or any(item.args.get("desc") for item in order.expressions):
        return
    text, between = order.this.sql("spark"), (node.args.get("separator") or exp.Literal.string(",")).sql("spark")
    keys = [item.this.sql("spark") for item in order.expressions]
    parts = ", ".join(f"{key} IS NULL, {key}" for key in keys)
    items = f"COLLECT_LIST(NAMED_STRUCT('o', STRUCT({parts}), 'v', {text})) FILTER (WHERE NOT {text} IS NULL)"
    listed = f"ARRAY_JOIN(TRANSFORM(ARRAY_SORT({items}), joined -> joined.v), {between})"
    node.replace(sqlglot.parse_one(f"CASE WHEN COUNT({text}) > 0 THEN {listed} END", read="spark"))


def _repeat(with_: "exp.With") -> None:
    """A recursion that leaves out what it has met, which Spark has not: all of it, and then each row once.

    Where it meets its own rows again, this one never ends, and Spark stops it with an error.
    """
    from sqlglot import exp

    found = []
    for cte in with_.expressions:
        body = cte.this
        if isinstance(body, exp.Union) and body.args.get("distinct") and _names_itself(cte):
            name = cte.alias
            inner = cte.copy()
            for table in inner.this.find_all(exp.Table):
                if table.name.lower() == name.lower():
                    if not table.alias:
                        table.set("alias", exp.TableAlias(this=exp.to_identifier(name)))
                    table.set("this", exp.to_identifier(ALL + name))
            inner.this.set("distinct", False)
            inner.args["alias"].set("this", exp.to_identifier(ALL + name))
            found.append(inner)
            cte = exp.CTE(
                this=exp.select("*").distinct().from_(ALL + name),
                alias=exp.TableAlias(this=exp.to_identifier(name)),
            )
        found.append(cte)
    with_.set("expressions", found)


def _names_itself(cte: "exp.CTE") -> bool:
    from sqlglot import exp

    return any(table.name.lower() == cte.alias.lower() for table in cte.this.find_all(exp.Table))


# ---------------------------------------------------------------- asking


def ask(session: "SparkSession", views: Views, rules: Sequence[SqlRule], limit: int) -> list[Answer]:
    """What each rule selects: its complete count and the first rows, or why it did not run."""
    found: dict[int, Answer] = {}
    frames: dict[int, tuple[Query, Any]] = {}
    known = {name.lower() for name in views.names}
    for number, rule in enumerate(rules):
        try:
            told = translated(rule.query, views.names)
            absent = tuple(sorted(name for name in told.tables if name.lower() not in known))
            if absent:
                found[number] = Answer(absent=absent)
            else:
                frame = session.sql(told.sql)
                assert frame.columns
                frames[number] = told, frame
        except Untold as untold:
            found[number] = Answer(forbidden=str(untold)) if untold.forbidden else Answer(error=str(untold))
        except failures() as error:
            found[number] = Answer(unbound=line_of(error))
    counts = counted({number: frame.agg(_every()) for number, (_, frame) in frames.items()})
    for number, count in counts.items():
        told, frame = frames[number]
        try:
            if isinstance(count, Exception):
                raise count
            table = rules[number].table or (_table_of(views, told, frame.columns) if count else None)
            rows = _bad_rows(frame, views, session, table, limit) if count else ()
            found[number] = Answer(count=count, table=table, rows=rows)
        except failures() as error:
            found[number] = Answer(error=line_of(error))
    return [found[number] for number in range(len(rules))]


def _every() -> Any:
    from pyspark.sql import functions as F  # noqa: N812

    return F.count("*")


def counted(frames: Mapping[int, Any]) -> dict[int, "int | Exception"]:
    """The one number of each frame, many by one job; what went wrong with one of them is its own."""
    from pyspark.sql import functions as F  # noqa: N812

    found: dict[int, int | Exception] = {}
    numbers = list(frames)
    for start in range(0, len(numbers), AT_ONCE):
        some = numbers[start : start + AT_ONCE]
        named = [frames[number].toDF("count").select(F.lit(number).alias("number"), F.col("count")) for number in some]
        try:
            rows = reduce(lambda one, other: one.unionAll(other), named).collect()
            found.update({row[0]: int(row[1]) for row in rows})
        except failures():
            for number in some:
                try:
                    found[number] = int(frames[number].collect()[0][0])
                except failures() as error:
                    found[number] = error
    return found


def _table_of(views: Views, told: Query, columns: Sequence[str]) -> str | None:
    """The table whose rows a rule without `-- table:` selects: the one it reads whose key is among its columns."""
    selected, read = {column.lower() for column in columns}, {name.lower() for name in told.tables}
    keyed = {
        table: {key.lower() for key in keys}
        for table, keys in views.keys.items()
        if table.lower() in read and {key.lower() for key in keys} <= selected
    }
    longest = max(map(len, keyed.values()), default=0)
    found = [table for table, keys in keyed.items() if len(keys) == longest]
    return found[0] if len(found) == 1 else None


def _bad_rows(
    frame: Any, views: Views, session: "SparkSession", table: str | None, limit: int
) -> tuple[Mapping[str, str | None], ...]:
    """The selected rows as texts, each with the data row it is about where that is known."""
    from pyspark.sql import functions as F  # noqa: N812

    names = frame.columns
    selected = frame.toDF(*(f"q{number}" for number in range(len(names))))
    row = F.lit(None).cast("bigint").alias("row")
    if table is not None and table in views.keys:
        keys = views.keys[table]
        lowered = [name.lower() for name in names]
        places = (
            session.table(views.names[table])
            .groupBy(*(quoted(key) for key in keys))
            .agg(F.min(quoted(ROW)).alias("row"))
        )
        places = places.toDF(*(f"p{number}" for number in range(len(keys))), "row")
        same = [F.col(f"q{lowered.index(key.lower())}").eqNullSafe(F.col(f"p{n}")) for n, key in enumerate(keys)]
        selected = selected.join(places, same, "left")
        row = F.col("row")
    order = [F.asc_nulls_last("row"), *(F.asc_nulls_last(f"q{number}") for number in range(len(names)))]
    texts = [
        F.substring(F.col(f"q{number}").cast("string"), 1, CELL).alias(f"q{number}") for number in range(len(names))
    ]
    found = selected.withColumn("row", row).orderBy(*order).limit(limit).select("row", *texts).collect()
    return tuple({ROW: told[0], **dict(zip(names, told[1:], strict=True))} for told in found)
