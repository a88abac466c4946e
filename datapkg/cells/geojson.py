"""GeoJSON (RFC 7946) and TopoJSON by structure: which parsed JSON values are one."""

from collections.abc import Callable, Mapping
from typing import Any

Test = Callable[[Any], bool]

RING = 4
"""The fewest positions of a ring; the last repeats the first."""


def is_geojson(value: Any) -> bool:
    """Whether `value` is a GeoJSON geometry, feature or collection of features."""
    if not isinstance(value, Mapping) or not _box(value.get("bbox", [0, 0, 0, 0])):
        return False
    kind = value.get("type")
    if kind == "Feature":
        geometry, properties = value.get("geometry", ""), value.get("properties", "")
        named = "id" not in value or isinstance(value["id"], str) or is_number(value["id"])
        sound = geometry is None or (isinstance(geometry, Mapping) and _geometry(geometry))
        return named and sound and (properties is None or isinstance(properties, Mapping))
    if kind == "FeatureCollection":
        return _each(lambda item: is_geojson(item) and item["type"] == "Feature")(value.get("features"))
    return _geometry(value)


def is_topojson(value: Any) -> bool:
    """Whether `value` is a TopoJSON topology, or a geometry of one."""
    if not isinstance(value, Mapping) or not _box(value.get("bbox", [0, 0, 0, 0])):
        return False
    if value.get("type") != "Topology":
        return _topogeometry(value)
    objects, arcs = value.get("objects"), value.get("arcs")
    sound = isinstance(objects, Mapping) and all(_topogeometry(item) for item in objects.values())
    return sound and _each(_each(_position, 2))(arcs) and _transform(value.get("transform"))


def is_number(value: Any) -> bool:
    """Whether a JSON value is a number; true and false are none."""
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _each(test: Test, least: int = 0) -> Test:
    return lambda value: isinstance(value, list) and len(value) >= least and all(test(item) for item in value)


def _position(value: Any) -> bool:
    return _each(is_number, 2)(value)


def _ring(value: Any) -> bool:
    return _each(_position, RING)(value) and value[0] == value[-1]


def _box(value: Any) -> bool:
    return _each(is_number, 4)(value) and len(value) % 2 == 0


def _empty(test: Test) -> Test:
    """RFC 7946, 3.1: coordinates that are empty are a geometry without a place."""
    return lambda value: value == [] or test(value)


_COORDINATES: Mapping[str, Test] = {
    "Point": _empty(_position),
    "MultiPoint": _each(_position),
    "LineString": _empty(_each(_position, 2)),
    "MultiLineString": _each(_each(_position, 2)),
    "Polygon": _each(_ring),
    "MultiPolygon": _each(_each(_ring)),
}


def _geometry(value: Mapping[str, Any]) -> bool:
    kind = value.get("type")
    if kind == "GeometryCollection":
        return _each(lambda item: isinstance(item, Mapping) and _geometry(item))(value.get("geometries"))
    return isinstance(kind, str) and kind in _COORDINATES and _COORDINATES[kind](value.get("coordinates"))


def _arc(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


_ARCS: Mapping[str, Test] = {
    "LineString": _each(_arc),
    "MultiLineString": _each(_each(_arc)),
    "Polygon": _each(_each(_arc)),
    "MultiPolygon": _each(_each(_each(_arc))),
}


def _topogeometry(value: Any) -> bool:
    if not isinstance(value, Mapping) or not isinstance(value.get("properties", {}), Mapping):
        return False
    kind = value.get("type")
    if kind is None:
        return "type" in value
    if kind == "GeometryCollection":
        return _each(_topogeometry)(value.get("geometries"))
    if kind in ("Point", "MultiPoint"):
        return _COORDINATES[kind](value.get("coordinates"))
    return isinstance(kind, str) and kind in _ARCS and _ARCS[kind](value.get("arcs"))


def _transform(value: Any) -> bool:
    if value is None:
        return True
    pairs: list[Any] = [value.get(word) for word in ("scale", "translate")] if isinstance(value, Mapping) else [None]
    return all(_each(is_number, 2)(pair) and pair[2:] == [] for pair in pairs)
