"""`changes.json` and `changes.parquet` of a release, and the entry of its changelog."""

import io
import json
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from releasing import edit

from datapkg.bump import bump_of
from datapkg.changes import CellChange, Changes, Kind, Op, RowChange, SchemaChange, Side, TableChanges
from datapkg.errors import Refused
from datapkg.project import Project
from datapkg.release.build import build
from datapkg.release.changelog import code, entry_of, inert, with_entry

OLD, NEW = Side("d", "1.0.0", "a"), Side("d", "1.1.0", "b")


def row(op: Op, key: str, *cells: tuple[str, str | None, str | None], other: str | None = None) -> RowChange:
    told = tuple(CellChange(*cell) for cell in cells)
    return RowChange(op, {"id": key}, told, other={"id": other} if other else None)


RETRACTION = [("table", None, "events"), ("key", None, "b"), ("reason", None, "duplicate"), ("replaced_by", None, "a")]
RICH = Changes(
    OLD,
    NEW,
    (
        SchemaChange(Kind.COLUMN_ADDED, "events", "target", new="string"),
        SchemaChange(Kind.DESCRIPTION_CHANGED, "events", "killed", "title", "Killed", "Dead"),
        SchemaChange(Kind.PACKAGE_CHANGED, property="title", old="A", new="B"),
    ),
    {
        "events": TableChanges(
            "events", 12, 2, 1,
            (
                row(Op.REMOVED, "b", ("killed", "1", None)),
                row(Op.REMOVED, "c", ("killed", "1", None), other="k"),
                row(Op.CHANGED, "a", ("killed", "4", "9"), ("kind", None, "war")),
                *(row(Op.ADDED, f"n{number}", ("killed", None, "1")) for number in range(12)),
            ),
            {"killed": 1, "kind": 1},
        ),
        "loose": TableChanges("loose", 1, 0, 0, (RowChange(Op.ADDED, None, (CellChange("x", None, "1"),), 3),), keyed=False),
        "retractions": TableChanges("retractions", 1, 0, 0, (RowChange(Op.ADDED, {"table": "events", "key": "b"}, tuple(CellChange(*c) for c in RETRACTION)),)),
    },
)  # fmt: skip
ENTRY = """\
Minor changes since 1.0.0: 2 rows taken away, 1 row corrected, 14 rows added, 3 declarations changed.

### Retracted

- `events`: 2 rows
  - `b`: duplicate; replaced by `a`
  - `c`: now under `k`, as it seems

### Corrected

- `events`: 1 row, 2 cells
  - `a`: `killed` `4` → `9`, `kind` nothing → `war`

### Added

- `events`: 12 rows
  - `n0`
  - `n1`
  - `n2`
  - `n3`
  - `n4`
  - `n5`
  - `n6`
  - `n7`
  - `n8`
  - `n9`
  - and 2 more, all in `changes.json`
- `loose`: 1 row
  - 3 times `1`
- `retractions`: 1 row
  - `table=events,key=b`

### Structure

- column added `events`.`target`: nothing → `string`

### Texts

- description changed of `events`.`killed` (title): `Killed` → `Dead`
- package changed (title): `A` → `B`
"""


def test_an_entry_tells_what_matters_first_and_is_capped() -> None:
    assert entry_of(RICH, bump_of(RICH)) == ENTRY


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (None, "# Changelog\n\n## [1.1.0] - 2026-05-04\n\nE.\n"),
        ("", "## [1.1.0] - 2026-05-04\n\nE.\n"),
        ("# C\n\nWords.\n\n## [1.0.0]\n\nOld.\n", "# C\n\nWords.\n\n## [1.1.0] - 2026-05-04\n\nE.\n\n## [1.0.0]\n\nOld.\n"),
        ("# C\r\n\r\n## 1.0.0\r\n", "# C\r\n\r\n## [1.1.0] - 2026-05-04\r\n\r\nE.\r\n\r\n## 1.0.0\r\n"),
        (
            "# C\n\n## [Unreleased]\n\n- By hand.\n\n## [1.0.0]\n",
            "# C\n\n## [Unreleased]\n\n## [1.1.0] - 2026-05-04\n\nE.\n\n- By hand.\n\n## [1.0.0]\n",
        ),
        ("# C\n\n## [1.1.0] - yesterday\n\nBy hand.\n", None),
        ("# C\n\n## v1.1.0\n", None),
        ("# C\n\n## [1.1.0-rc.1]\n", "# C\n\n## [1.1.0] - 2026-05-04\n\nE.\n\n## [1.1.0-rc.1]\n"),
    ],
)  # fmt: skip
def test_where_an_entry_goes(tmp_path: Path, before: str | None, after: str | None) -> None:
    path = tmp_path / "CHANGELOG.md"
    if before is not None:
        path.write_bytes(before.encode())
    assert with_entry(path, "1.1.0", "2026-05-04T00:00:00Z", "E.\n") == after


