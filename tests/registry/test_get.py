"""A release fetched from a registry, held against its digests, and kept."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from published import index_of
from releasing import edit, tree

from datapkg.checksums import digest_of
from datapkg.errors import DatapkgError, OutputError, ProjectError, Refused, TargetError
from datapkg.project import Project
from datapkg.publish import erratum, yank
from datapkg.registry.get import Search, get
from datapkg.registry.lock import read_lock
from datapkg.targets import release_folder
from datapkg.verify import verify


def set_index(registry: Path, version: str = "1.0.0", **values: object) -> None:
    """Write into the index what a stranger might."""
    document = json.loads((registry / "index.json").read_text())
    document["packages"]["example"]["versions"][version].update(values)
    (registry / "index.json").write_text(json.dumps(document))


def lie(registry: Path, path: str, text: str, version: str = "1.0.0") -> None:
    """Write a file of a version, with digests and index that vouch for it."""
    folder = registry / "example" / version
    was = digest_of(folder / path)
    (folder / path).write_text(text)
    edit(folder / "SHA256SUMS", was, digest_of(folder / path))
    set_index(registry, version, sha256=digest_of(folder / "SHA256SUMS"))


@pytest.mark.usefixtures("cache")
def test_a_release_is_fetched_whole_and_verifies(registry: Path, project: Project) -> None:
    found = get("example@^1", search=Search(registry))
    assert found.held.folder.name == "example-1.1.0" and found.warnings == ()
    assert tree(found.held.folder) == tree(project.releases / "example-1.1.0")
    assert verify(found.held.folder.as_posix()).valid
    assert get("example", search=Search(registry)).held.folder.name == "example-2.0.0"


def test_it_is_kept_and_nothing_is_fetched_twice(registry: Path, cache: Path) -> None:
    folder = get("example@1.0.0", search=Search(registry)).held.folder
    shutil.rmtree(registry / "example")
    assert get("example@1.0.0", search=Search(registry)).held.folder == folder
    assert folder.is_relative_to(cache / "releases" / index_of(registry)["1.0.0"]["sha256"])


@pytest.mark.usefixtures("cache")
@pytest.mark.parametrize("path", ["data/events.parquet", "SHA256SUMS", "datapackage.json"])
def test_a_damaged_file_of_the_cache_is_noticed_and_fetched_again(registry: Path, path: str) -> None:
    folder = get("example@1.0.0", search=Search(registry)).held.folder
    data = bytearray((folder / path).read_bytes())
    data[len(data) // 2] ^= 1
    (folder / path).write_bytes(data)
    (folder / "data" / ".tmp-datapkg-left").write_text("half")
    assert get("example@1.0.0", search=Search(registry)).held.folder == folder
    assert verify(folder.as_posix()).valid and not (folder / "data" / ".tmp-datapkg-left").exists()


@pytest.mark.usefixtures("cache")
def test_offline_only_the_cache_is_asked(registry: Path) -> None:
    with pytest.raises(TargetError, match=r"nothing is known of .*/registry in the cache, and offline nobody is asked"):
        get("example", search=Search(registry, offline=True))
    get("example@^1", search=Search(registry))
    shutil.rmtree(registry)
    for wanted in ("example", "example@^1.0"):
        assert get(wanted, search=Search(registry, offline=True)).held.folder.name == "example-1.1.0"
    for wanted, words in (
        ("example@2.0.0", "no version of example in the registry matches"),
        ("other", "has no other"),
    ):
        with pytest.raises(TargetError, match=words):
            get(wanted, search=Search(registry, offline=True))


@pytest.mark.usefixtures("cache")
def test_the_lock_file_has_what_was_taken_and_locked_keeps_to_it(registry: Path) -> None:
    get("example@~1.0", search=Search(registry))
    text = Path("datapkg.lock").read_text()
    assert text.splitlines()[1:] == [
        'format = "datapkg-lock/1"', "", "[[release]]", 'name = "example"', 'version = "1.0.0"',
        f'sha256 = "{index_of(registry)["1.0.0"]["sha256"]}"',
    ]  # fmt: skip
    for wanted in ("example", "example@^1"):
        assert get(wanted, search=Search(registry, locked=True)).held.folder.name == "example-1.0.0"
    with pytest.raises(Refused, match=r"datapkg\.lock has example 1\.0\.0, which is not in \^2"):
        get("example@^2", search=Search(registry, locked=True))
    assert Path("datapkg.lock").read_text() == text
    with pytest.raises(Refused, match=r"datapkg\.lock has no other"):
        get("other", search=Search(registry, locked=True))
    get("example@^1", search=Search(registry))
    assert str(read_lock(Path("datapkg.lock"))["example"].version) == "1.1.0"


def test_locked_another_digest_is_refused_and_offline_the_lock_is_enough(registry: Path, cache: Path) -> None:
    get("example@1.0.0", search=Search(registry))
    shutil.rmtree(cache / "indexes")
    held = get("example", search=Search(registry, locked=True, offline=True)).held
    assert held.folder.name == "example-1.0.0"
    lie(registry, "LICENSE", "MIT")
    with pytest.raises(Refused, match=r"example 1\.0\.0 is not what datapkg\.lock has"):
        get("example", search=Search(registry, locked=True))


@pytest.mark.usefixtures("cache")
@pytest.mark.parametrize(
    "text",
    [
        "x",
        'format = "datapkg-lock/2"',
        'format = "datapkg-lock/1"\nrelease = 1',
        'format = "datapkg-lock/1"\n[[release]]\nname = "../x"\nversion = "1.0.0"\nsha256 = "x"',
    ],
)
def test_a_lock_file_that_is_none_is_told(registry: Path, text: str) -> None:
    Path("datapkg.lock").write_text(text)
    with pytest.raises(ProjectError, match=r"datapkg\.lock cannot be read: "):
        get("example", search=Search(registry, locked=True))
    assert Path("datapkg.lock").read_text() == text


@pytest.mark.usefixtures("cache")
def test_a_yanked_version_is_told_and_skipped(registry: Path) -> None:
    yank("example@1.1.0", reason="counted\ntwice", registry=registry)
    erratum("example@1.1.0", text="a is b", registry=registry)
    assert get("example@^1", search=Search(registry)).held.folder.name == "example-1.0.0"
    found = get("example@1.1.0", search=Search(registry))
    assert found.warnings == (
        "example 1.1.0 was yanked: counted\\x0atwice; it has an erratum: a is b (2.0.0 is the newest version)",
    )


@pytest.mark.usefixtures("cache")
def test_a_file_that_was_changed_in_the_registry_is_never_kept(registry: Path) -> None:
    (registry / "example/1.0.0/data/events.parquet").write_bytes(b"PAR1")
    with pytest.raises(TargetError, match=r"1\.0\.0/data/events.parquet is not the file that was released"):
        get("example@1.0.0", search=Search(registry))
    shutil.rmtree("../cache")
    (registry / "example/1.0.0/SHA256SUMS").write_text("0" * 64 + "  x\n")
    with pytest.raises(TargetError, match=r"SHA256SUMS is not the one that was published"):
        get("example@1.0.0", search=Search(registry))


def sums(*paths: str) -> str:
    return "".join(f"{'0' * 64}  {path}\n" for path in sorted(paths))


@pytest.mark.parametrize("path", ["../x", "/etc/passwd", "data/../../x", ".ssh/id", "a\\b", "x\x1b[2J", "con"])
def test_a_list_of_digests_that_leads_out_is_refused(registry: Path, cache: Path, path: str) -> None:
    listed = registry / "example/1.0.0/SHA256SUMS"
    listed.write_text(sums(path))
    set_index(registry, sha256=digest_of(listed))
    with pytest.raises(TargetError, match=r"SHA256SUMS (names .* which is not accepted|cannot be read)") as told:
        get("example@1.0.0", search=Search(registry))
    assert "\x1b" not in str(told.value)
    assert [name for name in tree(cache) if not name.startswith("indexes/")] == [
        f"releases/{digest_of(listed)}/example-1.0.0/SHA256SUMS"
    ]


@pytest.mark.usefixtures("cache")
def test_a_file_that_grows_without_end_is_not_fetched(registry: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with (registry / "example/1.0.0/data/events.parquet").open("r+b") as file:
        file.truncate(1 << 40)  # Of no size on the disk.
    with pytest.raises(TargetError, match=r"data/events.parquet is larger than the [\d,]+ bytes that it may have"):
        get("example@1.0.0", search=Search(registry))
    monkeypatch.setattr("datapkg.registry.held.MOST_SUMS", 10)
    with pytest.raises(TargetError, match="SHA256SUMS is larger than the 10 bytes"):
        get("example@1.1.0", search=Search(registry))


@pytest.mark.usefixtures("cache")
def test_a_release_that_calls_itself_otherwise_is_refused(registry: Path) -> None:
    told = json.loads((registry / "example/1.0.0/datapackage.json").read_text())
    lie(registry, "datapackage.json", json.dumps({**told, "version": "9.9.9"}))
    with pytest.raises(TargetError, match=r"example 1\.0\.0 calls itself example 9\.9\.9"):
        get("example@1.0.0", search=Search(registry))
    lie(registry, "datapackage.json", "[]")
    with pytest.raises(TargetError, match="is no descriptor of a release"):
        get("example@1.0.0", search=Search(registry))


@pytest.mark.usefixtures("cache")
@pytest.mark.parametrize("target", ["../x", "Example", "example@", "", "x" * 64, "example@^1@2"])
def test_names_and_ranges_that_are_none(registry: Path, target: str) -> None:
    if target == "example@":
        assert get(target, search=Search(registry)).held.folder.name == "example-2.0.0"
        return
    with pytest.raises(TargetError):
        get(target, search=Search(registry))


def test_a_cache_that_cannot_be_used_is_told(registry: Path, cache: Path, project: Project) -> None:
    cache.write_text("")
    with pytest.raises(OutputError, match=r"the cache .* cannot be used: (Not a directory|File exists)"):
        get("example", search=Search(registry))
    cache.unlink()
    cache.mkdir(mode=0o777)
    cache.chmod(0o777)
    with pytest.raises(DatapkgError, match="belongs to others, or others can write it"):
        get("example", search=Search(registry))


def test_a_cache_inside_the_project_is_refused(
    registry: Path, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATAPKG_CACHE", (project.root / "kept").as_posix())
    with pytest.raises(DatapkgError, match="inside the project"):
        get("example", project, search=Search(registry))


@pytest.mark.usefixtures("cache")
def test_a_release_that_is_not_here_is_found_in_the_registry(registry: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATAPKG_REGISTRY", registry.as_posix())
    assert release_folder("example@1.0.0", None).name == "example-1.0.0"
    assert verify("example@1.0.0").valid
    with pytest.raises(TargetError, match="no release of example matches"):
        release_folder("example@1.0.0", None, fetch=False)


MANY = """
import sys, threading
from datapkg.registry.get import Search, get
print(get("example@1.0.0", search=Search(sys.argv[1])).held.folder)
"""


@pytest.mark.usefixtures("cache")
def test_eight_at_once_all_have_the_release(registry: Path) -> None:
    words = [sys.executable, "-c", MANY, registry.as_posix()]
    children = [subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(8)]
    told = [child.communicate() for child in children]
    assert [error for _, error in told if error] == [] and len({folder for folder, _ in told}) == 1
    folder = Path(told[0][0].strip())
    assert verify(folder.as_posix()).valid and not [name for name in tree(folder) if ".tmp-" in name]
