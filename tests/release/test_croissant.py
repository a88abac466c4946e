"""`croissant.json`: every row of every record set loads, without an error or a warning."""

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.parquet as pq
import pytest
from everytype import build_every

mlcroissant = pytest.importorskip("mlcroissant")
pytestmark = pytest.mark.filterwarnings("ignore:The inplace keyword:FutureWarning", "ignore:.*:DeprecationWarning")

KINDS = ("rich", "hostile", "parted")
REQUIRED = {
    *("@context", "@type", "conformsTo", "description", "license", "name", "url", "creator", "datePublished"),
    *("version", "keywords", "publisher", "citeAs", "distribution", "recordSet", "isLiveDataset"),
}
"""What the specification asks of a dataset, and what it recommends."""


def opened(folder: Path) -> Any:
    return mlcroissant.Dataset(folder / "croissant.json")


def loaded(folder: Path) -> dict[str, list[dict[str, Any]]]:
    """All records of all record sets, from one Dataset, in the order of the file."""
    dataset = opened(folder)
    return {item.uuid: list(dataset.records(item.uuid)) for item in dataset.metadata.record_sets}


@pytest.mark.parametrize("kind", KINDS)
def test_it_is_without_error_and_warning(releases: dict[str, Path], kind: str) -> None:
    issues = opened(releases[kind]).metadata.issues
    assert (set(issues.errors), set(issues.warnings)) == (set(), set())


@pytest.mark.parametrize("kind", [*KINDS, "bare"])
def test_every_row_of_every_record_set_loads(releases: dict[str, Path], kind: str) -> None:
    found = {name: len(records) for name, records in loaded(releases[kind]).items()}
    assert found == {"events/kind/values": 3, "events": 3, "persons": 2}


def test_values_come_back_as_they_are(releases: dict[str, Path]) -> None:
    events = loaded(releases["rich"])["events"]
    assert [event["events/id"] for event in events] == [b"a", b"b", b"c"]
    assert [event["events/killed"] for event in events] == [None, 12, 0]
    assert [event["events/sure"] for event in events] == [None, True, False]
    assert [event["events/day"].date() for event in events] == [
        *(dt.date(2023, 7, 13), dt.date(2023, 7, 12), dt.date(999, 1, 1))
    ]
    assert [event["events/kind"] for event in events] == [None, b"raid", b"war"]


def test_parts_hold_the_same_records_as_one_file(releases: dict[str, Path]) -> None:
    assert len(list(releases["parted"].glob("data/events/*.parquet"))) == 3
    assert loaded(releases["parted"]) == loaded(releases["rich"])


def test_each_record_set_loads_from_a_dataset_of_its_own(releases: dict[str, Path]) -> None:
    for name, rows in (("events", 3), ("persons", 2)):
        assert len(list(opened(releases["rich"]).records(name))) == rows


@pytest.mark.parametrize("kind", KINDS)
def test_what_the_specification_asks_for_is_there(releases: dict[str, Path], kind: str) -> None:
    told = json.loads((releases[kind] / "croissant.json").read_text())
    assert told.keys() >= REQUIRED
    assert told["conformsTo"] == "http://mlcommons.org/croissant/1.1"
    for file in told["distribution"]:
        assert file.keys() >= {"@id", "name", "encodingFormat"}
        assert file.keys() >= ({"contentUrl", "sha256"} if file["@type"] == "cr:FileObject" else {"includes"})
    for records in told["recordSet"]:
        assert records.keys() >= {"@id", "field"}
        assert all(field.keys() >= {"@id", "name", "dataType"} for field in records["field"])


def test_keys_references_and_values_are_told(releases: dict[str, Path]) -> None:
    told = json.loads((releases["rich"] / "croissant.json").read_text())
    kinds, events, persons = told["recordSet"]
    fields = {field["name"]: field for field in events["field"]}
    assert (events["key"], persons["key"]) == ([{"@id": "events/id"}], [{"@id": "persons/person"}])
    assert fields["who"]["references"] == {
        "fileObject": {"@id": "files/data/persons.parquet"},
        "extract": {"column": "person"},
    }
    assert [item["name"] for item in persons["field"] if "references" in item] == []  # to itself: it cannot be loaded
    assert (kinds["dataType"], [list(row.values()) for row in kinds["data"]]) == (
        "sc:Enumeration",
        [["war"], ["raid"], ["peace"]],
    )


def test_columns_are_those_of_the_files(releases: dict[str, Path]) -> None:
    told = json.loads((releases["rich"] / "croissant.json").read_text())
    for records in told["recordSet"][1:]:
        stored = pq.read_schema(releases["rich"] / "data" / f"{records['@id']}.parquet")
        assert [field["source"]["extract"]["column"] for field in records["field"]] == stored.names


def test_every_type_of_column_loads(tmp_path: Path) -> None:
    folder = build_every(tmp_path)
    issues = opened(folder).metadata.issues
    assert (set(issues.errors), set(issues.warnings)) == (set(), set())
    records = loaded(folder)["every"]
    stored = pq.read_table(folder / "data" / "every.parquet")
    points = {field.name for field in stored.schema if pyarrow.types.is_binary(field.type)}
    assert (len(records), len(points)) == (stored.num_rows, 4)
    assert [name.removeprefix("every/") for name in records[1]] == [
        field.name for field in stored.schema if field.name not in points
    ]
    for record, row in zip(records, stored.to_pylist(), strict=True):
        assert record["every/id"] == row["id"].encode()
        assert record["every/text"] == (None if row["text"] is None else row["text"].encode())
        for name in ("price", "sure", "year", "where_lon", "small", "share"):
            assert record[f"every/{name}"] == (None if row[name] is None else float(row[name]))
        assert record["every/numbers"] == row["numbers"]


def test_a_file_that_was_changed_does_not_load(releases: dict[str, Path], tmp_path: Path) -> None:
    text = (releases["rich"] / "croissant.json").read_text()
    digest = json.loads(text)["distribution"][0]["sha256"]
    (tmp_path / "data").mkdir()
    for path in (releases["rich"] / "data").iterdir():
        (tmp_path / "data" / path.name).write_bytes(path.read_bytes())
    (tmp_path / "croissant.json").write_text(text.replace(digest, "0" * 64))
    with pytest.raises(Exception, match=r"sequential generation .*Download\(files/data/events.parquet\)"):
        loaded(tmp_path)


def test_nothing_in_it_ends_a_script_of_a_page(releases: dict[str, Path]) -> None:
    for name in ("croissant.json", "schema.jsonld"):
        text = (releases["hostile"] / name).read_text()
        assert "<" not in text and "</script>" in json.loads(text)["description"]
