"""The cells of the frictionless suite: our verdict on each, and the standard's reason where it differs."""

import csv
import json
import tarfile
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from conftest import SHARED

from datapkg.limits import Limits
from datapkg.validate import validate

SUITE = SHARED / "suites" / "frictionless.tar.xz"
pytestmark = pytest.mark.skipif(not SUITE.is_file(), reason="the suites lie in ../shared")

BARE = "a number is a decimal of XML Schema: no spaces around it, no underscore, no digits of other scripts"
CLOCK = "a time is hh:mm:ss; a zone is none of its parts"
# (type, cell) → why we refuse what frictionless accepts, or the other way round
GRID: Mapping[tuple[str, str], str] = {
    ("number", " 01 "): BARE,
    ("number", " 1.5 "): BARE,
    ("number", "１.5"): BARE,
    ("number", "Infinity"): "the standard spells it INF",
    ("number", "sNaN"): "the standard has NaN alone",
    ("integer", "1_000"): BARE,
    ("integer", "1 "): BARE,
    ("integer", "٣"): BARE,
    ("integer", "9223372036854775808"): "an integer fits 64 bits, which every reader of a release has",
    ("time", "06:00:00+01:00"): CLOCK,
    ("time", "01:00:00Z"): CLOCK,
}
# (field, cell) of cells.json → the same; None is every cell of the field
CELLS: Mapping[tuple[str, str | None], str] = {
    ("number default", " 01 "): BARE,
    ("time default", "06:00:00+01:00"): CLOCK,
    ("string wkt", None): "WKT is no format of the standard; that it is not judged is told at the field",
}


def cases(name: str) -> list[dict[str, Any]]:
    """The cases of one file of the suite."""
    with tarfile.open(SUITE) as archive:
        member = next(item for item in archive if item.name.endswith(f"/{name}") or item.name == name)
        file = archive.extractfile(member)
        assert file is not None
        found: list[dict[str, Any]] = json.load(file)["cases"]
    return found


def verdicts(folder: Path, fields: Sequence[Mapping[str, Any]], cells: Sequence[Sequence[str]]) -> list[list[bool]]:
    """Whether each cell of each field is fine: a table of one column for each field, filled up with its first cell."""
    height = max(map(len, cells))
    with (folder / "t.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, quoting=csv.QUOTE_ALL, lineterminator="\n")
        writer.writerow([f"c{number}" for number in range(len(fields))])
        writer.writerows([column[row] if row < len(column) else column[0] for column in cells] for row in range(height))
    schema = {"fields": [{**field, "name": f"c{number}"} for number, field in enumerate(fields)]}
    resource = {"name": "t", "path": "t.csv", "type": "table", "schema": schema}
    path = folder / "datapackage.json"
    path.write_text(json.dumps({"name": "cells", "resources": [resource]}))
    found = validate(path.as_posix(), limits=Limits(findings=100_000)).findings
    # What is asked is the cell by itself, not beside others.
    told = [f for f in found if f.place.column is not None and f.code not in ("mixed-zones", "surrounding-space")]
    bad = {(int((f.place.column or "")[1:]), f.place.row) for f in told}
    unread = {column for column, row in bad if row is None}
    return [
        [number not in unread and (number, row) not in bad for row in range(1, len(column) + 1)]
        for number, column in enumerate(cells)
    ]


def test_every_cell_of_the_type_grid(tmp_path: Path) -> None:
    grid: dict[str, dict[str, bool]] = defaultdict(dict)
    for case in cases("type_grid.json"):
        grid[case["type"]][case["cell"]] = case["frictionless"]
    found = verdicts(tmp_path, [{"type": kind} for kind in grid], [list(cells) for cells in grid.values()])
    differs = {
        (kind, cell)
        for (kind, cells), ours in zip(grid.items(), found, strict=True)
        for (cell, theirs), mine in zip(cells.items(), ours, strict=True)
        if mine != theirs
    }
    assert differs == GRID.keys()


def test_every_text_cell_that_frictionless_tests(tmp_path: Path) -> None:
    fields: dict[str, dict[str, bool]] = defaultdict(dict)
    for case in cases("cells.json"):
        if case["cell_type"] == "str":
            fields[json.dumps(case["field"])][case["cell"]] = case["valid"]
    given = [json.loads(field) for field in fields]
    found = verdicts(tmp_path, given, [list(cells) for cells in fields.values()])
    differs: set[tuple[str, str | None]] = set()
    for field, cells, ours in zip(given, fields.values(), found, strict=True):
        name = f"{field['type']} {field.get('format', 'default')}"
        wrong = {cell for (cell, theirs), mine in zip(cells.items(), ours, strict=True) if mine != theirs}
        differs |= {(name, None)} if (name, None) in CELLS and wrong else {(name, cell) for cell in wrong}
    assert differs == CELLS.keys()
