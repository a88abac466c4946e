"""A registry in a folder with three versions, made once; a cache and a working folder of its own for each test."""

import shutil
from pathlib import Path

import pytest
from published import VERSIONS, build_versions

from datapkg.project import Project
from datapkg.publish import publish


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The project whose releases are published."""
    return build_versions(tmp_path_factory.mktemp("versions") / "project")


@pytest.fixture(scope="session")
def shared_registry(project: Project, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The registry, not to be changed."""
    folder = tmp_path_factory.mktemp("registry")
    for version in VERSIONS:
        publish(f"example@{version}", project, registry=folder)
    return folder


@pytest.fixture
def registry(shared_registry: Path, tmp_path: Path) -> Path:
    """A copy of the registry, to be changed."""
    return Path(shutil.copytree(shared_registry, tmp_path / "registry"))


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache, with an empty working folder."""
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    monkeypatch.delenv("DATAPKG_REGISTRY", raising=False)
    monkeypatch.setenv("DATAPKG_CACHE", (tmp_path / "cache").as_posix())
    return tmp_path / "cache"
