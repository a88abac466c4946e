"""`get`: a release of a registry by name and range, fetched, verified and kept in the cache."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from datapkg.checksums import SUMS
from datapkg.errors import OutputError, Refused, TargetError
from datapkg.project import Project
from datapkg.registry.access import Registry, need_registry
from datapkg.registry.held import (
    DESCRIPTOR,
    MOST_DESCRIPTOR,
    MOST_SUMS,
    PRIVATE,
    Held,
    hold,
    own_cache,
    read_digests,
    release_place,
)
from datapkg.registry.index import (
    EMPTY,
    INDEX,
    MOST_BYTES,
    NAME,
    Entry,
    Index,
    index_text,
    plain,
    read_index,
    with_release,
)
from datapkg.registry.lock import LOCK, Pin, lock_path, read_lock, write_lock
from datapkg.store.blob import Blob
from datapkg.store.files import replace, sweep
from datapkg.store.opening import open_store
from datapkg.versions import Version, satisfies


@dataclass(frozen=True)
class Search:
    """How a release is looked for: in which registry, by the lock file alone, in the cache alone."""

    registry: str | Path | None = None
    locked: bool = False
    offline: bool = False


@dataclass(frozen=True)
class Found:
    """A release of a registry, of which not every file need be in the cache yet, and what is to be told of it."""

    held: Held
    index: Index
    warnings: tuple[str, ...] = ()

    def sibling(self, version: str, project: Project | None) -> Held:
        """Another version of the same name; TargetError where the registry lists none."""
        found = Version.parse(version)
        entry = self.index.entry(self.held.name, found)
        if entry is None or not self.held.prefix:
            raise TargetError(f"the registry has no {self.held.name} {version}")
        return hold(self.held.name, entry, self.held.store, f"{self.held.name}/{found}/", project=project)


def get(target: str, project: Project | None = None, *, search: Search = Search()) -> Found:
    """Fetch the release that `NAME[@RANGE]` names: every file, verified, in the cache.

    The newest version of the range is taken, and written into datapkg.lock; with `locked` the one that stands there,
    which is not changed. Raises TargetError where there is none or it cannot be fetched, Refused where it is not what
    the lock file says.
    """
    found = find(target, project, search)
    found.held.whole()
    if not search.locked:
        path = lock_path(project)
        entry = found.held.entry
        write_lock(path, {**read_lock(path), found.held.name: Pin(entry.version, entry.sha256)})
    return found


def find(target: str, project: Project | None, search: Search) -> Found:
    """The release that `NAME[@RANGE]` names in the registry; only its list of digests is fetched."""
    name, _, given = target.partition("@")
    wanted = given or "*"
    if not NAME.fullmatch(name):
        raise TargetError(f"{name[:80]!r} is no name of a dataset")
    registry = need_registry(search.registry, project)
    index = _index(registry, project, offline=search.offline)
    if search.locked:
        entry = _locked(name, wanted, index, lock_path(project))
    elif index is None:
        raise _unknown(registry.address)
    else:
        entry = (_cached(index, name, project) if search.offline else index).resolve(name, wanted)
    store = None if search.offline else registry.store
    held = hold(name, entry, store, f"{name}/{entry.version}/", project=project)
    return Found(held, index or EMPTY, tuple(_warnings(index or EMPTY, name, entry)))


def find_at(address: str, project: Project | None, *, offline: bool) -> Found:
    """The release that lies at a URL: its SHA256SUMS is taken as it is found there."""
    store = open_store(address, base=Path.cwd())
    seen = Registry(store)
    if offline:
        remembered = _remembered(seen, project)
        if remembered is None:
            raise _unknown(address)
        entries = [(name, entry) for name, versions in remembered.packages.items() for entry in versions.values()]
        return Found(hold(*entries[0], None, "", project=project), remembered)
    listed = store.read(SUMS, MOST_SUMS)
    if listed is None:
        raise TargetError(f"{address} is no release: it has no {SUMS}")
    sums = read_digests(listed.data, address)
    name, version = _called(store.read(DESCRIPTOR, MOST_DESCRIPTOR), sums.get(DESCRIPTOR), address)
    entry = Entry(version, hashlib.sha256(listed.data).hexdigest())
    held = hold(name, entry, store, "", project=project)
    known = with_release(EMPTY, name, entry)
    _remember(seen, index_text(known), project)
    return Found(held, known)


def _called(found: Blob | None, wanted: str | None, address: str) -> tuple[str, Version]:
    """The name and version that a release gives itself."""
    if found is None or hashlib.sha256(found.data).hexdigest() != wanted:
        raise TargetError(f"{address}/{DESCRIPTOR} is not the file that was released")
    try:
        document = json.loads(found.data)
        name, version = str(document["name"]), Version.parse(str(document["version"]))
    except (ValueError, TypeError, KeyError, RecursionError):
        raise TargetError(f"{address}/{DESCRIPTOR} has no name or no version") from None
    if not NAME.fullmatch(name):
        raise TargetError(f"{address}: {name[:80]!r} is no name of a dataset")
    return name, version


def _index(registry: Registry, project: Project | None, *, offline: bool) -> Index | None:
    """What the registry lists; offline, what it listed when it was last asked, None where it never was."""
    if offline:
        return _remembered(registry, project)
    held = registry.store.read(INDEX, MOST_BYTES)
    if held is None:
        raise TargetError(f"{registry.address} is no registry: it has no {INDEX}")
    index = read_index(held.data, registry.address)
    _remember(registry, held.data, project)
    return index


def _memory(registry: Registry, project: Project | None) -> Path:
    return own_cache(project) / "indexes" / f"{registry.mark}.json"


def _unknown(address: str) -> TargetError:
    return TargetError(f"nothing is known of {address} in the cache, and offline nobody is asked")


def _remembered(registry: Registry, project: Project | None) -> Index | None:
    path = _memory(registry, project)
    try:
        return read_index(path.read_bytes(), path.parent.as_posix())
    except FileNotFoundError:
        return None
    except OSError as error:
        raise TargetError(f"{path} cannot be read: {error.strerror or error}") from None


def _remember(registry: Registry, data: bytes, project: Project | None) -> None:
    path = _memory(registry, project)
    try:
        if not (path.is_file() and path.read_bytes() == data):
            path.parent.mkdir(PRIVATE, exist_ok=True)
            sweep(path.parent)
            replace(path, [data], durable=False)
    except OSError as error:
        raise OutputError(f"the cache {path} cannot be used: {error.strerror or error}") from None


def _cached(index: Index, name: str, project: Project | None) -> Index:
    """The index with those versions alone that are in the cache."""
    there = {
        version: entry
        for version, entry in index.packages.get(name, {}).items()
        if (release_place(name, entry, project) / SUMS).is_file()
    }
    if name in index.packages and not there:
        raise TargetError(f"no version of {name} is in the cache, and offline nothing is fetched")
    return Index({name: there} if there else {}, index.document)


def _locked(name: str, wanted: str, index: Index | None, path: Path) -> Entry:
    """What the lock file has under the name, which the range and, where it is known, the registry must agree with."""
    pin = read_lock(path).get(name)
    if pin is None:
        raise Refused(f"{LOCK} has no {name}; `datapkg get {name}` without --locked writes it")
    try:
        inside = wanted == "*" or satisfies(pin.version, wanted)
    except ValueError as error:
        raise TargetError(str(error)) from None
    if not inside:
        way = f"`datapkg get {name}@{wanted}` without --locked changes that"
        raise Refused(f"{LOCK} has {name} {pin.version}, which is not in {wanted}; {way}")
    if index is None:
        return Entry(pin.version, pin.sha256)
    entry = index.entry(name, pin.version)
    if entry is None:
        raise TargetError(f"the registry has no {name} {pin.version}, which {LOCK} asks for")
    if entry.sha256 != pin.sha256:
        raise Refused(
            f"{name} {pin.version} is not what {LOCK} has: its digest is {entry.sha256[:12]}… in the registry, "
            f"{pin.sha256[:12]}… in {LOCK}"
        )
    return entry


def _warnings(index: Index, name: str, entry: Entry) -> Iterator[str]:
    """What a reader of the version must know, in one sentence or two."""
    if entry.yanked is None and not entry.errata:
        return
    told = [f"was yanked: {plain(entry.yanked)}"] if entry.yanked is not None else []
    told += [f"has an erratum: {plain(text)}" for text in entry.errata]
    later = [held.version for held in index.packages.get(name, {}).values() if held.yanked is None]
    newest = max(later, default=entry.version)
    hint = f" ({newest} is the newest version)" if newest > entry.version else ""
    yield f"{name} {entry.version} {'; it '.join(told)}{hint}"
