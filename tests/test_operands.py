"""The two sides of a comparison: names, paths, releases, and commits of git."""

import subprocess
from pathlib import Path

import pytest
from building import write_dataset
from releasing import edit, write_releasable

from datapkg.diff import diff
from datapkg.errors import TargetError
from datapkg.project import Project, find_project
from datapkg.release.build import build


def git(root: Path, *words: str) -> None:
    """Run git as a user of no name."""
    identity = ("-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "init.defaultBranch=main")
    subprocess.run(["git", *identity, *words], cwd=root, check=True, capture_output=True)


def commit(root: Path, message: str) -> None:
    """All that is there, as a commit."""
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", message)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A project with a release 1.0.0, a commit tagged `first` with other rows, and a change in the work tree."""
    root = tmp_path / "project"
    project = write_releasable(root)
    build("example", project)
    events = root / "datasets" / "example" / "data" / "events.csv"
    git(root, "init", "-q")
    (root / ".gitignore").write_text("dist\n")
    edit(events, "b,raid,12,", "b,raid,13,")
    commit(root, "first")
    git(root, "tag", "first")
    edit(events, "b,raid,13,", "b,raid,14,")
    monkeypatch.chdir(root)
    return project


@pytest.mark.parametrize(
    ("old", "new", "cell"),
    [
        (None, None, ("12", "14")),
        ("example", None, ("12", "14")),
        ("datasets/example", None, ("12", "14")),
        ("example@1.0.0", None, ("12", "14")),
        ("dist/example-1.0.0", None, ("12", "14")),
        ("dist/example-1.0.0", "example", ("12", "14")),
        ("git:first", None, ("13", "14")),
        ("git:HEAD:example", None, ("13", "14")),
        ("git:main", "datasets/example/datapackage.yaml", ("13", "14")),
        ("example@1.0.0", "git:first", ("12", "13")),
        ("git:first", "example@1.0.0", ("13", "12")),
        ("git:first:example", "dist/example-1.0.0", ("13", "12")),
        ("example", "git:first", ("14", "13")),
    ],
)
def test_every_operand_is_found(project: Project, old: str | None, new: str | None, cell: tuple[str, str]) -> None:
    changes = diff(old, new)
    assert [(row.key, [(c.column, c.old, c.new) for c in row.cells]) for row in changes.tables["events"].rows] == [
        ({"id": "b"}, [("killed", *cell)])
    ]
    assert changes.schema == ()
    assert not changes.tables["persons"].differ


def test_a_release_does_not_differ_from_its_source(project: Project) -> None:
    edit(project.datasets / "example" / "data" / "events.csv", "b,raid,14,", "b,raid,12,")
    assert not diff().differ


def test_two_commits_are_compared(project: Project) -> None:
    commit(project.root, "second")
    changes = diff("git:first", "git:main")
    assert (changes.old.asked, changes.new.asked) == ("git:first", "git:main")
    assert changes.tables["events"].changed == 1


def test_schemas_are_those_of_the_commit(project: Project) -> None:
    edit(project.schemas / "events.yaml", "minimum: 0, maximum: 9", "minimum: 0, maximum: 99")
    changes = diff("git:first")
    assert [(str(c.kind), c.table, c.column, c.property, c.old, c.new) for c in changes.schema] == [
        ("constraint-relaxed", "events", "rank", "maximum", 9, 99)
    ]


def test_the_work_tree_and_the_index_are_left_alone(project: Project) -> None:
    def state() -> bytes:
        command = ["git", "status", "--porcelain=v2", "--ignored"]
        return subprocess.run(command, cwd=project.root, check=True, capture_output=True).stdout

    before = state(), (project.root / ".git" / "index").read_bytes()
    diff("git:first")
    assert (state(), (project.root / ".git" / "index").read_bytes()) == before


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("git:nowhere", None, "git knows no commit nowhere"),
        ("git:first:absent", "example", "git:first has no dataset 'absent'"),
        ("git:first:../../x", "example", r"git:first has no dataset '\.\./\.\./x'"),
        ("git:--output=x", "example", "is not the name of a commit"),
        ("example@2.0.0", None, r"no release of example matches 2\.0\.0"),
        ("absent", None, "the project has no dataset 'absent'"),
        ("absent/", None, "there is no absent/"),
    ],
)
def test_what_is_not_there_is_said(project: Project, old: str, new: str | None, message: str) -> None:
    with pytest.raises(TargetError, match=message):
        diff(old, new)


def test_without_a_release_there_is_nothing_to_compare_with(tmp_path: Path) -> None:
    project = find_project(write_releasable(tmp_path / "other").root)
    with pytest.raises(TargetError, match="there is no release of example in dist yet"):
        diff(project=project)


def test_a_package_and_a_file_of_no_project_are_read_from_git(tmp_path: Path) -> None:
    root = tmp_path / "packages"
    folder = root / "deep" / "example"
    write_dataset(folder, {"t": "id:string! n:integer\na,1\n"})
    git(root, "init", "-q")
    commit(root, "first")
    (folder / "t.csv").write_text("id,n\na,2\n")
    assert diff("git:HEAD", folder).tables["t"].changed == 1
    table = diff("git:HEAD", folder / "t.csv").tables["t"]
    assert (table.added, table.removed) == (1, 1)
    assert diff(folder, folder / "t.csv").tables["t"].changed == 0


def test_a_dataset_of_another_project_is_read_by_the_schemas_of_that(project: Project, tmp_path: Path) -> None:
    other = write_releasable(tmp_path / "other")
    table = diff(other.datasets / "example", "example").tables["events"]
    assert (table.added, table.removed, table.changed, table.keyed) == (0, 0, 1, True)


def test_a_file_is_read_by_the_schema_of_the_table_it_is_compared_with(tmp_path: Path) -> None:
    tables = {"t": "id:string! n:number\na,1.0\n", "u": "x:string\n1\n"}
    write_dataset(tmp_path / "example", tables)
    (tmp_path / "t.csv").write_text("id,n\na,1.00\nb,2\n")
    changes = diff(tmp_path / "example", tmp_path / "t.csv")
    assert {name: (t.added, t.removed, t.changed) for name, t in changes.tables.items()} == {"t": (1, 0, 0)}


def test_a_large_file_goes_from_git_to_disk(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("datapkg.git.LARGE", 10)
    assert diff("git:first").tables["events"].changed == 1
