"""A resource of a Data Package as a table: its files, its data in place, its schema and its dialect.

Whatever is wrong with it is a finding of the frame, at its line; what can be opened is opened.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from datapkg.descriptor import (
    DIALECT_ERROR,
    RESOURCE_ERROR,
    SCHEMA_ERROR,
    Declared,
    Document,
    Piece,
    read_document,
)
from datapkg.dialect import DIALECT_DEFAULT, Dialect, DialectFault
from datapkg.dialect import from_descriptor as dialect_of
from datapkg.findings import Finding, Layer, Place, Rule
from datapkg.formats import COMPRESSIONS, FORMATS, PLAIN, told
from datapkg.notation import DescriptorFault, Pointer
from datapkg.paths import UNSAFE_PATH, normal, shown_path, unsafe, unsafe_member, unsafe_name
from datapkg.profiles import is_standard
from datapkg.schema import Schema, from_descriptor

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
    fix="Keep the table as CSV, TSV, JSON, JSON Lines, Parquet, XLSX, XLS or ODS, or name its format.",
    example="name: example\nresources:\n  - name: incidents\n    path: data.xyz\n    type: table\n",
)
COMPRESSION_ERROR = Rule(
    code="compression-error",
    layer=Layer.FRICTIONLESS,
    message="the file cannot be expanded: {note}",
    why="A table that was not read was not checked.",
    fix="Compress the file again with gzip, zip, bzip2 or zstd, and name that in the descriptor.",
    example="name: example\nresources:\n  - name: incidents\n    path: incidents.csv\n    type: table\n"
    "    compression: gz\n",
)

REMOTE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:")
ROWS = "csv", "parquet", "jsonl", "sheet"
"""Formats that hold nothing but tables. JSON may be anything."""


@dataclass(frozen=True)
class Inline:
    """Data that stand in the descriptor itself; `lines` are those of its items, `line` is its own."""

    value: Any
    path: Path
    line: int
    lines: tuple[int, ...]


@dataclass(frozen=True)
class Table:
    """One resource. `paths` are its files, `shown` how reports spell them; or it is `inline`.

    A table that cannot be read has neither; a finding says why. A resource that is not `tabular`
    is no table at all: its files are only looked for, measured and hashed.
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
    compression: str = ""
    innerpath: str | None = None
    inline: Inline | None = None
    tabular: bool = True
    options: Mapping[str, Any] = field(default_factory=dict)
    declared: Declared | None = None
    stated: Declared | None = None
    """Where the resource itself stands."""

    @property
    def present(self) -> bool:
        """Whether there are data to be read as a table."""
        return self.tabular and (bool(self.paths) or self.inline is not None)


@dataclass(frozen=True)
class Frame:
    """What the steps of opening share: where paths may lead and how they are shown."""

    root: Path
    base: Path
    findings: list[tuple[Rule, Finding]] = field(default_factory=list)
    pieces: list[Piece] = field(default_factory=list)
    unreadable: dict[str, str] = field(default_factory=dict)
    malformed: list[tuple[Document, Pointer, str, Exception]] = field(default_factory=list)

    def shown(self, path: Path) -> str:
        """How reports spell `path`."""
        return shown_path(path, self.base)

    def piece(self, kind: str, data: Mapping[str, Any]) -> Piece | None:
        """The piece that `data` is; the latest are looked at first."""
        return next((piece for piece in reversed(self.pieces) if piece.kind == kind and piece.data is data), None)

    def add(self, rule: Rule, document: Document, pointer: Pointer, table: str | None = None, **words: Any) -> None:
        """Keep the finding that `rule` is broken at the line of `pointer`."""
        place = Place(path=self.shown(document.path), table=table, line=document.line(*pointer))
        self.findings.append((rule, Finding.of(rule, place, **words)))


