"""The release of the real dataset: every reader sees the same rows and the declared types."""

import csv
import json
import struct
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import jsonschema
import pandas
import polars
import pyarrow
import pyarrow.parquet as pq
import pytest
from conftest import ROOT, SHARED

import datapkg
from datapkg.project import find_project
from datapkg.release.build import build
from datapkg.release.parquet import arrow_type
from datapkg.verify import verify

PROFILE = SHARED / "standards" / "datapackage-profiles" / "2.0" / "datapackage.json"
DUCK = {
    "string": "VARCHAR",
    "integer": "BIGINT",
    "number": "DOUBLE",
    "boolean": "BOOLEAN",
    "date": "DATE",
    "time": "TIME",
    "datetime": "TIMESTAMP",
    "year": "INTEGER",
    "geopoint": "GEOMETRY('OGC:CRS84')",
}
POLARS = {
    "integer": polars.Int64,
    "number": polars.Float64,
    "boolean": polars.Boolean,
    "date": polars.Date,
    "datetime": polars.Datetime,
    "time": polars.Time,
    "year": polars.Int32,
}


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> datapkg.Release:
    project = find_project(ROOT)
    assert project is not None
    built = build("afpak-security", replace(project, releases=tmp_path_factory.mktemp("release") / "dist"))
    return datapkg.load(built.folder.as_posix())


def test_it_verifies(release: datapkg.Release) -> None:
    report = verify(release.folder.as_posix())
    assert [finding for finding in report.findings if not finding.waived] == []


def test_every_reader_gives_the_same_rows(release: datapkg.Release) -> None:
    con = release.connect()
    for table in release.tables:
        path = release.folder / "data" / f"{table}.parquet"
        rows = pq.read_table(path).to_pylist()
        names = list(rows[0]) if rows else []
        assert [dict(zip(names, row, strict=True)) for row in con.execute(f'FROM "{table}"').fetchall()] == rows
        assert polars.read_parquet(path).to_dicts() == rows
        panda = pandas.read_parquet(path, dtype_backend="pyarrow")
        assert pyarrow.Table.from_pandas(panda, preserve_index=False).to_pylist() == rows
        assert release.to_polars(table).to_dicts() == rows
    con.close()


def test_every_reader_gives_the_declared_types(release: datapkg.Release) -> None:
    con = release.connect()
    for table in release.tables:
        path = release.folder / "data" / f"{table}.parquet"
        arrow, frame = pq.read_schema(path), polars.read_parquet_schema(path)
        panda = pandas.read_parquet(path, dtype_backend="pyarrow").dtypes
        duck = {row[0]: row[1] for row in con.execute(f'DESCRIBE "{table}"').fetchall()}
        for column in release.columns(table):
            where = f"{table}.{column.name}"
            wanted = arrow_type(column)
            assert arrow.field(column.name).type == wanted, where
            small = wanted == pyarrow.int32()
            assert duck[column.name] == ("INTEGER" if small else DUCK.get(column.type, "VARCHAR")), where
            assert panda[column.name] == pandas.ArrowDtype(wanted), where
            if column.type in POLARS:
                assert frame[column.name] == (polars.Int32 if small else POLARS[column.type]), where
    con.close()


def test_every_cell_of_the_source_comes_back_as_its_value(release: datapkg.Release) -> None:
    read: dict[str, Callable[[str], object]] = {
        "string": str,
        "integer": int,
        "number": float,
        "boolean": lambda cell: {"true": True, "false": False}[cell],
        "date": date.fromisoformat,
        "year": int,
    }
    views = {path.stem for path in (ROOT / "datasets" / "afpak-security" / "views").glob("*.sql")}
    assert views < set(release.tables)
    for table in (table for table in release.tables if table not in views):
        with (ROOT / f"datasets/afpak-security/data/{table}.csv").open(encoding="utf-8", newline="") as file:
            source = list(csv.DictReader(file))
        kinds = {column.name: read[column.type] for column in release.columns(table) if column.type in read}
        values = [{name: kinds[name](cell) if cell else None for name, cell in row.items()} for row in source]
        assert [{name: row[name] for name in kinds} for row in release[table].to_pylist()] == values, table


def test_places_are_geoparquet_made_of_their_coordinates(release: datapkg.Release) -> None:
    known = 0
    for row in release["places"].to_pylist():
        both = row["lon"] is not None and row["lat"] is not None
        assert row["geometry"] == (struct.pack("<BIdd", 1, 1, row["lon"], row["lat"]) if both else None)
        known += both
    assert known > 5


def test_plain_frictionless_accepts_the_source() -> None:
    descriptor = "datasets/afpak-security/datapackage.yaml"
    command = [sys.executable, "-m", "frictionless", "validate", "--trusted", descriptor, "--json"]
    run = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    assert (run.returncode, json.loads(run.stdout)["valid"]) == (0, True)


def test_help_and_units_are_in_the_files(release: datapkg.Release) -> None:
    for table in release.tables:
        arrow = pq.read_schema(release.folder / "data" / f"{table}.parquet")
        for column in release.columns(table):
            told = arrow.field(column.name).metadata or {}
            assert told.get(b"description", b"").decode() == (column.description or "")
            assert told.get(b"unit", b"").decode() == (column.unit or "")


def test_plain_frictionless_accepts_it(release: datapkg.Release, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "frictionless", "validate", f"{release.folder}/datapackage.json", "--json"]
    run = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert (run.returncode, json.loads(run.stdout)["valid"]) == (0, True)


@pytest.mark.skipif(not PROFILE.exists(), reason="the profiles of the standard are not here")
def test_the_profile_of_the_standard_accepts_it(release: datapkg.Release) -> None:
    told: dict[str, Any] = json.loads((release.folder / "datapackage.json").read_text(encoding="utf-8"))
    jsonschema.validate(told, json.loads(PROFILE.read_text(encoding="utf-8")))


def test_the_card_tells_the_known_issues(release: datapkg.Release) -> None:
    known = (release.folder / "README.md").read_text(encoding="utf-8").partition("## Known issues")[2]
    assert known.count("(rule `cumulative-below-months`)") == 2
