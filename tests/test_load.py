"""The reader's side of a release."""

from pathlib import Path

import pandas
import polars
import pyarrow
import pytest
from releasing import build_example, release_copy

import datapkg
from datapkg.errors import TargetError
from datapkg.project import find_project


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_example(tmp_path_factory.mktemp("release") / "project")


def test_a_release_is_found_by_range_or_folder(built: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    by_folder = datapkg.load(built.as_posix())
    assert (by_folder.name, by_folder.version, by_folder.folder) == ("example", "1.0.0", built)
    assert by_folder.tables == tuple(by_folder) == ("events", "persons")
    assert "events" in by_folder and "event" not in by_folder and len(by_folder) == 2
    assert datapkg.load("example@^1", releases=built.parent).folder == built
    assert datapkg.load("example", project=find_project(built.parents[1])).folder == built
    monkeypatch.chdir(built.parents[1] / "datasets")
    assert datapkg.load("example@1.0.0").folder == built
    monkeypatch.chdir(tmp_path)
    with pytest.raises(TargetError, match="no release of example matches"):
        datapkg.load("example@1.0.0")


@pytest.mark.parametrize("wanted", ["example@^2", "example@banana", "other", "example@1.0.1"])
def test_a_release_that_is_not_there(built: Path, wanted: str) -> None:
    with pytest.raises(TargetError):
        datapkg.load(wanted, releases=built.parent)


def test_a_table_comes_with_its_types(built: Path) -> None:
    table = datapkg.load(built.as_posix())["events"]
    assert table.schema.field("killed").type == pyarrow.int64()
    assert table["killed"].to_pylist() == [None, 12, 0]


def test_an_unknown_table_has_a_hint(built: Path) -> None:
    release = datapkg.load(built.as_posix())
    for ask in (release.__getitem__, release.to_polars, release.to_pandas, release.columns):
        with pytest.raises(TargetError, match=r"example 1\.0\.0 has no table 'event'; did you mean events\?"):
            ask("event")


def test_frames_keep_nulls_and_types(built: Path) -> None:
    release = datapkg.load(built.as_posix())
    polar = release.to_polars("events")
    assert polar.schema["killed"] == polars.Int64 and polar["killed"].to_list() == [None, 12, 0]
    panda = release.to_pandas("events")
    assert str(panda["killed"].dtype) == "int64[pyarrow]" and panda["killed"].isna().tolist() == [True, False, False]
    assert isinstance(panda["kind"].dtype, pandas.CategoricalDtype)
    assert list(panda["kind"].dtype.categories) == ["war", "raid", "peace"]


def test_a_connection_has_every_table(built: Path) -> None:
    with datapkg.load(built.as_posix()).connect() as con:
        query = "SELECT id, boss FROM events JOIN persons ON who = person ORDER BY 1"
        assert con.execute(query).fetchall() == [("b", None), ("c", "ann")]


def test_columns_come_with_their_help(built: Path) -> None:
    told = {column.name: column for column in datapkg.load(built.as_posix()).columns("events")}
    assert (told["killed"].type, told["killed"].unit, told["id"].description) == ("integer", "persons", "Key.")


def test_a_changed_file_is_never_read(built: Path, tmp_path: Path) -> None:
    folder = release_copy(tmp_path, built)
    path = folder / "data" / "events.parquet"
    path.write_bytes(path.read_bytes() + b" ")
    release = datapkg.load(folder.as_posix())
    assert release["persons"].num_rows == 2
    for read in (lambda: release["events"], release.connect, lambda: release.to_polars("events")):
        with pytest.raises(TargetError, match=r"example-1.0.0/data/events.parquet is not the file that was released"):
            read()
    (folder / "datapackage.json").write_text("{}")
    with pytest.raises(TargetError, match=r"example-1.0.0/datapackage.json is not the file that was released"):
        datapkg.load(folder.as_posix())
    (folder / "SHA256SUMS").unlink()
    with pytest.raises(TargetError, match=r"example-1\.0\.0 is no release: it has no SHA256SUMS"):
        datapkg.load(folder.as_posix())
