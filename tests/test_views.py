"""Views: derived tables that are checked with the dataset and released with it."""

import json
from dataclasses import replace
from pathlib import Path

import pyarrow
import pyarrow.parquet as pq
import pytest
from releasing import edit, write_releasable

import datapkg
from datapkg.project import Project
from datapkg.release.build import build
from datapkg.validate import validate
from datapkg.verify import verify
from datapkg.views import read_views

BY_KIND = """\
-- title: By kind
-- description: How many were killed,
--   by kind.
-- key: kind
-- column kind: What it was.
-- column killed: The killed.
-- unit killed: persons
select kind, sum(killed) as killed, max(day) as last, bool_or(sure) as sure, sum(share)::decimal(9, 3) as share,
  max(seen) as seen
from events where kind is not null group by kind order by kind desc;
"""


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return write_releasable(tmp_path / "project")


def view(project: Project, sql: str, name: str = "by_kind") -> None:
    folder = project.datasets / "example" / "views"
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.sql").write_text(sql)


def faults(project: Project) -> list[str]:
    report = validate("example", project=project)
    return [finding.message for finding in report.findings if finding.code == "view-error"]


def test_a_view_is_released_as_a_table_of_its_own(project: Project) -> None:
    view(project, BY_KIND)
    release = datapkg.load(build("example", project).folder.as_posix())
    assert release.tables == ("events", "persons", "by_kind")
    table = release["by_kind"]
    assert [(row["kind"], row["killed"], str(row["share"])) for row in table.to_pylist()] == [
        ("raid", 12, "0.500"),
        ("war", 0, "1000.000"),
    ]
    assert table.schema.types == [
        *(pyarrow.string(), pyarrow.int64(), pyarrow.date32(), pyarrow.bool_()),
        *(pyarrow.decimal128(9, 3), pyarrow.timestamp("us")),
    ]
    resource = release.descriptor["resources"][2]
    assert (resource["title"], resource["description"]) == ("By kind", "How many were killed, by kind.")
    assert resource["schema"]["primaryKey"] == ["kind"]
    assert resource["schema"]["fields"][1] == {
        "name": "killed",
        "type": "integer",
        "description": "The killed.",
        "unit": "persons",
    }
    assert verify(release.folder.as_posix()).valid
    assert release.connect().sql("select sum(killed) from by_kind").fetchall() == [(12,)]


@pytest.mark.parametrize(
    ("sql", "note"),
    [
        ("select", "Parser Error"),
        ("", "it has no statement"),
        ("select 1 as a; select 2 as a", "it is not exactly one SELECT"),
        ("copy events to '/tmp/x.csv'", "it is not exactly one SELECT"),
        ("drop table events", "it is not exactly one SELECT"),
        ("select * from nothing", "the dataset has no table nothing"),
        ("select nothing from events", 'Binder Error: Referenced column "nothing" not found'),
        ("select * from read_csv('/etc/passwd')", "Permission Error"),
        ("select current_setting('home_directory') as a", "current_setting tells of the machine"),
        ("select cast(id as integer) as a from events", "Conversion Error: Could not convert string 'b' to INT32"),
        ("select random() as a from events", "random gives something else each time"),
        ("select now() as a", "now gives something else each time"),
        ("select [1] as a", "its column a is of type INTEGER[], which no release holds; cast it"),
        ("select sum(killed) * 9223372036854775807 as a from events", "Conversion Error"),
        ("-- key: kind\nselect kind from events", "its key kind does not tell its rows apart"),
        ("-- key: b\nselect kind from events", "its header names b, and it selects no such column"),
        ("-- column c: Text.\nselect kind from events", "its header names c, and it selects no such column"),
        ("with recursive t(n) as (select 1 union all select n + 1 from t) select max(n) as a from t", "it did not end"),
    ],
)
def test_a_broken_view_is_a_finding_and_no_release(project: Project, sql: str, note: str) -> None:
    view(project, sql)
    project = replace(project, limits=replace(project.limits, rule_seconds=2))
    (told,) = faults(project)
    assert told.startswith("the view by_kind cannot be made: ") and note in told
    with pytest.raises(datapkg.errors.Refused, match="example is not valid"):
        build("example", project)


@pytest.mark.parametrize(
    ("name", "note"),
    [("events", "there is a table of its name"), ("Big", "its name cannot be released"), ("a b", "its name cannot")],
)
def test_a_view_has_a_name_that_can_be_released(project: Project, name: str, note: str) -> None:
    view(project, "select 1 as a", name)
    (told,) = faults(project)
    assert note in told


def test_a_link_is_not_followed_and_bytes_that_are_no_text_are_told(project: Project) -> None:
    view(project, "select 1 as a", "one")
    folder = project.datasets / "example" / "views"
    (folder / "link.sql").symlink_to(folder / "one.sql")
    (folder / "bytes.sql").write_bytes(b"select '\xff' as a")
    assert [one.mistake for one in read_views(folder, [])] == [
        "it is not UTF-8, at byte 9",
        "symbolic links are not followed",
        None,
    ]


def test_the_ledger_has_each_view_and_strangers_run_none(project: Project) -> None:
    view(project, BY_KIND)
    ledgers = [validate("example", project=project, untrusted=untrusted).datasets[0] for untrusted in (False, True)]
    told = [next(v for v in ledger.verdicts if v.table == "by_kind") for ledger in ledgers]
    assert [(one.code, one.rows, one.skipped is not None) for one in told] == [
        ("view-error", 2, False),
        ("view-error", None, True),
    ]


def test_a_release_differs_from_its_source_in_no_view(project: Project) -> None:
    view(project, BY_KIND)
    edit(project.schemas / "events.yaml", "  - {name: who", "  - {name: at, type: geopoint}\n  - {name: who")
    csv = project.datasets / "example" / "data" / "events.csv"
    head, *lines = csv.read_text().splitlines()
    at = [f'{line.rpartition(",")[0]},"1.5, 2",{line.rpartition(",")[2]}' for line in lines]
    csv.write_text("\n".join([head.replace(",who", ",at,who"), *at]) + "\n")
    folder = build("example", project).folder
    assert "at_lon" in pq.read_schema(folder / "data" / "events.parquet").names
    changes = datapkg.diff(folder.as_posix(), (project.datasets / "example").as_posix(), project=project)
    assert (changes.schema, [table.changed for table in changes.tables.values()]) == ((), [0, 0])


def test_rows_stand_in_the_order_of_the_columns_whatever_the_threads(project: Project) -> None:
    view(project, "select who, kind, id from events order by id desc", "order")
    files = []
    for threads in (1, 4):
        limits = replace(project.limits, threads=threads)
        folder = build("example", replace(project, releases=project.root / f"dist{threads}"), limits=limits).folder
        files.append((folder / "data" / "order.parquet").read_bytes())
        told = json.loads((folder / "datapackage.json").read_text())["resources"][2]
        assert told["datapkg:view"] == "select who, kind, id from events order by id desc"
        table = pq.read_table(folder / "data" / "order.parquet")
    assert files[0] == files[1]
    assert [row["id"] for row in table.to_pylist()] == ["b", "c", "a"]
