"""Which versions were released before, and where: among the project's releases, in its registry, as git tags."""

import json
import shutil
from pathlib import Path

import pytest
from releasing import edit, write_releasable

from datapkg.bases import bases
from datapkg.errors import Refused
from datapkg.project import Project, find_project
from datapkg.publish import publish
from datapkg.release.build import build
from datapkg.targets import dataset


@pytest.fixture
def published(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A project whose 1.0.0 is in its registry, a folder, and nowhere else."""
    monkeypatch.setenv("DATAPKG_CACHE", (tmp_path / "cache").as_posix())
    write_releasable(tmp_path / "p")
    (tmp_path / "p/datapkg.toml").write_text(f'registry = "{tmp_path / "registry"}"\n')
    (tmp_path / "registry").mkdir()
    project = find_project(tmp_path / "p")
    assert project is not None
    build("example", project)
    publish("example@1.0.0", project)
    shutil.rmtree(project.releases)
    return project


def test_the_registry_has_the_base(published: Project) -> None:
    assert bases(dataset("example", published), published) == []
    (base,) = bases(dataset("example", published), published, published=True)
    assert (str(base.version), base.told) == ("1.0.0", "1.0.0 of the registry")
    edit(published.datasets / "example/data/events.csv", "b,raid,12", "b,raid,13")
    built = build("example", published)
    assert (built.version, built.plan.why) == ("1.0.1", "patch, by what changed since 1.0.0 of the registry")
    assert json.loads((built.folder / "changes.json").read_text())["old"]["version"] == "1.0.0"


def test_what_was_published_is_built_again_with_the_same_bytes_or_refused(published: Project) -> None:
    assert build("example", published).done == "built"
    shutil.rmtree(published.releases)
    edit(published.datasets / "example/LICENSE", "4.0", "3.0")
    with pytest.raises(Refused, match=r"version taken: .*LICENSE"):
        build("example", published)
