"""Files that are no delimited text are named by how they begin; tables are not."""

import gzip
import json
import pickle

import pytest

from datapkg.dialect import Dialect
from datapkg.engine.special import named


@pytest.mark.parametrize(
    ("head", "code", "word"),
    [
        (b"PK\x03\x04..xl/workbook.xml", "not-csv", "Excel"),
        (b"PK\x03\x04..data.csv", "not-csv", "ZIP"),
        (gzip.compress(b"a,b\n"), "not-csv", "gzip"),
        (pickle.dumps([1, 2]), "not-csv", "pickle"),
        (b"PAR1..", "not-csv", "Parquet"),
        (b"<!DOCTYPE html>\n<html>", "not-csv", "HTML"),
        (b"\xef\xbb\xbf\n <html lang=en>", "not-csv", "HTML"),
        (b'<?xml version="1.0"?>', "not-csv", "XML"),
        (json.dumps({"a": [1]}).encode(), "not-csv", "JSON"),
        (json.dumps([{"a": 1}], indent=1).encode(), "not-csv", "JSON"),
        (bytes(range(32)) * 20, "not-csv", "binary"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:00\n", "lfs-pointer", ""),
        ("a,b\n1,2\n".encode("utf-16"), "encoding-error", "UTF-16"),
        ("a,b\n1,2\n".encode("utf-32"), "encoding-error", "UTF-32"),
        ("a,b\n1,2\n".encode("utf-16-le"), "encoding-error", "UTF-16"),
    ],
)
def test_a_file_that_is_no_table(head: bytes, code: str, word: str) -> None:
    found = named(head, "utf-8", Dialect())
    assert found is not None and found[0] == code and word in str(found[1])


@pytest.mark.parametrize(
    ("head", "codec"),
    [
        *((b"a,b\n1,2\n", "utf-8"), (b"", "utf-8"), (b"[id],{name}\n", "utf-8"), (b"<5,>6\n", "utf-8")),
        *(("a,b\n".encode("utf-16"), "utf-16"), ("a,b\n".encode("cp1140"), "cp1140"), (b"a\0b,c\n", "utf-8")),
        (b"version,https\n", "utf-8"),
    ],
)
def test_a_file_that_may_be_one(head: bytes, codec: str) -> None:
    assert named(head, codec, Dialect()) is None
