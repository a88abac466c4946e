"""What a TARGET names: a dataset of the project, a Data Package anywhere, a data file, a release."""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from datapkg.dataset import DESCRIPTORS, Dataset, open_dataset, open_file
from datapkg.errors import TargetError
from datapkg.formats import FORMATS, suffixes
from datapkg.paths import normal
from datapkg.project import Project, find_descriptor
from datapkg.versions import Version, satisfies

DATA_SUFFIXES = tuple(f".{word}" for word in FORMATS if word != "json")
DESCRIPTOR_SUFFIXES = (".json", ".yaml", ".yml")


@dataclass(frozen=True)
class Located:
    """A dataset that was found and not read yet: its descriptor, or a `single` data file and its schema.

    `root` is the folder that its paths may not leave, `base` what reports spell them relative to.
    """

    path: Path
    root: Path
    base: Path
    schema: Path | None = None
    single: bool = False


def datasets(targets: Sequence[str], project: Project | None, *, schema: Path | None = None) -> list[Dataset]:
    """The dataset each target names; without targets, all datasets of the project.

    Raises TargetError where a target does not exist, or there is none.
    """
    return [opened(located) for located in locate(targets, project, schema=schema)]


def dataset(target: str, project: Project | None, *, schema: Path | None = None) -> Dataset:
    """The dataset that `target` names; TargetError where there is none."""
    return opened(_locate(target, project, schema))


def locate(targets: Sequence[str], project: Project | None, *, schema: Path | None = None) -> list[Located]:
    """Where the datasets are that `datasets` opens; no file of theirs is read."""
    if targets:
        return [_locate(target, project, schema) for target in targets]
    if project is None:
        raise TargetError("there is no project here, so name a TARGET: a folder, a descriptor or a data file")
    found = project.descriptors()
    if not found:
        raise TargetError(f"the project has no dataset: {project.datasets} has no folder with a {DESCRIPTORS[0]}")
    return [_located(descriptor, project) for descriptor in found.values()]


def opened(located: Located) -> Dataset:
    """The dataset that was found."""
    if located.single:
        return open_file(located.path, located.schema, base=located.base)
    return open_dataset(located.path, root=located.root, base=located.base)


def _locate(target: str, project: Project | None, schema: Path | None) -> Located:
    if not is_path(target):
        return _located(_named(target, project), project)
    path = normal(Path(target).absolute())
    if not path.exists() and not (path.is_symlink() and path.suffix.lower() in DESCRIPTOR_SUFFIXES):
        raise TargetError(f"there is no {target}")
    if path.is_dir():
        descriptor = find_descriptor(path)
        if descriptor is None:
            raise TargetError(f"{target} has no {' or '.join(DESCRIPTORS)}")
        return _located(descriptor, project)
    if not path.is_file() and not path.is_symlink():
        raise TargetError(f"{target} is no regular file")
    if _is_data(path.name) or (schema is not None and _is_json_data(path.name)):
        if schema is not None and not schema.is_file():
            raise TargetError(f"there is no schema {schema}")
        held = schema.absolute() if schema else None
        return Located(path, path.parent, _base(path, project), held, single=True)
    if path.suffix.lower() in DESCRIPTOR_SUFFIXES:
        return _located(path, project)
    raise TargetError(f"{target} is neither a descriptor nor a data file ({', '.join(DATA_SUFFIXES)})")


def is_path(target: str) -> bool:
    """Whether a target is a path: it has a slash or the suffix of a file that is read here."""
    suffix = Path(target).suffix.lower()
    return "/" in target or target in (".", "..") or suffix in DESCRIPTOR_SUFFIXES or _is_data(target)


def _is_data(name: str) -> bool:
    """Whether a file's name ends as that of a table does: `a.csv`, `a.csv.gz`, `a.jsonl`."""
    return f".{suffixes(name)[0]}" in DATA_SUFFIXES


def _is_json_data(name: str) -> bool:
    """Whether a JSON file is rather data than a descriptor: a descriptor has one of its own names."""
    return suffixes(name)[0] == "json" and Path(name).name not in DESCRIPTORS


def belongs(dataset: Dataset, project: Project | None) -> bool:
    """Whether the project's own rules and waivers hold for the dataset."""
    return project is not None and dataset.path.is_relative_to(project.datasets)


def release_folder(target: str, project: Project | None) -> Path:
    """The folder of a release: a path, or `NAME[@RANGE]` among the project's releases.

    Raises TargetError where there is none, or the range is none.
    """
    if is_path(target):
        folder = Path(target).absolute()
        if not folder.is_dir():
            raise TargetError(f"there is no release folder {target}")
        return folder
    name, _, wanted = target.partition("@")
    releases = project.releases if project is not None else Path("dist").absolute()
    found = versions(releases, name)
    try:
        matching = [version for version in found if satisfies(version, wanted or "*")]
    except ValueError as error:
        raise TargetError(str(error)) from None
    if not matching:
        held = ", ".join(str(version) for version in found) or "none"
        raise TargetError(f"no release of {name} matches {wanted or '*'} in {releases.name} (there: {held})")
    return releases / f"{name}-{max(matching)}"


def versions(releases: Path, name: str) -> list[Version]:
    """The versions of a dataset that lie in a folder of releases, in order."""
    found = []
    for path in releases.glob(f"{name}-*") if releases.is_dir() else ():
        try:
            found.append(Version.parse(path.name[len(name) + 1 :]))
        except ValueError:
            continue
    return sorted(found)


def _named(target: str, project: Project | None) -> Path:
    if project is None:
        raise TargetError(f"there is no project here that could hold the dataset {target!r}")
    known = project.descriptors()
    if target in known:
        return known[target]
    close = get_close_matches(target, known, n=1)
    hint = f"; did you mean {close[0]}?" if close else f"; there are {', '.join(known) or 'none'}"
    raise TargetError(f"the project has no dataset {target!r}{hint}")


def _base(path: Path, project: Project | None) -> Path:
    """What reports spell paths relative to: the project, else the working folder."""
    if project is not None and path.is_relative_to(project.root):
        return project.root
    return Path.cwd()


def _located(descriptor: Path, project: Project | None) -> Located:
    inside = project is not None and descriptor.is_relative_to(project.datasets)
    root = project.root if project is not None and inside else descriptor.parent
    return Located(descriptor, root, _base(descriptor, project))
