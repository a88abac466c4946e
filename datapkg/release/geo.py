"""GeoParquet 1.1: points in WKB, and what the file says about them.

No logical type of Parquet is written for them: some readers cannot open a file that has one.
The coordinates are longitude and latitude in WGS 84 (OGC:CRS84), which is meant where no other is named.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow

VERSION = "1.1.0"
SIZE = 21
"""Bytes of a point in WKB: the order of bytes, the kind, two numbers."""
LITTLE_ENDIAN, POINT = 1, 1


@dataclass
class Bounds:
    """The box around the points of a file, by column."""

    boxes: dict[str, list[float]] = field(default_factory=dict)

    def see(self, piece: "pyarrow.Table", points: Mapping[str, tuple[str, str]]) -> None:
        """Widen the boxes for some rows."""
        import pyarrow.compute

        for name, pair in points.items():
            both = piece.select(list(pair)).drop_null()
            if both.num_rows:
                ends = [pyarrow.compute.min_max(both[column]).as_py() for column in pair]
                fresh = [*(end["min"] for end in ends), *(end["max"] for end in ends)]
                box = self.boxes.setdefault(name, fresh)
                box[:] = [*map(min, box[:2], fresh[:2]), *map(max, box[2:], fresh[2:])]


def geo_metadata(points: Mapping[str, tuple[str, str]], bounds: Bounds) -> str:
    """The text of the key `geo` of a file."""
    columns = {
        name: {
            "encoding": "WKB",
            "geometry_types": ["Point"] if name in bounds.boxes else [],
            **({"bbox": bounds.boxes[name]} if name in bounds.boxes else {}),
        }
        for name in points
    }
    return json.dumps({"version": VERSION, "primary_column": next(iter(points)), "columns": columns})


def wkb(piece: "pyarrow.Table", lon: str, lat: str) -> "pyarrow.Array":
    """The points of two columns of numbers; null where one of the two is."""
    import numpy
    import pyarrow

    known = [piece[name].combine_chunks() for name in (lon, lat)]
    there = numpy.logical_and(*(cells.is_valid().to_numpy(zero_copy_only=False) for cells in known))
    shapes = numpy.zeros(int(there.sum()), dtype=[("order", "u1"), ("kind", "<u4"), ("lon", "<f8"), ("lat", "<f8")])
    shapes["order"], shapes["kind"] = LITTLE_ENDIAN, POINT
    for name, cells in zip(("lon", "lat"), known, strict=True):
        shapes[name] = cells.to_numpy(zero_copy_only=False)[there]
    offsets = numpy.concatenate([[0], numpy.cumsum(there, dtype="i8") * SIZE]).astype("i4")
    absent = numpy.packbits(there, bitorder="little")
    buffers = [pyarrow.py_buffer(absent), pyarrow.py_buffer(offsets), pyarrow.py_buffer(shapes.tobytes())]
    return pyarrow.Array.from_buffers(pyarrow.binary(), len(there), buffers)
