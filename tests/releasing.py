"""A small project that can be released: one dataset whose two tables show every type and a few faults."""

import shutil
from pathlib import Path

from datapkg.project import Project, find_project
from datapkg.release.build import build

DESCRIPTOR = """\
# The descriptor keeps its comments.
$schema: https://datapackage.org/profiles/2.0/datapackage.json
name: example
title: Example | events
description: Made up.
version: 1.0.0 # raised by hand
created: "2026-01-01T00:00:00Z"
licenses:
  - name: CC-BY-4.0
    path: https://creativecommons.org/licenses/by/4.0/
contributors:
  - title: Somebody
    roles: [curator]
sources:
  - title: A newspaper
    path: https://example.com/a
resources:
  - name: events
    type: table
    title: Events
    path: data/events.csv
    format: csv
    encoding: utf-8
    schema: ../../schemas/events.yaml
  - name: persons
    type: table
    path: data/persons.csv
    schema: ../../schemas/persons.yaml
"""
EVENTS = """\
title: Events
fields:
  - {name: id, type: string, description: "Key.", constraints: {required: true}}
  - {name: kind, type: string, description: "What | it was.", constraints: {enum: [war, raid, peace]}}
  - {name: killed, type: integer, unit: persons, title: Killed, example: "3"}
  - {name: rank, type: integer, constraints: {minimum: 0, maximum: 9}}
  - {name: share, type: number}
  - {name: sure, type: boolean}
  - {name: day, type: date, constraints: {required: true}}
  - {name: hour, type: time}
  - {name: seen, type: datetime}
  - {name: year, type: year}
  - {name: month, type: yearmonth}
  - {name: who, type: string}
primaryKey: [id]
foreignKeys:
  - {fields: [who], reference: {resource: persons, fields: [person]}}
"""
PERSONS = """\
fields:
  - {name: person, type: string}
  - {name: boss, type: string}
primaryKey: [person]
foreignKeys:
  - {fields: [boss], reference: {resource: "", fields: [person]}}
"""
EVENT_ROWS = """\
id,kind,killed,rank,share,sure,day,hour,seen,year,month,who
b,raid,12,1,0.5,true,2023-07-12,08:30:00,2023-07-12T08:30:00Z,2023,2023-07,ann
a,,,,,,2023-07-13,,,,,
c,war,0,9,1e3,false,0999-01-01,23:59:59,1999-12-31T23:59:59Z,1999,1999-12,bob
"""
PERSON_ROWS = "person,boss\nann,\nbob,ann\n"
RELEASED = [
    *("CHANGELOG.md", "CITATION.cff", "LICENSE", "README.md", "SHA256SUMS", "changes.json", "changes.parquet"),
    *("codebook.md", "croissant.json"),
    *("data/events.parquet", "data/persons.parquet", "datacite.json", "datapackage.json", "dcat.ttl"),
    *("known-issues.json", "provenance.json", "schema.jsonld"),
]


def write_releasable(root: Path) -> Project:
    """The project in the folder `root`."""
    dataset, schemas = root / "datasets" / "example", root / "schemas"
    (dataset / "data").mkdir(parents=True)
    schemas.mkdir()
    (root / "datapkg.toml").write_text("")
    (schemas / "events.yaml").write_text(EVENTS)
    (schemas / "persons.yaml").write_text(PERSONS)
    (dataset / "datapackage.yaml").write_text(DESCRIPTOR)
    (dataset / "data" / "events.csv").write_text(EVENT_ROWS)
    (dataset / "data" / "persons.csv").write_text(PERSON_ROWS)
    (dataset / "CHANGELOG.md").write_text("# Changelog\n")
    (dataset / "LICENSE").write_text("CC-BY-4.0\n")
    project = find_project(root)
    assert project is not None
    return project


def edit(path: Path, old: str, new: str) -> None:
    """Replace a text that stands in the file once."""
    text = path.read_text()
    assert text.count(old) == 1, (old, text)
    path.write_text(text.replace(old, new))


def descriptor_of(project: Project) -> Path:
    """The descriptor of the project's dataset."""
    return project.datasets / "example" / "datapackage.yaml"


def tree(folder: Path) -> list[str]:
    """The files below a folder."""
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def release_copy(root: Path, built: Path) -> Path:
    """A fresh copy of a built release, to be harmed."""
    target = root / built.name
    shutil.copytree(built, target)
    return target


def build_example(root: Path) -> Path:
    """The folder of the release of a fresh project."""
    return build("example", write_releasable(root)).folder
