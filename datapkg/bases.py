"""Which versions of a dataset were released before, and where each can be read: what a new version is held against."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path

from datapkg.dataset import Dataset
from datapkg.engine.connection import workspace
from datapkg.engine.export import write_keys
from datapkg.errors import DatapkgError
from datapkg.git import tags
from datapkg.limits import Limits
from datapkg.paths import unsafe_name
from datapkg.project import Project
from datapkg.registry.access import Registry, find_registry
from datapkg.registry.held import hold
from datapkg.registry.index import Entry
from datapkg.targets import GIT, operands, versions
from datapkg.versions import Version


@dataclass(frozen=True)
class Base:
    """A released version: where it is, in words, and how it is had: a folder, fetched at need, or a tag."""

    version: Version
    told: str
    fetch: Callable[[], Path] | None = None
    tagged: str = ""
    commit: str | None = None

    @cached_property
    def folder(self) -> Path | None:
        """The folder of the release, where there is more than a tag."""
        return self.fetch() if self.fetch is not None else None

    @property
    def operand(self) -> str:
        """How a comparison names it."""
        return self.folder.as_posix() if self.folder is not None else self.tagged


def bases(dataset: Dataset, project: Project, *, published: bool = False) -> list[Base]:
    """The released versions of a dataset in order, each once: among the project's releases, in the registry, as a tag.

    The registry is asked for those that were `published` only on request: it may be far away.
    """
    found: dict[Version, Base] = {}
    for place in (in_releases, *([in_registry] if published else []), in_tags):
        for base in place(dataset, project):
            found.setdefault(base.version, base)
    return [found[version] for version in sorted(found)]


def base_named(dataset: Dataset, project: Project, version: str) -> Base | None:
    """The released version of this number, wherever it is."""
    found = bases(dataset, project, published=True)
    return next((base for base in found if str(base.version) == version), None)


def last_known(dataset: Dataset, project: Project, folder: Path, limits: Limits) -> tuple[str, Path] | None:
    """The last version of which the keys are at hand, and a folder with them: a release, or what is made of a tag.

    The registry is not asked. What cannot be read as it was is passed over.
    """
    for base in reversed(bases(dataset, project)):
        if base.folder is not None:
            return str(base.version), base.folder
        with suppress(DatapkgError), operands(base.tagged, dataset, project) as (old, _):
            into = folder / "data"
            into.mkdir(exist_ok=True)
            with workspace(limits) as space:
                for table in old.dataset.tables:
                    if table.schema is not None and table.present and unsafe_name(table.name) is None:
                        write_keys(space, table, into / f"{table.name}.parquet")
            return str(base.version), folder
    return None


def _fetched(registry: Registry, name: str, entry: Entry, project: Project) -> Path:
    return hold(name, entry, registry.store, f"{name}/{entry.version}/", project=project).whole()


def in_releases(dataset: Dataset, project: Project) -> Iterator[Base]:
    """The releases that lie among those of the project."""
    for version in versions(project.releases, dataset.name):
        yield Base(version, str(version), partial(Path, project.releases / f"{dataset.name}-{version}"))


def in_registry(dataset: Dataset, project: Project) -> Iterator[Base]:
    """What the project's registry lists, also what was yanked: a number is never used again. TargetError without it."""
    registry = find_registry(None, project)
    if registry is not None:
        for version, entry in registry.index().packages.get(dataset.name, {}).items():
            yield Base(version, f"{version} of the registry", partial(_fetched, registry, dataset.name, entry, project))


def in_tags(dataset: Dataset, project: Project) -> Iterator[Base]:
    """The git tags `<name>-<version>` of the project; none without git."""
    prefix = f"{dataset.name}-"
    for tag, commit in tags(project.root, prefix).items():
        try:
            version = Version.parse(tag.removeprefix(prefix))
        except ValueError:
            continue
        operand = f"{GIT}refs/tags/{tag}:{_place(dataset, project)}"
        yield Base(version, f"the tag {tag}", tagged=operand, commit=commit)


def _place(dataset: Dataset, project: Project) -> str:
    """The folder of the dataset among those of the project."""
    inside = dataset.folder.is_relative_to(project.datasets)
    return dataset.folder.relative_to(project.datasets).as_posix() if inside else dataset.folder.name
