"""A dataset judged by a cluster: the same verdicts as DuckDB's, and what only a cluster says."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pytest
from building import write_dataset, write_project
from clusters import environment
from verdicts import both, differences, told

from datapkg.errors import DatapkgError
from datapkg.project import find_project
from datapkg.validate import validate

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

Make = Callable[..., Path]

STRUCTURES = {
    "ragged": "a:string! b:integer\nx,1\ny\nz,2,3\nw,\n",
    "blank": "a:string! b:integer\nx,1\n\n,\ny,2\n\n",
    "quoted": 'a:string! b:string\n"x,1","say ""no"""\ny,"two\nlines"\n"z",""\nz,"one\n\nmore"\n',
    "labels": "a:string! b:integer c:date > a,c,d\nx,2023-01-01,1\n",
    "bare": "a:string! b:integer\nx,1",
    "returns": "a:string! b:integer\nx,1\n",
}
"""Tables in the notation whose faults of structure both engines tell alike."""


@pytest.mark.parametrize("name", STRUCTURES)
def test_structure_is_told_as_on_one_machine(spark: "SparkSession", make_dataset: Make, name: str) -> None:
    assert differences(*both(spark, make_dataset(table=STRUCTURES[name]).as_posix())) == {}


BROKEN = {
    "open-quote": ('a:string! b:string\nx,"open\ny,2\n', "quote-error"),
    "stray-quotes": ('a:string! b:string\nx,he said "no" twice\ny,2\n', "quote-error"),
    "bytes": ("a:string! b:string\nx,Caf\\xe9\n", "encoding-error"),
    "nul": ("a:string! b:string\nx,1\\0\n", "nul-byte"),
    "returns": ("a:string! b:string\nx,1\\r\ny,2\n", "line-ending"),
    "conflict": ("a:string! b:string\n<<<<<<< ours\nx,1\n", "merge-conflict"),
    "page": ("a:string > <!doctype html>\nx\n", "not-csv"),
    "nothing": ("a:string > \n", "source-error"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_file_that_is_broken_never_passes(spark: "SparkSession", make_dataset: Make, name: str) -> None:
    text, code = BROKEN[name]
    report = validate(make_dataset(table=text).as_posix(), engine=spark)
    assert not report.valid
    assert code in {finding.code for finding in report.findings}


RESOURCES: dict[str, tuple[dict[str, Any], str]] = {
    "dialect": ({"dialect": {"delimiter": ",", "commentChar": "#"}}, "its dialect is not read on a cluster"),
    "encoding": ({"encoding": "latin-1"}, "the encoding latin-1 is not read on a cluster"),
    "format": ({"path": "table.json", "format": "json"}, "the format json is not read on a cluster"),
    "name": ({"path": "ta[b]le.csv"}, "a character of patterns"),
    "zip": ({"path": "table.csv.zst", "compression": "zst"}, "its compression is not read on a cluster"),
    "data": ({"path": None, "data": [{"a": "x"}]}, "its data stand in the descriptor"),
}


@pytest.mark.parametrize("name", RESOURCES)
def test_what_a_cluster_does_not_read_is_said(spark: "SparkSession", tmp_path: Path, name: str) -> None:
    given, note = RESOURCES[name]
    path = given.get("path", "table.csv")
    (tmp_path / (path or "none")).write_text("a\nx\n")
    resource = {"name": "table", "type": "table", "path": path, "schema": {"fields": [{"name": "a", "type": "string"}]}}
    resource = {key: value for key, value in (resource | given).items() if value is not None}
    (tmp_path / "datapackage.json").write_text(json.dumps({"name": "example", "resources": [resource]}))
    report = validate(tmp_path.as_posix(), engine=spark)
    assert [finding.message for finding in report.findings if note in finding.message]
    assert not report.valid


def test_a_table_in_many_parts_is_one(spark: "SparkSession", tmp_path: Path) -> None:
    paths = []
    for part in range(3):
        paths.append(f"part {part}.csv")
        rows = "".join(f"k{part * 3 + row},{row}\n" + "\n" * (row == 1) for row in range(3))
        (tmp_path / paths[-1]).write_text("a,b\n" + rows + f"k{part},x\n")
    fields = [{"name": "a", "type": "string"}, {"name": "b", "type": "integer"}]
    resource = {
        "name": "table",
        "type": "table",
        "path": paths,
        "dialect": {"delimiter": ","},
        "schema": {"fields": fields, "primaryKey": ["a"]},
    }
    (tmp_path / "datapackage.json").write_text(json.dumps({"name": "example", "resources": [resource]}))
    one, other = both(spark, tmp_path.as_posix())
    assert differences(one, other) == {}
    assert other.datasets[0].tables[0].rows == 12


def test_many_splits_of_a_file_count_its_lines_in_order(spark: "SparkSession", tmp_path: Path) -> None:
    rows = "".join(f"{number},{'x' * 40}{',' * (number == 150_000)}\n" for number in range(1, 200_001))
    path = write_dataset(tmp_path, {"table": f"a:integer! b:string\n{rows}7,again\n"})
    report = validate(path.as_posix(), engine=spark)
    places = [(f.code, f.place.row, f.place.line) for f in report.findings]
    assert places == [("extra-cell", 150_000, 150_001), ("primary-key", 200_001, 200_002)]


PARQUET = {
    "typed": "SELECT 'a' AS id, 1::BIGINT AS n, 1.5::DOUBLE AS x, DATE '2023-01-01' AS day, true AS flag",
    "texts": "SELECT 'a' AS id, '1' AS n, 'many' AS x, '2023-02-30' AS day, 'yes' AS flag",
    "others": "SELECT 1 AS id, 1.5::DECIMAL(5,2) AS n, 7::SMALLINT AS x, TIMESTAMP '2023-01-01' AS day, 1 AS flag",
    "nulls": "SELECT NULL::VARCHAR AS id, NULL::BIGINT AS n, 'NaN'::DOUBLE AS x, NULL::DATE AS day, false AS flag",
    "twice": "SELECT 'a' AS id, unnest([1, -1, 200]) AS n, 1.5::DOUBLE AS x, DATE '2023-01-01' AS day, true AS flag",
    "lacking": "SELECT 'a' AS id, 1::BIGINT AS n, 1.5::DOUBLE AS x, true AS flag, 1 AS more",
}


def test_a_store_that_the_cluster_reaches_is_read(
    spark: "SparkSession", cluster: tuple[str, Path], tmp_path: Path
) -> None:
    stored = cluster[1] / "stored"
    stored.mkdir(exist_ok=True)
    (stored / "table.csv").write_text("a,b\nx,1\nx,many\n")
    fields = [{"name": "a", "type": "string"}, {"name": "b", "type": "integer"}]
    resource = {
        "name": "table",
        "type": "table",
        "path": "viewfs://tests/stored/table.csv",
        "format": "csv",
        "dialect": {"delimiter": ","},
        "schema": {"fields": fields, "primaryKey": ["a"]},
    }
    (tmp_path / "datapackage.json").write_text(json.dumps({"name": "example", "resources": [resource]}))
    report = validate(tmp_path.as_posix(), engine=spark)
    places = [(f.code, f.place.path, f.place.line) for f in report.findings]
    assert places == [("primary-key", resource["path"], 3), ("type-error", resource["path"], 3)]
    held = validate(tmp_path.as_posix(), engine=spark, untrusted=True)
    assert [f.code for f in held.findings] == ["scheme-error"]


def test_parquet_is_judged_by_its_values(spark: "SparkSession", tmp_path: Path) -> None:
    fields = [
        {"name": "id", "type": "string", "constraints": {"required": True}},
        {"name": "n", "type": "integer", "constraints": {"minimum": 0, "maximum": 100}},
        {"name": "x", "type": "number"},
        {"name": "day", "type": "date"},
        {"name": "flag", "type": "boolean"},
    ]
    resources = []
    for name, query in PARQUET.items():
        duckdb.execute(f"COPY ({query}) TO '{tmp_path / name}.parquet'")
        schema = {"fields": fields, "primaryKey": ["id"]}
        resources.append({"name": name, "type": "table", "path": f"{name}.parquet", "schema": schema})
    (tmp_path / "datapackage.json").write_text(json.dumps({"name": "example", "resources": resources}))
    one, other = both(spark, tmp_path.as_posix())
    assert differences(one, other, values=False) == {}
    assert not other.valid


ROWS = """
import narwhals.stable.v1 as nw
import pandera.pyarrow as pa

CHECKS = [
    pa.Check(lambda frame: nw.col("low") <= nw.col("high"), native=False, name="low-above-high", error="{low} > {high}"),
]
"""
SQL = {
    "many": "-- message: {n} rows of {place}\nselect place, count(*) as n from t group by place having count(*) > 1",
    "share": "-- table: t\nselect id, low / high as share from t where low / high > 2",
    "absent": "select * from elsewhere",
    "unknown": "select id from t where no_such_function(id)",
    "unbound": "select nothing from t",
    "files": "select * from read_csv('/etc/hostname')",
    "other": "select * from information_schema.tables",
    "writes": "create table x as select 1",
    "two": "select 1; select 2",
    "empty": "-- nothing",
    "broken": "select from where",
    "fails": "select id from t where cast(place as integer) > 1",
    "hides": "with t as (select 1 as a) select * from t",
}
PROJECT = {"t": "id:string! low:integer high:integer place:string\na,1,2,x\nb,3,1,x\nc,1,0,\nd,,many,y\n"}


def test_rules_run_or_are_told(spark: "SparkSession", tmp_path: Path) -> None:
    project = find_project(write_project(tmp_path, PROJECT, rows={"t": ROWS}, sql=SQL))
    one, other = both(spark, project=project)
    apart = {"files", "other", "hides", "unknown", "broken", "empty", "fails", "unbound", "two"}
    found = {key: value for key, value in differences(one, other).items() if key[0] not in (*apart, "rule-error")}
    assert {key for key in found if key[0] != "rule-forbidden"} == set()
    skipped = {v.code: v.skipped for v in other.datasets[0].verdicts if v.skipped and v.code in SQL}
    assert skipped.keys() == SQL.keys() - {"many", "share"}
    assert not other.valid
    faults = [f.message for f in other.findings if f.code in ("rule-error", "rule-forbidden")]
    assert len(faults) == len(skipped)


def test_untrusted_rules_do_not_run(spark: "SparkSession", tmp_path: Path) -> None:
    project = find_project(write_project(tmp_path, PROJECT, rows={"t": ROWS}, sql={"many": SQL["many"]}))
    report = validate(project=project, engine=spark, untrusted=True)
    assert {v.code for v in report.datasets[0].verdicts if v.skipped and "untrusted" in v.skipped} >= {"many"}
    assert "low-above-high" not in {finding.code for finding in report.findings}


def test_what_a_cluster_leaves_out_is_in_the_ledger(spark: "SparkSession", make_dataset: Make) -> None:
    report = validate(make_dataset(table="a:string!\nx\n").as_posix(), engine=spark)
    unseen = {v.code for v in report.datasets[0].verdicts if v.skipped == "not looked at on a cluster"}
    assert {"mojibake", "near-duplicate-key", "cell-too-long"} <= unseen


def test_the_session_is_left_as_it_was(spark: "SparkSession", make_dataset: Make) -> None:
    before = spark.conf.get("spark.sql.session.timeZone"), spark.conf.get("spark.sql.adaptive.enabled")
    validate(make_dataset(table="a:string!\nx\n").as_posix(), engine=spark)
    assert (spark.conf.get("spark.sql.session.timeZone"), spark.conf.get("spark.sql.adaptive.enabled")) == before
    assert [table.name for table in spark.catalog.listTables() if table.name.startswith("datapkg")] == []


def test_an_engine_that_is_none_is_an_error(make_dataset: Make) -> None:
    with pytest.raises(DatapkgError, match="there is no engine 'flink'"):
        validate(make_dataset(table="a:string!\nx\n").as_posix(), engine="flink")


def test_without_the_extra_it_says_what_to_install(make_dataset: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(DatapkgError, match=r"pip install 'datapkg\[spark\]'"):
        validate(make_dataset(table="a:string!\nx\n").as_posix(), engine="spark")


def run_datapkg(*arguments: str, **more: str) -> "subprocess.CompletedProcess[str]":
    """The command line in a process of its own."""
    command = [sys.executable, "-c", "from datapkg.cli import main; main()", *arguments]
    return subprocess.run(command, env=os.environ | environment() | more, capture_output=True, text=True, check=False)


def test_the_command_line_names_a_master(cluster: tuple[str, Path], make_dataset: Make, tmp_path: Path) -> None:
    path, out = make_dataset(table="a:string! b:integer\nx,1\nx,many\n"), tmp_path / "report.json"
    options = ("--engine", "spark", "--master", cluster[0], "--format", f"json={out}")
    run = run_datapkg("validate", path.as_posix(), *options)
    assert run.returncode == 1, run.stderr
    report = json.loads(out.read_text())
    assert {finding["code"] for finding in report["datasets"][0]["findings"]} >= {"primary-key", "type-error"}


@pytest.mark.parametrize(
    ("options", "more", "said"),
    [
        (("--master", "local"), {}, "--master is for --engine spark"),
        (("--engine", "spark"), {"PATH": "/nowhere", "JAVA_HOME": ""}, "the engine spark needs Java"),
    ],
    ids=["no engine", "no Java"],
)
def test_what_is_missing_is_said_in_a_line(
    make_dataset: Make, options: tuple[str, ...], more: dict[str, str], said: str
) -> None:
    run = run_datapkg("validate", make_dataset(table="a:string!\nx\n").as_posix(), *options, **more)
    assert run.returncode == 2
    assert said in run.stderr
    assert "Traceback" not in run.stderr


def test_told_counts_what_is_listed(judge: Callable[..., Any]) -> None:
    """A guard of the comparison itself: it sees what one engine alone says."""
    clean, bad = judge(table="a:integer!\n1\n"), judge(table="a:integer!\nx\n")
    assert differences(clean, clean) == {}
    assert ("type-error", "table", "a", None) in differences(clean, bad)
    assert told(bad)["type-error", "table", "a", None][0][0] == 1
