"""Each property against the official profiles: what they refuse is told, what they accept is fine, or a reason is given."""

import json
from collections.abc import Iterator
from datetime import datetime
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlsplit

import jsonschema
import pytest

from datapkg.dataset import Dataset, open_dataset
from datapkg.findings import Finding, Severity
from datapkg.law import compile_law
from datapkg.properties import KNOWN, Edition, misshapen

PROFILES = Path(__file__).parents[2] / "shared" / "standards" / "datapackage-profiles"
needs_profiles = pytest.mark.skipif(not PROFILES.is_dir(), reason="needs the folder ../shared")
EDITIONS = {"1.0": Edition.FIRST, "2.0": Edition.SECOND}


def is_uri(value: Any) -> bool:
    """As RFC 3986 has it, with a scheme."""
    return not isinstance(value, str) or bool(urlsplit(value).scheme and value.isascii() and not set(value) & UNSAFE)


def is_stamp(value: Any) -> bool:
    """As RFC 3339 has it: with a time and a zone."""
    return not isinstance(value, str) or ("T" in value and datetime.fromisoformat(value).tzinfo is not None)


UNSAFE = set(' "<>\\^`{|}')
FORMATS = jsonschema.FormatChecker(["email"])
FORMATS.checkers |= {"uri": (is_uri, ()), "date-time": (is_stamp, ValueError)}

PLACES = ("../x", "/x", "~x", "x/y.z", "a/../b", "file:x", "s3://b/x", "www.example.org", "a\\b", "text/csv")
VALUES: tuple[Any, ...] = (
    *(*PLACES, None, True, 0, 1, -1, 1.5, "", "a", "A b", "2020", "1", "(", [], {}, {"a": 1}),
    *(["a"], ["a", "a"], [1], [1, "a"], [None], [True], [[]], [{}], [["id"]], [["id"], ["id"]], [{"value": "a"}]),
    *([{"value": 1, "label": "b"}], [{"value": "a", "label": 2}], [{"title": "a"}], ["a", {"value": "b"}]),
    *("https://example.org/x", "me@example.org", "2024-01-31T12:00:00Z", "2024-02-31T12:00:00Z", "2024-01-31"),
    *("2024-01-31T12:00:00", "P1D", "2020-01", "12:00:00", "true", "0, 0", "%d/%m/%Y", "email", "array", "object"),
    *("topojson", "[1]"),
)
"""Values of which every property has a right one and many wrong ones."""
PARTS: dict[str, Any] = {
    "licenses": [{"name": "MIT"}],
    "sources": [{"title": "a"}],
    "contributors": [{"title": "a"}],
    "foreignKeys": [{"fields": ["id"], "reference": {"resource": "", "fields": ["id"]}}],
    "missingValues": [{"value": "a"}],
    "categories": [{"value": "a"}],
    "constraints": {},
}
"""A sound value of each property that has properties in its turn."""
KINDS = ("package", "resource", "dialect", "schema", "field")
FIELD_PARTS = ("name", "type", "description", "rdfType")
"""Properties of a field whose shape is the same for every type: they are tried with one."""

LIKE_MINIMUM = ("maximum", "exclusiveMinimum", "exclusiveMaximum")
"""Constraints whose bounds are judged as that of `minimum` is: they are tried with one type."""

