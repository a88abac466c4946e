"""A release is built again from its source, and the first difference of each file is named."""

import hashlib
import json
import subprocess
from pathlib import Path

import pyarrow
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner
from releasing import descriptor_of, edit, release_copy

from datapkg.checksums import SUMS, sums_text
from datapkg.cli.main import datapkg
from datapkg.errors import Refused, TargetError
from datapkg.project import Project
from datapkg.release.build import build
from datapkg.verify import verify


def git(folder: Path, *words: str) -> None:
    who = ("-c", "user.name=A", "-c", "user.email=a@example.org")
    subprocess.run(["git", "-C", str(folder), *who, *words], check=True, capture_output=True)


def told(release: Path, project: Project, source: str = "") -> list[tuple[str, str]]:
    """File and note of each difference."""
    report = verify(str(release), project, rebuild=source)
    found = [finding for finding in report.findings if finding.code == "rebuild-differs"]
    return [(Path(finding.place.path).name, finding.message) for finding in found]


def commit_and_tag(project: Project, version: str) -> None:
    if not (project.root / ".git").exists():
        git(project.root, "init", "-q")
        (project.root / ".gitignore").write_text("dist/\n")
    git(project.root, "add", "-A")
    git(project.root, "commit", "-qm", version)
    git(project.root, "tag", f"example-{version}")


def test_the_same_source_gives_the_same_release(project: Project) -> None:
    folder = build("example", project).folder
    assert verify(str(folder), project, rebuild="").valid
    assert verify(str(folder), project, rebuild="example").valid


def test_a_commit_gives_the_same_release_wherever_the_work_tree_is(project: Project) -> None:
    first = build("example", project).folder
    commit_and_tag(project, "1.0.0")
    edit(project.datasets / "example" / "data" / "persons.csv", "bob,ann\n", "bob,\ncid,ann\n")
    second = build("example", project).folder
    commit_and_tag(project, "1.1.0")
    assert second.name == "example-1.1.0"
    for folder in (first, second):
        assert verify(str(folder), project, rebuild=f"git:{folder.name}").valid
    notes = dict(told(first, project))
    assert notes.keys() == {"datapackage.json"} and "it states the version 1.1.0" in notes["datapackage.json"]


def test_the_version_before_is_found_in_git_where_its_release_is_gone(project: Project, tmp_path: Path) -> None:
    first = build("example", project).folder
    commit_and_tag(project, "1.0.0")
    edit(project.datasets / "example" / "data" / "persons.csv", "bob,ann\n", "bob,\ncid,ann\n")
    second = release_copy(tmp_path, build("example", project).folder)
    commit_and_tag(project, "1.1.0")
    subprocess.run(["rm", "-r", str(first), str(first.with_name("example-1.1.0"))], check=True)
    assert verify(str(second), project, rebuild="git:example-1.1.0").valid
    git(project.root, "tag", "-d", "example-1.0.0")
    with pytest.raises(TargetError, match=r"changed since 1\.0\.0, which is neither"):
        verify(str(second), project, rebuild="")


def test_the_first_difference_of_each_file_is_named(project: Project) -> None:
    folder = build("example", project).folder
    edit(project.datasets / "example" / "data" / "persons.csv", "bob,ann", "bob,")
    edit(project.datasets / "example" / "CHANGELOG.md", "# Changelog", "# Changes")
    notes = dict(told(folder, project))
    assert "boss in row 2 is 'ann' in the release and nothing from the source" in notes["persons.parquet"]
    assert "line 1 is '# Changelog' in the release and '# Changes' from the source" in notes["CHANGELOG.md"]
    assert "events.parquet" not in notes


def resealed(release: Path) -> None:
    (release / SUMS).write_text(sums_text(release))


@pytest.mark.parametrize(
    ("harm", "note"),
    [
        (lambda t: t.slice(0, 1), "it has 1 rows, and 2 from the source"),
        (lambda t: t.drop_columns(["boss"]), "its column none is"),
        (
            lambda t: t.set_column(1, "boss", pyarrow.array([None, "x"])),
            "boss in row 2 is 'x' in the release and 'ann'",
        ),
        (lambda t: t, "every cell is the same, and it is written otherwise"),
    ],
)
def test_a_table_of_another_is_told_by_its_first_difference(
    project: Project, tmp_path: Path, harm: "object", note: str
) -> None:
    release = release_copy(tmp_path, build("example", project).folder)
    path = release / "data" / "persons.parquet"
    assert callable(harm)
    pq.write_table(harm(pq.read_table(path)), path)
    resealed(release)
    assert note in dict(told(release, project))["persons.parquet"]


def test_files_too_many_and_too_few(project: Project, tmp_path: Path) -> None:
    release = release_copy(tmp_path, build("example", project).folder)
    (release / "LICENSE").unlink()
    (release / "more.txt").write_text("more\n")
    resealed(release)
    notes = dict(told(release, project))
    assert "it is not in the release" in notes["LICENSE"]
    assert "the source gives no such file" in notes["more.txt"]


def test_other_versions_of_the_tools_are_said(project: Project, tmp_path: Path) -> None:
    release = release_copy(tmp_path, build("example", project).folder)
    path = release / "data" / "persons.parquet"
    pq.write_table(pq.read_table(path), path)
    resealed(release)
    statement = json.loads((release / "provenance.json").read_text())
    statement["predicate"]["runDetails"]["builder"]["version"]["duckdb"] = "1.0.0"
    statement["predicate"]["runDetails"]["metadata"] = {}
    bare = json.dumps(statement, sort_keys=True, ensure_ascii=False)
    digest = f"sha256:{hashlib.sha256(bare.encode()).hexdigest()}"
    statement["predicate"]["runDetails"]["metadata"] = {"invocationId": digest}
    text = json.dumps(statement, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
    (release / "provenance.json").write_text(text)
    assert "(duckdb 1.0.0 then, " in dict(told(release, project))["persons.parquet"]


def test_a_source_that_is_none_or_not_fit(project: Project) -> None:
    folder = build("example", project).folder
    with pytest.raises(TargetError, match="no project here"):
        verify(str(folder), None, rebuild="")
    with pytest.raises(TargetError, match="no dataset 'other'"):
        verify(str(folder), project, rebuild="other")
    edit(project.datasets / "example" / "data" / "persons.csv", "bob,ann", "bob,nobody")
    with pytest.raises(Refused, match="is not valid"):
        verify(str(folder), project, rebuild="")


def test_the_command_takes_a_source_or_none(project: Project) -> None:
    build("example", project)
    asked = ["--project", str(project.root), "verify"]
    for words in (["example", "--rebuild"], ["--rebuild", "example"], ["example@1.0.0", "--rebuild", "example"]):
        done = CliRunner().invoke(datapkg, [*asked, *words])
        assert done.exit_code == 0, done.output
    edit(descriptor_of(project), "Made up.", "Made up again.")
    done = CliRunner().invoke(datapkg, [*asked, "example", "--rebuild"])
    assert (done.exit_code, "rebuild-differs" in done.output) == (1, True)
    assert CliRunner().invoke(datapkg, asked).exit_code == 2
