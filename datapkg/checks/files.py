"""Is the file what its descriptor says? Faults of structure, encoding, header, size and digest."""

import hashlib
import heapq
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from datapkg.checks.scene import Scene, place, verdict
from datapkg.engine.judge import Judged
from datapkg.engine.opened import Fault
from datapkg.findings import Excerpt, Finding, Layer, Place, Rule, Severity, Verdict, pack, skipped
from datapkg.paths import UNSAFE_PATH
from datapkg.resources import COMPRESSION_ERROR


def _rule(code: str, message: str, why: str, fix: str, example: str = "") -> Rule:
    return Rule(code, Layer.FRICTIONLESS, message, why, fix, example=example)


SOURCE_ERROR = _rule(
    "source-error",
    "the file cannot be read as a table: {note}",
    "A table that was not read was not checked.",
    "Write the file again; a table without rows still has its header.",
    "incident_id:string > \n",
)
QUOTE_ERROR = _rule(
    "quote-error",
    "the quotes are wrong: {note}",
    "Readers repair such a cell in different ways, and some read the rest of the file as one cell.",
    "Quote the whole cell and double each quote inside it, as CSV writers do.",
    'incident_id:string note:string\na,he said "no"\n',
)
LINE_ENDING = _rule(
    "line-ending",
    "line ends are not all of one kind, LF or CR LF: {note}",
    "Some readers end a row there and some do not, so two people would load two different tables.",
    "Write the file again with one kind of line end, also inside quotes, and the one that its dialect declares.",
    "incident_id:string note:string\na,x\\ry\n",
)
NUL_BYTE = _rule(
    "nul-byte",
    "the text is broken: {note}",
    "Readers cut the cell at the NUL, drop the NUL, or refuse the file.",
    "Remove the NUL byte; it is often the trace of a crash or of another encoding.",
    "incident_id:string note:string\na,x\\0y\n",
)
CELL_TOO_LONG = _rule(
    "cell-too-long",
    "{note}",
    "A cell of that length is mostly a quote that was never closed, and many readers refuse it.",
    "Shorten the cell, close the quote, or raise the limit if the cell is right.",
)
LINE_TOO_LONG = _rule(
    "line-too-long",
    "{note}",
    "A row of that length does not fit the memory of many readers, and is mostly no row at all.",
    "Look for lost line ends, or raise the limit if the row is right.",
)
TOO_MANY_COLUMNS = _rule(
    "too-many-columns",
    "{note}",
    "A row of that many cells is mostly one whose line ends or delimiters are lost.",
    "Look for lost line ends, part the table into several, or raise the limit.",
)
NOT_CSV = _rule(
    "not-csv",
    "the file is {what}, and no delimited text",
    "Nothing of it can be read as a table, whatever its name says.",
    "Put the table itself in its place: export the workbook, unpack the archive, repeat the download.",
    'killed:integer > {"killed": 1}\n',
)
LFS_POINTER = _rule(
    "lfs-pointer",
    "the file is a pointer of Git LFS; the table itself was not pulled",
    "Without the table nothing of it was checked.",
    "Run `git lfs pull`, and let the workflow check out LFS files.",
    "killed:integer > version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n",
)
MERGE_CONFLICT = _rule(
    "merge-conflict",
    "the line is a marker of an unresolved merge",
    "The rows between the markers are two versions of the same rows, and one of them is to go.",
    "Decide for one of the two versions, and remove the lines of the markers.",
    "incident_id:string killed:integer\n<<<<<<< ours\na,1\n=======\nb,2\n>>>>>>> theirs\n",
)
PATH_PATTERN = Rule(
    "path-pattern",
    Layer.FRICTIONLESS,
    "the name of the file, {path}, has a character of patterns: one of * ? [ ]",
    "Some readers take such a path for a pattern, and read another file or none.",
    "Rename the file.",
    Severity.WARNING,
)
BYTE_ORDER_MARK = Rule(
    "byte-order-mark",
    Layer.FRICTIONLESS,
    "the file begins with a byte order mark, which UTF-8 does not need",
    "Some readers take the mark for a part of the first column's name.",
    "Save the file as UTF-8 without a mark.",
    Severity.WARNING,
)
ENCODING_ERROR = _rule(
    "encoding-error",
    "the file is not {encoding}: {note}",
    "Bytes that are not in the declared encoding show as wrong letters or stop the reader.",
    "Save the file in the declared encoding, or declare the one it has.",
    "name:string\nCaf\\xe9\n",
)
BLANK_ROW = _rule(
    "blank-row",
    "the row is blank",
    "Some readers skip a blank row and some load a row of nothing.",
    "Remove the line.",
    "incident_id:string killed:integer\na,1\n,\n",
)
EXTRA_CELL = _rule(
    "extra-cell",
    "the row has {found} cells where the header has {wanted}; {value} belongs to no column",
    "A cell too many shifts the cells after it into the wrong columns.",
    "Remove the cell, or quote the one that holds the delimiter.",
    "incident_id:string killed:integer\na,1,2\n",
)
MISSING_CELL = _rule(
    "missing-cell",
    "the row has {found} cells where the header has {wanted}; {column} has none",
    "A cell too few shifts the cells after it into the wrong columns, or cuts the row.",
    "Add the missing cell; an unknown value is an empty cell.",
    "incident_id:string killed:integer\na\n",
)
BLANK_LABEL = _rule(
    "blank-label",
    "the header cell {number} is blank",
    "A column without a name cannot be found by name.",
    "Name the column as its schema does, or remove it.",
    "incident_id:string killed:integer > incident_id,\na,1\n",
)
DUPLICATE_LABEL = _rule(
    "duplicate-label",
    "the header names {label} twice",
    "Readers keep the first, the last or a renamed copy of a column named twice.",
    "Remove or rename one of the two columns.",
    "incident_id:string killed:integer > incident_id,incident_id\na,1\n",
)
MISSING_LABEL = _rule(
    "missing-label",
    "the column {column} is not in the header",
    "Readers who rely on the column break, and its rules cannot run.",
    "Add the column to the file, or take it out of the schema.",
    "incident_id:string killed:integer > incident_id\na\n",
)
EXTRA_LABEL = _rule(
    "extra-label",
    "the header has {label}, which is no column of the schema",
    "A column that nobody declared is checked by nobody.",
    "Declare the column in the schema, or remove it from the file.",
    "incident_id:string > incident_id,killed\na,1\n",
)
INCORRECT_LABEL = _rule(
    "incorrect-label",
    "the header has {label} where the schema has {column}",
    "Readers select columns by name; a renamed one is a missing one.",
    "Name the column as its schema does, in the schema's order.",
    "incident_id:string killed:integer > incident_id,deaths\na,1\n",
)
HASH_COUNT = _rule(
    "hash-count",
    "the {algorithm} digest is {found}, declared{where} is {wanted}",
    "The file is not the one that was described; somebody changed one of the two.",
    "Find out which is right, then describe the file again or restore it.",
    "name: example\nresources:\n  - name: incidents\n    path: incidents.csv\n    type: table\n"
    "    hash: md5:00000000000000000000000000000000\n",
)
BYTE_COUNT = _rule(
    "byte-count",
    "the file has {found} bytes, declared{where} are {wanted}",
    "The file is not the one that was described; it may be cut.",
    "Find out which is right, then describe the file again or restore it.",
    "name: example\nresources:\n  - name: incidents\n    path: incidents.csv\n    type: table\n    bytes: 1\n",
)
DECOMPRESSION_LIMIT = _rule(
    "decompression-limit",
    "the file is not expanded: {note}",
    "A small file that becomes a huge one exhausts the machine of whoever opens it.",
    "Compress the file without padding, split it, or keep it as it is.",
    "",
)
TEXT_VALUE = replace(
    _rule(
        "text-value",
        "{column} has texts where the format has values of the type {type}, this and {more} more",
        "Readers that take a value as it is find a text where the schema promises a value of the type.",
        "Write the value without quotes; an unknown one is null.",
        "name: example\nresources:\n  - name: incidents\n    type: table\n    data: [{killed: '1'}]\n"
        "    schema:\n      fields:\n        - {name: killed, type: integer}\n",
    ),
    severity=Severity.WARNING,
)
UNKNOWN = "unknown to this tool"
"""What is said of the digest by an algorithm that nothing here knows: a fault of the descriptor."""
NO_FILE = "the data stand in the descriptor and have no file"
NO_TABLE = "it is declared as no table: that it is there, its size and its digest are all that is checked"

