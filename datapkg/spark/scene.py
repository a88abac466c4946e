"""What the checks look at, where a cluster does the work: the same questions, answered by Spark."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from uuid import uuid4

from datapkg.checks.scene import Scene
from datapkg.engine.judge import Judged
from datapkg.engine.opened import Located
from datapkg.engine.queries import Answer
from datapkg.errors import DatapkgError
from datapkg.law import LateLaw, Law
from datapkg.resources import Table
from datapkg.schema import ROW
from datapkg.spark import keys
from datapkg.spark.addresses import addresses
from datapkg.spark.functions import ship
from datapkg.spark.judge import BLANK, Kept, broken, judge_table
from datapkg.spark.opening import open_table, quoted
from datapkg.spark.queries import Views, ask, counted
from datapkg.spark.rows import add_ragged, locate
from datapkg.spark.session import line_of
from datapkg.sqlrules import SqlRule

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

FEW = 1_000
"""Rows that are fetched at a time."""


@dataclass
class ClusterScene(Scene):
    """A scene whose tables lie on a cluster: `kept` are what its workers hold, by table."""

    session: "SparkSession | None" = None
    small: bool = False
    kept: dict[str, Kept] = field(default_factory=dict)
    views: dict[str, str] = field(default_factory=dict)
    _counts: dict[keys.Asked, int | Exception] = field(default_factory=dict)

    @property
    def spark(self) -> "SparkSession":
        """The session."""
        assert self.session is not None
        return self.session

    def prepare(self) -> None:
        """Send the workers what they need."""
        ship(self.spark)

    def judge(self, table: Table, law: Law | LateLaw | None, known: Mapping[str, Judged]) -> Judged:
        """The table opened and judged by the cluster."""
        if table.name in self.kept:
            self._drop(self.kept.pop(table.name))
        # What was not let through as a store that the cluster reaches stays unread.
        paths = () if table.name in self.dataset.unreadable else addresses(table)
        source = open_table(self.spark, table, paths, self.space.limits)
        with self.space.con.cursor() as con:
            kept = judge_table(con, source, law() if callable(law) else law, small=self.small)
        add_ragged(kept)
        self.kept[table.name] = kept
        return kept.judged

    def ask(self, rules: Sequence[SqlRule]) -> None:
        """Give the tables their views; each rule is asked when its answer is."""
        mark = uuid4().hex[:12]
        for number, (table, kept) in enumerate(self.kept.items()):
            if kept.frame is not None:
                self.views[table] = f"datapkg_{mark}_{number}"
                columns = [column.name for column in kept.source.opened.schema.columns]
                present = [quoted(name) for name in columns if name in kept.source.opened.positions]
                kept.rows.select(quoted(ROW), *present).createOrReplaceTempView(self.views[table])

    def answers(self, rules: Sequence[SqlRule]) -> list[Answer]:
        """What each rule selects."""
        own = {
            table: self.kept[table].source.opened.schema.primary_key
            for table in self.views
            if self.kept[table].source.opened.schema.primary_key
        }
        return ask(self.spark, Views(self.views, own), rules, self.limit)

    def close(self) -> None:
        """Let the workers forget what they hold."""
        for view in self.views.values():
            self.spark.catalog.dropTempView(view)
        for kept in self.kept.values():
            self._drop(kept)

    def _drop(self, kept: Kept) -> None:
        if kept.frame is not None:
            kept.frame.unpersist()

    # ------------------------------------------------------------ rows

    def failing(self, judged: Judged, clause: int) -> list[int]:
        """The first rows that break the clause, in order."""
        return self._first(self._held(judged).rows.where(quoted(broken(clause))))

    def blank(self, judged: Judged) -> tuple[int, ...]:
        """The first rows without any value."""
        kept = self._held(judged)
        if kept.frame is None or not judged.blanks:
            return ()
        return tuple(self._first(kept.frame.where(quoted(BLANK))))

    def rows(self, judged: Judged, rows: Iterable[int]) -> Iterator[tuple[int, Located]]:
        """Where the rows are in their files: each once, in order."""
        wanted, name = sorted(set(rows)), judged.opened.table.name
        unknown = [row for row in wanted if (name, row) not in self._kept]
        for start in range(0, len(unknown), FEW):
            for row, at in locate(self._held(judged), unknown[start : start + FEW]):
                self._keep((name, row), at)
        for row in wanted:
            if (name, row) in self._kept:
                yield row, self._kept[name, row]

    def _first(self, frame: "DataFrame") -> list[int]:
        row = quoted(ROW)
        return [found[0] for found in frame.select(row).orderBy(row).limit(self.limit).collect()]

    def _held(self, judged: Judged) -> Kept:
        return self.kept[judged.opened.table.name]

    # ------------------------------------------------------------ keys

    def repeated(self, judged: Judged, columns: Sequence[str]) -> tuple[int, list[tuple[int, int]]]:
        """How many rows repeat the key of an earlier row, and the first (row, earlier row) of them."""
        asked = keys.Repeated(judged.opened.table.name, tuple(columns))
        count = self._count(asked)
        if not count:
            return 0, []
        rows = asked.rows(self.kept).orderBy(quoted(ROW)).limit(self.limit).collect()
        return count, [(row[0], row[1]) for row in rows]

    def orphans(
        self, judged: Judged, columns: Sequence[str], target: Judged, target_columns: Sequence[str]
    ) -> tuple[int, list[int]]:
        """How many rows refer to no row of `target`, and the first of them."""
        return self._referring(keys.Orphans, judged, columns, target, target_columns)

    def ambiguous(
        self, judged: Judged, columns: Sequence[str], target: Judged, target_columns: Sequence[str]
    ) -> tuple[int, list[int]]:
        """How many rows refer to several rows of `target` at once, and the first of them."""
        return self._referring(keys.Ambiguous, judged, columns, target, target_columns)

    def _referring(
        self,
        kind: "type[keys.Orphans | keys.Ambiguous]",
        judged: Judged,
        columns: Sequence[str],
        target: Judged,
        target_columns: Sequence[str],
    ) -> tuple[int, list[int]]:
        names = judged.opened.table.name, target.opened.table.name
        asked = kind(names[0], tuple(columns), names[1], tuple(target_columns))
        count = self._count(asked)
        return (count, self._first(asked.rows(self.kept))) if count else (0, [])

    def _count(self, asked: keys.Asked) -> int:
        """The count of a question; with the first one of a table all that will be asked of it are counted."""
        if asked not in self._counts:
            wanted = dict.fromkeys([asked, *keys.all_of(self.kept[asked.table], self.kept)])
            frames = dict(enumerate(each.count(self.kept) for each in wanted))
            for each, count in zip(wanted, counted(frames).values(), strict=True):
                self._counts[each] = count
        count = self._counts[asked]
        if isinstance(count, Exception):
            raise DatapkgError(f"the key {', '.join(asked.columns)} of {asked.table} was not judged: {line_of(count)}")
        return count
