"""Fixtures: a dataset or a project made of a few lines."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from building import write_dataset, write_project

from datapkg.findings import Report
from datapkg.project import Project, find_project
from datapkg.validate import validate

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared"

Judge = Callable[..., Report]


@pytest.fixture
def make_dataset(tmp_path: Path) -> Callable[..., Path]:
    """make_dataset(incidents="id:string!\\na\\n") writes a Data Package and gives its descriptor."""

    def make(descriptor: dict[str, Any] | None = None, **tables: str) -> Path:
        return write_dataset(tmp_path / "example", tables, descriptor=descriptor)

    return make


@pytest.fixture
def judge(make_dataset: Callable[..., Path]) -> Judge:
    """judge(incidents="…") writes a Data Package and validates it."""

    def run(descriptor: dict[str, Any] | None = None, **tables: str) -> Report:
        return validate(make_dataset(descriptor, **tables).as_posix())

    return run


@pytest.fixture
def make_project(tmp_path: Path) -> Callable[..., Project]:
    """make_project({"incidents": "…"}, sql={…}) writes a project and gives it."""

    def make(tables: dict[str, str], **parts: Any) -> Project:
        project = find_project(write_project(tmp_path / "project", tables, **parts))
        assert project is not None
        return project

    return make


@pytest.fixture
def judge_project(make_project: Callable[..., Project]) -> Judge:
    """judge_project({"incidents": "…"}, rows={…}) writes a project and validates its dataset."""

    def run(tables: dict[str, str], **parts: Any) -> Report:
        return validate(project=make_project(tables, **parts))

    return run


@pytest.fixture(autouse=True, scope="session")
def _cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Tests leave the user's own cache alone."""
    with pytest.MonkeyPatch.context() as changed:
        changed.setenv("DATAPKG_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


def pytest_make_parametrize_id(config: pytest.Config, val: object, argname: str) -> str | None:
    """Bytes are told by the name of their argument: two processes that made them (a moment is in gzip) call them alike."""
    return argname if isinstance(val, bytes) else None
