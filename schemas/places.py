"""Row rules of places: points and their precision."""

import narwhals.stable.v1 as nw
import pandera.pyarrow as pa

CHECKS = [
    pa.Check(
        lambda frame: nw.col("lat").is_null() | (nw.col("geo_precision") <= 2),
        native=False,
        name="point-finer-than-precision",
        error="a point at {lat}, {lon} for a place of precision {geo_precision}",
        title=("A place that is less precise than a point has none; a centroid would pass for a location."),
        description="Remove the coordinates, or correct the precision.",
    ),
    pa.Check(
        lambda frame: nw.col("lon").is_null() == nw.col("lat").is_null(),
        native=False,
        name="point-half-given",
        error="lon is {lon} while lat is {lat}",
        title="A point needs both coordinates.",
        description="Give both coordinates or none.",
    ),
    pa.Check(
        lambda frame: nw.col("valid_to") >= nw.col("valid_from"),
        native=False,
        name="place-ends-before-start",
        error="valid_to {valid_to} is before valid_from {valid_from}",
        title="A place cannot end before it begins.",
        description="Swap the two dates or correct the wrong one.",
    ),
    pa.Check(
        lambda frame: nw.col("parent_place_id") != nw.col("place_id"),
        native=False,
        name="place-within-itself",
        error="{place_id} lies in itself",
        title="A place lies in a larger one.",
        description="Name the larger place, or leave the column empty.",
    ),
    pa.Check(
        lambda frame: nw.col("replaced_by_place_id").is_null() | ~nw.col("valid_to").is_null(),
        native=False,
        name="replaced-without-end",
        error="replaced by {replaced_by_place_id} without an end",
        title="A place is replaced when it ends.",
        description="Give the last day on which it was valid.",
    ),
]
