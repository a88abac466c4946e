"""How a table's file is written: its format and its compression, told by descriptor or by name, never by content."""

from collections.abc import Mapping
from pathlib import PurePosixPath

DESCRIPTORS = ("datapackage.yaml", "datapackage.yml", "datapackage.json")
"""What a descriptor is called in its folder; the first that is there."""

FORMATS: Mapping[str, str] = {
    "csv": "csv",
    "tsv": "csv",
    "tab": "csv",
    "parquet": "parquet",
    "parq": "parquet",
    "json": "json",
    "jsonl": "jsonl",
    "ndjson": "jsonl",
    "xlsx": "sheet",
    "xlsm": "sheet",
    "xls": "sheet",
    "ods": "sheet",
}
"""What each word for a format is read as."""

COMPRESSIONS: Mapping[str, str] = {
    "gz": "gz",
    "gzip": "gz",
    "zip": "zip",
    "bz2": "bz2",
    "bzip2": "bz2",
    "zst": "zst",
    "zstd": "zst",
}
PLAIN = ("", "no", "none")
"""Words of `compression` for a file that is not compressed."""

MEDIA_TYPES: Mapping[str, str] = {
    "text/csv": "csv",
    "text/tab-separated-values": "tsv",
    "application/x-ndjson": "ndjson",
    "application/vnd.apache.parquet": "parquet",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
    "application/vnd.ms-excel": "xls",
    "application/vnd.oasis.opendocument.spreadsheet": "ods",
}


def suffixes(name: str) -> tuple[str, str]:
    """The format and the compression that a file's name ends in, each as it is spelt, or empty."""
    words = [word.lower() for word in PurePosixPath(name).name.split(".")[1:]]
    compression = words.pop() if words and words[-1] in COMPRESSIONS else ""
    return (words[-1] if words else ""), compression


def told(name: str, given: str = "", compression: str | None = None, mediatype: str = "") -> tuple[str, str]:
    """The words for the format and the compression of a resource whose first file is called `name`.

    What the descriptor says goes before what the name says. `given` may hold both, as in `csv.gz`.
    """
    by_name, packed = suffixes(name)
    words = [word for word in given.lower().split(".") if word]
    if words and words[-1] in COMPRESSIONS:
        packed = words.pop()
    if compression is not None:
        packed = compression.lower()
    word = words[-1] if words else by_name
    if word not in FORMATS:
        word = MEDIA_TYPES.get(mediatype.split(";", maxsplit=1)[0].strip().lower(), word)
    return word, packed
