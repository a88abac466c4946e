"""Resources: what is a table and what is not, where it comes from, and what is never fetched."""

import json
import socket
from pathlib import Path
from typing import Any

import pytest
from building import places

from datapkg.findings import Report
from datapkg.paths import unsafe_member, unsafe_name
from datapkg.validate import validate

SCHEMA = {"fields": [{"name": "id", "type": "integer"}]}


def judged(folder: Path, package: dict[str, Any]) -> Report:
    (folder / "datapackage.json").write_text(json.dumps({"name": "x"} | package, indent=1))
    return validate(f"{folder}/")


@pytest.mark.parametrize(
    ("resource", "codes"),
    [
        ({"path": "a.pdf"}, []),
        ({"path": "a.json"}, []),
        ({"path": "a.pdf", "bytes": 8}, []),
        ({"path": "a.pdf", "bytes": 9}, ["byte-count"]),
        ({"path": "a.pdf", "hash": "sha1:0"}, ["hash-count"]),
        ({"path": "b.pdf"}, ["scheme-error"]),
        ({"path": "a.pdf", "type": "table"}, ["format-error"]),
        ({"path": "a.pdf", "schema": SCHEMA}, ["format-error"]),
        ({"path": "a.json", "schema": SCHEMA}, ["source-error"]),
        ({"data": {"any": "thing"}}, []),
        ({"data": "text"}, ["resource-error"]),
        ({"path": "a.txt", "mediatype": "text/csv", "schema": SCHEMA}, ["type-error"]),
        ({"path": "a.txt", "format": "parquet"}, ["source-error"]),
    ],
)
def test_what_is_no_table_is_no_error(tmp_path: Path, resource: dict[str, Any], codes: list[str]) -> None:
    (tmp_path / "a.pdf").write_bytes(b"%PDF-\0\n%")
    (tmp_path / "a.json").write_text('{"a": 1}')
    (tmp_path / "a.txt").write_text("id\nx\n")
    report = judged(tmp_path, {"resources": [{"name": "t"} | resource]})
    assert sorted({code for code, *_ in places(report)}) == codes


@pytest.mark.parametrize(
    ("word", "data", "found"),
    [
        ("json", '[{"id": 1}, {"id": 2}]', []),
        ("json", '[{"id": 1}, {"id": 2.5}]', [("type-error", 6, "id", "2.5")]),
        ("json", '[["id"], [3], ["x"]]', [("text-value", 6, "id", "x"), ("type-error", 6, "id", "x")]),
        ("json", '[{"id": 1},]', [("source-error", 6, None, None)]),
        ("json", '{"id": 1}', [("source-error", 6, None, None)]),
        ("jsonl", '{"id": 1}\n{"id": 2}\n', []),
        ("jsonl", '{"id": 1}\n{"id": 2.5}', [("type-error", 6, "id", "2.5")]),
        ("jsonl", '{"id": 1}\n{', [("source-error", 6, None, None)]),
        ("csv", "id\n1\n", []),
    ],
)
def test_text_in_place_is_read_as_its_format_says(tmp_path: Path, word: str, data: str, found: list[Any]) -> None:
    resource = {"name": "t", "data": data, "format": word, "schema": SCHEMA}
    assert places(judged(tmp_path, {"resources": [resource]})) == found


@pytest.mark.parametrize(
    ("resource", "place", "words"),
    [
        ({"path": "a.csv", "encoding": "klingon"}, ("datapackage.json", 11), "nobody knows this encoding"),
        ({"path": "a.jsonl", "encoding": "base64"}, ("datapackage.json", 11), "nobody knows this encoding"),
        ({"path": "a.json", "encoding": "klingon"}, ("datapackage.json", 11), "nobody knows this encoding"),
        ({"path": "a.csv", "hash": "crc9:1"}, ("datapackage.json", 11), "unknown to this tool"),
        ({"path": "a.csv", "hash": "sha1:1"}, ("a.csv", None), "declared in line 11 of "),
        ({"path": "a.csv", "bytes": 1}, ("a.csv", None), "declared in line 11 of "),
    ],
)
def test_what_the_descriptor_says_of_a_file_has_its_line(
    tmp_path: Path, resource: dict[str, Any], place: tuple[str, int | None], words: str
) -> None:
    (tmp_path / "a.csv").write_text("id\n1\n")
    (tmp_path / "a.jsonl").write_text('{"id": 1}\n')
    (tmp_path / "a.json").write_text('[{"id": 1}]')
    dialect = {"delimiter": ","}
    report = judged(tmp_path, {"resources": [{"name": "t", "dialect": dialect, "type": "table"} | resource]})
    (finding,) = report.findings
    assert words in finding.message
    assert (Path(finding.place.path).name, finding.place.line) == place


