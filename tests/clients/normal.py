"""One form for the values of every reader, so that readings can be compared cell by cell.

The readers in this folder run as programs of their own: `read_<client>.py RELEASE` prints a JSON
object of its tables, each a list of rows, each an object of its cells in this form.
"""

import json
import math
import struct
import sys
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

Rows = Iterable[Mapping[str, Any]]


def tables(release: Path) -> dict[str, tuple[Path, list[dict[str, Any]]]]:
    """The file and the fields of each table of a release."""
    package = json.loads((release / "datapackage.json").read_text(encoding="utf-8"))
    return {r["name"]: (release / r["path"], r["schema"]["fields"]) for r in package["resources"]}


def tell(read: Callable[[str, Path], Rows]) -> None:
    """Print what a client reads of every table of the release that the command line names; a cell may be absent."""
    release = Path(sys.argv[1])
    told = {name: normal_rows(read(name, path), fields) for name, (path, fields) in tables(release).items()}
    sys.stdout.write(json.dumps(told))


def normal_rows(rows: Rows, fields: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows with each cell in its normal form."""
    return [
        {field["name"]: normal(row[field["name"]], field) for field in fields if field["name"] in row} for row in rows
    ]


def normal(value: Any, field: Mapping[str, Any]) -> Any:
    """The normal form of a value of a column: text, boolean, list or nothing; a float as its bits."""
    if value is None or type(value).__name__ in ("NAType", "NaTType"):
        return None
    kind = field["type"]
    if kind == "list":
        return [normal(item, {"type": field.get("itemType", "string")}) for item in value]
    if kind == "geopoint":
        return [normal(part, {"type": "number"}) for part in point(value)]
    if kind == "number":
        return exact(value, field)
    if kind in ("integer", "year"):
        assert value == int(value), value
        return str(int(value))
    if kind == "boolean":
        assert value in (True, False), value
        return bool(value)
    if kind in ("date", "time", "datetime"):
        return moment(value, kind)
    return value.decode() if isinstance(value, bytes) else str(value)


def exact(value: Any, field: Mapping[str, Any]) -> str:
    """A number: the digits of a decimal, else the bits of a double."""
    if "datapkg:decimal" in field:
        return f"{Decimal(value):.{field['datapkg:decimal'][1]}f}"
    return "nan" if math.isnan(value) else float(value).hex()


def moment(value: Any, kind: str) -> str:
    """A date, a time or a moment in UTC, as one text."""
    if kind == "date":
        return date(value.year, value.month, value.day).isoformat()
    if kind == "time":
        return time(value.hour, value.minute, value.second, value.microsecond).isoformat("microseconds")
    if value.tzinfo is not None:
        value = value.astimezone(UTC)
    parts = (value.year, value.month, value.day, value.hour, value.minute, value.second, value.microsecond)
    return datetime(*parts).isoformat(timespec="microseconds")  # noqa: DTZ001  (it is in UTC)


def point(value: Any) -> tuple[Any, Any]:
    """Longitude and latitude of a point in WKB, of shapely, or as Table Schema writes it."""
    value = getattr(value, "wkb", value)
    if isinstance(value, bytes | bytearray):
        order, shape, lon, lat = struct.unpack("<BIdd", value)
        assert (order, shape) == (1, 1), value
        return lon, lat
    if isinstance(value, Mapping):
        return value["lon"], value["lat"]
    pair = value.split(",") if isinstance(value, str) else value
    return float(pair[0]), float(pair[1])
