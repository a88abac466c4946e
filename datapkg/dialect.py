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
    """The dialect that a descriptor gives; what it leaves out is the standard's default, never a guess."""
    rows = given.get("headerRows", [1])
    header = given.get("header", True) is not False and rows not in ([], None)
    return Dialect(
        delimiter=given.get("delimiter", "," if file_format == "csv" else "\t"),
        quote=given.get("quoteChar", '"') or None,
        double_quote=given.get("doubleQuote", True),
        escape=given.get("escapeChar"),
        header=header,
        header_rows=tuple(rows) if header else (),
        comment=given.get("commentChar"),
        skip_initial_space=given.get("skipInitialSpace", False),
    )
