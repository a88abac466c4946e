"""A project that can be released, fresh for each test."""

from pathlib import Path

import pytest
from releasing import write_releasable

from datapkg.project import Project


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """The project of `releasing`."""
    return write_releasable(tmp_path / "project")
