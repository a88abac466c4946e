"""Exporters against services on loopback: what is sent, what is not, what failures and interruptions leave."""

import io
import json
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from describing import RICH, write_described
from releasing import edit, release_copy
from services import TOKEN, GitHub, Hub, Invenio, Service, serving

from datapkg.cli.main import datapkg as cli
from datapkg.errors import DatapkgError, Refused
from datapkg.export import client as clients
from datapkg.export.client import Client, Unreachable
from datapkg.export.run import Exported, Order, export, reserve
from datapkg.project import Project
from datapkg.release.build import build

KINDS = ("zenodo", "huggingface", "github")
MAKERS: dict[str, type[Service]] = {"zenodo": Invenio, "huggingface": Hub, "github": GitHub}
REPO = {"zenodo": None, "huggingface": "o/n", "github": "o/n"}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A release whose id is a UUID."""
    words = {**RICH, "id": "6f0d2c1e-8b0a-4c5e-9a4b-3d7e5f2a1c90"}
    return build("example", write_described(tmp_path_factory.mktemp("export") / "project", words)).folder


@pytest.fixture(autouse=True)
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Tokens are set, and pauses are counted in place of waited."""
    for name in ("ZENODO_TOKEN", "HF_TOKEN", "GITHUB_TOKEN"):
        monkeypatch.setenv(name, TOKEN)
    waited: list[float] = []
    monkeypatch.setattr(clients, "pause", waited.append)
    return waited


@pytest.fixture(params=KINDS)
def service(request: pytest.FixtureRequest) -> Iterator[tuple[str, Any]]:
    with serving(MAKERS[request.param]()) as found:
        yield request.param, found


def run(built: Path, kind: str, service: Service, output: Path, **words: Any) -> Exported:
    order = Order(kind, REPO[kind], service.base, words.pop("publish", False))
    return export(built.as_posix(), None, order, output=output, send=words.pop("send", True))


def held(kind: str, service: Any) -> dict[str, bytes]:
    """The files of the release that the service keeps, unpacked where they came as an archive."""
    if kind == "huggingface":
        return {path: content for path, content in service.trees["o/n"].items() if path != ".gitattributes"}
    if kind == "zenodo":
        ((_, files),) = service.files.items()
        (archive,) = (content for key, (content, _) in files.items() if key.endswith(".zip"))
        with zipfile.ZipFile(io.BytesIO(archive)) as opened:
            return {name.partition("/")[2]: opened.read(name) for name in opened.namelist()}
    return {}


def state(kind: str, service: Any) -> str:
    """Whether what is there is seen by everybody."""
    if kind == "zenodo":
        return "published" if service.records else "draft"
    if kind == "github":
        return "draft" if service.releases[0]["draft"] else "published"
    return "draft" if service.private["o/n"] else "published"


