"""Delimited text on a cluster: physical lines numbered, put together to records, and parted into cells.

Files are read as lines, which can be split between workers, and not by Spark's own reader of CSV:
that one repairs what is broken in silence and knows no lines. One small job counts what is in each
split; from then on each line knows its number, and each row its own. Where a cell holds line
breaks, the lines of each file are put together by one worker.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from datapkg.schema import ROW

if TYPE_CHECKING:
    from pyspark.sql import Column as Expression
    from pyspark.sql import DataFrame, SparkSession

LINE, PART, RECORD, CELLS, BROKEN = "line", "part", "record", "cells", "broken"
QUOTE, BOM, MARK = '"', "\ufeff", "\x01"
CONFLICT = r"\A(?:<{7}|={7}|>{7}|\|{7})(?:[ \r]|\z)"
"""A line that git leaves where two changes met."""
TASK = 33
"""The bits of Spark's own numbers that count the rows of one task; those above are the task's."""


@dataclass(frozen=True)
class Split:
    """What was counted in one split of a file; `first` is the number that Spark gave its first line."""

    path: str
    start: int
    first: int
    lines: int
    filled: int
    head: str | None
    ended: bool
    counts: Mapping[str, int]


@dataclass(frozen=True)
class Text:
    """The files of one table as lines, with the splits of each file in order."""

    frame: "DataFrame"
    files: tuple[tuple[Split, ...], ...]

    def count(self, part: int, name: str) -> int:
        """What was counted in all lines of one file; of lengths the longest."""
        found = [split.counts[name] for split in self.files[part]]
        return max(found) if name == "longest" else sum(found)

    def lines(self, part: int) -> int:
        """The lines of one file."""
        return sum(split.lines for split in self.files[part])

    def filled(self, part: int) -> int:
        """The lines of one file that are not empty."""
        return sum(split.filled for split in self.files[part])

    def head(self, part: int) -> str | None:
        """The first line of a file that is not empty."""
        return next((split.head for split in self.files[part] if split.head is not None), None)


def read_lines(session: "SparkSession", paths: Sequence[str]) -> Text:
    """The files as lines, each split of them counted. Raises what Spark raises where one cannot be read."""
    from pyspark.sql import functions as F  # noqa: N812

    raw = session.read.options(lineSep="\n", recursiveFileLookup="true").text(list(paths))
    lines = raw.select(
        "value",
        F.col("_metadata.file_path").alias("path"),
        F.col("_metadata.file_block_start").alias("start"),
        F.monotonically_increasing_id().alias("number"),
    )
    found = sorted(_counted(lines), key=lambda split: split.start)
    return Text(lines, tuple(tuple(split for split in found if _same(split.path, path)) for path in paths))


def _counted(lines: "DataFrame") -> list[Split]:
    """One job: what each split holds."""
    from pyspark.sql import functions as F  # noqa: N812

    value = F.col("value")
    carriage = F.instr(value, "\r")
    flags = {
        "returns": value.endswith("\r"),
        "inner": (carriage > 0) & (carriage < F.length(value)),
        "nuls": value.contains("\0"),
        "bad": ~F.is_valid_utf8(value),
        "odd": _quotes(value) % 2 == 1,
        "conflicts": value.rlike(CONFLICT),
    }
    told = lines.groupBy("path", "start").agg(
        F.min("number").alias("first"),
        F.count("*").alias("lines"),
        F.count_if(~_empty(value)).alias("filled"),
        F.min_by(F.when(~_empty(value), value), F.when(~_empty(value), F.col("number"))).alias("head"),
        F.max_by(value.endswith("\r"), "number").alias("ended"),
        F.max(F.octet_length(value)).alias("longest"),
        *(F.count_if(flag).alias(name) for name, flag in flags.items()),
    )
    return [
        Split(
            path=row["path"],
            start=row["start"],
            first=row["first"],
            lines=row["lines"],
            filled=row["filled"],
            head=row["head"],
            ended=row["ended"],
            counts={name: row[name] for name in (*flags, "longest")},
        )
        for row in told.collect()
    ]


def _quotes(value: "Expression") -> "Expression":
    from pyspark.sql import functions as F  # noqa: N812

    return F.length(value) - F.length(F.replace(value, F.lit(QUOTE), F.lit("")))


def _empty(value: "Expression") -> "Expression":
    return (value == "") | (value == "\r")


def _same(found: str, wanted: str) -> bool:
    """Whether Spark's name of a file is the one that was asked for; it writes `file:/` and may escape characters."""
    short, plain = (path.replace("file:///", "file:/", 1) for path in (wanted, found))
    return short in (plain, unquote(plain))


