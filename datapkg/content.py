"""`content_sha256`: what tables hold, told in one digest that does not depend on who wrote the files."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from datapkg.dataset import Dataset
from datapkg.engine import digests
from datapkg.engine.connection import workspace
from datapkg.errors import DatapkgError
from datapkg.findings import Finding, Place, Verdict, verdict_of
from datapkg.limits import Limits
from datapkg.pace import task
from datapkg.resources import Table
from datapkg.schema import from_descriptor
from datapkg.vouching import CONTENT_MISMATCH

if TYPE_CHECKING:
    import pyarrow

CONTENT = "datapkg:content_sha256"
"""The property of a resource that has the digest."""
SCHEMA = b"datapkg:schema"


def content_sha256(
    table: "pyarrow.Table | str | Path | Sequence[str | Path]",
    schema: Mapping[str, Any] | None = None,
    *,
    limits: Limits = Limits(),
) -> str:
    """The digest of what a table holds, whatever wrote it and in whatever order its rows come.

    `table` is an Arrow table, or the Parquet file or files of one. `schema` is its Table Schema,
    as `datapackage.json` of the release has it; files of a release have it in themselves. How
    the digest is made is told in `datapkg.engine.digests`. Raises DatapkgError where the table
    cannot be read, has not the columns of the schema, or there is no schema.
    """
    import pyarrow
    import pyarrow.parquet

    with workspace(limits) as space:
        if isinstance(table, pyarrow.Table):
            files: tuple[Path, ...] = (space.folder / "table.parquet",)
            pyarrow.parquet.write_table(table, files[0])
        else:
            files = tuple(map(Path, [table] if isinstance(table, str | Path) else table))
        return digests.content_sha256(space, from_descriptor(schema or _schema_in(files[0])), files)


def _schema_in(path: Path) -> Mapping[str, Any]:
    import pyarrow
    import pyarrow.parquet

    try:
        told = pyarrow.parquet.read_schema(path).metadata or {}
    except (pyarrow.ArrowException, OSError) as error:
        raise DatapkgError(f"{path.name} cannot be read: {(str(error).splitlines() or [''])[0]}") from None
    if SCHEMA not in told:
        raise DatapkgError(f"{path.name} has no Table Schema in it; pass the one of the release")
    found: Mapping[str, Any] = json.loads(told[SCHEMA])
    return found


def check_content(dataset: Dataset, copies: Mapping[str, Path], limits: Limits) -> Iterator[Verdict]:
    """What each table of a release holds is what the release says, and so is what each copy of it holds."""
    for table in dataset.tables:
        if table.schema is None or not isinstance(table.descriptor.get(CONTENT), str):
            continue
        files = [(table.paths, table.shown[0])] if table.format == "parquet" and table.paths else []
        if table.name in copies:
            files.append(((copies[table.name],), copies[table.name].as_posix()))
        found = [_other_content(table, *file, limits) for file in files]
        yield verdict_of(CONTENT_MISMATCH, [finding for finding in found if finding is not None], table=table.name)


def _other_content(table: Table, paths: Sequence[Path], shown: str, limits: Limits) -> Finding | None:
    wanted = str(table.descriptor[CONTENT])
    try:
        with task(f"digesting {table.name}"):
            found = content_sha256(paths, table.schema_descriptor, limits=limits)
    except DatapkgError as error:
        if paths == table.paths:
            return None  # The table is judged as well, and its file reported as unreadable.
        found = f"none: {error}"
    if found == wanted:
        return None
    return Finding.of(CONTENT_MISMATCH, Place(shown, table.name), file=Path(shown).name, found=found, wanted=wanted)
