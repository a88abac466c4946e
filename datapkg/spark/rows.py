"""The way back from rows of a cluster to their files: path, line, cells as written; and rows that are ragged.

The few rows that a report shows come here as they are written, and the exact lexer reads them again.
"""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from datapkg.engine.exactly import File, add_row_faults
from datapkg.engine.lexer import Record, lex
from datapkg.engine.locate import located
from datapkg.engine.opened import Located
from datapkg.engine.records import decoded
from datapkg.schema import ROW
from datapkg.spark import lines as text
from datapkg.spark.judge import EXTRA, MISSING, Kept
from datapkg.spark.opening import Source, quoted

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

CODES = {EXTRA: "extra-cell", MISSING: "missing-cell", text.BROKEN: "quote-error"}


def locate(kept: Kept, rows: Sequence[int]) -> Iterator[tuple[int, Located]]:
    """Where some rows are in their files."""
    from pyspark.sql import functions as F  # noqa: N812

    source, opened = kept.source, kept.source.opened
    assert source.frame is not None
    found = source.frame.where(F.col(quoted(ROW)).isin(list(rows)))
    if source.kinds is not None:
        cells = [source.text(number) for number in range(len(source.kinds))]
        for row, part, *values in found.select(quoted(ROW), text.PART, *cells).collect():
            yield row, Located(opened.parts[part].shown, None, tuple(values))
        return
    for row, part, record, data in _read(source, found):
        yield row, located(opened.parts[part], record, data)


def _read(source: Source, frame: "DataFrame") -> Iterator[tuple[int, int, Record, bytes]]:
    """(row, file, record, bytes) of rows as they are written."""
    dialect, limits = source.opened.table.dialect, source.opened.limits
    for row, part, line, record in frame.select(quoted(ROW), text.PART, text.LINE, text.RECORD).collect():
        data = record.encode("utf-8", "replace")
        first = next(iter(lex(data, dialect, limits, line=line)), None)
        if first is not None:
            yield row, part, first, data


def add_ragged(kept: Kept) -> None:
    """The faults of rows with cells too many or too few, or with quotes that are wrong."""
    from pyspark.sql import functions as F  # noqa: N812

    opened, faults = kept.source.opened, kept.source.opened.faults
    counts = {CODES[name]: count for name, count in kept.ragged.items() if count}
    if not counts or kept.frame is None or kept.source.frame is None:
        return
    bad = kept.frame.where(f"{text.BROKEN} OR {quoted(EXTRA)} > 0 OR {quoted(MISSING)} > 0")
    row = quoted(ROW)
    first = [found[0] for found in bad.select(row).orderBy(row).limit(faults.limit).collect()]
    names = {index: column for column, index in opened.positions.items()}
    told = sorted(_read(kept.source, kept.source.frame.where(F.col(row).isin(first))), key=lambda found: found[0])
    for number, part, record, data in told:
        at = opened.parts[part]
        file = File(at.readable, at.shown, at.first, opened.cells, names, garbled=False)
        add_row_faults(file, number, record, [decoded(cell) for cell in record.cells], data, faults)
    for code, count in counts.items():
        faults.count(code, max(0, count - faults.counts.get(code, 0)))
