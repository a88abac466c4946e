"""Compressed text: read as its expanded self, told where it is not sound, and bounded."""

import bz2
import gzip
import hashlib
import io
import json
import zipfile
from pathlib import Path

import pyarrow
import pytest
from building import places

from datapkg.dataset import open_file
from datapkg.engine.connection import workspace
from datapkg.engine.opening import open_table
from datapkg.limits import Limits
from datapkg.validate import validate

ROWS = b'id,note\n1,"two\nlines"\nx,b\n'
TOLD = [("type-error", 4, "id", "x")]


def zipped(members: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return file.getvalue()


def encrypted() -> bytes:
    """An archive whose one member says that it is encrypted."""
    data = bytearray(zipped({"a.csv": ROWS}))
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    return bytes(data)


ZSTD = pyarrow.compress(ROWS, codec="zstd", asbytes=True)
PACKED = {
    "a.csv.gz": gzip.compress(ROWS),
    "a.csv.bz2": bz2.compress(ROWS),
    "a.csv.zst": ZSTD,
    "a.csv.zip": zipped({"a.csv": ROWS}),
    "two-streams.csv.gz": gzip.compress(ROWS[:9]) + gzip.compress(ROWS[9:]),
    "two-streams.csv.bz2": bz2.compress(ROWS[:9]) + bz2.compress(ROWS[9:]),
    "in-a-folder.csv.zip": zipped({"data/": b"", "data/a.csv": ROWS}),
}


def package(folder: Path, name: str, data: bytes, **more: object) -> str:
    (folder / name).write_bytes(data)
    schema = {"fields": [{"name": "id", "type": "integer"}, {"name": "note", "type": "string"}]}
    resource = {"name": "a", "path": name, "dialect": {}, "schema": schema, **more}
    (folder / "datapackage.json").write_text(json.dumps({"name": "x", "resources": [resource]}))
    return f"{folder}/"


@pytest.mark.parametrize("name", PACKED)
def test_packed_text_is_read_at_the_lines_of_the_text(tmp_path: Path, name: str) -> None:
    report = validate(package(tmp_path, name, PACKED[name]))
    assert places(report) == TOLD
    facts = report.datasets[0].tables[0]
    assert (facts.rows, facts.bytes) == (2, len(PACKED[name]))
    assert facts.sha256 == hashlib.sha256(PACKED[name]).hexdigest()


@pytest.mark.parametrize("name", PACKED)
def test_a_packed_file_is_a_target(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(PACKED[name])
    schema = tmp_path / "schema.json"
    schema.write_text('{"fields": [{"name": "id", "type": "integer"}, {"name": "note", "type": "string"}]}')
    assert places(validate(f"{tmp_path}/{name}", schema=schema)) == TOLD


@pytest.mark.parametrize(
    ("name", "data", "more"),
    [
        ("a.bin", gzip.compress(ROWS), {"format": "csv", "compression": "gz"}),
        ("a.bin", gzip.compress(ROWS), {"format": "csv.gz"}),
        ("a.gz", bz2.compress(ROWS), {"format": "csv", "compression": "bz2"}),
        ("a.zip", zipped({"a.csv": ROWS, "b.csv": b"?"}), {"innerpath": "a.csv"}),
        ("a.csv.gz", ROWS, {"compression": "no"}),
    ],
)
def test_the_descriptor_says_how_a_file_is_packed(
    tmp_path: Path, name: str, data: bytes, more: dict[str, object]
) -> None:
    assert places(validate(package(tmp_path, name, data, **more))) == TOLD


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        ("cut.csv.gz", gzip.compress(ROWS)[:-3], "compression-error"),
        ("cut.csv.bz2", bz2.compress(ROWS)[:-3], "compression-error"),
        ("cut.csv.zst", ZSTD[:-3], "compression-error"),
        ("cut.csv.zip", zipped({"a.csv": ROWS})[:-3], "compression-error"),
        ("more.csv.gz", gzip.compress(ROWS) + b"more", "compression-error"),
        ("more.csv.bz2", bz2.compress(ROWS) + b"more", "compression-error"),
        ("more.csv.zst", ZSTD + b"more", "compression-error"),
        ("plain.csv.gz", ROWS, "compression-error"),
        ("plain.csv.zip", ROWS, "compression-error"),
        ("empty.csv.gz", b"", "compression-error"),
        ("empty.csv.zst", b"", "compression-error"),
        ("flipped.csv.gz", gzip.compress(ROWS)[:-6] + b"x" + gzip.compress(ROWS)[-5:], "compression-error"),
        ("secret.csv.zip", encrypted(), "compression-error"),
        ("several.csv.zip", zipped({"a.csv": ROWS, "b.csv": ROWS}), "compression-error"),
        ("nothing.csv.zip", zipped({}), "source-error"),
        ("up.csv.zip", zipped({"../a.csv": ROWS}), "unsafe-path"),
        ("root.csv.zip", zipped({"/a.csv": ROWS}), "unsafe-path"),
        ("bomb.csv.gz", gzip.compress(b"id,note\n" + b"1,a\n" * 5_000_000), "decompression-limit"),
        ("bomb.csv.zip", zipped({"a.csv": b"id,note\n" + b"1,a\n" * 5_000_000}), "decompression-limit"),
    ],
)
def test_what_is_not_sound_is_told_once(tmp_path: Path, name: str, data: bytes, code: str) -> None:
    report = validate(package(tmp_path, name, data))
    assert [finding.code for finding in report.findings] == [code]
    assert report.datasets[0].tables[0].bytes == len(data)


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"compression": "rar"}, "compression-error"),
        ({"compression": "zip", "innerpath": "../../a.csv"}, "unsafe-path"),
        ({"compression": "zip", "innerpath": "absent.csv"}, "source-error"),
    ],
)
def test_a_descriptor_that_asks_for_what_is_not_there(tmp_path: Path, more: dict[str, object], code: str) -> None:
    assert [c for c, *_ in places(validate(package(tmp_path, "a.csv", PACKED["a.csv.zip"], **more)))] == [code]


def test_the_digest_is_that_of_the_file_as_stored(tmp_path: Path) -> None:
    data = PACKED["a.csv.gz"]
    right = {"bytes": len(data), "hash": hashlib.md5(data, usedforsecurity=False).hexdigest()}
    assert places(validate(package(tmp_path, "a.csv.gz", data, **right))) == TOLD


def test_no_more_is_written_than_the_limit_allows(tmp_path: Path) -> None:
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(b"id\n" + b"1\n" * 1_000_000))
    (table,) = open_file(tmp_path / "a.csv.gz", None, base=tmp_path).tables
    with workspace(Limits()) as space:
        opened = open_table(space.con, table, scratch=space.folder, limits=Limits(expanded=1_000_000))
        assert [fault.code for fault in opened.faults.shown] == ["decompression-limit"]
        assert not list(space.folder.glob("expanded*"))
