"""Plain frictionless reads our Parquet exactly: it imports every module named `frictionless_…`.

Stock frictionless (5.21) reads Parquet through pandas: a null in an integer column becomes NaN
and is a type error, a null in a required one goes unseen, and neither bytes nor hash is checked.
This parser hands over the values as they are, in bounded memory, with the file's digests.
"""

import hashlib
import json
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, ClassVar

from frictionless import FrictionlessException, Parser, Plugin, Resource
from frictionless.errors import SourceError

ROWS = 8192
WKB = struct.Struct("<BIdd")
"""A point in WKB: the order of bytes, the kind, longitude and latitude."""


class ArrowParquetParser(Parser):
    """Reads local Parquet files, which are the parts of one table, by batches of Arrow."""

    supported_types: ClassVar[list[str]] = [
        *("any", "array", "boolean", "date", "datetime", "duration", "geojson", "geopoint", "integer"),
        *("list", "number", "object", "string", "time", "year", "yearmonth"),
    ]

    def read_cell_stream_create(self) -> Iterator[list[Any]]:
        """The labels, then each row of each part; a binary value is its hexadecimal text."""
        import pyarrow
        import pyarrow.parquet

        paths = [Path(path) for path in self.resource.normpaths]
        digests = hashlib.md5(usedforsecurity=False), hashlib.sha256()
        self.resource.stats.bytes = 0
        for path in paths:
            with _opened(path) as file:
                while block := file.read(1 << 20):
                    for digest in digests:
                        digest.update(block)
                self.resource.stats.bytes += file.tell()
        self.resource.stats.md5, self.resource.stats.sha256 = (digest.hexdigest() for digest in digests)
        labels: list[str] = []
        for path in paths:
            try:
                with pyarrow.parquet.ParquetFile(path) as parquet:
                    found = parquet.schema_arrow.names
                    if not labels:
                        labels = found
                        yield labels
                    elif found != labels:
                        raise _fault(
                            path, f"its columns are {', '.join(found)}, those of the first part {', '.join(labels)}"
                        )
                    shapes = self._points(parquet.metadata.metadata or {})
                    for batch in parquet.iter_batches(batch_size=ROWS):
                        columns = [
                            [_cell(value, point=label in shapes) for value in column.to_pylist()]
                            for label, column in zip(labels, batch.columns, strict=True)
                        ]
                        yield from (list(row) for row in zip(*columns, strict=True))
            except (pyarrow.ArrowException, OSError) as error:
                raise _fault(path, str(error)) from error

    def _points(self, metadata: dict[bytes, bytes]) -> set[str]:
        """The geopoints of which GeoParquet tells that they are WKB."""
        fields = self.resource.schema.fields if self.resource.schema else []
        try:
            told = set(json.loads(metadata.get(b"geo", b"{}")).get("columns", ()))
        except (ValueError, AttributeError, TypeError):
            return set()
        return {field.name for field in fields if field.type == "geopoint" and field.name in told}


class DatapkgPlugin(Plugin):
    """Found by frictionless under the name of this module; comes before its own Parquet plugin."""

    def create_parser(self, resource: Resource) -> Parser | None:
        """A parser of ours for local Parquet files without options of the stock parser."""
        if resource.format not in ("parquet", "parq") or resource.memory or resource.remote:
            return None
        local = not any("://" in path for path in resource.paths)
        return ArrowParquetParser(resource) if local else None


def _opened(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except OSError as error:
        raise _fault(path, str(error)) from error


def _fault(path: Path, note: str) -> FrictionlessException:
    return FrictionlessException(SourceError(note=f"the Parquet {path.name} cannot be read: {note}"))


def _cell(value: Any, *, point: bool) -> Any:
    """A value as frictionless reads it: a point of WKB as a pair, other bytes as hexadecimal text."""
    if not isinstance(value, bytes):
        return value
    return WKB.unpack(value)[2:] if point and len(value) == WKB.size else value.hex()
