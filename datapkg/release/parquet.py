"""`data/<table>.parquet`, or `data/<table>/part-00000.parquet` and on: one table, typed, with its schema's help.

The bytes depend on the table's rows, its schema and the limit `part_bytes` alone: no version, no date, no path.
"""

import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from itertools import chain, islice, takewhile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from datapkg.cells.points import parts
from datapkg.cells.values import item_column
from datapkg.engine.connection import Workspace
from datapkg.engine.export import Content, columns, content, pieces, strays
from datapkg.engine.judge import Judged
from datapkg.errors import Refused
from datapkg.pace import step
from datapkg.release.geo import Bounds, geo_metadata, wkb
from datapkg.schema import Column, Schema, from_descriptor

if TYPE_CHECKING:
    import pyarrow

ROW_GROUP = 122_880
"""Rows of a row group: a multiple of the 2,048 that DuckDB reads at a time."""
GROUP_BYTES = 128 << 20
"""Bytes of values beyond which a row group has fewer rows."""
LEVEL = 3
"""Of zstd. Level 15 takes eighteen times as long, for files a sixteenth smaller."""
INT32 = range(-(2**31), 2**31)


@dataclass(frozen=True)
class Written:
    """A table in a release: its files in order, as paths and as the release lists them, and what they hold.

    `content_sha256` is the digest of what they hold, whatever wrote it.
    """

    folder: Path
    names: tuple[str, ...]
    content: Content
    content_sha256: str = ""

    @property
    def paths(self) -> tuple[Path, ...]:
        """Where the files are."""
        return tuple(self.folder / name for name in self.names)

    @property
    def listed(self) -> tuple[str, ...]:
        """Where the files are in the release."""
        return tuple(f"data/{name}" for name in self.names)

    @property
    def rows(self) -> int:
        """Its rows."""
        return self.content.rows


def write_table(
    folder: Path, space: Workspace, judged: Judged, *, about: Mapping[str, str], schema: Mapping[str, Any]
) -> Written:
    """Write the table into `folder`: as one file, or as parts of a fixed number of rows where it is large.

    `about` are the texts told of the table (dataset, table, title, …), `schema` its Table Schema
    as released. Raises OSError where a file cannot be written, OutputError where the rows cannot
    be sorted, Refused where a value does not fit its column.
    """
    import pyarrow.parquet

    law = from_descriptor(schema)
    held = content(space, judged, law.columns)
    group, groups = _shape(held, space.limits.part_bytes)
    written = Written(folder, _files(judged.opened.table.name, held.rows, group * groups if groups else None), held)
    dictionaries = _dictionaries(space, judged)
    told = canonical(schema)
    arrow = _arrow_schema(law, held, {**about, "schema": told, "law": hashlib.sha256(told.encode()).hexdigest()})
    stream = pieces(space, judged, law.columns, group)
    points = parts(law.columns)
    first = next(stream)
    stream = chain([first], stream)
    for path in written.paths:
        path.parent.mkdir(exist_ok=True)
        with pyarrow.parquet.ParquetWriter(
            path,
            arrow,
            compression="zstd",
            compression_level=LEVEL,
            use_dictionary=_repeating(first, dictionaries),
            write_page_index=True,
            write_page_checksum=True,
            sorting_columns=_order(law) or None,
        ) as writer:
            bounds = Bounds()
            for piece in islice(stream, groups):
                step(piece.num_rows)
                bounds.see(piece, points)
                writer.write_table(_as(piece, arrow, dictionaries, points), row_group_size=group)
            if points:
                writer.add_key_value_metadata({"geo": geo_metadata(points, bounds)})
    return written


def _order(law: Schema) -> "list[pyarrow.parquet.SortingColumn]":
    """The columns that the rows are sorted by, as far as they are stored in the form that is compared."""
    import pyarrow.parquet

    numbers = {column.name: number for number, column in enumerate(law.columns)}
    sorted_by = takewhile(lambda name: law[name].type not in ("geopoint", "list"), law.primary_key)
    return [pyarrow.parquet.SortingColumn(numbers[name]) for name in sorted_by]


