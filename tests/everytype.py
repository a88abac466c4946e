# ruff: noqa: DTZ001  (moments without a zone are a type of their own)
"""A dataset with every type of Table Schema: each cell as its text and, written by hand, as its value."""

import csv
import io
import json
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

from datapkg.project import find_project
from datapkg.release.build import build

NASTY = [
    *("", " ", "  two  ", "NULL", "null", "None", "nan", "-", "0", "1e3", "true", "=1+1", "'", '"', '""', "\\", "\\n"),
    *("a,b", "a;b", "a|b", "line\nline", "tab\there", "<script>alert(1)</script>", "{{7*7}}", "%s%x%n", "${HOME}"),
    *(
        "\u202etest",
        "\u200b",
        "\ufeff",
        "Z\u0351a",
        "\U0001f468\u200d\U0001f469",
        "田中さん",
        "پشتو",
        "ﺍﻟﻌﺮﺑﻴﺔ",
        "ｆｕｌｌ",
    ),
    *("\x7f", "\x85", "\u2028", "\ue000", "\U0010fffd", "x" * 3000, "../../etc/passwd", "CON", "1;DROP TABLE x", "ß"),
]
"""Texts that have broken readers; the empty one is the cell that is `-` in the file, where `NA` means no value."""

Case = tuple[dict[str, Any], list[tuple[str, Any]]]
CASES: dict[str, Case] = {
    "kind": ({"type": "string", "constraints": {"enum": ["war", "raid", "peace"]}}, [("raid", "raid"), ("war", "war")]),
    "level": (
        {
            "type": "string",
            "categories": [{"value": "low", "label": "Low"}, {"value": "high"}],
            "categoriesOrdered": True,
        },
        [("high", "high"), ("low", "low")],
    ),
    "code": (
        {"type": "integer", "categories": [{"value": 1, "label": "Shot"}, {"value": 2, "label": "Bomb"}]},
        [("1", 1), ("2", 2)],
    ),
    "mail": ({"type": "string", "format": "email"}, [("a.b@example.org", "a.b@example.org")]),
    "link": ({"type": "string", "format": "uri"}, [("https://example.org/?a=b#c", "https://example.org/?a=b#c")]),
    "uuid": ({"type": "string", "format": "uuid"}, [("8d3a9f4e-7b1c-4f7e-9d55-0c1a2b3c4d5e",) * 2]),
    "count": ({"type": "integer"}, [("9223372036854775807", 2**63 - 1), ("-9223372036854775808", -(2**63)), ("+7", 7)]),
    "small": ({"type": "integer", "constraints": {"minimum": -5, "maximum": 9}}, [("-5", -5), ("9", 9), ("007", 7)]),
    "grouped": ({"type": "integer", "groupChar": " "}, [("1 234 567", 1_234_567)]),
    "share": ({"type": "number"}, [("0.1", 0.1), ("1e308", 1e308), ("5e-324", 5e-324), ("-0", -0.0), ("3.", 3.0)]),
    "comma": ({"type": "number", "decimalChar": ",", "groupChar": "."}, [("1.234,5", 1234.5)]),
    "price": (
        {"type": "number", "datapkg:decimal": [12, 2]},
        [("12.5", Decimal("12.50")), ("-9999999999.99", Decimal("-9999999999.99")), ("0.070", Decimal("0.07"))],
    ),
    "exact": (
        {"type": "number", "datapkg:decimal": [38, 10]},
        [("1234567890123456789012345678.0123456789", Decimal("1234567890123456789012345678.0123456789"))],
    ),
    "sure": ({"type": "boolean"}, [("true", True), ("False", False), ("1", True)]),
    "yes": ({"type": "boolean", "trueValues": ["yes"], "falseValues": ["no"]}, [("yes", True), ("no", False)]),
    "day": (
        {"type": "date"},
        [("0001-01-01", date(1, 1, 1)), ("9999-12-31", date(9999, 12, 31)), ("2024-02-29", date(2024, 2, 29))],
    ),
    "dotted": ({"type": "date", "format": "%d.%m.%Y"}, [("01.02.2023", date(2023, 2, 1))]),
    "clock": ({"type": "time"}, [("23:59:59", time(23, 59, 59)), ("00:00:00", time(0))]),
    "ticks": ({"type": "time", "format": "%H:%M:%S.%f"}, [("00:00:00.5", time(0, 0, 0, 500_000))]),
    "seen": (
        {"type": "datetime"},
        [
            ("2023-07-12T08:30:00", datetime(2023, 7, 12, 8, 30)),
            ("1677-01-01T00:00:00.000001", datetime(1677, 1, 1, 0, 0, 0, 1)),
        ],
    ),
    "moment": (
        {"type": "datetime"},
        [
            ("2023-07-12T08:30:00+04:30", datetime(2023, 7, 12, 4, tzinfo=UTC)),
            ("2300-01-01T00:00:00Z", datetime(2300, 1, 1, tzinfo=UTC)),
        ],
    ),
    "told": (
        {"type": "datetime", "datapkg:zone": "UTC"},
        [("2023-07-12T08:30:00", datetime(2023, 7, 12, 8, 30, tzinfo=UTC))],
    ),
    "year": ({"type": "year"}, [("2023", 2023), ("0044", 44)]),
    "month": ({"type": "yearmonth"}, [("2023-07", "2023-07")]),
    "span": ({"type": "duration"}, [("P1Y2M3DT4H5M6S", "P1Y2M3DT4H5M6S"), ("-P3D", "-P3D")]),
    "where": ({"type": "geopoint"}, [("71.095, 34.115", (71.095, 34.115)), ("-180,-90", (-180.0, -90.0))]),
    "pair": ({"type": "geopoint", "format": "array"}, [("[69.2, 34.5]", (69.2, 34.5))]),
    "named": ({"type": "geopoint", "format": "object"}, [('{"lon": 69.25, "lat": 34.5}', (69.25, 34.5))]),
    "shape": ({"type": "geojson"}, [('{"type": "Point", "coordinates": [1, 2]}',) * 2]),
    "data": ({"type": "object"}, [('{"a": [1, null], "b": "\\u00e9"}',) * 2]),
    "items": ({"type": "array"}, [('[1, "two", null]',) * 2]),
    "tags": ({"type": "list"}, [("a,b", ["a", "b"]), ("a,,c", ["a", "", "c"])]),
    "numbers": ({"type": "list", "itemType": "integer", "delimiter": ";"}, [("1;-2", [1, -2]), ("3", [3])]),
    "shares": ({"type": "list", "itemType": "number"}, [("0.5,1e3", [0.5, 1000.0])]),
    "flags": ({"type": "list", "itemType": "boolean"}, [("true,false", [True, False])]),
    "days": ({"type": "list", "itemType": "date"}, [("2023-07-12,0001-01-01", [date(2023, 7, 12), date(1, 1, 1)])]),
    "moments": ({"type": "list", "itemType": "datetime"}, [("2023-07-12T08:30:00Z", [datetime(2023, 7, 12, 8, 30)])]),
    "clocks": ({"type": "list", "itemType": "time"}, [("08:30:00", [time(8, 30)])]),
    "free": ({"type": "any"}, [("anything", "anything"), ("12", "12")]),
    "lon": ({"type": "number"}, [("70.5", 70.5), ("-1", -1.0)]),
    "lat": ({"type": "number"}, [("33.25", 33.25), ("2", 2.0)]),
}
ROWS = 1 + len(NASTY)
FIELDS: list[dict[str, Any]] = [
    {"name": "id", "type": "string", "constraints": {"required": True}},
    {"name": "text", "type": "string", "missingValues": ["NA"]},
    *({"name": name, "description": f"The {name}.", **field} for name, (field, _) in CASES.items()),
]
SCHEMA = {"fields": FIELDS, "primaryKey": ["id"], "datapkg:geometry": {"lon": "lon", "lat": "lat"}}
LOOKS = (
    "surrounding-space",
    "invisible-character",
    "confusable-character",
    "line-break-character",
    "formula-like-cell",
)
"""Rules on how a text looks, which the nasty ones break."""
POINTS = {"where": ("where_lon", "where_lat"), "pair": ("pair_lon", "pair_lat"), "named": ("named_lon", "named_lat")}


