"""What every check looks at: the judged tables of one dataset, and how a finding is placed."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from datapkg.dataset import Dataset
from datapkg.engine.connection import Workspace
from datapkg.engine.judge import Judged, Uses, failing_rows, judge
from datapkg.engine.keys import ambiguous, orphans, repeated
from datapkg.engine.locate import locate
from datapkg.engine.opened import Located
from datapkg.engine.queries import Answer, answers, ask, start_sandbox
from datapkg.findings import Excerpt, Place, Rule, Verdict, cut
from datapkg.law import LateLaw, Law
from datapkg.resources import Table
from datapkg.sqlrules import SqlRule
from datapkg.views import View, Viewed

QUOTED_LIMIT = 80
KEPT = 1 << 26
"""Bytes, or so, of rows that are kept for the next rule that fails on the same rows."""
CELL = 150
"""Bytes that a kept cell costs beside its text."""
EXCERPT = 200
"""Characters of a line that are kept on either side of the beginning of its cell."""


@dataclass
class Scene:
    """One dataset under judgement, and the engine that answers what the checks ask: here DuckDB.

    `derived` are the views that it declares, `viewed` those of them that were made, by name.
    `released` is the version and the folder of its last release, where there is one. `needs` is what
    the checks read, by table; of a table that is not there, all is kept.
    """

    space: Workspace
    dataset: Dataset
    tables: dict[str, Judged]
    sql_rules: tuple[SqlRule, ...] = ()
    known_tables: frozenset[str] = frozenset()
    released: tuple[str, Path] | None = None
    derived: tuple[View, ...] = ()
    viewed: dict[str, Viewed] = field(default_factory=dict)
    needs: Mapping[str, Uses] = field(default_factory=dict)
    _kept: dict[tuple[str, int], Located] = field(default_factory=dict)
    _cost: int = 0

    @property
    def limit(self) -> int:
        """How many findings of each rule and table are shown."""
        return self.space.limits.findings

    def prepare(self) -> None:
        """Start what takes its time, where SQL rules will be asked."""
        start_sandbox(self.space)

    def judge(self, table: Table, law: Law | LateLaw | None, known: Mapping[str, Judged]) -> Judged:
        """The table opened and judged, with tables at hand that it refers to; several may be judged at once."""
        return judge(self.space, table, law, self.limit, replace(self.needs.get(table.name, Uses()), known=known))

    def ask(self, rules: Sequence[SqlRule]) -> None:
        """Hand over the rules, all tables being judged; `answers` has what they select."""
        ask(self.space, self.tables, rules)

    def answers(self, rules: Sequence[SqlRule]) -> list[Answer]:
        """What each rule selects, in order."""
        return answers(self.space, self.tables, rules)

    def failing(self, judged: Judged, clause: int) -> list[int]:
        """The first rows that break a clause, in order."""
        return failing_rows(self.space.con, judged, clause, self.limit)

    def blank(self, judged: Judged) -> Sequence[int]:
        """The first rows without any value."""
        return judged.blank

    def repeated(self, judged: Judged, columns: Sequence[str]) -> tuple[int, list[tuple[int, int]]]:
        """How many rows repeat the key of an earlier row, and the first (row, earlier row) of them."""
        return repeated(self.space.con, judged, columns, self.limit)

    def orphans(
        self, judged: Judged, columns: Sequence[str], target: Judged, target_columns: Sequence[str]
    ) -> tuple[int, list[int]]:
        """How many rows refer to no row of `target`, and the first of them."""
        return orphans(self.space.con, judged, columns, target, target_columns, self.limit)

    def ambiguous(
        self, judged: Judged, columns: Sequence[str], target: Judged, target_columns: Sequence[str]
    ) -> tuple[int, list[int]]:
        """How many rows refer to several rows of `target` at once, and the first of them."""
        return ambiguous(self.space.con, judged, columns, target, target_columns, self.limit)

    def rows(self, judged: Judged, rows: Iterable[int]) -> Iterator[tuple[int, Located]]:
        """Where the rows are in their files: each once, in order, one at a time."""
        wanted, table = sorted(set(rows)), judged.opened.table.name
        known = {row: self._kept[table, row] for row in wanted if (table, row) in self._kept}
        found = locate(self.space.con, judged.opened, [row for row in wanted if row not in known])
        for row in wanted:
            if row in known:
                yield row, known[row]
            elif (new := next(found, None)) is not None:
                self._keep((table, new[0]), new[1])
                yield new

    def _keep(self, row: tuple[str, int], at: Located) -> None:
        cost = len(at.text or "") + sum(len(cell or "") + CELL for cell in at.cells)
        if self._cost + cost > KEPT:
            self._kept.clear()
            self._cost = 0
        if cost < KEPT:
            self._kept[row] = at
            self._cost += cost


def verdict(judged: Judged, rule: Rule, columns: Sequence[str] = (), constraint: str | None = None) -> Verdict:
    """What a rule says of a table, or of some columns of it, as long as nothing has failed."""
    return Verdict(
        code=rule.code,
        layer=rule.layer,
        severity=rule.severity,
        table=judged.opened.table.name,
        column=listed(columns) if columns else None,
        constraint=constraint,
        rows=judged.opened.rows,
    )


def place(judged: Judged, located: Located, row: int, column: str | None) -> Place:
    """The place of a row's cell; without `column` the row as a whole."""
    opened = judged.opened
    index = opened.positions.get(column) if column is not None else None
    number = opened.schema[column].number if column is not None and index is None else None
    return Place(
        path=located.shown,
        table=opened.table.name,
        row=row,
        line=located.line,
        column=column,
        column_number=index + 1 if index is not None else number,
        value=cell(located, index) if index is not None else None,
        key={name: cell(located, opened.positions.get(name)) for name in opened.schema.primary_key} or None,
    )


def excerpt(judged: Judged, located: Located, column: str | None) -> Excerpt | None:
    """The first line of a row with the column's cell marked; without one, the whole line."""
    if located.text is None:
        return None
    text, start, length = located.text, 0, len(located.text)
    index = judged.opened.positions.get(column) if column is not None else None
    if index is not None and index < len(located.spans) and located.spans[index][0] >= 0:
        start, length = located.spans[index]
    begin, end = max(0, start - EXCERPT), start + EXCERPT
    return Excerpt(text[begin:end], start - begin, length, begin, max(0, len(text) - end))


def cell(located: Located, index: int | None) -> str | None:
    """A cell as the file has it; None where there is none."""
    return located.cells[index] if index is not None and index < len(located.cells) else None


def cells(judged: Judged, located: Located) -> dict[str, str | None]:
    """The row's cells as the file has them, by column."""
    return {name: cell(located, index) for name, index in judged.opened.positions.items()}


def quoted(value: str | None) -> str:
    """A cell in a message: quoted, cut, and an empty one said as such."""
    if not value:
        return "an empty cell"
    return repr(value if len(value) <= QUOTED_LIMIT else value[: QUOTED_LIMIT - 1] + "…")


def words(texts: Mapping[str, str | None], more: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """What fills a maintainers' message: the row's cells, and what a query selected."""
    told = {**texts, **(more or {})}
    return {name: "nothing" if value in (None, "") else cut(value) for name, value in told.items()}


def listed(columns: Sequence[str]) -> str:
    """Several columns in a message."""
    return ", ".join(columns)
