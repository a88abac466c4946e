"""Every type from the CSV to the Parquet: each cell comes back as the value that its schema gives it."""

import hashlib
import json
import random
import struct
from pathlib import Path
from typing import Any

import duckdb
import polars
import pyarrow
import pyarrow.parquet as pq
import pytest
from digesting import digest_in_python
from everytype import LOOKS, ROWS, build_every, rows

import datapkg
from datapkg.verify import verify


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_every(tmp_path_factory.mktemp("every") / "project")


@pytest.fixture(scope="module")
def file(release: Path) -> Path:
    return release / "data" / "every.parquet"


@pytest.fixture(scope="module")
def schema(release: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((release / "datapackage.json").read_text())["resources"][0]["schema"]
    return found


def wkb(point: tuple[float, float] | None) -> bytes | None:
    return None if point is None else struct.pack("<BIdd", 1, 1, *point)


POINTS = ("where", "pair", "named", "geometry")


def expected() -> list[dict[str, Any]]:
    return [{name: wkb(v) if name in POINTS else v for name, v in values.items()} for _, values in rows()]


def test_every_cell_comes_back_as_its_value(file: Path) -> None:
    found = pq.ParquetFile(file, page_checksum_verification=True).read().to_pylist()
    for row, wanted in zip(found, expected(), strict=True):
        for name, value in wanted.items():
            assert repr(row[name]).replace("zoneinfo.ZoneInfo(key='UTC')", "datetime.timezone.utc") == repr(value), name


def test_the_types_are_those_that_the_schema_declares(file: Path, schema: dict[str, Any]) -> None:
    found = {field.name: str(field.type) for field in pq.read_schema(file)}
    assert [field["name"] for field in schema["fields"]] == list(found)
    words = "dictionary<values=string, indices=int32, ordered={}>"
    for name, wanted in {
        "kind": words.format(0),
        "level": words.format(1),
        "code": "int32",
        "count": "int64",
        "small": "int32",
        "price": "decimal128(12, 2)",
        "exact": "decimal128(38, 10)",
        "seen": "timestamp[us]",
        "moment": "timestamp[us, tz=UTC]",
        "told": "timestamp[us, tz=UTC]",
        "where": "binary",
        "where_lon": "double",
        "geometry": "binary",
        "tags": "list<element: string>",
        "numbers": "list<element: int64>",
        "days": "list<element: date32[day]>",
    }.items():
        assert found[name] == wanted, name
    assert json.loads(pq.read_schema(file).field("code").metadata[b"categories"])[1] == {"value": 2, "label": "Bomb"}


def test_it_verifies(release: Path) -> None:
    findings = verify(release.as_posix()).findings
    assert [finding.message for finding in findings if finding.code not in LOOKS] == []


def test_it_is_geoparquet(file: Path) -> None:
    told = json.loads(pq.read_metadata(file).metadata[b"geo"])
    assert (told["version"], told["primary_column"], list(told["columns"])) == ("1.1.0", "where", list(POINTS))
    assert told["columns"]["where"] == {
        "encoding": "WKB",
        "geometry_types": ["Point"],
        "bbox": [-180.0, -90.0, 71.095, 34.115],
    }
    kinds = {
        str(pq.read_metadata(file).schema.column(n).logical_type) for n in range(pq.read_metadata(file).num_columns)
    }
    assert not any("GEO" in kind.upper() for kind in kinds)


def test_no_path_date_or_version_is_in_the_file(file: Path, release: Path) -> None:
    content = file.read_bytes()
    for text in (b"1.0.0", b"2026-01-01", release.parents[1].as_posix().encode()):
        assert text not in content.replace(b'"version": "1.1.0"', b""), text


# ---------------------------------------------------------------- content_sha256, a second time


def test_the_digest_of_the_content_is_what_plain_python_makes_of_the_source(
    release: Path, schema: dict[str, Any]
) -> None:
    told = json.loads((release / "datapackage.json").read_text())["resources"][0]["datapkg:content_sha256"]
    assert told == digest_in_python([values for _, values in rows()], schema)


def by_duckdb(file: Path, copy: Path) -> None:
    with duckdb.connect() as con:
        con.execute("SET TimeZone = 'Asia/Kabul'")
        con.execute(f"COPY (FROM '{file}' ORDER BY random()) TO '{copy}' (FORMAT parquet)")


def by_polars(file: Path, copy: Path) -> None:
    polars.read_parquet(file).reverse().write_parquet(copy)


def by_arrow(file: Path, copy: Path) -> None:
    table = pq.read_table(file)
    pq.write_table(table.select(table.column_names[::-1]), copy, compression="snappy", use_dictionary=False)


@pytest.mark.parametrize("write", [by_duckdb, by_polars, by_arrow])
def test_a_copy_of_another_writer_has_the_same_content(
    file: Path, schema: dict[str, Any], tmp_path: Path, write: Any
) -> None:
    write(file, tmp_path / "copy.parquet")
    assert datapkg.content_sha256(tmp_path / "copy.parquet", schema) == datapkg.content_sha256(file)
    assert (
        hashlib.sha256((tmp_path / "copy.parquet").read_bytes()).digest() != hashlib.sha256(file.read_bytes()).digest()
    )


def test_the_content_of_an_arrow_table_of_a_release(release: Path) -> None:
    opened = datapkg.load(release.as_posix())
    assert datapkg.content_sha256(opened["every"]) == opened.descriptor["resources"][0]["datapkg:content_sha256"]


@pytest.mark.parametrize(
    "column", ["text", "count", "share", "price", "sure", "day", "clock", "moment", "numbers", "where_lat"]
)
def test_one_other_cell_is_another_content(file: Path, column: str, tmp_path: Path) -> None:
    table = pq.read_table(file)
    number = table.schema.get_field_index(column)
    cells = table[column].to_pylist()
    at = next(index for index, cell in enumerate(cells) if cell is not None)
    cells[at] = None
    changed = table.set_column(
        number, table.schema.field(number), pyarrow.array(cells, table.schema.field(number).type)
    )
    assert datapkg.content_sha256(changed) != datapkg.content_sha256(file)


def test_the_order_of_the_source_changes_no_byte(file: Path, tmp_path: Path) -> None:
    order = list(range(ROWS))
    random.Random(7).shuffle(order)  # noqa: S311
    assert (build_every(tmp_path / "project", order) / "data" / "every.parquet").read_bytes() == file.read_bytes()