def test_the_ledger_says_that_it_was_judged_as_no_table(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(b"%PDF")
    report = judged(tmp_path, {"resources": [{"name": "t", "path": "a.pdf"}]})
    (entry,) = [verdict for verdict in report.datasets[0].verdicts if verdict.listed]
    assert (entry.code, entry.table, entry.skipped) == (
        "source-error",
        "t",
        "it is declared as no table: that it is there, its size and its digest are all that is checked",
    )
    assert report.datasets[0].tables[0].bytes == 4


PROFILES = [
    ({"profile": "http://127.0.0.1:9/p.json"}, ["scheme-error"]),
    ({"$schema": "http://127.0.0.1:9/p.json"}, ["scheme-error"]),
    ({"profile": "own.json"}, ["scheme-error"]),
    ({"profile": "data-package"}, []),
    ({"$schema": "https://datapackage.org/profiles/2.0/datapackage.json"}, []),
    ({"$schema": "https://datapackage.org/profiles/1.0/datapackage.json"}, []),
    ({"profile": "https://specs.frictionlessdata.io/schemas/data-package.json"}, []),
]
REMOTE = [
    *(("path", f"{scheme}://127.0.0.1:9/a.csv") for scheme in ("http", "HTTPS", "ftp", "s3", "gs", "sqlite")),
    *(("path", path) for path in ("data:text/csv,id%0A1", "stdin:x", ["a.csv", "http://127.0.0.1:9/a.csv"])),
    *(("schema", "http://127.0.0.1:9/s.json"), ("dialect", "http://127.0.0.1:9/d.json")),
    *(("profile", "http://127.0.0.1:9/p.json"), ("$schema", "http://127.0.0.1:9/p.json")),
    *(("schema", SCHEMA | {"$schema": "http://127.0.0.1:9/p.json"}), ("dialect", {"$schema": "http://127.0.0.1:9/p"})),
]


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever opens a connection fails the test."""

    def refuse(*_: Any, **__: Any) -> None:
        raise AssertionError("a connection was opened")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


@pytest.mark.parametrize(("more", "codes"), PROFILES)
@pytest.mark.usefixtures("no_network")
def test_no_profile_is_fetched(tmp_path: Path, more: dict[str, Any], codes: list[str]) -> None:
    (tmp_path / "a.csv").write_text("id\nx\n")
    report = judged(tmp_path, more | {"resources": [{"name": "t", "path": "a.csv", "dialect": {}, "schema": SCHEMA}]})
    assert sorted(code for code, *_ in places(report)) == [*codes, "type-error"]


@pytest.mark.parametrize(("key", "value"), REMOTE)
@pytest.mark.usefixtures("no_network")
def test_nothing_remote_is_fetched_and_the_rest_is_judged(tmp_path: Path, key: str, value: Any) -> None:
    (tmp_path / "a.csv").write_text("id\nx\n")
    remote = {"name": "t", "path": "a.csv"} | {key: value}
    report = judged(tmp_path, {"resources": [remote, {"name": "u", "path": "a.csv", "dialect": {}, "schema": SCHEMA}]})
    told = {(finding.code, finding.place.table) for finding in report.findings}
    beside = {("type-error", "t"), ("dialect-default", "t")}
    assert told - beside == {("scheme-error", "t"), ("type-error", "u")}


@pytest.mark.parametrize("paths", [{"path": ["a.tsv", "b.tsv"]}, {"path": "a.tsv", "extrapaths": ["b.tsv"]}])
def test_each_file_of_a_table_has_its_header(tmp_path: Path, paths: dict[str, Any]) -> None:
    (tmp_path / "a.tsv").write_text("id\tn\n1\ta\n")
    (tmp_path / "b.tsv").write_text("id\tm\nx\tb\n")
    schema = {"fields": [{"name": "id", "type": "integer"}, {"name": "n", "type": "string"}]}
    report = judged(tmp_path, {"resources": [{"name": "t", "dialect": {}, "schema": schema} | paths]})
    assert [(f.code, f.place.path[-5:], f.place.row, f.place.line) for f in report.findings] == [
        ("incorrect-label", "b.tsv", None, 1),
        ("type-error", "b.tsv", 2, 2),
    ]


def test_one_bad_path_of_several_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("id\n")
    report = judged(tmp_path, {"resources": [{"name": "t", "path": "a.csv", "extrapaths": ["../b.csv"]}]})
    assert [code for code, *_ in places(report)] == ["unsafe-path"]


def test_a_descriptor_that_is_a_link_is_not_followed(tmp_path: Path) -> None:
    folder = tmp_path / "package"
    folder.mkdir()
    (tmp_path / "secret.json").write_text('{"token": "s3cret"}')
    (folder / "datapackage.json").symlink_to(tmp_path / "secret.json")
    report = validate(f"{folder}/")
    assert [code for code, *_ in places(report)] == ["unsafe-path"]
    assert "s3cret" not in str(report)


@pytest.mark.parametrize(
    "name",
    ["", "..", "../a", "/a", "a/b", "a\\b", "C:a", ".a", "-rf", "a.", " a", "a\nb", "a\0", "\u202ea", 'a"b', "con", "x" * 201],
)  # fmt: skip
def test_names_that_are_no_names_of_files(tmp_path: Path, name: str) -> None:
    assert unsafe_name(name) is not None
    (tmp_path / "a.csv").write_text("id\n1\n")
    told = [code for code, *_ in places(judged(tmp_path, {"resources": [{"name": name, "path": "a.csv"}]}))]
    assert "resource-error" in told


@pytest.mark.parametrize("name", ["a", "A_b-c.d", "with space", "größe", "a=1", "2020", "console"])
def test_names_that_are(name: str) -> None:
    assert unsafe_name(name) is None


def test_names_of_members_of_an_archive() -> None:
    assert [name for name in ("a.csv", "data/a.csv", "../a", "/a", "a//b", "a\\b", "C:a", "./a", "a\0") if unsafe_member(name)] == [
        "../a", "/a", "a//b", "a\\b", "C:a", "./a", "a\0",
    ]  # fmt: skip


@pytest.mark.parametrize("version", ["/etc", "../1", "1.0\n::error::x", ""])
def test_a_version_is_part_of_a_path(tmp_path: Path, version: str) -> None:
    (tmp_path / "a.csv").write_text("id\n1\n")
    package = {"version": version, "resources": [{"name": "t", "path": "a.csv"}]}
    assert [code for code, *_ in places(judged(tmp_path, package))] == ["package-error"]
