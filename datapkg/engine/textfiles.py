"""Delimited text opened: by DuckDB where the survey is sure of it, else by the exact lexer."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from datapkg.engine import labels as header_labels
from datapkg.engine import special
from datapkg.engine.encodings import UTF8, codec_of, recoded
from datapkg.engine.exactly import File, read_exactly, record_faults
from datapkg.engine.lexer import BOM, ENDS, Buffer, Record, find
from datapkg.engine.opened import Fault, Faults, Opened, Part, Reading, add_label_faults, digest_of, unnamed
from datapkg.engine.records import BLANK, CONFLICT, DATA, HEADER, decoded, excerpt, mapped, records
from datapkg.engine.sql import names, text, texts
from datapkg.engine.survey import Survey, survey
from datapkg.findings import TableFacts
from datapkg.limits import Limits
from datapkg.pace import task
from datapkg.resources import Table
from datapkg.schema import Schema

if TYPE_CHECKING:
    import duckdb


@dataclass
class _Opening:
    """A table while its files are opened, one after the other; the first gives the columns."""

    table: Table
    scratch: Path
    limits: Limits
    faults: Faults
    schema: Schema | None
    exact: bool
    parts: list[Part] = field(default_factory=list)
    cells: tuple[str, ...] = ()
    positions: Mapping[str, int] = field(default_factory=dict)


def open_text(
    con: "duckdb.DuckDBPyConnection", table: Table, scratch: Path, faults: Faults, *, limits: Limits, exact: bool
) -> Opened:
    """A text file, or several, opened. See `open_table`."""
    opening = _Opening(table, scratch, limits, faults, table.schema, exact)
    digest, size, sha256 = hashlib.sha256(), 0, ""
    for number in range(len(table.paths)):
        sha256, part_size = _open_file(con, opening, number)
        digest.update(bytes.fromhex(sha256))
        size += part_size
    facts = TableFacts(
        table.name,
        table.shown[0],
        sum(part.rows for part in opening.parts),
        size,
        sha256 if len(table.paths) == 1 else digest.hexdigest(),
    )
    schema, parts = opening.schema or Schema(()), tuple(opening.parts)
    return Opened(table, schema, parts, opening.cells, None, opening.positions, facts, faults, limits=limits)


def _open_file(con: "duckdb.DuckDBPyConnection", opening: _Opening, number: int) -> tuple[str, int]:
    """One file of the table as a part of it, where it can be read; its digest and size."""
    table, faults, limits = opening.table, opening.faults, opening.limits
    path, shown = table.paths[number], table.shown[number]
    _add_path_fault(table, number, faults)
    if _refused(path, shown, table, faults):
        return digest_of(path)
    with task(f"reading {shown}", path.stat().st_size):
        seen, readable, garbled = _surveyed(opening, path, shown, number)
    digest = (seen.sha256, seen.size) if readable == path else digest_of(path)
    with mapped(readable) as data:
        if not seen.clean and find(data, b"\n", 0) < 0 <= find(data, b"\r", 0):
            faults.add(Fault("line-ending", shown, line=1, words={"note": "its lines end with CR alone"}))
            return digest
        heading = _heading(data, table, limits)
        if heading is None:
            note = "the file is empty" if len(data) <= len(BOM) else "the file has no header"
            faults.add(Fault("source-error", shown, line=1, words={"note": note}))
            return digest
        _add_heading_faults(data, heading, opening, (shown, codec_of(table.encoding) or ""))
    labels = _labels(heading, opening, shown)
    if heading.lost:
        return digest
    first = sum(part.rows for part in opening.parts)
    plain = (
        seen.even(len(labels))
        and not (opening.exact or heading.conflicts)
        and not garbled
        and not set("*?[") & set(readable.as_posix())
    )
    if plain and len(labels) == len(opening.cells):
        reading = reading_of(table, opening.cells)
        rows = seen.records - int(table.dialect.header)
        # The survey counts records from 0, the header among them; rows count from 1.
        rise = 0 if table.dialect.header else 1
        points = tuple(replace(point, record=point.record + rise) for point in seen.checkpoints)
        source = reading.source([readable], first)
        opening.parts.append(Part(shown, readable, first, rows, source, points, False, reading, seen.texture))
        return digest
    columns = {index: column for column, index in opening.positions.items()}
    file = File(readable, shown, first, opening.cells, columns, garbled)
    opening.parts.append(read_exactly(con, table, file, faults, limits))
    return digest


def _add_path_fault(table: Table, number: int, faults: Faults) -> None:
    """A path that several readers take for a pattern; folders above the dataset are nobody's fault."""
    given = table.descriptor.get("path", table.paths[number].name)
    part = given if isinstance(given, str) else given[number]
    if set("*?[]") & set(part):
        faults.add(Fault("path-pattern", table.shown[number], words={"path": part}))


def _refused(path: Path, shown: str, table: Table, faults: Faults) -> bool:
    """Whether the file is no delimited text that can be read as declared; then that is told."""
    with path.open("rb") as file:
        found = special.named(file.read(special.HEAD), codec_of(table.encoding) or "", table.dialect)
    if found is not None:
        faults.add(Fault(found[0], shown, line=1, words=found[1]))
    return found is not None


