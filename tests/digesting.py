"""`content_sha256` in plain Python, as `datapkg.engine.digests` tells it."""

import hashlib
import math
import struct
from datetime import date, datetime, time
from decimal import Context, Decimal
from typing import Any


def canonical(value: Any, kind: str, decimals: int) -> bytes:
    """The bytes of a value as `datapkg.engine.digests` tells, in plain Python."""
    if kind == "geopoint":
        return b"".join(canonical(float(number), "number", 0) for number in value)
    if isinstance(value, bool):
        return b"\x01" if value else b"\x00"
    if isinstance(value, float):
        return bytes.fromhex("000000000000f87f") if math.isnan(value) else struct.pack("<d", value + 0.0)
    if isinstance(value, Decimal):
        return int(value.scaleb(decimals, context=Context(prec=60))).to_bytes(16, "little", signed=True)
    if isinstance(value, datetime):
        since = value.replace(tzinfo=None) - datetime(1970, 1, 1)  # noqa: DTZ001  (both are in UTC)
        value = (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds
    elif isinstance(value, date):
        value = value.toordinal() - date(1970, 1, 1).toordinal()
    elif isinstance(value, time):
        value = ((value.hour * 60 + value.minute) * 60 + value.second) * 1_000_000 + value.microsecond
    return value.to_bytes(8, "little", signed=True) if isinstance(value, int) else str(value).encode()


def column_in_python(values: list[Any], kind: str, decimals: int) -> list[bytes]:
    """The streams of a column other than one of lists."""
    told = [None if value is None else canonical(value, kind, decimals) for value in values]
    sizes = [b"\xff" * 4 if text is None else len(text).to_bytes(4, "little") for text in told]
    return [b"".join(sizes), b"".join(text for text in told if text is not None)]


def digest_in_python(values: list[dict[str, Any]], schema: dict[str, Any]) -> str:
    """Of rows in the order of the primary key, which tells them apart."""
    streams: list[bytes] = []
    for field in schema["fields"]:
        cells = [row[field["name"]] for row in values]
        if field["type"] == "list":
            streams.append(b"".join(b"\xff" * 4 if c is None else len(c).to_bytes(4, "little") for c in cells))
            streams.extend(
                column_in_python([i for c in cells if c is not None for i in c], field.get("itemType", "string"), 0)
            )
        else:
            streams.extend(column_in_python(cells, field["type"], (field.get("datapkg:decimal") or [0, 0])[1]))
    return hashlib.sha256(b"".join(hashlib.sha256(stream).digest() for stream in streams)).hexdigest()


def rank(value: Any) -> Any:
    """What rows are sorted by, for a value."""
    if value is None:
        return (2,)
    if isinstance(value, list | tuple):
        return (0, tuple(rank(item) for item in value))
    if isinstance(value, float):
        return (1,) if math.isnan(value) else (0, value + 0.0)
    return (0, value.encode() if isinstance(value, str) else value)
