"""Which version a release gets, what is refused, and what is written into the source."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from building import write_project
from releasing import DESCRIPTOR, descriptor_of, edit, tree

from datapkg.diff import diff
from datapkg.errors import OutputError, Refused
from datapkg.project import Project, find_project
from datapkg.release import build as building
from datapkg.release.build import build, rebuild
from datapkg.targets import dataset

EVENTS, PERSONS = "data/events.csv", "data/persons.csv"
ROW = "d,war,7,,,,2024-01-01,,,,,\n"


@pytest.fixture
def released(project: Project, monkeypatch: pytest.MonkeyPatch) -> Project:
    """The project after its first release; today is the 15th of January 2027."""
    build("example", project)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1800000000")
    return project


def source(project: Project, name: str) -> Path:
    return project.datasets / "example" / name


def add(project: Project, row: str = ROW) -> None:
    with source(project, EVENTS).open("a") as file:
        file.write(row)


def narrow(project: Project) -> None:
    edit(project.schemas / "events.yaml", "maximum: 9", "maximum: 9, exclusiveMaximum: 100")


CHANGES: dict[str, Callable[[Project], None]] = {
    "1.0.1": lambda project: edit(source(project, EVENTS), "b,raid,12", "b,raid,13"),
    "1.1.0": add,
    "2.0.0": lambda project: edit(project.schemas / "events.yaml", "minimum: 0, ", "minimum: 0, enum: [0, 1, 9], "),
}


@pytest.mark.parametrize("version", CHANGES)
def test_what_changed_decides_the_version(released: Project, version: str) -> None:
    CHANGES[version](released)
    built = build("example", released)
    assert (built.version, built.done) == (version, "built")
    wanted = DESCRIPTOR.replace("1.0.0 #", f"{version} #").replace("2026-01-01T", "2027-01-15T")
    assert descriptor_of(released).read_text() == wanted
    assert f"\n## [{version}] - 2027-01-15\n" in source(released, "CHANGELOG.md").read_text()
    assert (built.folder / "CHANGELOG.md").read_bytes() == source(released, "CHANGELOG.md").read_bytes()
    assert json.loads((built.folder / "datapackage.json").read_text())["version"] == version
    assert build("example", released).done == "unchanged"


@pytest.mark.parametrize(
    ("change", "bump", "told"),
    [
        ("1.1.0", "patch", r"1.0.1 is too low after 1.0.0: what changed asks for 1.1.0 or above\n  minor: 1 row added to events"),
        ("2.0.0", "minor", r"1.1.0 is too low .* 2.0.0 or above\n  major: constraint narrowed of `events`.`rank` \(enum\)"),
        ("2.0.0", "1.9.9", r"1.9.9 is too low"),
        ("2.0.0", "2.0.0-rc.1", ""),
        ("1.0.1", "minor", ""),
        ("1.1.0", "major", ""),
    ],
)  # fmt: skip
def test_a_lower_bump_is_refused_and_a_higher_one_taken(released: Project, change: str, bump: str, told: str) -> None:
    CHANGES[change](released)
    before = tree(released.root)
    if told:
        with pytest.raises(Refused, match=told):
            build("example", released, bump=bump)
        assert tree(released.root) == before
        assert descriptor_of(released).read_text() == DESCRIPTOR
    else:
        wanted = {"minor": "1.1.0", "major": "2.0.0"}
        assert build("example", released, bump=bump).version == wanted.get(bump, bump)


@pytest.mark.parametrize(("stated", "told"), [("1.1.0", ""), ("1.3.0", ""), ("1.0.1", "1.0.1 is too low after 1.0.0")])
def test_a_version_that_was_stated_by_hand_is_taken_where_it_is_enough(
    released: Project, stated: str, told: str
) -> None:
    add(released)
    edit(descriptor_of(released), "version: 1.0.0", f"version: {stated}")
    entry = f"# Changelog\n\n## [{stated}]\n\nBy hand.\n"
    source(released, "CHANGELOG.md").write_text(entry)
    if told:
        with pytest.raises(Refused, match=told):
            build("example", released)
    else:
        built = build("example", released)
        assert (built.version, built.plan.why) == (stated, "as datapackage.yaml states; what changed asks for minor")
        assert json.loads((built.folder / "datapackage.json").read_text())["created"] == "2027-01-15T00:00:00Z"
    assert source(released, "CHANGELOG.md").read_text() == entry


def test_a_date_that_was_stated_by_hand_with_the_version_is_kept(released: Project) -> None:
    add(released)
    edit(descriptor_of(released), "version: 1.0.0", "version: 1.1.0")
    edit(descriptor_of(released), "2026-01-01T", "2026-12-24T")
    assert (
        json.loads((build("example", released).folder / "datapackage.json").read_text())["created"][:10] == "2026-12-24"
    )


def test_the_first_release_takes_the_version_that_is_stated_and_writes_what_is_missing(project: Project) -> None:
    edit(descriptor_of(project), "version: 1.0.0 # raised by hand\n", "")
    assert build("example", project).version == "1.0.0"
    assert descriptor_of(project).read_text() == DESCRIPTOR.replace(
        "name: example\n", 'name: example\nversion: "1.0.0"\n'
    ).replace("version: 1.0.0 # raised by hand\n", "").replace("2026-01-01", building_day())
    assert source(project, "CHANGELOG.md").read_text().splitlines()[2].startswith("## [1.0.0] - ")
    assert build("example", project).done == "unchanged"


def building_day() -> str:
    from datapkg.release.versioning import date_of_build

    return date_of_build()[:10]


def test_rows_in_another_order_and_another_spelling_are_no_change(released: Project) -> None:
    header, b, a, c = source(released, EVENTS).read_text().splitlines(keepends=True)
    source(released, EVENTS).write_text(header + c.replace("1e3", "1000.0") + a + b)
    assert build("example", released).done == "unchanged"


KILL = """
import os, sys
from datapkg.cli import main
from datapkg.release import build as b
step, real = int(sys.argv.pop(1)), [b.replace_text, b.install]
def die(number, function):
    def run(*given):
        step == number and os.kill(os.getpid(), 9)
        function(*given)
        step == number + 1 and os.kill(os.getpid(), 9)
    return run