# (version, kind, property, the value as JSON, who refuses it), patterns with `*`, and why we differ.
DIFFERENCES: tuple[tuple[tuple[str, str, str, str, str], str], ...] = (
    (("*", "*", "homepage", '"*"', "we"), "the text of the standard asks for a home on the web: a warning"),
    (("*", "*", "missingValues", '["a", "a"]', "we"), "the text of the standard asks for each once: a warning"),
    (("*", "package", "name", '"*"', "we"), "a name becomes part of a path, and must be safe as one"),
    (
        ("*", "*", "profile", '"*"', "we"),
        "a profile of one's own is neither fetched nor enforced, which is said",
    ),
    (("*", "*", "$schema", '"*"', "we"), "a profile of one's own is neither fetched nor enforced, which is said"),
    (("*", "resource", "name", '"*"', "we"), "the name of a resource becomes that of a file, and must be safe as one"),
    (("*", "resource", "path", "*", "we"), "there is no such file"),
    (("*", "resource", "format", '"*"', "we"), "it is no format that is read here"),
    (("*", "resource", "hash", '"*"', "they"), "told with the file: no digest is the one that is declared"),
    (("1.0", "*", "*.0.path", '"*"', "we"), "the text of version 1 asks for a URL or a relative POSIX path"),
    (("*", "package", "contributors", "*", "we"), "the text of the standard asks for objects"),
    (
        ("*", "package", "image", '"*"', "we"),
        "the text of the standard asks for a URL or a relative POSIX path: a warning",
    ),
    (("2.0", "package", "version", '"*"', "we"), "a version becomes part of a path, and must be safe as one"),
    (("*", "dialect", "delimiter", '""', "we"), "without a delimiter there are no cells"),
    (("*", "dialect", "lineTerminator", '"*"', "we"), "lines end with LF or CR LF; no other end is read here"),
    (("*", "dialect", "quoteChar", '"*"', "we"), "one ASCII character, as the text of the standard has it"),
    (("*", "dialect", "escapeChar", '"*"', "we"), "one ASCII character, as the text of the standard has it"),
    (
        ("2.0", "schema", "fieldsMatch", "[*", "we"),
        "a text in the standard; of its profile's list, one of five words is taken",
    ),
    (("*", "schema", "primaryKey", "*", "we"), "it names no field of the schema"),
    (
        ("*", "schema", "foreignKeys.0.fields", "*", "we"),
        "it names no field of the schema, or not as many as the reference",
    ),
    (("*", "schema", "foreignKeys.0.reference.resource", '"*"', "we"), "the package has no such table"),
    (
        ("*", "schema", "foreignKeys.0.reference.fields", '"*"', "they"),
        "one name and a list of one are the same to every reader",
    ),
    (("*", "*", "name", '""', "we"), "a field without a name is no one's"),
    (("*", "*", "constraints", '{"a": 1}', "we"), "a constraint that nobody knows is not enforced, which is said"),
    (("*", "*", "constraints.m??Length", "-1", "we"), "nothing is of a length below zero"),
    (
        ("*", "geojson", "constraints.m??Length", "*", "we"),
        "the text of the standard has lengths for texts, arrays and objects",
    ),
    (("*", "*", "constraints.m??imum", "*", "we"), "a bound is a value of its column's type"),
    (("*", "*", "constraints.exclusiveM??imum", "*", "we"), "a bound is a value of its column's type"),
    (("*", "*", "constraints.enum", "*", "we"), "each is a value of its column's type"),
    (
        ("*", "*", "constraints.enum", "*", "they"),
        "the text of the standard allows any primitive of JSON that can be read as the type",
    ),
    (("2.0", "*", "categories", "*", "we"), "a list without an item, or with one twice, is no list of categories"),
    (("*", "string", "rdfType", '"*"', "we"), "the text of the standard asks for an address: a warning"),
    (("*", "resource", "encoding", '""', "we"), "the empty text is the name of no encoding: a warning"),
    (("*", "*", "decimalChar", '""', "we"), "what is empty parts nothing"),
    (("*", "*", "example", '"*"', "we"), "an example is a value of its column's type"),
    (("*", "*", "format", "*", "we"), "a format is a text"),
    (("*", "*", "format", '"*"', "they"), "told with the table: the format of the type is not known"),
)


@cache
def profile(version: str, name: str = "datapackage") -> Any:
    """An official profile."""
    return json.loads((PROFILES / version / f"{name}.json").read_text())


def variants(version: str) -> list[Any]:
    """What the profile says of the fields of each type."""
    return list(profile(version, "tableschema")["properties"]["fields"]["items"]["oneOf"])


def declared(version: str, kind: str) -> set[str]:
    """The properties that the profile of a version has for a kind of descriptor."""
    if kind == "field":
        return {name for each in variants(version) for name in each["properties"]}
    if kind == "constraints":
        return {name for each in variants(version) for name in each["properties"]["constraints"]["properties"]}
    name = {"package": "datapackage", "resource": "dataresource", "dialect": "tabledialect", "schema": "tableschema"}
    return set(profile(version, name[kind])["properties"])


