"""`publish`, `yank`, `erratum`: a release put into a registry for good, and what is said of it later."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from datapkg.checksums import BESIDE, SIGNATURE, SUMS, digest_of
from datapkg.errors import OutputError, Refused, TargetError
from datapkg.limits import Limits
from datapkg.pace import task
from datapkg.project import Project
from datapkg.registry.access import Registry, change_index, need_registry
from datapkg.registry.held import DESCRIPTOR, read_digests
from datapkg.registry.index import MOMENT, NAME, Entry, with_erratum, with_release, with_yank
from datapkg.store.opening import Store
from datapkg.targets import release_folder, versions
from datapkg.verify import verify
from datapkg.versions import Version


@dataclass(frozen=True)
class Published:
    """What publishing came to: `sent` are the files that were not there yet, `done` is published or unchanged."""

    name: str
    version: Version
    registry: str
    done: str
    sent: tuple[str, ...]


def publish(
    release: str | None = None,
    project: Project | None = None,
    *,
    registry: str | Path | None = None,
    limits: Limits = Limits(),
) -> Published:
    """Put a release, a folder or `NAME[@RANGE]`, into the registry; without a name the project's last one.

    The release is verified first. SHA256SUMS goes first and claims the version for its bytes, each file is read back
    and compared, and the index is written last: until then no reader sees the version, and a run that was interrupted
    is finished by the next one. Nothing that is there is overwritten.

    Raises Refused where the release does not verify or the version is there with other bytes, TargetError where there
    is no such release or registry, OutputError where the store cannot be written.
    """
    found = need_registry(registry, project)
    folder = release_folder(release or _only(project), project, fetch=False)
    name, version, created = _named(folder)
    report = verify(folder.as_posix(), project, limits=limits)
    if report.failed("error"):
        count = report.counts["error"]
        raise Refused(f"{folder.name} does not verify ({count:,} errors); `datapkg verify {folder.name}` lists them")
    listed = _bytes(folder / SUMS)
    sums = read_digests(listed, folder.name)
    entry = Entry(version, hashlib.sha256(listed).hexdigest(), created)
    index = found.index()
    listed_there = with_release(index, name, entry) is index  # Refused before anything is sent.
    prefix = f"{name}/{version}"
    found.store.tidy([prefix, *{f"{prefix}/{path}".rpartition("/")[0] for path in sums}])
    sent = list(_send(found.store, folder, prefix, {SUMS: entry.sha256, **sums}, trusting=listed_there))
    sent += _send_beside(found.store, folder, prefix)
    _refuse_strays(found.store, prefix, sums)
    changed = change_index(found, lambda index: with_release(index, name, entry))
    return Published(name, version, found.address, "published" if changed or sent else "unchanged", tuple(sent))


def yank(
    release: str, project: Project | None = None, *, reason: str | None, registry: str | Path | None = None
) -> tuple[str, Version]:
    """Withdraw `NAME@VERSION` for a reason, or take that back (None): who pins it still gets it, others do not.

    Raises TargetError where the registry has no such version.
    """
    found, name, version = _published(release, project, registry)
    change_index(found, lambda index: with_yank(index, name, version, reason))
    return name, version


def erratum(
    release: str, project: Project | None = None, *, text: str, registry: str | Path | None = None
) -> tuple[str, Version]:
    """Tell readers of `NAME@VERSION` what is wrong in it; TargetError where the registry has no such version."""
    found, name, version = _published(release, project, registry)
    change_index(found, lambda index: with_erratum(index, name, version, text))
    return name, version


def _published(release: str, project: Project | None, registry: str | Path | None) -> tuple[Registry, str, Version]:
    name, _, version = release.partition("@")
    found = need_registry(registry, project)
    try:
        parsed = Version.parse(version)
    except ValueError:
        raise TargetError(f"{release!r} names no version; write NAME@VERSION, such as afpak-security@1.0.0") from None
    found.store.tidy(())  # what somebody left who was killed while he changed the index
    return found, name, parsed


def _only(project: Project | None) -> str:
    """The last release of the project's dataset, where it has one dataset that was released."""
    if project is None:
        raise TargetError("there is no project here, so name the release: a folder, or NAME@VERSION")
    names = [name for name in project.descriptors() if versions(project.releases, name)]
    if len(names) != 1:
        told = f"there are releases of {', '.join(names)}" if names else "nothing is released yet"
        raise TargetError(f"{told}; name the release: NAME@VERSION" if names else f"{told}; run `datapkg release NAME`")
    return names[0]


def _named(folder: Path) -> tuple[str, Version, str | None]:
    """The name, version and date that a release gives itself."""
    try:
        document: Any = json.loads(_bytes(folder / DESCRIPTOR))
        name, version, created = document["name"], Version.parse(str(document["version"])), document.get("created")
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise Refused(f"{folder.name}/{DESCRIPTOR} gives no name and version to publish it under") from None
    if not isinstance(name, str) or not NAME.fullmatch(name):
        raise Refused(f"{str(name)[:80]!r} is no name of a dataset that can be published")
    return name, version, created if isinstance(created, str) and MOMENT.fullmatch(created) else None


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise TargetError(f"{path.parent.name} is no release: {path.name}: {error.strerror or error}") from None


def _refuse_strays(store: Store, prefix: str, sums: Mapping[str, str]) -> None:
    """Refused where the store has a file under the version that is no part of it."""
    strays = set(store.names(prefix)) - {f"{prefix}/{path}" for path in (SUMS, *sums, *BESIDE)}
    if strays:
        raise Refused(f"{store.address}/{min(strays)} is no part of the release; remove it, and publish again")


def _send(store: Store, folder: Path, prefix: str, sums: Mapping[str, str], *, trusting: bool) -> Iterator[str]:
    """Send each file that is not there yet, and compare what is there then with its digest.

    A version that the index lists was compared when it was published: `trusting` takes what is there for that.
    """
    for path, wanted in sums.items():
        key = f"{prefix}/{path}"
        absent = store.size(key) is None
        if trusting and not absent:
            continue
        with task(f"publishing {path}"):
            sent = absent and store.create(key, folder / path)
            found = _digest(store, key)
        if found != wanted:
            if sent:
                raise OutputError(f"{store.address}/{key} reads back with another digest than it was sent with")
            raise Refused(
                f"{store.address}/{key} is there with other bytes, of a publication that was not finished; finish that "
                "one, raise the version, or remove what is there"
            )
        if sent:
            yield path


def _send_beside(store: Store, folder: Path, prefix: str) -> list[str]:
    """Send the signature and the provenance, where they are and the store has none: the first ones stay."""
    sent = []
    for name in BESIDE:
        path, key, signed = folder / name, f"{prefix}/{name}", name.removesuffix(SIGNATURE)
        if not path.is_file() or path.is_symlink() or store.size(key) is not None:
            continue
        if signed != name and _digest(store, f"{prefix}/{signed}") != digest_of(folder / signed):
            continue  # It signs another file than the one that is there.
        if store.create(key, path):
            if _digest(store, key) != digest_of(path):
                raise OutputError(f"{store.address}/{key} reads back with another digest than it was sent with")
            sent.append(name)
    return sent


def _digest(store: Store, key: str) -> str | None:
    pieces = store.pieces(key, 1 << 50)
    if pieces is None:
        return None
    seen = hashlib.sha256()
    for piece in pieces:
        seen.update(piece)
    return seen.hexdigest()
