"""The reader's side: a release opened by name or folder, its tables checked and handed over."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

from datapkg.checksums import SUMS, SumsFault, digest_of, read_sums
from datapkg.dataset import Dataset, open_dataset
from datapkg.engine.query import open_views
from datapkg.errors import DatapkgError, TargetError
from datapkg.paths import unsafe
from datapkg.project import Project, find_project
from datapkg.resources import Table
from datapkg.schema import Column
from datapkg.targets import release_folder

if TYPE_CHECKING:
    import duckdb
    import pandas
    import polars
    import pyarrow

DESCRIPTOR = "datapackage.json"


@dataclass(frozen=True)
class Release:
    """A release in a folder. The digest of a table's file is checked before it is first read."""

    name: str
    version: str
    folder: Path
    descriptor: Mapping[str, Any] = field(repr=False)
    _dataset: Dataset = field(repr=False, compare=False)
    _sums: Mapping[str, str] = field(repr=False, compare=False)
    _checked: set[str] = field(default_factory=set, repr=False, compare=False)

    @property
    def tables(self) -> tuple[str, ...]:
        """The names of its tables."""
        return tuple(table.name for table in self._dataset.tables)

    def __getitem__(self, table: str) -> "pyarrow.Table":
        """A table with its declared types; TargetError where there is none, or its file was changed."""
        import pyarrow
        import pyarrow.parquet

        parts = [
            pyarrow.parquet.ParquetFile(path, page_checksum_verification=True).read() for path in self._files(table)
        ]
        return pyarrow.concat_tables(parts)

    def __contains__(self, table: object) -> bool:
        return table in self.tables

    def __iter__(self) -> Iterator[str]:
        return iter(self.tables)

    def __len__(self) -> int:
        return len(self.tables)

    def to_polars(self, table: str) -> "polars.DataFrame":
        """A table as a polars frame; DatapkgError without polars."""
        try:
            import polars
        except ImportError:
            raise DatapkgError("polars is not installed; `pip install 'datapkg[polars]'` brings it") from None
        frame = polars.from_arrow(self[table])
        assert isinstance(frame, polars.DataFrame)
        return frame

    def to_pandas(self, table: str) -> "pandas.DataFrame":
        """A table as a pandas frame of Arrow types, in which a null stays a null; declared texts are categories."""
        try:
            import pandas
            import pyarrow
        except ImportError:
            raise DatapkgError("pandas is not installed; `pip install 'datapkg[pandas]'` brings it") from None
        arrow = self[table]
        frame: pandas.DataFrame = arrow.to_pandas(
            types_mapper=lambda kind: None if pyarrow.types.is_dictionary(kind) else pandas.ArrowDtype(kind)
        )
        return frame

    def connect(self) -> "duckdb.DuckDBPyConnection":
        """A DuckDB connection in memory with a view of every table."""
        return open_views({table: self._files(table) for table in self.tables})

    def columns(self, table: str) -> tuple[Column, ...]:
        """The help of each column of a table: name, type, unit, description."""
        schema = self._table(table).schema
        return schema.columns if schema is not None else ()

    def _table(self, name: str) -> Table:
        for table in self._dataset.tables:
            if table.name == name:
                return table
        close = get_close_matches(str(name), self.tables, n=1)
        hint = f"; did you mean {close[0]}?" if close else f"; there are {', '.join(self.tables)}"
        raise TargetError(f"{self.name} {self.version} has no table {name!r}{hint}")

    def _files(self, name: str) -> tuple[Path, ...]:
        """The files of a table, each with the digest it was released with."""
        table = self._table(name)
        if not table.paths:
            raise TargetError(f"{table.shown[0]} cannot be read: {self._dataset.unreadable[name]}")
        for path in table.paths:
            _check(self.folder, path.relative_to(self.folder).as_posix(), self._sums, self._checked)
        return table.paths


def load(target: str, *, project: Project | None = None, releases: Path | None = None) -> Release:
    """The release that `target` names: a folder, or `NAME[@RANGE]` such as `afpak-security@^1`.

    A name is looked for in `releases`, else in the project's (found from the working folder
    where none is given). Raises TargetError where there is none, or what is there is no release
    or was changed.
    """
    project = project or find_project(Path.cwd())
    if releases is not None:
        releases = releases.absolute()
        project = replace(project, releases=releases) if project else Project(releases, releases, releases, releases)
    folder = release_folder(target, project)
    sums = _sums(folder)
    checked: set[str] = set()
    _check(folder, DESCRIPTOR, sums, checked)
    dataset = open_dataset(folder / DESCRIPTOR, root=folder, base=folder.parent)
    descriptor = json.loads((folder / DESCRIPTOR).read_text(encoding="utf-8"))
    return Release(dataset.name, dataset.version or "", folder, descriptor, dataset, sums, checked)


def _sums(folder: Path) -> dict[str, str]:
    try:
        return read_sums((folder / SUMS).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise TargetError(f"{folder.name} is no release: it has no {SUMS}") from None
    except (SumsFault, UnicodeDecodeError, OSError) as fault:
        raise TargetError(f"{folder.name}/{SUMS} cannot be read: {fault}") from None


def _check(folder: Path, path: str, sums: Mapping[str, str], checked: set[str]) -> None:
    """TargetError where a file of the release is not the one that was released."""
    if path in checked:
        return
    shown = f"{folder.name}/{path}"
    if path not in sums:
        raise TargetError(f"{shown} is not listed in {SUMS}")
    if (note := unsafe(path, folder, folder)) or not (folder / path).is_file():
        raise TargetError(f"{shown} cannot be read: {note or 'there is no such file'}")
    if digest_of(folder / path) != sums[path]:
        raise TargetError(f"{shown} is not the file that was released: its digest is not the one in {SUMS}")
    checked.add(path)
