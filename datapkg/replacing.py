"""A file replaced whole or not at all, by one process at a time.

The new text is written beside the old one, synced, and renamed over it: a crash at any moment
leaves the one or the other. Whoever writes holds the lock of the folder, so what lies there under
the name of such a copy was left behind by a process that was killed, and is swept away.
"""

import fcntl
import os
import shutil
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex

from datapkg.errors import DatapkgError, OutputError

BESIDE = ".datapkg-new-"
"""What the names of copies begin with."""
PATIENCE = 60.0
"""Seconds to wait for another process that writes in the same folder."""


@dataclass(frozen=True)
class Stamp:
    """What shows that a file is still the one that was read."""

    inode: int
    size: int
    changed: int


def stamp(path: Path) -> Stamp:
    """The stamp of a regular file. Raises OutputError where it is none: a link is never written through."""
    try:
        told = path.lstat()
    except OSError as error:
        raise OutputError(f"{path.name} cannot be read: {error.strerror}") from None
    if not stat.S_ISREG(told.st_mode):
        what = "a symbolic link, and links are not written through" if stat.S_ISLNK(told.st_mode) else "no regular file"
        raise OutputError(f"{path.name} is {what}")
    return Stamp(told.st_ino, told.st_size, told.st_mtime_ns)


def replace_file(path: Path, source: Path, expected: Stamp) -> None:
    """Put the content of `source` in the place of `path`, with the mode and, where allowed, the owner that it has.

    Raises OutputError where it cannot be written, or is no longer the file that `expected` tells of.
    """
    try:
        with _locked(path.parent):
            for stale in path.parent.glob(f"{BESIDE}*"):
                stale.unlink(missing_ok=True)
            beside = path.with_name(f"{BESIDE}{token_hex(8)}")
            try:
                _copy(source, beside, path.stat())
                if stamp(path) != expected:
                    raise OutputError(f"{path.name} was changed by another process meanwhile; it was left as it is")
                beside.replace(path)
            finally:
                beside.unlink(missing_ok=True)
            _sync(path.parent)
    except OSError as error:
        raise OutputError(f"{path.name} cannot be written: {error.strerror}") from None


def _copy(source: Path, beside: Path, old: os.stat_result) -> None:
    handle = os.open(beside, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    with source.open("rb") as content, os.fdopen(handle, "wb") as file:
        shutil.copyfileobj(content, file, 1 << 20)
        with suppress(PermissionError):
            os.fchown(handle, old.st_uid, old.st_gid)
        os.fchmod(handle, stat.S_IMODE(old.st_mode))
        file.flush()
        os.fsync(handle)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """While no other process replaces files in the folder."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        until = time.monotonic() + PATIENCE
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > until:
                    raise DatapkgError(f"another process is writing in {folder.name}") from None
                time.sleep(0.02)
        yield
    finally:
        os.close(handle)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
