"""Results that are kept: found again where nothing changed, made again where anything did, kept where that is sound."""

import importlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from building import write_dataset, write_project
from conftest import ROOT
from releasing import build_example

from datapkg.cache import results
from datapkg.cache.entries import Cache
from datapkg.cache.inputs import SLACK, unchanged
from datapkg.findings import Report
from datapkg.limits import Limits
from datapkg.project import find_project
from datapkg.render.reports import RENDERERS

validating = importlib.import_module("datapkg.validate")
TABLES = {"t": "id:string! n:integer(maximum=9) u:string→u.id\na,1,x\nb,x,x\n", "u": "id:string!\nx\n"}
ROWS = """import narwhals.stable.v1 as nw
import pandera.pyarrow as pa

CHECKS = [pa.Check(lambda frame: nw.col("n") < 5, native=False, name="n-small")]
"""
WAIVER = "- rule: type-error\n  table: t\n  key: {id: b}\n  reason: known\n  by: me\n  expires: 2999-01-01\n"


class Work:
    """A project, a cache, and how often a dataset was judged."""

    def __init__(self, root: Path, cache: Cache, monkeypatch: pytest.MonkeyPatch) -> None:
        self.root, self.cache, self.judged = root, cache, 0
        self.dataset = root / "datasets" / "example"
        before = validating.validate_dataset

        def counted(*given: object, **named: object) -> object:
            self.judged += 1
            return before(*given, **named)

        monkeypatch.setattr(validating, "validate_dataset", counted)

    def run(self, *targets: str, **options: object) -> Report:
        """Validate with the cache, when the last change is settled."""
        time.sleep(2 * SLACK / 1e9)
        project = find_project(self.root)
        told: Report = validating.validate(*targets, project=project, cache=self.cache, **options)
        return told

    def again(self, *targets: str, **options: object) -> bool:
        """Whether the dataset is judged again."""
        before = self.judged
        self.run(*targets, **options)
        return self.judged > before


def same(report: Report) -> list[str]:
    """The report in every format."""
    return ["".join(render(report, color)) for render in RENDERERS.values() for color in (False, True)]


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Work:
    """A project of two tables with rules of every kind."""
    sql = {"agree": "select t.* from t anti join u on u.id = t.u"}
    root = write_project(tmp_path / "p", TABLES, rows={"t": ROWS}, sql=sql)
    (root / "datasets" / "example" / "views").mkdir()
    (root / "datasets" / "example" / "views" / "ids.sql").write_text("select id from u\n")
    return Work(root, Cache(tmp_path / "cache"), monkeypatch)


def test_what_has_not_changed_is_not_judged_again(work: Work) -> None:
    fresh = work.run()
    assert work.judged == 1
    for targets in ((), ("example",), (str(work.dataset),)):
        assert same(work.run(*targets)) == same(fresh)
    assert work.judged == 1


def put(path: str, old: str, new: str) -> Callable[[Work], None]:
    """A change of a file's text."""

    def change(work: Work) -> None:
        file = work.root / path
        before = file.read_text() if file.exists() else ""
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(before.replace(old, new) if old else before + new)

    return change


def quietly(work: Work) -> None:
    """A change of a cell that leaves the file's size and times as they were."""
    path = work.dataset / "data" / "t.csv"
    times = path.stat()
    path.write_text(path.read_text().replace("a,1", "a,8"))
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))


