"""`diff`: what differs between two datasets, on tables of a few lines."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from building import write_dataset

from datapkg import targets
from datapkg.changes import Changes, Op, RowChange
from datapkg.diff import Request, changes_between, diff
from datapkg.errors import TargetError

Compared = Callable[..., Changes]


@pytest.fixture
def compared(tmp_path: Path) -> Compared:
    """compared(old, new) writes both as the table `t`, or as tables by name, and compares them."""

    def run(old: str | dict[str, str], new: str | dict[str, str], **options: Any) -> Changes:
        for side, tables in (("old", old), ("new", new)):
            write_dataset(tmp_path / side, {"t": tables} if isinstance(tables, str) else tables)
        return diff(tmp_path / "old", tmp_path / "new", **options)

    return run


def told(row: RowChange) -> str:
    """A row on one line: its key, and old → new of each cell."""
    key = ",".join(str(value) for value in row.key.values()) if row.key is not None else f"x{row.times}"
    cells = " ".join(f"{cell.column}:{cell.old}→{cell.new}" for cell in row.cells)
    return f"{row.op} {key} {cells}"


def kinds(changes: Changes) -> list[tuple[str, str | None, str | None]]:
    """What changed in the declarations: kind, column, property."""
    return [(str(change.kind), change.column, change.property) for change in changes.schema]


def test_rows_are_matched_by_key_and_compared_as_values(compared: Compared) -> None:
    changes = compared(
        "id:integer! n:number v:string\n1,1.0,x\n2,2.5,y\n3,3,z\n",
        "id:integer! n:number v:string\n4,4,w\n2,2.6,\n01,1.00,x\n",
    )
    table = changes.tables["t"]
    assert (table.added, table.removed, table.changed, table.keyed, table.note) == (1, 1, 1, True, None)
    assert [told(row) for row in table.rows] == [
        "removed 3 id:3→None n:3→None v:z→None",
        "changed 2 n:2.5→2.6 v:y→None",
        "added 4 id:None→4 n:None→4 v:None→w",
    ]
    assert table.columns == {"n": 1, "v": 1}
    assert changes.schema == ()


def test_a_cell_that_is_not_of_its_type_is_compared_by_its_text(compared: Compared) -> None:
    table = compared(
        "id:integer! n:integer\n1,one\n2,two\n3,3\n4,x\n", "id:integer! n:integer\n1,one\n2,2\n3,drei\n4,y\n"
    ).tables["t"]
    assert [told(row) for row in table.rows] == ["changed 2 n:two→2", "changed 3 n:3→drei", "changed 4 n:x→y"]


def test_a_key_that_is_not_of_its_type_is_a_key_all_the_same(compared: Compared) -> None:
    table = compared("id:integer! n:integer\na,1\n2,1\n", "id:integer! n:integer\na,2\n02,1\n").tables["t"]
    assert [told(row) for row in table.rows] == ["changed a n:1→2"]


def test_without_a_key_equal_rows_are_counted_off(compared: Compared) -> None:
    table = compared("a:string n:number\nx,1\nx,1.0\nx,1\ny,2\n", "a:string n:number\nx,1\nz,3\nz,3\n").tables["t"]
    assert (table.added, table.removed, table.changed, table.keyed) == (2, 3, 0, False)
    assert [told(row) for row in table.rows] == [
        "removed x2 a:x→None n:1→None",
        "removed x1 a:y→None n:2→None",
        "added x2 a:None→z n:None→3",
    ]


@pytest.mark.parametrize(
    ("old", "note"),
    [
        ("a,1\na,2\n", "compared as a multiset: the old side has several rows of one key (id)"),
        ("a,1\n,2\n", "compared as a multiset: the old side has rows without a value in the key (id)"),
    ],
)
def test_a_key_that_tells_no_rows_apart_is_said_and_not_used(compared: Compared, old: str, note: str) -> None:
    table = compared(f"id:string! n:integer\n{old}", "id:string! n:integer\na,1\n").tables["t"]
    assert (table.added, table.removed, table.changed, table.keyed, table.note) == (0, 1, 0, False, note)


def test_a_row_with_a_new_key_is_recognised(compared: Compared) -> None:
    table = compared(
        "id:string! name:string n:integer\na,Kabul,1\nb,Herat,2\nc,same,3\nd,same,3\n",
        "id:string! name:string n:integer\na,Kabul,1\nh,Herat,2\nx,same,3\ny,same,3\n",
    ).tables["t"]
    assert (table.added, table.removed, table.changed) == (3, 3, 0)
    assert {(str(row.op), row.key["id"]): row.other for row in table.rows if row.key and row.other} == {
        ("removed", "b"): {"id": "h"},
        ("added", "h"): {"id": "b"},
    }


def test_a_renamed_column_is_recognised_and_compared_under_its_new_name(compared: Compared) -> None:
    changes = compared(
        "id:string! dead:integer\na,1\nb,2\nc,3\nd,4\n", "id:string! killed:integer\na,1\nb,2\nc,3\nd,5\n"
    )
    assert [(str(c.kind), c.old, c.new, c.guess) for c in changes.schema] == [
        ("column-renamed", "dead", "killed", True)
    ]
    assert [told(row) for row in changes.tables["t"].rows] == ["changed d killed:4→5"]


def test_a_renamed_key_is_recognised(compared: Compared) -> None:
    changes = compared(
        "id:string! dead:integer\na,1\nb,2\nc,3\nd,4\n", "event_id:string! dead:integer\na,1\nb,2\nc,3\nd,5\n"
    )
    assert kinds(changes) == [("column-renamed", "event_id", None)]
    assert [told(row) for row in changes.tables["t"].rows] == ["changed d dead:4→5"]


def test_a_renamed_table_is_recognised(compared: Compared) -> None:
    rows = "id:string! dead:integer\na,1\nb,2\nc,3\n"
    changes = compared({"events": rows, "gone": "x:string\n1\n"}, {"incidents": rows + "d,4\n", "come": "y:string\n"})
    assert [(str(c.kind), c.table, c.old, c.guess) for c in changes.schema] == [
        ("table-renamed", "incidents", "events", True),
        ("table-added", "come", None, False),
        ("table-removed", "gone", None, False),
    ]
    assert {name: (t.added, t.removed) for name, t in changes.tables.items()} == {
        "incidents": (1, 0),
        "come": (0, 0),
        "gone": (0, 1),
    }


def test_a_tolerance_is_by_column_absolute_or_relative(compared: Compared) -> None:
    sides = "id:integer! n:number m:number\n1,1,100\n2,1,\n", "id:integer! n:number m:number\n1,1.01,101\n2,1.1,100\n"
    table = compared(*sides, tolerance={"t.n": 0.05, "t.m": "1%"}).tables["t"]
    assert [told(row) for row in table.rows] == ["changed 2 n:1→1.1 m:None→100"]
    with pytest.raises(TargetError, match=r"no column 't\.nn'; did you mean t\.n"):
        compared(*sides, tolerance={"t.nn": 1})


def test_rows_are_cut_and_counts_are_not(compared: Compared) -> None:
    rows = "".join(f"{number},{number}\n" for number in range(50))
    table = compared("id:integer! n:integer\n", f"id:integer! n:integer\n{rows}", limit=3).tables["t"]
    assert (table.added, len(table.rows)) == (50, 3)


def test_a_table_of_one_side_is_all_added_or_removed(compared: Compared) -> None:
    changes = compared({"a": "id:string!\n1\n2\n"}, {"b": "x:integer\n5\n"})
    assert kinds(changes) == [("table-added", None, None), ("table-removed", None, None)]
    assert {name: (t.added, t.removed) for name, t in changes.tables.items()} == {"b": (1, 0), "a": (0, 2)}


def test_a_table_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    for side in ("old", "new"):
        write_dataset(tmp_path / side, {"t": "a:string\nx\n"})
    (tmp_path / "new" / "t.csv").unlink()
    with pytest.raises(TargetError, match="cannot be read"):
        diff(tmp_path / "old", tmp_path / "new")


def test_two_files_are_one_table(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("id,n\n1,1.0\n")
    (tmp_path / "b.csv").write_text("id,n\n1,1.00\n")
    (tmp_path / "s.yaml").write_text("fields:\n - {name: id, type: integer}\n - {name: n, type: number}\n")
    paths = [(tmp_path / name).as_posix() for name in ("a.csv", "b.csv")]
    assert diff(*paths).tables["b"].changed == 0
    assert diff(*paths).tables["b"].added == 1
    with targets.operands(paths[0], paths[1], None, schema=tmp_path / "s.yaml") as sides:
        assert not changes_between(*sides, Request()).differ


def test_what_is_added_is_named(compared: Compared) -> None:
    table = compared("id:string! a:string\n1,x\n", "id:string! a:string b:integer\n1,x,5\n2,y,6\n").tables["t"]
    assert [(row.op, told(row)) for row in table.rows] == [(Op.ADDED, "added 2 id:None→2 a:None→y b:None→6")]
