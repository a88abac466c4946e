"""Files of a commit, read from git's own store: no checkout, no hook, no network.

Only commands that read are run. Of the environment git sees where it lies and the
user's own settings (who may own a repository is one of them), never those of the system or of
the shell's repository.
"""

import os
import re
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from datapkg.errors import TargetError

NAME = re.compile(r"[^\W][^\s:?*\[\\]*")
KEPT = re.compile(r"PATH|HOME|XDG_CONFIG_HOME|GIT_CONFIG_(?:GLOBAL|COUNT|KEY_\d+|VALUE_\d+)")
SETTINGS = ("core.fsmonitor=false", "core.hooksPath=/dev/null", "core.pager=cat", "protocol.allow=never")
FIXED = {
    "GIT_ALLOW_PROTOCOL": "none",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "LC_ALL": "C",
}
SECONDS = 120
LARGE = 8 << 20
"""Bytes of a file from which on it goes straight to disk."""
AT_ONCE = 16
"""Blobs that are read by one command of git."""
LINK, FILES = "120000", ("100644", "100755", "100664")


def commit_of(folder: Path, ref: str) -> str:
    """The commit that a branch, tag or id names in the repository of `folder`; TargetError where there is none."""
    if not NAME.fullmatch(ref) or ".." in ref or not ref.isprintable():
        raise TargetError(f"{ref!r} is not the name of a commit, branch or tag")
    _run(folder, "rev-parse", "--git-dir")
    with suppress(TargetError):
        found = _run(folder, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}")
        return found.decode().strip()
    raise TargetError(f"git knows no commit {ref} in {folder.name}; it may have to be fetched first")


def is_clean(folder: Path, *paths: Path) -> bool:
    """Whether what git knows, or would add, at and below `paths` is as the commit that is checked out has it."""
    listed = [f":(literal){path.relative_to(folder).as_posix()}" for path in paths if path.exists()]
    return not _run(folder, "status", "--porcelain", "--untracked-files=normal", "-z", "--", *listed)


def tags(folder: Path, prefix: str) -> dict[str, str]:
    """The tags that begin with a prefix, each with its commit; none without git or a repository."""
    with suppress(TargetError):
        form = "--format=%(refname:lstrip=2)%00%(objectname)%00%(*objectname)"
        listed = _run(folder, "for-each-ref", form, "refs/tags").decode("utf-8", "surrogateescape")
        split = (line.split("\0") for line in listed.splitlines())
        return {name: peeled or commit for name, commit, peeled in split if name.startswith(prefix)}
    return {}


