"""Rows that were released and are gone: told by key, unless the dataset says why they went."""

from pathlib import Path

import pytest
from building import write_project

from datapkg.project import find_project
from datapkg.release.build import build
from datapkg.validate import validate

CODES = ("key-vanished",)
TABLES = {
    "events": "id:string! killed:integer\na,1\nb,2\nc,3\n",
    "pairs": "x:integer! y:date! note:string\n1,2023-01-01,n\n2,2023-01-02,n\n",
    "retractions": "table:string! key:string! reason:string\n",
}


@pytest.fixture
def released(tmp_path: Path) -> Path:
    """The data folder of a project whose dataset has been released as 1.0.0."""
    root = write_project(tmp_path / "p", TABLES)
    (root / "datasets/example/LICENSE").write_text("CC0-1.0\n")
    project = find_project(root)
    assert project is not None
    build("example", project)
    return root / "datasets/example/data"


def told(data: Path) -> list[tuple[str, object]]:
    report = validate(project=find_project(data))
    return [(f.message, f.place.key) for f in report.findings if f.code in CODES]


@pytest.mark.parametrize(
    ("table", "line", "retraction", "found"),
    [
        ("events", "b,2\n", "", [("'b' in id was released in 1.0.0 and is gone", {"id": "b"})]),
        ("events", "b,2\n", "events,b,withdrawn\n", []),
        ("events", "b,2\n", "events,a,withdrawn\npairs,b,withdrawn\n", [("'b' in id was released in 1.0.0 and is gone", {"id": "b"})]),
        ("pairs", "1,2023-01-01,n\n", "", [("'1', '2023-01-01' in x, y was released in 1.0.0 and is gone", {"x": "1", "y": "2023-01-01"})]),
        ("pairs", "1,2023-01-01,n\n", '"pairs","x=1,y=2023-01-01",withdrawn\n', []),
    ],
)  # fmt: skip
def test_a_released_row_stays_or_is_retracted(
    released: Path, table: str, line: str, retraction: str, found: list[tuple[str, object]]
) -> None:
    path = released / f"{table}.csv"
    path.write_text(path.read_text().replace(line, ""))
    with (released / "retractions.csv").open("a") as file:
        file.write(retraction)
    assert told(released) == found


def test_rows_that_are_still_there_are_none_of_its_business(released: Path) -> None:
    path = released / "events.csv"
    path.write_text("id,killed\nd,4\nc,9\nb,2\na,1\n")
    assert told(released) == []


def test_a_release_with_another_key_is_told_in_the_ledger(released: Path) -> None:
    schema = released.parents[2] / "schemas/events.yaml"
    schema.write_text(schema.read_text().replace("id", "event"))
    path = released / "events.csv"
    path.write_text(path.read_text().replace("id,", "event,"))
    (entry,) = [
        v
        for v in validate(project=find_project(released)).datasets[0].verdicts
        if v.code in CODES and v.table == "events"
    ]
    assert entry.skipped is not None and "another key" in entry.skipped


def test_without_a_release_nothing_is_compared(tmp_path: Path) -> None:
    root = write_project(tmp_path / "p", TABLES)
    assert not [v for v in validate(project=find_project(root)).datasets[0].verdicts if v.code in CODES]
