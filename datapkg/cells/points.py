"""Points as a release holds them: a column of WKB, with plain longitudes and latitudes beside it.

A geopoint becomes a point in WKB under its own name, and two numbers are added after it. Two
numbers that the schema declares to be a point (`datapkg:geometry`) get a column of points at the end.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from datapkg.cells.values import NUMBER
from datapkg.schema import GEOMETRY, Column

LONGITUDE_OF, LATITUDE_OF, POINT_OF = "datapkg:longitude-of", "datapkg:latitude-of", "datapkg:point-of"
"""Properties of the columns that a release adds: what they were made from."""
ADDED = (LONGITUDE_OF, LATITUDE_OF, POINT_OF)
WKT = rf"POINT \(({NUMBER}) ({NUMBER})\)"
"""A point as DuckDB writes it."""
LABEL = "geometry"


def is_added(column: Column) -> bool:
    """Whether a release added the column, and it tells nothing that another does not."""
    return any(word in column.properties for word in ADDED)


def with_points(schema: Mapping[str, Any]) -> dict[str, Any]:
    """The Table Schema with the columns that a release adds. ValueError where one of their names is taken."""
    fields: list[dict[str, Any]] = []
    for field in schema.get("fields", []):
        fields.append(dict(field))
        if field.get("type") == "geopoint":
            fields.extend(_coordinates(field["name"]))
    if GEOMETRY in schema:
        given = schema[GEOMETRY]
        fields.append(
            {
                "name": given.get("name", LABEL),
                "type": "geopoint",
                "title": "Point",
                "description": f"The point of {given['lon']} and {given['lat']}.",
                POINT_OF: [given["lon"], given["lat"]],
            }
        )
    names = [str(field["name"]).casefold() for field in fields]
    if taken := [name for number, name in enumerate(names) if name in names[:number]]:
        raise ValueError(f"a release adds a column {taken[0]} for its points, and there is one already")
    return {**schema, "fields": fields}


def _coordinates(name: str) -> list[dict[str, Any]]:
    """The plain numbers beside a column of points."""
    return [
        {
            "name": f"{name}_{short}",
            "type": "number",
            "title": title,
            "description": f"{title} of {name} in WGS 84.",
            "unit": "degrees",
            "constraints": {"minimum": -most, "maximum": most},
            of: name,
        }
        for short, title, most, of in (
            ("lon", "Longitude", 180, LONGITUDE_OF),
            ("lat", "Latitude", 90, LATITUDE_OF),
        )
    ]


def parts(columns: Iterable[Column]) -> dict[str, tuple[str, str]]:
    """The columns of longitudes and latitudes of each column of points, in a release."""
    every = tuple(columns)
    found: dict[str, Sequence[str]] = {}
    for column in every:
        if column.type == "geopoint":
            beside = (
                other.name
                for of in (LONGITUDE_OF, LATITUDE_OF)
                for other in every
                if other.properties.get(of) == column.name
            )
            found[column.name] = column.properties.get(POINT_OF) or tuple(beside)
    return {name: (pair[0], pair[1]) for name, pair in found.items() if len(pair) == len(("lon", "lat"))}
