"""The reader's side: a release opened by name, folder or URL, its tables checked and handed over."""

import json
import os
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from datapkg.checksums import SUMS, digest_of
from datapkg.dataset import Dataset, open_dataset
from datapkg.engine.query import open_views
from datapkg.errors import DatapkgError, TargetError
from datapkg.project import Project, find_project
from datapkg.registry.access import find_registry
from datapkg.registry.get import Found, Search, find, find_at
from datapkg.registry.held import DESCRIPTOR, Held, sizes_of
from datapkg.registry.lock import lock_path, read_lock
from datapkg.registry.scanning import dataset_of, rows_of
from datapkg.registry.standing import Standing, standing
from datapkg.resources import Table
from datapkg.schema import Column
from datapkg.store.opening import is_url
from datapkg.targets import is_path, release_folder
from datapkg.versions import Version

if TYPE_CHECKING:
    import duckdb
    import pandas
    import polars
    import pyarrow

    from datapkg.registry.ranges import Ranged

CHANGES = "changes.json"
CHANGES_FORMAT = "datapkg-diff/1"


class ReleaseWarning(UserWarning):
    """The version that was loaded was withdrawn, or is known to be wrong somewhere."""


@dataclass(frozen=True)
class Release:
    """A release in a folder. The digest of a table's file is checked before it is first read.

    Of a release in a registry only those files are fetched that are asked for; they stay in the cache.
    """

    name: str
    version: str
    folder: Path
    descriptor: Mapping[str, Any] = field(repr=False)
    notices: tuple[str, ...] = field(repr=False)
    _dataset: Dataset = field(repr=False, compare=False)
    _source: Held | Standing = field(repr=False, compare=False)
    _sibling: "Callable[[str], Held | Standing]" = field(repr=False, compare=False)

    @property
    def tables(self) -> tuple[str, ...]:
        """The names of its tables."""
        return tuple(table.name for table in self._dataset.tables)

    def __getitem__(self, table: str) -> "pyarrow.Table":
        """A table with its declared types; TargetError where there is none, or its file was changed."""
        import pyarrow
        import pyarrow.parquet

        files = self._files(table)
        parts = [pyarrow.parquet.ParquetFile(path, page_checksum_verification=True).read() for path in files]
        return pyarrow.concat_tables(parts)

    def scan(self, table: str, columns: Sequence[str] | None = None) -> "pyarrow.RecordBatchReader":
        """A table, or some of its columns, batch by batch.

        A large file of a registry is read by ranges and not kept. Its pages are compared with their checksums as they
        are read, and its rows are counted; its digest can only be compared where it is fetched whole.
        """
        return rows_of(self._parts(table), columns)

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
        """A DuckDB connection in memory with a view of every table; large ones of a registry are read by ranges."""
        held = {table: self._parts(table) for table in self.tables}
        local = {table: [part for part in parts if isinstance(part, Path)] for table, parts in held.items()}
        ranged = {table: parts for table, parts in held.items() if len(local[table]) < len(parts)}
        return open_views(
            {table: paths for table, paths in local.items() if table not in ranged},
            {table: dataset_of(parts, plain=True) for table, parts in ranged.items()},
        )

    def columns(self, table: str) -> tuple[Column, ...]:
        """The help of each column of a table: name, type, unit, description."""
        schema = self._table(table).schema
        return schema.columns if schema is not None else ()

    def changes_since(self, version: str) -> tuple[Mapping[str, Any], ...]:
        """What changed from `version` to this one: the `datapkg-diff/1` of each version between, the oldest first.

        Raises TargetError where no chain of versions leads back to it, or one of them does not say what it changed.
        """
        try:
            wanted, step = Version.parse(version), Version.parse(self.version)
        except ValueError as error:
            raise TargetError(str(error)) from None
        if wanted > step:
            raise TargetError(f"{self.name} {version} is later than {self.version}")
        found: list[Mapping[str, Any]] = []
        source = self._source
        while step != wanted:
            document, before = _changes(source, f"{self.name} {step}")
            if before is None or not wanted <= before < step:
                raise TargetError(f"{self.name} {version} is none of the versions that led to {self.version}")
            found.append(document)
            step = before
            source = self._sibling(str(step)) if step != wanted else source
        return tuple(reversed(found))

    def _table(self, name: str) -> Table:
        for table in self._dataset.tables:
            if table.name == name:
                return table
        close = get_close_matches(str(name), self.tables, n=1)
        hint = f"; did you mean {close[0]}?" if close else f"; there are {', '.join(self.tables)}"
        raise TargetError(f"{self.name} {self.version} has no table {name!r}{hint}")

    def _files(self, name: str) -> tuple[Path, ...]:
        """The files of a table, each with the digest it was released with."""
        sizes = sizes_of(self.descriptor)
        return tuple(
            self._source.need(path, sizes[path]) if path in sizes else self._source.need(path)
            for path in self._listed(name)
        )

    def _parts(self, name: str) -> "tuple[Path | Ranged, ...]":
        """The files of a table; those that are large and not in the cache to be read by ranges."""
        source, sizes = self._source, sizes_of(self.descriptor)
        if isinstance(source, Standing):
            return self._files(name)
        return tuple(source.part(path, sizes.get(path)) for path in self._listed(name))

    def _listed(self, name: str) -> tuple[str, ...]:
        given = self._table(name).descriptor.get("path")
        paths = given if isinstance(given, list) else [given]
        if not paths or not all(isinstance(path, str) for path in paths):
            raise TargetError(f"{self.name} {self.version}: the table {name} has no file")
        return tuple(paths)


