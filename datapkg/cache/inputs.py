"""What a report was made from: files by their digest, what was looked for and is not there, names in folders.

A `Watch` is taken before the work and compared after it, so that nothing that changed meanwhile is kept;
`manifest` writes it down, and `unchanged` says whether all of it still holds. Files are known by their
content; times only tell whether a file changed while it was being judged.
"""

import hashlib
import os
import stat
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from datapkg.cache.volatile import Volatile, changes_daily, check_rows
from datapkg.checks.released import released_files
from datapkg.dataset import Dataset
from datapkg.findings import DatasetReport
from datapkg.git import tags
from datapkg.pace import step, task
from datapkg.paths import normal
from datapkg.project import Project
from datapkg.targets import versions
from datapkg.views import VIEWS

SLACK = 50_000_000
"""Nanoseconds within which a file system may give two changes one time."""
SMALL = 1 << 20
BLOCK = 1 << 20

FILE, FOLDER, NOTHING = "file", "folder", "nothing"
State = tuple[int, ...]
Group = tuple[str, ...]


@dataclass(frozen=True)
class Watch:
    """What stands at each path: its kind, a file's inode, size and times, the names in a folder that count.

    `daily` says that the day matters as well, `tags` which tags of a repository do, by its folder and how
    they begin; `changed` is when the last change of any of it was.
    """

    kinds: Mapping[str, str]
    states: Mapping[str, State]
    names: Mapping[str, tuple[str, list[str]]]
    daily: bool
    tags: tuple[tuple[str, str, dict[str, str]], ...]
    changed: int = field(compare=False)


def watch(dataset: Dataset, project: Project | None, root: Path) -> Watch:
    """What a report on the dataset is made from. `project` is the one whose rules it is judged by, if any.

    Raises Volatile where more than that matters: symbolic links, rules that ask for the time, devices.
    """
    paths, folders, daily = {dataset.path, *_referred(dataset, root)}, dict[str, str](), False
    tagged: tuple[tuple[str, str], ...] = ()
    if project is not None:
        root = project.root
        rules, queries = _rules(dataset, project)
        for path in rules:
            check_rows(path)
        asked = [changes_daily(path.read_text(encoding="utf-8", errors="replace")) for path in queries]
        waivers = dataset.folder / "waivers.yaml"
        daily = any(asked) or waivers.exists()  # A waiver expires.
        views = sorted((dataset.folder / VIEWS).glob("*.sql"))
        paths |= {*rules, *queries, *views, waivers}
        folders |= {str(dataset.folder / VIEWS): "", str(project.schemas): "", str(project.schemas / "cross"): ""}
        _add_release(dataset, project, paths, folders)
        tagged = ((str(project.root), f"{dataset.name}-"),)
    steps = dict.fromkeys(str(step) for path in sorted({*paths, *map(Path, folders)}) for step in _steps(path, root))
    return _looked(steps, folders, tagged, daily=daily)


def again(seen: Watch) -> Watch:
    """The same paths and folders as they are now."""
    folders = {folder: prefix for folder, (prefix, _) in seen.names.items()}
    return _looked(seen.kinds, folders, [(root, prefix) for root, prefix, _ in seen.tags], daily=seen.daily)


def _looked(
    paths: Iterable[str], folders: Mapping[str, str], tagged: Iterable[tuple[str, str]], *, daily: bool
) -> Watch:
    found = {path: _look(path) for path in paths}
    return Watch(
        kinds={path: kind for path, (kind, _) in found.items()},
        states={path: state for path, (kind, state) in found.items() if kind == FILE},
        names={folder: (prefix, _names(folder, prefix)) for folder, prefix in folders.items()},
        daily=daily,
        tags=tuple((root, prefix, tags(Path(root), prefix)) for root, prefix in tagged),
        changed=max(state[-1] for _, state in found.values() if state),
    )


def manifest(seen: Watch, dataset: Dataset, report: DatasetReport) -> dict[str, Any]:
    """What was watched, in plain values, with the digest of each file; those of the data the report has already."""
    files: dict[Group, tuple[int, str]] = {}
    for table, facts in zip(dataset.tables, report.tables, strict=True):
        group = tuple(map(str, table.paths))
        if group and facts.sha256 is not None and facts.bytes is not None:
            files[group] = facts.bytes, facts.sha256
    told = {path for group in files for path in group}
    for path, state in seen.states.items():
        if path not in told:
            files[path,] = state[0], digest((path,))
    return {
        "kinds": dict(seen.kinds),
        "names": [[folder, prefix, names] for folder, (prefix, names) in seen.names.items()],
        "tags": [list(told) for told in seen.tags],
        "files": [[list(group), size, found] for group, (size, found) in sorted(files.items())],
    }