# ---------------------------------------------------------------- lines with their numbers


def numbered(session: "SparkSession", text: Text, *, filled: bool) -> "DataFrame":
    """PART, LINE and `value` of every line. With `filled` empty lines are left out, and the others have a ROW too.

    ROW counts from 0 in each file: the first is the header's where there is one.
    """
    from pyspark.sql import functions as F  # noqa: N812

    moved: list[tuple[Any, ...]] = []
    ranks = _ranks([split for file in text.files for split in file])
    for part, file in enumerate(text.files):
        line, row = 1, 0
        for split in file:
            # Spark's own number of a line, moved so that it counts from the beginning of the file.
            moved.append((split.path, split.start, part, line - split.first, row - ranks[split.path, split.start]))
            line, row = line + split.lines, row + split.filled
    if len(moved) == 1:
        ((_, _, part, line, row),) = moved
        numbers = F.lit(part).alias(PART), (F.col("number") + F.lit(line)).alias(LINE)
        if not filled:
            return text.frame.select(*numbers, F.lit(None).cast("bigint").alias(ROW), "value")
        lines = text.frame.where(~_empty(F.col("value"))).withColumn("rank", F.monotonically_increasing_id())
        return lines.select(*numbers, (F.col("rank") + F.lit(row)).alias(ROW), "value")
    table = session.createDataFrame(moved, "path string, start bigint, part int, lines bigint, rows bigint")
    lines, row_of = text.frame, F.lit(None).cast("bigint")
    if filled:
        lines = lines.where(~_empty(F.col("value"))).withColumn("rank", F.monotonically_increasing_id())
        row_of = F.col("rank") + F.col("rows")
    found = lines.join(F.broadcast(table), ["path", "start"])
    return found.select(PART, (F.col("number") + F.col("lines")).alias(LINE), row_of.alias(ROW), "value")


def _ranks(splits: Sequence[Split]) -> dict[tuple[str, int], int]:
    """The number that the first line of each split gets once empty lines are left out.

    Spark counts on through the splits that one task reads, from a number of the task's own.
    """
    ranks: dict[tuple[str, int], int] = {}
    task, rank = -1, 0
    for split in sorted(splits, key=lambda split: split.first):
        if split.first >> TASK != task:
            task = split.first >> TASK
            rank = task << TASK
        ranks[split.path, split.start] = rank
        rank += split.filled
    return ranks


def empty_lines(session: "SparkSession", text: Text, limit: int) -> list[tuple[int, int]]:
    """(file, line) of the first empty lines of each file, from 0 and from 1."""
    from pyspark.sql import functions as F  # noqa: N812

    found = numbered(session, text, filled=False).where(_empty(F.col("value")))
    return [(row[0], row[1]) for row in found.select(PART, LINE).orderBy(PART, LINE).limit(limit).collect()]


# ---------------------------------------------------------------- records


def begun(lines: "DataFrame") -> "DataFrame":
    """The lines with `begin`, the line where the record of each begins: one where the quotes before it are even."""
    from pyspark.sql import Window
    from pyspark.sql import functions as F  # noqa: N812

    ordered = Window.partitionBy(PART).orderBy(LINE)
    before = ordered.rowsBetween(Window.unboundedPreceding, -1)
    odd = F.coalesce(F.sum(_quotes(F.col("value")) % 2).over(before), F.lit(0)) % 2
    until = ordered.rowsBetween(Window.unboundedPreceding, Window.currentRow)
    return lines.withColumn("odd", odd).withColumn("begin", F.max(F.when(F.col("odd") == 0, F.col(LINE))).over(until))


def joined(lines: "DataFrame") -> "DataFrame":
    """PART, LINE, ROW and `value` of the records of several lines; empty ones are left out."""
    from pyspark.sql import Window
    from pyspark.sql import functions as F  # noqa: N812

    pieces = F.array_sort(F.collect_list(F.struct(LINE, "value"))).alias("pieces")
    found = begun(lines).groupBy(PART, "begin").agg(pieces)
    whole = found.select(PART, F.col("begin").alias(LINE), F.array_join("pieces.value", "\n").alias("value"))
    row = F.row_number().over(Window.partitionBy(PART).orderBy(LINE)) - 1
    return whole.where(~_empty(F.col("value"))).withColumn(ROW, row.cast("bigint"))


