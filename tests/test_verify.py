"""`verify` finds every change of a release and names the file."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import pyarrow
import pyarrow.parquet as pq
import pytest
from releasing import RELEASED, build_example, edit, release_copy

from datapkg.checksums import sums_text
from datapkg.errors import TargetError
from datapkg.findings import Report
from datapkg.project import find_project
from datapkg.verify import verify
from datapkg.vouching import RULES, VERSION_TOO_LOW


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_example(tmp_path_factory.mktemp("release") / "project")


@pytest.fixture
def release(built: Path, tmp_path: Path) -> Path:
    """A copy of the release, to be harmed."""
    return release_copy(tmp_path, built)


def check(folder: Path) -> Report:
    return verify(folder.as_posix())


def told(report: Report) -> list[tuple[str, str]]:
    return [(finding.code, Path(finding.place.path).name) for finding in report.findings]


def test_a_release_as_it_was_built_is_fine(release: Path) -> None:
    report = check(release)
    assert (report.valid, report.findings) == (True, ())
    assert [(table.name, table.rows) for table in report.datasets[0].tables] == [("events", 3), ("persons", 2)]


def test_a_release_is_found_by_name(built: Path) -> None:
    project = find_project(built.parents[1])
    assert verify("example@1.0.0", project).valid and verify("example", project).valid
    with pytest.raises(TargetError, match=r"no release of example matches 2.0.0 in dist \(there: 1.0.0\)"):
        verify("example@2.0.0", project)


@pytest.mark.parametrize("name", RELEASED)
@pytest.mark.parametrize("place", [0, 0.37, 0.5, 0.83, 1])
@pytest.mark.parametrize("bit", [1, 32])
def test_a_changed_byte_is_found(release: Path, name: str, place: float, bit: int) -> None:
    content = bytearray((release / name).read_bytes())
    content[int((len(content) - 1) * place)] ^= bit
    (release / name).write_bytes(content)
    report = check(release)
    assert not report.valid
    assert any(Path(name).name in f"{finding.place.path} {finding.message}" for finding in report.findings)


@pytest.mark.parametrize("name", [name for name in RELEASED if name not in ("SHA256SUMS", "provenance.json")])
def test_a_missing_file_is_found(release: Path, name: str) -> None:
    (release / name).unlink()
    assert ("file-missing", Path(name).name) in told(check(release))


def harm_sums(release: Path) -> None:
    (release / "SHA256SUMS").write_text((release / "SHA256SUMS").read_text().upper())


def harm_types(release: Path) -> None:
    path = release / "data" / "events.parquet"
    table = pq.read_table(path)
    number = table.schema.get_field_index("killed")
    pq.write_table(table.set_column(number, "killed", table["killed"].cast(pyarrow.string())), path)
    described = (release / "datapackage.json").read_text()
    before = described[described.index('"bytes"') : described.index('"schema"')]
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    after = f'"bytes": {path.stat().st_size},\n "hash": "sha256:{digest}",\n '
    (release / "datapackage.json").write_text(described.replace(before, after, 1))
    (release / "SHA256SUMS").write_text(sums_text(release))


def harm_content(release: Path) -> None:
    path = release / "datapackage.json"
    told = json.loads(path.read_text())
    told["resources"][0]["datapkg:content_sha256"] = "0" * 64
    path.write_text(json.dumps(told))
    (release / "SHA256SUMS").write_text(sums_text(release))


CASES: dict[str, tuple[Callable[[Path], object], list[tuple[str, str]]]] = {
    "checksums-missing": (lambda r: (r / "SHA256SUMS").unlink(), [("checksums-missing", "SHA256SUMS")]),
    "checksums-malformed": (harm_sums, [("checksums-malformed", "SHA256SUMS")]),
    "checksum-mismatch": (lambda r: (r / "LICENSE").write_text("MIT\n"), [("checksum-mismatch", "LICENSE")]),
    "file-missing": (lambda r: (r / "LICENSE").unlink(), [("file-missing", "LICENSE")]),
    "file-unlisted": (lambda r: (r / "data" / "x.csv").write_text("a\n"), [("file-unlisted", "x.csv")]),
    "column-type": (harm_types, [("column-type", "events.parquet"), ("provenance-mismatch", "provenance.json")]),
    "content-mismatch": (
        harm_content,
        [("content-mismatch", "events.parquet"), ("provenance-mismatch", "provenance.json")],
    ),
    "provenance-mismatch": (
        lambda r: (r / "provenance.json").unlink(),
        [("provenance-mismatch", "provenance.json")],
    ),
}


def test_a_copy_of_another_writer_is_equal_or_told(release: Path, tmp_path: Path) -> None:
    table = pq.read_table(release / "data" / "events.parquet")
    same, other = tmp_path / "same.parquet", tmp_path / "other.parquet"
    pq.write_table(table.cast(pyarrow.schema([(f.name, plain(f.type)) for f in table.schema])).take([2, 0, 1]), same)
    pq.write_table(table.slice(1), other)
    assert verify(release.as_posix(), copies={"events": same}).valid
    assert told(verify(release.as_posix(), copies={"events": other})) == [("content-mismatch", "other.parquet")]
    with pytest.raises(TargetError, match="example has no table x"):
        verify(release.as_posix(), copies={"x": same})


def plain(kind: pyarrow.DataType) -> pyarrow.DataType:
    """The type as a writer holds it that knows no dictionaries and no small numbers."""
    if pyarrow.types.is_dictionary(kind):
        return pyarrow.large_string()
    return pyarrow.int64() if pyarrow.types.is_integer(kind) else kind


def test_every_rule_has_a_case() -> None:
    signatures = {"signature-missing", "signature-invalid", "signature-unchecked", "rebuild-differs"}  # in release/
    assert CASES.keys() | signatures == {rule.code for rule in RULES} - {VERSION_TOO_LOW.code}


@pytest.mark.parametrize("code", CASES)
def test_each_fault_is_told_once(release: Path, code: str) -> None:
    harm, wanted = CASES[code]
    harm(release)
    report = check(release)
    assert (told(report), report.valid) == (wanted, False)


def test_data_that_breaks_its_own_schema_is_found_though_all_digests_agree(release: Path) -> None:
    edit(release / "datapackage.json", '"war",', '"famine",')
    (release / "SHA256SUMS").write_text(sums_text(release))
    assert [(f.code, f.place.column, f.place.value) for f in check(release).findings] == [
        ("constraint-error", "kind", "war"),
        ("provenance-mismatch", None, None),  # it names the list of digests that was
    ]


def test_no_link_is_followed(release: Path, tmp_path: Path) -> None:
    (release / "LICENSE").rename(tmp_path / "LICENSE")
    (release / "LICENSE").symlink_to(tmp_path / "LICENSE")
    (release / "more").symlink_to(tmp_path)
    assert told(check(release)) == [("unsafe-path", "SHA256SUMS"), ("file-unlisted", "more")]


@pytest.mark.parametrize("path", ["../LICENSE", "/etc/hostname", "data/../../x"])
def test_no_path_leaves_the_release(release: Path, path: str) -> None:
    text = (release / "SHA256SUMS").read_text().splitlines()
    lines = sorted([*text, f"{'0' * 64}  {path}"], key=lambda line: line[66:])
    (release / "SHA256SUMS").write_text("".join(f"{line}\n" for line in lines))
    finding = check(release).findings[0]
    assert (finding.code, Path(finding.place.path).name) == ("unsafe-path", "SHA256SUMS")
    assert path in finding.message


def test_a_folder_without_anything_is_no_release(tmp_path: Path) -> None:
    assert told(check(tmp_path)) == [("checksums-missing", "SHA256SUMS"), ("file-missing", "datapackage.json")]
    with pytest.raises(TargetError, match="there is no release folder"):
        check(tmp_path / "absent")
