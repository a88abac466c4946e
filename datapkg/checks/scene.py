"""What every check looks at: the judged tables of one dataset, and how a finding is placed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from datapkg.dataset import Dataset
from datapkg.engine.connection import Workspace
from datapkg.engine.judge import Judged
from datapkg.engine.locate import locate
from datapkg.engine.opened import Located
from datapkg.findings import Excerpt, Place
from datapkg.sqlrules import SqlRule

QUOTED_LIMIT = 80


@dataclass
class Scene:
    """One dataset under judgement. `located` remembers rows that were looked up in their files."""

    space: Workspace
    dataset: Dataset
    tables: dict[str, Judged]
    sql_rules: tuple[SqlRule, ...] = ()
    known_tables: frozenset[str] = frozenset()
    located: dict[str, dict[int, Located]] = field(default_factory=dict)

    @property
    def limit(self) -> int:
        """How many findings of each rule and table are shown."""
        return self.space.limits.findings

    def rows(self, judged: Judged, rows: Iterable[int]) -> Mapping[int, Located]:
        """Where the rows are in their files."""
        known = self.located.setdefault(judged.opened.table.name, {})
        unknown = [row for row in rows if row not in known]
        if unknown:
            known.update(locate(self.space.con, judged.opened, unknown))
        return known


def place(judged: Judged, located: Located | None, row: int | None, column: str | None) -> Place:
    """The place of a row's cell; without `column` the row as a whole."""
    opened = judged.opened
    number = opened.schema[column].number if column is not None else None
    if located is None:
        return Place(opened.table.shown[0], opened.table.name, row, None, column, number)
    texts = cells(judged, located)
    index = opened.positions.get(column) if column is not None else None
    return Place(
        path=located.shown,
        table=opened.table.name,
        row=row,
        line=located.line,
        column=column,
        column_number=index + 1 if index is not None else number,
        value=texts.get(column) if column is not None else None,
        key={name: texts.get(name) for name in opened.schema.primary_key} or None,
    )


def excerpt(judged: Judged, located: Located | None, column: str | None) -> Excerpt | None:
    """The first line of a row with the column's cell marked; without one, the whole line."""
    if located is None or located.text is None:
        return None
    index = judged.opened.positions.get(column) if column is not None else None
    if index is None or index >= len(located.spans) or located.spans[index][0] < 0:
        return Excerpt(located.text, 0, len(located.text))
    return Excerpt(located.text, *located.spans[index])


def cells(judged: Judged, located: Located) -> dict[str, str | None]:
    """The row's cells as the file has them, by column."""
    return {
        name: located.cells[index] if index < len(located.cells) else None
        for name, index in judged.opened.positions.items()
    }


def quoted(value: str | None) -> str:
    """A cell in a message: quoted, cut, and an empty one said as such."""
    if not value:
        return "an empty cell"
    return repr(value if len(value) <= QUOTED_LIMIT else value[: QUOTED_LIMIT - 1] + "…")


def words(texts: Mapping[str, str | None], more: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """What fills a maintainers' message: the row's cells, and what a query selected."""
    return {name: "nothing" if value in (None, "") else value for name, value in {**texts, **(more or {})}.items()}


def listed(columns: Sequence[str]) -> str:
    """Several columns in a message."""
    return ", ".join(columns)
