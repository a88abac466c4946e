"""`data/<table>.parquet`, or `data/<table>/part-00000.parquet` and on: one table, typed, with its schema's help.

The bytes depend on the table's rows, its schema and the limit `part_bytes` alone: no version, no date, no path.
"""

import hashlib
import json
from collections.abc import Collection, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import chain, islice, takewhile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from datapkg.cells.points import parts
from datapkg.cells.values import item_column
from datapkg.engine.connection import Workspace
from datapkg.engine.digests import Tally
from datapkg.engine.export import columns, strays
from datapkg.engine.judge import Judged
from datapkg.engine.outgoing import Rows, Sample, Surprise, batches, lacking, pieces, rows_of, sampled
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
class File:
    """One file of a table, as the release lists it."""

    path: str
    bytes: int
    sha256: str


@dataclass(frozen=True)
class Written:
    """A table in a release: the names of its files in `folder`, in order, and what was written into them.

    `tally` has seen its rows. Once they were read back, `content_sha256` is the digest of what the files hold,
    whatever wrote them, `files` and `sha256` are those of the files, each and one after another, and `sources`
    has the digest of each file that they were made from.
    """

    folder: Path
    names: tuple[str, ...]
    tally: Tally
    content_sha256: str = ""
    files: tuple[File, ...] = ()
    sha256: str = ""
    sources: Mapping[Path, str] = field(default_factory=dict)

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
        return self.tally.rows


def write_table(
    folder: Path,
    space: Workspace,
    judged: Judged,
    *,
    about: Mapping[str, str],
    schema: Mapping[str, Any],
    plain: bool = True,
) -> Written:
    """Write the table into `folder`: as one file, or as parts of a fixed number of rows where it is large.

    `about` are the texts told of the table (dataset, table, title, …), `schema` its Table Schema
    as released. Unless `plain`, no file is read without DuckDB. Raises OSError where a file cannot be written,
    OutputError where the rows cannot be sorted, Refused where a value does not fit its column, Surprise where the
    rows are not what they were judged to be, or cannot be read again.
    """
    law = from_descriptor(schema)
    rows = rows_of(space, judged, law.columns, plain=plain)
    plan = _planned(space, rows, law, about, canonical(schema))
    with batches(space, rows, ROW_GROUP, GROUP_BYTES // 4) as (kinds, read):
        held, read = sampled(read, ROW_GROUP, GROUP_BYTES)
        group, groups = _shape(held, rows.count, space.limits.part_bytes)
        names = _files(judged.opened.table.name, rows.count, group * groups if groups else None)
        written = Written(folder, names, Tally(rows.stored, law.primary_key, plan.points))
        try:
            _write(written, plan, pieces(read, kinds, group), group, groups)
            if written.rows != rows.count:
                raise Surprise(f"{written.rows:,} rows were read, and {rows.count:,} judged")
        except Surprise:
            for path in written.paths:
                path.unlink(missing_ok=True)
            raise
    return written


@dataclass(frozen=True)
class _Plan:
    """How a table is written: its Arrow schema, the texts of its dictionaries, and what its points are made of."""

    arrow: "pyarrow.Schema"
    dictionaries: "Mapping[str, pyarrow.Array]"
    points: Mapping[str, tuple[str, str]]
    order: "list[pyarrow.parquet.SortingColumn]"


def _planned(space: Workspace, rows: Rows, law: Schema, about: Mapping[str, str], told: str) -> _Plan:
    needed = [column.name for column in law.columns if column.required or column.name in law.primary_key]
    # A null where the law asks for a value is there only by a waiver: it is kept, and told.
    never = {*needed} - lacking(space, rows, needed)
    words = {**about, "schema": told, "law": hashlib.sha256(told.encode()).hexdigest()}
    dictionaries = _dictionaries(space, rows)
    return _Plan(_arrow_schema(law, never, words), dictionaries, parts(law.columns), _order(law))


def _write(written: Written, plan: _Plan, stream: "Iterator[pyarrow.Table]", group: int, groups: int | None) -> None:
    """Write the pieces, so many to a file, while a thread works out the digest of those before."""
    import pyarrow.parquet

    first = next(stream)
    stream = chain([first], stream)
    repeating = _repeating(first, plan.dictionaries)
    with ThreadPoolExecutor(1) as hashing:
        hashed = None
        for path in written.paths:
            path.parent.mkdir(exist_ok=True)
            with pyarrow.parquet.ParquetWriter(
                path,
                plan.arrow,
                compression="zstd",
                compression_level=LEVEL,
                use_dictionary=repeating,
                write_page_index=True,
                write_page_checksum=True,
                sorting_columns=plan.order or None,
            ) as writer:
                bounds = Bounds()
                for piece in islice(stream, groups):
                    if hashed is not None:
                        hashed.result()
                    hashed = hashing.submit(written.tally.update, piece)
                    step(piece.num_rows)
                    bounds.see(piece, plan.points)
                    writer.write_table(_as(piece, plan), row_group_size=group)
                if plan.points:
                    writer.add_key_value_metadata({"geo": geo_metadata(plan.points, bounds)})
        if hashed is not None:
            hashed.result()
    if next(stream, None) is not None:
        raise Surprise("there are more rows than were judged")


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


def _shape(held: Sample, rows: int, part_bytes: int) -> tuple[int, int | None]:
    """The rows of a row group, and the row groups of a part; None where the table is one file.

    What `rows` come to is taken from the first of them. Both are halved until they fit, so that a few rows more
    or less do not move where parts begin.
    """
    group = ROW_GROUP
    while group > 1 and group * held.bytes > GROUP_BYTES * held.rows:
        group //= 2
    if rows * held.bytes <= part_bytes * held.rows:
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


def _arrow_schema(law: Schema, never: Collection[str], told: Mapping[str, str]) -> "pyarrow.Schema":
    """The schema of the files; the columns of `never` have a value in each row."""
    import pyarrow

    fields = [pyarrow.field(c.name, arrow_type(c), c.name not in never, _help(c)) for c in law.columns]
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


def _dictionaries(space: Workspace, rows: Rows) -> "dict[str, pyarrow.Array]":
    """The dictionary of each column of declared texts; waived texts beyond them come last."""
    import pyarrow

    found = {}
    for column in columns(rows.judged):
        if known := declared(column):
            waived = [] if rows.again else strays(space, rows.judged, column.name, known)
            found[column.name] = pyarrow.array([*known, *waived], pyarrow.string())
    return found


def _as(piece: "pyarrow.Table", plan: _Plan) -> "pyarrow.Table":
    """The piece in the types of the release. Refused where a value, which is waived, has no place in them."""
    import pyarrow
    import pyarrow.compute

    arrays = []
    for field_ in plan.arrow:
        if field_.name in plan.points:
            arrays.append(wkb(piece, *plan.points[field_.name]))
            continue
        cells = piece[field_.name].combine_chunks()
        if cells.null_count and not field_.nullable:
            raise Surprise(f"{field_.name} lacks a value")
        if field_.name in plan.dictionaries:
            values = plan.dictionaries[field_.name]
            numbers = pyarrow.compute.index_in(cells, value_set=values)
            if numbers.null_count > cells.null_count:
                raise Surprise(f"{field_.name} has a value that was not declared")
            arrays.append(pyarrow.DictionaryArray.from_arrays(numbers, values, ordered=field_.type.ordered))
        else:
            try:
                arrays.append(cells.cast(field_.type))
            except pyarrow.ArrowInvalid as error:
                raise Refused(f"a value of {field_.name} does not fit its column: {error}") from None
    return pyarrow.Table.from_arrays(arrays, schema=plan.arrow)