def load(
    target: str | Path,
    *,
    project: Project | None = None,
    releases: Path | None = None,
    registry: str | Path | None = None,
    locked: bool = False,
    offline: bool = False,
) -> Release:
    """The release that `target` names: a folder, a URL, or `NAME[@RANGE]` such as `afpak-security@^1`.

    A name is looked for in `registry`; where none is given in `releases`, else in those of the project (found from
    the working folder where none is given), else in the registry of DATAPKG_REGISTRY or of the project. Of a
    registry only what is needed is fetched, into the cache. `locked` takes the version that datapkg.lock has, and
    `offline` asks nobody. A version that was withdrawn or has errata is told by a ReleaseWarning.

    Raises TargetError where there is none, or what is there is no release or was changed, and Refused where it is not
    what the lock file says.
    """
    target = os.fspath(target)
    project = project or find_project(Path.cwd())
    if releases is not None:
        releases = releases.absolute()
        project = replace(project, releases=releases) if project else Project(releases, releases, releases, releases)
    search = Search(registry, locked, offline)
    if is_url(target):
        return _fetched(find_at(target, project, offline=offline), project)
    if not is_path(target):
        local = _local(target, project, search)
        if local is None:
            return _fetched(find(target, project, search), project)
        return _opened(standing(local))
    return _opened(standing(release_folder(target, project, fetch=False)))


def _local(target: str, project: Project | None, search: Search) -> Path | None:
    """The folder of a release of the project, or None where it is to be looked for in a registry."""
    if search.registry is not None:
        return None
    try:
        folder = release_folder(target, project, fetch=False)
    except TargetError:
        if find_registry(None, project) is None:
            raise
        return None
    if not search.locked:
        return folder
    pin = read_lock(lock_path(project)).get(target.partition("@")[0])
    same = pin is not None and (folder / SUMS).is_file() and digest_of(folder / SUMS) == pin.sha256
    return folder if same else None


def _fetched(found: Found, project: Project | None) -> Release:
    for told in found.warnings:
        warnings.warn(told, ReleaseWarning, stacklevel=3)
    found.held.descriptor()
    return _opened(found, project)


def _opened(found: Found | Standing, project: Project | None = None) -> Release:
    source = found.held if isinstance(found, Found) else found
    path = source.need(DESCRIPTOR)
    dataset = open_dataset(path, root=source.folder, base=source.folder.parent)
    descriptor = json.loads(path.read_text(encoding="utf-8"))
    sibling: Callable[[str], Held | Standing] = partial(_beside, source.folder, dataset.name)
    notices: tuple[str, ...] = ()
    if isinstance(found, Found):
        sibling, notices = partial(found.sibling, project=project), found.warnings
    return Release(dataset.name, dataset.version or "", source.folder, descriptor, notices, dataset, source, sibling)


def _beside(folder: Path, name: str, version: str) -> Standing:
    """Another version of a release, in the folder beside it."""
    return standing(folder.with_name(f"{name}-{version}"))


def _changes(source: Held | Standing, shown: str) -> tuple[Mapping[str, Any], Version | None]:
    """What a release says it changed, and since which version: None for a first one."""
    if CHANGES not in source.sums:
        raise TargetError(f"{shown} does not say what it changed: it has no {CHANGES}")
    try:
        document = json.loads(source.need(CHANGES).read_bytes())
        if document["format"] != CHANGES_FORMAT:
            raise ValueError(document["format"])
        old = document["old"]["version"] if document["old"] is not None else None
        return document, Version.parse(old) if old is not None else None
    except (ValueError, TypeError, KeyError, RecursionError):
        raise TargetError(f"{shown}: {CHANGES} is not of the format {CHANGES_FORMAT}") from None
