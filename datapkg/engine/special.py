"""Files that are no delimited text at all, told by how they begin: one finding, not a thousand."""

import re
from collections.abc import Mapping
from typing import Any

from datapkg.dialect import Dialect

HEAD = 8192
"""Bytes of a file that are looked at."""

MAGIC: Mapping[bytes, str] = {
    b"PK\x03\x04": "a ZIP archive",
    b"PK\x05\x06": "an empty ZIP archive",
    b"\x1f\x8b": "gzip data",
    b"\x28\xb5\x2f\xfd": "zstd data",
    b"BZh": "bzip2 data",
    b"\xfd7zXZ\x00": "xz data",
    b"7z\xbc\xaf\x27\x1c": "a 7z archive",
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1": "an old Excel or Office file",
    b"PAR1": "a Parquet file",
    b"ARROW1": "an Arrow file",
    b"SQLite format 3\x00": "an SQLite database",
    b"%PDF-": "a PDF document",
    b"\x89PNG": "a PNG image",
    b"\x7fELF": "a program",
}
MARKS: Mapping[bytes, str] = {
    b"\xff\xfe\x00\x00": "UTF-32",
    b"\x00\x00\xfe\xff": "UTF-32",
    b"\xff\xfe": "UTF-16",
    b"\xfe\xff": "UTF-16",
}
PICKLE = re.compile(rb"\x80[\x02-\x05][\x95(\]}cq\x8c]")
LFS = "version https://git-lfs.github.com/spec/"
HTML = re.compile(r"\s*(?:<!--.*?-->\s*)?<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE | re.DOTALL)
XML = re.compile(r"\s*<\?xml\b")
JSON = re.compile(r'\s*(?:\{\s*["}]|\[\s*(?:["{\[]|\]\s*$))')
CONTROLS = bytes({*range(32)} - set(b"\t\n\r\f\x1b"))


def named(head: bytes, codec: str, dialect: Dialect) -> tuple[str, dict[str, Any]] | None:
    """The code and the words of what a file is that is no table; None where it may be one."""
    for magic, what in MAGIC.items():
        if head.startswith(magic):
            workbook = b"[Content_Types].xml" in head or b"xl/" in head
            return "not-csv", {"what": "an Excel workbook" if workbook and what == "a ZIP archive" else what}
    if PICKLE.match(head):
        return "not-csv", {"what": "a Python pickle, which is never loaded"}
    wide = codec.startswith(("utf-16", "utf-32"))
    for mark, what in MARKS.items():
        if codec.startswith(("utf-8", "ascii")) and head.startswith(mark):
            return "encoding-error", {"encoding": codec, "note": f"it begins with the byte order mark of {what}"}
    found = None if wide else _binary(head, codec)
    return found or _other_text(head.decode(codec, "ignore").lstrip("\ufeff"), dialect)


def _other_text(text: str, dialect: Dialect) -> tuple[str, dict[str, Any]] | None:
    if text.startswith(LFS):
        return "lfs-pointer", {}
    if HTML.match(text):
        return "not-csv", {"what": "an HTML page"}
    if XML.match(text):
        return "not-csv", {"what": "an XML document"}
    if dialect.quote == '"' and dialect.header and JSON.match(text):
        return "not-csv", {"what": "JSON"}
    return None


def _binary(head: bytes, codec: str) -> tuple[str, dict[str, Any]] | None:
    nuls = head.count(0)
    if nuls >= 8 and nuls * 4 > len(head):
        return "encoding-error", {"encoding": codec, "note": "NUL bytes stand between its letters, as in UTF-16"}
    controls = len(head) - len(head.translate(None, CONTROLS))
    if controls >= 16 and controls * 10 > len(head):
        return "not-csv", {"what": "binary data"}
    return None