def _surveyed(opening: _Opening, path: Path, shown: str, number: int) -> tuple[Survey, Path, bool]:
    """The survey of the file as UTF-8, where that is, and whether bytes of it are no text."""
    table, faults = opening.table, opening.faults
    told = faults.counts.get("encoding-error", 0)
    utf8 = codec_of(table.encoding) in UTF8
    seen = survey(path, table.dialect, opening.limits) if utf8 else None
    if seen is not None and seen.clean:
        return seen, path, False
    target = opening.scratch / f"{abs(hash((table.name, number))):x}-{number}.txt"
    readable = recoded(path, shown, table.encoding, target, faults)
    if seen is None or readable != path:
        seen = survey(readable, table.dialect, opening.limits)
    return seen, readable, faults.counts.get("encoding-error", 0) > told


@dataclass(frozen=True)
class _Heading:
    """The rows of the header, or without one the first row; and the faults before the first row."""

    records: tuple[Record, ...]
    blanks: tuple[Record, ...]
    conflicts: tuple[int, ...]
    newline: bytes

    @property
    def lost(self) -> bool:
        """Whether the header is longer than what is read."""
        return any(record.lost for record in self.records)

    @property
    def line(self) -> int:
        """The line of the header."""
        return self.records[0].line


def _heading(data: Buffer, table: Table, limits: Limits) -> _Heading | None:
    """The header of the file; None where the file has no record that could be one."""
    wanted = len(table.dialect.header_rows) or 1
    kind_wanted = HEADER if table.dialect.header else DATA
    found, blanks, conflicts, newline = [], [], [], b""
    for kind, record, _ in records(data, table.dialect, limits):
        newline = newline or record.ending
        if kind == DATA and table.dialect.header:
            break
        if kind == kind_wanted:
            found.append(record)
        elif kind == BLANK:
            blanks.append(record)
        elif kind == CONFLICT:
            conflicts.append(record.line)
        if len(found) == wanted:
            break
    return _Heading(tuple(found), tuple(blanks), tuple(conflicts), newline) if found else None


def _add_heading_faults(data: Buffer, heading: _Heading, opening: _Opening, origin: tuple[str, str]) -> None:
    """What is wrong before the first row: mark, line ends, blank lines, and the header's own cells."""
    (shown, codec), faults, dialect = origin, opening.faults, opening.table.dialect
    if codec == "utf-8" and data[:3] == BOM:
        faults.add(Fault("byte-order-mark", shown, line=1))
    if dialect.line_end is not None and heading.newline not in (b"", dialect.line_end.encode()):
        note = f"the lines end with {ENDS[heading.newline]}, declared is {ENDS[dialect.line_end.encode()]}"
        faults.add(Fault("line-ending", shown, line=1, words={"note": note}))
    if not dialect.header:
        return
    for record in heading.blanks:
        for number in range(record.times):
            if faults.full("blank-row"):
                faults.count("blank-row", record.times - number)
                break
            faults.add(Fault("blank-row", shown, line=record.line + number))
    for line in heading.conflicts:
        faults.add(Fault("merge-conflict", shown, line=line))
    for record in heading.records:
        for fault in record_faults(record, shown, {}):
            at = (fault.column_number or 0) - 1
            faults.add(replace(fault, excerpt=excerpt(data, record, at)))


def _labels(heading: _Heading, opening: _Opening, shown: str) -> list[str]:
    """The labels of one file, matched with the schema; the first file's columns are the table's."""
    table, schema = opening.table, opening.schema
    labels = joined(heading.records, table.dialect.header_join)
    if not table.dialect.header:
        given = [column.name for column in schema.columns] if schema else []
        labels = [given[n] if n < len(given) else f"column_{n + 1}" for n in range(len(labels))]
    elif schema is not None and not table.dialect.case_sensitive:
        known = {column.name.casefold(): column.name for column in schema.columns}
        labels = [known.get(label.casefold(), label) for label in labels]
    if not opening.parts:
        opening.schema = schema = schema or unnamed(labels)
        opening.cells = tuple(f"c{number}" for number in range(len(labels)))
    assert schema is not None
    header = header_labels.match(labels, schema)
    if table.dialect.header:
        told = header if table.schema is not None else header_labels.blanks(labels)
        add_label_faults(opening.faults, told, shown, heading.line)
    if not opening.parts:
        in_order = zip((column.name for column in schema.columns), range(len(labels)), strict=False)
        opening.positions = dict(header.positions) or dict(in_order)
    return labels


def joined(rows: Sequence[Record], join: str) -> list[str]:
    """The labels of a header of one or more rows; a cell that repeats the one above it, or is blank, adds nothing."""
    labels = [decoded(cell) for cell in rows[0].cells]
    above = list(labels)
    for record in rows[1:]:
        for index, cell in enumerate(map(decoded, record.cells)):
            if index >= len(labels):
                labels.append(cell)
                above.append(cell)
            elif cell and cell != above[index]:
                labels[index] = join.join((labels[index], cell)) if labels[index] else cell
                above[index] = cell
    return labels


def reading_of(table: Table, cells: Sequence[str]) -> Reading:
    """How DuckDB reads a clean file; its marks and its line ends may be other than those of its neighbours."""
    columns = ", ".join(f"{text(cell)}: 'VARCHAR'" for cell in cells)
    options = (
        f"auto_detect=false, header={str(table.dialect.header).lower()}, delim={text(table.dialect.delimiter)}, "
        f"quote='\"', escape='\"', "
        f"columns={{{columns}}}, force_not_null=[{texts(cells)}], strict_mode=true, hive_partitioning=false, "
        f"compression='none'"
    )
    return Reading(names(cells), "read_csv", options)
