"""`datapkg.load` from registries: what is fetched, what is told, and what changed since."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import warnings
from pathlib import Path

import duckdb
import pyarrow
import pyarrow.parquet
import pytest
from releasing import release_copy, tree
from serving import serve

import datapkg
from datapkg.checksums import digest_of
from datapkg.errors import Refused, TargetError
from datapkg.project import Project
from datapkg.publish import erratum, yank
from datapkg.registry.get import Search, get


@pytest.mark.usefixtures("cache")
def test_only_what_is_asked_for_is_fetched(registry: Path) -> None:
    release = datapkg.load("example@^1", registry=registry)
    assert (release.name, release.version, release.tables) == ("example", "1.1.0", ("events", "persons"))
    assert tree(release.folder) == ["SHA256SUMS", "datapackage.json"]
    assert [column.name for column in release.columns("persons")] == ["person", "boss"]
    assert release.to_polars("events").height == 4
    assert tree(release.folder) == ["SHA256SUMS", "data/events.parquet", "datapackage.json"]
    with release.connect() as con:
        assert con.execute("SELECT count(*) FROM events JOIN persons ON who = person").fetchall() == [(3,)]
    assert "data/persons.parquet" in tree(release.folder)


@pytest.mark.usefixtures("cache")
@pytest.mark.parametrize("ranges", [True, False], ids=["with ranges", "whole files alone"])
def test_any_static_web_server_is_a_registry(registry: Path, project: Project, ranges: bool) -> None:
    with serve(registry, ranges=ranges) as site:
        release = datapkg.load("example@~1.0", registry=site.url)
        assert (release.version, release["events"].num_rows) == ("1.0.0", 3)
        assert not [asked for asked in site.asked if "persons" in asked]
        folder = get("example@1.0.0", search=Search(site.url)).held.folder
        assert tree(folder) == tree(project.releases / "example-1.0.0")
        asked = len(site.asked)
        assert datapkg.load("example@~1.0", registry=site.url, offline=True)["persons"].num_rows == 2
        assert len(site.asked) == asked
        assert datapkg.load(f"{site.url}/example/1.1.0/")["events"].num_rows == 4
        with pytest.raises(TargetError, match="is no release: it has no SHA256SUMS"):
            datapkg.load(f"{site.url}/example/3.0.0")
        with pytest.raises(TargetError, match="is no registry: it has no index"):
            datapkg.load("example", registry=f"{site.url}/other")
    assert datapkg.load(f"{site.url}/example/1.1.0/", offline=True)["events"].num_rows == 4


@pytest.mark.usefixtures("cache")
def test_a_web_server_that_leads_elsewhere_is_not_followed(registry: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    with serve(registry) as site:
        site.instead["/index.json"] = (302, {"Location": (tmp_path / "secret").as_uri()}, b"")
        with pytest.raises(TargetError, match=r"index\.json cannot be read: ") as told:
            datapkg.load("example", registry=site.url)
        assert "secret" not in str(told.value).replace("/secret", "") and "\n" not in str(told.value)
        for code in (403, 500, 503):
            site.instead["/index.json"] = (code, {}, b"no")
            with pytest.raises(TargetError, match=r"index\.json cannot be read: "):
                datapkg.load("example", registry=site.url)
        site.instead["/index.json"] = (200, {"Content-Type": "text/html"}, b"<html>welcome</html>")
        with pytest.raises(TargetError, match=r"index\.json is no index of releases"):
            datapkg.load("example", registry=site.url)


@pytest.fixture
def large(registry: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The registry, with a table of a MiB under 1.0.0 that counts as large."""
    monkeypatch.setattr("datapkg.registry.held.RANGED", 100_000)
    monkeypatch.setattr("datapkg.store.blob.PIECE", 1 << 16)
    rows = 100_000
    table = pyarrow.table(
        {
            "id": [f"{row:07}" for row in range(rows)],
            "who": [hashlib.sha256(b"%d" % row).hexdigest() for row in range(rows)],
        }
    )
    folder = registry / "example/1.0.0"
    path = folder / "data/events.parquet"
    listed, was = (folder / "SHA256SUMS").read_text(), digest_of(path)
    pyarrow.parquet.write_table(table, path, row_group_size=10_000, write_page_checksum=True, use_dictionary=False)
    descriptor = json.loads((folder / "datapackage.json").read_text())
    (resource,) = [one for one in descriptor["resources"] if one["name"] == "events"]
    resource["bytes"] = path.stat().st_size
    before = digest_of(folder / "datapackage.json")
    (folder / "datapackage.json").write_text(json.dumps(descriptor))
    listed = listed.replace(was, digest_of(path)).replace(before, digest_of(folder / "datapackage.json"))
    (folder / "SHA256SUMS").write_text(listed)
    index = json.loads((registry / "index.json").read_text())
    index["packages"]["example"]["versions"]["1.0.0"]["sha256"] = digest_of(folder / "SHA256SUMS")
    (registry / "index.json").write_text(json.dumps(index))
    return registry


