"""A folder as a store: files appear whole, are never overwritten, and no link in it is followed."""

import hashlib
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from datapkg.errors import OutputError, TargetError
from datapkg.paths import unsafe
from datapkg.store.blob import PIECE, Blob
from datapkg.store.files import LOCK, PREFIX, WAIT, create, locked, make_folder, replace, sweep


@dataclass(frozen=True)
class Folder:
    """The store; it comes into being with its first file."""

    path: Path

    @property
    def address(self) -> str:
        """How messages name it."""
        return self.path.as_posix()

    def read(self, key: str, most: int) -> Blob | None:
        """A whole small file, or None where there is none; TargetError where it is larger than `most` bytes."""
        data = bytearray()
        held = self.pieces(key, most)
        if held is None:
            return None
        for piece in held:
            data += piece
        return Blob(bytes(data), hashlib.sha256(data).hexdigest())

    def size(self, key: str) -> int | None:
        """The bytes of a file, or None where there is none."""
        with self._reading(key):
            path = self._path(key)
            return path.stat().st_size if path.exists() else None

    def pieces(self, key: str, most: int) -> Iterator[bytes] | None:
        """A file piece by piece, or None where there is none; TargetError where it has more than `most` bytes."""
        with self._reading(key):
            path = self._path(key)
            return self._pieces(key, path, most) if path.exists() else None

    def _pieces(self, key: str, path: Path, most: int) -> Iterator[bytes]:
        with self._reading(key), os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC), "rb") as file:
            if os.fstat(file.fileno()).st_size > most:
                raise TargetError(f"{self.address}/{key} is larger than the {most:,} bytes that it may have")
            while piece := file.read(PIECE):
                yield piece

    def range(self, key: str, start: int, length: int) -> bytes:
        """Some bytes of a file."""
        with self._reading(key):
            handle = os.open(self._path(key), os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
            try:
                return os.pread(handle, length, start)
            finally:
                os.close(handle)

    def create(self, key: str, source: Path) -> bool:
        """Put a file that is not there yet; False where there is one, which is left as it is."""
        with self._writing(key), source.open("rb") as file:
            path = self._path(key)
            make_folder(path.parent)
            return create(path, iter(lambda: file.read(PIECE), b""))

    def swap(self, key: str, data: bytes, tag: str | None) -> bool:
        """Put `data` in place of the file that had `tag`, None for no file; False where it has another by now."""
        with self._writing(key):
            make_folder(self.path)
            with locked(self.path / LOCK, WAIT):
                held = self.read(key, len(data) + (1 << 30))
                if (held.tag if held is not None else None) != tag:
                    return False
                replace(self._path(key), [data])
                return True

    def names(self, prefix: str) -> list[str]:
        """The keys below a folder of the store, in order; not what is being written."""
        with self._reading(prefix):
            top = self._path(f"{prefix}/x").parent
            found = (
                (Path(place) / name).relative_to(self.path).as_posix()
                for place, _, files in os.walk(top)
                for name in files
                if not name.startswith(PREFIX)
            )
            return sorted(found)

    def tidy(self, prefixes: Iterable[str]) -> None:
        """Remove what crashed writers left in these folders."""
        with suppress(OSError):
            if os.path.lexists(self.path / LOCK):
                with locked(self.path / LOCK, 0):  # Nobody holds it, and at the end it goes.
                    pass
        sweep(self.path)
        for prefix in prefixes:
            sweep(self.path / prefix)

    def _path(self, key: str) -> Path:
        """Where a key lies; TargetError where it would lie elsewhere, or is no regular file."""
        if note := unsafe(key, self.path, self.path):
            raise TargetError(f"{self.address}/{key} is not accepted: {note}")
        return self.path / key

    @contextmanager
    def _reading(self, key: str) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise TargetError(f"{self.address}/{key} cannot be read: {error.strerror or error}") from None

    @contextmanager
    def _writing(self, key: str) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise OutputError(f"{self.address}/{key} cannot be written: {error.strerror or error}") from None
