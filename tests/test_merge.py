"""`datapkg merge`: by key and cell, nothing lost, and what two people said of one cell is shown to a third."""

import csv
import io
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from datapkg.engine.formatting import format_table
from datapkg.engine.merging import Merged, merge_tables
from datapkg.engine.rawcells import Unsafe
from datapkg.limits import Limits
from datapkg.merge import Outcome, Request, merge
from datapkg.resources import Table
from datapkg.schema import Schema, from_descriptor
from datapkg.validate import validate

DATAPKG = Path(sys.executable).with_name("datapkg")
LAW: dict[str, Any] = {
    "fields": [{"name": "id", "type": "string"}, {"name": "n", "type": "number"}, {"name": "s", "type": "string"}],
    "primaryKey": ["id"],
}
Try = Callable[..., "tuple[str, Outcome]"]


@pytest.fixture
def merged(tmp_path: Path) -> Try:
    """merged(base, ours, theirs) merges three tables below the header `id,n,s` and gives text and outcome."""

    def run(
        base: str, ours: str, theirs: str, law: dict[str, Any] | None = LAW, head: str = "id,n,s\n"
    ) -> tuple[str, Outcome]:
        paths = {}
        for word, text in (("base", base), ("ours", ours), ("theirs", theirs)):
            paths[word] = tmp_path / f"{word}.csv"
            paths[word].write_bytes((text if text.startswith("id") or not text else head + text).encode())
        schema = tmp_path / "law.yaml"
        if law is not None:
            schema.write_text(yaml.safe_dump(law))
        files = (paths["base"], paths["ours"], paths["theirs"])
        outcome = merge(Request(*files, schema=schema if law is not None else None), None)
        return paths["ours"].read_bytes().decode().removeprefix(head), outcome

    return run


CLEAN = [
    ("rows added on both sides", "b,2,y\n", "a,1,x\nb,2,y\n", "b,2,y\nc,3,z\n", "a,1,x\nb,2,y\nc,3,z\n"),
    ("other cells of one row", "a,1,x\n", "a,10,x\n", "a,1,xx\n", "a,10,xx\n"),
    ("one cell in one way", "a,1,x\n", "a,2,x\n", "a,2.0,x\n", "a,2,x\n"),
    ("one row in one way", "", "a,1,x\n", "a,1.0,x\n", "a,1,x\n"),
    ("a row that one side took away", "a,1,x\nb,2,y\n", "b,2,y\n", "a,1,x\nb,5,y\n", "b,5,y\n"),
    ("a row that both took away", "a,1,x\nb,2,y\n", "b,2,y\n", "b,2,y\n", "b,2,y\n"),
    ("the form of a row that is gone", "a,1.0,x\nb,2,y\n", "b,2,y\n", "a,1,x\nb,2,y\n", "b,2,y\n"),
    ("rows in another order", "a,1,x\nb,2,y\n", "b,2,y\na,1,x\n", "a,7,x\nb,2,y\n", "a,7,x\nb,2,y\n"),
    ("columns in another order", "a,1,x\n", "id,s,n\na,xx,1\n", "a,7,x\n", "a,7,xx\n"),
    ("a column that theirs added", "a,1,x\n", "a,2,x\nb,3,y\n", "id,n,s,more\na,1,x,m\n", "id,n,s,more\na,2,x,m\nb,3,y,\n"),
    ("a column that ours added", "a,1,x\n", "id,n,s,more\na,1,x,m\n", "a,2,x\nb,3,y\n", "id,n,s,more\na,2,x,m\nb,3,y,\n"),
    ("a column that both added", "a,1,x\n", "id,n,s,m\na,1,x,1\n", "id,n,s,m\na,1,x,1\n", "id,n,s,m\na,1,x,1\n"),
    ("a column that nobody used", "id,n,s,m\na,1,x,0\n", "a,1,x\n", "id,n,s,m\na,2,x,0\n", "a,2,x\n"),
    ("cells with marks", 'a,1,"x\ny"\n', 'a,2,"x\ny"\n', 'a,1,"""q"", x"\n', 'a,2,"""q"", x"\n'),
]  # fmt: skip


@pytest.mark.parametrize(
    ("base", "ours", "theirs", "expected"), [case[1:] for case in CLEAN], ids=[case[0] for case in CLEAN]
)
def test_what_is_no_conflict(merged: Try, base: str, ours: str, theirs: str, expected: str) -> None:
    text, outcome = merged(base or "id,n,s\n", ours, theirs)
    assert (text, outcome.conflicts, outcome.by_line) == (expected, 0, None)
    assert merged(base or "id,n,s\n", theirs, ours)[0] == expected