@pytest.mark.usefixtures("cache")
def test_a_large_table_is_read_by_ranges_and_not_kept(large: Path) -> None:
    size = (large / "example/1.0.0/data/events.parquet").stat().st_size
    with serve(large) as site:
        release = datapkg.load("example@1.0.0", registry=site.url)
        before = site.sent
        assert release.scan("events", ["id"]).read_all()["id"][-1].as_py() == "0099999"
        assert 0 < site.sent - before < size / 2, (site.sent - before, size)
        before = site.sent
        with release.connect() as con:
            assert con.execute("SELECT max(id) FROM events WHERE id > '0099990'").fetchall() == [("0099999",)]
        assert site.sent - before < size / 2 and "data/events.parquet" not in tree(release.folder)
        assert release["events"].num_rows == 100_000 and "data/events.parquet" in tree(release.folder)
        asked = len(site.asked)
        assert release.scan("events", ["id"]).read_all().num_rows == 100_000 and len(site.asked) == asked


@pytest.mark.usefixtures("cache")
def test_a_large_table_of_a_server_without_ranges_is_fetched(large: Path) -> None:
    with serve(large, ranges=False) as site:
        release = datapkg.load("example@1.0.0", registry=site.url)
        assert release.scan("events").read_all().num_rows == 100_000
        assert "data/events.parquet" in tree(release.folder)


@pytest.mark.usefixtures("cache")
def test_a_page_that_was_changed_is_found_also_by_ranges(large: Path) -> None:
    path = large / "example/1.0.0/data/events.parquet"
    data = bytearray(path.read_bytes())
    data[5000] ^= 1
    path.write_bytes(data)
    release = datapkg.load("example@1.0.0", registry=large)
    with pytest.raises(OSError, match="CRC checksum verification failed"):
        release.scan("events").read_all()
    with pytest.raises(TargetError, match="is not the file that was released"):
        release["events"]


