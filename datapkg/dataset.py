"""A dataset: the tables of a Data Package, found by safe paths.

`open_dataset` never raises for a fault of the package: what can be opened is opened, and every
fault is a Finding with its line. Definitions follow Data Package v2, Table Dialect v2.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, overload
from unicodedata import normalize

from datapkg.descriptor import (
    DIALECT_ERROR,
    KINDS,
    PACKAGE_ERROR,
    RESOURCE_ERROR,
    SCHEMA_ERROR,
    Document,
    Piece,
    asked,
    faults,
    read_document,
)
from datapkg.dialect import DIALECT_DEFAULT, Dialect, DialectFault
from datapkg.findings import Finding, Place, Rule, Severity, Verdict, verdict_of
from datapkg.formats import COMPRESSIONS, FORMATS, suffixes
from datapkg.notation import DescriptorFault, Pointer
from datapkg.paths import UNSAFE_PATH, unsafe_name
from datapkg.properties import ITEMS, KNOWN
from datapkg.resources import (
    COMPRESSION_ERROR,
    FORMAT_ERROR,
    SCHEME_ERROR,
    Frame,
    Table,
    check_profile,
    declared_at,
    open_resource,
    schema_pieces,
)
from datapkg.schema import bad_names, bad_properties, from_descriptor
from datapkg.spelling import UNKNOWN_PROPERTY, misspelt

RULES = (SCHEME_ERROR, FORMAT_ERROR, COMPRESSION_ERROR, DIALECT_DEFAULT)

SPECIFIED = {rule.code for rule in KINDS.values()}


class Later(Sequence[Verdict]):
    """Verdicts that are made when they are first looked at."""

    def __init__(self, make: Callable[[], tuple[Verdict, ...]]) -> None:
        self._make = make

    @cached_property
    def _made(self) -> tuple[Verdict, ...]:
        return self._make()

    @overload
    def __getitem__(self, index: int) -> Verdict: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Verdict]: ...
    def __getitem__(self, index: int | slice) -> Verdict | Sequence[Verdict]:
        return self._made[index]

    def __len__(self) -> int:
        return len(self._made)


@dataclass(frozen=True)
class Dataset:
    """A Data Package: its tables, and the verdicts on its descriptor."""

    name: str
    path: Path
    shown: str
    version: str | None
    descriptor: Mapping[str, Any]
    tables: tuple[Table, ...]
    verdicts: Sequence[Verdict]
    unreadable: Mapping[str, str] = field(default_factory=dict)

    @property
    def folder(self) -> Path:
        """The folder that resource paths are relative to."""
        return self.path.parent

    @property
    def sound(self) -> bool:
        """Whether its descriptor has no fault."""
        return not any(verdict.failures for verdict in self.verdicts)


def open_dataset(descriptor: Path, *, root: Path, base: Path) -> Dataset:
    """The dataset that `descriptor` describes.

    `root` is the folder that schema and dialect paths may not leave (the project's, or the
    descriptor's own); reports spell paths relative to `base`.
    """
    frame = Frame(root, base)
    shown = frame.shown(descriptor)
    if descriptor.is_symlink():
        words = {"path": descriptor.name, "note": "symbolic links are not followed"}
        finding = Finding.of(UNSAFE_PATH, Place(path=shown), **words)
        return Dataset(descriptor.parent.name, descriptor, shown, None, {}, (), (verdict_of(UNSAFE_PATH, [finding]),))
    try:
        document = read_document(descriptor)
    except DescriptorFault as fault:
        finding = Finding.of(PACKAGE_ERROR, Place(path=shown, line=fault.line), note=fault.note)
        return Dataset(descriptor.parent.name, descriptor, shown, None, {}, (), (verdict_of(PACKAGE_ERROR, [finding]),))
    data = document.data if isinstance(document.data, Mapping) else {}
    inlined = dict(data)
    frame.pieces.append(Piece("package", inlined if data else document.data, document, ()))
    check_profile(frame, document, (), data)
    version = data.get("version")
    refusal = unsafe_name(version) if isinstance(version, str) else None
    if refusal is not None:
        frame.add(PACKAGE_ERROR, document, ("version",), note=f"its version is not safe as part of a path: {refusal}")
    given = data.get("name")
    unsafe_parts = [unsafe_name(part) for part in given.split("/")] if isinstance(given, str) and given else []
    if any(unsafe_parts):
        why = next(filter(None, unsafe_parts))
        frame.add(PACKAGE_ERROR, document, ("name",), note=f"its name is not safe as part of a path: {why}")
    resources = data.get("resources")
    tables = []
    if isinstance(resources, list):
        tabular = data.get("profile") == "tabular-data-package"
        opened = [
            open_resource(frame, document, number, item, tabular=tabular) for number, item in enumerate(resources)
        ]
        inlined["resources"] = [resource for resource, _ in opened]
        tables = list({table.name.lower(): table for _, table in reversed(opened) if table is not None}.values())[::-1]
    clean = asked(frame.pieces[0].data)
    return Dataset(
        name=str(data.get("name") or descriptor.parent.name),
        path=descriptor,
        shown=shown,
        version=str(data["version"]) if "version" in data else None,
        descriptor=data,
        tables=tuple(tables),
        verdicts=Later(lambda: _told(frame, document, clean())),
        unreadable=frame.unreadable,
    )


def _told(frame: Frame, document: Document, clean: bool) -> tuple[Verdict, ...]:
    """All verdicts on a descriptor; `clean` is what frictionless says of the package."""
    paths = {piece.document.path: frame.shown(piece.document.path) for piece in frame.pieces}
    told_at = list(faults(frame.pieces, paths, clean))
    frame.findings.extend((_rule_of(finding), finding) for _, finding in told_at)
    _check_names(frame, document, {(finding.place.path, pointer) for pointer, finding in told_at})
    told = any(rule.code == PACKAGE_ERROR.code for rule, _ in frame.findings)
    _tell_malformed(frame, [(finding, pointer) for pointer, finding in told_at])
    resources = document.data.get("resources") if isinstance(document.data, Mapping) else None
    if not told and (not isinstance(resources, list) or not resources):
        frame.add(PACKAGE_ERROR, document, ("resources",), note="it has no resources, so there is nothing to check")
    _check_spelling(frame)
    return tuple(_verdicts(frame.findings))


def open_file(path: Path, schema: Path | None, *, base: Path) -> Dataset:
    """A single data file as a dataset of one table, with or without a schema."""
    frame = Frame(path.parent, base)
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
            frame.pieces.extend((package, *schema_pieces(document.data, document, ())))
            paths = {schema: frame.shown(schema)}
            frame.findings.extend(
                (_rule_of(finding), finding) for _, finding in faults(frame.pieces, paths, asked(package.data)())
            )
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
    suffix, compression = suffixes(path.name)
    table = Table(
        name=name,
        paths=(path,),
        shown=(frame.shown(path),),
        format=FORMATS.get(suffix, "csv"),
        schema=values,
        dialect=Dialect(delimiter="\t" if suffix in ("tsv", "tab") else ","),
        schema_path=schema,
        schema_descriptor=columns,
        compression=COMPRESSIONS.get(compression, ""),
        declared=declared_at(frame, columns),
    )
    return Dataset(name, path, frame.shown(path), None, {}, (table,), tuple(_verdicts(frame.findings)))


def _tell_malformed(frame: Frame, told_at: Collection[tuple[Finding, Pointer]]) -> None:
    """A table that could not be opened where the standard's own check has let its descriptor pass."""
    about = {finding.place.table for rule, finding in frame.findings if rule.code in SPECIFIED}
    for where, pointer, name, error in frame.malformed:
        spoken = any(
            finding.severity is Severity.ERROR
            and (at[: len(pointer)] == pointer or finding.place.path != frame.shown(where.path))
            for finding, at in told_at
        )
        if spoken or name in about:
            continue
        if isinstance(error, DialectFault):
            frame.add(DIALECT_ERROR, *_of_dialect(frame, where, pointer, error), name, note=str(error))
        else:
            frame.add(RESOURCE_ERROR, where, pointer, name, note=f"it is malformed: {error}")


def _of_dialect(frame: Frame, where: Document, pointer: Pointer, fault: DialectFault) -> tuple[Document, Pointer]:
    """Where the property of a resource's dialect stands that is to blame: in place, or in a file of its own."""
    piece = frame.piece("dialect", fault.given)
    if piece is None:
        return where, (*pointer, "dialect")
    nested = piece.data.get("csv")
    inner = ("csv",) if isinstance(nested, Mapping) and fault.key in nested else ()
    return piece.document, (*piece.pointer, *inner, fault.key)


def _verdicts(found: list[tuple[Rule, Finding]]) -> Iterator[Verdict]:
    grouped: dict[tuple[str, str | None], list[tuple[Rule, Finding]]] = {}
    for rule, finding in found:
        grouped.setdefault((rule.code, finding.place.table), []).append((rule, finding))
    for (_, table), mine in grouped.items():
        yield verdict_of(mine[0][0], (finding for _, finding in mine), table=table)


def _rule_of(finding: Finding) -> Rule:
    return Rule(finding.code, finding.layer, finding.message, finding.why, finding.fix, finding.severity)


def _check_names(frame: Frame, document: Document, spoken: Collection[tuple[str, Pointer]]) -> None:
    """Names that must be one of a kind, and names that must be those of something.

    What is `spoken` of, by path and pointer, is not told again.
    Letters that differ only in case collide: DuckDB, and file systems, take them for the same.
    """
    given = document.data.get("resources") if isinstance(document.data, Mapping) else None
    resources = [item for item in given if isinstance(item, Mapping)] if isinstance(given, list) else []
    known = [str(item.get("name")).lower() for item in resources]
    met: set[str] = set()
    for number, name in enumerate(normalize("NFC", name) for name in known):
        if name in met:
            note = f"the name {name!r} stands twice, upper and lower case aside"
            frame.add(RESOURCE_ERROR, document, ("resources", number, "name"), note=note)
        met.add(name)
    tables = set(known)
    for piece in [piece for piece in frame.pieces if piece.kind == "schema" and isinstance(piece.data, Mapping)]:
        for pointer, note in (*bad_names(piece.data, tables), *bad_properties(piece.data)):
            whole, own = (*piece.pointer, *pointer), len(piece.pointer)
            ends = range(own + 1, len(whole) + 1)
            if not any((frame.shown(piece.document.path), whole[:end]) in spoken for end in ends):
                frame.add(SCHEMA_ERROR, piece.document, whole, note=note)


def _check_spelling(frame: Frame) -> None:
    seen = set()
    for piece in frame.pieces:
        for kind, known, data, pointer in _spelt_parts(piece):
            if (piece.document.path, pointer) in seen:
                continue
            seen.add((piece.document.path, pointer))
            for key, meant in misspelt(known, data):
                frame.add(UNKNOWN_PROPERTY, piece.document, (*pointer, key), kind=kind, property=key, meant=meant)


def _spelt_parts(piece: Piece) -> Iterator[tuple[str, Collection[str], Any, Pointer]]:
    """A piece and the objects in it: what each is called, the properties it knows, its value and where it stands."""
    yield f"the {piece.kind}", KNOWN[piece.kind], piece.data, piece.pointer
    if not isinstance(piece.data, Mapping):
        return
    if piece.kind == "field":
        constraints = piece.data.get("constraints")
        yield "the constraints", KNOWN["constraints"], constraints, (*piece.pointer, "constraints")
    for name in ITEMS.keys() & piece.data.keys() & KNOWN[piece.kind].keys():
        given = piece.data[name]
        for number, item in enumerate(given if isinstance(given, list) else ()):
            pointer = (*piece.pointer, name, number)
            yield f"an item of {name}", ITEMS[name], item, pointer
            if name == "foreignKeys" and isinstance(item, Mapping):
                yield "the reference", ITEMS["reference"], item.get("reference"), (*pointer, "reference")
