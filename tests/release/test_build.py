"""When a release is built, when it is refused, and what is left behind."""

import fcntl
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from releasing import DESCRIPTOR, RELEASED, descriptor_of, edit, tree, write_releasable

from datapkg.checks.scene import Scene
from datapkg.engine.connection import Workspace
from datapkg.engine.judge import Judged, judge
from datapkg.engine.outgoing import Rows, rows_of
from datapkg.errors import DatapkgError, OutputError, Refused, TargetError
from datapkg.limits import Limits
from datapkg.project import Project
from datapkg.release import build as building
from datapkg.release import contents, parquet
from datapkg.release.build import build
from datapkg.release.contents import Edition, write_tables
from datapkg.release.descriptor import package_descriptor
from datapkg.release.parquet import Written, write_table
from datapkg.schema import Column


def test_a_release_holds_its_files_and_nothing_is_left_beside_it(project: Project) -> None:
    built = build("example", project)
    assert (built.folder, built.done, built.rows) == (project.releases / "example-1.0.0", "built", 5)
    assert tree(project.releases) == [f"example-1.0.0/{path}" for path in RELEASED]
    assert sorted(path for path, _ in built.files) == sorted(RELEASED)
    assert descriptor_of(project).read_text() == DESCRIPTOR


def test_a_release_has_plain_permissions_whatever_the_umask(project: Project) -> None:
    before = os.umask(0o077)
    try:
        folder = build("example", project).folder
    finally:
        os.umask(before)
    assert {oct(path.stat().st_mode & 0o777) for path in folder.rglob("*") if path.is_file()} == {"0o644"}
    assert {oct(path.stat().st_mode & 0o777) for path in (folder, folder / "data")} == {"0o755"}


def test_an_invalid_dataset_is_refused_with_its_count_of_errors(project: Project) -> None:
    edit(project.datasets / "example" / "data" / "events.csv", "12,1,0.5,true", "many,11,half,true")
    with pytest.raises(Refused, match=r"example is not valid \(3 errors\)"):
        build("example", project)
    assert not project.releases.exists()


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("name: example\n", "name: Example\n", "the name 'Example' of a dataset cannot be released"),
        ("name: events\n", "name: Events\n", "the name 'Events' of a table cannot be released"),
        ("name: events\n", f"name: {'e' * 64}\n", "of a table cannot be released"),
        ("version: 1.0.0", "version: 1.0.0.0", "'1.0.0.0' is not a version like 1.0.0"),
        ("version: 1.0.0", "version: v1.0.0", "'v1.0.0' is not a version like 1.0.0"),
        ("    schema: ../../schemas/persons.yaml\n", "", "is not valid|the table persons has no schema"),
    ],
)
def test_what_cannot_have_a_release_is_refused(project: Project, old: str, new: str, told: str) -> None:
    edit(descriptor_of(project), old, new)
    with pytest.raises(Refused, match=told):
        build("example", project)
    assert not project.releases.exists()


def test_a_dataset_without_a_version_begins_with_1_0_0(project: Project) -> None:
    edit(descriptor_of(project), "version: 1.0.0 # raised by hand\n", "")
    assert build("example", project).folder.name == "example-1.0.0"


def test_the_same_source_again_is_no_work(project: Project) -> None:
    first = build("example", project)
    before = {path: path.stat().st_mtime_ns for path in first.folder.rglob("*")}
    assert build("example", project).done == "unchanged"
    assert {path: path.stat().st_mtime_ns for path in first.folder.rglob("*")} == before


def test_other_bytes_under_a_taken_version_are_refused(project: Project) -> None:
    build("example", project)
    edit(project.datasets / "example" / "LICENSE", "4.0", "3.0")
    for dry_run in (False, True):
        with pytest.raises(
            Refused, match=r"version taken: no row and no declaration changed since 1\.0\.0, but LICENSE"
        ):
            build("example", project, dry_run=dry_run)
    assert tree(project.releases) == [f"example-1.0.0/{path}" for path in RELEASED]
    assert build("example", project, bump="patch").version == "1.0.1"