FREE = {
    *("resource.data", "resource.dialect", "resource.schema", "field.source"),
    *(f"constraints.{name}" for name in ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")),
}
"""Properties of any value, or whose value is judged elsewhere."""


@pytest.mark.parametrize("what", sorted(f"{kind}.{name}" for kind, known in KNOWN.items() for name in known))
def test_null_is_a_value_of_no_property(what: str) -> None:
    kind, _, name = what.partition(".")
    found = [(fault.pointer, fault.advice) for fault in misshapen(kind, {name: None}, Edition.SECOND)]
    assert found == ([] if what in FREE else [((name,), what == "field.example")])


@needs_profiles
@pytest.mark.parametrize("version", EDITIONS)
@pytest.mark.parametrize("kind", KNOWN)
def test_every_property_of_the_profiles_is_known(version: str, kind: str) -> None:
    assert declared(version, kind) <= KNOWN[kind].keys()


def inner(schema: Any) -> Iterator[tuple[str | int, ...]]:
    """Where in a value of a property its own properties stand, as the profile has them."""
    for each in (schema, *schema.get("oneOf", ()), *schema.get("anyOf", ())):
        for name, below in each.get("properties", {}).items():
            yield (name,)
            yield from ((name, *pointer) for pointer in inner(below))
        if isinstance(each.get("items"), dict):
            yield from ((0, *pointer) for pointer in inner(each["items"]))


def pointers(properties: Any) -> Iterator[tuple[str | int, ...]]:
    """Each property of a profile, and each within it."""
    for name, schema in properties.items():
        yield (name,)
        if name in PARTS:
            yield from sorted({(name, *pointer) for pointer in inner(schema)}, key=str)


def changed(base: Any, pointer: tuple[str | int, ...], value: Any) -> Any:
    """A copy of a descriptor with one value replaced or added."""
    whole = json.loads(json.dumps(base))
    at = whole
    for part in pointer[:-1]:
        if isinstance(at, dict) and part not in at:
            at[part] = json.loads(json.dumps(PARTS[str(part)]))
        at = at[part]
    at[pointer[-1]] = value
    return whole


def resource(version: str, number: int) -> dict[str, Any]:
    """A sound resource; version 1 asks for these two properties of a dialect within it."""
    dialect = {"delimiter": ",", "doubleQuote": True} if version == "1.0" else {}
    return {"name": f"r{number}", "path": "t.csv", "dialect": dialect, "schema": {"fields": [{"name": "id"}]}}


def package(version: str, resources: list[Any]) -> dict[str, Any]:
    """A package that says which version it is of."""
    return {
        "$schema": f"https://datapackage.org/profiles/{version}/datapackage.json",
        "name": "x",
        "resources": resources,
    }


Case = tuple[str, str, Any, Any]
"""The kind, the property as people write it, its value, and the resource that has it."""


def cases(version: str, kind: str) -> Iterator[Case]:
    """Every property of a kind with every value."""
    base = resource(version, 0)
    if kind == "field":
        for each in variants(version):
            properties = each["properties"]
            [name] = properties["type"]["enum"]
            same = () if name == "string" else (*FIELD_PARTS, "title", "missingValues")
            for pointer in pointers({key: value for key, value in properties.items() if key not in same}):
                if pointer[-1] in LIKE_MINIMUM and name != "integer":
                    continue
                for value in VALUES[len(PLACES) :]:
                    given = changed(base, ("schema", "fields", 0), {"name": "id", "type": name})
                    yield name, spelt(pointer), value, changed(given, ("schema", "fields", 0, *pointer), value)
        return
    if kind == "package":
        base = package(version, [resource(version, 0)])
        for pointer in pointers(profile(version)["properties"]):
            for value in VALUES:
                yield kind, spelt(pointer), value, changed(base, pointer, value)
        return
    names = {"resource": "dataresource", "dialect": "tabledialect", "schema": "tableschema"}
    above = () if kind == "resource" else (kind,)
    properties = profile(version, names[kind])["properties"]
    for pointer in pointers({name: value for name, value in properties.items() if name not in ("schema", "dialect")}):
        for value in VALUES:
            yield kind, spelt(pointer), value, changed(base, (*above, *pointer), value)


def spelt(pointer: tuple[str | int, ...]) -> str:
    return ".".join(str(part) for part in pointer)


def told(folder: Path, descriptor: Any) -> list[bool]:
    """Whether something is told of each resource of a package; each stands on a line of its own."""
    resources = ",\n".join(json.dumps(each) for each in descriptor["resources"])
    head = json.dumps({key: value for key, value in descriptor.items() if key != "resources"})[:-1]
    (folder / "datapackage.json").write_text(f'{head}, "resources": [\n{resources}\n]}}')
    dataset = opened(folder)
    lines = {finding.place.line for finding in spoken(dataset)}
    silent = {f"r{n}": n for n in range(len(descriptor["resources"])) if n + 2 not in lines}
    laws = {t.name: compile_law(t.schema) for t in dataset.tables if t.name in silent and t.schema is not None}
    lines |= {silent[name] + 2 for name, law in laws.items() if law.unenforced or law.contradictions}
    return [number + 2 in lines for number in range(len(descriptor["resources"]))]


def opened(folder: Path) -> Dataset:
    """The package of a folder, whose data are never looked at."""
    (folder / "t.csv").write_text("id\n")
    return open_dataset(folder / "datapackage.json", root=folder, base=folder)


def spoken(dataset: Dataset) -> list[Finding]:
    """What is told of a descriptor, notes aside."""
    found = (finding for verdict in dataset.verdicts for finding in verdict.findings)
    return [finding for finding in found if finding.severity is not Severity.INFO]


@cache
def judged(version: str, kind: str) -> list[tuple[Case, bool]]:
    """Each case, and whether we tell something of it."""
    given = list(cases(version, kind))
    with TemporaryDirectory() as folder:
        if kind == "package":
            return [(case, bool(told_of(Path(folder), case[3]))) for case in given]
        found: list[tuple[Case, bool]] = []
        for start in range(0, len(given), 400):
            part = given[start : start + 400]
            resources = [named(case, n) for n, case in enumerate(part)]
            found += zip(part, told(Path(folder), package(version, resources)), strict=True)
        return found


def named(case: Case, number: int) -> Any:
    """The resource of a case under a name of its own, unless its name is what is tried."""
    return case[3] if case[:2] == ("resource", "name") else {**case[3], "name": f"r{number}"}


def told_of(folder: Path, descriptor: Any) -> list[Finding]:
    """What is told of one package."""
    (folder / "datapackage.json").write_text(json.dumps(descriptor))
    return spoken(opened(folder))


def differences(version: str, kind: str) -> Iterator[tuple[str, ...]]:
    """(version, kind, property, value, who refuses it) of each case that the profile and we judge differently."""
    name = "datapackage" if kind == "package" else "dataresource"
    official = jsonschema.Draft7Validator(profile(version, name), format_checker=FORMATS)
    for (own, pointer, value, given), ours in judged(version, kind):
        if ours == official.is_valid(given):
            yield version, own, pointer, json.dumps(value), "we" if ours else "they"


def alike(text: str, known: str) -> bool:
    """Whether a text is of a pattern in which `*` and `?` alone have a meaning."""
    return fnmatchcase(text, known.replace("[", "[[]"))


def explains(known: tuple[str, ...], found: tuple[str, ...]) -> bool:
    return all(map(alike, found, known))


@needs_profiles
@pytest.mark.parametrize("version", EDITIONS)
@pytest.mark.parametrize("kind", KINDS)
def test_values_are_judged_as_the_profile_does(version: str, kind: str) -> None:
    assert len(judged(version, kind)) > 300
    assert not [
        each for each in differences(version, kind) if not any(explains(known, each) for known, _ in DIFFERENCES)
    ]


@needs_profiles
def test_every_reason_is_needed() -> None:
    found = [each for version in EDITIONS for kind in KINDS for each in differences(version, kind)]
    assert not [known for known, _ in DIFFERENCES if not any(explains(known, each) for each in found)]


HEAD = "name: x\nresources:\n  - name: a\n    path: t.csv\n    dialect: {}\n"
FIELDS = HEAD + "    schema:\n      fields:\n      - name: id\n        "


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("id: 7\n" + HEAD, 1, "its id is 7 where a text belongs"),
        ("homepage: example.org\n" + HEAD, 1, 'its homepage is "example.org" where a URL belongs'),
        ("licenses: []\n" + HEAD, 1, "its licenses is [] where a list of at least one license belongs"),
        ("licenses:\n- name: MIT\n- path: ../x\n" + HEAD, 3, 'its licenses[1].path is "../x" where a URL, or a path'),
        ("keywords:\n- a\n- 3\n" + HEAD, 3, "its keywords[1] is 3 where a text belongs"),
        ("contributors:\n- title: A\n  roles: author\n" + HEAD, 3, 'its contributors[0].roles is "author" where'),
        ("created: 2024-01-31\n" + HEAD, 1, 'its created is "2024-01-31" where a date and time of RFC 3339'),
        ("version: 1.0\n" + HEAD, 1, "its version is 1.0 where a text belongs"),
        ("image: [x]\n" + HEAD, 1, 'its image is ["x"] where a text belongs'),
        ("title: " + "[" * 40 + "]" * 40 + "\n" + HEAD, 1, "its title is " + "[" * 40 + "]" * 20 + "… where"),
        (HEAD + "    mediatype: csv\n", 6, 'its mediatype is "csv" where a media type, such as text/csv belongs'),
        (HEAD + "    sources:\n    - {}\n", 7, "its sources[0] is {} where an object with a title belongs"),
        (HEAD + "    stats: 3\n", 6, "its stats is 3 where an object belongs"),
        (HEAD.replace("{}", "{csv: {header: 1}}"), 5, "its csv.header is 1 where true or false belongs"),
        (FIELDS + "description: 1\n", 9, "its description is 1 where a text belongs"),
        (FIELDS + "rdfType: {}\n", 9, "its rdfType is {} where a text belongs"),
        (FIELDS + "unit: 3\n", 9, "its unit is 3 where a text belongs"),
        (FIELDS + "type: string\n        categories: [{value: a, label: 1}]\n", 10, "categories[0].label is 1 where a"),
        (FIELDS + "constraints:\n          required: 1\n", 10, "its constraints.required is 1 where true or false"),
        (FIELDS + "type: string\n      - id\n", 10, "it is str where an object belongs"),
        (FIELDS + "type: string\n      - name: 3\n", 10, "its name is 3 where a text belongs"),
        (FIELDS + "type: string\n      - {}\n", 10, "'name' is a required property"),
        (HEAD.replace("{}", "null"), 5, "it is NoneType where an object belongs"),
        (HEAD.replace("name: x", "name: a/.."), 1, "its name is not safe as part of a path"),
        (FIELDS + "constraints: {enum: [null]}\n", 9, "its constraints.enum[0] is null where a value belongs"),
    ],
)
def test_a_wrong_value_is_an_error_at_its_line(tmp_path: Path, text: str, line: int, message: str) -> None:
    [finding] = of_yaml(tmp_path, text)
    assert (finding.place.line, finding.severity) == (line, Severity.ERROR)
    assert message in finding.message


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        (FIELDS + "type: integer\n        example: 3\n", 10, "the field has a property that not every reader takes"),
        (FIELDS + "rdfType: Country\n", 9, 'its rdfType is "Country" where a URL belongs'),
        ("homepage: 'javascript:alert(1)'\n" + HEAD, 1, "where an address of the web belongs"),
        (FIELDS + "missingValues: [x, x]\n", 9, "an item that does not stand there before"),
        ("image: /x.png\n" + HEAD, 1, 'its image is "/x.png" where a URL, or a path that stays in the package'),
        (HEAD + "    type: file\n", 6, 'its type is "file" where table belongs'),
        ("sources:\n- {path: x}\n" + HEAD, 2, 'its sources[0] is {"path": "x"} where an object with a title, which'),
        (
            "contributors:\n- {email: a@b}\n" + HEAD,
            2,
            "an object with a title, which version 1 of the standard asks for",
        ),
    ],
)
def test_a_loose_value_is_a_warning_at_its_line(tmp_path: Path, text: str, line: int, message: str) -> None:
    [finding] = of_yaml(tmp_path, text)
    assert (finding.code, finding.place.line, finding.severity) == ("loose-property", line, Severity.WARNING)
    assert message in finding.message