count = iter(range(0, 9, 2))
b.replace_text = lambda *given: die(next(count), real[0])(*given)
b.install = lambda *given: die(4, real[1])(*given)
main()
"""


@pytest.mark.parametrize("step", range(6))
def test_a_run_that_was_killed_is_finished_by_the_next(released: Project, step: int) -> None:
    """Before and after the descriptor is written, the changelog is, and the release gets its name."""
    add(released)
    command = [sys.executable, "-c", KILL, str(step), "release", "example"]
    env = {**os.environ, "SOURCE_DATE_EPOCH": "1800000000"}
    killed = subprocess.run(command, cwd=released.root, env=env, capture_output=True, check=False)
    assert killed.returncode == -signal.SIGKILL
    built = build("example", released)
    assert (built.version, built.done) == ("1.1.0", "unchanged" if step == 5 else "built")
    assert source(released, "CHANGELOG.md").read_text().count("## [1.1.0]") == 1
    assert (built.folder / "CHANGELOG.md").read_bytes() == source(released, "CHANGELOG.md").read_bytes()
    assert sorted(path.name for path in released.releases.iterdir()) == ["example-1.0.0", "example-1.1.0"]


def test_an_entry_of_a_run_that_was_killed_is_not_kept_where_more_changed_since(released: Project) -> None:
    add(released)
    edit(descriptor_of(released), "version: 1.0.0", "version: 1.1.0")
    entry = "## [1.1.0] - 2027-01-14\n\nMinor changes since 1.0.0: 3 rows added.\n\n## [1.0.0]\n"
    source(released, "CHANGELOG.md").write_text(entry)
    with pytest.raises(Refused, match=r"the entry of 1.1.0 in CHANGELOG.md says .*3 rows added.* now .*1 row added"):
        build("example", released)


def test_a_failure_puts_the_source_back(released: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(folder: Path, final: Path) -> None:
        raise OSError(28, "No space left on device", final.as_posix())

    add(released)
    source(released, "CHANGELOG.md").unlink()
    monkeypatch.setattr(building, "install", fail)
    with pytest.raises(OutputError, match=r"example-1.1.0: No space left on device"):
        build("example", released)
    assert descriptor_of(released).read_text() == DESCRIPTOR
    assert not source(released, "CHANGELOG.md").exists()


def test_a_dry_run_prints_the_plan(released: Project) -> None:
    add(released)
    edit(source(released, PERSONS), "bob,ann", "bob,bob")
    command = [sys.executable, "-c", "from datapkg.cli import main; main()", "release", "example", "--dry-run"]
    done = subprocess.run(command, cwd=released.root, capture_output=True, text=True, check=False)
    assert done.stdout.splitlines()[:7] == [
        "would build dist/example-1.1.0",
        "  base      1.0.0",
        "  version   1.1.0: minor, by what changed since 1.0.0",
        "  changes   minor: 1 row added to events",
        "            patch: 1 row corrected in persons",
        "  writes    datasets/example/datapackage.yaml",
        "            datasets/example/CHANGELOG.md",
    ]
    assert descriptor_of(released).read_text() == DESCRIPTOR


def test_a_release_can_be_made_again_from_its_source_and_the_version_before(released: Project, tmp_path: Path) -> None:
    add(released)
    built = build("example", released)
    fresh = tmp_path / "fresh"
    fresh.mkdir()
    before = json.loads((built.folder / "changes.json").read_text())["old"]["version"]
    rebuild(dataset("example", released), released, fresh, f"example@{before}")
    assert (fresh / "SHA256SUMS").read_bytes() == (built.folder / "SHA256SUMS").read_bytes()


def test_columns_that_a_release_adds_for_points_are_no_change_of_the_source(tmp_path: Path) -> None:
    root = write_project(tmp_path / "p", {"t": 'id:string! at:geopoint\na,"70.5, 30"\nb,"71, 31"\n'})
    project = find_project(root)
    assert project is not None
    build("example", project)
    assert not diff("example@1.0.0", "example", project=project).differ
    edit(root / "datasets/example/data/t.csv", "71, 31", "72, 31")
    assert build("example", project).version == "1.0.1"


def test_the_changes_are_the_same_against_a_release_and_against_its_tag(released: Project, tmp_path: Path) -> None:
    def git(*words: str) -> None:
        who = ("-c", "user.name=n", "-c", "user.email=e@example.com")
        subprocess.run(["git", *who, *words], cwd=released.root, check=True, capture_output=True)

    git("init", "-q")
    git("add", "datasets", "schemas", "datapkg.toml")
    git("commit", "-qm", "first")
    git("tag", "example-1.0.0")
    add(released)
    edit(source(released, EVENTS), "b,raid,12", "b,raid,13")
    built = build("example", released)
    told = {name: (built.folder / name).read_bytes() for name in ("changes.json", "changes.parquet", "SHA256SUMS")}
    for folder in released.releases.iterdir():
        folder.rename(tmp_path / folder.name)
    git("add", "datasets")
    git("commit", "-qm", "second")
    git("tag", "example-1.1.0")
    again = build("example", released)
    assert again.done == "built"
    assert {name: (again.folder / name).read_bytes() for name in told} == told
