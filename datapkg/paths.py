"""Paths that a descriptor may name: relative, visible, regular files that stay where they belong."""

import re
import stat
from pathlib import Path

from datapkg.findings import Layer, Rule

UNSAFE_PATH = Rule(
    code="unsafe-path",
    layer=Layer.FRICTIONLESS,
    message="the path {path} is not accepted: {note}",
    why="A path that leaves its folder lets a dataset read files that are not part of it.",
    fix="Name a regular file below the descriptor's folder, in relative form with forward slashes.",
    example="name: example\nresources:\n  - name: incidents\n    path: ../secrets.csv\n    type: table\n",
)


DEVICES = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?", re.IGNORECASE)
LONGEST_PATH = 1000
"""Characters of a path; systems allow from 1,024 bytes on, and the folder comes before it."""
LONGEST_PART = 255
"""Bytes of a file's name, as file systems have it."""


def unsafe(given: str, folder: Path, boundary: Path) -> str | None:
    """Why the path `given` in a descriptor in `folder` is refused, or None; `boundary` holds it in."""
    refusal = _misspelt(given)
    if refusal is not None:
        return refusal
    path = normal(folder / given)
    if not path.is_relative_to(boundary):
        return "it leaves the folder of the dataset"
    step = boundary
    for part in path.relative_to(boundary).parts:
        step /= part
        mode = step.lstat().st_mode if step.exists() or step.is_symlink() else 0
        if stat.S_ISLNK(mode):
            return "symbolic links are not followed"
        if mode and not (stat.S_ISDIR(mode) or stat.S_ISREG(mode)):
            return "it is not a regular file"
    return "it is a folder" if path.is_dir() else None


def _misspelt(given: str) -> str | None:
    """Why a path is refused whatever it leads to, or None."""
    parts = given.split("/")
    if re.search(r"\$[A-Za-z{(]|%[0-9A-Fa-f]{2}|%[A-Za-z_]+%", given):
        return "variables and percent codes are not expanded"
    if not given.isprintable() or "\\" in given or ":" in given or given[:1] in ("/", "~"):
        return "only relative paths with forward slashes are"
    if len(given) > LONGEST_PATH or any(len(part.encode()) > LONGEST_PART for part in parts):
        return "it is longer than a path can be"
    if "" in parts or parts[-1] == "..":
        return "it has an empty part"
    if "." in parts:
        return "a part of it is `.`; leave that out"
    if any(DEVICES.fullmatch(part) for part in parts):
        return "it is the name of a device on some systems"
    if any(part.startswith(".") and part != ".." for part in parts):
        return "hidden files are never data"
    return None


def unsafe_key(key: str) -> str | None:
    """Why `key` cannot be the path of a file in a release or a store, or None; the file is not looked at."""
    return "it leaves the folder of the release" if ".." in key.split("/") else _misspelt(key)


def unsafe_member(name: str) -> str | None:
    """Why the name of an archive's member is refused, or None."""
    parts = name.split("/")
    if not name.isprintable() or "\\" in name or ":" in name or name[:1] in ("", "/", "~"):
        return "only relative names with forward slashes are"
    return "it has an empty part" if any(part in ("", ".", "..") for part in parts) else None


LONGEST = 200
"""Characters of the longest name that is safe: a file system allows 255 bytes, and suffixes are still to come."""


def unsafe_name(name: str) -> str | None:
    """Why `name` cannot be the name of a file on every system, or None. An empty one cannot."""
    if not name or len(name.encode("utf-8", "replace")) > LONGEST:
        return f"it has between 1 and {LONGEST} bytes"
    if not name.isprintable() or re.search(r'[/\\:*?"<>|]', name):
        return "it holds a character that has a meaning in paths, or shows as nothing"
    if name[0] in ".-~ " or name[-1] in ". " or DEVICES.fullmatch(name):
        return "its beginning or its end has a meaning, or it is the name of a device"
    return None


def normal(path: Path) -> Path:
    """`path` with its `..` parts worked out by name alone, without asking the file system."""
    parts: list[str] = []
    for part in path.parts:
        if part == ".." and len(parts) > 1:
            parts.pop()
        else:
            parts.append(part)
    return Path(*parts)


def shown_path(path: Path, base: Path) -> str:
    """How reports spell a path: relative to `base` where it lies below it."""
    return path.relative_to(base).as_posix() if path.is_relative_to(base) else path.as_posix()
