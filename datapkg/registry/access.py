"""The registry that a command means, its index read and changed."""

import hashlib
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from datapkg.errors import OutputError, TargetError
from datapkg.project import Project
from datapkg.registry.index import EMPTY, INDEX, MOST_BYTES, Index, index_text, read_index
from datapkg.store.opening import Store, open_store

VARIABLE = "DATAPKG_REGISTRY"
PATIENCE = 60.0
"""Seconds for which a change of the index is tried again while others change it too."""


@dataclass(frozen=True)
class Registry:
    """A store with an index of releases."""

    store: Store

    @property
    def address(self) -> str:
        """How messages name it."""
        return self.store.address

    @property
    def mark(self) -> str:
        """Under which the cache knows it."""
        return hashlib.sha256(self.address.encode()).hexdigest()

    def index(self) -> Index:
        """What it lists, nothing where it has no index yet."""
        held = self.store.read(INDEX, MOST_BYTES)
        return read_index(held.data, self.address) if held is not None else EMPTY


def find_registry(given: str | Path | None, project: Project | None) -> Registry | None:
    """The registry that was given, else that of DATAPKG_REGISTRY, else the project's; None where none is named.

    A path is relative to the working folder, that of a project to the project.
    """
    named = os.fspath(given) if given is not None else os.environ.get(VARIABLE)
    if named:
        return Registry(open_store(named, base=Path.cwd()))
    if project is not None and project.registry:
        return Registry(open_store(project.registry, base=project.root))
    return None


def need_registry(given: str | Path | None, project: Project | None) -> Registry:
    """The registry as `find_registry` has it; TargetError where none is named."""
    found = find_registry(given, project)
    if found is None:
        raise TargetError(
            f"no registry is named; give --registry or {VARIABLE}, or `registry` in the project's settings"
        )
    return found


def change_index(registry: Registry, change: Callable[[Index], Index]) -> bool:
    """Put what `change` makes of the index in its place; False where that is the same.

    The store compares and swaps: where somebody else was quicker, their index is read and changed anew, so no entry
    is ever lost. What `change` raises is raised; OutputError where others do not cease to change it.
    """
    import random

    until = time.monotonic() + PATIENCE
    while True:
        held = registry.store.read(INDEX, MOST_BYTES)
        before = read_index(held.data, registry.address) if held is not None else EMPTY
        after = change(before)
        if after is before:
            return False
        if registry.store.swap(INDEX, index_text(after), held.tag if held is not None else None):
            return True
        if time.monotonic() >= until:
            raise OutputError(f"{registry.address}/{INDEX} is changed by others all the time; try again")
        time.sleep(random.uniform(0.01, 0.2))  # noqa: S311  (no secret, but two that do not keep step)
