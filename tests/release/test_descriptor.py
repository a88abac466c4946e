"""`datapackage.json` of a release."""

import hashlib
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from conftest import SHARED
from releasing import EVENTS, build_example

import datapkg

PROFILE = SHARED / "standards" / "datapackage-profiles" / "2.0" / "datapackage.json"


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = build_example(tmp_path_factory.mktemp("release") / "project")
    told: dict[str, Any] = json.loads((folder / "datapackage.json").read_text())
    return told | {"folder": folder}


def test_the_package_says_what_the_source_says(package: dict[str, Any]) -> None:
    assert package["$schema"] == "https://datapackage.org/profiles/2.0/datapackage.json"
    assert (package["name"], package["version"]) == ("example", "1.0.0")
    assert package["created"] == "2026-01-01T00:00:00Z"
    assert package["contributors"] == [{"title": "Somebody", "roles": ["curator"]}]
    assert package["sources"][0]["path"] == "https://example.com/a"


def test_a_resource_describes_its_file(package: dict[str, Any]) -> None:
    resource = package["resources"][0]
    file: Path = package["folder"] / "data" / "events.parquet"
    schema = resource.pop("schema")
    assert resource == {
        "name": "events",
        "type": "table",
        "title": "Events",
        "path": "data/events.parquet",
        "format": "parquet",
        "mediatype": "application/vnd.apache.parquet",
        "bytes": file.stat().st_size,
        "hash": f"sha256:{hashlib.sha256(file.read_bytes()).hexdigest()}",
        "datapkg:content_sha256": datapkg.content_sha256(file, schema),
    }


def test_a_reference_to_the_same_table_leaves_the_table_out(package: dict[str, Any]) -> None:
    key = {"fields": ["boss"], "reference": {"fields": ["person"]}}
    assert package["resources"][1]["schema"]["foreignKeys"] == [key]


def test_schemas_are_written_in_and_no_path_of_the_project_is_left(package: dict[str, Any]) -> None:
    text = (package["folder"] / "datapackage.json").read_text()
    assert "schemas/" not in text and ".csv" not in text and package["folder"].parent.as_posix() not in text
    assert len(package["resources"][0].get("schema", {}).get("fields", [1] * 12)) == EVENTS.count("- {name")


@pytest.mark.skipif(not PROFILE.exists(), reason="the profiles of the standard are not here")
def test_the_profile_of_the_standard_accepts_it(package: dict[str, Any]) -> None:
    told = json.loads((package["folder"] / "datapackage.json").read_text())
    jsonschema.validate(told, json.loads(PROFILE.read_text()))
