"""A table opened: its rows as a DuckDB relation of texts, and the way back to the file.

Two ways of reading, one meaning. A text file that `lexer.survey` finds clean is read by DuckDB;
any other is read by `lexer.lex` and handed over in batches, with every fault of its structure.
Parquet comes typed.
"""

import codecs
import hashlib
import itertools
import mmap
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from datapkg.dataset import Dialect, Table
from datapkg.engine import labels as header_labels
from datapkg.engine import lexer
from datapkg.engine.sql import name, names, text, texts
from datapkg.findings import TableFacts
from datapkg.schema import ROW, Column, Schema

if TYPE_CHECKING:
    import duckdb

BATCH = 16_384
STEP = 2_048
UTF8 = ("utf-8", "utf8", "utf-8-sig", "ascii", "us-ascii")
UNREAD = "the file cannot be read"


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
    """All faults of a table's structure: complete counts, and at most `limit` of each code."""

    limit: int
    counts: dict[str, int] = field(default_factory=dict)
    shown: list[Fault] = field(default_factory=list)

    def add(self, fault: Fault) -> None:
        """Count the fault, and keep it while there is room."""
        self.counts[fault.code] = self.counts.get(fault.code, 0) + 1
        if self.counts[fault.code] <= self.limit:
            self.shown.append(fault)


@dataclass(frozen=True)
class Part:
    """One file of a table. Its data rows are `first` + 1 to `first` + `rows` of the table."""

    shown: str
    readable: Path
    first: int
    rows: int
    source: str
    checkpoints: tuple[lexer.Checkpoint, ...]
    exact: bool


@dataclass(frozen=True)
class Opened:
    """A table that can be read.

    `source` is SQL that yields ROW and the texts (Parquet: the values) of the file's columns
    under the names of `cells`; a NULL text is a cell that is not there. `positions` says where
    each column of `schema` stands in the file; a column that is missing from it is absent.
    """

    table: Table
    schema: Schema
    parts: tuple[Part, ...]
    cells: tuple[str, ...]
    storage: tuple[str, ...] | None
    positions: Mapping[str, int]
    facts: TableFacts
    faults: Faults

    @property
    def rows(self) -> int:
        """Data rows of all parts, blank lines not counted."""
        return sum(part.rows for part in self.parts)

    @property
    def source(self) -> str:
        """SQL of all parts in order."""
        return " UNION ALL ".join(part.source for part in self.parts)

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


def open_table(
    con: "duckdb.DuckDBPyConnection", table: Table, *, scratch: Path, limit: int, exact: bool = False
) -> Opened:
    """The table opened for reading; its structural faults are in `faults`.

    `exact` reads text files with the lexer alone. `scratch` is a private folder for recoded
    copies. Never raises for a fault of the file: a file that cannot be read has no parts.
    """
    faults = Faults(limit)
    if not table.paths:
        facts = TableFacts(table.name, table.shown[0], None, None, None)
        return Opened(table, table.schema or Schema(()), (), (), None, {}, facts, faults)
    if table.format == "parquet":
        return _open_parquet(con, table, faults)
    return _open_text(con, table, scratch, faults, exact=exact)


def _unnamed(labels: Sequence[str]) -> Schema:
    """The schema of a file that has none: its labels, made unique, as texts."""
    seen: dict[str, int] = {}
    columns = []
    for number, label in enumerate(labels, 1):
        seen[label] = seen.get(label, 0) + 1
        unique = label if seen[label] == 1 and label else f"{label or 'column'}_{number}"
        columns.append(Column(unique, number))
    return Schema(tuple(columns))


# ---------------------------------------------------------------- text


