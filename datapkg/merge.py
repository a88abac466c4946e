"""Three versions of a file with a table merged into one, as git asks its merge drivers to do."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from datapkg.dataset import open_file
from datapkg.engine.connection import Workspace, workspace
from datapkg.engine.merging import Clash, merge_tables
from datapkg.engine.rawcells import Unsafe
from datapkg.engine.sides import SIDES
from datapkg.errors import OutputError, TargetError
from datapkg.gitwork import merged_lines
from datapkg.limits import Limits
from datapkg.placing import table_at
from datapkg.project import Project, find_project
from datapkg.replacing import replace_file, stamp
from datapkg.resources import Table

if TYPE_CHECKING:
    from datapkg.replacing import Stamp

MARKER = 7
"""Characters of a mark of a conflict, as git has them and as validate tells them."""


@dataclass(frozen=True)
class Request:
    """What is merged: the three files, the place of the table in the project, and where the result goes.

    `path` tells whose schema holds; `schema` is one that is given by hand. Without `output` the
    result takes the place of `ours`.
    """

    base: Path
    ours: Path
    theirs: Path
    path: Path | None = None
    schema: Path | None = None
    output: Path | None = None
    marker: int = MARKER

    @property
    def files(self) -> Mapping[str, Path]:
        """The three files by the names of their sides."""
        return dict(zip(SIDES, (self.base, self.ours, self.theirs), strict=True))


@dataclass(frozen=True)
class Outcome:
    """What became of a merge: how many conflicts there are, the first of them, and why it was done line by line.

    `by_key` says whether rows were matched by a primary key, `shown` where the result is.
    """

    shown: str
    conflicts: int
    clashes: tuple[Clash, ...] = ()
    by_line: str | None = None


def merge(request: Request, project: Project | None, *, limits: Limits | None = None) -> Outcome:
    """Merge the table and write the result; a conflict is marked in it as git marks one.

    Without a schema, or where the files do not read as tables, lines are merged as git does by itself.
    Raises TargetError where a file is not there, OutputError where the result cannot be written.
    """
    for path in request.files.values():
        if not path.is_file():
            raise TargetError(f"there is no file {path}")
    place = request.path if request.path is not None else request.ours
    project = project or find_project(place.absolute().parent)
    before = stamp(request.ours) if request.output is None else None
    limits = limits or (project.limits if project is not None else Limits())
    with workspace(limits) as space:
        target = space.folder / "merged"
        outcome = _merged(request, _table(request, place, project), space, target)
        _deliver(request, target, before)
    return outcome


def _merged(request: Request, table: Table | None, space: Workspace, target: Path) -> Outcome:
    """The table merged into the file `target`, by key where that can be done."""
    shown = (request.output or request.path or request.ours).as_posix()
    reason = "no schema is known for it"
    if table is not None and table.schema is not None:
        try:
            found = merge_tables(space.con, table, request.files, target, space.limits)
            return Outcome(shown, found.conflicts, found.clashes)
        except Unsafe as unsafe:
            line, text = unsafe.reasons[0]
            reason = text if line is None else f"{text} (line {line})"
    lines, clean = merged_lines(request.base, request.ours, request.theirs, request.marker)
    target.write_bytes(lines)
    return Outcome(shown, 0 if clean else 1, by_line=reason)


def _table(request: Request, place: Path, project: Project | None) -> Table | None:
    """The table with its schema and its dialect, or None where it has neither or is no text."""
    if request.schema is not None:
        if not request.schema.is_file():
            raise TargetError(f"there is no schema {request.schema}")
        dataset = open_file(place.absolute(), request.schema.absolute(), base=Path.cwd())
        if not dataset.sound:
            raise TargetError(f"the schema {request.schema} has faults, which datapkg validate tells")
        table: Table | None = dataset.tables[0]
    else:
        table = table_at(place, project)
    if table is None or table.format != "csv" or table.compression:
        return None
    return replace(table, bytes=None, hash=None)


def _deliver(request: Request, target: Path, before: "Stamp | None") -> None:
    if before is not None:
        if target.read_bytes() != request.ours.read_bytes():
            replace_file(request.ours, target, before)
        return
    assert request.output is not None
    try:
        if not request.output.exists():
            request.output.touch()
        replace_file(request.output, target, stamp(request.output))
    except OSError as error:
        raise OutputError(f"{request.output} cannot be written: {error.strerror}") from None
