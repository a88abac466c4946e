"""Projects: found from any folder inside, and read strictly."""

from pathlib import Path

import pytest

from datapkg.errors import ProjectError
from datapkg.limits import Limits
from datapkg.project import find_project


def test_a_project_is_found_from_a_folder_inside(tmp_path: Path) -> None:
    (tmp_path / "datapkg.toml").write_text('releases = "out"\n[severity]\nblank-row = "warning"\n')
    inside = tmp_path / "a" / "b"
    inside.mkdir(parents=True)
    project = find_project(inside)
    assert project is not None
    assert (project.root, project.releases, project.severity) == (tmp_path, tmp_path / "out", {"blank-row": "warning"})


def test_limits_of_a_project(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.datapkg.limits]\nmemory = '2 GiB'\nrule_seconds = 5\n")
    project = find_project(tmp_path)
    assert project is not None
    assert project.limits == Limits(memory=2 << 30, rule_seconds=5)


def test_pyproject_counts_only_with_its_table(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.other]\nx = 'datapkg'\n")
    assert find_project(tmp_path) is None
    (tmp_path / "pyproject.toml").write_text("[tool.datapkg]\n")
    project = find_project(tmp_path)
    assert project is not None and project.schemas == tmp_path / "schemas"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("shemas = 'x'", "unknown key 'shemas'; did you mean schemas"),
        ("colour = 'x'", "unknown key 'colour'; it may be one of"),
        ("schemas = 1", "schemas must be a text"),
        ("schemas = '../x'", "not a folder below the project"),
        ("datasets = '/x'", "not a folder below the project"),
        ("severity = 1", "severity must be a table"),
        ("[severity]\nx = 'fatal'", "severity of 'x' is 'fatal'"),
        ("limits = 1", "limits must be a table"),
        ("[limits]\nrule_second = 1", "unknown limit 'rule_second'; did you mean rule_seconds?"),
        ("[limits]\nmemory = 'x'", "datapkg.toml: memory is 'x', which is not a size such as 1 GiB"),
        ("= 1", "cannot be read"),
    ],
)
def test_a_configuration_that_is_not_understood(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "datapkg.toml").write_text(text)
    with pytest.raises(ProjectError) as error:
        find_project(tmp_path)
    assert message in str(error.value)


def test_a_table_in_the_wrong_place(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool]\ndatapkg = 1\n")
    with pytest.raises(ProjectError, match="must be a table"):
        find_project(tmp_path)


def test_datasets_are_folders_with_a_descriptor(tmp_path: Path) -> None:
    (tmp_path / "datapkg.toml").touch()
    for name in ("b", "a", "empty"):
        (tmp_path / "datasets" / name).mkdir(parents=True)
    (tmp_path / "datasets" / "a" / "datapackage.json").touch()
    (tmp_path / "datasets" / "b" / "datapackage.yaml").touch()
    project = find_project(tmp_path)
    assert project is not None and list(project.descriptors()) == ["a", "b"]