def differing(folder: Path, commit: str, *paths: Path) -> list[str]:
    """The files at and below `paths` that are not as `commit` has them, those that git does not know included."""
    listed = [f":(literal){path.relative_to(folder).as_posix()}" for path in paths]
    words = ("--no-ext-diff", "--no-textconv", "--no-renames", "--name-only", "--relative", "-z")
    known = _run(folder, "diff", *words, commit, "--", *listed)
    fresh = _run(folder, "ls-files", "--others", "--exclude-standard", "-z", "--", *listed)
    return sorted({path.decode("utf-8", "surrogateescape") for path in (known + fresh).split(b"\0") if path})


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit that changed what was asked about; `parents` are those that did so before it."""

    id: str
    parents: tuple[str, ...]
    author: str
    date: str
    subject: str


def log(folder: Path, *paths: Path) -> list[Commit]:
    """The commits that changed anything at or below `paths`, each after its parents; TargetError without git."""
    listed = [f":(literal){path.relative_to(folder).as_posix()}" for path in paths]
    form = "--format=%H%x00%P%x00%an%x00%aI%x00%s%x01"
    order = ("--topo-order", "--reverse", "--full-history", "--simplify-merges", "--parents")
    told = _run(folder, "log", *order, "--no-show-signature", form, "HEAD", "--", *listed).decode("utf-8", "replace")
    entries = (entry.strip("\n").split("\0") for entry in told.split("\x01") if entry.strip("\n"))
    return [
        Commit(id_, tuple(parents.split()), author, date, subject) for id_, parents, author, date, subject in entries
    ]


def blob_ids(folder: Path, asked: Sequence[tuple[str, str]]) -> list[str | None]:
    """The id of the file at each (commit, path from the folder); None where there is none, or it is no file."""
    prefix = _run(folder, "rev-parse", "--show-prefix").decode("utf-8", "surrogateescape").rstrip("\n")
    given = "".join(f"{commit}:{prefix}{path}\n" for commit, path in asked if "\n" not in path)
    told = _run(folder, "cat-file", "--batch-check", given=given.encode("utf-8", "surrogateescape")).splitlines()
    found = iter(line.decode("utf-8", "replace").split(" ") for line in told)
    rows = (next(found) if "\n" not in path else [""] for _, path in asked)
    return [row[0] if len(row) == len(("id", "type", "size")) and row[1] == "blob" else None for row in rows]


def blobs(folder: Path, ids: Sequence[str]) -> Iterator[tuple[str, bytes]]:
    """Each blob and its bytes, a few at a time in memory."""
    for start in range(0, len(ids), AT_ONCE):
        yield from _contents(folder, {one: one for one in ids[start : start + AT_ONCE]})


def export(
    folder: Path, commit: str, into: Path, suffixes: tuple[str, ...] = ("",), only: Sequence[str] = ()
) -> frozenset[str]:
    """Write the files with these suffixes, as `commit` has them below `folder`, into a folder of the caller's own.

    `only` are the files, and folders, that are wanted; none for all. What is neither a file nor a
    folder (a symbolic link, a submodule) is left out; the links are returned. Raises TargetError
    where a path leads out of the folder, or git cannot read it.
    """
    prefix = _run(folder, "rev-parse", "--show-prefix").decode("utf-8", "surrogateescape").rstrip("\n").rstrip("/")
    listing = _run(folder, "ls-tree", "-r", "-l", "-z", "--full-tree", commit).decode("utf-8", "surrogateescape")
    wanted: dict[str, tuple[str, int]] = {}
    links = set()
    for entry in filter(None, listing.split("\0")):
        told, _, path = entry.partition("\t")
        mode, _, name, size = told.split()
        if prefix and not path.startswith(f"{prefix}/"):
            continue
        path = path.removeprefix(f"{prefix}/") if prefix else path
        if only and not any(path == one or path.startswith(f"{one}/") for one in only):
            continue
        if mode == LINK:
            links.add(path)
        elif mode in FILES and path.endswith(suffixes):
            _refuse_unsafe(path, commit)
            wanted[path] = name, int(size)
    small = {path: name for path, (name, size) in wanted.items() if size <= LARGE}
    for path, content in _contents(folder, small):
        _target(into, path).write_bytes(content)
    for path, (name, bytes_) in wanted.items():
        if bytes_ > LARGE:
            with _target(into, path).open("wb") as file:
                _run(folder, "cat-file", "blob", name, out=file)
    return frozenset(links)


def _target(into: Path, path: str) -> Path:
    target = into / path
    target.parent.mkdir(parents=True, exist_ok=True)
    return target


def _refuse_unsafe(path: str, commit: str) -> None:
    """Git refuses such paths where it writes them, but a tree made by hand may hold them."""
    parts = PurePosixPath(path).parts
    if path.startswith("/") or "\\" in path or {"..", ".", "", ".git"} & {*path.split("/"), *parts}:
        raise TargetError(f"the commit {commit[:12]} holds a file {path!r}, which leads out of its folder")


def _contents(folder: Path, wanted: Mapping[str, str]) -> Iterator[tuple[str, bytes]]:
    """Each path and the bytes of its blob."""
    given = "".join(f"{name}\n" for name in wanted.values()).encode()
    out = memoryview(_run(folder, "cat-file", "--batch", given=given))
    start = 0
    for path, name in wanted.items():
        end = bytes(out[start : start + 200]).index(b"\n") + start
        head = bytes(out[start:end]).decode().split(" ")
        if len(head) != 3 or head[0] != name or head[1] != "blob":
            raise TargetError(f"git cannot read {path}: {' '.join(head)}")
        size = int(head[2])
        yield path, bytes(out[end + 1 : end + 1 + size])
        start = end + 1 + size + 1


def _run(folder: Path, *arguments: str, given: bytes = b"", out: BinaryIO | None = None) -> bytes:
    """What a command of git prints, or nothing where that goes into a file; TargetError where it fails."""
    return run(folder, *arguments, given=given, out=out)[0]


def run(
    folder: Path, *arguments: str, given: bytes = b"", out: BinaryIO | None = None, fine: Sequence[int] = (0,)
) -> tuple[bytes, int]:
    """The same with its exit code; TargetError where that is none of `fine`."""
    command = ["git", *(word for setting in SETTINGS for word in ("-c", setting)), *arguments]
    kept = {name: value for name, value in os.environ.items() if KEPT.fullmatch(name)}
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            env={**kept, **FIXED},
            input=given,
            stdout=out or subprocess.PIPE,
            stderr=subprocess.PIPE,
            timeout=SECONDS,
            check=False,
        )
    except FileNotFoundError:
        raise TargetError("git is not installed") from None
    except subprocess.TimeoutExpired:
        raise TargetError(f"git {arguments[0]} did not end within {SECONDS} s") from None
    if done.returncode not in fine:
        told = done.stderr.decode("utf-8", "replace").strip().splitlines() or [f"git {arguments[0]} failed"]
        raise TargetError(told[0].removeprefix("fatal: "))
    return done.stdout or b"", done.returncode
