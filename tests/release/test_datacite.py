"""`datacite.json` and `datacite.xml` are valid by the schemas of DataCite, offline."""

import json
from pathlib import Path
from typing import Any

import pytest
import xmlschema
from conftest import SHARED
from datacite import schema45

from datapkg.dataset import open_dataset
from datapkg.release.datacite import datacite_json, datacite_xml
from datapkg.release.draft import Draft

XSD = SHARED / "standards" / "datacite-4.7" / "metadata.xsd"


def told(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "datacite.json").read_text())
    return found


@pytest.mark.parametrize("kind", ["rich", "hostile", "parted"])
def test_the_schema_in_json_accepts_it(releases: dict[str, Path], kind: str) -> None:
    found = told(releases[kind])
    assert [error.message for error in schema45.validator.iter_errors(found)] == []
    assert not schema45.validate({**found, "publicationYear": "last year"})


@pytest.mark.skipif(not XSD.exists(), reason="../shared has the schema, and is not here")
def test_the_schema_in_xml_accepts_it(releases: dict[str, Path]) -> None:
    schema = xmlschema.XMLSchema(XSD.as_posix(), base_url=XSD.parent.as_posix(), allow="local")
    schema.validate((releases["rich"] / "datacite.xml").as_posix())
    broken = (releases["rich"] / "datacite.xml").read_text().replace("<publicationYear>2026", "<publicationYear>x")
    assert not schema.is_valid(broken)


@pytest.mark.skipif(not XSD.exists(), reason="../shared has the schema, and is not here")
def test_hostile_texts_are_texts_in_xml_too(releases: dict[str, Path]) -> None:
    schema = xmlschema.XMLSchema(XSD.as_posix(), base_url=XSD.parent.as_posix(), allow="local")
    text = schema45.tostring({**told(releases["hostile"]), "doi": "10.5072/x"})
    schema.validate(text)
    assert "<script>" not in text and "&lt;script&gt;" in text


def test_there_is_xml_only_where_there_is_a_doi(releases: dict[str, Path]) -> None:
    assert [kind for kind, folder in releases.items() if (folder / "datacite.xml").exists()] == ["rich", "parted"]
    assert "doi" not in told(releases["hostile"])


def test_without_a_date_there_is_none(releases: dict[str, Path]) -> None:
    folder = releases["rich"]
    dataset = open_dataset(folder / "datapackage.json", root=folder, base=folder)
    assert (datacite_json(Draft(dataset, "1.0.0", None, {})), datacite_xml(Draft(dataset, "1.0.0", None, {}))) == (
        None,
        None,
    )


def test_it_says_what_the_descriptor_says(releases: dict[str, Path]) -> None:
    found = told(releases["rich"])
    assert (found["doi"], found["publicationYear"], found["version"]) == ("10.5072/example.1", "2026", "1.0.0")
    assert found["publisher"]["publisherIdentifier"] == "https://ror.org/03yrm5c26"
    assert [(who["name"], who["nameType"]) for who in found["creators"]] == [
        *(("Example, Ada", "Personal"), ("O'Example, Grace", "Personal"))
    ]
    assert [(who["name"], who["contributorType"]) for who in found["contributors"]] == [
        *(("Example, Ada", "ContactPerson"), ("Somebody Else", "DataCurator"), ("Somebody Else", "Other"))
    ]
    assert [(item["relatedIdentifierType"], item["relationType"]) for item in found["relatedIdentifiers"]] == [
        *(("DOI", "IsDerivedFrom"), ("URL", "IsDerivedFrom"))
    ]
    assert [item["rightsIdentifier"] for item in found["rightsList"]] == ["ODbL-1.0", "CC-BY-4.0"]
    assert found["geoLocations"][2]["geoLocationBox"]["westBoundLongitude"] == 60.5
