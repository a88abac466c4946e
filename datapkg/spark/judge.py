"""The one pass on a cluster: cells typed, each clause of the law a truth per row, all counted by one job.

What was judged is kept by the workers (in memory, else on their disks) with the row's number, so
that keys and SQL rules work on values and need not read the files again.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import reduce
from typing import TYPE_CHECKING, Any

from datapkg.cells.patterns import linear
from datapkg.cells.predicates import ORDER, listed
from datapkg.cells.values import literal
from datapkg.engine.casts import UnknownType
from datapkg.engine.compiling import compile_clauses
from datapkg.engine.judge import Judged, not_run
from datapkg.engine.opened import Fault
from datapkg.law import Clause, Law, RuleFault
from datapkg.schema import ROW, Column, Schema
from datapkg.spark import casts
from datapkg.spark import lines as text
from datapkg.spark.functions import holds
from datapkg.spark.opening import Source, nested, quoted
from datapkg.spark.patterns import java
from datapkg.spark.session import failures, line_of

if TYPE_CHECKING:
    import duckdb
    from pyspark.sql import Column as Expression
    from pyspark.sql import DataFrame

BLANK, EXTRA, MISSING = "datapkg:blank", "datapkg:extra", "datapkg:missing"
INTEGERS = ("tinyint", "smallint", "int", "bigint")
SAME = (("float", "double"), ("timestamp", "timestamp_ntz"))
"""Types of files and of ours where each value of the one is one of the other."""


@dataclass(frozen=True)
class Kept:
    """What the workers hold of a judged table: `frame` has ROW, the typed columns and a truth for each clause."""

    source: Source
    judged: Judged
    frame: "DataFrame | None" = None
    ragged: Mapping[str, int] = field(default_factory=dict)

    @property
    def rows(self) -> "DataFrame":
        """The rows that have any value."""
        assert self.frame is not None
        return self.frame.where(f"NOT {quoted(BLANK)}")


def broken(index: int) -> str:
    """The column that is true where a row breaks the clause."""
    return f"datapkg:broken:{index}"


def judge_table(con: "duckdb.DuckDBPyConnection", source: Source, law: Law | None, *, small: bool = False) -> Kept:
    """The table judged. `con` compiles the law, as on one machine; nothing of the data comes to it.

    Raises RuleFault where a rule cannot be compiled or run.
    """
    opened = source.opened
    law = law or Law(opened.schema, ())
    every = tuple(range(len(law.clauses)))
    wanted = opened.parts or any(clause.column is None for clause in law.clauses)
    reads = compile_clauses(con, law, every, opened.schema.columns if wanted else ()).reads
    unread = _unread(opened.schema)
    there = opened if source.frame is not None else replace(opened, parts=())
    judged = Judged(opened, law, {}, not_run(there, law, reads, unread), reads, unread=unread)
    if source.frame is None:
        return Kept(source, judged)
    try:
        return _pass(source, judged, small=small)
    except failures() as error:
        if any(clause.column is None for clause in law.clauses):
            raise RuleFault(f"a rule of {opened.table.name} does not run: {line_of(error)}") from error
        opened.faults.add(Fault("source-error", opened.table.shown[0], words={"note": line_of(error)}))
        lost = Source(replace(opened, parts=()))
        return Kept(lost, Judged(lost.opened, law, {}, not_run(lost.opened, law, reads, unread), reads, unread=unread))


def _unread(schema: Schema) -> tuple[tuple[Column, str], ...]:
    from pyspark.sql import functions as F  # noqa: N812

    found = []
    for column in schema.columns:
        try:
            casts.typed(column, F.lit(None).cast("string"))
        except UnknownType as unknown:
            found.append((column, str(unknown)))
    return tuple(found)


def _pass(source: Source, judged: Judged, *, small: bool) -> Kept:
    from pyspark import StorageLevel
    from pyspark.sql import functions as F  # noqa: N812

    frame, running = _flagged(source, judged), judged.running
    # What is small is cut off from how it came about, whose plan costs more than the rows.
    frame = frame.localCheckpoint(eager=False) if small else frame.persist(StorageLevel.MEMORY_AND_DISK)
    sums = [F.count_if(F.col(quoted(broken(index)))).alias(f"b{index}") for index in running]
    zones = [index for index in running if judged.law.clauses[index].subject == "zone"]
    values = [F.count(F.col(quoted(judged.reads[index][0]))).alias(f"v{index}") for index in zones]
    ragged = [F.coalesce(F.sum(quoted(name)), F.lit(0)).alias(name) for name in (EXTRA, MISSING)]
    flags = [F.count_if(F.col(name)).alias(name) for name in (quoted(BLANK), text.BROKEN)]
    (told,) = frame.agg(F.count("*").alias("rows"), *sums, *values, *ragged, *flags).collect()
    if told["rows"] != source.opened.rows:
        frame.unpersist()
        note = f"it held {source.opened.rows:,} rows at first and {told['rows']:,} when it was judged"
        source.opened.faults.add(Fault("source-error", source.opened.table.shown[0], words={"note": note}))
        lost = Source(replace(source.opened, parts=()))
        skipped = not_run(lost.opened, judged.law, judged.reads, judged.unread)
        return Kept(lost, replace(judged, opened=lost.opened, skipped=skipped))
    failures = {index: told[f"b{index}"] for index in running}
    for index in zones:
        if failures[index] == told[f"v{index}"]:
            failures[index] = 0  # none has a zone, which is one meaning for all
    counts = {EXTRA: told[EXTRA], MISSING: told[MISSING], text.BROKEN: told[-1]}
    return Kept(source, replace(judged, failures=failures, blanks=told[-2]), frame, counts)


# ---------------------------------------------------------------- one truth per clause


def _flagged(source: Source, judged: Judged) -> "DataFrame":
    """ROW, the typed columns, a truth for each clause that runs, and how the row stands against the header."""
    import narwhals.stable.v1 as nw
    from pyspark.sql import functions as F  # noqa: N812

    opened, law = source.opened, judged.law
    assert source.frame is not None
    present = [column for column in opened.schema.columns if column.name in opened.positions]
    texts = [source.text(opened.positions[column.name]).alias(_cell(column)) for column in present]
    base = _blanks(source).select(f"`{ROW}`", *_standing(source), *(f"c{n}" for n in _raw(source)), *texts)
    typed = base.select(
        "*", *(_value(source, column, F.col(quoted(_cell(column)))).alias(column.name) for column in present)
    )
    told = [index for index in judged.running if law.clauses[index].subject == "value"]
    own = {index: _own(law, index) for index in told}
    fine = nw.to_native(_added(nw.from_native(typed), [law.clauses[n] for n in told if own[n] is None], law.clauses))
    flags = []
    for index in judged.running:
        flag = _broken(source, judged, index, own.get(index))
        flags.append(F.coalesce(flag & ~F.col(quoted(BLANK)), F.lit(False)).alias(broken(index)))
    found: DataFrame = fine.select(
        f"`{ROW}`",
        quoted(BLANK),
        text.BROKEN,
        quoted(EXTRA),
        quoted(MISSING),
        *(quoted(column.name) for column in present),
        *flags,
    )
    return found


def _added(frame: Any, clauses: Sequence[Clause], every: Sequence[Clause]) -> Any:
    """The frame with `fine:N` for each clause, N being its place among `every`. RuleFault names one that fails."""
    try:
        told = {f"fine:{every.index(clause)}": _expression(clause)(frame) for clause in clauses}
        more = frame.with_columns(**told) if told else frame
        assert more.collect_schema()
    except Exception as error:
        if len(clauses) > 1:
            for clause in clauses:
                _added(frame, [clause], every)
            raise RuleFault("the rules compile one by one but not together") from error
        raise RuleFault(f"{clauses[0].rule.code}: {line_of(error)}", clauses[0]) from error
    return more


def _expression(clause: Clause) -> Callable[[Any], Any]:
    assert clause.expression is not None
    return clause.expression


def _blanks(source: Source) -> "DataFrame":
    """The rows, and whether all their cells are empty."""
    from pyspark.sql import functions as F  # noqa: N812

    assert source.frame is not None
    if source.kinds is not None:
        return source.frame
    empty = F.forall(text.CELLS, lambda cell: cell == "")
    return source.frame.withColumn(BLANK, ~F.col(text.BROKEN) & empty)


def _standing(source: Source) -> "list[Expression]":
    """How a row stands against the header: blank, with quotes that are wrong, with cells too many or too few."""
    from pyspark.sql import functions as F  # noqa: N812

    if source.kinds is not None:
        told = {BLANK: F.lit(False), text.BROKEN: F.lit(False), EXTRA: F.lit(0), MISSING: F.lit(0)}
        return [value.alias(name) for name, value in told.items()]
    sound = ~F.col(text.BROKEN) & ~F.col(quoted(BLANK))
    gap, zero = F.size(text.CELLS) - F.lit(len(source.opened.cells)), F.lit(0)
    return [
        F.col(quoted(BLANK)),
        F.col(text.BROKEN),
        F.when(sound, F.greatest(gap, zero)).otherwise(zero).alias(EXTRA),
        F.when(sound, F.greatest(-gap, zero)).otherwise(zero).alias(MISSING),
    ]


def _raw(source: Source) -> list[int]:
    """The columns of a typed file that its own values are needed of."""
    return sorted(set(source.opened.positions.values())) if source.kinds is not None else []


def _cell(column: Column) -> str:
    return f"cell:{column.number}"


def _broken(source: Source, judged: Judged, index: int, own: "Expression | None") -> "Expression":
    """True where the clause is broken, false or null where it is not; the meaning is that of `engine.judge`."""
    from pyspark.sql import functions as F  # noqa: N812

    clause, schema = judged.law.clauses[index], source.opened.schema
    if clause.subject in ("type", "missing", "zone"):
        column = schema[judged.reads[index][0]]
        cell, value = F.col(quoted(_cell(column))), F.col(quoted(column.name))
        if clause.subject == "type":
            return F.lit(False) if _always(source, column) else value.isNull() & ~_missing(cell, column)
        if clause.subject == "missing":
            return _missing(cell, column) | (cell.isNull() if source.kinds is not None else F.lit(False))
        zoned = cell.endswith("Z") | F.substring(cell, -6, 1).isin("+", "-")
        return F.lit(False) if source.kinds is not None else value.isNotNull() & ~zoned
    flag = ~(own if own is not None else F.col(quoted(f"fine:{index}")))
    if clause.column is not None:
        cell = F.col(quoted(_cell(schema[clause.column])))
        return flag & ~_missing(cell, schema[clause.column]) if clause.predicate is not None else flag
    if source.kinds is not None:
        return flag
    sound = (_sound(source, schema[column]) for column in judged.reads[index])
    return reduce(lambda one, other: one & other, sound, flag)


def _own(law: Law, index: int) -> "Expression | None":
    """A clause that narwhals does not say in Spark's words alike, said here; None where it does."""
    from pyspark.sql import functions as F  # noqa: N812

    clause = law.clauses[index]
    if clause.column is None:
        return None
    column, name = law.schema[clause.column], clause.constraint or ""
    values = [category.value for category in column.categories]
    bound = values if name == "categories" else column.constraints.get(name)
    value = F.col(quoted(column.name))
    if clause.predicate is not None:
        return holds(column, F.col(quoted(_cell(column))), name, bound)
    try:
        if name == "pattern":
            return value.rlike(rf"\A(?:{java(linear(str(bound)))})\z")
    except ValueError as error:
        raise RuleFault(str(error), clause) from None
    if column.type in ("time", "datetime") and name in ORDER:
        compared: Expression = ORDER[name](value, _literal(literal(column, bound)))
        return compared
    if column.type in ("time", "datetime") and name in ("enum", "categories"):
        return reduce(lambda one, other: one | other, (value == _literal(one) for one in listed(column, bound)))
    return None


