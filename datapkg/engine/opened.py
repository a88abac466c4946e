"""What opening a table gives: its rows as SQL, its parts, and the faults of its structure."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import groupby
from pathlib import Path
from typing import Any

from datapkg.engine.labels import Header
from datapkg.engine.lexer import Checkpoint
from datapkg.engine.sql import name, texts
from datapkg.engine.survey import UNKNOWN, Texture
from datapkg.findings import TableFacts
from datapkg.limits import Limits
from datapkg.resources import Table
from datapkg.schema import ROW, Column, Schema


@dataclass(slots=True)
class Fault:
    """A fault of a file's structure at one place; `words` fill its rule's message."""

    code: str
    shown: str
    row: int | None = None
    line: int | None = None
    column: str | None = None
    column_number: int | None = None
    value: str | None = None
    words: Mapping[str, Any] = field(default_factory=dict)
    excerpt: tuple[str, int, int] | None = None


@dataclass
class Faults:
    """All faults of a table's structure: complete counts, and at most `limit` of each code, `labels` of a header's."""

    limit: int
    labels: int = 20
    counts: dict[str, int] = field(default_factory=dict)
    shown: list[Fault] = field(default_factory=list)

    def add(self, fault: Fault) -> None:
        """Count the fault, and keep it while there is room."""
        self.counts[fault.code] = self.counts.get(fault.code, 0) + 1
        if self.counts[fault.code] <= self._limit(fault.code):
            self.shown.append(fault)

    def count(self, code: str, times: int = 1) -> None:
        """Count faults of which none is kept any more; to be asked first is `full`."""
        self.counts[code] = self.counts.get(code, 0) + times

    def full(self, code: str) -> bool:
        """Whether no further fault of this code is kept."""
        return self.counts.get(code, 0) >= self._limit(code)

    def _limit(self, code: str) -> int:
        return min(self.limit, self.labels) if code.endswith("-label") else self.limit


@dataclass(frozen=True)
class Reading:
    """How DuckDB reads a file: the SELECT of its columns, and the call of its reader without the files.

    Files read alike, one after the other, are read by one call. `flags` are further columns.
    """

    columns: str
    reader: str
    options: str
    flags: str = ""

    def bare(self, paths: Sequence[Path]) -> str:
        """SQL of the rows of the files, in their order."""
        files = f"[{texts(path.as_posix() for path in paths)}]"
        return f"SELECT {self.columns}{self.flags} FROM {self.reader}({files}, {self.options})"

    def source(self, paths: Sequence[Path], first: int) -> str:
        """The same with the number of each row; the first is row `first` + 1."""
        return f"SELECT row_number() OVER () + {first} AS {name(ROW)}, * FROM ({self.bare(paths)})"


@dataclass(frozen=True)
class Part:
    """One file of a table. Its data rows are `first` + 1 to `first` + `rows` of the table.

    `reading` is how DuckDB reads it, where it does; `source` is SQL of this file alone. `texture` is
    what its cells may have in them.
    """

    shown: str
    readable: Path
    first: int
    rows: int
    source: str
    checkpoints: tuple[Checkpoint, ...]
    exact: bool
    reading: Reading | None = None
    texture: Texture = UNKNOWN


@dataclass(frozen=True)
class Opened:
    """A table that can be read.

    `source` is SQL that yields ROW and the texts (Parquet: the values) of the file's columns
    under the names of `cells`; a NULL text is a cell that is not there. `positions` says where
    each column of `schema` stands in the file; a column that is missing from it is absent.
    `native` values (JSON, spreadsheets) come as the texts that mean the same; `wrong` names, for a
    column, the cell of the source that is true where a value is of a kind that the column never holds.
    `offset` is for text inside a descriptor: the line of its property, and how many lines stand
    before the text where it stands there line by line.
    """

    table: Table
    schema: Schema
    parts: tuple[Part, ...]
    cells: tuple[str, ...]
    storage: tuple[str, ...] | None
    positions: Mapping[str, int]
    facts: TableFacts
    faults: Faults
    wrong: Mapping[str, str] = field(default_factory=dict)
    native: bool = False
    offset: tuple[int, int | None] | None = None
    limits: Limits = Limits()

    @property
    def rows(self) -> int:
        """Data rows of all parts, blank lines not counted."""
        return sum(part.rows for part in self.parts)

    @property
    def source(self) -> str:
        """SQL of all parts in order; neighbours that DuckDB reads alike are one, however many they are."""
        told: list[str] = []
        for reading, group in groupby(self.parts, key=lambda part: part.reading):
            parts = list(group)
            if reading is None:
                told.extend(part.source for part in parts)
            else:
                told.append(reading.source([part.readable for part in parts], parts[0].first))
        return " UNION ALL ".join(told)

    @cached_property
    def bare(self) -> str | None:
        """The same without the numbers of the rows, where DuckDB reads all parts: it is faster then."""
        told: list[str] = []
        for reading, group in groupby(self.parts, key=lambda part: part.reading):
            if reading is None:
                return None
            told.append(reading.bare([part.readable for part in group]))
        return " UNION ALL ".join(told) if told else None

    @cached_property
    def texture(self) -> Texture:
        """What the cells of all parts may have in them."""
        every = [part.texture for part in self.parts]
        return Texture(*(any(getattr(one, word) for one in every) for word in Texture.__slots__))

    @property
    def doubtful(self) -> bool:
        """Whether DuckDB reads a text file of it: then its count must agree with the survey's."""
        return self.storage is None and not all(part.exact for part in self.parts)


@dataclass(frozen=True, slots=True)
class Located:
    """A data row in its file. `spans` are the characters of each cell in `text`, its first line."""

    shown: str
    line: int | None
    cells: tuple[str | None, ...]
    text: str | None = None
    spans: tuple[tuple[int, int], ...] = ()


def unnamed(labels: Sequence[str]) -> Schema:
    """The schema of a file that has none: its labels, made unique, as texts."""
    seen: dict[str, int] = {}
    columns = []
    for number, label in enumerate(labels, 1):
        seen[label] = seen.get(label, 0) + 1
        unique = label if seen[label] == 1 and label else f"{label or 'column'}_{number}"
        columns.append(Column(unique, number))
    return Schema(tuple(columns))


def add_label_faults(faults: Faults, header: Header, shown: str, line: int) -> None:
    """The faults of a header, at the line it stands on."""
    for fault in header.faults:
        faults.add(
            Fault(
                fault.code,
                shown,
                line=line,
                column=fault.column,
                column_number=fault.number,
                value=fault.label,
                words={"label": fault.label, "column": fault.column, "number": fault.number},
            )
        )


def digest_of(path: Path) -> tuple[str, int]:
    """The SHA-256 digest of a file and its size in bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest(), path.stat().st_size
