"""Fixtures: one cluster for all tests of this folder, and a session of it; both end with the last of them."""

import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from clusters import absent, session_of, standalone

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


@pytest.fixture(scope="package")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """The address of a master with two workers, and the folder of their files."""
    reason = absent()
    if reason is not None:
        pytest.skip(reason)
    folder = tmp_path_factory.mktemp("cluster")
    with standalone(folder) as url:
        yield url, folder


@pytest.fixture(scope="package")
def spark(cluster: tuple[str, Path]) -> "Iterator[SparkSession]":
    """A session on both workers."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with session_of(*cluster) as session:
            yield session
