"""Entries of the cache: whole, the user's own, few enough; whatever is wrong with one, it is as if there were none."""

import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from datapkg.cache import entries
from datapkg.cache.entries import Cache, cache_at
from datapkg.errors import DatapkgError

VALUE = {"a": [1, "ü\ud800", None, 1.5, True]}


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    """A cache with the entry `one`."""
    made = Cache(tmp_path / "deep" / "cache")
    assert made.write("one", VALUE)
    return made


def test_an_entry_is_read_as_it_was_written(cache: Cache) -> None:
    assert cache.read("one") == VALUE
    assert cache.read("two") is None
    assert cache.write("one", "new") and cache.read("one") == "new"
    assert [path.name for path in cache.folder.iterdir()] == ["one"]


def test_folder_and_entries_are_private(cache: Cache) -> None:
    assert cache.folder.stat().st_mode & 0o777 == 0o700
    assert (cache.folder / "one").stat().st_mode & 0o777 == 0o600


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def flip(path: Path) -> None:
    raw = bytearray(path.read_bytes())
    raw[-3] ^= 1
    path.write_bytes(raw)


def linked(path: Path) -> None:
    path.rename(path.with_name("other"))
    path.symlink_to("other")


def foldered(path: Path) -> None:
    path.unlink()
    path.mkdir()


def piped(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


SPOILT: dict[str, Callable[[Path], object]] = {
    "cut": cut,
    "a bit flipped": flip,
    "longer": lambda path: path.write_bytes(path.read_bytes() + b"x"),
    "empty": lambda path: path.write_bytes(b""),
    "of another program": lambda path: path.write_bytes(b"PK\x03\x04" * 99),
    "writable by the group": lambda path: path.chmod(0o620),
    "writable by others": lambda path: path.chmod(0o602),
    "behind a link": linked,
    "a folder": foldered,
    "a pipe": piped,
    "in a folder others can write": lambda path: path.parent.chmod(0o777),
    "in a folder behind a link": lambda path: linked(path.parent),
}


@pytest.mark.parametrize("name", SPOILT)
def test_an_entry_that_is_not_whole_or_not_the_users_is_none(cache: Cache, name: str) -> None:
    SPOILT[name](cache.folder / "one")
    assert cache.read("one") is None


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
@pytest.mark.parametrize("whole", [True, False])
def test_what_belongs_to_somebody_else_is_not_read_and_not_written(cache: Cache, whole: bool) -> None:
    os.chown(cache.folder if whole else cache.folder / "one", 12345, 12345)
    assert cache.read("one") is None
    assert cache.write("one", VALUE) != whole
    assert (cache.read("one") is None) == whole


def test_a_whole_entry_that_is_no_json_or_expands_without_end_is_none(
    cache: Cache, monkeypatch: pytest.MonkeyPatch
) -> None:
    import hashlib
    import zlib

    for text in (b"{", b"\xff", b"[" * 100_000):
        packed = zlib.compress(text)
        head = entries.MAGIC + hashlib.sha256(packed).hexdigest().encode() + b"\n"
        (cache.folder / "one").write_bytes(head + packed)
        assert cache.read("one") is None
    cache.write("one", "x" * 1000)
    monkeypatch.setattr(entries, "EXPANDED", 100)
    assert cache.read("one") is None
    assert not cache.write("one", "x" * 1000)


def test_what_cannot_be_written_is_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    assert not Cache(tmp_path / "file" / "cache").write("one", VALUE)
    assert Cache(tmp_path / "file" / "cache").read("one") is None
    monkeypatch.setattr(entries, "LARGEST", 4)
    assert not Cache(tmp_path / "cache").write("one", VALUE)
    assert not (tmp_path / "cache").exists()


def test_the_oldest_entries_go_first_and_what_is_read_is_not_old(cache: Cache, monkeypatch: pytest.MonkeyPatch) -> None:
    size = (cache.folder / "one").stat().st_size
    monkeypatch.setattr(entries, "MOST", 3 * size)
    for age, name in enumerate(("two", "three")):
        cache.write(name, VALUE)
        os.utime(cache.folder / name, (age, age))
    os.utime(cache.folder / "one", (0, 0))
    cache.read("one")
    cache.write("four", VALUE)
    assert sorted(path.name for path in cache.folder.iterdir()) == ["four", "one", "three"]


def test_runs_at_once_do_not_disturb_each_other(cache: Cache, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entries, "MOST", 2000)
    ended = time.monotonic() + 1

    def work(number: int) -> int:
        seen = 0
        while time.monotonic() < ended:
            cache.write(f"{number % 3}", [number] * 200)
            told = cache.read(f"{(number + 1) % 3}")
            assert told is None or (len(told) == 200 and len(set(told)) == 1)
            seen += told is not None
        return seen

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(work, range(4))) > 0


@pytest.mark.parametrize(
    ("given", "folder"),
    [
        ({"DATAPKG_CACHE": "/c"}, "/c"),
        ({"DATAPKG_CACHE": "", "XDG_CACHE_HOME": "/x", "HOME": "/h"}, "/x/datapkg"),
        ({"XDG_CACHE_HOME": "x", "HOME": "/h"}, "/h/.cache/datapkg"),
        ({"HOME": "/h"}, "/h/.cache/datapkg"),
        ({"HOME": "/p/h"}, None),
        ({"HOME": ""}, None),
    ],
)
def test_where_the_cache_is(monkeypatch: pytest.MonkeyPatch, given: dict[str, str], folder: str | None) -> None:
    for name in ("DATAPKG_CACHE", "XDG_CACHE_HOME", "HOME"):
        monkeypatch.delenv(name, raising=False)
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    found = cache_at(apart_from=Path("/p"))
    assert (str(found.folder) if found is not None else None) == folder


def test_a_cache_inside_the_project_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "p").mkdir()
    (tmp_path / "link").symlink_to("p")
    monkeypatch.setenv("DATAPKG_CACHE", str(tmp_path / "link" / "cache"))
    assert cache_at(apart_from=None) is not None
    with pytest.raises(DatapkgError, match=r"inside the project.*--no-cache"):
        cache_at(apart_from=tmp_path / "p")
