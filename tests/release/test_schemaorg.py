"""`schema.jsonld` has what Google's search for datasets asks for, and is JSON-LD."""

import json
from pathlib import Path
from typing import Any

import pytest
import rdflib

REQUIRED = {"@context", "@type", "name", "description"}
RECOMMENDED = {
    *("alternateName", "creator", "distribution", "identifier", "isAccessibleForFree", "keywords", "license"),
    *("spatialCoverage", "temporalCoverage", "variableMeasured", "version", "url"),
}


def told(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "schema.jsonld").read_text())
    return found


@pytest.mark.parametrize("kind", ["rich", "hostile", "bare"])
def test_what_is_required_is_there(releases: dict[str, Path], kind: str) -> None:
    found = told(releases[kind])
    assert found.keys() >= REQUIRED
    assert (found["@type"], 50 <= len(found["description"]) <= 5000) == ("Dataset", True)
    assert all(item.keys() >= {"contentUrl", "encodingFormat"} for item in found["distribution"])


def test_what_is_recommended_is_there(releases: dict[str, Path]) -> None:
    found = told(releases["rich"])
    assert found.keys() >= RECOMMENDED
    assert (found["@id"], found["temporalCoverage"]) == ("https://doi.org/10.5072/example.1", "2021-08-15/2023")
    assert found["spatialCoverage"][2]["geo"]["box"] == "23.5 60.5 38.5 77.9"
    killed = next(item for item in found["variableMeasured"] if item["name"] == "events.killed")
    assert killed == {"@type": "PropertyValue", "name": "events.killed", "description": "Killed", "unitText": "persons"}


@pytest.mark.filterwarnings("ignore:ConjunctiveGraph:DeprecationWarning")  # of rdflib's own code
@pytest.mark.parametrize("kind", ["rich", "hostile", "bare"])
def test_it_is_read_as_linked_data(releases: dict[str, Path], kind: str) -> None:
    words = {**told(releases[kind]), "@context": {"@vocab": "https://schema.org/"}}  # offline
    graph = rdflib.Graph().parse(data=json.dumps(words), format="json-ld", publicID="https://example.org/r/")
    kinds = set(graph.objects(None, rdflib.RDF.type))
    assert {rdflib.SDO.Dataset, rdflib.SDO.DataDownload, rdflib.SDO.PropertyValue} <= kinds
