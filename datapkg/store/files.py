"""Files that appear whole under their names or not at all, whatever stops the one who writes them."""

import errno
import fcntl
import os
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from secrets import token_hex
from typing import BinaryIO

PREFIX = ".tmp-datapkg-"
LOCK = ".lock"
WAIT = 30.0
"""Seconds to wait for others who write; each needs a few milliseconds."""
NO_LINKS = (errno.EPERM, errno.EOPNOTSUPP, errno.EMLINK, errno.ENOSYS)
"""What file systems say that have no second name for a file."""
EVERY = 0.05
"""Seconds between two looks at a lock that somebody holds."""


def sync(path: Path) -> None:
    """Write a file or a folder through to the disk."""
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def make_folder(folder: Path, mode: int = 0o777) -> None:
    """Make a folder and those above it, written through."""
    if folder.is_dir():
        return
    make_folder(folder.parent, mode)
    with suppress(FileExistsError):
        folder.mkdir(mode)
    sync(folder.parent)


@contextmanager
def locked(path: Path, wait: float) -> Iterator[None]:
    """Hold a lock file while the context lasts; TimeoutError where others hold it for `wait` seconds."""
    until = time.monotonic() + wait
    while True:
        lock = os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW, 0o644)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if _same(path, lock):
                break
        except BlockingIOError:
            os.close(lock)
            if time.monotonic() >= until:
                raise TimeoutError(f"others have held {path.name} for {wait:g} seconds") from None
            time.sleep(EVERY)
            continue
        except BaseException:
            os.close(lock)
            raise
        os.close(lock)
    try:
        yield
    finally:
        # Removed while it is held: whoever waits for it finds another file under its name.
        with suppress(OSError):
            path.unlink()
        os.close(lock)


def _same(path: Path, handle: int) -> bool:
    """Whether an open file still is the one of that name."""
    try:
        state = path.lstat()
    except FileNotFoundError:
        return False
    held = os.fstat(handle)
    return (state.st_ino, state.st_dev) == (held.st_ino, held.st_dev)


@contextmanager
def staged(folder: Path, pieces: Iterable[bytes], *, durable: bool = True) -> Iterator[Path]:
    """The pieces as a file in `folder` under a passing name; gone at the end, unless it was renamed.

    It is written through, unless it need not be `durable`, being compared with its digest whenever it is used. It is
    locked as long as its writer lives, so that `sweep` knows it from what a crash left behind.
    """
    path, file = _fresh(folder)
    with file:
        try:
            for piece in pieces:
                file.write(piece)
            file.flush()
            os.fchmod(file.fileno(), 0o644)
            if durable:
                os.fsync(file.fileno())
            yield path
        finally:
            path.unlink(missing_ok=True)


def _fresh(folder: Path) -> tuple[Path, BinaryIO]:
    while True:
        path = folder / f"{PREFIX}{token_hex(8)}"
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        file = os.fdopen(handle, "wb")
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            if _same(path, handle):  # Else a sweep came in between.
                return path, file
        except BaseException:
            file.close()
            path.unlink(missing_ok=True)
            raise
        file.close()


def create(path: Path, pieces: Iterable[bytes]) -> bool:
    """Write a file that is not there yet; False where it is, and is left as it is. OSError where it cannot be."""
    if os.path.lexists(path):
        return False
    with staged(path.parent, pieces) as fresh:
        try:
            os.link(fresh, path, follow_symlinks=False)
        except FileExistsError:
            return False
        except OSError as error:
            if error.errno not in NO_LINKS:
                raise
            with locked(path.parent / LOCK, WAIT):
                if os.path.lexists(path):
                    return False
                fresh.rename(path)
    sync(path.parent)
    return True


def replace(path: Path, pieces: Iterable[bytes], *, durable: bool = True) -> None:
    """Write a file in place of the one that may be there. OSError where it cannot be."""
    with staged(path.parent, pieces, durable=durable) as fresh:
        fresh.replace(path)
    if durable:
        sync(path.parent)


def sweep(folder: Path) -> None:
    """Remove what crashed writers left in the folder; files that are being written stay."""
    for path in folder.glob(f"{PREFIX}*") if folder.is_dir() else ():
        with suppress(OSError):
            handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                path.unlink()
            finally:
                os.close(handle)
