"""A table opened on a cluster: its rows as a frame of Spark, its header, and the faults of its structure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from datapkg.engine import labels as header_labels
from datapkg.engine import special
from datapkg.engine.encodings import UTF8, codec_of
from datapkg.engine.lexer import ENDS, lex
from datapkg.engine.opened import Fault, Faults, Opened, Part, add_label_faults, unnamed
from datapkg.engine.records import decoded
from datapkg.findings import TableFacts
from datapkg.limits import Limits
from datapkg.resources import Table
from datapkg.schema import ROW, Schema
from datapkg.spark import lines as text
from datapkg.spark.session import failures, line_of

if TYPE_CHECKING:
    from pyspark.sql import Column as Expression
    from pyspark.sql import DataFrame, SparkSession

PATTERN = "*?[]{}\\"
"""Characters that Spark takes for a pattern of several paths, in whatever way they are written."""
COMPRESSED = {"": (), "gzip": (".gz",), "bz2": (".bz2",)}
"""What Spark expands by itself, told by the end of a name."""
UNSEEN = "it is empty, or the cluster does not see it"


@dataclass(frozen=True)
class Source:
    """A table on the cluster.

    `frame` has PART and ROW; of text files LINE, RECORD, CELLS and BROKEN too, and of Parquet the
    columns c0, c1, … of the types `kinds`. There is none where the table could not be read.
    """

    opened: Opened
    frame: "DataFrame | None" = None
    kinds: tuple[str, ...] | None = None

    def text(self, index: int) -> "Expression":
        """The text of a cell; null where there is none."""
        from pyspark.sql import functions as F  # noqa: N812

        if self.kinds is None:
            return F.get(text.CELLS, F.lit(index))
        cell = F.col(f"c{index}")
        return F.to_json(cell) if nested(self.kinds[index]) else cell.cast("string")


def nested(kind: str) -> bool:
    """Whether values of a type of Spark hold others."""
    return kind.startswith(("array<", "struct<", "map<"))


def open_table(session: "SparkSession", table: Table, paths: Sequence[str], limits: Limits) -> Source:
    """The table opened; what its files lack is told by the faults, and never raised.

    `paths` are its files as the cluster names them.
    """
    faults = Faults(limits.findings, limits.labels)
    facts = TableFacts(table.name, table.shown[0], None, None, None)
    nothing = Opened(table, table.schema or Schema(()), (), (), None, {}, facts, faults, limits=limits)
    if not table.tabular or not (paths or table.inline):
        return Source(nothing)
    refusal = _refusal(table, paths)
    if refusal is not None:
        faults.add(Fault("source-error", table.shown[0], words={"note": refusal}))
        return Source(nothing)
    try:
        if table.format == "parquet":
            return _open_parquet(session, nothing, paths)
        return _open_text(session, nothing, paths)
    except failures() as error:
        faults.add(Fault("source-error", table.shown[0], words={"note": line_of(error)}))
        return Source(nothing)


def _refusal(table: Table, paths: Sequence[str]) -> str | None:
    """Why a table is none that is read on a cluster, or None."""
    if table.inline is not None:
        return "its data stand in the descriptor, and a cluster reads files"
    if table.format not in ("csv", "parquet"):
        return f"the format {table.format} is not read on a cluster; CSV and Parquet are"
    if any(set(PATTERN) & set(path) for path in paths):
        return "its name has a character of patterns, which Spark would not take for itself"
    if table.format == "parquet":
        return None
    if not table.dialect.plain or table.dialect.header_join != " ":
        return "its dialect is not read on a cluster: quotes are doubled and a header stands in row 1"
    if codec_of(table.encoding) not in (*UTF8, "ascii"):
        return f"the encoding {table.encoding} is not read on a cluster; UTF-8 is"
    ends = COMPRESSED.get(table.compression)
    if ends is None or not all(path.endswith(ends) for path in paths if ends):
        return "its compression is not read on a cluster; gzip is, and bzip2, where the name says so"
    return None


def _finished(source: Opened, rows: Sequence[int], **more: Any) -> Opened:
    """The table with a part for each file, which has so many `rows`."""
    parts = []
    for number, count in enumerate(rows):
        table, first = source.table, sum(rows[:number])
        path = table.paths[number] if table.paths else Path(table.shown[number])
        parts.append(Part(table.shown[min(number, len(table.shown) - 1)], path, first, count, "", (), exact=True))
    return replace(source, parts=tuple(parts), facts=replace(source.facts, rows=sum(rows)), **more)


def _shifted(frame: "DataFrame", rows: Sequence[int], base: int) -> "DataFrame":
    """ROW counted from 1 through all files, where it began with `base` in each."""
    from pyspark.sql import functions as F  # noqa: N812

    firsts = [sum(rows[:number]) - base + 1 for number in range(len(rows))]
    moved = F.lit(firsts[0]) if len(rows) == 1 else F.get(F.lit(firsts), F.col(text.PART))
    return frame.withColumn(ROW, F.col(f"`{ROW}`") + moved)


# ---------------------------------------------------------------- text


def _open_text(session: "SparkSession", source: Opened, paths: Sequence[str]) -> Source:
    from pyspark.sql import functions as F  # noqa: N812

    table, limits, faults = source.table, source.limits, source.faults
    found = text.read_lines(session, paths)
    told = [fault for part in range(len(paths)) for fault in _file_faults(found, part, source)]
    lost = False
    for fault, fatal in told:
        faults.add(fault)
        lost |= fatal
    if lost:
        return Source(source)
    parts = range(len(paths))
    crlf = [part for part in parts if (found.head(part) or "").endswith("\r")]
    whole = not any(found.count(part, "odd") for part in parts)
    filled = [found.filled(part) for part in parts]
    heads = [found.head(part) or "" for part in parts]
    lines = text.numbered(session, found, filled=whole)
    if not whole:
        sizes = text.measured(lines)
        for part in parts:
            if sizes[part][1] > limits.line_bytes:
                note = f"a record in quotes has {sizes[part][1]:,} bytes, at most {limits.line_bytes:,} are read"
                faults.add(Fault("line-too-long", _shown(source, part), words={"note": note}))
                return Source(source)
        filled = [sizes[part][0] for part in parts]
        lines = text.joined(lines)
        first = text.recorded(lines, crlf).where(F.col(f"`{ROW}`") == 0).collect()
        heads = [next(row[text.RECORD] for row in first if row[text.PART] == part) for part in parts]
    source = _with_labels(source, heads, [_head_line(found, part) for part in parts])
    _add_empty_lines(session, found, source, whole=whole)
    header = int(table.dialect.header)
    rows = [count - header for count in filled]
    frame = text.recorded(lines, crlf)
    if header:
        frame = frame.where(F.col(f"`{ROW}`") > 0)
    frame = text.parted(_shifted(frame, rows, header), table.dialect.delimiter)
    return Source(_finished(source, rows), frame)


def _shown(source: Opened, part: int) -> str:
    return source.table.shown[min(part, len(source.table.shown) - 1)]


def _head_line(found: text.Text, part: int) -> int:
    """The line of the header, which is the first unless empty lines stand before it; how many is told with them."""
    return 1 if found.lines(part) == found.filled(part) else 0


def _file_faults(found: text.Text, part: int, source: Opened) -> Iterator[tuple[Fault, bool]]:
    """What is wrong with a file as a whole, and whether nothing of it can be read."""
    shown, dialect, limits = _shown(source, part), source.table.dialect, source.limits
    head = found.head(part)
    if head is None:
        yield Fault("source-error", shown, line=1, words={"note": UNSEEN}), True
        return
    named = special.named(head.encode("utf-8", "replace")[: special.HEAD], "utf-8", dialect)
    if named is not None:
        yield Fault(named[0], shown, line=1, words=named[1]), True
        return
    if head.startswith(text.BOM):
        yield Fault("byte-order-mark", shown, line=1), False
    if found.count(part, "bad"):
        note = f"{found.count(part, 'bad'):,} of its lines have bytes that are none of UTF-8"
        yield Fault("encoding-error", shown, words={"encoding": source.table.encoding, "note": note}), False
    if found.count(part, "nuls"):
        yield Fault("nul-byte", shown, words={"note": f"{found.count(part, 'nuls'):,} lines hold a NUL"}), False
    if found.count(part, "conflicts"):
        yield Fault("merge-conflict", shown), False
    longest = found.count(part, "longest")
    if longest > limits.line_bytes:
        note = f"a line has {longest:,} bytes, at most {limits.line_bytes:,} are read"
        yield Fault("line-too-long", shown, words={"note": note}), True
    if found.count(part, "odd") % 2:
        note = "a quote is opened and never closed, or stands alone; which one a cluster does not tell"
        yield Fault("quote-error", shown, words={"note": note}), True
    yield from ((fault, False) for fault in _ending_faults(found, part, shown, dialect.line_end))


def _ending_faults(found: text.Text, part: int, shown: str, declared: str | None) -> Iterator[Fault]:
    returns, lines = found.count(part, "returns"), found.lines(part)
    own = "\r\n" if (found.head(part) or "").endswith("\r") else "\n"
    # The last line of a file may end with the file.
    ended = own == "\n" or found.files[part][-1].ended
    other = returns if own == "\n" else lines - returns - int(not ended)
    if other or found.count(part, "inner"):
        note = f"{other + found.count(part, 'inner'):,} lines end otherwise than the first, or hold a CR"
        yield Fault("line-ending", shown, words={"note": note})
    if declared is not None and declared != own and lines > 1:
        note = f"the lines end with {ENDS[own.encode()]}, declared is {ENDS[declared.encode()]}"
        yield Fault("line-ending", shown, line=1, words={"note": note})


def _add_empty_lines(session: "SparkSession", found: text.Text, source: Opened, *, whole: bool) -> None:
    """Lines of nothing, which are no rows; those inside of quotes belong to their cell."""
    count = sum(found.lines(part) - found.filled(part) for part in range(len(found.files)))
    if not count or not whole:
        return
    for part, line in text.empty_lines(session, found, source.faults.limit):
        source.faults.add(Fault("blank-row", _shown(source, part), line=line))
    source.faults.count("blank-row", max(0, count - source.faults.limit))


def _with_labels(source: Opened, heads: Sequence[str], at: Sequence[int]) -> Opened:
    """The table with the columns of its first file; the faults of each header are told."""
    table = source.table
    for part, head in enumerate(heads):
        cells = next(iter(lex(head.removeprefix(text.BOM).rstrip("\r").encode(), table.dialect, source.limits))).cells
        labels = [decoded(cell) for cell in cells]
        schema = source.schema if source.cells else table.schema
        if not table.dialect.header:
            given = [column.name for column in schema.columns] if schema else []
            labels = [given[n] if n < len(given) else f"column_{n + 1}" for n in range(len(labels))]
        elif schema is not None and not table.dialect.case_sensitive:
            known = {column.name.casefold(): column.name for column in schema.columns}
            labels = [known.get(label.casefold(), label) for label in labels]
        schema = schema or unnamed(labels)
        header = header_labels.match(labels, schema)
        if table.dialect.header:
            told = header if table.schema is not None else header_labels.blanks(labels)
            add_label_faults(source.faults, told, _shown(source, part), at[part] or 1)
        if part == 0:
            in_order = zip((column.name for column in schema.columns), range(len(labels)), strict=False)
            names = tuple(f"c{number}" for number in range(len(labels)))
            source = replace(source, schema=schema, cells=names, positions=dict(header.positions) or dict(in_order))
    return source


# ---------------------------------------------------------------- Parquet


def _open_parquet(session: "SparkSession", source: Opened, paths: Sequence[str]) -> Source:
    from pyspark.sql import functions as F  # noqa: N812

    table, faults = source.table, source.faults
    read = session.read.options(recursiveFileLookup="true", mergeSchema="false")
    frames = [read.parquet(path) for path in paths]
    shapes = [[(field.name, field.dataType.simpleString()) for field in frame.schema.fields] for frame in frames]
    for part, shape in enumerate(shapes):
        if shape != shapes[0]:
            note = "its columns or their types are not those of the first file"
            faults.add(Fault("source-error", _shown(source, part), words={"note": note}))
            return Source(source)
    labels, kinds = [name for name, _ in shapes[0]], tuple(kind for _, kind in shapes[0])
    parts = [
        frame.select(
            F.lit(part).alias(text.PART),
            F.col("_metadata.row_index").alias(ROW),
            *(F.col(quoted(label)).alias(f"c{number}") for number, label in enumerate(labels)),
        )
        for part, frame in enumerate(frames)
    ]
    frame = parts[0]
    for other in parts[1:]:
        frame = frame.unionAll(other)
    counted = {row[0]: row[1] for row in frame.groupBy(text.PART).count().collect()}
    rows = [counted.get(part, 0) for part in range(len(paths))]
    schema = table.schema or unnamed(labels)
    header = header_labels.match(labels, schema)
    if table.schema is not None:
        add_label_faults(faults, header, table.shown[0], 1)
        faults.shown[:] = [replace(fault, line=None) for fault in faults.shown]
    cells = tuple(f"c{number}" for number in range(len(labels)))
    own = _finished(source, rows, schema=schema, cells=cells, storage=kinds, positions=dict(header.positions))
    return Source(own, _shifted(frame, rows, 0), kinds)


def quoted(name: str) -> str:
    """A name as Spark reads it, whatever letters it has."""
    return "`" + name.replace("`", "``") + "`"
