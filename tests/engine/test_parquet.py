"""Parquet: each type of a file judged against the type of its column, and broken files told."""

import json
import struct
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.parquet
import pytest
from building import places

from datapkg.findings import Report
from datapkg.limits import Limits
from datapkg.validate import validate

STAMP = datetime(2020, 1, 1, tzinfo=UTC)
HOLD: list[tuple[Any, tuple[str, ...], tuple[str, ...]]] = [
    (pyarrow.array([1], pyarrow.int8()), ("integer", "number", "any"), ("string", "boolean")),
    (pyarrow.array([2**63], pyarrow.uint64()), ("number",), ("integer",)),
    (pyarrow.array([1.5]), ("number",), ("integer", "string")),
    (pyarrow.array([Decimal("1.50")]), ("number",), ("integer", "string")),
    (pyarrow.array([True]), ("boolean",), ("integer", "string")),
    (pyarrow.array(["a"]).dictionary_encode(), ("string",), ("integer",)),
    (pyarrow.array([date(2020, 1, 1)]), ("date",), ("string", "datetime")),
    (pyarrow.array([STAMP], pyarrow.timestamp("us", "UTC")), ("datetime",), ("date", "string")),
    (pyarrow.array([STAMP], pyarrow.timestamp("ms")), ("datetime",), ("string",)),
    (pyarrow.array([timedelta(days=1)]), (), ("duration", "string")),
    (pyarrow.array([b"\xff"]), ("any",), ("string",)),
    (pyarrow.array([[1, 2]]), ("array", "list"), ("string", "object")),
    (pyarrow.array([[{"a": 1}]]), ("array",), ("list",)),
    (pyarrow.array([struct.pack("<BIdd", 1, 1, 69.5, -34.25)]), ("geopoint",), ("string", "geojson", "list")),
    (pyarrow.array([{"a": 1}]), ("object",), ("string", "array")),
    (pyarrow.array([[("k", 1)]], pyarrow.map_(pyarrow.string(), pyarrow.int64())), ("object",), ("string",)),
]


def judged(folder: Path, files: dict[str, Any], kind: str | None = None) -> Report:
    for name, values in files.items():
        if isinstance(values, bytes):
            (folder / name).write_bytes(values)
        else:
            table = pyarrow.table({"a": values})
            pyarrow.parquet.write_table(table, folder / name, write_page_checksum=True)
    resource: dict[str, Any] = {"name": "t", "path": list(files), "type": "table"}
    if kind is not None:
        resource["schema"] = {"fields": [{"name": "a", "type": kind}]}
    (folder / "datapackage.json").write_text(json.dumps({"name": "x", "resources": [resource]}))
    return validate(f"{folder}/")


@pytest.mark.parametrize(("values", "fits", "others"), HOLD, ids=lambda part: str(getattr(part, "type", "")))
def test_a_column_holds_the_types_that_are_its_own(
    tmp_path: Path, values: Any, fits: tuple[str, ...], others: tuple[str, ...]
) -> None:
    for kind in (*fits, *others):
        codes = [code for code, *_ in places(judged(tmp_path, {"a.parquet": values}, kind))]
        assert codes == (["type-error"] if kind in others else []), kind


def test_files_of_one_table_count_their_rows_through(tmp_path: Path) -> None:
    files = {"a.parquet": pyarrow.array(["1", "2"]), "b.parquet": pyarrow.array(["3", "x"])}
    assert [(f.code, f.place.row, f.place.path[-9:]) for f in judged(tmp_path, files, "integer").findings] == [
        ("type-error", 4, "b.parquet")
    ]


def test_files_of_one_table_have_the_same_columns(tmp_path: Path) -> None:
    files = {"a.parquet": pyarrow.array(["1"]), "b.parquet": pyarrow.array([1])}
    assert [(f.code, f.place.path[-9:]) for f in judged(tmp_path, files).findings] == [("source-error", "b.parquet")]


def whole() -> bytes:
    sink = pyarrow.BufferOutputStream()
    values = pyarrow.table({"a": [f"value {number}" for number in range(2000)]})
    pyarrow.parquet.write_table(values, sink, write_page_checksum=True, compression="none")
    return bytes(sink.getvalue())


def flipped(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


@pytest.mark.parametrize(
    "data",
    [b"", b"PAR1", b"id\n1\n", whole()[:-20], whole()[40:], flipped(whole(), 3000)],
    ids=("empty", "magic", "csv", "cut", "beheaded", "a bit in a page"),
)
def test_a_broken_file_is_told(tmp_path: Path, data: bytes) -> None:
    assert [code for code, *_ in places(judged(tmp_path, {"a.parquet": data}))] == ["source-error"]


def test_a_file_that_becomes_huge_is_not_read(tmp_path: Path) -> None:
    values = pyarrow.array(["x"] * 20_000_000)
    assert [code for code, *_ in places(judged(tmp_path, {"a.parquet": values}))] == ["decompression-limit"]


@pytest.mark.parametrize(("memory", "found"), [(64 << 20, ["source-error"]), (1 << 30, [])])
def test_the_first_reading_of_a_file_takes_no_more_memory_than_the_limit(
    tmp_path: Path, memory: int, found: list[str]
) -> None:
    pyarrow.parquet.write_table(pyarrow.table({"a": ["x" * (80 << 20)]}), tmp_path / "t.parquet", compression="none")
    (tmp_path / "datapackage.json").write_text('{"name": "x", "resources": [{"name": "t", "path": "t.parquet"}]}')
    report = validate(f"{tmp_path}/", limits=Limits(parquet_memory=memory))
    assert [code for code, *_ in places(report)] == found
