"""A dataset: the tables of a Data Package, found by safe paths.

`open_dataset` never raises for a fault of the package: what can be opened is opened, and every
fault is a Finding with its line. Definitions follow Data Package v2, Table Dialect v2.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from datapkg.descriptor import (
    DIALECT_ERROR,
    KINDS,
    PACKAGE_ERROR,
    RESOURCE_ERROR,
    SCHEMA_ERROR,
    DescriptorFault,
    Document,
    Piece,
    Pointer,
    faults,
    read_document,
)
from datapkg.dialect import DIALECT_DEFAULT, Dialect, DialectFault
from datapkg.dialect import from_descriptor as dialect_of
from datapkg.findings import Finding, Layer, Place, Rule, Verdict, verdict_of
from datapkg.paths import UNSAFE_PATH, normal, shown_path, unsafe
from datapkg.schema import Schema, bad_names, from_descriptor
from datapkg.spelling import UNKNOWN_PROPERTY, misspelt

SCHEME_ERROR = Rule(
    code="scheme-error",
    layer=Layer.FRICTIONLESS,
    message="the source {path} cannot be loaded: {note}",
    why="A table that was not read was not checked.",
    fix="Put the file where the descriptor says it is, or correct the path.",
    example="name: example\nresources:\n  - name: incidents\n    path: absent.csv\n    type: table\n",
)
FORMAT_ERROR = Rule(
    code="format-error",
    layer=Layer.FRICTIONLESS,
    message="the format {format} of {path} is not one that is read here",
    why="A table that was not read was not checked.",
    fix="Keep the table as CSV, TSV or Parquet.",
    example="name: example\nresources:\n  - name: incidents\n    path: data.xyz\n    type: table\n",
)

RULES = (SCHEME_ERROR, FORMAT_ERROR, DIALECT_DEFAULT)

SPECIFIED = {rule.code for rule in KINDS.values()}
FORMATS = {"csv": "csv", "tsv": "csv", "tab": "csv", "parquet": "parquet", "parq": "parquet"}
DESCRIPTORS = ("datapackage.yaml", "datapackage.yml", "datapackage.json")


@dataclass(frozen=True)
class Table:
    """One resource that holds a table. `paths` are its files, `shown` how reports spell them.

    A table that cannot be read has no paths; a finding says why.
    """

    name: str
    paths: tuple[Path, ...]
    shown: tuple[str, ...]
    format: str
    schema: Schema | None
    dialect: Dialect = Dialect()
    encoding: str = "utf-8"
    bytes: int | None = None
    hash: str | None = None
    schema_path: Path | None = None
    descriptor: Mapping[str, Any] = field(default_factory=dict)
    schema_descriptor: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Dataset:
    """A Data Package: its tables, and the verdicts on its descriptor."""

    name: str
    path: Path
    shown: str
    version: str | None
    descriptor: Mapping[str, Any]
    tables: tuple[Table, ...]
    verdicts: tuple[Verdict, ...]
    unreadable: Mapping[str, str] = field(default_factory=dict)

    @property
    def folder(self) -> Path:
        """The folder that resource paths are relative to."""
        return self.path.parent

    @property
    def sound(self) -> bool:
        """Whether its descriptor has no fault."""
        return not any(verdict.failures for verdict in self.verdicts)


@dataclass(frozen=True)
class _Frame:
    """What the steps of opening share: where paths may lead and how they are shown."""

    root: Path
    base: Path
    findings: list[tuple[Rule, Finding]]
    pieces: list[Piece]
    unreadable: dict[str, str]
    malformed: list[tuple[Document, Pointer, str, Exception]]

    def shown(self, path: Path) -> str:
        return shown_path(path, self.base)

    def add(self, rule: Rule, document: Document, pointer: Pointer, table: str | None = None, **words: Any) -> None:
        place = Place(path=self.shown(document.path), table=table, line=document.line(*pointer))
        self.findings.append((rule, Finding.of(rule, place, **words)))


def open_dataset(descriptor: Path, *, root: Path, base: Path) -> Dataset:
    """The dataset that `descriptor` describes.

    `root` is the folder that schema and dialect paths may not leave (the project's, or the
    descriptor's own); reports spell paths relative to `base`.
    """
    frame = _Frame(root, base, [], [], {}, [])
    shown = frame.shown(descriptor)
    try:
        document = read_document(descriptor)
    except DescriptorFault as fault:
        finding = Finding.of(PACKAGE_ERROR, Place(path=shown, line=fault.line), note=fault.note)
        return Dataset(descriptor.parent.name, descriptor, shown, None, {}, (), (verdict_of(PACKAGE_ERROR, [finding]),))
    data = document.data if isinstance(document.data, Mapping) else {}
    inlined = dict(data)
    frame.pieces.append(Piece("package", inlined if data else document.data, document, ()))
    resources = data.get("resources")
    tables = []
    if isinstance(resources, list):
        opened = [_open_resource(frame, document, number, item) for number, item in enumerate(resources)]
        inlined["resources"] = [resource for resource, _ in opened]
        tables = list({table.name.lower(): table for _, table in reversed(opened) if table is not None}.values())[::-1]
    paths = {piece.document.path: frame.shown(piece.document.path) for piece in frame.pieces}
    frame.findings.extend((_rule_of(finding), finding) for finding in faults(frame.pieces, paths))
    _check_names(frame, document)
    told = any(rule.code == PACKAGE_ERROR.code for rule, _ in frame.findings)
    if not any(rule.code in SPECIFIED for rule, _ in frame.findings):
        # The standard's own check has let it pass, and yet the table was not read.
        for where, pointer, name, error in frame.malformed:
            if isinstance(error, DialectFault):
                frame.add(DIALECT_ERROR, where, (*pointer, "dialect"), name, note=str(error))
            else:
                frame.add(RESOURCE_ERROR, where, pointer, name, note=f"it is malformed: {error}")
    if not told and (not isinstance(resources, list) or not resources):
        frame.add(PACKAGE_ERROR, document, ("resources",), note="it has no resources, so there is nothing to check")
    _check_spelling(frame)
    return Dataset(
        name=str(data.get("name") or descriptor.parent.name),
        path=descriptor,
        shown=shown,
        version=str(data["version"]) if "version" in data else None,
        descriptor=data,
        tables=tuple(tables),
        verdicts=tuple(_verdicts(frame.findings)),
        unreadable=frame.unreadable,
    )


def open_file(path: Path, schema: Path | None, *, base: Path) -> Dataset:
    """A single data file as a dataset of one table, with or without a schema."""
    frame = _Frame(path.parent, base, [], [], {}, [])
    name = path.name.split(".")[0]
    columns: Mapping[str, Any] = {}
    if schema is not None:
        try:
            document = read_document(schema)
        except DescriptorFault as fault:
            place = Place(path=frame.shown(schema), line=fault.line)
            frame.findings.append((SCHEMA_ERROR, Finding.of(SCHEMA_ERROR, place, note=fault.note)))
        else:
            columns = document.data if isinstance(document.data, Mapping) else {}
            resource = {"name": "table", "path": "table.csv", "schema": document.data}
            package = Piece("package", {"resources": [resource]}, document, ())
            frame.pieces.extend((package, *_schema_pieces(document.data, document, ())))
            paths = {schema: frame.shown(schema)}
            frame.findings.extend((_rule_of(finding), finding) for finding in faults(frame.pieces, paths))
            _check_spelling(frame)
    values = None
    if schema is not None and not frame.findings:
        try:
            values = from_descriptor(columns)
            if not values.columns:
                raise ValueError("it has no fields")
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            place = Place(path=frame.shown(schema), line=1)
            frame.findings.append((SCHEMA_ERROR, Finding.of(SCHEMA_ERROR, place, note=f"it is malformed: {error}")))
            values = None
    suffix = path.suffix.lstrip(".").lower()
    table = Table(
        name=name,
        paths=(path,),
        shown=(frame.shown(path),),
        format=FORMATS.get(suffix, suffix),
        schema=values,
        dialect=Dialect(delimiter="\t" if suffix in ("tsv", "tab") else ","),
        schema_path=schema,
        schema_descriptor=columns,
    )
    return Dataset(name, path, frame.shown(path), None, {}, (table,), tuple(_verdicts(frame.findings)))


def _verdicts(found: list[tuple[Rule, Finding]]) -> Iterator[Verdict]:
    tables = dict.fromkeys((rule.code, finding.place.table) for rule, finding in found)
    for code, table in tables:
        mine = [(r, f) for r, f in found if (r.code, f.place.table) == (code, table)]
        yield verdict_of(mine[0][0], (finding for _, finding in mine), table=table)


def _rule_of(finding: Finding) -> Rule:
    return Rule(finding.code, finding.layer, finding.message, finding.why, finding.fix, finding.severity)


# ---------------------------------------------------------------- resources


def _open_resource(frame: _Frame, document: Document, number: int, item: Any) -> tuple[Any, Table | None]:
    """The resource with schema and dialect written in, and its table where one can be read."""
    pointer: Pointer = ("resources", number)
    frame.pieces.append(Piece("resource", item, document, pointer))
    if not isinstance(item, Mapping):
        return item, None
    resource = dict(item)
    name = str(item.get("name") or f"resource-{number + 1}")
    before = len(frame.findings)
    parts: dict[str, tuple[Any, Path | None]] = {}
    for part in ("dialect", "schema"):
        if part in item:
            parts[part] = _open_part(frame, document, (*pointer, part), name)
            resource[part] = parts[part][0]
    paths = _data_paths(frame, document, (*pointer, "path"), item, name)
    if len(frame.findings) > before:
        frame.unreadable.setdefault(name, frame.findings[before][1].message)
        resource.pop("path", None)
        resource.setdefault("data", [])
        for part in ("dialect", "schema"):
            if not isinstance(resource.get(part, {}), Mapping):
                resource.pop(part)
    schema, schema_path = parts.get("schema", (None, None))
    dialect = parts.get("dialect", (None, None))[0]
    first = item.get("path")
    given = str(first[0]) if isinstance(first, list) and first else str(first or name)
    file_format = str(item.get("format") or Path(given).suffix.lstrip(".")).lower()
    if paths and file_format not in FORMATS:
        frame.add(FORMAT_ERROR, document, pointer, name, format=file_format or "(none)", path=paths[0].name)
        frame.unreadable.setdefault(name, f"its format {file_format} is not read")
    if not paths:
        frame.unreadable.setdefault(name, "it has no file")
    if name in frame.unreadable:
        paths = ()
    try:
        written = dialect_of(dialect if isinstance(dialect, Mapping) else {}, file_format)
        values = from_descriptor(schema).with_missing(written.null) if isinstance(schema, Mapping) else None
        table = Table(
            name=name,
            paths=paths,
            shown=tuple(frame.shown(path) for path in paths) or (frame.shown(document.path.parent / given),),
            format=FORMATS.get(file_format, file_format),
            schema=values,
            dialect=written,
            encoding=str(item.get("encoding") or "utf-8").lower(),
            bytes=item.get("bytes"),
            hash=item.get("hash"),
            schema_path=schema_path,
            descriptor=item,
            schema_descriptor=schema if isinstance(schema, Mapping) else {},
        )
        if not isinstance(table.hash, str | None):
            raise TypeError("its hash is no text")
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        frame.unreadable.setdefault(name, "its descriptor is malformed")
        frame.malformed.append((document, pointer, name, error))
        return resource, None
    _add_dialect_note(frame, document, pointer, table)
    return resource, table


def _add_dialect_note(frame: _Frame, document: Document, pointer: Pointer, table: Table) -> None:
    """A table of text whose dialect nobody wrote down is read, and that is said."""
    if table.paths and table.format == "csv" and "dialect" not in table.descriptor:
        delimiter = {",": "a comma", "\t": "a tab"}[table.dialect.delimiter]
        frame.add(DIALECT_DEFAULT, document, pointer, table.name, delimiter=delimiter)


def _open_part(frame: _Frame, document: Document, pointer: Pointer, table: str) -> tuple[Any, Path | None]:
    """A schema or dialect, written in place or referred to by path: its value and its file."""
    kind = str(pointer[-1])
    resource = document.data["resources"][pointer[1]]
    part, path, where = resource[kind], None, document
    if isinstance(part, str):
        path = _safe_path(frame, document, pointer, part, table, frame.root)
        if path is None:
            return None, None
        try:
            where, pointer = read_document(path), ()
        except DescriptorFault as fault:
            rule = SCHEMA_ERROR if kind == "schema" else DIALECT_ERROR
            place = Place(path=frame.shown(path), table=table, line=fault.line)
            frame.findings.append((rule, Finding.of(rule, place, note=fault.note)))
            return None, None
        part = where.data
    if not isinstance(part, Mapping):
        rule = SCHEMA_ERROR if kind == "schema" else DIALECT_ERROR
        frame.add(rule, where, pointer, table, note=f"it is {type(part).__name__} where an object belongs")
        return None, None
    if kind == "schema":
        frame.pieces.extend(_schema_pieces(part, where, pointer))
    else:
        frame.pieces.append(Piece("dialect", part, where, pointer))
    return part, path


def _schema_pieces(schema: Any, document: Document, pointer: Pointer) -> Iterator[Piece]:
    yield Piece("schema", schema, document, pointer)
    fields = schema.get("fields") if isinstance(schema, Mapping) else None
    for number, item in enumerate(fields if isinstance(fields, list) else []):
        yield Piece("field", item, document, (*pointer, "fields", number))


def _data_paths(
    frame: _Frame, document: Document, pointer: Pointer, item: Mapping[str, Any], table: str
) -> tuple[Path, ...]:
    given = item.get("path", [])
    listed = [given] if isinstance(given, str) else given
    if not isinstance(listed, list):
        return ()
    folder = document.path.parent
    found = [_safe_path(frame, document, pointer, str(part), table, folder) for part in listed]
    return tuple(path for path in found if path is not None) if all(found) else ()


def _safe_path(
    frame: _Frame, document: Document, pointer: Pointer, given: str, table: str, boundary: Path
) -> Path | None:
    """The regular file `given` names, or None and a finding."""
    if re.match(r"[A-Za-z][A-Za-z0-9+.-]+:", given) and not given.startswith("file:"):
        note = "it is a remote address, and nothing is fetched"
        frame.add(SCHEME_ERROR, document, pointer, table, path=given, note=note)
        return None
    folder = document.path.parent
    refusal = unsafe(given, folder, boundary)
    if refusal is not None:
        frame.add(UNSAFE_PATH, document, pointer, table, path=given, note=refusal)
        return None
    path = normal(folder / given)
    if not path.is_file():
        note = "it is a folder" if path.is_dir() else "there is no such file"
        frame.add(SCHEME_ERROR, document, pointer, table, path=given, note=note)
        return None
    return path


def _check_names(frame: _Frame, document: Document) -> None:
    """Names that must be one of a kind, and names that must be those of something.

    Letters that differ only in case collide: DuckDB, and file systems, take them for the same.
    """
    given = document.data.get("resources") if isinstance(document.data, Mapping) else None
    resources = [item for item in given if isinstance(item, Mapping)] if isinstance(given, list) else []
    known = [str(item.get("name")).lower() for item in resources]
    for number, name in enumerate(known):
        if name in known[:number]:
            note = f"the name {name!r} stands twice, upper and lower case aside"
            frame.add(RESOURCE_ERROR, document, ("resources", number, "name"), note=note)
    spoken = {(f.place.path, f.place.line) for rule, f in frame.findings if rule.code in SPECIFIED}
    for piece in [piece for piece in frame.pieces if piece.kind == "schema" and isinstance(piece.data, Mapping)]:
        for pointer, note in bad_names(piece.data, set(known)):
            line = piece.document.line(*piece.pointer, *pointer)
            if (frame.shown(piece.document.path), line) not in spoken:
                frame.add(SCHEMA_ERROR, piece.document, (*piece.pointer, *pointer), note=note)


def _check_spelling(frame: _Frame) -> None:
    seen = set()
    for piece in frame.pieces:
        parts = [(piece.kind, piece.data, piece.pointer)]
        if piece.kind == "field" and isinstance(piece.data, Mapping):
            parts.append(("constraints", piece.data.get("constraints"), (*piece.pointer, "constraints")))
        for kind, data, pointer in parts:
            if (piece.document.path, pointer) in seen:
                continue
            seen.add((piece.document.path, pointer))
            for key, meant in misspelt(kind, data):
                frame.add(
                    UNKNOWN_PROPERTY, piece.document, (*pointer, key), kind=f"the {kind}", property=key, meant=meant
                )
