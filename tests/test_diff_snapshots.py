"""Dated snapshots of a real public series: every pair of neighbours, counted again by plain SQL."""

from itertools import pairwise
from pathlib import Path

import duckdb
import pytest
from building import schema_of
from conftest import SHARED

from datapkg import targets
from datapkg.diff import changes_between, diff

FOLDER = SHARED / "realdata" / "oryx" / "snapshots"
SERIES = {
    "daily_count_baseline": (
        "country:string equipment_type:string destroyed:integer abandoned:integer captured:integer damaged:integer "
        "type_total:integer date_recorded:date destroyed_diff:integer abandoned_diff:integer captured_diff:integer "
        "damaged_diff:integer type_total_diff:integer"
    ),
    "totals_by_system": "country:string origin:string system:string status:string url:string date_recorded:date",
}
FILES = {name: sorted(FOLDER.glob(f"{name}*.csv")) for name in SERIES}
PAIRS = [(name, old, new) for name, files in FILES.items() for old, new in pairwise(files)]
MISSING = "the dated snapshots lie in ../shared/realdata/oryx"
pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason=MISSING)


def counted(old: Path, new: Path) -> tuple[int, int]:
    """(added, removed) of two files, whatever the order of their rows: no code of ours is asked."""
    with duckdb.connect(":memory:") as con:
        for name, path in (("old", old), ("new", new)):
            con.execute(f"CREATE TABLE {name} AS FROM read_csv('{path}', header=true, all_varchar=true, nullstr='')")
        counts = []
        for mine, theirs in (("new", "old"), ("old", "new")):
            (count,) = con.execute(f"SELECT count(*) FROM (FROM {mine} EXCEPT ALL FROM {theirs})").fetchall()[0]
            counts.append(count)
    return counts[0], counts[1]


def test_both_series_are_there() -> None:
    assert {name: len(files) for name, files in FILES.items()} == {"daily_count_baseline": 5, "totals_by_system": 5}


@pytest.mark.parametrize(("name", "old", "new"), PAIRS, ids=[f"{old.stem}-{new.stem[-10:]}" for _, old, new in PAIRS])
def test_neighbours_differ_by_as_many_rows_as_plain_sql_counts(name: str, old: Path, new: Path, tmp_path: Path) -> None:
    wanted = counted(old, new)
    (bare,) = diff(old, new, limit=None).tables.values()
    assert (bare.added, bare.removed, bare.changed, bare.keyed) == (*wanted, 0, False)
    assert sum(row.times for row in bare.rows) == sum(wanted) > 0
    schema, _ = schema_of(SERIES[name])
    (tmp_path / "schema.json").write_text(str(schema).replace("'", '"'))
    with targets.operands(old.as_posix(), new.as_posix(), None, schema=tmp_path / "schema.json") as sides:
        (typed,) = changes_between(*sides).tables.values()
    # Each value of these files has one spelling, so that types change nothing.
    assert (typed.added, typed.removed, typed.changed, typed.note) == (*wanted, 0, None)
