"""Rows that were released and are gone: told by key, unless the dataset says why they went."""

import os
import shutil
import subprocess
import time
from pathlib import Path

import pytest
import yaml
from building import write_project

from datapkg.cache.entries import Cache
from datapkg.checks.released import REASONS
from datapkg.project import find_project
from datapkg.release.build import build
from datapkg.validate import validate

SCHEMAS = Path(__file__).parents[2] / "schemas"
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


RETRACTED = "key-reused", "never-released", "reason-unknown", "replacement-missing", "retraction-repeated"
NARROW = "table:string! key:string! reason:string(required=true) replaced_by:string note:string\n"
BARE = NARROW.replace("!", "")


def judged(root: Path, rows: str) -> list[tuple[str, int | None, str | None, str]]:
    """What the rules of retractions say of these rows: code, line, column and message."""
    (root / "datasets/example/data/retractions.csv").write_text(f"table,key,reason,replaced_by,note\n{rows}")
    report = validate(project=find_project(root))
    shown = [f for f in report.findings if f.code in (*RETRACTED, *CODES)]
    return [(f.code, f.place.line, f.place.column, f.message) for f in shown]


@pytest.fixture
def retracting(tmp_path: Path) -> Path:
    """The root of a project that was released with one retraction, of `z`, and has taken `b` away since."""
    root = write_project(tmp_path / "p", {**TABLES, "retractions": f"{NARROW}"})
    (root / "datasets/example/LICENSE").write_text("CC0-1.0\n")
    (root / "datasets/example/data/retractions.csv").write_text("table,key,reason,replaced_by,note\nevents,z,error,,\n")
    project = find_project(root)
    assert project is not None
    build("example", project)
    events = root / "datasets/example/data/events.csv"
    events.write_text(events.read_text().replace("b,2\n", ""))
    return root


KEPT = "events,z,error,,\n"


@pytest.mark.parametrize(
    ("rows", "found"),
    [
        ("events,b,duplicate,a,same as a\n", []),
        ("events,b,error,,\nevents,a,error,,\n", [("key-reused", 4, "key", "'a' of events is retracted and is a row again")]),
        ("events,b,error,,\nevents,q,error,,\n", [("never-released", 4, "key", "'q' of events is retracted, but 1.0.0 has no such row")]),
        ("events,b,error,,\nhoax,q,error,,\n", [("never-released", 4, "key", "'q' of hoax is retracted, but 1.0.0 has no such row")]),
        ("events,b,boredom,,\n", [("reason-unknown", 3, "reason", "'boredom' is no reason for a retraction")]),
        ("events,b,merged,q,\n", [("replacement-missing", 3, "replaced_by", "'b' of events is said to be replaced by 'q', which is no row")]),
        ("events,b,merged,z,\n", [("replacement-missing", 3, "replaced_by", "'b' of events is said to be replaced by 'z', which is no row")]),
        ("", [("key-vanished", None, None, "'b' in id was released in 1.0.0 and is gone")]),
    ],
)  # fmt: skip
def test_a_tombstone_says_which_row_went_and_why(
    retracting: Path, rows: str, found: list[tuple[str, int | None, str | None, str]]
) -> None:
    assert judged(retracting, KEPT + rows) == found


def test_a_tombstone_that_was_released_stays(retracting: Path) -> None:
    message = "'events', 'z' in table, key was released in 1.0.0 and is gone"
    assert judged(retracting, "events,b,error,,\n") == [("key-vanished", None, None, message)]


def test_a_key_that_is_told_retracted_and_used_again_is_told_without_any_release(tmp_path: Path) -> None:
    root = write_project(tmp_path / "p", {**TABLES, "retractions": NARROW})
    composite = '"pairs","x=1,y=2023-01-01",error,"x=2,y=2023-01-02",\n'
    (code, line, _, _), *rest = judged(root, f"events,gone,error,,\n{composite}")
    assert (code, line, rest) == ("key-reused", 3, [])


def test_a_row_is_retracted_once(tmp_path: Path) -> None:
    root = write_project(tmp_path / "p", {**TABLES, "retractions": BARE})
    assert judged(root, "events,x,error,,\nevents,x,merged,a,\npairs,x,error,,\n") == [
        ("retraction-repeated", 3, "key", "'x' of events is retracted twice")
    ]