def _literal(value: Any) -> "Expression":
    """A time or a moment as Spark holds it."""
    from pyspark.sql import functions as F  # noqa: N812

    text_ = value.isoformat()
    return F.lit(text_).cast("timestamp_ntz") if hasattr(value, "year") else F.lit(text_)


def _missing(cell: "Expression", column: Column) -> "Expression":
    """Whether the cell is one of the texts that mean no value; null where there is no cell."""
    return cell.isin(list(column.missing_values)) if column.missing_values else cell != cell  # noqa: PLR0124


def _sound(source: Source, column: Column) -> "Expression":
    from pyspark.sql import functions as F  # noqa: N812

    cell = F.col(quoted(_cell(column)))
    if _plain(column):
        return cell.isNotNull()
    return F.col(quoted(column.name)).isNotNull() | _missing(cell, column)


def _plain(column: Column) -> bool:
    try:
        return casts.known(column) is not None or casts.plain(column)
    except ValueError:
        return True


# ---------------------------------------------------------------- values


def _value(source: Source, column: Column, cell: "Expression") -> "Expression":
    from pyspark.sql import functions as F  # noqa: N812

    storage = casts.storage(column)
    kind = source.kinds[source.opened.positions[column.name]] if source.kinds is not None else ""
    if source.kinds is not None and _always(source, column) and not nested(kind):
        return F.col(f"c{source.opened.positions[column.name]}").cast(storage)
    try:
        value = casts.typed(column, cell)
    except UnknownType:
        value = cell if storage == "string" else F.lit(None).cast(storage)
    if kind and not _fits(column, kind):
        value = F.lit(None).cast(storage)
    return F.when(~_missing(cell, column), value)


def _always(source: Source, column: Column) -> bool:
    """Whether each value that the file holds is one of the column's."""
    if source.kinds is None:
        return _plain(column)
    kind, wanted = source.kinds[source.opened.positions[column.name]], casts.storage(column)
    if (kind in INTEGERS and wanted == "bigint") or (kind, wanted) in SAME:
        return True
    if column.storage in ("VARCHAR", "TIME"):
        return _plain(column) and _fits(column, kind)
    return kind == wanted


def _fits(column: Column, kind: str) -> bool:
    """Whether values of the file's type can be values of the column at all; their texts say whether they are."""
    if column.type == "any":
        return True
    if kind.startswith("array<"):
        return column.type == "array" or (column.type, column.format) == ("geopoint", "array")
    if kind.startswith(("struct<", "map<")):
        return column.type in ("object", "geojson") or (column.type, column.format) == ("geopoint", "object")
    if column.type == "boolean" and kind != "boolean":
        return kind == "string"
    return kind == "string" or (column.type not in ("string", "list") and kind != "binary")