def test_a_raised_version_is_built_and_a_lowered_one_refused(project: Project) -> None:
    build("example", project)
    edit(descriptor_of(project), "version: 1.0.0", "version: 1.1.0")
    assert build("example", project).folder.name == "example-1.1.0"
    edit(descriptor_of(project), "version: 1.1.0", "version: 1.0.5")
    with pytest.raises(Refused, match=r"the version 1.0.5 is below the last release, 1.1.0"):
        build("example", project)


@pytest.mark.parametrize(
    ("bump", "version"), [("patch", "1.0.1"), ("minor", "1.1.0"), ("major", "2.0.0"), ("3.1.4", "3.1.4")]
)
def test_a_bump_is_written_into_the_source(
    project: Project, bump: str, version: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1800000000")
    build("example", project)
    assert build("example", project, bump=bump).folder.name == f"example-{version}"
    wanted = DESCRIPTOR.replace("1.0.0 #", f"{version} #").replace("2026-01-01T", "2027-01-15T")
    assert descriptor_of(project).read_text() == wanted
    assert build("example", project).done == "unchanged"


@pytest.mark.parametrize("bump", ["1.0.0", "0.9.0", "1.0.0-rc.1"])
def test_a_bump_to_no_higher_version_is_refused(project: Project, bump: str) -> None:
    build("example", project)
    with pytest.raises(Refused, match=r"is not above the last release, 1\.0\.0"):
        build("example", project, bump=bump)


def test_a_first_release_has_nothing_to_raise(project: Project) -> None:
    with pytest.raises(Refused, match=r"it takes the version 1.0.0 of datapackage.yaml without --bump"):
        build("example", project, bump="minor")
    assert build("example", project, bump="2.0.0").version == "2.0.0"


def test_a_build_that_fails_leaves_the_source_and_nothing_else(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(folder: Path, final: Path) -> None:
        raise OSError(28, "No space left on device", final.as_posix())

    build("example", project)
    monkeypatch.setattr(building, "install", fail)
    with pytest.raises(OutputError, match=r"the release cannot be written: .*example-1.1.0: No space left on device"):
        build("example", project, bump="minor")
    assert descriptor_of(project).read_text() == DESCRIPTOR
    assert tree(project.releases) == [f"example-1.0.0/{path}" for path in RELEASED]


@pytest.mark.parametrize("bump", ["auto", "2.0.0"])
def test_a_dry_run_leaves_nothing(project: Project, bump: str) -> None:
    built = build("example", project, bump=bump, dry_run=True)
    assert (built.done, len(built.files)) == ("dry-run", len(RELEASED))
    assert not project.releases.exists()
    assert descriptor_of(project).read_text() == DESCRIPTOR


def test_a_release_that_runs_holds_off_another(project: Project) -> None:
    project.releases.mkdir()
    with (project.releases / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(DatapkgError, match="another release is running in dist"):
            build("example", project)
    assert build("example", project).done == "built"


def test_what_a_crashed_run_left_is_swept_away(project: Project) -> None:
    stale = project.releases / ".tmp-example-1.0.0-00000000" / "data"
    stale.mkdir(parents=True)
    build("example", project)
    assert [path.name for path in project.releases.iterdir()] == ["example-1.0.0"]


def test_a_folder_for_releases_that_is_a_file_is_an_error_in_one_line(project: Project) -> None:
    project.releases.write_text("")
    with pytest.raises(OutputError, match=r"the release cannot be written: .*dist: File exists"):
        build("example", project)


def test_a_disk_that_is_full_is_an_error_in_one_line(project: Project) -> None:
    code = (
        "import resource, sys; from datapkg.release import contents as c; from datapkg.cli import main\n"
        "real = c.write_table\n"
        "def limited(*a, **k):\n resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100)); return real(*a, **k)\n"
        "c.write_table = limited; sys.argv = ['datapkg', 'release', 'example']; main()"
    )
    run = subprocess.run([sys.executable, "-c", code], cwd=project.root, capture_output=True, text=True, check=False)
    assert run.returncode == 2
    assert run.stderr.startswith("error: the release cannot be written")
    assert run.stderr.count("\n") == 1
    assert not project.releases.exists()


@pytest.mark.parametrize("epoch", ["today", "", "1e9", "99999999999999999999"])
def test_a_source_date_that_is_none_is_an_error(project: Project, epoch: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", epoch)
    with pytest.raises(OutputError, match=r"SOURCE_DATE_EPOCH is .*, which is no number of seconds since 1970"):
        build("example", project)


def test_a_tag_whose_other_files_changed_is_no_version_to_build_again(project: Project) -> None:
    git(project, "init", "-q")
    git(project, "add", ".")
    git(project, "commit", "-qm", "first")
    git(project, "tag", "-am", "annotated", "example-1.0.0")
    edit(project.datasets / "example" / "LICENSE", "4.0", "3.0")
    with pytest.raises(Refused, match=r"version taken: datasets/example/LICENSE changed since the tag example-1\.0\.0"):
        build("example", project)


@pytest.mark.parametrize(("table", "line"), [("persons", "cat,\n"), ("events", "d,,,,,,2023-07-13,,,,,\n")])
def test_rows_that_were_not_judged_are_not_released(
    project: Project, monkeypatch: pytest.MonkeyPatch, table: str, line: str
) -> None:
    """Of persons all columns were kept; events are read again."""
    path = project.datasets / "example" / "data" / f"{table}.csv"

    def late(folder: Path, edition: Edition, limits: Limits) -> dict[str, Written]:
        path.write_text(path.read_text() + line)
        return write_tables(folder, edition, limits)

    monkeypatch.setattr(building, "write_tables", late)
    with pytest.raises(Refused, match=rf"data/{table}.csv changed while it was released"):
        build("example", project)
    assert not project.releases.exists()


def test_a_cell_that_changes_while_it_is_released_is_not_released(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = project.datasets / "example" / "data" / "events.csv"

    def late(*told: Any, **more: Any) -> Written:
        path.write_text(path.read_text().replace("b,raid,12", "b,raid,13"))
        return write_table(*told, **more)

    monkeypatch.setattr(contents, "write_table", late)
    with pytest.raises(Refused, match=r"data/events.csv changed while it was released"):
        build("example", project)


@pytest.mark.parametrize("order", [[0, 1, 2], [2, 0, 1]], ids=["in order", "in no order"])
def test_rows_that_are_read_again_give_the_release_of_those_that_were_kept(
    project: Project, monkeypatch: pytest.MonkeyPatch, order: list[int]
) -> None:
    path = project.datasets / "example" / "data" / "events.csv"
    header, *lines = sorted(path.read_text().splitlines(), key=lambda line: (line[:2] != "id", line))
    path.write_text("\n".join([header, *(lines[number] for number in order), ""]))
    again = {}

    def noted(space: Workspace, judged: Judged, columns: Sequence[Column], *, plain: bool) -> Rows:
        rows = rows_of(space, judged, columns, plain=plain)
        again[judged.opened.table.name] = rows.again
        return rows

    monkeypatch.setattr(parquet, "rows_of", noted)
    build("example", project)
    assert again == {"events": True, "persons": False}
    monkeypatch.setattr(Scene, "judge", lambda at, table, law, known: judge(at.space, table, law, at.limit))
    assert build("example", project).done == "unchanged"
    assert again == {"events": False, "persons": False}


def test_a_release_with_other_rows_than_its_source_is_never_there(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    def bent(folder: Path, space: Workspace, judged: Judged, **told: Any) -> Written:
        written = write_table(folder, space, judged, **told)
        table = pq.read_table(written.paths[0])
        pq.write_table(table.take([0, *range(table.num_rows - 1)]), written.paths[0])
        return written

    monkeypatch.setattr(contents, "write_table", bent)
    with pytest.raises(DatapkgError, match="the release of events has other rows than its source"):
        build("example", project)
    assert not project.releases.exists()


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('"maximum": 9', '"maximum": 8', "the release of events is not its source: its schema reads otherwise"),
        ('"boss"\n', '"chief"\n', "the release of example is not its source: the schema is not valid: foreign key"),
        (
            '"name": "persons"',
            '"name": "people"',
            "the release of example is not its source: .* refers to a table that the package does not have",
        ),
    ],
)
def test_a_release_that_describes_itself_otherwise_is_never_there(
    project: Project, monkeypatch: pytest.MonkeyPatch, old: str, new: str, told: str
) -> None:
    def bent(*words: Any) -> str:
        text = package_descriptor(*words)
        assert old in text
        return text.replace(old, new)

    monkeypatch.setitem(contents.FILES, contents.DESCRIPTOR, contents.Part(bent, ""))
    with pytest.raises(DatapkgError, match=told):
        build("example", project)
    assert not project.releases.exists()


def test_columns_that_no_schema_describes_are_not_dropped_in_silence(project: Project) -> None:
    edit(project.schemas / "persons.yaml", "primaryKey", "fieldsMatch: subset\nprimaryKey")
    (project.datasets / "example" / "data" / "persons.csv").write_text("person,boss,phone\nann,,1\nbob,ann,2\n")
    with pytest.raises(Refused, match=r"persons cannot be released: 1 of its columns, the first of them number 3"):
        build("example", project)


def test_moments_that_lose_or_gain_a_zone_are_not_released_as_another_type_in_silence(project: Project) -> None:
    table, schema = project.datasets / "example" / "data" / "events.csv", project.schemas / "events.yaml"
    build("example", project)
    for old, new in (("08:30:00Z", "08:30:00"), ("1999-12-31T23:59:59Z", "1999-12-31T23:59:59")):
        edit(table, old, new)
    told = r"events\.seen was released in UTC and would now be released without a zone; declare datapkg:zone: UTC or"
    with pytest.raises(Refused, match=told):
        build("example", project)
    assert tree(project.releases) == [f"example-1.0.0/{path}" for path in RELEASED]
    edit(schema, "{name: seen, type: datetime}", '{name: seen, type: datetime, "datapkg:zone": none}')
    assert pq.read_schema(build("example", project).folder / "data" / "events.parquet").field("seen").type.tz is None
    table.write_text(table.read_text().replace("1999-12-31T23:59:59,", "1999-12-31T23:59:59Z,"))
    edit(table, "2023-07-12T08:30:00,", "2023-07-12T08:30:00Z,")
    with pytest.raises(Refused, match=r"the cells of events\.seen have a zone, and datapkg:zone is none"):
        build("example", project)


def test_only_a_dataset_of_the_project_is_released(project: Project, tmp_path: Path) -> None:
    with pytest.raises(TargetError, match="no dataset 'exmaple'; did you mean example"):
        build("exmaple", project)
    with pytest.raises(TargetError, match="there is no project here"):
        build("example", None)


GIT = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}


def git(project: Project, *words: str) -> None:
    command = ["git", "-c", "user.name=n", "-c", "user.email=e@example.com", "-C", project.root.as_posix(), *words]
    subprocess.run(command, check=True, capture_output=True, env={**os.environ, **GIT})


def test_a_git_tag_is_a_release_too(project: Project) -> None:
    git(project, "init", "-q")
    git(project, "add", ".")
    git(project, "commit", "-qm", "first")
    git(project, "tag", "example-1.0.0")
    assert build("example", project, dry_run=True).version == "1.0.0"
    edit(project.datasets / "example" / "data" / "persons.csv", "bob,ann", "bob,")
    built = build("example", project)
    assert (built.version, built.plan.why) == ("1.0.1", "patch, by what changed since the tag example-1.0.0")


BUILD = (
    "import os, sys; from pathlib import Path; from datapkg.project import find_project\n"
    "from datapkg.release.build import build; from datapkg.limits import Limits\n"
    "os.umask(int(sys.argv[3], 8)); limits = Limits(threads=int(sys.argv[2]))\n"
    "build('example', find_project(Path(sys.argv[1])), limits=limits)"
)


def test_two_builds_give_the_same_bytes(tmp_path: Path) -> None:
    trees = []
    for name, zone, threads, umask in (("one", "UTC", "1", "022"), ("other/deep", "Asia/Karachi", "4", "077")):
        project = write_releasable(tmp_path / name)
        env = {**os.environ, "TZ": zone, "PYTHONHASHSEED": threads, "LC_ALL": "C"}
        command = [sys.executable, "-c", BUILD, project.root.as_posix(), threads, umask]
        subprocess.run(command, check=True, env=env, cwd=tmp_path if threads == "1" else project.root)
        files = sorted((project.releases / "example-1.0.0").rglob("*"))
        trees.append([(path.name, path.stat().st_mode, path.read_bytes() if path.is_file() else b"") for path in files])
    assert trees[0] == trees[1]
