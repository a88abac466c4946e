"""`index.json`: every release of a registry by name and version, as a stranger may have written it."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from datapkg.errors import Refused, TargetError
from datapkg.versions import Version, satisfies

INDEX = "index.json"
FORMAT = "datapkg-index/1"
MOST_BYTES = 32 << 20
"""Bytes of an index: some 150,000 versions."""
LONGEST = 2_000
"""Characters of a reason or an erratum."""
MOST_ERRATA = 100
NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}", re.ASCII)
DIGEST = re.compile(r"[0-9a-f]{64}", re.ASCII)
MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2}))?", re.ASCII)


@dataclass(frozen=True)
class Entry:
    """One version: `sha256` is the digest of its SHA256SUMS, `yanked` the reason for which it was withdrawn."""

    version: Version
    sha256: str
    created: str | None = None
    yanked: str | None = None
    errata: tuple[str, ...] = ()


@dataclass(frozen=True)
class Index:
    """What a registry lists. `document` is the JSON as it was read, with what later tools may have put in."""

    packages: Mapping[str, Mapping[Version, Entry]]
    document: Mapping[str, Any]

    def entry(self, name: str, version: Version) -> Entry | None:
        """The entry of a version, or None."""
        return self.packages.get(name, {}).get(version)

    def resolve(self, name: str, wanted: str) -> Entry:
        """The highest version in the range `wanted`; one that was yanked only where it is named exactly.

        Raises TargetError where there is none, or the range is none.
        """
        held = self.packages.get(name)
        if not held:
            raise TargetError(f"the registry has no {name}")
        try:
            matching = [version for version in held if satisfies(version, wanted)]
        except ValueError as error:
            raise TargetError(str(error)) from None
        good = [version for version in matching if held[version].yanked is None]
        if good:
            return held[max(good)]
        if not matching:
            listed = ", ".join(map(str, sorted(held)[-5:]))
            raise TargetError(f"no version of {name} in the registry matches {wanted} (there: {listed})")
        last = max(matching)
        if str(last) == wanted:
            return held[last]
        raise TargetError(
            f"every version of {name} that matches {wanted} was yanked ({last}: {plain(held[last].yanked or '')}); "
            f"`{name}@{last}` takes it all the same"
        )


EMPTY = Index(MappingProxyType({}), MappingProxyType({"format": FORMAT, "packages": {}}))


def plain(text: str) -> str:
    """A stranger's text in one line that moves no cursor."""
    return "".join(letter if letter.isprintable() else f"\\x{ord(letter):02x}" for letter in text)


def read_index(data: bytes, where: str) -> Index:
    """The index that the bytes spell; TargetError where they are none, or name what no release can be named."""
    try:
        document = json.loads(data.decode("utf-8"), object_pairs_hook=_once)
        if not isinstance(document, dict) or document.get("format") != FORMAT:
            raise _Fault(f"its format is not {FORMAT}")
        packages = _mapping(document.get("packages"), "packages")
        return Index({name: _versions(name, package) for name, package in packages.items()}, document)
    except (_Fault, ValueError, RecursionError) as fault:
        note = "it is nested without end" if isinstance(fault, RecursionError) else str(fault)
        raise TargetError(f"{where}/{INDEX} is no index of releases: {note[:300]}") from None


class _Fault(Exception):
    """What is wrong with the index."""


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _Fault("a key stands twice")
    return found


