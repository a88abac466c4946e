"""A table as git shows it: one line for each cell, named by key and column (see `gitsetup`)."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from datapkg.engine.celllines import cell_lines
from datapkg.engine.connection import workspace
from datapkg.engine.rawcells import Unsafe
from datapkg.errors import DatapkgError, TargetError
from datapkg.gitwork import tracked
from datapkg.limits import Limits
from datapkg.placing import table_at
from datapkg.project import find_project

if TYPE_CHECKING:
    from datapkg.resources import Table

BLOCK = 1 << 20


def textconv(file: Path, folder: Path) -> Iterator[bytes]:
    """The lines of the table in `file`, a version of a table that is tracked in `folder`.

    Git names nothing but the file, whose name is that of the table. What is no table with a key that is
    known here is given as it is.
    """
    if not file.is_file():
        raise TargetError(f"there is no file {file}")
    for table in _tables(file, folder):
        if table.schema is None or not table.schema.primary_key or table.format != "csv" or table.compression:
            continue
        found = replace(table, paths=(file.absolute(),), shown=(file.name,))
        try:
            with workspace(Limits()) as space:
                yield from (piece.encode() for piece in cell_lines(space.con, found, space.folder, space.limits))
        except Unsafe:
            continue
        return
    with file.open("rb") as content:
        while block := content.read(BLOCK):
            yield block


def _tables(file: Path, folder: Path) -> "Iterator[Table]":
    """The tables that the file may be a version of: that at its own place, else those of its name."""
    places = [file.absolute()]
    with suppress(DatapkgError):
        places.extend(folder / name for name in tracked(folder, file.name))
    for place in places:
        try:
            found = table_at(place, find_project(place.parent))
        except DatapkgError:
            continue
        if found is not None:
            yield found