def test_a_conflict_is_one_cell_and_all_else_is_merged(merged: Try) -> None:
    text, outcome = merged("a,1,x\nb,1,x\n", "a,2,xx\nb,5,x\nc,1,\n", "a,3,x\nb,1,y\n")
    assert text == (
        "<<<<<<< ours n: 2\na,2,xx\n||||||| base n: 1\na,1,xx\n=======\na,3,xx\n>>>>>>> theirs n: 3\nb,5,y\nc,1,\n"
    )
    (clash,) = outcome.clashes
    assert (outcome.conflicts, clash.key, clash.cells) == (1, {"id": "a"}, (("n", "2", "1", "3"),))


def test_a_row_that_was_changed_and_taken_away_is_a_conflict(merged: Try) -> None:
    assert merged("a,1,x\nb,2,y\n", "a,5,x\nb,2,y\n", "b,2,y\n")[0] == (
        "<<<<<<< ours changed this row\na,5,x\n||||||| base\na,1,x\n=======\n>>>>>>> theirs removed this row\nb,2,y\n"
    )
    assert merged("a,1,x\nb,2,y\n", "b,2,y\n", "a,5,x\nb,2,y\n")[0] == (
        "<<<<<<< ours removed this row\n||||||| base\na,1,x\n=======\na,5,x\n>>>>>>> theirs changed this row\nb,2,y\n"
    )


def test_two_rows_of_one_key_are_a_conflict_in_each_cell_that_differs(merged: Try) -> None:
    assert merged("id,n,s\n", "a,1,x\n", "a,2,x\n")[0] == (
        "<<<<<<< ours n: 1\na,1,x\n||||||| base n: \n=======\na,2,x\n>>>>>>> theirs n: 2\n"
    )


def test_a_column_that_was_taken_away_and_filled_is_a_conflict(merged: Try) -> None:
    text, outcome = merged("id,n,s,m\na,1,x,0\nb,1,x,0\n", "id,n,s,m\na,1,x,7\nb,1,x,0\n", "a,1,x\nb,1,x\n")
    assert outcome.conflicts == 1
    assert text.startswith("id,n,s,m\n<<<<<<< ours m: 7\na,1,x,7\n||||||| base m: 0\n")
    assert text.endswith("=======\na,1,x,\n>>>>>>> theirs m: (column removed)\nb,1,x,0\n")


def test_what_is_said_of_a_conflict_holds_no_mark(merged: Try) -> None:
    text, _ = merged("a,1,x\n", 'a,1,"o"",\n\x1b[31m"\n', "a,1,t\n")
    assert text.startswith("<<<<<<< ours s: o    [31m\n")


def test_validate_tells_an_unresolved_conflict_at_its_lines(merged: Try, tmp_path: Path) -> None:
    merged("a,1,x\n", "a,2,x\n", "a,3,x\n")
    report = validate((tmp_path / "ours.csv").as_posix(), schema=tmp_path / "law.yaml")
    lines = [finding.place.line for finding in report.findings if finding.code == "merge-conflict"]
    assert sorted(line or 0 for line in lines) == [2, 4, 6, 8]


BY_LINE = [
    (None, "b,2,y\n", "a,1,x\nb,2,y\n", "b,2,y\n", "no schema is known for it"),
    (LAW, "a,1,x\na,2,x\n", "a,1,x\na,2,x\n", "a,1,x\na,2,y\n", "base: two rows have the key 'a'"),
    (LAW, "a,1,x\n", "a,1,x\n,2,y\n", "a,1,x\n", "ours: a row has no key"),
    (LAW, "a,1,x\n", "a,1,x\n", "a,1\n", "theirs: the row has 2 cells where the header has 3 (line 2)"),
    (LAW, "a,1,x\n", "id2,n,s\na,1,x\n", "a,1,x\n", "ours: the column 'id' of the primary key is not there (line 1)"),
]


@pytest.mark.parametrize(("law", "base", "ours", "theirs", "reason"), BY_LINE, ids=[case[-1][:30] for case in BY_LINE])
def test_what_is_no_table_with_keys_is_merged_by_line(
    merged: Try, law: dict[str, Any] | None, base: str, ours: str, theirs: str, reason: str
) -> None:
    text, outcome = merged(base, ours, theirs, law)
    assert outcome.by_line == reason
    assert text


NO_KEY: dict[str, Any] = {"fields": LAW["fields"]}


