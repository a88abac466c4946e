"""A release put into a registry in a folder: once, whole, and never half."""

import json
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from published import VERSIONS, build_versions, index_of, run
from releasing import release_copy, tree, write_releasable

from datapkg.checksums import digest_of
from datapkg.errors import OutputError, Refused, TargetError
from datapkg.project import Project
from datapkg.publish import erratum, publish, yank
from datapkg.release.build import build
from datapkg.release.provenance import _text


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return build_versions(tmp_path_factory.mktemp("versions") / "project")


@pytest.fixture
def registry(tmp_path: Path) -> Path:
    return tmp_path / "registry"


def test_a_release_is_published_whole_and_once(project: Project, registry: Path) -> None:
    done = publish("example@1.0.0", project, registry=registry)
    built = project.releases / "example-1.0.0"
    assert (done.done, sorted(done.sent)) == ("published", tree(built))
    assert {path: digest_of(registry / "example/1.0.0" / path) for path in tree(built)} == {
        path: digest_of(built / path) for path in tree(built)
    }
    assert index_of(registry) == {
        "1.0.0": {
            "sha256": digest_of(built / "SHA256SUMS"),
            "created": "2026-01-01T00:00:00Z",
            "yanked": None,
            "errata": [],
        }
    }
    before = (registry / "index.json").stat().st_ino
    again = publish("example@1.0.0", project, registry=registry)
    assert (again.done, again.sent, (registry / "index.json").stat().st_ino) == ("unchanged", (), before)


def test_without_a_name_the_last_release_of_the_project_is_meant(project: Project, registry: Path) -> None:
    assert str(publish(None, project, registry=registry).version) == VERSIONS[-1]
    with pytest.raises(TargetError, match="there is no project here, so name the release"):
        publish(None, None, registry=registry)


def test_a_folder_needs_no_project(project: Project, registry: Path) -> None:
    publish((project.releases / "example-1.1.0").as_posix(), None, registry=registry)
    assert list(index_of(registry)) == ["1.1.0"]


