"""Laws of `diff`, and 500 random pairs of tables against a comparison in plain Python."""

import csv
import random
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from building import write_dataset
from hypothesis import given, settings
from hypothesis import strategies as st

from datapkg.changes import Changes, Op, RowChange, TableChanges
from datapkg.diff import diff

Row = Mapping[str, str | None]
HEAD = "id:string! part:integer! n:number flag:boolean day:date note:string"
FREE = HEAD.replace("!", "")
COLUMNS = [word.partition(":")[0] for word in HEAD.split()]
KEY = ("id", "part")

# Each value with its spellings; the first is the canonical one. None is a cell that means no value.
VALUES: Mapping[str, Sequence[tuple[str | None, Sequence[str]]]] = {
    "id": [("a", ["a"]), ("A", ["A"]), ("b", ["b"]), ("é", ["é"])],
    "part": [("1", ["1", "+1", "01"]), ("-2", ["-2"]), ("30", ["30", "030"]), ("x", ["x"])],
    "n": [("1", ["1", "1.0", "1e0"]), ("0.1", ["0.1", ".10"]), ("-3.5", ["-3.50"]), (None, [""]), ("one", ["one"])],
    "flag": [("true", ["true", "1", "True"]), ("false", ["false", "0"]), (None, [""]), ("maybe", ["maybe"])],
    "day": [("2023-07-12", ["2023-07-12"]), (None, [""]), ("2023-13-01", ["2023-13-01"])],
    "note": [('a,"b"\nc', ['a,"b"\nc']), ("007", ["007"]), ("7", ["7"]), (" x", [" x"]), (None, [""])],
}


def value(column: str) -> st.SearchStrategy[tuple[str | None, str]]:
    """A value of a column, and one of its spellings."""
    return st.sampled_from([(text, spelled) for text, every in VALUES[column] for spelled in every])


ROW = st.fixed_dictionaries({column: value(column) for column in COLUMNS})
TABLE = st.lists(ROW, max_size=6)
KEYED = st.lists(ROW, max_size=6, unique_by=lambda row: (row["id"][0], row["part"][0]))


def written(folder: Path, head: str, rows: Sequence[Mapping[str, tuple[str | None, str]]]) -> Path:
    """The rows in their spellings as the table `t` of a package."""
    write_dataset(folder, {"t": f"{head}\n"})
    with (folder / "t.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n", quoting=csv.QUOTE_ALL)
        writer.writerow(COLUMNS)
        writer.writerows([row[column][1] for column in COLUMNS] for row in rows)
    return folder


def compared(head: str, old: Sequence[Any], new: Sequence[Any]) -> Changes:
    """The diff of two tables, all rows listed."""
    with TemporaryDirectory() as folder:
        sides = (written(Path(folder) / side, head, rows) for side, rows in (("old", old), ("new", new)))
        return diff(next(sides), next(sides), limit=None)


def plain(rows: Sequence[Mapping[str, tuple[str | None, str]]]) -> list[Row]:
    """The rows as their values."""
    return [{column: row[column][0] for column in COLUMNS} for row in rows]


def keyed(rows: Sequence[Row]) -> dict[tuple[str | None, ...], Row]:
    """The rows by key."""
    return {tuple(row[column] for column in KEY): row for row in rows}


def applied(rows: Sequence[Row], table: TableChanges) -> Counter[frozenset[tuple[str, str | None]]]:
    """What the rows are once the changes were made to them; each change must find what it changes."""
    if not table.keyed:
        held = Counter(frozenset(row.items()) for row in rows)
        for change in table.rows:
            row = frozenset((c.column, c.new if change.op is Op.ADDED else c.old) for c in change.cells)
            held[row] += change.times if change.op is Op.ADDED else -change.times
            assert held[row] >= 0
        return +held
    known = keyed(rows)
    for change in table.rows:
        assert change.key is not None
        key = tuple(change.key[column] for column in KEY)
        if change.op is Op.REMOVED:
            assert known.pop(key) == {cell.column: cell.old for cell in change.cells}
        elif change.op is Op.ADDED:
            assert key not in known
            known[key] = {cell.column: cell.new for cell in change.cells}
        else:
            assert all(known[key][cell.column] == cell.old != cell.new for cell in change.cells)
            known[key] = {**known[key], **{cell.column: cell.new for cell in change.cells}}
    return Counter(frozenset(row.items()) for row in known.values())


def mirrored(row: RowChange) -> tuple[Any, ...]:
    """A change as the other side tells it, with what tells two of them apart."""
    op = {Op.ADDED: Op.REMOVED, Op.REMOVED: Op.ADDED, Op.CHANGED: Op.CHANGED}[row.op]
    return _told(op, row, tuple((cell.column, cell.new, cell.old) for cell in row.cells))


def straight(row: RowChange) -> tuple[Any, ...]:
    """The same of a change as it is."""
    return _told(row.op, row, tuple((cell.column, cell.old, cell.new) for cell in row.cells))


def _told(op: Op, row: RowChange, cells: tuple[Any, ...]) -> tuple[Any, ...]:
    key = tuple(row.key.items()) if row.key is not None else None
    return op, key, cells, row.times, tuple(row.other.items()) if row.other is not None else None


EXAMPLES = settings(deadline=None, max_examples=25)