def rows() -> list[tuple[list[str], dict[str, Any]]]:
    """Each row as its cells and as its values: all cases in turn, one row without any, nasty texts."""
    found = []
    for number in range(ROWS):
        text = NASTY[number - 1] if number else None
        cells: list[str] = [f"r{number:03}", "NA" if text is None else text]
        values: dict[str, Any] = {"id": f"r{number:03}", "text": text}
        for name, (_, cases) in CASES.items():
            cell, value = cases[number % len(cases)] if number % 7 else ("", None)
            cells.append(cell)
            values[name] = value
            for part, beside in enumerate(POINTS.get(name, ())):
                values[beside] = None if value is None else value[part]
        lon, lat = values["lon"], values["lat"]
        values["geometry"] = None if lon is None or lat is None else (lon, lat)
        found.append((cells, values))
    return found


def write_every(root: Path, order: list[int] | None = None) -> Path:
    """The project in `root`; the rows in another order where one is given."""
    dataset = root / "datasets" / "every"
    (dataset / "data").mkdir(parents=True)
    (root / "datapkg.toml").write_text("[severity]\n" + "".join(f'{code} = "off"\n' for code in LOOKS))
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow([field["name"] for field in FIELDS])
    told = rows()
    writer.writerows(told[number][0] for number in (order or range(len(told))))
    (dataset / "data" / "every.csv").write_bytes(buffer.getvalue().encode())
    resource = {"name": "every", "type": "table", "path": "data/every.csv", "schema": SCHEMA, "encoding": "utf-8"}
    package = {
        "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
        "name": "every",
        "title": "Every type",
        "description": "One table with a column of every type.",
        "version": "1.0.0",
        "created": "2026-01-01T00:00:00Z",
        "licenses": [{"name": "CC0-1.0"}],
        "contributors": [{"title": "Somebody", "roles": ["author"]}],
        "sources": [{"title": "Nobody"}],
        "resources": [resource],
    }
    (dataset / "datapackage.json").write_text(json.dumps(package, indent=1, ensure_ascii=False))
    return root


def build_every(root: Path, order: list[int] | None = None) -> Path:
    """The folder of the release."""
    return build("every", find_project(write_every(root, order))).folder
