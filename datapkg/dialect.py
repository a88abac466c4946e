"""Table Dialect as a frozen value: how the cells of a text file are written (Table Dialect v2).

The names of version 1 (CSV Dialect) and the nested `csv` that Frictionless writes are read too.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from datapkg.findings import Layer, Rule, Severity

DIALECT_DEFAULT = Rule(
    code="dialect-default",
    layer=Layer.FRICTIONLESS,
    message="the resource has no dialect; the standard's defaults are taken: {delimiter}, and a header in row 1",
    why="A reader who is not told the dialect guesses it, and two readers may guess two different tables.",
    fix='Write the dialect out, for example `dialect: {delimiter: ",", header: true}`.',
    severity=Severity.INFO,
    example="name: example\nresources:\n  - name: incidents\n    path: incidents.csv\n    type: table\n",
)

ENDS = ("\n", "\r\n")
TEXTS = ("delimiter", "quoteChar", "escapeChar", "commentChar", "lineTerminator", "nullSequence", "headerJoin")
TRUTHS = ("header", "doubleQuote", "skipInitialSpace", "caseSensitiveHeader", "headerCase")


class DialectFault(ValueError):
    """A dialect that cannot be used: why, and the property of it that is to blame."""

    def __init__(self, note: str, key: str) -> None:
        super().__init__(note)
        self.key = key
        self.given: Mapping[str, Any] = {}


@dataclass(frozen=True, slots=True)
class Dialect:
    """How cells are written in a text file.

    `header_rows` and `comment_rows` count all records of the file from 1; the header row 1 is
    the first row that is no comment. `line_end` is the declared one; None takes LF or CR LF.
    """

    delimiter: str = ","
    quote: str | None = '"'
    double_quote: bool = True
    escape: str | None = None
    header: bool = True
    header_rows: tuple[int, ...] = (1,)
    header_join: str = " "
    case_sensitive: bool = True
    comment: str | None = None
    comment_rows: frozenset[int] = frozenset()
    skip_initial_space: bool = False
    line_end: str | None = None
    null: str | None = None

    @property
    def plain(self) -> bool:
        """RFC 4180 with a header in line 1 or none, whatever the delimiter: what the fast reader reads."""
        return (
            len(self.delimiter.encode()) == 1
            and self.quote == '"'
            and self.double_quote
            and self.escape is None
            and self.header_rows in ((1,), ())
            and self.comment is None
            and not self.comment_rows
            and not self.skip_initial_space
        )


def from_descriptor(given: Mapping[str, Any], file_format: str) -> Dialect:
    """The dialect that a descriptor gives; what it leaves out is the standard's default, never a guess.

    Raises DialectFault where a property is not what the standard says, or asks for what nothing
    here reads.
    """
    nested = given.get("csv")
    if not isinstance(nested, Mapping | None):
        raise DialectFault("csv is no object", "csv")
    if nested is not None:
        given = {**given, **nested}
    given = {key: value for key, value in given.items() if value is not None or key == "headerRows"}
    for key in TEXTS:
        if not isinstance(given.get(key, ""), str):
            raise DialectFault(f"{key} is no text", key)
    for key in TRUTHS:
        if not isinstance(given.get(key, True), bool):
            raise DialectFault(f"{key} is neither true nor false", key)
    rows, comments = given.get("headerRows", [1]), given.get("commentRows", [])
    for key, numbers in (("headerRows", rows or []), ("commentRows", comments)):
        if not (isinstance(numbers, list) and all(type(row) is int and row > 0 for row in numbers)):
            raise DialectFault(f"{key} is no list of row numbers", key)
    header = given.get("header", True) and rows not in ([], None)
    delimiter = given.get("delimiter", "\t" if file_format in ("tsv", "tab") else ",")
    quote, escape = given.get("quoteChar", '"'), given.get("escapeChar", "")
    _refuse_nonsense(delimiter, quote, escape, given.get("commentChar", ""), given.get("lineTerminator", "\n"))
    return Dialect(
        delimiter=delimiter,
        quote=quote or None,
        double_quote=given.get("doubleQuote", True) or (bool(quote) and escape == quote),
        escape=escape if escape != quote and escape else None,
        header=header,
        header_rows=tuple(sorted(set(rows))) if header else (),
        header_join=given.get("headerJoin", " "),
        case_sensitive=given.get("caseSensitiveHeader", given.get("headerCase", True)),
        comment=given.get("commentChar") or None,
        comment_rows=frozenset(comments),
        skip_initial_space=given.get("skipInitialSpace", False),
        line_end=given.get("lineTerminator"),
        null=given.get("nullSequence") or None,
    )


def _refuse_nonsense(delimiter: str, quote: str, escape: str, comment: str, line_end: str) -> None:
    """DialectFault for characters that leave it open what a cell is."""
    if not delimiter or any(mark in delimiter for mark in "\r\n\0"):
        raise DialectFault("the delimiter is empty or holds a line end", "delimiter")
    for key, mark in (("quoteChar", quote), ("escapeChar", escape)):
        if len(mark) > 1 or not mark.isascii() or mark in ("\r", "\n", "\0"):
            raise DialectFault(f"{key} is not one ASCII character", key)
        if mark and mark in delimiter:
            raise DialectFault(f"{key} is part of the delimiter", key)
    if any(mark in comment for mark in "\r\n") or comment == delimiter:
        raise DialectFault("commentChar is the delimiter or holds a line end", "commentChar")
    if line_end not in ENDS:
        note = f"the lineTerminator {line_end!r} is not read here; files end their lines with LF or CR LF"
        raise DialectFault(note, "lineTerminator")
