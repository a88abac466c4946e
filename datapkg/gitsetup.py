"""A repository set up so that git merges tables by key and cell, and shows what changed in them so.

`.gitattributes` says which files are tables, and is shared; the repository's own settings say what
merges and shows them, and are not: who clones it runs `datapkg install-git` once.
"""

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from datapkg.errors import OutputError
from datapkg.gitwork import set_settings, settings, top, unset_section
from datapkg.project import Project
from datapkg.replacing import replace_file, stamp

BEGIN = "# datapkg: tables are merged by key and cell, and shown so (datapkg install-git)"
END = "# datapkg: end"
ATTRIBUTES = "-text merge=datapkg diff=datapkg"
"""No line end is converted: within quotes it is data."""
SUFFIXES = ("csv", "tsv", "tab")
SECTIONS = ("merge.datapkg", "diff.datapkg")


@dataclass(frozen=True)
class Setup:
    """What was done: whether `.gitattributes` changed, and whether settings did."""

    attributes: Path
    attributes_changed: bool
    settings_changed: bool


def install(folder: Path, project: Project | None, program: Sequence[str]) -> Setup:
    """Set up the repository of `folder`; `program` runs datapkg. What is there already stays.

    Raises TargetError where there is no repository, OutputError where a file cannot be written.
    """
    root = top(folder)
    wanted = driver(program)
    before = {name: value for section in SECTIONS for name, value in settings(root, section).items()}
    set_settings(root, {name: value for name, value in wanted.items() if before.get(name) != value})
    changed = _write(root / ".gitattributes", _block(root, project))
    return Setup(root / ".gitattributes", changed, any(before.get(name) != value for name, value in wanted.items()))


def undo(folder: Path) -> Setup:
    """Take out of the repository of `folder` what `install` put there, and nothing else."""
    root = top(folder)
    before = [section for section in SECTIONS if settings(root, section)]
    for section in before:
        unset_section(root, section)
    return Setup(root / ".gitattributes", _write(root / ".gitattributes", []), bool(before))


def driver(program: Sequence[str]) -> dict[str, str]:
    """The settings. Where datapkg itself does not run, git merges lines and shows the file, as without it."""
    command = shlex.join(program)
    merge = f"{command} merge %O %A %B --path %P --marker-size %L"
    lines = "git merge-file --diff3 --marker-size=%L -L ours -L base -L theirs %A %O %B"
    return {
        "merge.datapkg.name": "tables merged by key and cell",
        "merge.datapkg.driver": f"{merge}; case $? in 0) exit 0;; 1) exit 1;; esac; {lines}",
        # Several common ancestors are not merged first: a conflict between them would be no table.
        "merge.datapkg.recursive": "binary",
        "diff.datapkg.textconv": f'f() {{ {command} git-textconv "$1" 2>/dev/null || cat "$1"; }}; f',
    }


def _block(root: Path, project: Project | None) -> list[str]:
    """The lines of `.gitattributes`: every table in the folder of datasets, or without a project every table."""
    below = ""
    if project is not None and project.datasets.is_relative_to(root):
        below = f"/{project.datasets.relative_to(root).as_posix()}/**/".replace("/./", "/")
    lines = [f"{_pattern(below)}*.{suffix}" for suffix in SUFFIXES]
    return [BEGIN, *(f"{_quoted(line)} {ATTRIBUTES}" for line in lines), END]


def _pattern(folder: str) -> str:
    """A folder as a pattern that matches it alone; its own `**` is one."""
    parts = ("".join(f"\\{letter}" if letter in "*?[\\" else letter for letter in part) for part in folder.split("/"))
    return "/".join("**" if part == "\\*\\*" else part for part in parts)


def _quoted(pattern: str) -> str:
    if not any(letter.isspace() or letter in '"#' for letter in pattern):
        return pattern
    return '"' + pattern.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _write(path: Path, block: Sequence[str]) -> bool:
    """Put the block in the place of the one that is there, or at the end; whether that changed the file."""
    try:
        text = path.read_bytes().decode("utf-8", "surrogateescape") if path.exists() else ""
        written = _with_block(text, block)
        if written == text:
            return False
        if not written:
            path.unlink()
            return True
        with TemporaryDirectory(prefix="datapkg-") as folder:
            source = Path(folder) / path.name
            source.write_bytes(written.encode("utf-8", "surrogateescape"))
            if not path.is_symlink():
                path.touch()
            replace_file(path, source, stamp(path))
    except OSError as error:
        raise OutputError(f"{path.name} cannot be written: {error.strerror}") from None
    return True


def _with_block(text: str, block: Sequence[str]) -> str:
    """The text with the block in it once; all other lines as they are."""
    lines = text.split("\n")
    rest = [lines.pop()] if lines[-1] == "" else []
    if BEGIN in lines and END in lines[lines.index(BEGIN) :]:
        start = lines.index(BEGIN)
        lines[start : lines.index(END, start) + 1] = block
    elif block:
        lines.extend(block)
        rest = [""]
    return "\n".join([*lines, *rest]) if lines else ""