CHANGES: dict[str, Callable[[Work], None]] = {
    "a cell": put("datasets/example/data/t.csv", "a,1", "a,8"),
    "a cell, with the old time": quietly,
    "a row": put("datasets/example/data/u.csv", "", "y\n"),
    "the descriptor": put("datasets/example/datapackage.yaml", "1.0.0", "1.0.1"),
    "another descriptor": put("datasets/example/datapackage.yml", "", "name: other\n"),
    "the schema": put("schemas/t.yaml", "maximum: 9", "maximum: 0"),
    "a row rule": put("schemas/t.py", "< 5", "< 1"),
    "a new row rule": put("schemas/u.py", "", "CHECKS = []\n"),
    "a SQL rule": put("schemas/cross/agree.sql", "anti", "semi"),
    "a new SQL rule": put("schemas/cross/empty.sql", "", "select * from u"),
    "a view": put("datasets/example/views/ids.sql", "id", "nothing"),
    "a new view": put("datasets/example/views/more.sql", "", "select nothing from t"),
    "a new schema": put("schemas/v.yaml", "", "fields: [{name: a}]\n"),
    "a waiver": put("datasets/example/waivers.yaml", "", WAIVER),
    "a severity": put("datapkg.toml", "", '[severity]\ntype-error = "info"\n'),
    "a limit": put("datapkg.toml", "", "[limits]\ncell_bytes = 1\n"),
    "a release": put("dist/example-0.9.0/data/u.parquet", "", "no Parquet"),
    "a file that goes": lambda work: (work.dataset / "data" / "u.csv").unlink(),
    "a folder that goes": lambda work: shutil.rmtree(work.root / "schemas" / "cross"),
    "a schema behind a link": lambda work: linked(work.root / "schemas" / "t.yaml"),
    "data behind a link": lambda work: linked(work.dataset / "data"),
}
ONLY_KEYED = {"a new schema", "a new row rule", "another descriptor"}
"""What changes no verdict here, and yet might."""


def linked(path: Path) -> None:
    """Put a symbolic link in the place of a file or folder."""
    path.rename(path.with_name("moved"))
    path.symlink_to("moved")


@pytest.mark.parametrize("name", CHANGES)
def test_what_has_changed_is_judged_again(work: Work, name: str) -> None:
    before = same(work.run())
    CHANGES[name](work)
    work.judged = 0
    after = same(work.run())
    assert work.judged == 1 or name == "another descriptor"
    assert (after != before) == (name not in ONLY_KEYED)
    assert after == same(validating.validate(project=find_project(work.root)))


def test_a_file_that_was_not_there_is_looked_for_again(work: Work) -> None:
    path = work.dataset / "data" / "u.csv"
    path.rename(work.root / "u.csv")
    assert "scheme-error" in {finding.code for finding in work.run().findings}
    assert not work.again()
    (work.root / "u.csv").rename(path)
    assert work.again()


def test_what_is_asked_for_counts(work: Work) -> None:
    work.run()
    assert work.again(untrusted=True)
    assert work.again(limits=Limits(findings=0))
    assert work.again(str(work.dataset / "data" / "t.csv"))
    assert work.again(str(work.dataset / "data" / "t.csv"), schema=work.root / "schemas" / "t.yaml")
    assert not work.again(str(work.dataset / "data" / "t.csv"))
    assert not work.again(untrusted=True)
    assert not work.again()