STRUCTURE = (
    *(SOURCE_ERROR, ENCODING_ERROR, NOT_CSV, LFS_POINTER, MERGE_CONFLICT, PATH_PATTERN, BYTE_ORDER_MARK),
    *(COMPRESSION_ERROR, DECOMPRESSION_LIMIT, UNSAFE_PATH, TEXT_VALUE),
    *(QUOTE_ERROR, LINE_ENDING, NUL_BYTE, CELL_TOO_LONG, LINE_TOO_LONG, TOO_MANY_COLUMNS),
    *(BLANK_ROW, EXTRA_CELL, MISSING_CELL),
    *(BLANK_LABEL, DUPLICATE_LABEL, MISSING_LABEL, EXTRA_LABEL, INCORRECT_LABEL),
)


def check_structure(scene: Scene) -> Iterator[Verdict]:
    """Each table is a table: its cells, rows, header and encoding."""
    for judged in scene.tables.values():
        faults = judged.opened.faults
        if not judged.opened.table.tabular:
            yield skipped(verdict(judged, SOURCE_ERROR), NO_TABLE)
            continue
        table, rows = judged.opened.table.name, judged.opened.rows
        for rule in STRUCTURE:
            count = faults.counts.get(rule.code, 0) + (judged.blanks if rule is BLANK_ROW else 0)
            told = Verdict(rule.code, rule.layer, rule.severity, table, rows=rows, failures=count, listed=False)
            if not count:
                yield told
                continue
            found = (_finding(rule, judged, fault) for fault in faults.shown if fault.code == rule.code)
            if rule is BLANK_ROW:
                found = heapq.merge(found, _blank(scene, judged), key=lambda finding: finding.order)
            yield replace(told, findings=pack(found))