def test_rows_without_a_key_are_counted(merged: Try) -> None:
    assert merged("a,1,x\na,1,x\nb,1,x\n", "a,1,x\nb,1,x\nc,1,x\n", "a,1,x\na,1,x\nd,1,x\nb,1,x\n", NO_KEY)[0] == (
        "a,1,x\nb,1,x\nc,1,x\nd,1,x\n"
    )
    assert merged("b,1,x\n", "b,1,x\n", "z,1,x\na,1.0,x\n", NO_KEY)[0] == "z,1,x\na,1,x\n"


# ---------------------------------------------------------------- laws

KEYS, VALUES = st.sampled_from("abcdef"), st.sampled_from(["", "1", "1.0", "2", "3", "x"])
Rows = dict[str, tuple[str, str]]
TABLES = st.dictionaries(KEYS, st.tuples(VALUES, st.sampled_from(["", "p", 'q"', "r,\ns"])), max_size=5)
KEYED = from_descriptor(LAW)
KEYLESS = from_descriptor(NO_KEY)


def text_of(rows: "Rows | list[tuple[str, ...]]") -> str:
    out = io.StringIO(newline="")
    listed = [(key, *cells) for key, cells in rows.items()] if isinstance(rows, dict) else rows
    csv.writer(out, lineterminator="\n").writerows([("id", "n", "s"), *listed])
    return out.getvalue()


def three(schema: Schema, base: str, ours: str, theirs: str) -> tuple[str, Merged]:
    with TemporaryDirectory() as folder, duckdb.connect() as con:
        con.execute("SET TimeZone = 'UTC'; PRAGMA disable_optimizer")
        files = {word: Path(folder) / word for word in ("base", "ours", "theirs")}
        for path, text in zip(files.values(), (base, ours, theirs), strict=True):
            path.write_text(text, newline="")
        target = Path(folder) / "merged"
        found = merge_tables(con, Table("t", (target,), ("t",), "csv", schema), files, target, Limits())
        return target.read_bytes().decode(), found


def form(schema: Schema, text: str) -> str:
    with TemporaryDirectory() as folder, duckdb.connect() as con:
        path = Path(folder) / "t.csv"
        path.write_text(text, newline="")
        return (
            format_table(con, Table("t", (path,), ("t",), "csv", schema), Path(folder), Limits())
            .written.read_bytes()
            .decode()
        )


def cells(text: str) -> dict[str, tuple[str, ...]]:
    return {row[0]: tuple(row[1:]) for row in list(csv.reader(io.StringIO(text, newline="")))[1:]}


LAWS = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@LAWS
@given(TABLES, TABLES)
def test_what_one_side_did_alone_is_the_result(base: Rows, other: Rows) -> None:
    b, x = text_of(base), text_of(other)
    wanted = form(KEYED, x)
    assert three(KEYED, b, x, x) == (wanted, Merged(0, ()))
    assert three(KEYED, b, b, x) == (wanted, Merged(0, ()))
    assert three(KEYED, b, x, b) == (wanted, Merged(0, ()))


@LAWS
@given(TABLES, TABLES, TABLES)
def test_a_merge_is_what_is_said_cell_by_cell_whichever_side_is_ours(base: Rows, ours: Rows, theirs: Rows) -> None:
    b, o, t = (cells(form(KEYED, text_of(rows))) for rows in (base, ours, theirs))
    text, found = three(KEYED, text_of(base), text_of(ours), text_of(theirs))
    back, again = three(KEYED, text_of(base), text_of(theirs), text_of(ours))
    assert found.conflicts == again.conflicts
    expected, clashes = by_hand(b, o, t)
    assert found.conflicts == len(clashes)
    assert {clash.key["id"] for clash in found.clashes} == clashes
    if not found.conflicts:
        assert text == back == form(KEYED, text)
        assert cells(text) == expected
        return
    # Nothing is lost where there is a conflict: each side reads whole in what stands for it.
    assert sides(text) == (*(sides(back)[::-1]),)
    for side, (mine, other) in zip(sides(text), ((o, t), (t, o)), strict=True):
        for key in clashes & mine.keys():
            kept = side[key]
            old = b.get(key)
            for number, cell in enumerate(mine[key]):
                assert kept[number] == cell or (
                    old is not None and cell == old[number] and kept[number] == other[key][number]
                )
        assert {key: row for key, row in side.items() if key not in clashes} == expected


