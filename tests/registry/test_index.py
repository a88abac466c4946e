"""`index.json`: what is read of a stranger's, and that no entry is ever lost."""

import json
import multiprocessing
from pathlib import Path
from typing import Any

import pytest

from datapkg.errors import Refused, TargetError
from datapkg.registry.access import Registry, change_index, find_registry
from datapkg.registry.index import (
    EMPTY,
    Entry,
    Index,
    index_text,
    read_index,
    with_erratum,
    with_release,
    with_yank,
)
from datapkg.store.folder import Folder
from datapkg.versions import Version

DIGEST = "0" * 64
ONE, TWO = Version(1, 0, 0), Version(1, 1, 0)


def entry(version: Version, digest: str = DIGEST) -> Entry:
    return Entry(version, digest, "2026-01-01T00:00:00Z")


def listed(**versions: Any) -> bytes:
    """An index of `x` with these versions, `v1_0_0={…}`."""
    held = {name[1:].replace("_", "."): value for name, value in versions.items()}
    return json.dumps({"format": "datapkg-index/1", "packages": {"x": {"versions": held}}}).encode()


def test_the_index_is_as_the_interface_has_it() -> None:
    index = with_release(EMPTY, "x", entry(ONE))
    assert json.loads(index_text(index)) == {
        "format": "datapkg-index/1",
        "packages": {
            "x": {
                "versions": {
                    "1.0.0": {"sha256": DIGEST, "created": "2026-01-01T00:00:00Z", "yanked": None, "errata": []}
                }
            }
        },
    }
    assert read_index(index_text(index), "r").packages == index.packages


def test_versions_stand_in_order() -> None:
    index: Index = EMPTY
    for version in (Version(10, 0, 0), Version(2, 0, 0), Version(1, 0, 0, ("rc", "1")), ONE):
        index = with_release(index, "x", entry(version))
    assert list(json.loads(index_text(index))["packages"]["x"]["versions"]) == [
        "1.0.0-rc.1",
        "1.0.0",
        "2.0.0",
        "10.0.0",
    ]


def test_a_version_is_published_once() -> None:
    index = with_release(EMPTY, "x", entry(ONE))
    assert with_release(index, "x", entry(ONE)) is index
    with pytest.raises(
        Refused, match=r"x 1\.0\.0 is published with another digest \(000000000000…, here 111111111111…\)"
    ):
        with_release(index, "x", entry(ONE, "1" * 64))


def test_yanked_versions_are_skipped_unless_named() -> None:
    index = with_release(with_release(EMPTY, "x", entry(ONE)), "x", entry(TWO))
    gone = with_yank(index, "x", TWO, "wrong")
    assert (index.resolve("x", "^1").version, gone.resolve("x", "^1").version) == (TWO, ONE)
    assert gone.resolve("x", "1.1.0").yanked == "wrong"
    assert with_yank(gone, "x", TWO, None).resolve("x", "*").version == TWO
    assert with_yank(gone, "x", TWO, "wrong") is gone
    with pytest.raises(
        TargetError, match=r"every version of x that matches \^1.1 was yanked \(1\.1\.0: wrong\); `x@1\.1\.0`"
    ):
        gone.resolve("x", "^1.1")


def test_errata_add_up() -> None:
    index = with_erratum(with_release(EMPTY, "x", entry(ONE)), "x", ONE, "a is b")
    index = with_erratum(index, "x", ONE, "c is d")
    assert index.resolve("x", "*").errata == ("a is b", "c is d") and with_erratum(index, "x", ONE, "a is b") is index
    for text in ("", " ", "x" * 2001):
        with pytest.raises(Refused, match="text of at most 2,000"):
            with_erratum(index, "x", ONE, text)


@pytest.mark.parametrize(
    ("name", "wanted", "words"),
    [
        ("y", "*", "the registry has no y"),
        ("x", "^2", r"no version of x in the registry matches \^2 \(there: 1\.0\.0\)"),
        ("x", "banana", "'banana' is not a version"),
        ("x", "^1.x", r"not a range like \^1\.2"),
    ],
)
def test_what_cannot_be_resolved(name: str, wanted: str, words: str) -> None:
    with pytest.raises(TargetError, match=words):
        with_release(EMPTY, "x", entry(ONE)).resolve(name, wanted)