def of_yaml(folder: Path, text: str) -> list[Finding]:
    (folder / "datapackage.yaml").write_text(text)
    (folder / "t.csv").write_text("id\n")
    return spoken(open_dataset(folder / "datapackage.yaml", root=folder, base=folder))


@pytest.mark.parametrize(
    ("edition", "told"),
    [(Edition.FIRST, [False]), (Edition.UNTOLD, [True]), (Edition.SECOND, [])],
)
def test_what_only_version_1_asks_for(edition: Edition, told: list[bool]) -> None:
    for name in ("sources", "contributors"):
        assert [found.advice for found in misshapen("package", {name: [{"email": "a@b"}]}, edition)] == told
    names = [found.advice for found in misshapen("resource", {"name": "A B"}, edition)]
    assert names == ([] if edition is Edition.SECOND else [False])


def test_each_reason_for_a_warning_is_given() -> None:
    known = [each for properties in KNOWN.values() for each in properties.values()]
    assert all(bool(each.reason) == (each.loose is not None) for each in known)


def test_a_schema_that_two_tables_share_is_told_once(tmp_path: Path) -> None:
    (tmp_path / "s.yaml").write_text("fields:\n- name: id\n  title: 3\n")
    resources = "".join(f"- {{name: {name}, path: t.csv, dialect: {{}}, schema: s.yaml}}\n" for name in "ab")
    [finding] = of_yaml(tmp_path, f"name: x\nresources:\n{resources}")
    assert (finding.place.path, finding.place.line) == ("s.yaml", 3)


