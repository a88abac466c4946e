"""Table Dialect as a frozen value: how the cells of a text file are written (Table Dialect v2)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Dialect:
    """How cells are written in a text file."""

    delimiter: str = ","
    quote: str | None = '"'
    double_quote: bool = True
    escape: str | None = None
    header: bool = True
    header_rows: tuple[int, ...] = (1,)
    comment: str | None = None
    skip_initial_space: bool = False

    @property
    def plain(self) -> bool:
        """RFC 4180 with a header in line 1, whatever the delimiter: what the fast reader reads."""
        return (
            len(self.delimiter.encode()) == 1
            and self.quote == '"'
            and self.double_quote
            and self.escape is None
            and self.header
            and self.header_rows == (1,)
            and self.comment is None
            and not self.skip_initial_space
        )


def from_descriptor(given: Mapping[str, Any], file_format: str) -> Dialect:
    """The dialect that a descriptor gives; what it leaves out is the standard's default, never a guess.

    Raises TypeError or ValueError where a property is not what the standard says.
    """
    rows = given.get("headerRows", [1])
    texts = [
        given[key] for key in ("delimiter", "quoteChar", "escapeChar", "commentChar") if given.get(key) is not None
    ]
    single = [given.get(key) or "" for key in ("quoteChar", "escapeChar")]
    if not all(isinstance(text, str) for text in texts) or given.get("delimiter") == "":
        raise TypeError("a character of the dialect is no text")
    if any(len(text) > 1 or not text.isascii() for text in single):
        raise ValueError("a quote or an escape is one ASCII character")
    if rows is not None and not (isinstance(rows, list) and all(isinstance(row, int) and row > 0 for row in rows)):
        raise TypeError("headerRows is no list of row numbers")
    header = given.get("header", True) is not False and rows not in ([], None)
    return Dialect(
        delimiter=given.get("delimiter", "," if file_format == "csv" else "\t"),
        quote=given.get("quoteChar", '"') or None,
        double_quote=given.get("doubleQuote", True),
        escape=given.get("escapeChar") or None,
        header=header,
        header_rows=tuple(rows or ()) if header else (),
        comment=given.get("commentChar") or None,
        skip_initial_space=given.get("skipInitialSpace", False),
    )
