"""`data/<table>.parquet`: one table, typed, with its schema's help in the metadata.

The bytes depend on the table's rows and its schema alone: no version, no date, no path.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from datapkg.engine.connection import Workspace
from datapkg.engine.export import columns, pieces, strays, with_nulls
from datapkg.engine.judge import Judged
from datapkg.pace import step
from datapkg.schema import Column

if TYPE_CHECKING:
    import pyarrow

ROW_GROUP = 122_880
"""Rows of a row group: a multiple of the 2,048 that DuckDB reads at a time."""
LEVEL = 15
INT32 = range(-(2**31), 2**31)


def write_parquet(
    path: Path, space: Workspace, judged: Judged, *, about: Mapping[str, str], schema: Mapping[str, Any]
) -> int:
    """Write the table and return its rows.

    `about` are the texts told of the table (dataset, table, title, …), `schema` its Table Schema
    as released. Raises OSError where the file cannot be written, OutputError where the rows
    cannot be sorted.
    """
    import pyarrow.parquet

    dictionaries = _dictionaries(space, judged)
    arrow = _arrow_schema(judged, with_nulls(space, judged), {**about, "schema": canonical(schema)})
    key = judged.opened.schema.primary_key
    numbers = {column.name: number for number, column in enumerate(columns(judged))}
    rows = 0
    with pyarrow.parquet.ParquetWriter(
        path,
        arrow,
        compression="zstd",
        compression_level=LEVEL,
        use_dictionary=_repeating(judged),
        write_page_index=True,
        write_page_checksum=True,
        sorting_columns=[pyarrow.parquet.SortingColumn(numbers[name]) for name in key] or None,
    ) as writer:
        for piece in pieces(space, judged, ROW_GROUP):
            rows += piece.num_rows
            step(piece.num_rows)
            writer.write_table(_as(piece, arrow, dictionaries), row_group_size=ROW_GROUP)
    return rows


def arrow_type(column: Column) -> "pyarrow.DataType":
    """The Arrow type that holds a column's values in a release."""
    import pyarrow

    if declared(column):
        ordered = column.properties.get("categoriesOrdered") is True
        return pyarrow.dictionary(pyarrow.int32(), pyarrow.string(), ordered=ordered)
    if column.type == "integer":
        return pyarrow.int32() if _is_small(column) else pyarrow.int64()
    kinds = {
        "number": pyarrow.float64(),
        "boolean": pyarrow.bool_(),
        "date": pyarrow.date32(),
        "time": pyarrow.time64("us"),
        "datetime": pyarrow.timestamp("us"),
        "year": pyarrow.int32(),
    }
    return kinds.get(column.type, pyarrow.string())


def declared(column: Column) -> tuple[str, ...]:
    """The texts that a string column may have, in the order declared; none where it is free."""
    listed = [category.value for category in column.categories] or column.constraints.get("enum", [])
    if column.type != "string" or not all(isinstance(value, str) for value in listed):
        return ()
    return tuple(dict.fromkeys(listed))


def canonical(value: Any) -> str:
    """JSON of a value, the same text for the same value."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _is_small(column: Column) -> bool:
    rules = column.constraints
    bounds = [rules.get("minimum", rules.get("exclusiveMinimum")), rules.get("maximum", rules.get("exclusiveMaximum"))]
    return all(isinstance(bound, int) and bound in INT32 for bound in bounds)


def _repeating(judged: Judged) -> list[str]:
    """The columns worth a dictionary page: all but those whose values are told to be unique."""
    key = judged.opened.schema.primary_key
    return [
        column.name
        for column in columns(judged)
        if key != (column.name,) and column.constraints.get("unique") is not True
    ]


def _arrow_schema(judged: Judged, nulls: frozenset[str], told: Mapping[str, str]) -> "pyarrow.Schema":
    import pyarrow

    key = judged.opened.schema.primary_key
    fields = []
    for column in columns(judged):
        # A null where the law asks for a value is there only by a waiver: it is kept, and told.
        nullable = column.name in nulls or not (column.required or column.name in key)
        fields.append(pyarrow.field(column.name, arrow_type(column), nullable, _help(column)))
    return pyarrow.schema(fields, {f"datapkg:{name}": text for name, text in told.items()})


def _help(column: Column) -> dict[str, str]:
    given = {
        "description": column.description,
        "unit": column.unit,
        "title": column.title,
        "example": column.properties.get("example"),
    }
    return {
        name: text if isinstance(text, str) else canonical(text) for name, text in given.items() if text is not None
    }


def _dictionaries(space: Workspace, judged: Judged) -> "dict[str, pyarrow.Array]":
    """The dictionary of each column of declared texts; waived texts beyond them come last."""
    import pyarrow

    found = {}
    for column in columns(judged):
        if known := declared(column):
            texts = [*known, *strays(space, judged, column.name, known)]
            found[column.name] = pyarrow.array(texts, pyarrow.string())
    return found


def _as(
    piece: "pyarrow.Table", arrow: "pyarrow.Schema", dictionaries: "Mapping[str, pyarrow.Array]"
) -> "pyarrow.Table":
    """The piece in the types of the release."""
    import pyarrow
    import pyarrow.compute

    arrays = []
    for field in arrow:
        cells = piece[field.name].combine_chunks()
        if field.name in dictionaries:
            values = dictionaries[field.name]
            numbers = pyarrow.compute.index_in(cells, value_set=values)
            arrays.append(pyarrow.DictionaryArray.from_arrays(numbers, values, ordered=field.type.ordered))
        else:
            arrays.append(cells.cast(field.type))
    return pyarrow.Table.from_arrays(arrays, schema=arrow)
