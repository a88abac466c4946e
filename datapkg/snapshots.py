"""One table as it was: at each commit that changed it, and in each release. Each distinct state is read once."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from posixpath import normpath
from typing import Any

from datapkg.dataset import Dataset, open_dataset
from datapkg.descriptor import read_document
from datapkg.formats import DESCRIPTORS
from datapkg.git import Commit, blob_ids, blobs, log
from datapkg.notation import DescriptorFault
from datapkg.project import Project
from datapkg.resources import Table

Declared = tuple[str, str | None]
"""A resource as JSON, and the blob of its schema: what says how the data is read."""


@dataclass(frozen=True)
class State:
    """What decides the values of a table at a commit: equal states are one."""

    declared: Declared
    data: tuple[str, ...]


@dataclass(frozen=True)
class Snapshots:
    """The commits that may have changed a table, each with its state (None: no such table), and its readable states."""

    commits: tuple[Commit, ...]
    states: Mapping[str, State | None]
    tables: Mapping[State, Table]
    notes: tuple[str, ...] = ()


@dataclass
class _Search:
    """What the steps share: the repository's files are named from the project's root."""

    project: Project
    dataset: Dataset
    table: str
    folder: Path
    notes: list[str] = field(default_factory=list)

    @property
    def place(self) -> str:
        """The folder of the dataset, from the root."""
        return self.dataset.folder.relative_to(self.project.root).as_posix()


def snapshots(project: Project, dataset: Dataset, table: str, folder: Path) -> Snapshots:
    """The commits of the table, and each distinct state of it as a table whose files lie in `folder`.

    A table is followed by its name: its file may have been renamed, as the descriptor tells. Raises
    TargetError where there is no git or no repository.
    """
    search = _Search(project, dataset, table, folder)
    commits = log(project.root, dataset.folder, project.schemas)
    descriptors = _descriptors(search, commits)
    resources = {blob: _resource(search, blob, text) for blob, text in _texts(search, descriptors.values()).items()}
    wanted: list[tuple[str, str, str]] = []  # commit, path, and what for
    for commit in commits:
        resource = resources.get(descriptors.get(commit.id, ""))
        if resource is not None:
            wanted.extend((commit.id, path, "data") for path in _paths(search, resource, "path"))
            wanted.extend((commit.id, path, "schema") for path in _paths(search, resource, "schema"))
    found = dict(zip(wanted, blob_ids(project.root, [(commit, path) for commit, path, _ in wanted]), strict=True))
    states: dict[str, State | None] = {}
    for commit in commits:
        resource = resources.get(descriptors.get(commit.id, ""))
        states[commit.id] = _state(search, commit.id, resource, found) if resource is not None else None
    distinct = list(dict.fromkeys(state for state in states.values() if state is not None))
    tables = dict(_tables(search, distinct))
    return Snapshots(tuple(commits), states, tables, tuple(dict.fromkeys(search.notes)))


def _descriptors(search: _Search, commits: Sequence[Commit]) -> dict[str, str]:
    """The blob of the dataset's descriptor at each commit that has one."""
    asked = [(commit.id, f"{search.place}/{name}") for commit in commits for name in DESCRIPTORS]
    found: dict[str, str] = {}
    for (commit, _), blob in zip(asked, blob_ids(search.project.root, asked), strict=True):
        if blob is not None:
            found.setdefault(commit, blob)
    return found


def _texts(search: _Search, ids: Any) -> dict[str, bytes]:
    return dict(blobs(search.project.root, list(dict.fromkeys(ids))))


def _resource(search: _Search, blob: str, text: bytes) -> Mapping[str, Any] | None:
    """The resource of the table in a descriptor, with what of the package matters to it."""
    path = search.folder / f"{blob}.yaml"  # YAML has JSON in it.
    path.write_bytes(text)
    with suppress(DescriptorFault):
        data = read_document(path).data
        listed = data.get("resources") if isinstance(data, Mapping) else None
        for resource in listed if isinstance(listed, list) else ():
            if isinstance(resource, Mapping) and resource.get("name") == search.table:
                return resource
        return None
    search.notes.append(f"a descriptor ({blob[:12]}) cannot be read; its commits are passed over")
    return None


def _paths(search: _Search, resource: Mapping[str, Any], word: str) -> list[str]:
    """The files of the project that a resource names under a word, from the root."""
    given = resource.get(word)
    texts = [one for one in (given if isinstance(given, list) else [given]) if isinstance(one, str)]
    paths = [normpath(f"{search.place}/{text}") for text in texts if ":" not in text.split("/")[0]]
    return [path for path in paths if not path.startswith(("..", "/"))]


def _state(
    search: _Search, commit: str, resource: Mapping[str, Any], found: Mapping[tuple[str, str, str], str | None]
) -> State | None:
    data = [found[commit, path, "data"] for path in _paths(search, resource, "path")]
    if not data or None in data:
        return None
    schema = next((found[commit, path, "schema"] for path in _paths(search, resource, "schema")), None)
    declared = json.dumps(resource, sort_keys=True, default=str), schema
    return State(declared, tuple(blob for blob in data if blob is not None))


def _tables(search: _Search, states: Sequence[State]) -> Iterator[tuple[State, Table]]:
    """Each state as a table: laws first, which are few, then the data."""
    texts = _texts(search, [state.declared[1] for state in states if state.declared[1] is not None])
    laws: dict[Declared, Table | None] = {}
    for number, declared in enumerate(dict.fromkeys(state.declared for state in states)):
        laws[declared] = _law(search, number, declared, texts)
    data = dict.fromkeys(blob for state in states if laws[state.declared] is not None for blob in state.data)
    held: dict[str, Path] = {}
    for blob, content in blobs(search.project.root, list(data)):
        held[blob] = search.folder / blob
        held[blob].write_bytes(content)
    for state in states:
        law = laws[state.declared]
        if law is not None:
            yield state, _with_data(search, law, [held[blob] for blob in state.data])


def _law(search: _Search, number: int, declared: Declared, texts: Mapping[str, bytes]) -> Table | None:
    """How a resource says that its data is read; its data is not there, nor needed."""
    resource = json.loads(declared[0])
    root = search.folder / f"law{number}"
    home = root / search.place
    home.mkdir(parents=True)
    for path in _paths(search, resource, "schema"):
        if declared[1] is not None:
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_bytes(texts[declared[1]])
    for path in _paths(search, resource, "path"):
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).touch()
    descriptor = home / DESCRIPTORS[-1]
    descriptor.write_text(json.dumps({"name": "x", "resources": [resource]}), encoding="utf-8")
    opened = open_dataset(descriptor, root=root, base=root).tables
    if not opened or opened[0].schema is None or not opened[0].paths:
        search.notes.append("an older declaration of the table cannot be read; its commits are passed over")
        return None
    return opened[0]


def _with_data(search: _Search, law: Table, files: Sequence[Path]) -> Table:
    """The table over these files, under names that end as the table's own do."""
    paths = []
    for number, (file, named) in enumerate(zip(files, law.paths, strict=True)):
        path = file.with_name(f"{file.name}.{number}.{named.name}"[-200:])
        if not path.exists():
            path.hardlink_to(file)
        paths.append(path)
    return replace(law, paths=tuple(paths), bytes=None, hash=None)