def by_hand(
    b: Mapping[str, tuple[str, ...]], o: Mapping[str, tuple[str, ...]], t: Mapping[str, tuple[str, ...]]
) -> tuple[dict[str, tuple[str, ...]], set[str]]:
    """The rows that merge, and the keys of those that do not, worked out in plain words."""
    fine, clashes = {}, set()
    for key in b.keys() | o.keys() | t.keys():
        old, mine, yours = b.get(key), o.get(key), t.get(key)
        if yours in (mine, old):
            found = mine
        elif mine == old:
            found = yours
        elif old is None or mine is None or yours is None:
            clashes.add(key)
            continue
        else:
            merged = [y if m == x else m if y in (x, m) else None for m, y, x in zip(mine, yours, old, strict=True)]
            if None in merged:
                clashes.add(key)
                continue
            found = tuple(str(cell) for cell in merged)
        if found is not None:
            fine[key] = found
    return fine, clashes


def sides(text: str) -> tuple[dict[str, tuple[str, ...]], dict[str, tuple[str, ...]]]:
    """The table as ours has it and as theirs has it, each conflict resolved for that side."""
    chosen: dict[str, list[str]] = {"ours": [], "theirs": []}
    now = None
    for line in text.splitlines(keepends=True):
        mark = line[:7]
        if mark == "<<<<<<<":
            now = "ours"
        elif mark == "|||||||":
            now = "base"
        elif line == "=======\n":
            now = "theirs"
        elif mark == ">>>>>>>":
            now = None
        else:
            for word, kept in chosen.items():
                if now in (None, word):
                    kept.append(line)
    return cells("".join(chosen["ours"])), cells("".join(chosen["theirs"]))


BAGS = st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from(["1", "1.0"]), st.sampled_from("xy")), max_size=6)


@LAWS
@given(BAGS, BAGS, BAGS)
def test_without_a_key_no_row_is_lost(base: list[Any], ours: list[Any], theirs: list[Any]) -> None:
    b, o, t = (
        Counter(tuple(row) for row in csv.reader(io.StringIO(form(KEYLESS, text_of(rows)))))
        for rows in (base, ours, theirs)
    )
    text, _ = three(KEYLESS, text_of(base), text_of(ours), text_of(theirs))
    found = Counter(tuple(row) for row in csv.reader(io.StringIO(text)))
    back = Counter(
        tuple(row) for row in csv.reader(io.StringIO(three(KEYLESS, text_of(base), text_of(theirs), text_of(ours))[0]))
    )
    assert found == back
    assert three(KEYLESS, text_of(base), text_of(base), text_of(theirs))[0] == form(KEYLESS, text_of(theirs))
    assert three(KEYLESS, text_of(base), text_of(ours), text_of(ours))[0] == form(KEYLESS, text_of(ours))
    for row in b | o | t:
        added = max(o[row], t[row]) - b[row]
        if added > 0 and min(o[row], t[row]) >= b[row]:
            assert found[row] == max(o[row], t[row])
        if added > 0:
            assert found[row] >= added


def test_a_file_that_does_not_read_as_a_table_is_refused_with_its_side() -> None:
    with pytest.raises(Unsafe, match="theirs: an unresolved merge conflict"):
        three(KEYED, "id,n,s\n", "id,n,s\n", "id,n,s\n<<<<<<< a\n")


# ---------------------------------------------------------------- the command


def run(*arguments: str, cwd: Path) -> "subprocess.CompletedProcess[str]":
    done = subprocess.run([DATAPKG, "merge", *arguments], cwd=cwd, capture_output=True, text=True, timeout=120)
    assert "Traceback" not in done.stderr, done.stderr
    return done


def test_the_command(tmp_path: Path) -> None:
    (tmp_path / "law.yaml").write_text(yaml.safe_dump(LAW))
    for word, text in (("b", "a,1,x\n"), ("o", "a,2,x\n"), ("t", "a,3,x\n")):
        (tmp_path / f"{word}.csv").write_text(f"id,n,s\n{text}")
    done = run("b.csv", "o.csv", "t.csv", "--schema", "law.yaml", "--output", "out.csv", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "out.csv: conflict: id=a: n: ours '2', theirs '3', was '1'\n"
    assert (tmp_path / "o.csv").read_text() == "id,n,s\na,2,x\n"
    assert "<<<<<<< ours n: 2\n" in (tmp_path / "out.csv").read_text()
    done = run("b.csv", "o.csv", "b.csv", "--schema", "law.yaml", "-q", cwd=tmp_path)
    assert (done.returncode, done.stderr, (tmp_path / "o.csv").read_text()) == (0, "", "id,n,s\na,2,x\n")
    done = run("b.csv", "nothing.csv", "t.csv", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (2, "error: there is no file nothing.csv\n")
