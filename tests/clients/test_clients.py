"""Releases as their readers see them: each cell of each table, read by programs that know nothing of datapkg.

What they must read is what pyarrow reads, which `test_every_type` and `test_afpak_release` hold to the
values that the schemas give the cells of the source.
"""

import json
import math
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from clients.normal import normal, tables
from conftest import ROOT
from everytype import build_every

from datapkg.project import find_project
from datapkg.release.build import build

HERE = Path(__file__).parent
DUCKDB, NODE = ("duckdb==1.5.5", "pytz==2026.6"), ("hyparquet@1.31.5", "hyparquet-compressors@1.1.2")
"""What is not in our own environment, as it was seen to work; pytz is DuckDB's way to hand over a zone."""
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SECONDS = 300
RELEASES = ("every", "afpak-security")
Tables = dict[str, list[dict[str, Any]]]


@pytest.fixture(scope="module")
def releases(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Path]:
    folder = tmp_path_factory.mktemp("releases")
    for part in ("schemas", "datasets"):  # A copy, since a release may write into its source.
        shutil.copytree(ROOT / part, folder / "seed" / part)
    (folder / "seed" / "datapkg.toml").write_text("")
    project = find_project(folder / "seed")
    seed = build("afpak-security", project).folder
    return {"every": build_every(folder / "every"), "afpak-security": seed}


@pytest.fixture(scope="module")
def expected(releases: Mapping[str, Path]) -> Mapping[str, Tables]:
    return {name: told(sys.executable, HERE / "read_pyarrow.py", folder) for name, folder in releases.items()}


def told(*command: object) -> Any:
    """What a reader prints; offline, and with a folder of its own for what it caches."""
    environment = {**os.environ, "HF_HUB_OFFLINE": "1", "HF_DATASETS_DISABLE_PROGRESS_BARS": "1", "PYTHONHASHSEED": "0"}
    run = subprocess.run(
        list(map(str, command)), capture_output=True, text=True, check=False, timeout=SECONDS, env=environment
    )
    assert run.returncode == 0, run.stderr[-3000:]
    return json.loads(run.stdout)


def made(folder: Path, what: str, *commands: list[str]) -> Path:
    """A folder beside the environment with what a client needs, made once; the test is skipped where that fails."""
    done = folder / ".complete"
    if done.is_file() and done.read_text() == what:
        return folder
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for command in commands:
        run = subprocess.run(command, capture_output=True, text=True, check=False, timeout=SECONDS, cwd=folder)
        if run.returncode:
            pytest.skip(f"{what} cannot be installed here: {run.stderr.strip()[-200:]}")
    done.write_text(what)
    return folder


@pytest.mark.parametrize("name", RELEASES)
@pytest.mark.parametrize("client", ["duckdb", "polars", "pandas", "geopandas", "frictionless", "datasets"])
def test_a_client_reads_every_cell(
    client: str, name: str, releases: Mapping[str, Path], expected: Mapping[str, Tables], tmp_path: Path
) -> None:
    assert told(sys.executable, HERE / f"read_{client}.py", releases[name], tmp_path) == expected[name]


@pytest.mark.parametrize("name", RELEASES)
@pytest.mark.skipif(shutil.which("java") is None, reason="there is no Java here")
def test_spark_reads_every_cell(name: str, releases: Mapping[str, Path], expected: Mapping[str, Tables]) -> None:
    assert told(sys.executable, HERE / "read_spark.py", releases[name]) == expected[name]


@pytest.mark.parametrize("name", RELEASES)
def test_an_older_duckdb_reads_every_cell(
    name: str, releases: Mapping[str, Path], expected: Mapping[str, Tables]
) -> None:
    folder = ROOT / ".venv-duckdb15"
    install = [(folder / "bin" / "python").as_posix(), "-m", "pip", "install", "--quiet", *DUCKDB]
    made(folder, " ".join(DUCKDB), [sys.executable, "-m", "venv", folder.as_posix()], install)
    python = folder / "bin" / "python"
    assert told(python, "-c", "import duckdb, json; print(json.dumps(duckdb.__version__))") == "1.5.5"
    assert told(python, HERE / "read_duckdb.py", releases[name]) == expected[name]


