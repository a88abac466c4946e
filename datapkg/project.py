"""A project: a folder with `[tool.datapkg]` in pyproject.toml, or with a datapkg.toml."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from datapkg.errors import ProjectError
from datapkg.formats import DESCRIPTORS
from datapkg.limits import Limits, from_settings
from datapkg.spelling import near

CONFIGURATIONS = ("datapkg.toml", "pyproject.toml")
KEYS = ("schemas", "datasets", "releases", "registry", "severity", "limits")
SEVERITIES = ("error", "warning", "info", "off")


@dataclass(frozen=True)
class Project:
    """Where things lie, the severities a project sets for rules of its choice, and its limits.

    `rules` is the folder that holds waivers and descriptors as `origin` has them, where the
    rules are not those of the work tree; `schemas` lies in it then.
    """

    root: Path
    schemas: Path
    datasets: Path
    releases: Path
    registry: str | None = None
    severity: Mapping[str, str] = field(default_factory=dict)
    limits: Limits = Limits()
    origin: str | None = None
    rules: Path | None = None

    def descriptors(self) -> dict[str, Path]:
        """The descriptor of each dataset folder, by the folder's name, in order."""
        if not self.datasets.is_dir():
            return {}
        folders = sorted(path for path in self.datasets.iterdir() if path.is_dir() and not path.is_symlink())
        return {folder.name: found for folder in folders if (found := find_descriptor(folder)) is not None}


def find_descriptor(folder: Path) -> Path | None:
    """The descriptor file in `folder`, or None."""
    return next((folder / name for name in DESCRIPTORS if (folder / name).is_file()), None)


def find_project(start: Path) -> Project | None:
    """The project that the folder `start` lies in, or None; ProjectError where it cannot be read."""
    return next((found for folder in (start, *start.parents) if (found := read_project(folder)) is not None), None)


def read_project(folder: Path) -> Project | None:
    """The project whose root is `folder`, or None; ProjectError where it cannot be read."""
    for name in CONFIGURATIONS:
        path = folder / name
        if path.is_file() and (settings := _settings(path)) is not None:
            return _project(path, settings)
    return None


def _settings(path: Path) -> dict[str, Any] | None:
    try:
        text = path.read_text(encoding="utf-8")
        if path.name == "pyproject.toml" and "datapkg" not in text:
            return None
        data = tomllib.loads(text)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ProjectError(f"{path.name} cannot be read: {error}") from None
    found = data.get("tool", {}).get("datapkg") if path.name == "pyproject.toml" else data
    if found is not None and not isinstance(found, dict):
        raise ProjectError(f"{path.name}: tool.datapkg must be a table")
    return found


def _project(path: Path, settings: dict[str, Any]) -> Project:
    for key in settings:
        if key not in KEYS:
            meant = near(key, KEYS)
            hint = f"; did you mean {meant}?" if meant else f"; it may be one of {', '.join(KEYS)}"
            raise ProjectError(f"{path.name}: unknown key {key!r}{hint}")
    severity = settings.get("severity", {})
    if not isinstance(severity, dict):
        raise ProjectError(f"{path.name}: severity must be a table of rule code and severity")
    for code, level in severity.items():
        if level not in SEVERITIES:
            raise ProjectError(f"{path.name}: severity of {code!r} is {level!r}; it may be {', '.join(SEVERITIES)}")
    limits = settings.get("limits", {})
    if not isinstance(limits, dict):
        raise ProjectError(f"{path.name}: limits must be a table of limit and value")
    try:
        held = from_settings(limits)
    except ValueError as error:
        raise ProjectError(f"{path.name}: {error}") from None
    return Project(
        root=path.parent,
        schemas=_folder(path, settings, "schemas", "schemas"),
        datasets=_folder(path, settings, "datasets", "datasets"),
        releases=_folder(path, settings, "releases", "dist"),
        registry=_text(path, settings, "registry"),
        severity=severity,
        limits=held,
    )


def _folder(path: Path, settings: dict[str, Any], key: str, default: str) -> Path:
    given = _text(path, settings, key) or default
    if given.startswith(("/", "~")) or ".." in given.split("/"):
        raise ProjectError(f"{path.name}: {key} is {given!r}, which is not a folder below the project")
    return path.parent / given


def _text(path: Path, settings: dict[str, Any], key: str) -> str | None:
    given = settings.get(key)
    if given is not None and not isinstance(given, str):
        raise ProjectError(f"{path.name}: {key} must be a text")
    return given