def _open_text(
    con: "duckdb.DuckDBPyConnection", table: Table, scratch: Path, faults: Faults, *, exact: bool
) -> Opened:
    parts: list[Part] = []
    cells: tuple[str, ...] = ()
    schema, positions, digest, size = table.schema, {}, hashlib.sha256(), 0
    sha256 = ""
    for path, shown in zip(table.paths, table.shown, strict=True):
        readable = _recoded(path, shown, table.encoding, scratch, faults)
        survey = lexer.survey(readable, table.dialect)
        sha256, part_size = _digest(path) if readable != path else (survey.sha256, survey.size)
        digest.update(bytes.fromhex(sha256))
        size += part_size
        heading = _heading(readable, table.dialect, schema)
        if heading is None:
            faults.add(Fault("source-error", shown, line=1, words={"note": "the file is empty"}))
            continue
        labels, line = heading
        if not parts:
            schema = schema or _unnamed(labels)
            cells = tuple(f"c{number}" for number in range(len(labels)))
        assert schema is not None
        header = header_labels.match(labels, schema)
        if table.dialect.header:
            told = header if table.schema is not None else header_labels.blanks(labels)
            _add_label_faults(faults, told, shown, line)
        if not parts:
            positions = dict(header.positions) or dict(zip((c.name for c in schema.columns), range(len(labels))))
        first = sum(part.rows for part in parts)
        plain = survey.clean and not exact and not set("*?[") & set(readable.as_posix())
        if plain and len(labels) == len(cells):
            source = _csv_source(readable, table.dialect, cells, first)
            parts.append(Part(shown, readable, first, survey.records - 1, source, survey.checkpoints, exact=False))
        else:
            parts.append(_read_exactly(con, table, (readable, shown), schema, positions, cells, first, faults))
    facts = TableFacts(
        table.name,
        table.shown[0],
        sum(part.rows for part in parts),
        size,
        sha256 if len(table.paths) == 1 else digest.hexdigest(),
    )
    return Opened(table, schema or Schema(()), tuple(parts), cells, None, positions, facts, faults)


def _digest(path: Path) -> tuple[str, int]:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest(), path.stat().st_size


def _recoded(path: Path, shown: str, encoding: str, scratch: Path, faults: Faults) -> Path:
    """The file as UTF-8: itself, or a copy whose lines are the same."""
    plain = encoding in UTF8
    try:
        decoder = codecs.getincrementaldecoder("utf-8" if plain else encoding)("strict")
    except LookupError:
        faults.add(Fault("encoding-error", shown, words={"encoding": encoding, "note": "nobody knows this encoding"}))
        return path
    if plain and _decodes(path, decoder):
        return path
    target = scratch / f"{abs(hash(path)):x}-{path.name}"
    with path.open("rb") as source, target.open("wb") as copy:
        for line, raw in enumerate(source, 1) if plain else ():
            try:
                copy.write(raw.decode("utf-8").encode())
            except UnicodeDecodeError as error:
                note = f"byte 0x{raw[error.start]:02x} at position {error.start + 1} of the line"
                value = raw.decode("utf-8", "replace").rstrip("\r\n")
                words = {"encoding": encoding, "note": note}
                excerpt = (value, len(raw[: error.start].decode()), 1)
                faults.add(Fault("encoding-error", shown, line=line, words=words, excerpt=excerpt))
                copy.write(raw.decode("utf-8", "replace").encode())
        if not plain:
            _transcode(source, copy, (encoding, shown), faults)
    return target


def _decodes(path: Path, decoder: codecs.IncrementalDecoder) -> bool:
    try:
        with path.open("rb") as file:
            while block := file.read(lexer.BLOCK):
                decoder.decode(block)
            decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _transcode(source: Any, copy: Any, origin: tuple[str, str], faults: Faults) -> None:
    encoding, shown = origin
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    try:
        while block := source.read(lexer.BLOCK):
            copy.write(decoder.decode(block).encode("utf-8", "replace"))
        copy.write(decoder.decode(b"", final=True).encode("utf-8", "replace"))
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1 if source.tell() <= lexer.BLOCK else None
        faults.add(Fault("encoding-error", shown, line=line, words={"encoding": encoding, "note": error.reason}))


@contextmanager
def _mapped(path: Path) -> Iterator[lexer.Buffer]:
    with path.open("rb") as file:
        if path.stat().st_size == 0:
            yield b""
            return
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            yield data


def _begin(data: lexer.Buffer) -> int:
    return len(lexer.BOM) if data[:3] == lexer.BOM else 0


def _heading(path: Path, dialect: Dialect, schema: Schema | None) -> tuple[list[str], int] | None:
    """The labels of the file and the line they stand on; None where the file has no record."""
    with _mapped(path) as data:
        records = lexer.lex(data, dialect, offset=_begin(data))
        wanted = dialect.header_rows[0] - 1 if dialect.header else 0
        record = next(itertools.islice(records, wanted, None), None)
        if record is None:
            return None
        if not dialect.header:
            count = len(record.cells)
            given = [column.name for column in schema.columns] if schema else []
            return [given[n] if n < len(given) else f"column_{n + 1}" for n in range(count)], record.line
        return [_decoded(cell) for cell in record.cells], record.line


def _decoded(cell: bytes) -> str:
    return cell.decode("utf-8", "replace")


def _add_label_faults(faults: Faults, header: header_labels.Header, shown: str, line: int) -> None:
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


