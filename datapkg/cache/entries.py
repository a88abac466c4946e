"""A private folder of entries, each of which knows whether it is whole.

What cannot be read, written or trusted is no error: it is as if there were no such entry. Who can write the
user's own files can write an entry as well; nothing here protects against that.
"""

import hashlib
import json
import os
import stat
import zlib
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex
from typing import Any

from datapkg.usercache import cache_folder, is_own

MAGIC = b"datapkg-cache/1 "
DIGEST = 64
LARGEST = 16 << 20
"""Bytes of one entry, compressed."""
EXPANDED = 64 << 20
"""Bytes of one entry, expanded."""
MOST = 256 << 20
"""Bytes of all entries; the oldest go first."""


@dataclass(frozen=True)
class Cache:
    """The folder of the entries; it comes into being with the first of them."""

    folder: Path

    def read(self, name: str) -> Any:
        """The value of an entry, or None where there is none that is whole and the user's own."""
        try:
            text = _whole(self._bytes(name))
            if text is None:
                return None
            value = json.loads(text)
            os.utime(self.folder / name, follow_symlinks=False)  # What is used is not old.
        except (OSError, ValueError, RecursionError, zlib.error):
            return None
        return value

    def write(self, name: str, value: Any) -> bool:
        """Keep a value, there whole or not at all; whether that was possible."""
        text = json.dumps(value).encode()
        packed = zlib.compress(text, 1)
        if len(packed) > LARGEST or len(text) > EXPANDED:
            return False
        beside = self.folder / f".{token_hex(8)}"
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if not self._is_own():
                return False
            try:
                descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
                with os.fdopen(descriptor, "wb") as file:
                    file.write(MAGIC + hashlib.sha256(packed).hexdigest().encode() + b"\n" + packed)
                beside.replace(self.folder / name)
            finally:
                beside.unlink(missing_ok=True)
            self._prune()
        except OSError:
            return False
        return True

    def _bytes(self, name: str) -> bytes:
        if not self._is_own():
            return b""
        descriptor = os.open(self.folder / name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        with os.fdopen(descriptor, "rb") as file:
            state = os.fstat(descriptor)
            return file.read(LARGEST + 1024) if stat.S_ISREG(state.st_mode) and is_own(state) else b""

    def _is_own(self) -> bool:
        """Whether the folder is the user's, and nobody else can write in it."""
        state = self.folder.lstat()
        return stat.S_ISDIR(state.st_mode) and is_own(state)

    def _prune(self) -> None:
        """Let the oldest entries go until the rest fit; other runs may do the same."""
        found = []
        with os.scandir(self.folder) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    continue  # Releases that were fetched lie in folders of their own.
                with suppress(FileNotFoundError):
                    state = entry.stat(follow_symlinks=False)
                    found.append((state.st_mtime_ns, state.st_size, entry.path))
        left = sum(size for _, size, _ in found)
        for _, size, path in sorted(found):
            if left <= MOST:
                break
            left -= size
            Path(path).unlink(missing_ok=True)


def cache_at(*, apart_from: Path | None) -> Cache | None:
    """The user's cache, outside of the project (`apart_from`); None or DatapkgError as `cache_folder` has it."""
    folder = cache_folder(apart_from=apart_from, way="name a folder outside of it, or validate with --no-cache")
    return Cache(folder) if folder is not None else None


def _whole(raw: bytes) -> bytes | None:
    """The text of an entry, or None where it is not the one that was written."""
    head = len(MAGIC) + DIGEST + 1
    packed = raw[head:]
    if raw[:head] != MAGIC + hashlib.sha256(packed).hexdigest().encode() + b"\n":
        return None
    unpacker = zlib.decompressobj()
    text = unpacker.decompress(packed, EXPANDED)
    return text if unpacker.eof else None
