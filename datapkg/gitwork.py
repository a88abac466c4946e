"""What git does for tables beside reading commits: files compared and merged by lines, and a clone's own settings."""

import re
import tempfile
from collections.abc import Mapping
from pathlib import Path

from datapkg.git import run


def difference(old: Path, new: Path) -> bytes:
    """The hunks of a unified diff between two files of any size, without its header."""
    names = (old.absolute().as_posix(), new.absolute().as_posix())
    options = ("--no-index", "--no-color", "--no-ext-diff", "--no-textconv", "--text", "--unified=3")
    with tempfile.TemporaryDirectory(prefix="datapkg-") as folder:
        told, _ = run(Path(folder), "diff", *options, "--", *names, fine=(0, 1))
    start = told.find(b"\n@@ ")
    return told[start + 1 :] if start >= 0 else b""


def merged_lines(base: Path, ours: Path, theirs: Path, marker: int) -> tuple[bytes, bool]:
    """The lines of three files merged as git does by itself, and whether that went without a conflict."""
    labels = (word for label in ("ours", "base", "theirs") for word in ("-L", label))
    options = ("--stdout", "--diff3", f"--marker-size={marker}", *labels)
    names = (path.absolute().as_posix() for path in (ours, base, theirs))
    fine = tuple(range(128))  # how many conflicts there are
    with tempfile.TemporaryDirectory(prefix="datapkg-") as folder:
        told, code = run(Path(folder), "merge-file", *options, *names, fine=fine)
    return told, code == 0


def top(folder: Path) -> Path:
    """The top folder of the work tree that `folder` lies in; TargetError where it lies in none."""
    told, _ = run(folder, "rev-parse", "--show-toplevel")
    return Path(told.decode("utf-8", "surrogateescape").removesuffix("\n"))


def tracked(folder: Path, name: str) -> list[str]:
    """The tracked files called `name` in and below `folder`, relative to it."""
    plain = re.sub(r"([*?[\\])", r"\\\1", name)
    patterns = (f":(glob){plain}", f":(glob)**/{plain}")
    listed, _ = run(folder, "ls-files", "-z", "--", *patterns)
    return sorted(set(filter(None, listed.decode("utf-8", "surrogateescape").split("\0"))))


def settings(folder: Path, section: str) -> dict[str, str]:
    """The repository's own settings in a section, by their names."""
    told, _ = run(folder, "config", "--local", "-z", "--get-regexp", f"^{re.escape(section)}[.]", fine=(0, 1))
    pairs = (entry.partition("\n") for entry in told.decode("utf-8", "surrogateescape").split("\0") if entry)
    return {name: value for name, _, value in pairs}


def set_settings(folder: Path, values: Mapping[str, str]) -> None:
    """Give settings of the repository these values."""
    for name, value in values.items():
        run(folder, "config", "--local", name, value)


def unset_section(folder: Path, section: str) -> None:
    """Take a section out of the repository's own settings."""
    if settings(folder, section):
        run(folder, "config", "--local", "--remove-section", section)