def _mapping(value: Any, where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _Fault(f"{where} is no object")
    return value


def _versions(name: str, package: Any) -> Mapping[Version, Entry]:
    if not NAME.fullmatch(name):
        raise _Fault(f"{name[:100]!r} is no name of a dataset")
    found = {}
    for text, entry in _mapping(_mapping(package, name).get("versions"), f"{name}.versions").items():
        try:
            version = Version.parse(text)
        except ValueError as error:
            raise _Fault(f"{name}: {str(error)[:100]}") from None
        found[version] = _entry(version, _mapping(entry, f"{name} {version}"), f"{name} {version}")
    return found


def _entry(version: Version, entry: dict[str, Any], where: str) -> Entry:
    sha256, created, yanked, errata = (entry.get(key) for key in ("sha256", "created", "yanked", "errata"))
    if not isinstance(sha256, str) or not DIGEST.fullmatch(sha256):
        raise _Fault(f"{where}: sha256 is no digest")
    if created is not None and not (isinstance(created, str) and MOMENT.fullmatch(created)):
        raise _Fault(f"{where}: created is no date")
    errata = [] if errata is None else errata
    if not isinstance(errata, list) or len(errata) > MOST_ERRATA:
        raise _Fault(f"{where}: errata are no list of at most {MOST_ERRATA}")
    for text in (*errata, *(() if yanked is None else (yanked,))):
        if not isinstance(text, str) or not text or len(text) > LONGEST:
            raise _Fault(f"{where}: a reason or erratum is no text of at most {LONGEST:,} characters")
    return Entry(version, sha256, created, yanked, tuple(errata))


# ---------------------------------------------------------------- the next index


def with_release(index: Index, name: str, entry: Entry) -> Index:
    """The index with one more version. Refused where the version is there with another digest."""
    if not NAME.fullmatch(name):
        raise Refused(f"{name!r} is no name of a dataset that can be published")
    there = index.entry(name, entry.version)
    if there is not None:
        if there.sha256 == entry.sha256:
            return index
        raise Refused(
            f"{name} {entry.version} is published with another digest ({there.sha256[:12]}…, "
            f"here {entry.sha256[:12]}…); a version is published once, so raise it"
        )
    return _with(index, name, entry)


def with_yank(index: Index, name: str, version: Version, reason: str | None) -> Index:
    """The index with a version withdrawn for a reason, or None to take that back; TargetError where there is none."""
    entry = _known(index, name, version)
    if entry.yanked == reason:
        return index
    return _with(index, name, Entry(version, entry.sha256, entry.created, _text(reason), entry.errata))


def with_erratum(index: Index, name: str, version: Version, text: str) -> Index:
    """The index with one more erratum to a version; TargetError where there is none."""
    entry = _known(index, name, version)
    if text in entry.errata:
        return index
    if len(entry.errata) >= MOST_ERRATA:
        raise Refused(f"{name} {version} has {MOST_ERRATA} errata; publish a corrected version and yank this one")
    told = (*entry.errata, _text(text) or "")
    return _with(index, name, Entry(version, entry.sha256, entry.created, entry.yanked, told))


def index_text(index: Index) -> bytes:
    """The index as it is published: names and versions in order."""
    return (json.dumps(index.document, indent=1, ensure_ascii=False) + "\n").encode()


def _known(index: Index, name: str, version: Version) -> Entry:
    entry = index.entry(name, version)
    if entry is None:
        held = ", ".join(map(str, sorted(index.packages.get(name, {})))) or "none"
        raise TargetError(f"the registry has no {name} {version} (there: {held})")
    return entry


def _text(given: str | None) -> str | None:
    if given is not None and (not given.strip() or len(given) > LONGEST):
        raise Refused(f"a reason or erratum is a text of at most {LONGEST:,} characters")
    return given


def _with(index: Index, name: str, entry: Entry) -> Index:
    """The index with an entry set; all else that the document holds is kept."""
    packages = dict(index.document["packages"])
    package = dict(packages.get(name, {}))
    versions = dict(package.get("versions", {}))
    before = versions.get(str(entry.version), {})
    versions[str(entry.version)] = {
        **before,
        "sha256": entry.sha256,
        "created": entry.created,
        "yanked": entry.yanked,
        "errata": list(entry.errata),
    }
    package["versions"] = dict(sorted(versions.items(), key=lambda item: Version.parse(item[0])))
    packages[name] = package
    document = {**index.document, "packages": dict(sorted(packages.items()))}
    held = {**index.packages, name: {**index.packages.get(name, {}), entry.version: entry}}
    return Index(held, document)