def test_no_fault_of_a_table_hides_that_of_another(tmp_path: Path) -> None:
    tables = "- {name: a, path: t.csv, dialect: {delimiter: ''}, title: 3}\n- {name: b, path: t.csv, dialect: {delimiter: ''}}\n"
    found = of_yaml(tmp_path, f"name: x\nresources:\n{tables}")
    assert {(finding.code, finding.place.line) for finding in found} >= {("resource-error", 3), ("dialect-error", 4)}


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        (
            "licenses: [{nmae: MIT, path: x}]\n" + HEAD,
            1,
            "an item of licenses has the unknown property nmae; did you mean name",
        ),
        ("contributors:\n- title: A\n  organizaton: B\n" + HEAD, 3, "did you mean organization"),
        (HEAD + "    sources:\n    - titel: A\n      path: b\n", 7, "did you mean title"),
        (FIELDS + "missingValues: [{value: x, lable: y}]\n", 9, "did you mean label"),
        (
            FIELDS.replace(
                "fields:", "foreignKeys: [{fields: id, reference: {resourse: a, fields: id}}]\n      fields:"
            ),
            7,
            "resource",
        ),
        ("$schema: https://datapackage.org/profiles/3.0/datapackage.json\n" + HEAD, 1, "its rules are not enforced"),
    ],
)
def test_what_would_be_ignored_is_told(tmp_path: Path, text: str, line: int, message: str) -> None:
    found = [finding for finding in of_yaml(tmp_path, text) if finding.severity is Severity.ERROR]
    assert [(finding.code in ("unknown-property", "scheme-error"), finding.place.line) for finding in found] == [
        (True, line)
    ]
    assert message in found[0].message


@pytest.mark.parametrize("value", [True, 3, [], ["a"], {"a": 1}])
def test_a_reference_to_what_is_no_name_is_told(tmp_path: Path, value: Any) -> None:
    key = json.dumps([{"fields": ["id"], "reference": {"resource": value, "fields": ["id"]}}])
    [finding] = of_yaml(tmp_path, FIELDS.replace("fields:", f"foreignKeys: {key}\n      fields:") + "type: string\n")
    assert (finding.code, finding.place.line) == ("schema-error", 7)
    assert "its foreignKeys[0].reference.resource is" in finding.message
