"""Which version a release gets: from the descriptor, the releases that are there, and `--bump`."""

import os
import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from datapkg.dataset import Dataset
from datapkg.errors import OutputError, Refused
from datapkg.project import Project
from datapkg.release.source import with_values
from datapkg.targets import versions
from datapkg.versions import Bump, Version

FIRST = Version(1, 0, 0)
GIT_SECONDS = 60


@dataclass(frozen=True)
class Plan:
    """What is to be built: a version, its date, and the descriptor's new text where it changes."""

    version: Version
    created: str | None
    source: str | None = None


def plan(dataset: Dataset, project: Project, bump: str) -> Plan:
    """The version of the next release and what has to be written for it.

    `bump` is auto, a part of a version, or a version. With auto the descriptor's version is
    taken as it stands (1.0.0 where it has none). Raises Refused where the version is none, too
    low or taken, OutputError where SOURCE_DATE_EPOCH is no time.
    """
    today = date_of_build()
    stated = _parsed(dataset.version, dataset.path.name) if dataset.version is not None else None
    base = base_of(dataset.name, project)
    if bump == "auto":
        return _as_stated(dataset, project, stated, base)
    version = _raised(dataset, stated, base, bump)
    if base is not None and version <= base:
        raise Refused(f"{version} is not above the last release, {base}")
    source = with_values(dataset.path, {"version": str(version), "created": today})
    return Plan(version, today, source)


def base_of(name: str, project: Project) -> Version | None:
    """The highest version among the releases and the git tags `<name>-<version>`."""
    return max((*versions(project.releases, name), *tagged(name, project.root)), default=None)


def tagged(name: str, root: Path) -> list[Version]:
    """The versions of a dataset that have a git tag; none without git or a repository."""
    found = []
    for tag in (_git(root, "tag", "-l", f"{name}-*") or "").splitlines():
        try:
            found.append(Version.parse(tag[len(name) + 1 :]))
        except ValueError:
            continue
    return found


def date_of_build() -> str:
    """Midnight of the day of SOURCE_DATE_EPOCH, else of today, in UTC."""
    given = os.environ.get("SOURCE_DATE_EPOCH")
    try:
        moment = datetime.now(UTC) if given is None else datetime.fromtimestamp(int(given), UTC)
    except (ValueError, OverflowError, OSError):
        raise OutputError(f"SOURCE_DATE_EPOCH is {given!r}, which is no number of seconds since 1970") from None
    return f"{moment:%Y-%m-%d}T00:00:00Z"


def _as_stated(dataset: Dataset, project: Project, stated: Version | None, base: Version | None) -> Plan:
    version = stated or FIRST
    created = str(dataset.descriptor["created"]) if "created" in dataset.descriptor else None
    if base is not None and version < base:
        way = f"raise version in {dataset.path.name} or pass --bump minor"
        raise Refused(f"the version {version} is below the last release, {base}; {way}")
    if version == base and not (project.releases / f"{dataset.name}-{version}").exists():
        # Only a tag says so: the same source may be built again, another may not take its name.
        _refuse_changed_since_tag(dataset, project, version)
    return Plan(version, created)


def _raised(dataset: Dataset, stated: Version | None, base: Version | None, bump: str) -> Version:
    if bump not in tuple(Bump):
        return _parsed(bump, "--bump")
    if base is None:
        way = f"it takes the version {stated or FIRST} of {dataset.path.name} without --bump"
        raise Refused(f"this is the first release of {dataset.name}, so there is nothing to raise; {way}")
    return base.bump(Bump(bump))


def _parsed(text: str, where: str) -> Version:
    try:
        return Version.parse(text)
    except ValueError as error:
        raise Refused(f"{where}: {error}") from None


def _refuse_changed_since_tag(dataset: Dataset, project: Project, version: Version) -> None:
    tag = f"{dataset.name}-{version}"
    differs = _git(project.root, "diff", "--name-only", tag, "--", str(dataset.folder), str(project.schemas))
    if differs != "":
        way = f"raise version in {dataset.path.name} or pass --bump minor"
        raise Refused(f"version taken: data or description changed since the tag {tag}; {way}")


def _git(root: Path, *words: str) -> str | None:
    """What git says, or None where there is no git or it fails."""
    command = ["git", "-C", str(root), *words]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=GIT_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None
