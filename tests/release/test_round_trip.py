"""Cells of every type, drawn at random: each comes back from the Parquet as the value that plain Python reads in it."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from clients.normal import normal
from everytype import NASTY
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from datapkg.cells import values
from datapkg.cells.points import with_points
from datapkg.dataset import open_dataset
from datapkg.engine.connection import workspace
from datapkg.engine.export import open_typed
from datapkg.limits import Limits
from datapkg.release.parquet import write_table
from datapkg.schema import from_descriptor

TEXT = st.sampled_from(NASTY) | st.text(st.characters(codec="utf-8", exclude_characters="\0\r"), max_size=30)
PLAIN_DATE = st.dates().map(str)
FLOATS = st.floats(allow_nan=False, allow_infinity=False).map(repr)
DIGITS = st.text("0123456789", min_size=1, max_size=6)
MOMENTS = st.datetimes().map(lambda moment: moment.isoformat())
FIELDS: dict[str, tuple[dict[str, Any], st.SearchStrategy[str]]] = {
    "text": ({"type": "string"}, TEXT),
    "free": ({"type": "any"}, TEXT),
    "whole": ({"type": "integer"}, st.integers(-(2**63), 2**63 - 1).map(str)),
    "share": ({"type": "number"}, FLOATS),
    "price": ({"type": "number", "datapkg:decimal": [12, 6]}, st.tuples(DIGITS, DIGITS).map(".".join)),
    "sure": ({"type": "boolean"}, st.sampled_from([*values.TRUE, *values.FALSE])),
    "day": ({"type": "date"}, PLAIN_DATE),
    "clock": ({"type": "time"}, st.times().map(lambda t: t.isoformat("seconds"))),
    "seen": ({"type": "datetime", "datapkg:zone": "none"}, MOMENTS),
    "year": ({"type": "year"}, st.integers(-9999, 9999).filter(bool).map(lambda n: f"{'-' * (n < 0)}{abs(n):04}")),
    "point": (
        {"type": "geopoint"},
        st.tuples(st.floats(-180, 180), st.floats(-90, 90)).map(lambda p: f"{p[0]!r}, {p[1]!r}"),
    ),
    "tags": ({"type": "list", "delimiter": "|"}, TEXT.filter(bool)),
    "days": ({"type": "list", "itemType": "date"}, st.lists(PLAIN_DATE, min_size=1, max_size=3).map(",".join)),
    "numbers": ({"type": "list", "itemType": "number"}, st.lists(FLOATS, min_size=1, max_size=3).map(",".join)),
}
SCHEMA = {"fields": [{"name": "id", "type": "integer"}, *({"name": n, **f} for n, (f, _) in FIELDS.items())]}
COLUMNS = {column.name: column for column in from_descriptor(SCHEMA).columns}


def written(folder: Path, text: str) -> Path:
    """The Parquet of the table, laid out as a release has it."""
    (folder / "t.csv").write_bytes(text.encode())
    resource = {"name": "t", "type": "table", "path": "t.csv", "schema": SCHEMA}
    (folder / "datapackage.json").write_text(json.dumps({"name": "x", "resources": [resource]}))
    dataset = open_dataset(folder / "datapackage.json", root=folder, base=folder)
    with workspace(Limits()) as space:
        judged = open_typed(space, dataset.tables[0])
        return write_table(folder, space, judged, about={}, schema=with_points(SCHEMA)).paths[0]


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.tuples(*(cells | st.just("") for _, cells in FIELDS.values())), min_size=1, max_size=6))
def test_every_cell_comes_back(tmp_path: Path, rows: list[tuple[str, ...]]) -> None:
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows([str(number), *cells] for number, cells in enumerate(rows))
    found = pq.read_table(written(tmp_path, buffer.getvalue())).to_pylist()
    for row, cells in zip(found, rows, strict=True):
        for (name, (field, _)), cell in zip(FIELDS.items(), cells, strict=True):
            wanted = values.parse(COLUMNS[name], cell) if cell else None
            assert normal(row[name], field) == normal(wanted, field), (name, cell)
