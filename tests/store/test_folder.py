"""A folder as a store: whole files, never overwritten, no way out of it."""

import multiprocessing
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from datapkg.errors import OutputError, TargetError
from datapkg.store.files import create, locked, replace, staged, sweep
from datapkg.store.folder import Folder
from datapkg.store.opening import open_store


def there(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture
def store(tmp_path: Path) -> Folder:
    return Folder(tmp_path / "store")


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "source"
    path.write_bytes(b"abc")
    return path


def test_a_file_is_put_once(store: Folder, source: Path) -> None:
    assert store.create("a/b/c.txt", source)
    source.write_bytes(b"other")
    assert not store.create("a/b/c.txt", source)
    held = store.read("a/b/c.txt", 10)
    assert held is not None and held.data == b"abc"
    assert (store.size("a/b/c.txt"), store.range("a/b/c.txt", 1, 1), store.names("a")) == (3, b"b", ["a/b/c.txt"])


def test_what_is_not_there(store: Folder) -> None:
    assert (store.read("a", 1), store.size("a"), store.pieces("a", 1), store.names("a")) == (None, None, None, [])
    with pytest.raises(TargetError, match="store/a cannot be read: No such file"):
        store.range("a", 0, 1)


def test_a_file_larger_than_it_may_be_is_not_read(store: Folder, source: Path) -> None:
    store.create("a", source)
    with pytest.raises(TargetError, match="store/a is larger than the 2 bytes that it may have"):
        store.read("a", 2)


def test_only_who_names_what_is_there_swaps_it(store: Folder) -> None:
    assert store.swap("i", b"1", None) and not store.swap("i", b"2", None)
    first = store.read("i", 9)
    assert first is not None and store.swap("i", b"2", first.tag)
    assert not store.swap("i", b"3", first.tag)
    last = store.read("i", 9)
    assert last is not None and last.data == b"2" and there(store.path) == ["i"]


@pytest.mark.parametrize("key", ["../x", "a/../../x", "/x", "a//b", ".lock", "a\\b", "~x", "a\nb", "con", "x:y", ""])
def test_no_key_leads_out(store: Folder, source: Path, key: str) -> None:
    source.with_name("x").write_bytes(b"secret")
    for use in (lambda: store.read(key, 9), lambda: store.create(key, source), lambda: store.swap(key, b"", None)):
        with pytest.raises((TargetError, OutputError)):
            use()
    assert source.with_name("x").read_bytes() == b"secret"


def test_no_link_is_followed(store: Folder, source: Path) -> None:
    store.path.mkdir()
    (store.path / "file").symlink_to(source)
    (store.path / "folder").symlink_to(source.parent)
    for key in ("file", "folder/source", "folder/new"):
        with pytest.raises(TargetError, match="symbolic links are not followed"):
            store.read(key, 9)
        with pytest.raises(TargetError, match="symbolic links are not followed"):
            store.create(key, source)
    assert not (source.parent / "new").exists() and source.read_bytes() == b"abc"


def test_a_store_that_cannot_be_written_is_one_line(source: Path, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")
    with pytest.raises(OutputError, match=r"taken/a/b cannot be written: (Not a directory|File exists)"):
        Folder(tmp_path / "taken").create("a/b", source)


def test_a_file_system_without_links_is_written_too(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_links(*given: object, **more: object) -> None:
        raise OSError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", no_links)
    assert create(tmp_path / "new", [b"1"]) and not create(tmp_path / "new", [b"2"])
    assert (tmp_path / "new").read_bytes() == b"1" and there(tmp_path) == ["new", "source"]


def test_what_is_being_written_is_not_swept_and_what_was_left_is(tmp_path: Path) -> None:
    (tmp_path / ".tmp-datapkg-left").write_text("half")
    with staged(tmp_path, [b"1"]) as path:
        sweep(tmp_path)
        assert there(tmp_path) == [path.name]
    assert there(tmp_path) == []


def test_a_writer_that_is_killed_leaves_a_file_that_is_swept(tmp_path: Path) -> None:
    code = "import sys,time; from pathlib import Path; from datapkg.store.files import staged\nwith staged(Path(sys.argv[1]), [b'x']): print(1, flush=True); time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", code, tmp_path], stdout=subprocess.PIPE) as child:
        assert child.stdout is not None and child.stdout.readline() == b"1\n"
        sweep(tmp_path)
        assert len(there(tmp_path)) == 1
        child.send_signal(signal.SIGKILL)
    sweep(tmp_path)
    assert there(tmp_path) == []


def test_a_lock_that_others_hold_is_waited_for_and_given_up(tmp_path: Path) -> None:
    with locked(tmp_path / ".lock", 0), pytest.raises(TimeoutError), locked(tmp_path / ".lock", 0.1):
        pass
    with locked(tmp_path / ".lock", 0):
        pass
    assert there(tmp_path) == []


def test_a_piece_that_cannot_be_had_leaves_nothing(tmp_path: Path) -> None:
    def pieces() -> "list[bytes]":
        raise OSError(5, "Input/output error")

    (tmp_path / "x").write_bytes(b"old")
    with pytest.raises(OSError, match="Input/output"):
        replace(tmp_path / "x", (piece for _ in [0] for piece in pieces()))
    assert (tmp_path / "x").read_bytes() == b"old" and there(tmp_path) == ["x"]


def _create(path: Path, number: int) -> bool:
    return create(path, [b"%d" % number])


def test_of_many_that_create_one_file_one_does(tmp_path: Path) -> None:
    with multiprocessing.get_context("spawn").Pool(4) as pool:
        for one in range(25):
            done = pool.starmap(_create, [(tmp_path / str(one), number) for number in range(4)])
            assert done.count(True) == 1 and (tmp_path / str(one)).read_bytes() == b"%d" % done.index(True)


@pytest.mark.parametrize(
    ("address", "path"),
    [("r", "b/r"), ("./r/../s", "b/s"), ("/r", "/r"), ("file:///a%20b", "/a b"), ("file://localhost/r", "/r")],
)
def test_an_address_is_a_path_or_a_file_url(address: str, path: str, tmp_path: Path) -> None:
    found = open_store(address, base=tmp_path / "b")
    assert isinstance(found, Folder) and found.path == tmp_path / path


@pytest.mark.parametrize(
    "address", ["ftp://x/y", "file://host/x", "s3://", "http://u:secret@h/x", "https://h/x?token=secret", "data://x"]
)
def test_an_address_that_is_none_is_told_without_its_secrets(address: str, tmp_path: Path) -> None:
    with pytest.raises(TargetError) as told:
        open_store(address, base=tmp_path)
    assert "secret" not in str(told.value) and "\n" not in str(told.value)