def _csv_source(path: Path, dialect: Dialect, cells: Sequence[str], first: int) -> str:
    columns = ", ".join(f"{text(cell)}: 'VARCHAR'" for cell in cells)
    options = (
        f"auto_detect=false, header=true, delim={text(dialect.delimiter)}, quote='\"', escape='\"', "
        f"columns={{{columns}}}, force_not_null=[{texts(cells)}], strict_mode=true, hive_partitioning=false, "
        f"compression='none'"
    )
    number = f"row_number() OVER () + {first} AS {name(ROW)}"
    return f"SELECT {number}, {names(cells)} FROM read_csv({text(path.as_posix())}, {options})"


def _read_exactly(
    con: "duckdb.DuckDBPyConnection",
    table: Table,
    origin: tuple[Path, str],
    schema: Schema,
    positions: Mapping[str, int],
    cells: Sequence[str],
    first: int,
    faults: Faults,
) -> Part:
    """The file read by the lexer into a table of the connection, with all its faults."""
    import pyarrow

    readable, shown = origin
    target = name(f"datapkg:text:{table.name}:{first}")
    columns = ", ".join(f"{name(cell)} VARCHAR" for cell in cells)
    con.execute(f"CREATE OR REPLACE TEMP TABLE {target} ({name(ROW)} BIGINT, {columns})")
    arrow = pyarrow.schema([(ROW, pyarrow.int64()), *((cell, pyarrow.string()) for cell in cells)])
    label_of = {index: column for column, index in positions.items()}
    checkpoints: list[lexer.Checkpoint] = []
    rows = 0
    batch: list[list[Any]] = []

    def flush() -> None:
        lists = zip(*batch, strict=True) if batch else [()] * (len(cells) + 1)
        arrays = [pyarrow.array(values, kind.type) for values, kind in zip(lists, arrow, strict=True)]
        con.register("datapkg:batch", pyarrow.table(arrays, schema=arrow))
        con.execute(f'INSERT INTO {target} SELECT * FROM "datapkg:batch"')
        con.unregister("datapkg:batch")
        batch.clear()

    for row, record in _data_records(readable, table.dialect, shown, faults):
        if row % STEP == 1:
            checkpoints.append(lexer.Checkpoint(row, record.start, record.line))
        rows = row
        values = [_decoded(cell) for cell in record.cells]
        _add_record_faults(faults, shown, (first + row, record), values, (cells, label_of))
        padded = [*values[: len(cells)], *[None] * (len(cells) - len(values))]
        batch.append([first + row, *padded])
        if len(batch) == BATCH:
            flush()
    flush()
    source = f"SELECT * FROM {target}"
    return Part(shown, readable, first, rows, source, tuple(checkpoints), exact=True)


def _data_records(
    path: Path, dialect: Dialect, shown: str, faults: Faults | None, start: lexer.Checkpoint | None = None
) -> Iterator[tuple[int, lexer.Record]]:
    """(data row from 1, record) of a file, or from `start` on; blank lines are faults, not rows."""
    with _mapped(path) as data:
        if start is None:
            records = lexer.lex(data, dialect, offset=_begin(data))
            skip = max(dialect.header_rows, default=0)
            numbered = itertools.islice(records, skip, None)
            row = 0
        else:
            numbered = lexer.lex(data, dialect, offset=start.offset, line=start.line)
            row = start.record - 1
        for record in numbered:
            if record.blank:
                if faults is not None:
                    faults.add(Fault("blank-row", shown, line=record.line))
                continue
            row += 1
            yield row, record


def _add_record_faults(
    faults: Faults,
    shown: str,
    where: tuple[int, lexer.Record],
    values: list[str],
    layout: tuple[Sequence[str], Mapping[int, str]],
) -> None:
    row, record = where
    cells, label_of = layout
    width = len(cells)
    for index, note in record.faults:
        column = label_of.get(index)
        words = {"note": note}
        faults.add(Fault("source-error", shown, row, record.line, column, index + 1, values[index], words))
    if any(values):
        for index in range(len(values), width):
            column = label_of.get(index)
            words = {"column": column or index + 1, "found": len(values), "wanted": width}
            faults.add(Fault("missing-cell", shown, row, record.line, column, index + 1, None, words))
        for index in range(width, len(values)):
            words = {"value": values[index], "found": len(values), "wanted": width}
            faults.add(Fault("extra-cell", shown, row, record.line, None, index + 1, values[index], words))


# ---------------------------------------------------------------- Parquet


