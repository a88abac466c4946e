"""`datapkg.lock`: which versions of which datasets are used here, by digest."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from datapkg.errors import OutputError, ProjectError
from datapkg.project import Project
from datapkg.registry.index import DIGEST, NAME
from datapkg.store.files import replace, sweep
from datapkg.versions import Version

LOCK = "datapkg.lock"
FORMAT = "datapkg-lock/1"
MOST_BYTES = 4 << 20
HEAD = "# Written by `datapkg get`: keep it in version control, and `get --locked` takes exactly these.\n"


@dataclass(frozen=True)
class Pin:
    """A release by the digest of its SHA256SUMS."""

    version: Version
    sha256: str


def lock_path(project: Project | None) -> Path:
    """Where the lock file lies: in the project, else in the working folder."""
    return (project.root if project is not None else Path.cwd()) / LOCK


def read_lock(path: Path) -> Mapping[str, Pin]:
    """The pin of each name, none where there is no file; ProjectError where it is no lock file."""
    try:
        if not path.exists():
            return {}
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
        if len(data) > MOST_BYTES:
            raise ValueError("it is too large")
        document = tomllib.loads(data.decode("utf-8"))
        if document.get("format") != FORMAT:
            raise ValueError(f"its format is not {FORMAT}")
        listed = document.get("release", [])
        found = dict(map(_pin, listed if isinstance(listed, list) else [None]))
        if len(found) != len(listed):
            raise ValueError("a name stands twice")
    except (OSError, ValueError) as error:
        raise ProjectError(f"{path.name} cannot be read: {error}") from None
    return found


def _pin(item: Any) -> tuple[str, Pin]:
    name, version, sha256 = (
        (item.get(key) for key in ("name", "version", "sha256")) if isinstance(item, dict) else "   "
    )
    if not (isinstance(name, str) and NAME.fullmatch(name) and isinstance(version, str)):
        raise ValueError("a release has no name or no version")
    if not (isinstance(sha256, str) and DIGEST.fullmatch(sha256)):
        raise ValueError(f"the sha256 of {name} is no digest")
    return name, Pin(Version.parse(version), sha256)


def write_lock(path: Path, pins: Mapping[str, Pin]) -> None:
    """Write the lock file, there whole or as it was; nothing where it says the same already."""
    text = HEAD + f'format = "{FORMAT}"\n'
    for name, pin in sorted(pins.items()):
        text += f'\n[[release]]\nname = "{name}"\nversion = "{pin.version}"\nsha256 = "{pin.sha256}"\n'
    sweep(path.parent)
    try:
        if path.is_file() and path.read_bytes() == text.encode():
            return
        replace(path, [text.encode()])
    except OSError as error:
        raise OutputError(f"{path.name} cannot be written: {error.strerror or error}") from None