def measured(lines: "DataFrame") -> dict[int, tuple[int, int]]:
    """By file: how many records of several lines it has, and the bytes of the longest."""
    from pyspark.sql import functions as F  # noqa: N812

    sizes = (
        begun(lines)
        .groupBy(PART, "begin")
        .agg(F.sum(F.octet_length("value") + 1).alias("size"), F.bool_and(_empty(F.col("value"))).alias("empty"))
    )
    told = sizes.groupBy(PART).agg(F.count_if(~F.col("empty")).alias("records"), F.max("size").alias("longest"))
    return {row[PART]: (row["records"], row["longest"]) for row in told.collect()}


def recorded(lines: "DataFrame", crlf: Sequence[int]) -> "DataFrame":
    """PART, LINE, ROW and RECORD without line end and byte order mark; the lines of the files `crlf` end with CR LF."""
    from pyspark.sql import functions as F  # noqa: N812

    value = F.col("value")
    if crlf:
        value = F.when(F.col(PART).isin(list(crlf)), F.regexp_replace(value, "\r\\z", "")).otherwise(value)
    marked = (F.col(ROW) == 0) & value.startswith(BOM)
    return lines.select(PART, LINE, ROW, F.when(marked, value.substr(2, 1 << 30)).otherwise(value).alias(RECORD))


# ---------------------------------------------------------------- cells


def parted(frame: "DataFrame", delimiter: str) -> "DataFrame":
    """The records with CELLS, and BROKEN where their quotes are wrong; then no cell is known."""
    from pyspark.sql import functions as F  # noqa: N812

    record, edge = F.col(RECORD), _literal(delimiter)
    plain = ~record.contains(QUOTE)
    # What stands in quotes becomes a single one, which must have an edge on either side.
    left = F.regexp_replace(F.regexp_replace(record, f"{QUOTE}[^{QUOTE}]*{QUOTE}", QUOTE), f"{QUOTE}+", QUOTE)
    placed = ~left.rlike(rf"(?<!{edge}|\A){QUOTE}|{QUOTE}(?!{edge}|\z)")
    fine = plain | ((_quotes(record) % 2 == 0) & placed)
    wrong = F.col(BROKEN)  # by its name, so that it is found out once
    cells = F.when(plain, F.split(record, edge, -1)).when(~wrong, _quoted(record, delimiter))
    return frame.withColumn(BROKEN, ~fine).withColumn(CELLS, F.coalesce(cells, F.array().cast("array<string>")))


def _quoted(record: "Expression", delimiter: str) -> "Expression":
    """The cells of a record with quotes: a delimiter inside of them is marked, and written back once cells are parted.

    Between quotes stands every second piece; of a doubled quote the piece between is empty.
    """
    from pyspark.sql import functions as F  # noqa: N812

    def hidden(piece: "Expression", index: "Expression") -> "Expression":
        kept = F.replace(F.replace(piece, F.lit(MARK), F.lit(f"{MARK}b")), F.lit(delimiter), F.lit(f"{MARK}a"))
        return F.when(index % 2 == 1, kept).otherwise(piece)

    def shown(cell: "Expression") -> "Expression":
        inner = F.substring(cell, F.lit(2), F.length(cell) - 2)
        inner = F.replace(inner, F.lit(QUOTE * 2), F.lit(QUOTE))
        inner = F.replace(F.replace(inner, F.lit(f"{MARK}a"), F.lit(delimiter)), F.lit(f"{MARK}b"), F.lit(MARK))
        return F.when(cell.startswith(QUOTE), inner).otherwise(cell)

    pieces = F.transform(F.split(record, QUOTE, -1), hidden)
    return F.transform(F.split(F.array_join(pieces, QUOTE), _literal(delimiter), -1), shown)


def _literal(text: str) -> str:
    """A text as an expression of Java that matches itself; Java is quickest with a single escaped sign."""
    if len(text) == 1 and text.isascii() and text.isprintable() and not text.isalnum():
        return f"\\{text}"
    return "".join(f"\\x{{{ord(letter):X}}}" for letter in text)
