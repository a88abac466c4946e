"""Keys on a cluster, over what the pass kept: repeated values and references to nothing.

The meaning is that of `engine.keys`. Only the columns of a key and the row's number move between workers.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING

from datapkg.schema import ROW
from datapkg.spark.judge import Kept, broken
from datapkg.spark.opening import quoted

if TYPE_CHECKING:
    from pyspark.sql import Column as Expression
    from pyspark.sql import DataFrame

ROW_, FIRST, UNTYPED = quoted(ROW), "first", "untyped"


@dataclass(frozen=True)
class Asked(ABC):
    """A question about the key of a table: `rows` are those at fault, `count` is how many there are."""

    table: str
    columns: tuple[str, ...]

    @abstractmethod
    def rows(self, kept: Mapping[str, Kept]) -> "DataFrame":
        """The rows at fault, by number."""

    def count(self, kept: Mapping[str, Kept]) -> "DataFrame":
        """One row with one number."""
        from pyspark.sql import functions as F  # noqa: N812

        return self.rows(kept).agg(F.count("*"))


@dataclass(frozen=True)
class Repeated(Asked):
    """Which rows repeat the key of an earlier one? Rows with an unknown part of the key are not compared."""

    def rows(self, kept: Mapping[str, Kept]) -> "DataFrame":
        """The rows at fault, each with the first row of its key."""
        from pyspark.sql import functions as F  # noqa: N812

        known, groups = self._groups(kept[self.table])
        later = known.join(groups, list(groups.columns[: len(self.columns)])).where(F.col(ROW_) > F.col(FIRST))
        return later.select(ROW_, FIRST)

    def count(self, kept: Mapping[str, Kept]) -> "DataFrame":
        """How many they are, which the groups say by themselves."""
        from pyspark.sql import functions as F  # noqa: N812

        return self._groups(kept[self.table])[1].agg(F.coalesce(F.sum(F.col("times") - 1), F.lit(0)))

    def _groups(self, kept: Kept) -> "tuple[DataFrame, DataFrame]":
        from pyspark.sql import functions as F  # noqa: N812

        names = [f"k{number}" for number in range(len(self.columns))]
        known = _keyed(kept, self.columns, "k").where(_known(names))
        groups = known.groupBy(*names).agg(F.min(ROW_).alias(FIRST), F.count("*").alias("times"))
        return known, groups.where(F.col("times") > 1)


@dataclass(frozen=True)
class Orphans(Asked):
    """Which rows refer to no row of the target? Those without any part of the key refer to nothing."""

    target: str
    target_columns: tuple[str, ...]

    def rows(self, kept: Mapping[str, Kept]) -> "DataFrame":
        """The rows at fault."""
        from pyspark.sql import functions as F  # noqa: N812

        mine = _keyed(kept[self.table], self.columns, "k")
        theirs = _keyed(kept[self.target], self.target_columns, "t")
        refers = (F.col(f"k{number}").isNotNull() for number in range(len(self.columns)))
        mine = mine.where(reduce(lambda one, other: one | other, refers))
        if len(self.columns) > 1:
            mine = mine.where(~F.col(UNTYPED))
        return mine.join(_bare(theirs), _same(self, kept), "left_anti").select(ROW_)


@dataclass(frozen=True)
class Ambiguous(Asked):
    """Which rows refer to several rows of the target at once? A part that is unknown refers to none."""

    target: str
    target_columns: tuple[str, ...]

    def rows(self, kept: Mapping[str, Kept]) -> "DataFrame":
        """The rows at fault."""
        theirs = _bare(_keyed(kept[self.target], self.target_columns, "t"))
        twice = theirs.where(_known(theirs.columns)).groupBy(*theirs.columns).count().where("count > 1")
        names = [f"k{number}" for number in range(len(self.columns))]
        mine = _keyed(kept[self.table], self.columns, "k").where(_known(names))
        return mine.join(twice.drop("count"), _same(self, kept), "left_semi").select(ROW_)


def all_of(kept: Kept, others: Mapping[str, Kept]) -> Iterator[Asked]:
    """All that will be asked of the keys of a table that can be."""
    schema, table = kept.source.opened.schema, kept.source.opened.table.name
    alone = [(column.name,) for column in schema.columns if column.constraints.get("unique") is True]
    for key in (schema.primary_key, *alone, *schema.unique_keys):
        if key and _has(kept, key):
            yield Repeated(table, key)
    for foreign in schema.foreign_keys:
        name = foreign.table or table
        target = others.get(name)
        even = target is not None and len(foreign.columns) == len(foreign.target_columns) > 0
        if even and target is not None and _has(kept, foreign.columns) and _has(target, foreign.target_columns):
            yield Orphans(table, foreign.columns, name, foreign.target_columns)


def _has(kept: Kept, columns: Sequence[str]) -> bool:
    return kept.frame is not None and all(column in kept.source.opened.positions for column in columns)


def _keyed(kept: Kept, columns: Sequence[str], prefix: str) -> "DataFrame":
    """The key's columns under short names, with ROW, and whether a part of the key is not of its type."""
    from pyspark.sql import functions as F  # noqa: N812

    clauses, running = kept.judged.law.clauses, kept.judged.running
    types = [n for n in running if clauses[n].subject == "type" and clauses[n].column in columns]
    untyped = reduce(lambda one, other: one | other, (F.col(quoted(broken(n))) for n in types), F.lit(False))
    named = [F.col(quoted(column)).alias(f"{prefix}{number}") for number, column in enumerate(columns)]
    return kept.rows.select(ROW_, untyped.alias(UNTYPED), *named)


def _bare(keyed: "DataFrame") -> "DataFrame":
    return keyed.drop(ROW, UNTYPED)


def _known(names: Sequence[str]) -> "Expression":
    from pyspark.sql import functions as F  # noqa: N812

    return reduce(lambda one, other: one & other, (F.col(name).isNotNull() for name in names))


def _same(asked: Orphans | Ambiguous, kept: Mapping[str, Kept]) -> "Expression":
    from pyspark.sql import functions as F  # noqa: N812

    schemas = kept[asked.table].source.opened.schema, kept[asked.target].source.opened.schema
    pairs = []
    for number, (mine, theirs) in enumerate(zip(asked.columns, asked.target_columns, strict=True)):
        left, right = F.col(f"k{number}"), F.col(f"t{number}")
        if schemas[0][mine].storage != schemas[1][theirs].storage:
            left, right = left.cast("string"), right.cast("string")
        pairs.append(left == right if len(asked.columns) == 1 else left.eqNullSafe(right))
    return reduce(lambda one, other: one & other, pairs)
