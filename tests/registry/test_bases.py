"""What was published is what a new version is held against, also where nothing of it lies here."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from releasing import edit, write_releasable

from datapkg.errors import Refused
from datapkg.project import Project
from datapkg.release.build import build


@pytest.fixture
def fresh(registry: Path, tmp_path: Path, cache: Path) -> Project:
    """The source of 1.0.0 in a project without releases, whose registry has 1.0.0, 1.1.0 and 2.0.0."""
    return replace(write_releasable(tmp_path / "project"), registry=registry.as_posix())


def test_the_last_published_version_is_the_base(fresh: Project) -> None:
    with pytest.raises(Refused, match=r"the version 1\.0\.0 is below the last release, 2\.0\.0"):
        build("example", fresh)
    edit(fresh.datasets / "example" / "datapackage.yaml", "version: 1.0.0", "version: 2.0.0")
    built = build("example", fresh)  # Two events were taken away.
    assert built.version == "2.1.0"


def test_without_a_registry_it_is_the_first(fresh: Project) -> None:
    assert build("example", replace(fresh, registry=None)).version == "1.0.0"
    shutil.rmtree(fresh.releases)
    Path("../registry/index.json").unlink()
    assert build("example", fresh).version == "1.0.0"