def files_of(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_nothing_is_sent_without_being_asked(service: tuple[str, Any], built: Path, tmp_path: Path) -> None:
    kind, there = service
    done = run(built, kind, there, tmp_path / "out", send=False)
    assert (there.calls, done.address) == ([], None)
    told = json.loads((tmp_path / "out" / "requests.json").read_text())
    assert (told["format"], told["to"], len(told["requests"])) == ("datapkg-export/1", there.base, done.requests)
    assert [request["only"] for request in told["requests"] if "only" in request] == ["with --publish"]
    assert TOKEN not in (tmp_path / "out" / "requests.json").read_text()


def test_what_is_sent_is_a_draft_with_every_file(service: tuple[str, Any], built: Path, tmp_path: Path) -> None:
    kind, there = service
    done = run(built, kind, there, tmp_path)
    assert state(kind, there) == "draft" and done.address
    if kind != "github":
        assert held(kind, there) == files_of(built)
    else:
        names = {asset["name"] for asset in there.assets.values()}
        assert names == done.files.keys() >= {"example-1.0.0.zip", "SHA256SUMS", "README.md"}
        assert {asset["name"]: asset["size"] for asset in there.assets.values()} == done.files


def test_what_is_listed_is_what_is_sent(service: tuple[str, Any], built: Path, tmp_path: Path) -> None:
    kind, there = service
    run(built, kind, there, tmp_path, publish=True)
    told = json.loads((tmp_path / "requests.json").read_text())["requests"]
    listed = [(one["method"], one["path"].partition("?")[0].rpartition("/")[2]) for one in told]
    sent = [(method, path.rpartition("/")[2]) for method, path, _ in there.calls if method != "GET"]
    if kind == "zenodo":
        assert sent == listed
    elif kind == "github":
        assert [method for method, _ in sent] == [method for method, _ in listed]
    else:
        assert [one for one in sent if one[0] != "PUT"] == [one for one in listed if one[0] != "PUT"]


def test_it_is_published_when_that_is_asked_and_once(service: tuple[str, Any], built: Path, tmp_path: Path) -> None:
    kind, there = service
    first = run(built, kind, there, tmp_path, publish=True)
    assert state(kind, there) == "published"
    before = len(there.calls)
    assert run(built, kind, there, tmp_path, publish=True).address == first.address
    changed = [call for call in there.calls[before:] if call[0] != "GET" and call[2] < 400]
    assert [call for call in changed if not call[1].endswith("/settings")] == []


def test_a_second_run_sends_no_file_again(service: tuple[str, Any], built: Path, tmp_path: Path) -> None:
    kind, there = service
    run(built, kind, there, tmp_path)
    before = len(there.calls)
    run(built, kind, there, tmp_path)
    after = [call for call in there.calls[before:] if call[0] in ("POST", "PUT", "DELETE") and call[2] < 400]
    assert [
        path for _, path, _ in after if "files" in path or "assets" in path or "commit" in path or "storage" in path
    ] == []


@pytest.mark.parametrize("fault", [429, 500, 503, "drop", "lose"])
def test_failures_that_pass_are_outlasted(
    service: tuple[str, Any], built: Path, tmp_path: Path, pauses: list[float], fault: int | str
) -> None:
    kind, there = service
    part = {"zenodo": "/content", "huggingface": "/storage/", "github": "/assets"}[kind]
    method = "POST" if kind == "github" else "PUT"
    there.faults = [(method, part, fault)] * 2
    run(built, kind, there, tmp_path)
    assert there.faults == []
    if kind != "github":
        assert held(kind, there) == files_of(built)
    assert pauses == ([7.0, 7.0] if fault == 429 else [1.0, 2.0])


@pytest.mark.parametrize("at", range(0, 60, 3))
def test_an_interruption_anywhere_is_made_good(service: tuple[str, Any], built: Path, tmp_path: Path, at: int) -> None:
    kind, there = service
    calls = 0
    real = Client.call

    def stop(self: Client, *words: Any, **more: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == at + 1:
            raise KeyboardInterrupt
        return real(self, *words, **more)

    with pytest.MonkeyPatch.context() as changed:
        changed.setattr(Client, "call", stop)
        with suppress(KeyboardInterrupt):
            run(built, kind, there, tmp_path)
    run(built, kind, there, tmp_path)
    assert state(kind, there) == "draft"
    if kind == "zenodo":
        assert len(there.drafts) == 1
    if kind == "github":
        assert (len(there.releases), len(there.assets)) == (1, len({a["name"] for a in there.assets.values()}))
    else:
        assert held(kind, there) == files_of(built)


def test_a_service_that_stays_away_is_an_error_in_one_line(
    service: tuple[str, Any], built: Path, tmp_path: Path, pauses: list[float]
) -> None:
    kind, there = service
    there.faults = [("GET" if kind == "github" else "POST", "/", 503)] * 20
    with pytest.raises(
        Unreachable, match=r"did not take it in 6 tries \(503 as asked, Bearer \*\*\*\); run the same"
    ) as told:
        run(built, kind, there, tmp_path)
    assert TOKEN not in str(told.value) and pauses == [1.0, 2.0, 4.0, 8.0, 16.0]


def test_a_wrong_token_is_told_and_not_shown(
    service: tuple[str, Any], built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kind, there = service
    for name in ("ZENODO_TOKEN", "HF_TOKEN", "GITHUB_TOKEN"):
        monkeypatch.setenv(name, "another-token")
    with pytest.raises(Unreachable, match="answered 401 who are you") as told:
        run(built, kind, there, tmp_path)
    assert "another-token" not in str(told.value)


def test_a_redirect_is_not_followed(service: tuple[str, Any], built: Path, tmp_path: Path) -> None:
    kind, there = service
    there.faults = [("GET" if kind == "github" else "POST", "/", 302)]
    with pytest.raises(Unreachable, match="answered 302"):
        run(built, kind, there, tmp_path)


@pytest.mark.parametrize("base", ["http://example.org", "ftp://127.0.0.2"])
def test_a_token_is_sent_over_https_alone(base: str) -> None:
    with pytest.raises(DatapkgError, match="is not https, and a token is sent to no other"):
        Client(base, TOKEN)
    assert TOKEN not in repr(Client("https://example.org", TOKEN))


def test_without_a_token_nothing_is_sent(
    service: tuple[str, Any], built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kind, there = service
    for name in ("ZENODO_TOKEN", "HF_TOKEN", "GITHUB_TOKEN"):
        monkeypatch.delenv(name)
    with pytest.raises(DatapkgError, match=r"there is no token for .*; set (ZENODO|HF|GITHUB)_TOKEN"):
        run(built, kind, there, tmp_path)
    assert there.calls == []


def test_other_files_under_a_published_version_are_refused(
    service: tuple[str, Any], built: Path, tmp_path: Path
) -> None:
    kind, there = service
    run(built, kind, there, tmp_path, publish=True)
    if kind == "zenodo":
        next(iter(there.files.values()))["README.md"][0] = b"other"
    elif kind == "github":
        next(iter(there.assets.values()))["digest"] = "sha256:0"
    else:
        there.tags["o/n"]["1.0.0"]["README.md"] = b"other"
    with pytest.raises(Refused, match="a version is never replaced"):
        run(built, kind, there, tmp_path, publish=True)


def test_a_release_that_was_changed_is_not_sent(service: tuple[str, Any], built: Path, tmp_path: Path) -> None:
    kind, there = service
    copy = release_copy(tmp_path, built)
    (copy / "LICENSE").write_text("other\n")
    with pytest.raises(Refused, match=r"is not what was built \(LICENSE\)"):
        run(copy, kind, there, tmp_path / "out")
    assert there.calls == []


def test_the_archive_has_the_same_bytes_every_time(built: Path, tmp_path: Path) -> None:
    archives = []
    for name in ("one", "two"):
        export(built.as_posix(), None, Order("zenodo"), output=tmp_path / name, send=False)
        archives.append((tmp_path / name / "example-1.0.0.zip").read_bytes())
    assert archives[0] == archives[1]


def test_a_doi_is_reserved_before_the_files_are_hashed(tmp_path: Path) -> None:
    project = write_described(tmp_path / "project", {**RICH, "id": None})
    with serving(Invenio()) as there:
        order = Order("zenodo", None, there.base)
        doi = reserve("example", project, order, output=tmp_path / "out", previous=None)
        assert doi == reserve("example", project, order, output=tmp_path / "out", previous=None) == "10.5072/zenodo.101"
        edit(
            project.datasets / "example" / "datapackage.json",
            '"name": "example"',
            f'"name": "example", "id": "https://doi.org/{doi}"',
        )
        folder = build("example", project).folder
        assert doi in (folder / "CITATION.cff").read_text() and doi in (folder / "datacite.xml").read_text()
        done = run(folder, "zenodo", there, tmp_path / "other", publish=True)
        assert (done.address, list(there.records), there.drafts) == (f"{there.base}/records/101", ["101"], {})
        assert there.records["101"]["pids"]["doi"]["identifier"] == doi


def test_a_new_version_of_a_record_is_reserved_from_it(built: Path, tmp_path: Path) -> None:
    project = write_described(tmp_path / "project", RICH)
    with serving(Invenio()) as there:
        run(built, "zenodo", there, tmp_path / "first", publish=True)
        order = Order("zenodo", None, there.base)
        assert reserve("example", project, order, output=tmp_path / "out", previous="101") == "10.5072/zenodo.102"
        assert there.done("POST", "/101/versions") == 1


def test_a_draft_with_another_doi_is_refused(tmp_path: Path) -> None:
    project = write_described(tmp_path / "project", {**RICH, "id": "10.5072/zenodo.101"})
    folder = build("example", project).folder
    with serving(Invenio()) as there:
        with pytest.raises(Refused, match="there is no draft 101"):
            run(folder, "zenodo", there, tmp_path / "out")
        there.drafts["101"], there.files["101"] = {"id": "101", "pids": {"doi": {"identifier": "10.5072/zenodo.7"}}}, {}
        with pytest.raises(Refused, match=r"holds the DOI 10.5072/zenodo.7, and the release names 10.5072/zenodo.101"):
            run(folder, "zenodo", there, tmp_path / "out")


def test_a_doi_from_elsewhere_is_kept(tmp_path: Path) -> None:
    folder = build("example", write_described(tmp_path / "project", RICH)).folder
    with serving(Invenio()) as there:
        run(folder, "zenodo", there, tmp_path / "out")
        assert there.drafts["101"]["pids"] == {"doi": {"identifier": "10.5072/example.1", "provider": "external"}}
        assert there.done("POST", "/pids/doi") == 0


def test_files_of_the_version_before_are_taken_away_on_the_hub(built: Path, tmp_path: Path) -> None:
    with serving(Hub()) as there:
        run(built, "huggingface", there, tmp_path)
        there.trees["o/n"]["data/gone.parquet"] = b"old"
        there.tags["o/n"] = {"0.9.0": dict(there.trees["o/n"])}
        run(built, "huggingface", there, tmp_path)
        assert held("huggingface", there) == files_of(built)
        assert sorted(there.tags["o/n"]) == ["0.9.0", "1.0.0"]


@pytest.mark.parametrize("repo", [None, "", "o", "o/n/x", "../n", "o/n?x", "o /n"])
def test_a_repository_is_an_owner_and_a_name(built: Path, tmp_path: Path, repo: str | None) -> None:
    with pytest.raises(DatapkgError, match="github needs a repository, --repo OWNER/NAME"):
        export(built.as_posix(), None, replace(Order("github"), repo=repo), output=tmp_path, send=False)


def test_the_command_prints_where_it_is(built: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    output = (tmp_path / "out").as_posix()
    cli(["export", built.as_posix(), "github", "--repo", "o/n", "--output", output], standalone_mode=False)
    assert capsys.readouterr().out == f"{output}\n"
    with serving(GitHub()) as there:
        words = ["export", built.as_posix(), "github", "--repo", "o/n", "--output", output, "--endpoint", there.base]
        cli([*words, "--send"], standalone_mode=False)
        assert capsys.readouterr().out == "https://github.example/o/n/releases/1\n"
    import click

    with pytest.raises(click.UsageError, match="--publish sends something, which needs --send"):
        cli([*words, "--publish"], standalone_mode=False)


def test_a_project_s_release_is_found_by_name(tmp_path: Path) -> None:
    project: Project = write_described(tmp_path / "project", RICH)
    build("example", project)
    done = export("example@1.0.0", project, Order("zenodo"), output=tmp_path / "out", send=False)
    assert "example-1.0.0.zip" in done.files
