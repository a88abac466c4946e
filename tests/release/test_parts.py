"""A release whose tables are parts: described, read, verified and loaded as one table each."""

import hashlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import frictionless
import pyarrow.parquet as pq
import pytest
import yaml
from releasing import release_copy, tree, write_releasable

import datapkg
from datapkg.checksums import sums_text
from datapkg.errors import TargetError
from datapkg.findings import Report
from datapkg.limits import Limits
from datapkg.project import Project
from datapkg.release import parquet
from datapkg.release.build import build
from datapkg.verify import verify

LIMITS = Limits(part_bytes=1)
EVENTS = [f"data/events/part-0000{number}.parquet" for number in range(3)]
PERSONS = [f"data/persons/part-0000{number}.parquet" for number in range(2)]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return write_releasable(tmp_path_factory.mktemp("parts") / "project")


@pytest.fixture(scope="module")
def built(project: Project) -> Path:
    """The release of the project, a row a part."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parquet, "ROW_GROUP", 1)
        return build("example", project, limits=LIMITS).folder


@pytest.fixture
def release(built: Path, tmp_path: Path) -> Path:
    """A copy of the release, to be harmed."""
    return release_copy(tmp_path, built)


def told(report: Report) -> list[tuple[str, str]]:
    return [(finding.code, "/".join(Path(finding.place.path).parts[-2:])) for finding in report.findings]


def test_the_files_of_a_table_are_in_a_folder_of_its_name(built: Path) -> None:
    assert [path for path in tree(built) if path.startswith("data/")] == EVENTS + PERSONS
    assert [pq.read_table(built / path)["id"].to_pylist() for path in EVENTS] == [["a"], ["b"], ["c"]]


def test_the_descriptor_lists_the_parts_with_the_digest_of_all(built: Path) -> None:
    resource: dict[str, Any] = json.loads((built / "datapackage.json").read_text())["resources"][0]
    whole = b"".join((built / path).read_bytes() for path in EVENTS)
    assert (resource["path"], resource["bytes"]) == (EVENTS, len(whole))
    assert resource["hash"] == f"sha256:{hashlib.sha256(whole).hexdigest()}"


def test_the_card_names_all_parts_by_a_pattern(built: Path) -> None:
    card = (built / "README.md").read_text()
    configs = yaml.safe_load(card.split("---\n")[1])["configs"]
    assert configs[0]["data_files"] == [{"split": "train", "path": "data/events/part-*.parquet"}]
    assert "Events, 3 rows, in 3 parts, `data/events/part-*.parquet`." in card.splitlines()


def test_it_verifies_and_frictionless_finds_it_valid(built: Path) -> None:
    report = verify(built.as_posix())
    assert (report.valid, report.findings) == (True, ())
    assert [(table.name, table.rows) for table in report.datasets[0].tables] == [("events", 3), ("persons", 2)]
    assert frictionless.validate((built / "datapackage.json").as_posix()).valid


def test_it_loads_as_one_table(built: Path) -> None:
    release = datapkg.load(built.as_posix())
    assert release["events"]["id"].to_pylist() == ["a", "b", "c"]
    assert release["events"].schema == pq.read_schema(built / EVENTS[0])
    assert release.to_polars("events")["killed"].to_list() == [None, 12, 0]
    assert release.to_pandas("events")["kind"].tolist()[1:] == ["raid", "war"]
    assert release.connect().execute("SELECT count(*), min(id) FROM events").fetchall() == [(3, "a")]


def test_a_changed_part_is_named(release: Path) -> None:
    content = bytearray((release / EVENTS[1]).read_bytes())
    content[len(content) // 2] ^= 1
    (release / EVENTS[1]).write_bytes(content)
    found = told(verify(release.as_posix()))
    assert ("checksum-mismatch", "events/part-00001.parquet") in found
    assert {path for code, path in found if code in ("checksum-mismatch", "source-error")} == {
        "events/part-00001.parquet"
    }
    with pytest.raises(TargetError, match=r"data/events/part-00001.parquet is not the file that was released"):
        datapkg.load(release.as_posix())["events"]


def test_a_missing_part_is_named(release: Path) -> None:
    (release / EVENTS[2]).unlink()
    assert ("file-missing", "events/part-00002.parquet") in told(verify(release.as_posix()))


def test_parts_that_changed_places_are_found(release: Path) -> None:
    one, other = (release / EVENTS[0]).read_bytes(), (release / EVENTS[1]).read_bytes()
    (release / EVENTS[0]).write_bytes(other)
    (release / EVENTS[1]).write_bytes(one)
    (release / "SHA256SUMS").write_text(sums_text(release))
    assert told(verify(release.as_posix())) == [
        ("hash-count", "events/part-00000.parquet"),
        ("provenance-mismatch", "example-1.0.0/provenance.json"),  # it names the list of digests that was
    ]


def test_a_type_that_is_wrong_in_one_part_names_it(release: Path) -> None:
    table = pq.read_table(release / EVENTS[1])
    number = table.schema.get_field_index("killed")
    pq.write_table(table.set_column(number, "killed", table["killed"].cast("string")), release / EVENTS[1])
    found = told(verify(release.as_posix()))
    assert ("column-type", "events/part-00001.parquet") in found
    assert ("column-type", "events/part-00000.parquet") not in found


def test_a_broken_rule_names_the_part(release: Path) -> None:
    table = pq.read_table(release / PERSONS[1])
    pq.write_table(table.set_column(1, "boss", [["nobody"]]), release / PERSONS[1])
    assert ("foreign-key", "persons/part-00001.parquet") in told(verify(release.as_posix()))


def test_keys_of_a_release_in_parts_are_still_asked_for(project: Project, built: Path) -> None:
    assert built.is_dir()
    path = project.datasets / "example" / "data" / "events.csv"
    before = path.read_text()
    path.write_text("\n".join(line for line in before.splitlines() if not line.startswith("a,")) + "\n")
    try:
        report = datapkg.validate("example", project=project)
    finally:
        path.write_text(before)
    assert [finding.place.key for finding in report.findings if finding.code == "key-vanished"] == [{"id": "a"}]


@pytest.mark.parametrize(("settings", "code"), [("[limits]\npart_bytes = 1\n", 0), ("", 1)])
def test_the_project_sets_the_limit(project: Project, built: Path, settings: str, code: int) -> None:
    (project.root / "datapkg.toml").write_text(settings)
    command = (
        "import sys; from datapkg.release import parquet; from datapkg.cli import main\n"
        "parquet.ROW_GROUP = 1; sys.argv = ['datapkg', 'release', 'example']; main()"
    )
    run = subprocess.run([sys.executable, "-c", command], cwd=project.root, capture_output=True, text=True, check=False)
    assert (run.returncode, run.stdout) == (code, "" if code else f"dist/{built.name}\n"), run.stderr
    assert ("version taken" in run.stderr) is bool(code)
