"""Paths that a descriptor may name: relative, visible, regular files that stay where they belong."""

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


def unsafe(given: str, folder: Path, boundary: Path) -> str | None:
    """Why the path `given` in a descriptor in `folder` is refused, or None; `boundary` holds it in."""
    parts = given.split("/")
    if not given.isprintable() or "\\" in given or ":" in given or given[:1] in ("/", "~"):
        return "only relative paths with forward slashes are"
    if any(part in ("", ".") for part in parts) or parts[-1] == "..":
        return "it has an empty part"
    if any(part.startswith(".") and part != ".." for part in parts):
        return "hidden files are never data"
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