def test_a_changelog_that_is_a_link_or_no_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "CHANGELOG.md"
    path.write_bytes(b"\xff")
    with pytest.raises(Refused, match="is not UTF-8"):
        with_entry(path, "1.0.0", "2026-05-04", "")
    path.unlink()
    path.symlink_to("/etc/passwd")
    with pytest.raises(Refused, match="is a symbolic link"):
        with_entry(path, "1.0.0", "2026-05-04", "")


HOSTILE = "\x1b[31m`x`\n# Big\n<script>alert(1)</script> [a](http://b) \u202e | ::error::"


def test_what_a_cell_holds_is_no_markup_of_the_entry() -> None:
    table = TableChanges(
        HOSTILE, 0, 1, 1, (row(Op.REMOVED, HOSTILE), row(Op.CHANGED, HOSTILE, (HOSTILE, HOSTILE, None)))
    )
    reason = RowChange(
        Op.ADDED,
        {"table": HOSTILE, "key": HOSTILE},
        (CellChange("table", None, HOSTILE), CellChange("key", None, HOSTILE), CellChange("reason", None, HOSTILE)),
    )
    told = replace(
        RICH, schema=(), tables={HOSTILE: table, "retractions": TableChanges("retractions", 1, 0, 0, (reason,))}
    )
    entry = entry_of(told, bump_of(told))
    assert not {"\x1b", "\u202e"} & set(entry)
    assert [line for line in entry.splitlines() if line.startswith("#")] == [
        "### Retracted",
        "### Corrected",
        "### Added",
    ]
    outside = "".join(entry.split("``")[::2])  # What is no code.
    assert "<script>" not in outside.replace("\\<", "")


@given(st.text())
def test_code_shows_a_text_on_one_line(text: str) -> None:
    told = code(text)
    assert "\n" not in told and told.isprintable() and len(told) <= 6 * 60 + 130
    assert inert(text).isprintable()


def test_all_changes_stand_in_both_files(project: Project) -> None:
    first = build("example", project).folder
    assert json.loads((first / "changes.json").read_text())["old"] == {
        "name": "example",
        "version": None,
        "asked": "example",
    }
    assert pq.read_table(first / "changes.parquet").num_rows == 0
    events = project.datasets / "example/data/events.csv"
    edit(events, "b,raid,12", "b,war,13")
    with events.open("a") as file:
        file.writelines(f"n{number},,,,,,2024-01-01,,,,,\n" for number in range(2500))
    edit(project.schemas / "events.yaml", "title: Killed", "title: Dead")
    folder = build("example", project).folder
    told = json.loads((folder / "changes.json").read_text())
    assert (told["bump"], told["tables"]["events"]["added"], len(told["tables"]["events"]["rows"])) == (
        "minor",
        2500,
        2501,
    )
    lines = pq.read_table(io.BytesIO((folder / "changes.parquet").read_bytes())).to_pylist()
    assert [list(line.values()) for line in lines[:5]] == [
        ["1.1.0", "events", "description-changed", None, "killed", "Killed", "Dead", None, None],
        ["1.1.0", "events", "changed", "b", "kind", "raid", "war", 1, 1],
        ["1.1.0", "events", "changed", "b", "killed", "12", "13", 1, 1],
        ["1.1.0", "events", "added", "n0", "id", None, "n0", 2, 1],
        ["1.1.0", "events", "added", "n0", "day", None, "2024-01-01", 2, 1],
    ]
    assert len(lines) == 1 + 2 + 2 * 2500