def test_without_a_registry_nothing_is_published(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATAPKG_REGISTRY", raising=False)
    with pytest.raises(TargetError, match="no registry is named; give --registry or DATAPKG_REGISTRY"):
        publish("example@1.0.0", project)


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A release that calls itself example 1.0.0, is whole, and is another."""
    project = write_releasable(tmp_path_factory.mktemp("other") / "project")
    (project.datasets / "example" / "LICENSE").write_text("MIT\n")
    return build("example", project).folder


def test_other_bytes_under_the_same_version_are_refused(project: Project, registry: Path, other: Path) -> None:
    publish("example@1.0.0", project, registry=registry)
    before = {path: digest_of(registry / path) for path in tree(registry)}
    with pytest.raises(Refused, match=r"example 1\.0\.0 is published with another digest"):
        publish(other.as_posix(), None, registry=registry)
    assert {path: digest_of(registry / path) for path in tree(registry)} == before


def test_a_publication_that_was_begun_with_other_bytes_is_not_mixed(
    project: Project, registry: Path, other: Path
) -> None:
    publish("example@1.0.0", project, registry=registry)
    (registry / "index.json").unlink()
    with pytest.raises(Refused, match=r"SHA256SUMS is there with other bytes, of a publication that was not finished"):
        publish(other.as_posix(), None, registry=registry)
    assert not (registry / "index.json").exists()
    assert publish("example@1.0.0", project, registry=registry).sent == ()
    assert list(index_of(registry)) == ["1.0.0"]


def test_a_release_that_does_not_verify_is_refused(project: Project, registry: Path, tmp_path: Path) -> None:
    folder = release_copy(tmp_path, project.releases / "example-1.0.0")
    (folder / "LICENSE").write_text("MIT\n")
    with pytest.raises(Refused, match=r"example-1\.0\.0 does not verify \(1 errors\)"):
        publish(folder.as_posix(), None, registry=registry)
    assert not registry.exists()


def test_a_changed_file_of_an_unfinished_publication_is_refused_and_a_missing_one_sent(
    project: Project, registry: Path
) -> None:
    publish("example@1.0.0", project, registry=registry)
    (registry / "index.json").unlink()
    (registry / "example/1.0.0/LICENSE").unlink()
    assert publish("example@1.0.0", project, registry=registry).sent == ("LICENSE",)
    (registry / "index.json").unlink()
    (registry / "example/1.0.0/LICENSE").write_text("MIT")
    with pytest.raises(Refused, match=r"1\.0\.0/LICENSE is there with other bytes"):
        publish("example@1.0.0", project, registry=registry)


def test_a_stray_file_under_the_version_is_refused(project: Project, registry: Path) -> None:
    (registry / "example/1.0.0").mkdir(parents=True)
    (registry / "example/1.0.0/extra").write_text("x")
    with pytest.raises(Refused, match=r"example/1\.0\.0/extra is no part of the release"):
        publish("example@1.0.0", project, registry=registry)
    assert not (registry / "index.json").exists()


def test_what_does_not_read_back_as_it_was_sent_is_not_listed(
    project: Project, registry: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def half(path: Path, pieces: object) -> bool:
        path.write_bytes(b"half")
        return True

    monkeypatch.setattr("datapkg.store.folder.create", half)
    with pytest.raises(OutputError, match="SHA256SUMS reads back with another digest"):
        publish("example@1.0.0", project, registry=registry)
    assert not (registry / "index.json").exists()


def test_the_first_provenance_stays_and_only_its_own_signature_comes_to_it(
    project: Project, registry: Path, tmp_path: Path
) -> None:
    folder = release_copy(tmp_path, project.releases / "example-1.0.0")
    publish(folder.as_posix(), None, registry=registry)
    first = (registry / "example/1.0.0/provenance.json").read_bytes()
    (folder / "SHA256SUMS.sig").write_text("s")
    statement = json.loads(first)
    del statement["predicate"]["runDetails"]["metadata"]["invocationId"]
    statement["predicate"]["buildDefinition"]["resolvedDependencies"] = []
    (folder / "provenance.json").write_text(_text(statement))
    (folder / "provenance.json.sig").write_text("p")
    assert publish(folder.as_posix(), None, registry=registry).sent == ("SHA256SUMS.sig",)
    assert (registry / "example/1.0.0/provenance.json").read_bytes() == first


def test_a_version_is_yanked_and_offered_again_and_has_errata(project: Project, registry: Path) -> None:
    publish("example@1.0.0", project, registry=registry)
    yank("example@1.0.0", reason="counted twice", registry=registry)
    erratum("example@1.0.0", text="a is b", registry=registry)
    assert (index_of(registry)["1.0.0"]["yanked"], index_of(registry)["1.0.0"]["errata"]) == (
        "counted twice",
        ["a is b"],
    )
    assert publish("example@1.0.0", project, registry=registry).done == "unchanged"
    assert index_of(registry)["1.0.0"]["yanked"] == "counted twice"
    yank("example@1.0.0", reason=None, registry=registry)
    assert index_of(registry)["1.0.0"]["yanked"] is None
    for unknown in ("example@9.0.0", "other@1.0.0", "../x@1.0.0"):
        with pytest.raises(TargetError, match=r"the registry has no .* \(there: "):
            yank(unknown, reason="x", registry=registry)
    with pytest.raises(TargetError, match="names no version"):
        yank("example", reason="x", registry=registry)


def at_once(folder: Path, commands: list[list[str]]) -> list[tuple[int, str]]:
    """Run commands at the same time: the exit code and last words of each."""
    with ThreadPoolExecutor(len(commands)) as pool:
        done = list(pool.map(lambda words: run(folder, *words), commands))
    return [(one.returncode, one.stderr) for one in done]


def test_publishers_of_different_versions_at_once_are_all_listed(project: Project, registry: Path) -> None:
    for _ in range(3):
        shutil.rmtree(registry, ignore_errors=True)
        done = at_once(project.root, [["publish", f"example@{one}", "--to", registry.as_posix()] for one in VERSIONS])
        assert [code for code, _ in done] == [0, 0, 0], done
        assert list(index_of(registry)) == list(VERSIONS)
        assert [path for path in tree(registry) if Path(path).name.startswith(".")] == []


def test_publishers_of_one_version_at_once_publish_it_once(project: Project, registry: Path) -> None:
    done = at_once(project.root, [["publish", "example@1.0.0", "--to", registry.as_posix()]] * 4)
    assert [code for code, _ in done] == [0] * 4, done
    assert list(index_of(registry)) == ["1.0.0"]
    assert tree(registry / "example/1.0.0") == tree(project.releases / "example-1.0.0")


FULL = """
import resource, sys
import datapkg.publish as here
from datapkg.cli import main
send, size = here._send, int(sys.argv.pop())
def limited(*given, **more):
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
    return send(*given, **more)
here._send = limited
main()
"""


def test_a_disk_that_is_full_is_one_line_and_the_next_run_finishes(project: Project, registry: Path) -> None:
    built = project.releases / "example-1.0.0"
    words = ["publish", "example@1.0.0", "--to", registry.as_posix()]
    for size in (0, 1, built.joinpath("data/events.parquet").stat().st_size - 1):
        command = [sys.executable, "-c", FULL, *words, str(size)]
        told = subprocess.run(command, cwd=project.root, capture_output=True, text=True, check=False)
        assert told.returncode == 2 and told.stderr.count("\n") == 1, (size, told.stderr)
        assert told.stderr.endswith("cannot be written: File too large\n")
        assert not (registry / "index.json").exists()
    assert run(project.root, *words).returncode == 0
    assert tree(registry / "example/1.0.0") == tree(built) and tree(registry)[-1] == "index.json"


def test_at_the_command_line(project: Project, registry: Path, tmp_path: Path, other: Path) -> None:
    to = ("--to", registry.as_posix())
    told = run(project.root, "publish", "example@1.0.0", *to)
    assert (told.returncode, told.stdout) == (0, f"{registry}/example/1.0.0\n")
    assert told.stderr.startswith("published example 1.0.0: ")
    assert run(project.root, "publish", "example@1.0.0", *to).stderr.startswith(
        "unchanged, already published: example 1.0.0"
    )
    told = run(tmp_path, "publish", other.as_posix(), *to)
    assert told.returncode == 1 and told.stderr.startswith("refused: example 1.0.0 is published with another digest")
    there = ("--registry", registry.as_posix())
    assert run(tmp_path, "yank", "example@1.0.0", "--reason", "no\x1b[2J", *there).returncode == 0
    told = run(tmp_path, "get", "example@1.0.0", *there)
    assert told.returncode == 0 and told.stderr.startswith("warning: example 1.0.0 was yanked: no\\x1b[2J")
    assert run(tmp_path, "yank", "example@1.0.0", *there).returncode == 2
    assert run(tmp_path, "yank", "example@1.0.0", "--undo", *there).returncode == 0
    assert run(tmp_path, "erratum", "example@1.0.0", "x is y", *there).returncode == 0
    assert json.loads((registry / "index.json").read_text())["packages"]["example"]["versions"]["1.0.0"]["errata"] == [
        "x is y"
    ]
    assert run(tmp_path, "yank", "example@3.0.0", "--reason", "x", *there).returncode == 2
