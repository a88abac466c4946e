"""Descriptor text in, strict and spec-checked values out.

`read_document` reads JSON or YAML (see `notation`) and knows the line of every key; `asked` asks
frictionless whether a package is what the Data Package standard says, and `faults` places each answer at
a line. Nothing here reads a data file, and no address is ever fetched.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from datapkg.findings import Finding, Layer, Place, Rule, Severity
from datapkg.notation import DescriptorFault, Pointer, read_json, read_yaml
from datapkg.profiles import without_profiles
from datapkg.properties import Edition, misshapen
from datapkg.standard import ask, notes

BYTES_LIMIT = 5_000_000
SHOWN = 60
"""Characters of a wrong value that are shown."""
ESCAPE = re.compile(r"\\(?:u|U0000)[dD][89a-fA-F]")
"""What a surrogate must be written as: UTF-8 has none."""
RESOURCE = "name: example\nresources:\n  - name: incidents\n    path: incidents.csv\n    type: table\n"


def _rule(code: str, subject: str, why: str, fix: str, example: str) -> Rule:
    return Rule(code, Layer.FRICTIONLESS, f"the {subject} is not valid: {{note}}", why, fix, example=example)


PACKAGE_ERROR = _rule(
    "package-error",
    "data package",
    "A descriptor that is not what the standard says is read differently by each tool, or not at all.",
    "Correct the descriptor; the Data Package standard lists the properties of a package.",
    "resources: []\n",
)
RESOURCE_ERROR = _rule(
    "resource-error",
    "resource",
    "A table that is not described well cannot be found or read by others.",
    "Correct the resource in the descriptor; it needs a name and exactly one of path and data.",
    "name: example\nresources:\n  - name: incidents\n",
)
DIALECT_ERROR = _rule(
    "dialect-error",
    "dialect",
    "Without an exact dialect two readers can see two different tables in one file.",
    "Correct the dialect; the Table Dialect standard lists its properties.",
    RESOURCE + "    dialect: {header: 3}\n",
)
SCHEMA_ERROR = _rule(
    "schema-error",
    "schema",
    "A schema that is not well formed leaves rules unenforced that its author counts on.",
    "Correct the schema; the Table Schema standard lists its properties.",
    RESOURCE + "    schema: {fields: 3}\n",
)
FIELD_ERROR = _rule(
    "field-error",
    "field",
    "A field with an unknown type or constraint would be accepted whatever it holds.",
    "Correct the field; the Table Schema standard lists types, formats and constraints.",
    RESOURCE + "    schema:\n      fields:\n        - {name: killed, type: intger}\n",
)

LOOSE_PROPERTY = Rule(
    "loose-property",
    Layer.FRICTIONLESS,
    "the {kind} has a property that not every reader takes: {note}",
    "The standard says more exactly what belongs there; a reader who relies on that finds something else.",
    "Write the value as the standard has it.",
    Severity.WARNING,
    RESOURCE + "    schema:\n      fields:\n        - {name: killed, type: integer, example: 3}\n",
)

RULES = (PACKAGE_ERROR, RESOURCE_ERROR, DIALECT_ERROR, SCHEMA_ERROR, FIELD_ERROR, LOOSE_PROPERTY)

KINDS = {
    "package": PACKAGE_ERROR,
    "resource": RESOURCE_ERROR,
    "dialect": DIALECT_ERROR,
    "schema": SCHEMA_ERROR,
    "field": FIELD_ERROR,
}


PROFILES = {
    "package": "datapackage",
    "resource": "dataresource",
    "dialect": "tabledialect",
    "schema": "tableschema",
    "field": "tableschema",
}


# Constraints that version 2 has for a type, and frictionless (5.21) does not.
SUPPORTED = tuple(
    f'constraint "{constraint}" is not supported by type "{kind}"'
    for kind, constraints in {
        "duration": ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"),
        "object": ("jsonSchema",),
        "array": ("jsonSchema",),
        "geojson": ("jsonSchema",),
        "list": ("enum",),
    }.items()
    for constraint in constraints
)

DECIDING = ("$schema", "profile", "type", "fields")
"""Properties without which the others mean something else."""
STAND_INS = {"name": "x", "path": "x.csv", "data": [["x"]], "resources": [{"name": "x", "path": "x.csv"}]}
"""What a package or a resource must have."""


@dataclass(frozen=True)
class Document:
    """The value of a JSON or YAML file and the line, from 1, on which each key or item begins."""

    path: Path
    data: Any
    lines: Mapping[Pointer, int] = field(repr=False)

    def line(self, *pointer: str | int) -> int:
        """The line of `pointer`, or of the nearest ancestor that has one."""
        while pointer and pointer not in self.lines:
            pointer = pointer[:-1]
        return self.lines.get(pointer, 1)


@dataclass(frozen=True)
class Piece:
    """One part of a package (`kind` of KINDS) and where it stands: a document and a pointer in it."""

    kind: str
    data: Any
    document: Document
    pointer: Pointer


@dataclass(frozen=True)
class Declared:
    """Where a schema is declared: a document as reports spell its path, and a pointer in it."""

    shown: str
    document: Document
    pointer: Pointer

    def line(self, *pointer: str | int) -> int:
        """The line of a property of the schema."""
        return self.document.line(*self.pointer, *pointer)


def read_document(path: Path) -> Document:
    """The JSON or YAML document at `path`.

    Raises DescriptorFault where the text does not parse, is larger than `BYTES_LIMIT`, deeper
    than `DEPTH_LIMIT`, repeats a key, or (YAML) uses anchors, aliases or tags.
    """
    with path.open("rb") as file:
        raw = file.read(BYTES_LIMIT + 1)
    if len(raw) > BYTES_LIMIT:
        raise DescriptorFault(f"it is larger than {BYTES_LIMIT:,} bytes")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise DescriptorFault("it is not UTF-8 text", line) from None
    data, lines = read_json(text) if path.suffix == ".json" else read_yaml(text)
    if ESCAPE.search(text):
        try:
            json.dumps(data, ensure_ascii=False, default=str).encode()
        except UnicodeEncodeError:
            raise DescriptorFault("it has half of a surrogate pair, which is no character") from None
    return Document(path, data, lines)


def asked(package: Any) -> Callable[[], bool]:
    """A function that says whether frictionless finds nothing wrong with a package; it is asked meanwhile."""
    if not isinstance(package, Mapping):
        return lambda: False
    answer = ask(_whole("package", package, _edition(package) is not Edition.FIRST))
    return lambda: not _unsupported(answer())


def faults(pieces: Sequence[Piece], path_of: Mapping[Path, str], clean: bool) -> Iterator[tuple[Pointer, Finding]]:
    """What the standard says of a package's pieces, the package first; each with its pointer, placed at lines.

    `path_of` gives the spelling of each document's path in the report; `clean` is what frictionless says (`asked`).
    """
    edition = _edition(pieces[0].data)
    # A package that names no version is read as version 2, which only adds to version 1.
    second = edition is not Edition.FIRST
    for piece in {(piece.document.path, piece.pointer): piece for piece in pieces}.values():
        shown = path_of[piece.document.path]
        if not isinstance(piece.data, Mapping):
            note = f"it is {type(piece.data).__name__} where an object belongs"
            place = Place(path=shown, line=piece.document.line(*piece.pointer))
            yield piece.pointer, Finding.of(KINDS[piece.kind], place, note=note)
            continue
        wrong = list(misshapen(piece.kind, piece.data, edition))
        for fault in wrong:
            place = Place(path=shown, line=piece.document.line(*piece.pointer, *fault.pointer))
            rule = LOOSE_PROPERTY if fault.advice else KINDS[piece.kind]
            note = f"its {_spelt(fault.pointer)} is {_value_at(piece.data, fault.pointer)} where {fault.words} belongs"
            yield (*piece.pointer, *fault.pointer), Finding.of(rule, place, kind=piece.kind, note=note)
        if clean:
            continue
        for note in _all_complaints(piece, second, [fault.pointer for fault in wrong]):
            pointer = (*piece.pointer, *_property_of(note, piece.data))
            place = Place(path=shown, line=piece.document.line(*pointer))
            yield pointer, Finding.of(KINDS[piece.kind], place, note=note)


def _edition(package: Any) -> Edition:
    """The version of the standard that a package says it is of."""
    if not isinstance(package, Mapping) or not {"$schema", "profile"} & package.keys():
        return Edition.UNTOLD
    return Edition.FIRST if "profile" in package or "/1." in str(package["$schema"]) else Edition.SECOND


def _spelt(pointer: Pointer) -> str:
    """A pointer as people write it: `licenses[0].path`."""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in pointer)[1:]


def _value_at(data: Any, pointer: Pointer) -> str:
    for part in pointer:
        data = data[part]
    text = json.dumps(data, ensure_ascii=False, default=str)
    return text if len(text) <= SHOWN else text[:SHOWN] + "…"


def _all_complaints(piece: Piece, second: bool, wrong: Sequence[Pointer]) -> list[str]:
    """What else is wrong with a piece than what is known. Frictionless judges in steps and stops at the first fault.

    So what it found is taken out, and the rest judged again.
    """
    data, told = _without_parts(piece), list[str]()
    while not any(pointer[0] in DECIDING for pointer in wrong):
        data = _mended(data, wrong) if wrong else data
        found = [note for note in _complaints(piece.kind, data, second) if note not in told]
        told += found
        wrong = [pointer for note in found if (pointer := _property_of(note, data))]
        if not wrong:
            break
    return told


def _mended(data: Mapping[str, Any], wrong: Sequence[Pointer]) -> dict[str, Any]:
    """The piece without the properties that are wrong; what it must have stands in for its own."""
    mended = dict(data)
    for name, *inner in wrong:
        if name == "constraints" and inner and isinstance(mended.get(name), Mapping):
            mended[name] = {key: bound for key, bound in mended[name].items() if key != inner[0]}
        elif name in STAND_INS:
            mended[str(name)] = STAND_INS[str(name)]
        else:
            mended.pop(str(name), None)
    return mended


def _complaints(kind: str, data: Any, second: bool) -> list[str]:
    if not isinstance(data, Mapping):
        return ["it is no object"]
    return _unsupported(notes("schema" if kind == "field" else kind, _whole(kind, data, second)))


def _whole(kind: str, data: Mapping[str, Any], second: bool) -> dict[str, Any]:
    """What frictionless is asked about: a copy in its words, without profiles that it would fetch."""
    whole: dict[str, Any] = {"fields": [dict(data)]} if kind == "field" else without_profiles(data)
    if second:
        whole.setdefault("$schema", f"https://datapackage.org/profiles/2.0/{PROFILES[kind]}.json")
    return _as_frictionless_has_it(whole)


def _unsupported(told: Iterable[str]) -> list[str]:
    """The notes without those on what frictionless alone does not know."""
    return [note for note in told if not any(known in note for known in SUPPORTED)]


def _as_frictionless_has_it(data: dict[str, Any]) -> dict[str, Any]:
    """A copy in the words that the checks of frictionless (5.21) expect.

    A reference to the same table names it by the empty text there, as v1 had it, where version 2
    leaves `resource` out; and a resource of several files has a path and `extrapaths`; a key of one field is a list.
    Data in place may be text as well (Data Resource, `data`), and `fieldsMatch` a list of one, as its profile has it.
    """
    paths = data.get("path")
    if isinstance(paths, list) and paths:
        data = {**data, "path": paths[0], "extrapaths": paths[1:]}
    if isinstance(data.get("data"), str) and data["data"]:
        data = {**data, "data": ["text"]}
    if isinstance(data.get("resources"), list):
        resources = [_as_frictionless_has_it(dict(r)) if isinstance(r, Mapping) else r for r in data["resources"]]
        return {**data, "resources": resources}
    if isinstance(data.get("schema"), Mapping):
        return {**data, "schema": _as_frictionless_has_it(dict(data["schema"]))}
    data = _listed(data, "primaryKey")
    match data.get("fieldsMatch"):
        case [str(word)]:
            data = {**data, "fieldsMatch": word}
    keys = data.get("foreignKeys")
    if not isinstance(keys, list):
        return data
    named = []
    for key in keys:
        reference = key.get("reference") if isinstance(key, Mapping) else None
        if isinstance(reference, Mapping):
            reference = _listed({"resource": "", **reference}, "fields")
            key = {**_listed(dict(key), "fields"), "reference": reference}
        named.append(key)
    return {**data, "foreignKeys": named}


def _listed(data: dict[str, Any], name: str) -> dict[str, Any]:
    """Version 1 has the name of a single field where version 2 has a list of names."""
    return {**data, name: [data[name]]} if isinstance(data.get(name), str) else data


def _without_parts(piece: Piece) -> Any:
    """The piece alone, so that each fault is told once and where it stands."""
    if not isinstance(piece.data, Mapping):
        return piece.data
    data = dict(piece.data)
    if piece.kind == "package":
        resources = data.get("resources")
        if isinstance(resources, list) and resources:
            data["resources"] = [{"name": f"r{number}", "path": "x.csv"} for number in range(len(resources))]
    if piece.kind == "resource":
        data.pop("dialect", None)
        if "schema" in data:
            # A profile of version 1 asks for one.
            data["schema"] = {"fields": [{"name": "x"}]}
    if piece.kind == "schema":
        data = _bare_schema(data)
    return data


def _bare_schema(data: dict[str, Any]) -> dict[str, Any]:
    """The schema with the names of its fields alone; what is no name is told of the field."""
    fields = data.get("fields")
    if isinstance(fields, list):
        given = [field.get("name") if isinstance(field, Mapping) else None for field in fields]
        data["fields"] = [
            {"name": name if isinstance(name, str) else f"datapkg:{number}"} for number, name in enumerate(given)
        ]
    return data


def _property_of(note: str, data: Any) -> Pointer:
    """Where in the piece the note points, as far as its words tell."""
    match = re.search(r'at property ["\']([^"\']+)["\']', note)
    if match:
        parts = tuple(int(part) if part.isdigit() else part for part in match[1].split("/"))
        return parts[2:] if parts[:1] == ("fields",) and isinstance(data, Mapping) and "fields" not in data else parts
    if note.startswith("license requires"):
        return ("licenses",)
    if note.startswith("missing value "):
        return ("missingValues",)
    constraint = re.match(r'constraint "(\w+)" is not supported', note)
    if constraint:
        return ("constraints", constraint[1])
    words = set(re.findall(r'["\']([\w-]+)["\']', note)) | set(re.findall(r"\w+", note))
    keys = [key for key in data if key in words] if isinstance(data, Mapping) else []
    return (keys[0],) if keys else ()
