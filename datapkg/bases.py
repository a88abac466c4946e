"""Which versions of a dataset were released before, and where each can be read: what a new version is held against."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from datapkg.dataset import Dataset
from datapkg.git import tags
from datapkg.project import Project
from datapkg.targets import GIT, versions
from datapkg.versions import Version


@dataclass(frozen=True)
class Base:
    """A released version: how a comparison names it, and the folder or the commit where it lies."""

    version: Version
    operand: str
    folder: Path | None = None
    commit: str | None = None

    @property
    def told(self) -> str:
        """Where it is, in words."""
        return f"{self.version}" if self.folder is not None else f"the tag {self.operand.split('/')[-1].split(':')[0]}"


def bases(dataset: Dataset, project: Project) -> list[Base]:
    """The released versions of a dataset in order, each once: as a release where there is one, else elsewhere."""
    found: dict[Version, Base] = {}
    for place in (in_releases, in_tags):
        for base in place(dataset, project):
            found.setdefault(base.version, base)
    return [found[version] for version in sorted(found)]


def base_of(dataset: Dataset, project: Project) -> Base | None:
    """The highest of the released versions."""
    return next(reversed(bases(dataset, project)), None)


def base_named(dataset: Dataset, project: Project, version: str) -> Base | None:
    """The released version of this number, wherever it is."""
    return next((base for base in bases(dataset, project) if str(base.version) == version), None)


def in_releases(dataset: Dataset, project: Project) -> Iterator[Base]:
    """The releases that lie among those of the project."""
    for version in versions(project.releases, dataset.name):
        folder = project.releases / f"{dataset.name}-{version}"
        yield Base(version, folder.as_posix(), folder=folder)


def in_tags(dataset: Dataset, project: Project) -> Iterator[Base]:
    """The git tags `<name>-<version>` of the project; none without git."""
    prefix = f"{dataset.name}-"
    for tag, commit in tags(project.root, prefix).items():
        try:
            version = Version.parse(tag.removeprefix(prefix))
        except ValueError:
            continue
        yield Base(version, f"{GIT}refs/tags/{tag}:{_place(dataset, project)}", commit=commit)


def _place(dataset: Dataset, project: Project) -> str:
    """The folder of the dataset among those of the project."""
    inside = dataset.folder.is_relative_to(project.datasets)
    return dataset.folder.relative_to(project.datasets).as_posix() if inside else dataset.folder.name