def test_what_later_tools_wrote_is_kept() -> None:
    given = json.loads(listed(v1_0_0={"sha256": DIGEST, "doi": "10.1/x"}))
    given["packages"]["x"]["homepage"], given["generator"] = "h", "later"
    index = with_yank(read_index(json.dumps(given).encode(), "r"), "x", ONE, "no")
    document = json.loads(index_text(with_release(index, "y", entry(ONE))))
    assert (document["generator"], document["packages"]["x"]["homepage"]) == ("later", "h")
    assert document["packages"]["x"]["versions"]["1.0.0"] == {
        "sha256": DIGEST, "doi": "10.1/x", "created": None, "yanked": "no", "errata": [],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "Expecting value"),
        (b"\xff", "utf-8"),
        (b"[]", "its format is not datapkg-index/1"),
        (b'{"format": "datapkg-index/2", "packages": {}}', "its format is not"),
        (b'{"format": "datapkg-index/1"}', "packages is no object"),
        (b'{"format": "datapkg-index/1", "format": "x"}', "a key stands twice"),
        (b"[" * 200_000, "nested without end"),
        (b'{"format": "datapkg-index/1", "packages": {"../x": {"versions": {}}}}', r"'\.\./x' is no name"),
        (b'{"format": "datapkg-index/1", "packages": {"x\\n": {"versions": {}}}}', "is no name"),
        (b'{"format": "datapkg-index/1", "packages": {"x": []}}', "x is no object"),
        (listed(v1_0_0=1), "x 1.0.0 is no object"),
        (listed(v1_0_0={}), "sha256 is no digest"),
        (listed(v1_0_0={"sha256": "../" + "0" * 61}), "sha256 is no digest"),
        (listed(v1_0_0={"sha256": "A" * 64}), "sha256 is no digest"),
        (listed(v1={"sha256": DIGEST}), "'1' is not a version"),
        (listed(v1_0_0={"sha256": DIGEST, "created": "now"}), "created is no date"),
        (listed(v1_0_0={"sha256": DIGEST, "yanked": True}), "a reason or erratum is no text"),
        (listed(v1_0_0={"sha256": DIGEST, "yanked": "x" * 2001}), "a reason or erratum is no text"),
        (listed(v1_0_0={"sha256": DIGEST, "errata": "x"}), "errata are no list"),
        (listed(v1_0_0={"sha256": DIGEST, "errata": ["x"] * 101}), "errata are no list"),
        (listed(v1_0_0={"sha256": DIGEST, "errata": [{}]}), "a reason or erratum is no text"),
    ],
)
def test_an_index_that_is_none_is_told_in_a_line(data: bytes, words: str) -> None:
    with pytest.raises(TargetError, match=words) as told:
        read_index(data, "r")
    assert str(told.value).startswith("r/index.json is no index of releases: ") and "\n" not in str(told.value)


def test_an_index_without_end_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("datapkg.registry.access.MOST_BYTES", 100)
    (tmp_path / "index.json").write_bytes(b" " * 101)
    with pytest.raises(TargetError, match=r"index\.json is larger than the 100 bytes"):
        Registry(Folder(tmp_path)).index()


def _add(folder: Path, name: str) -> None:
    for number in range(25):
        one = entry(Version(1, number, 0))
        change_index(Registry(Folder(folder)), lambda index, one=one: with_release(index, name, one))  # type: ignore[misc]


def test_publishers_at_once_lose_no_entry(tmp_path: Path) -> None:
    with multiprocessing.get_context("spawn").Pool(4) as pool:
        pool.starmap(_add, [(tmp_path / "r", name) for name in "abcd"])
    index = Registry(Folder(tmp_path / "r")).index()
    assert {name: len(versions) for name, versions in index.packages.items()} == dict.fromkeys("abcd", 25)
    assert [path.name for path in (tmp_path / "r").iterdir()] == ["index.json"]


def test_the_registry_is_the_given_one_then_that_of_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DATAPKG_REGISTRY", raising=False)
    assert find_registry(None, None) is None
    monkeypatch.setenv("DATAPKG_REGISTRY", "e")
    for given, path in ((None, "e"), ("g", "g"), (tmp_path / "p", "p")):
        found = find_registry(given, None)
        assert found is not None and found.address == (tmp_path / path).as_posix()
