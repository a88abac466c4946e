"""Clean text files whose columns are all of plain types, read into Arrow faster than by DuckDB.

A clean file is RFC 4180 to the letter, so both see the same cells in it; and of the cells that are of their types, the
values that are read here are those of `casts`, or there is an error. The tests hold both to the same values.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from datapkg.cells.values import boolean_words
from datapkg.engine import casts
from datapkg.engine.opened import Opened
from datapkg.schema import Column

if TYPE_CHECKING:
    import pyarrow

BLOCK = 1 << 20
"""Bytes that are read at a time."""


def plain_kinds(opened: Opened, columns: Sequence[Column]) -> "Mapping[str, pyarrow.DataType] | None":
    """The Arrow type of each column of a table but those of points that are made; None where one is not plain."""
    if opened.bare is None or opened.storage is not None or opened.native or opened.wrong:
        return None
    found: dict[str, pyarrow.DataType] = {}
    for column in columns:
        if column.name not in opened.positions:
            if column.type != "geopoint":
                return None
            continue
        kind = _kind(column)
        if kind is None or column.missing_values != ("",):
            return None
        found[column.name] = kind
    words = [boolean_words(column) for column in columns if column.type == "boolean"]
    return found if found and all(each == words[0] for each in words) else None


def _kind(column: Column) -> "pyarrow.DataType | None":
    import pyarrow

    if column.storage == "VARCHAR" and column.type not in ("list", "geopoint"):
        return pyarrow.string()
    if column.type == "boolean":
        return pyarrow.bool_()
    kinds = {"BIGINT": pyarrow.int64(), "DOUBLE": pyarrow.float64(), "DATE": pyarrow.date32()}
    plain = column.type in ("integer", "number", "date") and casts.plain(column)
    return kinds.get(column.storage) if plain else None


def read_plain(
    opened: Opened, kinds: "Mapping[str, pyarrow.DataType]"
) -> "tuple[pyarrow.Schema, Iterator[pyarrow.RecordBatch]]":
    """The rows of the table's files in order, in the columns of `kinds`; ArrowInvalid where one is not of its kind."""
    import pyarrow

    return pyarrow.schema(list(kinds.items())), _batches(opened, kinds)


def _batches(opened: Opened, kinds: "Mapping[str, pyarrow.DataType]") -> "Iterator[pyarrow.RecordBatch]":
    from pyarrow import csv

    cells = {opened.cells[opened.positions[column]]: kind for column, kind in kinds.items()}
    dialect = opened.table.dialect
    words = next((boolean_words(c) for c in opened.schema.columns if c.type == "boolean"), ((), ()))
    for part in opened.parts:
        yield from (
            batch.rename_columns(list(kinds))
            for batch in csv.open_csv(
                part.readable,
                csv.ReadOptions(
                    use_threads=False,
                    block_size=BLOCK,
                    skip_rows=int(dialect.header),
                    column_names=list(opened.cells),
                ),
                csv.ParseOptions(delimiter=dialect.delimiter, newlines_in_values=True, ignore_empty_lines=False),
                csv.ConvertOptions(
                    column_types=cells,
                    include_columns=list(cells),
                    null_values=[""],
                    strings_can_be_null=True,
                    true_values=list(words[0]),
                    false_values=list(words[1]),
                ),
            )
        )
