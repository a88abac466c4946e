"""Which version a release gets: from what changed since the last one, the descriptor, and `--bump`."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from datapkg.bases import Base, bases
from datapkg.bump import Reason, bump_of, demanding, is_enough
from datapkg.changes import Changes, Op
from datapkg.dataset import Dataset
from datapkg.errors import OutputError, Refused
from datapkg.git import differing
from datapkg.project import Project
from datapkg.release.changelog import entry_of, first_entry, with_entry, words_of
from datapkg.release.source import with_values
from datapkg.versions import Bump, Version

FIRST = Version(1, 0, 0)
CHANGELOG = "CHANGELOG.md"
NAMED = 5
"""Changes that a refusal names."""


@dataclass(frozen=True)
class Compared:
    """What differs between a base and the dataset, and the date of the base."""

    changes: Changes
    created: str | None


Compare = Callable[[Base], Compared]


@dataclass(frozen=True)
class Plan:
    """What is to be built: a version, its date, what changed since `base`, and the source's files with a new text.

    `same` says that the version is that of the base, whose own changes stay as they are. `why` is in words.
    """

    version: Version
    created: str | None
    why: str
    base: Base | None = None
    changes: Changes | None = None
    needed: Bump | None = None
    same: bool = False
    sources: Mapping[Path, str] = field(default_factory=dict)


def plan(dataset: Dataset, project: Project, bump: str, compare: Compare) -> Plan:
    """The version of the next release and what has to be written for it.

    `bump` is auto, a part of a version, or a version; `compare` says what differs from a base. Raises
    Refused where the version is none, too low or taken, OutputError where SOURCE_DATE_EPOCH is no time.
    """
    stated = _parsed(dataset.version, dataset.path.name) if dataset.version is not None else None
    known = bases(dataset, project, published=True)
    today = date_of_build()
    if not known:
        return _first(dataset, stated, bump, today)
    base = known[-1]
    if bump == "auto" and stated is not None and stated < base.version:
        way = f"set it to {base.version} in {dataset.path.name}, and what changed will raise it"
        raise Refused(f"the version {stated} is below the last release, {base.version}; {way}")
    found = compare(base)
    needed = bump_of(found.changes)
    if bump == "auto" and needed is None and stated in (None, base.version):
        return _again(dataset, project, known, compare)
    version, why = _next(dataset, stated, base, bump, needed)
    if version <= base.version:
        raise Refused(f"{version} is not above the last release, {base.version}")
    if not is_enough(version, base.version, needed) and needed is not None:
        raise Refused(_too_low(version, base.version, needed, found.changes))
    given = dataset.descriptor.get("created")
    kept = version == stated and given is not None and given != found.created
    created = str(given) if kept else today
    entry = entry_of(found.changes, needed)
    sources = _sources(dataset, version, created, entry)
    return Plan(version, created, why, base, found.changes, needed, sources=sources)


def date_of_build() -> str:
    """Midnight of the day of SOURCE_DATE_EPOCH, else of today, in UTC."""
    given = os.environ.get("SOURCE_DATE_EPOCH")
    try:
        moment = datetime.now(UTC) if given is None else datetime.fromtimestamp(int(given), UTC)
    except (ValueError, OverflowError, OSError):
        raise OutputError(f"SOURCE_DATE_EPOCH is {given!r}, which is no number of seconds since 1970") from None
    return f"{moment:%Y-%m-%d}T00:00:00Z"


def reason_text(reason: Reason) -> str:
    """What changed, in words, and what it raises."""
    if reason.change is not None:
        return f"{reason.bump}: {words_of(reason.change)}"
    verb = {Op.ADDED: "added to", Op.REMOVED: "taken away from", Op.CHANGED: "corrected in"}[Op(reason.kind)]
    return f"{reason.bump}: {reason.count:,} row{'' if reason.count == 1 else 's'} {verb} {reason.table}"


def _first(dataset: Dataset, stated: Version | None, bump: str, today: str) -> Plan:
    """The first release: the version that the descriptor states, else 1.0.0."""
    if bump in tuple(Bump):
        way = f"it takes the version {stated or FIRST} of {dataset.path.name} without --bump"
        raise Refused(f"this is the first release of {dataset.name}, so there is nothing to raise; {way}")
    version = _parsed(bump, "--bump") if bump != "auto" else stated or FIRST
    given = dataset.descriptor.get("created")
    created = str(given) if given is not None and version == stated else today
    sources = _sources(dataset, version, created, first_entry(table.name for table in dataset.tables))
    how = "as --bump says" if bump != "auto" else f"as {dataset.path.name} states" if stated else "where none is stated"
    return Plan(version, created, f"the first release, {version} {how}", sources=sources)


def _again(dataset: Dataset, project: Project, known: list[Base], compare: Compare) -> Plan:
    """The last version once more: from the same data and declarations come the same bytes."""
    base, before = known[-1], known[-2] if len(known) > 1 else None
    if base.folder is None:
        # Only a tag says so: the same source may be built again, another may not take its name.
        _refuse_changed_since_tag(dataset, project, base)
    created = dataset.descriptor.get("created")
    changes = compare(before).changes if base.folder is None and before is not None else None
    why = f"nothing changed since {base.told}"
    return Plan(base.version, str(created) if created is not None else None, why, base, changes, same=True)


def _next(dataset: Dataset, stated: Version | None, base: Base, bump: str, needed: Bump | None) -> tuple[Version, str]:
    """The version that follows the base, and why it is that one."""
    if bump in tuple(Bump):
        return base.version.bump(Bump(bump)), f"{bump}, as --bump says; what changed asks for {needed or 'nothing'}"
    if bump != "auto":
        return _parsed(bump, "--bump"), f"as --bump says; what changed asks for {needed or 'nothing'}"
    if stated is not None and stated > base.version:
        return stated, f"as {dataset.path.name} states; what changed asks for {needed or 'nothing'}"
    assert needed is not None
    return base.version.bump(needed), f"{needed}, by what changed since {base.told}"


def _sources(dataset: Dataset, version: Version, created: str, entry: str) -> dict[Path, str]:
    """The files of the source that get a new text, in order: the descriptor and the changelog, where they need one.

    Where a run ends between them, the version is stated and has no entry yet: the next run writes that.
    """
    fresh: dict[Path, str] = {}
    values = {"version": str(version), "created": created}
    if {name: dataset.descriptor.get(name) for name in values} != values:
        fresh[dataset.path] = with_values(dataset.path, values)
    changelog = dataset.folder / CHANGELOG
    if (text := with_entry(changelog, str(version), created, entry)) is not None:
        fresh[changelog] = text
    return fresh


def _too_low(version: Version, base: Version, needed: Bump, changes: Changes) -> str:
    reasons = demanding(changes)
    listed = [f"\n  {reason_text(reason)}" for reason in reasons[:NAMED]]
    more = f"\n  and {len(reasons) - NAMED:,} more" if len(reasons) > NAMED else ""
    wanted = base.bump(needed)
    return f"{version} is too low after {base}: what changed asks for {wanted} or above{''.join(listed)}{more}"


def _parsed(text: str, where: str) -> Version:
    try:
        return Version.parse(text)
    except ValueError as error:
        raise Refused(f"{where}: {error}") from None


def _refuse_changed_since_tag(dataset: Dataset, project: Project, base: Base) -> None:
    """Refused where a file other than the tables, whose values were compared, is not as the tag has it."""
    data = {path.relative_to(project.root).as_posix() for table in dataset.tables for path in table.paths}
    assert base.commit is not None
    other = [path for path in differing(project.root, base.commit, dataset.folder) if path not in data]
    if other:
        listed = f"{', '.join(other[:3])}{', …' if len(other) > 3 else ''}"
        raise Refused(f"version taken: {listed} changed since {base.told}; pass --bump patch to release that")