@pytest.mark.parametrize("name", RELEASES)
def test_mlcroissant_reads_every_cell_but_points(
    name: str, releases: Mapping[str, Path], expected: Mapping[str, Tables]
) -> None:
    """Croissant has no type for points, whose longitudes and latitudes are there; pandas, below it, no whole numbers with nulls."""
    found = told(sys.executable, HERE / "read_mlcroissant.py", releases[name])
    for table, (_, fields) in tables(releases[name]).items():
        points = {field["name"] for field in fields if field["type"] == "geopoint"}
        wanted = [{c: v for c, v in row.items() if c not in points} for row in expected[name][table]]
        rounded = ("count", "exact") if name == "every" else ()
        assert [lessened(row, rounded) for row in found[table]] == [lessened(row, rounded) for row in wanted], table


def lessened(row: dict[str, Any], columns: tuple[str, ...]) -> dict[str, Any]:
    """The row with the numbers of some columns as doubles."""
    return {name: float(cell) if name in columns and cell is not None else cell for name, cell in row.items()}


@pytest.mark.parametrize("name", RELEASES)
def test_hyparquet_reads_every_cell(name: str, releases: Mapping[str, Path], expected: Mapping[str, Tables]) -> None:
    """JavaScript has doubles alone, so decimals are compared as such; all else is exact."""
    if shutil.which("npm") is None:
        pytest.skip("there is no Node with npm here")
    install = ["npm", "install", "--no-audit", "--no-fund", "--silent", "--no-save", "--prefix", ".", *NODE]
    modules = made(ROOT / ".cache" / "node", " ".join(NODE), install) / "node_modules"
    found = told("node", HERE / "read_hyparquet.mjs", releases[name], modules)
    for table, (_, fields) in tables(releases[name]).items():
        decimals = tuple(field["name"] for field in fields if "datapkg:decimal" in field)
        rows = [{f["name"]: from_javascript(row[f["name"]], f) for f in fields} for row in found[table]]
        assert rows == [lessened(row, decimals) for row in expected[name][table]], table


def from_javascript(value: Any, field: Mapping[str, Any]) -> Any:
    """A value that `read_hyparquet.mjs` tells, in its normal form."""
    if value is None:
        return None
    kind = field["type"]
    if kind == "list":
        return [from_javascript(item, {"type": field.get("itemType", "string")}) for item in value]
    if "datapkg:decimal" in field:
        return float(value)
    if kind == "geopoint":
        value = value["coordinates"]
    elif kind == "date":
        value = date(1970, 1, 1) + timedelta(days=value["days"])
    elif kind == "datetime":
        value = EPOCH + timedelta(microseconds=int(value["micros"]))
    elif kind == "time":
        value = (EPOCH + timedelta(microseconds=int(value))).time()
    elif kind in ("number", "integer", "year"):
        value = float(value) if kind == "number" else int(value)
    return normal(value, field)


STOCK = ("string", "boolean", "date", "datetime", "integer", "year", "yearmonth", "duration", "time", "any")
"""Types that stock frictionless, which reads through pandas, types rightly in columns without nulls."""


def test_stock_frictionless_reads_columns_without_nulls(
    releases: Mapping[str, Path], expected: Mapping[str, Tables]
) -> None:
    """Without our plugin a null in a column of whole numbers is a fault to it, and lists and points are."""
    for name in RELEASES:
        found = told(sys.executable, HERE / "read_stock_frictionless.py", releases[name])
        for table, (_, fields) in tables(releases[name]).items():
            rows = expected[name][table]
            whole = [
                field["name"]
                for field in fields
                if field["type"] in STOCK and all(row[field["name"]] is not None for row in rows)
            ]
            assert [{c: row[c] for c in whole} for row in found[table]] == [{c: row[c] for c in whole} for row in rows]


def test_one_other_bit_is_another_cell() -> None:
    """The forms that are compared tell values apart that print alike."""
    number = {"type": "number"}
    assert normal(0.1 + 0.2, number) != normal(0.3, number)
    assert normal(-0.0, number) != normal(0.0, number)
    assert normal(math.nan, number) == normal(-math.nan, number) == "nan"
    assert normal("1", {"type": "string"}) != normal(True, {"type": "boolean"})
    assert normal(2**63 - 1, {"type": "integer"}) != normal(2**63 - 2, {"type": "integer"})
