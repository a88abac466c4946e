"""What a TARGET names: a dataset of the project, a Data Package anywhere, a data file, a release."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path
from posixpath import normpath
from tempfile import TemporaryDirectory

from datapkg import git
from datapkg.checksums import SUMS
from datapkg.dataset import Dataset, open_dataset, open_file
from datapkg.descriptor import read_document
from datapkg.errors import TargetError
from datapkg.formats import DESCRIPTORS, FORMATS, suffixes
from datapkg.notation import DescriptorFault
from datapkg.paths import normal
from datapkg.project import CONFIGURATIONS, Project, find_descriptor, find_project, read_project
from datapkg.registry.access import find_registry
from datapkg.registry.get import Search, find, find_at
from datapkg.resources import Table
from datapkg.store.opening import is_url
from datapkg.versions import Version, satisfies

DATA_SUFFIXES = tuple(f".{word}" for word in FORMATS if word != "json")
DESCRIPTOR_SUFFIXES = (".json", ".yaml", ".yml")
GIT = "git:"


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


def release_folder(target: str, project: Project | None, *, fetch: bool = True) -> Path:
    """The folder of a release: a path, a URL, or `NAME[@RANGE]` among the project's releases, else in its registry.

    What is not here is fetched into the cache, unless told otherwise. Raises TargetError where there is none, or the
    range is none.
    """
    if fetch and is_url(target):
        return find_at(target, project, offline=False).held.whole()
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
    if not matching and fetch and find_registry(None, project) is not None:
        return find(target, project, Search()).held.whole()
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


# ---------------------------------------------------------------- the two sides of a comparison


@dataclass(frozen=True)
class Asked:
    """One side of a comparison: how it was asked for, and the dataset that was found."""

    asked: str
    dataset: Dataset


@contextmanager
def operands(
    old: str | Dataset | None, new: str | Dataset | None, project: Project | None, *, schema: Path | None = None
) -> Iterator[tuple[Asked, Asked]]:
    """The datasets of two operands, while the context lasts: what comes from git lies in a temporary folder.

    An operand is all that `dataset` takes, `NAME@VERSION`, a release's folder, or `git:REF`, which is
    the other operand's dataset as a commit has it; `git:REF:NAME` names one. Without OLD it is the
    last release, without NEW the work tree; a single operand that is of the work tree is NEW.
    Raises TargetError where there is no such dataset, release or commit.
    """
    if isinstance(old, str) and new is None and not _is_version(old):
        old, new = None, old
    with ExitStack() as stack:
        if new is None:
            new = _in_work_tree(_name_of(old, project), project)
        if old is None:
            old = last_release(_name_of(new, project), project)
        sides = [one if isinstance(one, Dataset) else None for one in (old, new)]
        for number, one in enumerate((old, new)):
            if isinstance(one, str) and not one.startswith(GIT):
                home = _project_of(one, project)
                sides[number] = dataset(_release_or_target(one, project), home, schema=schema)
        for number, (one, other) in enumerate(((old, new), (new, old))):
            if isinstance(one, str) and one.startswith(GIT):
                beside = other if isinstance(other, str) and other.startswith(GIT) else sides[1 - number]
                sides[number] = stack.enter_context(_as_of(one, beside, project))
        assert sides[0] is not None
        assert sides[1] is not None
        names = (one.shown if isinstance(one, Dataset) else one for one in (old, new))
        yield Asked(next(names), _fitted(sides[0], sides[1])), Asked(next(names), _fitted(sides[1], sides[0]))


def last_release(name: str, project: Project | None) -> str:
    """A dataset's last release, as NAME@VERSION; TargetError where there is none."""
    releases = project.releases if project is not None else Path("dist").absolute()
    found = versions(releases, name)
    if not found:
        raise TargetError(f"there is no release of {name} in {releases.name} yet, so name what to compare with")
    return f"{name}@{found[-1]}"


def _project_of(operand: str, project: Project | None) -> Project | None:
    """The project that an operand is of: a path that leads out of ours may be of another."""
    path = normal(Path(operand).absolute())
    if not is_path(operand) or not path.exists() or (project is not None and path.is_relative_to(project.root)):
        return project
    return find_project(path if path.is_dir() else path.parent) or project


def _is_version(operand: str) -> bool:
    """Whether an operand is a release or a commit, which is not changed any more."""
    return operand.startswith(GIT) or _is_release(operand) or (Path(operand) / SUMS).is_file()


def _is_release(operand: str) -> bool:
    return not is_path(operand) and "@" in operand


def _release_or_target(operand: str, project: Project | None) -> str:
    return release_folder(operand, project).as_posix() if _is_release(operand) else operand


def _name_of(operand: str | Dataset | None, project: Project | None) -> str:
    """The name of the dataset that an operand is about, where it is not about the only one of the project."""
    if isinstance(operand, Dataset):
        return operand.name
    if operand is not None and operand.startswith(GIT):
        _, _, operand = operand.removeprefix(GIT).partition(":")
    if operand:
        return operand.partition("@")[0] if _is_release(operand) else dataset(operand, project).name
    return open_name(_only(project))


def open_name(descriptor: Path) -> str:
    """The name that a descriptor gives its dataset."""
    return open_dataset(descriptor, root=descriptor.parent, base=descriptor.parent).name