def unchanged(told: Any) -> bool:
    """Whether all of a manifest is as it was. Raises KeyError, TypeError or ValueError where it is none."""
    try:
        if any(_look(path)[0] != kind for path, kind in told["kinds"].items()):
            return False
        if any(_names(folder, prefix) != names for folder, prefix, names in told["names"]):
            return False
        if any(tags(Path(root), prefix) != found for root, prefix, found in told["tags"]):
            return False
        files = sorted((size, tuple(group), found) for group, size, found in told["files"])
        if any(sum(Path(path).stat().st_size for path in group) != size for size, group, _ in files):
            return False
        small = [(group, found) for size, group, found in files if size < SMALL]
        large = [(group, found) for size, group, found in files if size >= SMALL]
        return _same(small) and _same(large)
    except (OSError, Volatile):
        return False


def digest(paths: Sequence[str]) -> str:
    """The digest of a file; of several, that of their digests, as the facts of a table have it."""
    found = []
    for path in paths:
        with (
            Path(path).open("rb", buffering=0) as file,
            task(f"hashing {Path(path).name}", os.fstat(file.fileno()).st_size),
        ):
            found.append(hashlib.sha256())
            while block := file.read(BLOCK):
                found[-1].update(block)
                step(len(block))
    return found[0].hexdigest() if len(found) == 1 else hashlib.sha256(b"".join(d.digest() for d in found)).hexdigest()


def _same(files: Sequence[tuple[Group, str]]) -> bool:
    """Whether each file has its digest; several at a time, since hashing leaves Python free."""
    if not any(Path(path).stat().st_size >= SMALL for group, _ in files for path in group):
        return all(digest(group) == found for group, found in files)
    from concurrent.futures import ThreadPoolExecutor

    pool = ThreadPoolExecutor(max_workers=os.cpu_count() or 1)
    try:
        return all(pool.map(lambda file: digest(file[0]) == file[1], files))
    finally:
        pool.shutdown(cancel_futures=True)


def _referred(dataset: Dataset, root: Path) -> Iterator[Path]:
    """The files that the descriptor names, whether they are there or not."""
    for table in dataset.tables:
        yield from table.paths
        if table.schema_path is not None:
            yield table.schema_path
    resources = dataset.descriptor.get("resources")
    for resource in resources if isinstance(resources, list) else ():
        named = resource if isinstance(resource, dict) else {}
        for key in ("path", "extrapaths", "schema", "dialect"):
            given = named.get(key)
            for part in given if isinstance(given, list) else [given]:
                if isinstance(part, str) and "\0" not in part:
                    path = normal(dataset.folder / part)
                    if path.is_relative_to(root):
                        yield path


def _rules(dataset: Dataset, project: Project) -> tuple[set[Path], list[Path]]:
    """The files of row rules beside the schemas of the dataset, and those of SQL rules."""
    schemas = {table.schema_path for table in dataset.tables}
    rows = {path.with_suffix(".py") for path in schemas if path is not None and path.parent == project.schemas}
    return {path for path in rows if path.exists()}, sorted((project.schemas / "cross").glob("*.sql"))


def _add_release(dataset: Dataset, project: Project, paths: set[Path], folders: dict[str, str]) -> None:
    """Add the last release of the dataset, whose keys its rows are compared with."""
    prefix = f"{dataset.name}-".partition("[")[0]
    folders[str(project.releases)] = prefix
    found = versions(project.releases, dataset.name)
    for table in dataset.tables if found else ():
        folder = project.releases / f"{dataset.name}-{max(found)}"
        held = folder / "data" / table.name
        if held.is_relative_to(folder) and ".." not in held.parts:
            paths |= {held.with_name(f"{table.name}.parquet"), *released_files(folder, table.name)}
            folders[str(held)] = ""


def _steps(path: Path, root: Path) -> Iterator[Path]:
    """The path, and the folders that lead to it from the root on."""
    if not path.is_relative_to(root):
        yield from (path.parent, path)
        return
    yield root
    for part in path.relative_to(root).parts:
        root /= part
        yield root


def _look(path: str) -> tuple[str, State]:
    """What stands at a path, and its state, the last of which is when it was changed.

    Raises Volatile where it is neither file nor folder, or cannot be known.
    """
    try:
        found = os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return NOTHING, ()
    except (OSError, ValueError) as error:
        raise Volatile(f"{path} cannot be looked at") from error
    if stat.S_ISDIR(found.st_mode):
        return FOLDER, (found.st_ctime_ns,)
    if stat.S_ISREG(found.st_mode):
        return FILE, (found.st_size, found.st_dev, found.st_ino, found.st_mtime_ns, found.st_ctime_ns)
    raise Volatile(f"{path} is a link or a device")


def _names(folder: str, prefix: str) -> list[str]:
    """The names in a folder that begin with a prefix; none where there is no such folder."""
    try:
        return sorted(path.name for path in Path(folder).iterdir() if path.name.startswith(prefix))
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise Volatile(f"{folder} cannot be listed") from error