def open_resource(
    frame: Frame, document: Document, number: int, item: Any, *, tabular: bool = False
) -> tuple[Any, Table | None]:
    """The resource with schema and dialect written in, and its table where one can be read.

    `tabular` says that the package as a whole declares its resources to be tables.
    """
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
        resource.pop("extrapaths", None)
        resource.setdefault("data", [])
        if not isinstance(resource.get("dialect", {}), Mapping):
            resource.pop("dialect")
        if not isinstance(resource.get("schema", {}), Mapping):
            resource["schema"] = {"fields": [{"name": "x"}]}
    check_profile(frame, document, pointer, item, name)
    refusal = unsafe_name(str(item["name"])) if isinstance(item.get("name"), str) else None
    if refusal is not None:
        frame.add(
            RESOURCE_ERROR, document, (*pointer, "name"), note=f"its name is not safe as that of a file: {refusal}"
        )
    inline = _in_place(frame, document, pointer, item, name) if "data" in item and not paths else None
    try:
        table = _table(frame, (document, pointer), item, parts, (paths, inline), tabular=tabular)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        if isinstance(error, DialectFault):
            error.given = parts["dialect"][0]
        frame.unreadable.setdefault(name, "its descriptor is malformed")
        frame.malformed.append((document, pointer, name, error))
        return resource, None
    if table.paths and table.tabular and table.format == "csv" and "dialect" not in item:
        # A table of text whose dialect nobody wrote down is read, and that is said.
        delimiter = {",": "a comma", "\t": "a tab"}[table.dialect.delimiter]
        frame.add(DIALECT_DEFAULT, document, pointer, name, delimiter=delimiter)
    return resource, table


def _in_place(frame: Frame, document: Document, pointer: Pointer, item: Mapping[str, Any], name: str) -> Inline:
    """The data that stand in the descriptor; a text says of what kind it is (Data Resource, `data`)."""
    data, line = item["data"], document.line(*pointer, "data")
    if isinstance(data, str) and not item.get("format") and not item.get("mediatype"):
        note = "its data is a text, and neither format nor mediatype says of what kind"
        frame.add(RESOURCE_ERROR, document, (*pointer, "data"), name, note=note)
    items = len(data) if isinstance(data, list) else 0
    return Inline(data, document.path, line, tuple(document.line(*pointer, "data", n) for n in range(items)))


def _table(
    frame: Frame,
    at: tuple[Document, Pointer],
    item: Mapping[str, Any],
    parts: Mapping[str, tuple[Any, Path | None]],
    source: tuple[tuple[Path, ...], Inline | None],
    *,
    tabular: bool,
) -> Table:
    """The table of a resource; raises where its descriptor is malformed."""
    (document, pointer), (paths, inline) = at, source
    name = str(item.get("name") or f"resource-{int(pointer[-1]) + 1}")
    schema, schema_path = parts.get("schema", (None, None))
    dialect = parts.get("dialect", (None, None))[0]
    options = dialect if isinstance(dialect, Mapping) else {}
    given = _first_name(item) or name
    word, compression = told(
        given,
        str(item.get("format") or ""),
        str(item["compression"]) if item.get("compression") is not None else None,
        str(item.get("mediatype") or ""),
    )
    inner = item.get("innerpath")
    if compression == "zip" and not word:
        word = told(str(inner or ""))[0] or "csv"
    written = inline is not None and _rows(inline.value)
    is_table = tabular or schema is not None or _says_table(item) or FORMATS.get(word) in ROWS or written
    if is_table and (paths or inline is not None):
        _check_format(frame, at, name, (word or ("json" if inline else ""), compression, inner), given)
    if not paths and inline is None:
        frame.unreadable.setdefault(name, "it has no file")
    if name in frame.unreadable:
        paths, inline = (), None
    spelling = dialect_of(options, word or "csv")
    values = from_descriptor(schema).with_missing(spelling.null) if isinstance(schema, Mapping) else None
    own = (frame.shown(document.path if "data" in item else document.path.parent / given),)
    table = Table(
        name=name,
        paths=paths,
        shown=tuple(frame.shown(path) for path in paths) or own,
        format=FORMATS.get(word, word),
        schema=values,
        dialect=spelling,
        encoding=str(item.get("encoding") or "utf-8").lower(),
        bytes=item.get("bytes"),
        hash=item.get("hash"),
        schema_path=schema_path,
        descriptor=item,
        schema_descriptor=schema if isinstance(schema, Mapping) else {},
        compression="" if compression in PLAIN else COMPRESSIONS.get(compression, ""),
        innerpath=inner if isinstance(inner, str) else None,
        inline=inline,
        tabular=is_table,
        options=options,
        declared=declared_at(frame, schema),
        stated=Declared(frame.shown(document.path), document, pointer),
    )
    if not isinstance(table.hash, str | None):
        raise TypeError("its hash is no text")
    return table


