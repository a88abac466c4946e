"""Plain frictionless reads our Parquet exactly: it imports every module named `frictionless_…`.

Stock frictionless (5.21) reads Parquet through pandas: a null in an integer column becomes NaN
and is a type error, a null in a required one goes unseen, and neither bytes nor hash is checked.
This parser hands over the values as they are, in bounded memory, with the file's digests.
"""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

from frictionless import FrictionlessException, Parser, Plugin, Resource
from frictionless.errors import SourceError

ROWS = 8192


class ArrowParquetParser(Parser):
    """Reads a local Parquet file by batches of Arrow."""

    supported_types: ClassVar[list[str]] = [
        *("any", "array", "boolean", "date", "datetime", "duration", "geojson", "geopoint", "integer"),
        *("list", "number", "object", "string", "time", "year", "yearmonth"),
    ]

    def read_cell_stream_create(self) -> Iterator[list[Any]]:
        """The labels, then each row; a binary value is its hexadecimal text."""
        import pyarrow
        import pyarrow.parquet

        path = Path(str(self.resource.normpath))
        digests = hashlib.md5(usedforsecurity=False), hashlib.sha256()
        with path.open("rb") as file:
            while block := file.read(1 << 20):
                for digest in digests:
                    digest.update(block)
            self.resource.stats.bytes = file.tell()
        self.resource.stats.md5, self.resource.stats.sha256 = (digest.hexdigest() for digest in digests)
        try:
            with pyarrow.parquet.ParquetFile(path) as parquet:
                yield parquet.schema_arrow.names
                for batch in parquet.iter_batches(batch_size=ROWS):
                    columns = [[_cell(value) for value in column.to_pylist()] for column in batch.columns]
                    yield from (list(row) for row in zip(*columns, strict=True))
        except (pyarrow.ArrowException, OSError) as error:
            note = f"the Parquet cannot be read: {error}"
            raise FrictionlessException(SourceError(note=note)) from error


class DatapkgPlugin(Plugin):
    """Found by frictionless under the name of this module; comes before its own Parquet plugin."""

    def create_parser(self, resource: Resource) -> Parser | None:
        """A parser of ours for a local Parquet file without options of the stock parser."""
        plain = resource.format in ("parquet", "parq") and not (
            resource.remote or resource.memory or resource.multipart
        )
        return ArrowParquetParser(resource) if plain else None


def _cell(value: Any) -> Any:
    return value.hex() if isinstance(value, bytes) else value
