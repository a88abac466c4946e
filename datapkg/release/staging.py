"""A folder that appears under its final name when it is complete, and not before."""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from secrets import token_hex

from datapkg.errors import DatapkgError, Refused

PREFIX = ".tmp-"
LOCK = ".lock"


@contextmanager
def staging(releases: Path, name: str) -> Iterator[Path]:
    """A fresh folder in `releases`, under its lock; gone at the end unless it was installed.

    What crashed runs left behind is swept away. Raises DatapkgError where another release is
    running, OSError where the folder cannot be written.
    """
    absent = not releases.exists()
    releases.mkdir(parents=True, exist_ok=True)
    try:
        with _locked(releases):
            for stale in releases.glob(f"{PREFIX}*"):
                shutil.rmtree(stale)
            folder = releases / f"{PREFIX}{name}-{token_hex(4)}"
            folder.mkdir()
            try:
                yield folder
            finally:
                shutil.rmtree(folder, ignore_errors=True)
    finally:
        if absent and not any(releases.iterdir()):
            releases.rmdir()


def install(folder: Path, final: Path) -> None:
    """Give a settled folder its final name, which must be free."""
    if final.exists() or final.is_symlink():
        raise Refused(f"{final.name} exists; a release is never overwritten")
    folder.rename(final)
    _sync(final.parent)


def settle(folder: Path) -> None:
    """Plain permissions, whatever the umask, and every file and folder written through."""
    for place, _, files in os.walk(folder, topdown=False):
        for name in files:
            path = Path(place) / name
            path.chmod(0o644)
            _sync(path)
        Path(place).chmod(0o755)
        _sync(Path(place))


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    path = folder / LOCK
    lock = _take(path)
    try:
        yield
    finally:
        # Removed while it is held: whoever waits for it finds another file under its name.
        path.unlink(missing_ok=True)
        os.close(lock)


def _take(path: Path) -> int:
    while True:
        lock = os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW, 0o644)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if path.exists() and path.stat().st_ino == os.fstat(lock).st_ino:
                return lock
        except BlockingIOError:
            os.close(lock)
            raise DatapkgError(f"another release is running in {path.parent.name}") from None
        except BaseException:
            os.close(lock)
            raise
        os.close(lock)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