@EXAMPLES
@given(TABLE, st.booleans())
def test_nothing_differs_from_itself_in_other_spellings_and_another_order(rows: list[Any], free: bool) -> None:
    again = [{c: (text, VALUES_OF[c][text][-1]) for c, (text, _) in row.items()} for row in rows[::-1]]
    assert not compared(FREE if free else HEAD, rows, again).differ


VALUES_OF = {column: dict(every) for column, every in VALUES.items()}


@EXAMPLES
@given(KEYED, KEYED)
def test_by_key_the_changes_made_to_the_old_table_give_the_new_one(old: list[Any], new: list[Any]) -> None:
    table = compared(HEAD, old, new).tables["t"]
    assert table.keyed
    assert applied(plain(old), table) == Counter(frozenset(row.items()) for row in plain(new))


@EXAMPLES
@given(TABLE, TABLE)
def test_as_multisets_the_changes_made_to_the_old_table_give_the_new_one(old: list[Any], new: list[Any]) -> None:
    table = compared(FREE, old, new).tables["t"]
    assert applied(plain(old), table) == Counter(frozenset(row.items()) for row in plain(new))


@EXAMPLES
@given(TABLE, TABLE, st.booleans())
def test_the_other_way_round_it_is_mirrored(old: list[Any], new: list[Any], free: bool) -> None:
    head = FREE if free else HEAD
    there, back = compared(head, old, new).tables["t"], compared(head, new, old).tables["t"]
    assert (there.added, there.removed, there.changed) == (back.removed, back.added, back.changed)
    assert there.columns == back.columns
    assert sorted(map(mirrored, there.rows), key=repr) == sorted(map(straight, back.rows), key=repr)


# ---------------------------------------------------------------- brute force


def brute(head: str, old: list[Row], new: list[Row]) -> tuple[int, int, int, dict[str, int]]:
    """(added, removed, changed, changed cells by column), counted one by one."""
    sides = keyed(old), keyed(new)
    if head == FREE or len(sides[0]) < len(old) or len(sides[1]) < len(new):
        mine, theirs = (Counter(tuple(row.values()) for row in rows) for rows in (old, new))
        return (theirs - mine).total(), (mine - theirs).total(), 0, {}
    columns: Counter[str] = Counter()
    changed = 0
    for key in sides[0].keys() & sides[1].keys():
        cells = [column for column in COLUMNS if sides[0][key][column] != sides[1][key][column]]
        changed += bool(cells)
        columns.update(cells)
    return len(sides[1].keys() - sides[0].keys()), len(sides[0].keys() - sides[1].keys()), changed, dict(columns)


@pytest.mark.parametrize("part", range(5))
def test_five_hundred_random_pairs_are_told_as_brute_force_tells_them(part: int, tmp_path: Path) -> None:
    """A hundred pairs of tables in two packages, so that they are compared in one go."""
    dice = random.Random(part)  # noqa: S311  (no secret)
    tables = {f"t{number}": dice.choice([HEAD, HEAD, FREE]) for number in range(100)}
    wanted, sides = (
        {},
        {side: write_dataset(tmp_path / side, {n: f"{h}\n" for n, h in tables.items()}) for side in "ab"},
    )
    for name, head in tables.items():
        old = [pick(dice) for _ in range(dice.randrange(30))]
        new = [pick(dice) if dice.random() < 0.2 else edited(dice, row) for row in old if dice.random() < 0.9]
        if head == HEAD and dice.random() < 0.8:  # Most tables have a key that is one.
            old, new = (list({(row["id"], row["part"][0]): row for row in rows}.values()) for rows in (old, new))
        dice.shuffle(new)
        for side, rows in (("a", old), ("b", new)):
            fill(sides[side].parent / f"{name}.csv", rows)
        wanted[name] = brute(head, plain(old), plain(new))
    found = diff(sides["a"], sides["b"], limit=None).tables
    told = {name: (t.added, t.removed, t.changed, dict(t.columns)) for name, t in found.items()}
    assert told == wanted
    assert all(sum(row.times for row in t.rows) == t.added + t.removed + t.changed for t in found.values())
    assert sum(1 for one in wanted.values() if one[2]) > 20
    assert sum(1 for t in found.values() if t.note) > 2


def pick(dice: random.Random) -> dict[str, tuple[str | None, str]]:
    """A row of any values; keys are many, so that most are of one row."""
    row = {}
    for column in COLUMNS:
        text, spelled = dice.choice(VALUES[column])
        row[column] = (text, dice.choice(spelled))
    name = str(dice.randrange(25))
    return {**row, "id": (name, name)}


def edited(dice: random.Random, row: dict[str, tuple[str | None, str]]) -> dict[str, tuple[str | None, str]]:
    """The row with other spellings and, now and then, another value that is not of the key."""
    fresh = {c: (text, dice.choice(VALUES_OF[c][text])) if c != "id" else row[c] for c, (text, _) in row.items()}
    return {**fresh, "n": pick(dice)["n"]} if dice.random() < 0.3 else fresh


def fill(path: Path, rows: Sequence[Mapping[str, tuple[str | None, str]]]) -> None:
    """Write the rows below the file's header."""
    with path.open("a", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n", quoting=csv.QUOTE_ALL).writerows(
            [row[column][1] for column in COLUMNS] for row in rows
        )