def _says_table(item: Mapping[str, Any]) -> bool:
    """Whether a resource says of itself that it is a table, in the words of version 2 or 1."""
    return item.get("type") == "table" or str(item.get("profile")) == "tabular-data-resource"


def _rows(data: Any) -> bool:
    """Whether data in place look like a table: a list of lists or of objects."""
    return isinstance(data, list) and bool(data) and all(isinstance(row, list | Mapping) for row in data)


def _first_name(item: Mapping[str, Any]) -> str:
    path = item.get("path")
    return str((path[0] if path else "") if isinstance(path, list) else path or "")


def _check_format(
    frame: Frame, at: tuple[Document, Pointer], name: str, words: tuple[str, str, Any], given: str
) -> None:
    """A table whose format or compression is none that is read here, or whose member has no safe name."""
    document, pointer = at
    word, compression, inner = words
    if word not in FORMATS:
        frame.add(FORMAT_ERROR, document, pointer, name, format=word or "(none)", path=Path(given).name)
        frame.unreadable.setdefault(name, f"its format {word} is not read")
    if compression not in (*PLAIN, *COMPRESSIONS):
        note = f"the compression {compression!r} is none that is read here"
        frame.add(COMPRESSION_ERROR, document, (*pointer, "compression"), name, note=note)
        frame.unreadable.setdefault(name, note)
    refusal = unsafe_member(str(inner)) if inner is not None else None
    if refusal is not None:
        frame.add(UNSAFE_PATH, document, (*pointer, "innerpath"), name, path=inner, note=refusal)
        frame.unreadable.setdefault(name, refusal)


def check_profile(
    frame: Frame, document: Document, pointer: Pointer, data: Mapping[str, Any], table: str | None = None
) -> None:
    """Profiles other than the standard's own are neither fetched nor enforced, which is said."""
    for key in ("profile", "$schema"):
        given = data.get(key)
        if not isinstance(given, str) or is_standard(given):
            continue
        note = "it is a profile of its own, and its rules are not enforced here"
        if REMOTE.match(given):
            note = "it is a remote profile; nothing is fetched, and its rules are not enforced"
        frame.add(SCHEME_ERROR, document, (*pointer, key), table, path=given, note=note)


def _open_part(frame: Frame, document: Document, pointer: Pointer, table: str) -> tuple[Any, Path | None]:
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
        frame.pieces.extend(schema_pieces(part, where, pointer))
    else:
        frame.pieces.append(Piece("dialect", part, where, pointer))
    check_profile(frame, where, pointer, part, table)
    return part, path


def declared_at(frame: Frame, schema: Any) -> Declared | None:
    """Where a schema stands that is among the pieces."""
    piece = frame.piece("schema", schema) if isinstance(schema, Mapping) else None
    return Declared(frame.shown(piece.document.path), piece.document, piece.pointer) if piece is not None else None


def schema_pieces(schema: Any, document: Document, pointer: Pointer) -> Iterator[Piece]:
    """A schema, and each of its fields, as pieces."""
    yield Piece("schema", schema, document, pointer)
    fields = schema.get("fields") if isinstance(schema, Mapping) else None
    for number, item in enumerate(fields if isinstance(fields, list) else []):
        yield Piece("field", item, document, (*pointer, "fields", number))


def _data_paths(
    frame: Frame, document: Document, pointer: Pointer, item: Mapping[str, Any], table: str
) -> tuple[Path, ...]:
    given = item.get("path", [])
    listed = [given] if isinstance(given, str) else given
    more = item.get("extrapaths", [])
    if not isinstance(listed, list) or not isinstance(more, list):
        return ()
    scheme = item.get("scheme", "file")
    if scheme not in ("file", "", None) and listed:
        note = f"its scheme is {scheme!r}, and only files are read"
        frame.add(SCHEME_ERROR, document, (*pointer[:-1], "scheme"), table, path=str(given), note=note)
        return ()
    folder = document.path.parent
    found = [_safe_path(frame, document, pointer, str(part), table, folder) for part in [*listed, *more]]
    return tuple(path for path in found if path is not None) if all(found) else ()


def _safe_path(
    frame: Frame, document: Document, pointer: Pointer, given: str, table: str, boundary: Path
) -> Path | None:
    """The regular file `given` names, or None and a finding."""
    if REMOTE.match(given) and not given.lower().startswith("file:"):
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
        frame.add(SCHEME_ERROR, document, pointer, table, path=given, note="there is no such file")
        return None
    return path
