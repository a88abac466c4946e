"""A project that can be released, fresh for each test."""

from pathlib import Path

import pytest
from describing import build_all
from releasing import write_releasable

from datapkg.project import Project


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """The project of `releasing`."""
    return write_releasable(tmp_path / "project")


@pytest.fixture(scope="session")
def releases(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Releases of datasets that say much, little and hostile things of themselves, by kind; not to be changed."""
    return build_all(tmp_path_factory.mktemp("releases"))