def test_what_the_schema_says_of_retractions_is_not_told_twice(tmp_path: Path) -> None:
    root = write_project(tmp_path / "p", {**TABLES, "retractions": NARROW})
    (root / "schemas/retractions.yaml").write_text((SCHEMAS / "retractions.yaml").read_text())
    (root / "datasets/example/data/retractions.csv").write_text(
        "table,key,reason,note,replaced_by,retracted\nevents,x,boredom,,,\nevents,x,error,,,2026-01-01\n"
    )
    report = validate(project=find_project(root))
    assert [(f.code, f.place.line, f.place.column) for f in report.findings] == [
        ("constraint-error", 2, "reason"),
        ("primary-key", 3, "table"),
    ]


def test_the_schema_for_retractions_has_the_reasons_of_the_rule() -> None:
    schema = yaml.safe_load((SCHEMAS / "retractions.yaml").read_text())
    (reason,) = [field for field in schema["fields"] if field["name"] == "reason"]
    assert reason["constraints"] == {"required": True, "enum": list(REASONS)}
    assert all(f"`{name}`: {why}" in reason["description"] for name, why in REASONS.items())


def test_a_git_tag_is_a_release_too(retracting: Path) -> None:
    def git(*words: str) -> None:
        who = ("-c", "user.name=n", "-c", "user.email=e@example.com")
        subprocess.run(["git", *who, *words], cwd=retracting, check=True, capture_output=True)

    events = retracting / "datasets/example/data/events.csv"
    gone = events.read_text()
    events.write_text(gone + "b,2\n")
    git("init", "-q")
    git("add", "datasets", "schemas", "datapkg.toml")
    git("commit", "-qm", "first")
    git("tag", "example-1.0.1")
    git("tag", "example-of-something-else")
    events.write_text(gone)
    shutil.rmtree(retracting / "dist")
    assert judged(retracting, KEPT) == [("key-vanished", None, None, "'b' in id was released in 1.0.1 and is gone")]
    assert judged(retracting, KEPT + "events,b,error,,\n") == []
    (found,) = judged(retracting, KEPT + "events,b,error,,\nevents,q,error,,\n")
    assert found[0] == "never-released"


def test_a_tag_that_comes_makes_what_was_kept_of_a_report_old(tmp_path: Path) -> None:
    root = write_project(tmp_path / "p", TABLES)
    cache = Cache(tmp_path / "cache")
    env = {**os.environ, "GIT_AUTHOR_NAME": "n", "GIT_AUTHOR_EMAIL": "e@example.com"}
    env |= {"GIT_COMMITTER_NAME": "n", "GIT_COMMITTER_EMAIL": "e@example.com"}
    for words in (["init", "-q"], ["add", "."], ["commit", "-qm", "first"]):
        subprocess.run(["git", *words], cwd=root, check=True, env=env)
    events = root / "datasets/example/data/events.csv"
    events.write_text(events.read_text().replace("b,2\n", ""))
    time.sleep(0.1)  # What changed within the last moments is not kept.
    for _ in range(2):
        assert validate(project=find_project(root), cache=cache).valid
    subprocess.run(["git", "tag", "example-1.0.0"], cwd=root, check=True)
    assert not validate(project=find_project(root), cache=cache).valid


def test_keys_that_are_moments_are_the_same_in_a_release(tmp_path: Path) -> None:
    root = write_project(
        tmp_path / "p", {"t": "at:datetime! n:number!\n2023-07-12T08:30:00Z,1.50\n2023-07-13T08:30:00Z,2\n"}
    )
    project = find_project(root)
    assert project is not None
    build("example", project)
    assert validate(project=project).valid
    path = root / "datasets/example/data/t.csv"
    path.write_text(path.read_text().replace("2023-07-13T08:30:00Z,2\n", ""))
    assert [f.code for f in validate(project=project).findings if f.code in CODES] == ["key-vanished"]


def test_without_a_release_nothing_is_compared(tmp_path: Path) -> None:
    root = write_project(tmp_path / "p", TABLES)
    assert not [v for v in validate(project=find_project(root)).datasets[0].verdicts if v.code in CODES]