@pytest.mark.usefixtures("cache")
def test_the_head_of_a_page_that_was_changed_gives_no_other_rows(
    registry: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is in no checksum: a dictionary that was cut short once gave other texts, a page passed over no rows."""
    monkeypatch.setattr("datapkg.registry.held.RANGED", 0)
    path = registry / "example/1.0.0/data/events.parquet"
    content = path.read_bytes()
    release, wanted = datapkg.load("example@1.0.0", registry=registry), [None, "raid", "war"]
    assert release.scan("events", ["kind"]).read_all()["kind"].to_pylist() == wanted
    values, refused = content.index(b"war\x04"), {"scan": 0, "connect": 0}
    for bit in range(8 * (values - 33), 8 * (values - 13)):
        data = bytearray(content)
        data[bit // 8] ^= 1 << bit % 8
        path.write_bytes(data)
        try:
            assert release.scan("events", ["kind"]).read_all()["kind"].to_pylist() == wanted, bit
        except (pyarrow.ArrowException, OSError):
            refused["scan"] += 1
        try:
            with release.connect() as con:
                rows = con.execute("SELECT kind FROM events").fetchall()
            assert rows in ([(text,) for text in wanted], []), bit
        except (duckdb.Error, pyarrow.ArrowException, OSError):
            refused["connect"] += 1
    assert min(refused.values()) > 30, refused


@pytest.mark.usefixtures("cache")
def test_what_was_withdrawn_or_corrected_is_told_once(registry: Path) -> None:
    yank("example@1.1.0", reason="counted twice", registry=registry)
    erratum("example@1.0.0", text="the place of b is wrong", registry=registry)
    with pytest.warns(datapkg.ReleaseWarning) as told:
        release = datapkg.load("example@^1", registry=registry)
    words = "example 1.0.0 has an erratum: the place of b is wrong (2.0.0 is the newest version)"
    assert [str(one.message) for one in told] == [words] and release.notices == (words,)
    assert told[0].filename == __file__
    with pytest.warns(datapkg.ReleaseWarning, match=r"example 1\.1\.0 was yanked: counted twice"):
        datapkg.load("example@1.1.0", registry=registry)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert datapkg.load("example", registry=registry)["events"].num_rows == 5


@pytest.mark.usefixtures("cache")
def test_locked_takes_what_the_lock_file_has(registry: Path) -> None:
    get("example@1.0.0", search=Search(registry))
    assert datapkg.load("example@^1", registry=registry, locked=True).version == "1.0.0"
    assert datapkg.load("example@^1", registry=registry).version == "1.1.0"
    with pytest.raises(Refused, match=r"which is not in \^2"):
        datapkg.load("example@^2", registry=registry, locked=True)


@pytest.mark.usefixtures("cache")
def test_the_own_releases_come_first_unless_a_registry_is_named(
    registry: Path, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATAPKG_REGISTRY", "http://127.0.0.1:9")  # Nobody is there.
    assert datapkg.load("example", project=project).folder == project.releases / "example-2.0.0"
    monkeypatch.setenv("DATAPKG_REGISTRY", registry.as_posix())
    assert datapkg.load("example@1.0.0").folder.is_relative_to(Path("../cache").resolve())
    get("example@1.0.0", search=Search(registry))
    assert datapkg.load("example", releases=project.releases, registry=registry).folder.name == "example-2.0.0"


def with_changes(folder: Path, before: str | None) -> None:
    """Let a release say what it changed since `before`."""
    version = folder.name
    old = None if before is None else {"name": "example", "version": before}
    document = {"format": "datapkg-diff/1", "old": old, "new": {"name": "example", "version": version}, "tables": {}}
    path = folder / "changes.json"
    lines = [line for line in (folder / "SHA256SUMS").read_text().splitlines() if not line.endswith("  changes.json")]
    path.write_text(json.dumps(document))
    lines = sorted([*lines, f"{digest_of(path)}  changes.json"], key=lambda line: line[66:])
    (folder / "SHA256SUMS").write_text("\n".join(lines) + "\n")
    index = folder.parent.parent / "index.json"
    listed = json.loads(index.read_text())
    listed["packages"]["example"]["versions"][version]["sha256"] = digest_of(folder / "SHA256SUMS")
    index.write_text(json.dumps(listed))


@pytest.mark.usefixtures("cache")
def test_what_changed_since_a_version_is_told_step_by_step(registry: Path) -> None:
    for version, before in (("1.0.0", None), ("1.1.0", "1.0.0"), ("2.0.0", "1.1.0")):
        with_changes(registry / "example" / version, before)
    release = datapkg.load("example", registry=registry)
    steps = [(step["old"]["version"], step["new"]["version"]) for step in release.changes_since("1.0.0")]
    assert steps == [("1.0.0", "1.1.0"), ("1.1.0", "2.0.0")]
    assert len(release.changes_since("1.1.0")) == 1 and release.changes_since("2.0.0") == ()
    for wanted, words in (
        ("1.0.5", "is none of the versions that led to"),
        ("0.9.0", "is none of the versions that led to"),
        ("3.0.0", "is later than"),
        ("^1", "is not a version"),
    ):
        with pytest.raises(TargetError, match=words):
            release.changes_since(wanted)


@pytest.mark.usefixtures("cache")
def test_changes_that_lead_in_a_circle_or_are_none_are_told(registry: Path) -> None:
    with_changes(registry / "example/2.0.0", "2.0.0")
    with pytest.raises(TargetError, match="is none of the versions that led to"):
        datapkg.load("example", registry=registry).changes_since("1.0.0")
    shutil.rmtree("../cache")
    folder = registry / "example/2.0.0"
    was = digest_of(folder / "changes.json")
    (folder / "changes.json").write_text("[]")
    (folder / "SHA256SUMS").write_text(
        (folder / "SHA256SUMS").read_text().replace(was, digest_of(folder / "changes.json"))
    )
    release = datapkg.load(folder)
    with pytest.raises(TargetError, match=r"changes\.json is not of the format datapkg-diff/1"):
        release.changes_since("1.0.0")


@pytest.mark.usefixtures("cache")
def test_in_a_folder_the_versions_beside_it_are_asked(project: Project, tmp_path: Path) -> None:
    for version in ("1.0.0", "1.1.0"):
        release_copy(tmp_path / "dist", project.releases / f"example-{version}")
    changed = datapkg.load("example@1.1.0", releases=tmp_path / "dist").changes_since("1.0.0")
    assert [step["new"]["version"] for step in changed] == ["1.1.0"]


LOCAL = """
import sys
def hook(event, given):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.bind", "socket.sendto"):
        raise SystemExit(f"{event} {given}")
sys.addaudithook(hook)
import datapkg
from pathlib import Path
from datapkg.project import find_project
from datapkg.publish import publish, yank
from datapkg.registry.get import Search, get
project = find_project(Path(sys.argv[1]))
publish("example@1.0.0", project, registry="r")
yank("example@1.0.0", reason="x", registry="r")
yank("example@1.0.0", reason=None, registry="r")
get("example", search=Search("r"))
get("example", search=Search("r", offline=True))
print(datapkg.load("example@^1", registry="r")["events"].num_rows)
"""


@pytest.mark.skipif(shutil.which("strace") is None, reason="there is no strace")
def test_local_work_opens_no_connection(project: Project, tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    words: list[str | Path] = [
        "strace",
        "-f",
        "-qq",
        "-o",
        trace,
        "-e",
        "trace=connect,sendto,bind,listen",
        sys.executable,
        "-c",
        LOCAL,
    ]
    environment = {**os.environ, "DATAPKG_CACHE": (tmp_path / "c").as_posix()}
    done = subprocess.run(
        [*words, project.root], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.returncode) == ("3\n", 0), done.stderr
    assert [line for line in trace.read_text().splitlines() if "AF_INET" in line] == []
