"""The data of scripts/bench: always the same bytes, clean where they should be, faulty where that is planted."""

import hashlib
from collections import Counter
from pathlib import Path

import benching_data
import benching_events
import pytest

from datapkg.diff import diff
from datapkg.findings import Report
from datapkg.project import find_project
from datapkg.validate import validate

CLEAN = "de61b9b23c9623c436fc2501360b3cc2ec1aa889fe829512705ea27cce33f77e"


def made(tmp_path: Path, kind: str) -> benching_data.Data:
    return benching_data.make(tmp_path, "1k", kind)


def judged(data: benching_data.Data) -> Report:
    return validate(data.dataset.as_posix(), project=find_project(data.folder))


def test_data_are_the_same_wherever_they_are_made(tmp_path: Path) -> None:
    table = made(tmp_path, "clean").table("incidents").read_bytes()
    assert hashlib.sha256(table).hexdigest() == CLEAN
    assert table.splitlines()[1].decode() == (
        "inc-00000000,2010-08-12,2010-08-18,shelling,confirmed,pl-002040,act-0205,src-0000852,30,5,34.70504,74.66184,"
        'false,"Unknown persons abducted a contractor from his home, according to the district’s café owners, '
        'the wounded were taken to the hospital."'
    )


def test_data_are_as_wide_as_what_is_promised_about_them(tmp_path: Path) -> None:
    lines = made(tmp_path, "clean").table("incidents").read_bytes().splitlines(keepends=True)
    assert len(lines) == 1_001
    assert lines[0].count(b",") == 13
    assert 225 < sum(map(len, lines[1:])) / 1_000 < 240


@pytest.mark.parametrize("kind", benching_data.KINDS)
def test_data_have_the_faults_that_are_planted_and_no_other(kind: str, tmp_path: Path) -> None:
    report = judged(made(tmp_path, kind))
    found = Counter(finding.code for finding in report.findings)
    assert found == benching_data.planted(1_000, kind)
    assert sum(found.values()) == (0 if kind in ("clean", "changed") else 100)


def test_changed_data_differ_as_they_say(tmp_path: Path) -> None:
    changes = diff(made(tmp_path, "clean").dataset, made(tmp_path, "changed").dataset)
    table = changes.tables["incidents"]
    assert (table.removed, table.changed, table.added) == benching_data.differing(1_000) == (2, 8, 1)
    assert dict(table.columns) == {"killed": 8}
    assert [row.key for row in table.rows if row.other] == [
        {"incident_id": "inc-00000907"},
        {"incident_id": "inc-00001907"},
    ]


def test_data_are_made_once(tmp_path: Path) -> None:
    data = benching_data.data_at(tmp_path, "1k", "clean")
    data.table("incidents").write_text("touched", encoding="utf-8")
    assert benching_data.data_at(tmp_path, "1k", "clean").table("incidents").read_text(encoding="utf-8") == "touched"
    (data.folder / "made").write_text("of an older version", encoding="utf-8")
    assert benching_data.data_at(tmp_path, "1k", "clean").table("incidents").stat().st_size > 200_000


def test_the_small_dataset_has_sixteen_tables_of_a_hundred_rows_and_is_clean(tmp_path: Path) -> None:
    report = validate(benching_events.write_small(tmp_path / "small"))
    assert report.valid
    assert (len(report.datasets[0].tables), sum(table.rows or 0 for table in report.datasets[0].tables)) == (16, 100)