def _open_parquet(con: "duckdb.DuckDBPyConnection", table: Table, faults: Faults) -> Opened:
    import duckdb

    digest, size, sha256 = hashlib.sha256(), 0, ""
    for path in table.paths:
        sha256, part_size = _digest(path)
        digest.update(bytes.fromhex(sha256))
        size += part_size
    parts: list[Part] = []
    schema, positions = table.schema, {}
    labels: list[str] = []
    storage: tuple[str, ...] = ()
    try:
        for path, shown in zip(table.paths, table.shown, strict=True):
            reader = f"read_parquet([{text(path.as_posix())}], hive_partitioning=false)"
            described = con.execute(f"DESCRIBE SELECT * FROM {reader}").fetchall()
            if not parts:
                labels, storage = [row[0] for row in described], tuple(row[1] for row in described)
            first = sum(part.rows for part in parts)
            rows = con.execute(f"SELECT count(*) FROM {reader}").fetchall()[0][0]
            source = f"SELECT row_number() OVER () + {first} AS {name(ROW)}, {names(labels)} FROM {reader}"
            parts.append(Part(shown, path, first, rows, source, (), exact=False))
    except duckdb.Error as error:
        parts = []
        faults.add(Fault("source-error", table.shown[0], words={"note": f"{UNREAD} ({_first_line(error)})"}))
    if parts:
        schema = schema or _unnamed(labels)
        header = header_labels.match(labels, schema)
        positions = dict(header.positions)
        if table.schema is not None:
            _add_label_faults(faults, header, table.shown[0], 1)
            faults.shown[:] = [replace(fault, line=None) for fault in faults.shown]
    sha256 = sha256 if len(table.paths) == 1 else digest.hexdigest()
    facts = TableFacts(table.name, table.shown[0], sum(part.rows for part in parts), size, sha256)
    return Opened(table, schema or Schema(()), tuple(parts), tuple(labels), storage, positions, facts, faults)


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0][:200]


# ---------------------------------------------------------------- the way back


def locate(con: "duckdb.DuckDBPyConnection", opened: Opened, rows: Sequence[int]) -> dict[int, Located]:
    """Each of `rows` in its file: line, cells as written, and the text of its first line."""
    wanted = sorted(set(rows))
    found: dict[int, Located] = {}
    for part in opened.parts:
        mine = [row for row in wanted if part.first < row <= part.first + part.rows]
        if not mine:
            continue
        if opened.storage is not None:
            found.update(_locate_typed(con, opened, part, mine))
        else:
            found.update(_locate_text(opened, part, mine))
    return found


def _locate_typed(
    con: "duckdb.DuckDBPyConnection", opened: Opened, part: Part, rows: Sequence[int]
) -> Iterator[tuple[int, Located]]:
    shown = ", ".join(f"CAST({name(cell)} AS VARCHAR)" for cell in opened.cells)
    listed = ", ".join(str(row) for row in rows)
    query = f"SELECT {name(ROW)}, {shown} FROM ({part.source}) WHERE {name(ROW)} IN ({listed})"
    for row, *cells in con.execute(query).fetchall():
        yield row, Located(part.shown, None, tuple(cells))


def _locate_text(opened: Opened, part: Part, rows: Sequence[int]) -> Iterator[tuple[int, Located]]:
    waiting = [row - part.first for row in rows]
    dialect = opened.table.dialect
    while waiting:
        start = lexer.checkpoint_before(part.checkpoints, waiting[0])
        next_start = min((p.record for p in part.checkpoints if p.record > waiting[0]), default=part.rows + 1)
        near = [row for row in waiting if row < next_start]
        waiting = waiting[len(near) :]
        for row, record in _rows_from(part, dialect, start):
            if row == near[0]:
                yield row + part.first, _located(part, record)
                near.pop(0)
                if not near:
                    break


def _rows_from(part: Part, dialect: Dialect, start: lexer.Checkpoint) -> Iterator[tuple[int, lexer.Record]]:
    # A checkpoint of the survey at record 0 is the header itself.
    return _data_records(part.readable, dialect, part.shown, None, None if start.record == 0 else start)


def _located(part: Part, record: lexer.Record) -> Located:
    with part.readable.open("rb") as file:
        file.seek(record.start)
        raw = file.read(record.end - record.start)
    first = raw.split(b"\n", 1)[0].rstrip(b"\r")
    spans = []
    for begin, end in record.spans:
        begin, end = begin - record.start, min(end - record.start, len(first))
        if begin <= len(first):
            start = len(_decoded(first[:begin]))
            spans.append((start, max(1, len(_decoded(first[begin:end])))))
        else:
            spans.append((-1, 0))
    return Located(
        part.shown, record.line, tuple(_decoded(cell) for cell in record.cells), _decoded(first), tuple(spans)
    )
