"""`CITATION.cff` is valid by the schema of its format and by cffconvert, and BibTeX is BibTeX."""

import json
import subprocess
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from conftest import SHARED
from environments import CFFCONVERT, environment

from datapkg.release.about import about
from datapkg.release.citation import LATER, bibtex
from datapkg.release.licences import SPDX

SCHEMA = SHARED / "standards" / "cff-1.2.0.json"
KINDS = ("rich", "hostile", "bare")
needs_schema = pytest.mark.skipif(not SCHEMA.exists(), reason="../shared has the schema, and is not here")


def told(folder: Path) -> dict[str, Any]:
    """The file as its schema sees it: a date is a text."""
    found: dict[str, Any] = yaml.load((folder / "CITATION.cff").read_text(), Loader=yaml.BaseLoader)  # noqa: S506
    return found


@needs_schema
@pytest.mark.parametrize("kind", KINDS)
def test_the_schema_accepts_it(releases: dict[str, Path], kind: str) -> None:
    jsonschema.Draft7Validator(json.loads(SCHEMA.read_text())).validate(told(releases[kind]))


@needs_schema
def test_every_licence_that_is_known_is_one_of_the_schema() -> None:
    listed = json.loads(SCHEMA.read_text())["definitions"]["license-enum"]["enum"]
    assert set(SPDX) - set(listed) == LATER


@pytest.mark.parametrize("kind", KINDS)
def test_cffconvert_accepts_it(releases: dict[str, Path], kind: str) -> None:
    program = environment("cffconvert", CFFCONVERT) / "cffconvert"
    for words in (["--validate"], ["--format", "bibtex"]):
        command = [program.as_posix(), *words, "--infile", (releases[kind] / "CITATION.cff").as_posix()]
        done = subprocess.run(command, capture_output=True, text=True, cwd=releases[kind], check=False)
        assert done.returncode == 0, done.stderr
        assert "valid according to schema version 1.2.0" in done.stdout or done.stdout.startswith("@misc{")


def test_it_says_what_the_descriptor_says(releases: dict[str, Path]) -> None:
    found = told(releases["rich"])
    assert found["authors"] == [
        {
            "family-names": "Example",
            "given-names": "Ada",
            "affiliation": "Example University",
            "email": "ada@example.org",
            "orcid": "https://orcid.org/0000-0002-1825-0097",
        },
        {"family-names": "O'Example", "given-names": "Grace"},
    ]
    assert (found["type"], found["version"], found["date-released"]) == ("dataset", "1.0.0", "2026-01-01")
    assert (found["license"], found["doi"]) == (["ODbL-1.0", "CC-BY-4.0"], "10.5072/example.1")
    assert found["identifiers"][0]["value"] == found["doi"]
    assert "date-released: 2026-01-01\n" in (releases["rich"] / "CITATION.cff").read_text()


def test_the_dataset_of_nobody_has_its_maintainers_for_authors(releases: dict[str, Path]) -> None:
    assert told(releases["bare"])["authors"] == [{"name": "maintainers of example"}]


def test_bibtex_holds_nothing_that_tex_runs() -> None:
    words = {"title": r"100 % \input{x} of {A} & B_c #1 $x$ ~^", "contributors": [{"title": r"A \and {B}"}]}
    assert bibtex(about(words, "example", "1.0.0", "2026-01-01")).splitlines() == [
        "@misc{example,",
        r"  title = {100 \%  input x  of  A  \& B\_c \#1 \$x\$   },",
        "  author = {{A  and  B }},",
        "  year = {2026},",
        "  version = {1.0.0},",
        "  publisher = {A  and  B }",
        "}",
    ]
