"""A release in the cache, by the digest of its SHA256SUMS: what is there is whole, what is missing is fetched."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from datapkg.checksums import BESIDE, SUMS, SumsFault, digest_of, read_sums
from datapkg.errors import DatapkgError, OutputError, TargetError
from datapkg.pace import task
from datapkg.paths import unsafe, unsafe_key
from datapkg.project import Project
from datapkg.registry.index import Entry
from datapkg.registry.ranges import Ranged
from datapkg.store.blob import NoRanges
from datapkg.store.files import replace, staged, sweep
from datapkg.store.opening import Store
from datapkg.usercache import cache_folder, is_own

DESCRIPTOR = "datapackage.json"
MOST_SUMS = 16 << 20
MOST_DESCRIPTOR = 5 << 20
MOST_BESIDE = 4 << 20
MOST = 4 << 30
"""Bytes of a file of which the release says no size."""
RANGED = 64 << 20
"""Bytes up to which a file is fetched whole, kept, and so held against its digest."""
AT_ONCE = 8
"""Files that are fetched at a time."""
PRIVATE = 0o700


@dataclass(frozen=True)
class Held:
    """The release; `store` is where the rest of it can be had, under `prefix`, or None for the cache alone."""

    name: str
    entry: Entry
    folder: Path
    sums: Mapping[str, str]
    store: Store | None
    prefix: str
    _whole: set[str] = field(default_factory=set, repr=False, compare=False)

    def need(self, path: str, most: int = MOST) -> Path:
        """Where a file of the release lies, as it was released; it is fetched where it is missing or damaged.

        Raises TargetError where the release has no such file, or nobody has it as it was released.
        """
        target = self.folder / path
        if path in self._whole:
            return target
        wanted = self.sums.get(path)
        if wanted is None:
            raise TargetError(f"{self.name} {self.entry.version}: {path} is not listed in {SUMS}")
        with _writing(self.folder):
            if note := unsafe(path, self.folder, self.folder):
                raise TargetError(f"{target} is not accepted: {note}")
            if not (target.is_file() and digest_of(target) == wanted):
                self._fetch(path, most, wanted)
        self._whole.add(path)
        return target

    def has(self, path: str) -> bool:
        """Whether a file lies in the cache; not whether it is whole."""
        return path in self._whole or (self.folder / path).is_file()

    def part(self, path: str, size: int | None) -> Path | Ranged:
        """A file as `need` has it; one that is large and not here as it lies in the store, to be read by ranges."""
        if size is None or size <= RANGED or self.has(path) or self.store is None or path not in self.sums:
            return self.need(path, MOST if size is None else size)
        key = f"{self.prefix}{path}"
        try:
            self.store.range(key, 0, 4)
        except NoRanges:
            return self.need(path, size)
        there = self.store.size(key)
        if there is None or there > size:
            raise TargetError(f"{self.store.address}/{key} is not the file that was released")
        return Ranged(self.store, key, there)

    def descriptor(self) -> Mapping[str, Any]:
        """What the release says of itself, of this name and version; TargetError where it says another."""
        path = self.need(DESCRIPTOR, MOST_DESCRIPTOR)
        try:
            document = json.loads(path.read_bytes())
        except (OSError, ValueError, RecursionError):
            document = None
        if not isinstance(document, dict):
            raise TargetError(f"{path} is no descriptor of a release")
        if (document.get("name"), document.get("version")) != (self.name, str(self.entry.version)):
            told = f"{str(document.get('name'))[:80]} {str(document.get('version'))[:80]}"
            raise TargetError(
                f"{self.name} {self.entry.version} calls itself {told}; the registry is not to be trusted"
            )
        return document

    def whole(self) -> Path:
        """The folder with every file, and what was laid beside them: a signature, the provenance."""
        from concurrent.futures import ThreadPoolExecutor

        sizes = sizes_of(self.descriptor())
        with ThreadPoolExecutor(AT_ONCE) as pool, task(f"fetching {self.name} {self.entry.version}"):
            list(pool.map(lambda path: self.need(path, sizes.get(path, MOST)), self.sums))
        for name in BESIDE:
            if (
                self.store is not None
                and (pieces := self.store.pieces(f"{self.prefix}{name}", MOST_BESIDE)) is not None
            ):
                with _writing(self.folder), staged(self.folder, pieces, durable=False) as fresh:
                    fresh.replace(self.folder / name)
        return self.folder

    def _fetch(self, path: str, most: int, wanted: str) -> None:
        if self.store is None:
            raise TargetError(
                f"{self.name} {self.entry.version}: {path} is not in the cache, and offline nothing is fetched"
            )
        pieces = self.store.pieces(f"{self.prefix}{path}", most)
        if pieces is None:
            raise TargetError(f"{self.store.address}/{self.prefix}{path} is not there, and is a part of the release")
        seen = hashlib.sha256()
        target = self.folder / path
        target.parent.mkdir(PRIVATE, parents=True, exist_ok=True)
        with staged(target.parent, _hashing(pieces, seen), durable=False) as fresh:
            if seen.hexdigest() != wanted:
                raise TargetError(
                    f"{self.store.address}/{self.prefix}{path} is not the file that was released: "
                    f"its digest is not the one in {SUMS}"
                )
            fresh.replace(target)


def sizes_of(descriptor: Mapping[str, Any]) -> dict[str, int]:
    """The bytes that each file of a table can have, as the release says."""
    found = {}
    resources = descriptor.get("resources")
    for resource in resources if isinstance(resources, list) else ():
        size = resource.get("bytes") if isinstance(resource, dict) else None
        if isinstance(size, int) and not isinstance(size, bool) and size >= 0:
            given = resource.get("path")
            found.update(
                {path: size for path in (given if isinstance(given, list) else [given]) if isinstance(path, str)}
            )
    return found


def hold(name: str, entry: Entry, store: Store | None, prefix: str, *, project: Project | None) -> Held:
    """The release of an entry, with its list of digests; TargetError where that is not the one of the entry."""
    folder = release_place(name, entry, project)
    listed = folder / SUMS
    with _writing(folder):
        if not (listed.is_file() and not listed.is_symlink() and digest_of(listed) == entry.sha256):
            if store is None:
                raise TargetError(f"{name} {entry.version} is not in the cache, and offline nothing is fetched")
            held = store.read(f"{prefix}{SUMS}", MOST_SUMS)
            if held is None:
                raise TargetError(f"{store.address}/{prefix}{SUMS} is not there")
            if hashlib.sha256(held.data).hexdigest() != entry.sha256:
                raise TargetError(
                    f"{store.address}/{prefix}{SUMS} is not the one that was published: its digest is another"
                )
            folder.mkdir(PRIVATE, parents=True, exist_ok=True)
            replace(listed, [held.data], durable=False)
        sums = read_digests(listed.read_bytes(), f"{name} {entry.version}")
        for below in {folder, *(folder / path for path in sums)}:
            sweep(below if below == folder else below.parent)
    return Held(name, entry, folder, sums, store, prefix)


def read_digests(data: bytes, where: str) -> dict[str, str]:
    """The digest of each path in a stranger's SHA256SUMS; TargetError where it is none, or a path is not safe."""
    try:
        sums = read_sums(data.decode("utf-8"))
    except (SumsFault, UnicodeDecodeError) as fault:
        raise TargetError(f"{where}: {SUMS} cannot be read: {fault}") from None
    for path in sums:
        if note := unsafe_key(path):
            raise TargetError(f"{where}: {SUMS} names {path[:100]!r}, which is not accepted: {note}")
    return sums


def release_place(name: str, entry: Entry, project: Project | None) -> Path:
    """Where a release lies in the cache."""
    return own_cache(project) / "releases" / entry.sha256 / f"{name}-{entry.version}"


def own_cache(project: Project | None) -> Path:
    """The folder of the cache, the user's own; DatapkgError where there can be none."""
    folder = cache_folder(apart_from=project.root if project else None, way="name a folder outside of it")
    if folder is None:
        raise DatapkgError("there is no folder for the cache of releases; name one by DATAPKG_CACHE")
    with _writing(folder):
        folder.mkdir(PRIVATE, parents=True, exist_ok=True)
        if not is_own(folder.stat()):
            raise DatapkgError(
                f"the cache {folder} belongs to others, or others can write it; name another by DATAPKG_CACHE"
            )
    return folder


def _hashing(pieces: Iterable[bytes], seen: Any) -> Iterator[bytes]:
    for piece in pieces:
        seen.update(piece)
        yield piece


@contextmanager
def _writing(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise OutputError(f"the cache {error.filename or folder} cannot be used: {error.strerror or error}") from None
