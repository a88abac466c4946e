"""JSON of cells: strict, GeoJSON by structure, JSON Schemas without network and without end."""

import time
from typing import Any

import pytest

from datapkg.cells.durations import duration
from datapkg.cells.geojson import is_geojson, is_topojson
from datapkg.cells.jsonschemas import compile_schema
from datapkg.cells.patterns import linear
from datapkg.cells.strictjson import strict_json

RING = [[0, 0], [1, 0], [1, 1], [0, 0]]
FEATURE: dict[str, Any] = {"type": "Feature", "geometry": None, "properties": {}}


@pytest.mark.parametrize(
    "text", ["NaN", "[Infinity]", '{"a": 1, "a": 2}', "[1,]", "1e999", "[" * 65 + "]" * 65, "'a'", ""]
)
def test_json_that_readers_read_in_several_ways_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  (of any kind)
        strict_json(text)


def test_a_key_that_stands_twice_among_many_is_named_at_once() -> None:
    text = "{" + ", ".join(f'"k{number}": 1' for number in [*range(200_000), 199_999]) + "}"
    with pytest.raises(ValueError, match="the key 'k199999' stands twice"):
        strict_json(text)


def test_brackets_in_texts_are_no_nesting() -> None:
    assert strict_json('["' + "[" * 99 + '\\"["]') == ["[" * 99 + '"[']


@pytest.mark.parametrize(
    ("value", "fine"),
    [
        ({"type": "Point", "coordinates": [1, 2, 3]}, True),
        ({"type": "Point", "coordinates": [1]}, False),
        ({"type": "Point", "coordinates": ["1", 2]}, False),
        ({"type": "Point"}, False),
        ({"type": "LineString", "coordinates": [[1, 2]]}, False),
        ({"type": "Polygon", "coordinates": [RING]}, True),
        ({"type": "Polygon", "coordinates": [RING[:3]]}, False),
        ({"type": "Polygon", "coordinates": [[*RING[:3], [9, 9]]]}, False),
        ({"type": "GeometryCollection", "geometries": [{"type": "MultiPoint", "coordinates": []}]}, True),
        (FEATURE, True),
        ({**FEATURE, "geometry": {"type": "Point", "coordinates": [1, 2]}, "id": 3}, True),
        ({**FEATURE, "properties": []}, False),
        ({"type": "Feature", "geometry": None}, False),
        ({"type": "FeatureCollection", "features": [FEATURE]}, True),
        ({"type": "FeatureCollection", "features": [{"type": "Point", "coordinates": [1, 2]}]}, False),
        ({**FEATURE, "bbox": [1, 2, 3]}, False),
        ({"type": "point", "coordinates": [1, 2]}, False),
        ([], False),
    ],
)
def test_geojson(value: Any, fine: bool) -> None:
    assert is_geojson(value) is fine


@pytest.mark.parametrize(
    ("value", "fine"),
    [
        ({"type": "Topology", "objects": {"a": {"type": "LineString", "arcs": [0]}}, "arcs": [[[0, 0], [1, 1]]]}, True),
        ({"type": "Topology", "objects": {}, "arcs": [], "transform": {"scale": [1, 1], "translate": [0, 0]}}, True),
        ({"type": "Topology", "objects": {}, "arcs": [], "transform": {"scale": [1]}}, False),
        ({"type": "Topology", "objects": {}}, False),
        ({"type": "Topology", "objects": {"a": {"type": "LineString", "arcs": [0.5]}}, "arcs": []}, False),
        ({"type": "FeatureCollection", "features": []}, False),
    ],
)
def test_topojson(value: Any, fine: bool) -> None:
    assert is_topojson(value) is fine


def test_a_json_schema_judges_in_linear_time() -> None:
    fits = compile_schema(
        {"properties": {"a": {"pattern": "^(x+x+)+y$"}}, "patternProperties": {"^n_": {"type": "number"}}}
    )
    started = time.monotonic()
    assert not fits({"a": "x" * 60}) and fits({"a": "xxy", "n_1": 2}) and not fits({"n_1": "2"})
    assert time.monotonic() - started < 5
    closed = compile_schema({"properties": {"a": {}}, "patternProperties": {"^n_": {}}, "additionalProperties": False})
    assert closed({"a": 1, "n_2": 2}) and not closed({"b": 1})


def test_references_that_multiply_are_cut_off() -> None:
    doubling = {f"d{n}": {"allOf": [{"$ref": f"#/$defs/d{n + 1}"}] * 2} for n in range(40)}
    with pytest.raises(ValueError, match="without end"):
        compile_schema({"$defs": {**doubling, "d40": {}}, "$ref": "#/$defs/d0"})


@pytest.mark.parametrize(
    ("schema", "note"),
    [
        ({"$ref": "https://x.org/y"}, "nothing is fetched"),
        ({"$ref": "other.json"}, "nothing is fetched"),
        ({"$ref": "#/absent"}, "cannot be applied"),
        ({"$ref": "#"}, "without end"),
        ({"type": 3}, "no JSON Schema"),
        ([], "an object"),
        ({"pattern": "(?=a)"}, "perl operator"),
        ({"unevaluatedProperties": False}, "not judged"),
    ],
)
def test_a_json_schema_that_cannot_be_applied_is_refused(schema: Any, note: str) -> None:
    with pytest.raises(ValueError, match=note):
        compile_schema(schema)


def test_durations_have_an_order_with_gaps() -> None:
    assert duration("P1M") < duration("P32D") and duration("P1M") > duration("P27D")
    assert not duration("P1M") < duration("P30D") and not duration("P1M") > duration("P30D")
    assert duration("P1Y") == duration("P12M") and duration("P1D") == duration("PT24H")
    assert duration("-P1D") < duration("PT0S") < duration("PT0.001S")


@pytest.mark.parametrize(
    ("pattern", "spelt"),
    [
        (r"\d+", r"\p{Nd}+"),
        (r"\w", r"[\p{L}\p{M}\p{N}_]"),
        (r"[\w.-]", r"[\p{L}\p{M}\p{N}_.-]"),
        (r"\\d", r"\\d"),
        (r"[a-z]\[x", r"[a-z]\[x"),
        (r"\p{Lu}", r"\p{Lu}"),
        (r"[^\d]", r"[^\p{Nd}]"),
        (r"\A[ab]\\Z\Z", r"\A[ab]\\Z\z"),
    ],
)
def test_letters_and_digits_of_every_script(pattern: str, spelt: str) -> None:
    assert linear(pattern) == spelt


@pytest.mark.parametrize("pattern", ["[a-z-[aeiou]]", r"[\W]"])
def test_what_re2_would_misread_is_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match="not judged"):
        linear(pattern)