def _blank(scene: Scene, judged: Judged) -> Iterator[Finding]:
    """The rows whose cells are all empty."""
    for row, at in scene.rows(judged, scene.blank(judged)):
        yield Finding.of(BLANK_ROW, place(judged, at, row, None))


def _finding(rule: Rule, judged: Judged, fault: Fault) -> Finding:
    where = Place(
        path=fault.shown,
        table=judged.opened.table.name,
        row=fault.row,
        line=fault.line,
        column=fault.column,
        column_number=fault.column_number,
        value=fault.value,
    )
    shown = {name: "" if word is None else word for name, word in fault.words.items()}
    finding = Finding.of(rule, where, **shown)
    return replace(finding, excerpt=Excerpt(*fault.excerpt)) if fault.excerpt else finding


def check_digests(scene: Scene) -> Iterator[Verdict]:
    """Each file has the size and the digest that its descriptor declares."""
    for judged in scene.tables.values():
        table, facts = judged.opened.table, judged.opened.facts
        if facts.bytes is None:
            reason = NO_FILE if table.inline is not None else "the file could not be read"
            for given, rule in ((table.bytes, BYTE_COUNT), (table.hash, HASH_COUNT)):
                if given is not None:
                    yield skipped(verdict(judged, rule), reason)
            continue
        if table.bytes is not None:
            yield _count(judged, BYTE_COUNT, {"found": facts.bytes, "wanted": table.bytes})
        if table.hash is not None:
            algorithm, _, wanted = table.hash.rpartition(":")
            algorithm = algorithm or "md5"
            if algorithm not in hashlib.algorithms_guaranteed or algorithm.startswith("shake"):
                found = UNKNOWN
            elif algorithm == "sha256" and len(table.paths) == 1:
                found = facts.sha256 or ""
            else:
                found = _digest(judged, algorithm)
            yield _count(judged, HASH_COUNT, {"algorithm": algorithm, "found": found, "wanted": wanted.lower()})


def _digest(judged: Judged, algorithm: str) -> str:
    digest = hashlib.new(algorithm, usedforsecurity=False)
    for path in judged.opened.table.paths:
        with path.open("rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
    return digest.hexdigest()


def _count(judged: Judged, rule: Rule, told: dict[str, Any]) -> Verdict:
    wrong = told["found"] != told["wanted"]
    table, at = judged.opened.table, ""
    where = Place(table.shown[0], table.name)
    if table.stated is not None:
        line = table.stated.line("hash" if rule is HASH_COUNT else "bytes")
        at = f" in line {line} of {table.stated.shown}"
        if told["found"] == UNKNOWN:
            where = Place(table.stated.shown, table.name, line=line)
    findings = (Finding.of(rule, where, **told, where=at),) if wrong else ()
    return replace(verdict(judged, rule), failures=int(wrong), findings=findings)