def arrow_type(column: Column) -> "pyarrow.DataType":
    """The Arrow type that holds a column's values in a release."""
    import pyarrow

    if declared(column):
        ordered = column.properties.get("categoriesOrdered") is True
        return pyarrow.dictionary(pyarrow.int32(), pyarrow.string(), ordered=ordered)
    if column.type == "integer":
        return pyarrow.int32() if _is_small(column) else pyarrow.int64()
    if column.decimal is not None:
        return pyarrow.decimal128(*column.decimal)
    if column.type == "datetime":
        return pyarrow.timestamp("us", tz="UTC" if column.zone == "UTC" else None)
    if column.type == "list":
        return pyarrow.list_(arrow_type(item_column(column)))
    kinds = {
        "number": pyarrow.float64(),
        "boolean": pyarrow.bool_(),
        "date": pyarrow.date32(),
        "time": pyarrow.time64("us"),
        "year": pyarrow.int32(),
        "geopoint": pyarrow.binary(),
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
    """Whether 32 bits hold every value that the schema allows.

    No type is smaller: sums of 8 bits overflow, in some readers in silence, and files are no larger.
    """
    rules = column.constraints
    listed = [category.value for category in column.categories] or rules.get("enum")
    if isinstance(listed, list) and listed:
        return all(type(value) is int and value in INT32 for value in listed)
    bounds = [rules.get("minimum", rules.get("exclusiveMinimum")), rules.get("maximum", rules.get("exclusiveMaximum"))]
    return all(isinstance(bound, int) and bound in INT32 for bound in bounds)


def _shape(held: Content, part_bytes: int) -> tuple[int, int | None]:
    """The rows of a row group, and the row groups of a part; None where the table is one file.

    Both are halved until they fit, so that a few rows more or less do not move where parts begin.
    """
    group = ROW_GROUP
    while group > 1 and group * held.bytes > GROUP_BYTES * held.rows:
        group //= 2
    if held.bytes <= part_bytes:
        return group, None
    most = part_bytes * held.rows // (held.bytes * group)
    return group, 1 << max(most.bit_length() - 1, 0)


def _files(table: str, rows: int, part: int | None) -> tuple[str, ...]:
    if part is None or rows <= part:
        return (f"{table}.parquet",)
    return tuple(f"{table}/part-{number:05}.parquet" for number in range(-(-rows // part)))


def _repeating(piece: "pyarrow.Table", declared: Collection[str]) -> list[str]:
    """The columns worth a dictionary page: of declared texts, or of values that repeat in the first row group."""
    import pyarrow.compute

    plain = (field.name for field in piece.schema if not pyarrow.types.is_list(field.type))
    free = [name for name in plain if name not in declared]
    counts = {name: pyarrow.compute.count_distinct(piece[name], mode="all").as_py() for name in free}
    return [*declared, *(name for name, count in counts.items() if 2 * count <= piece.num_rows)]


def _arrow_schema(law: Schema, held: Content, told: Mapping[str, str]) -> "pyarrow.Schema":
    import pyarrow

    fields = []
    for column, known in zip(law.columns, held.known, strict=True):
        # A null where the law asks for a value is there only by a waiver: it is kept, and told.
        nullable = known < held.rows or not (column.required or column.name in law.primary_key)
        fields.append(pyarrow.field(column.name, arrow_type(column), nullable, _help(column)))
    return pyarrow.schema(fields, {f"datapkg:{name}": text for name, text in told.items()})


def _help(column: Column) -> dict[str, str]:
    given = {
        "description": column.description,
        "unit": column.unit,
        "title": column.title,
        "example": column.properties.get("example"),
        "categories": column.properties.get("categories"),
        "constraints": column.constraints or None,
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
    piece: "pyarrow.Table",
    arrow: "pyarrow.Schema",
    dictionaries: "Mapping[str, pyarrow.Array]",
    points: Mapping[str, tuple[str, str]],
) -> "pyarrow.Table":
    """The piece in the types of the release. Refused where a value, which is waived, has no place in them."""
    import pyarrow
    import pyarrow.compute

    arrays = []
    for field in arrow:
        if field.name in points:
            arrays.append(wkb(piece, *points[field.name]))
            continue
        cells = piece[field.name].combine_chunks()
        if field.name in dictionaries:
            values = dictionaries[field.name]
            numbers = pyarrow.compute.index_in(cells, value_set=values)
            arrays.append(pyarrow.DictionaryArray.from_arrays(numbers, values, ordered=field.type.ordered))
        else:
            try:
                arrays.append(cells.cast(field.type))
            except pyarrow.ArrowInvalid as error:
                raise Refused(f"a value of {field.name} does not fit its column: {error}") from None
    return pyarrow.Table.from_arrays(arrays, schema=arrow)