def test_another_tool_and_other_libraries_judge_again(work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    work.run()
    for name, value in {"TOOL": "9.9.9", "_code": lambda: "other", "_libraries": lambda: "duckdb-9"}.items():
        with monkeypatch.context() as changed:
            changed.setattr(results, name, value)
            assert work.again(), name
    monkeypatch.setattr(sys, "version", "9.9")
    assert work.again()


def test_the_code_and_the_libraries_are_known_by_what_they_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = results._libraries.__wrapped__()
    (tmp_path / "duckdb-99.0.dist-info").mkdir()
    monkeypatch.syspath_prepend(tmp_path)
    assert results._libraries.__wrapped__() != before
    code = tmp_path / "datapkg" / "cache"
    code.mkdir(parents=True)
    monkeypatch.setattr(results, "__file__", str(code / "results.py"))
    (code / "results.py").write_text("one")
    first = results._code.__wrapped__()
    (code / "results.py").write_text("two")
    assert results._code.__wrapped__() != first


@pytest.mark.parametrize("daily", ["waivers", "sql"])
def test_what_depends_on_the_day_is_judged_again_the_next(
    work: Work, monkeypatch: pytest.MonkeyPatch, daily: str
) -> None:
    if daily == "waivers":
        (work.dataset / "waivers.yaml").write_text(WAIVER)
    else:
        (work.root / "schemas" / "cross" / "old.sql").write_text(
            "select * from t where current_date > date '2000-01-01'"
        )
    work.run()
    assert not work.again()
    day = results._day
    monkeypatch.setattr(results, "_day", lambda asked: day(replace(asked, began=asked.began + 86_400 * 10**9)))
    assert work.again()


def test_what_does_not_depend_on_the_day_holds_on(work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    work.run()
    monkeypatch.setattr(results, "_day", lambda asked: "2999-01-01")
    assert not work.again()


KEPT_NOT: dict[str, Callable[[Work], None]] = {
    "chance": put("schemas/cross/agree.sql", "", " where random() < 0"),
    "a rule that reads": put("schemas/t.py", "CHECKS", "import os\nCHECKS"),
    "a rule that does not run": put("schemas/cross/wrong.sql", "", "select * from t where n = 'x'"),
    "a rule that does not load": put("schemas/t.py", "CHECKS", "CHEKS"),
    "a link": lambda work: linked(work.dataset / "data" / "u.csv"),
    "a file that is no table": put("datasets/example/data/u.csv", "id\nx\n", ""),
}


@pytest.mark.parametrize("name", KEPT_NOT)
def test_what_may_be_otherwise_the_next_time_is_not_kept(work: Work, name: str) -> None:
    KEPT_NOT[name](work)
    work.run()
    assert work.again()


def test_what_changes_while_it_is_judged_is_not_kept(work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    before = validating.validate_dataset

    def meanwhile(*given: object, **named: object) -> object:
        told = before(*given, **named)
        CHANGES["a cell"](work)
        return told

    with monkeypatch.context() as changed:
        changed.setattr(validating, "validate_dataset", meanwhile)
        work.run()
    assert work.again()
    assert not work.again()


def test_what_was_written_a_moment_ago_is_not_kept(work: Work) -> None:
    time.sleep(2 * SLACK / 1e9)
    (work.dataset / "data" / "t.csv").touch()
    validating.validate(project=find_project(work.root), cache=work.cache)
    assert work.again()


def test_a_cache_in_the_folder_of_the_data_is_not_used(work: Work) -> None:
    work.cache = Cache(work.dataset / "cache")
    work.run()
    assert work.again() and not work.cache.folder.exists()


def test_rules_of_a_commit_are_never_taken_from_the_cache(work: Work) -> None:
    project = find_project(work.root)
    assert project is not None
    asked = results.Request(work.cache, replace(project, rules=work.root), Limits(), untrusted=False)
    assert not asked.keeps and replace(asked, project=project).keeps and not replace(asked, cache=None).keeps


def test_nothing_is_kept_unless_it_is_asked_for(work: Work) -> None:
    validating.validate(project=find_project(work.root))
    assert not work.cache.folder.exists()


@pytest.mark.parametrize(
    "spoil",
    [
        lambda told: told.update(report={"name": "x"}),
        lambda told: told["report"].update(verdicts=[["a"]]),
        lambda told: told.update(inputs=[]),
        lambda told: told["inputs"].update(kinds=3),
        lambda told: told.update(key={}),
        lambda told: told.pop("day"),
    ],
)
def test_an_entry_that_is_not_what_is_written_is_made_anew(
    work: Work, spoil: Callable[[dict[str, object]], None]
) -> None:
    work.run()
    (entry,) = work.cache.folder.iterdir()
    told = work.cache.read(entry.name)
    spoil(told)
    assert work.cache.write(entry.name, told)
    assert work.again()
    assert not work.again()


def test_a_table_of_parts_of_a_compressed_file_and_of_a_release_is_known_by_its_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import gzip

    path = write_dataset(tmp_path / "example", {"t": "id:string!\na\n"})
    descriptor = json.loads(path.read_text())
    resource = descriptor["resources"][0]
    (path.parent / "b.csv").write_text("id\nb\n")
    (path.parent / "z.csv.gz").write_bytes(gzip.compress(b"id\nz\n"))
    more = {**resource, "name": "z", "path": "z.csv.gz"}
    text = {"name": "readme", "path": "b.csv", "format": "txt"}
    descriptor["resources"] = [{**resource, "path": ["t.csv", "b.csv"]}, more, text]
    path.write_text(json.dumps(descriptor))
    work = Work(tmp_path, Cache(tmp_path / "cache"), monkeypatch)
    assert work.again(str(path))
    assert not work.again(str(path))
    (path.parent / "b.csv").write_text("id\na\n")
    assert work.again(str(path))
    assert not work.again(str(path))
    (path.parent / "z.csv.gz").write_bytes(gzip.compress(b"id\ny\n"))
    assert work.again(str(path))


def test_the_last_release_is_among_what_is_watched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    build_example(tmp_path / "p")
    project = find_project(tmp_path / "p")
    assert project is not None
    work = Work(project.root, Cache(tmp_path / "cache"), monkeypatch)
    assert work.again()
    assert not work.again()
    (file,) = project.releases.glob("*/data/events.parquet")
    file.write_bytes(file.read_bytes()[:-1] + b"?")
    assert work.again()


TRACED = """
import json, os, sys
root, opened, listed = sys.argv[1], set(), set()

def hear(event, given):
    if event == "open" and isinstance(given[0], str) and given[1] in ("r", "rb"):
        opened.add(os.path.abspath(given[0]))
    elif event in ("os.listdir", "os.scandir") and given and isinstance(given[0], (str, type(None))):
        listed.add(os.path.abspath(given[0] or "."))

from datapkg.cache.inputs import watch
from datapkg.project import find_project
from datapkg.targets import locate, opened as open_
from datapkg.validate import validate_dataset
from pathlib import Path
project = find_project(Path(root))
sys.addaudithook(hear)
for place in locate((), project):
    dataset = open_(place)
    validate_dataset(dataset, project)
    seen = watch(dataset, project, place.root)
    beside = [str(path) for table in dataset.tables for path in table.paths]
    print(json.dumps([sorted(opened), sorted(listed), sorted(seen.states), sorted(seen.names), beside]))
"""


def test_every_file_of_the_project_that_is_read_is_watched() -> None:
    """What Python opens and lists while the dataset of this repository is judged, as Python itself tells it."""
    run = subprocess.run(
        [sys.executable, "-c", TRACED, str(ROOT)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    opened, listed, states, names, data = map(set, json.loads(run.stdout.splitlines()[-1]))
    ours = tuple(f"{ROOT}/{folder}/" for folder in ("datasets", "schemas", "dist"))
    read = {path for path in opened if path.startswith(ours)}
    assert len(read) > 40
    assert read - states == set()
    assert data - states == set()
    assert {path for path in listed if f"{path}/".startswith(ours)} - names - {f"{ROOT}/datasets"} == set()


@pytest.mark.skipif(not (ROOT / "datasets").is_dir(), reason="there is no dataset here")
def test_the_dataset_of_this_repository_is_told_alike_in_every_format(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(ROOT / "datasets", tmp_path / "datasets")
    shutil.copytree(ROOT / "schemas", tmp_path / "schemas")
    (tmp_path / "datapkg.toml").touch()
    incidents = tmp_path / "datasets" / "afpak-security" / "data" / "incidents.csv"
    incidents.write_text(incidents.read_text().replace(",2023-", ",2023-13-").replace("day", "dey"))
    work = Work(tmp_path, Cache(tmp_path / "cache"), monkeypatch)
    fresh = work.run()
    assert len(fresh.findings) > 10
    assert same(work.run()) == same(fresh)
    assert work.judged == 1


def test_a_manifest_of_a_folder_that_cannot_be_listed_holds_nothing() -> None:
    assert unchanged({"kinds": {}, "names": [], "tags": [], "files": []})
    assert not unchanged({"kinds": {}, "names": [["/proc/self/mem/x", "", ["a"]]], "tags": [], "files": []})
    assert not unchanged({"kinds": {"/dev/null": "file"}, "names": [], "tags": [], "files": []})
    assert not unchanged({"kinds": {}, "names": [], "tags": [], "files": [[["/no/such/file"], 1, "0"]]})