def _only(project: Project | None) -> Path:
    """The descriptor of the project's only dataset."""
    found = project.descriptors() if project is not None else {}
    if project is None or not found:
        raise TargetError("there is no project here with a dataset, so name what to compare")
    if len(found) > 1:
        raise TargetError(f"the project has several datasets, so name one: {', '.join(found)}")
    return next(iter(found.values()))


def _in_work_tree(name: str, project: Project | None) -> str:
    """The folder of the project's dataset of this name, which is its folder's or the one that it gives itself."""
    found = project.descriptors() if project is not None else {}
    for folder, descriptor in found.items():
        if folder == name or (name not in found and open_name(descriptor) == name):
            return folder
    raise TargetError(f"the work tree has no dataset {name!r}, so name what to compare with")


@contextmanager
def _as_of(operand: str, other: str | Dataset | None, project: Project | None) -> Iterator[Dataset]:
    """The dataset that `git:REF` or `git:REF:NAME` means beside the other operand, read from git's own store."""
    ref, _, name = operand.removeprefix(GIT).partition(":")
    if not name and isinstance(other, str):
        name = other.removeprefix(GIT).partition(":")[2] or _only(project).parent.name
    with TemporaryDirectory(prefix="datapkg-") as folder:
        held = Path(folder)
        if name or not isinstance(other, Dataset):
            yield _of_project(ref, name, held, project)
        elif project is not None and other.path.is_relative_to(project.datasets):
            yield _of_project(ref, other.folder.relative_to(project.datasets).as_posix(), held, project)
        elif project is not None and other.path.is_relative_to(project.releases):
            yield _of_project(ref, _in_work_tree(other.name, project), held, project)
        else:
            yield _of_folder(ref, other, held)


def _of_project(ref: str, name: str, held: Path, project: Project | None) -> Dataset:
    """A dataset of the project as a commit has it, with all that its descriptor refers to."""
    if project is None:
        raise TargetError(f"there is no project here of which git:{ref} could have a version")
    commit = git.commit_of(project.root, ref)
    git.export(project.root, commit, held, only=CONFIGURATIONS)
    there = read_project(held)
    if there is None:
        raise TargetError(f"git:{ref} has neither datapkg.toml nor [tool.datapkg] in pyproject.toml here")
    place = (there.datasets.relative_to(held) / name).as_posix()
    git.export(project.root, commit, held, only=(normpath(place),))
    descriptor = find_descriptor(held / place) if normpath(place) == place else None
    if descriptor is None:
        raise TargetError(f"git:{ref} has no dataset {name!r}")
    if outside := _outside(descriptor, held):
        git.export(project.root, commit, held, only=outside)
    return open_dataset(descriptor, root=held, base=held)


def _of_folder(ref: str, other: Dataset, held: Path) -> Dataset:
    """The same package, or file of data, as a commit has it."""
    commit = git.commit_of(other.folder, ref)
    single = not other.descriptor
    git.export(other.folder, commit, held, only=(other.path.name,) if single else ())
    if single and (held / other.path.name).is_file():
        return open_file(held / other.path.name, other.tables[0].schema_path, base=held)
    descriptor = find_descriptor(held)
    if descriptor is None:
        raise TargetError(f"git:{ref} has no {other.shown}")
    return open_dataset(descriptor, root=held, base=held)


def _outside(descriptor: Path, root: Path) -> list[str]:
    """The files outside of its folder that a descriptor refers to, as paths from `root`."""
    try:
        data = read_document(descriptor).data
    except DescriptorFault:
        return []
    resources = data.get("resources") if isinstance(data, Mapping) else None
    found = []
    for resource in resources if isinstance(resources, list) else ():
        for word in ("path", "extrapaths", "schema", "dialect") if isinstance(resource, Mapping) else ():
            given = resource.get(word)
            for text in given if isinstance(given, list) else [given]:
                if isinstance(text, str):
                    path = normpath(f"{descriptor.parent.relative_to(root).as_posix()}/{text}")
                    found.append(path)
    return [path for path in dict.fromkeys(found) if not path.startswith(("..", "/")) and not (root / path).exists()]


def _fitted(mine: Dataset, other: Dataset) -> Dataset:
    """A dataset for the comparison with another: beside a file of data, only the table that the file is of.

    A file without a schema is read by that of the table it is compared with.
    """
    if mine.descriptor and not other.descriptor and len(other.tables) == 1:
        table = _meant(other.tables[0], mine)
        return replace(mine, tables=(table,)) if table is not None else mine
    if not mine.descriptor and other.descriptor and len(mine.tables) == 1:
        bare, table = mine.tables[0], _meant(mine.tables[0], other)
        if table is not None:
            law = table if bare.schema is None else bare
            told = replace(bare, name=table.name, schema=law.schema, schema_descriptor=law.schema_descriptor)
            return replace(mine, tables=(told,))
    return mine


def _meant(file: Table, dataset: Dataset) -> Table | None:
    """The table of the dataset that a file of data is another version of: that of its name, or the only one."""
    named = [table for table in dataset.tables if table.name.lower() == file.name.lower()]
    return next(iter(named or (dataset.tables if len(dataset.tables) == 1 else ())), None)
