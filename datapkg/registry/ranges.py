"""A file of a store read in parts, as Arrow reads files: what a query needs of a large table, and no more."""

import io

from datapkg.errors import DatapkgError
from datapkg.store.opening import Store


class Ranged(io.RawIOBase):
    """The file under a key; an OSError where the store does not give what is asked for."""

    def __init__(self, store: Store, key: str, size: int) -> None:
        self.store, self.key, self.size = store, key, size
        self.place = 0
        self.read_bytes = 0

    def readable(self) -> bool:
        """Always."""
        return True

    def seekable(self) -> bool:
        """Always."""
        return True

    def tell(self) -> int:
        """Where the next read begins."""
        return self.place

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Read on from there."""
        self.place = offset + {io.SEEK_SET: 0, io.SEEK_CUR: self.place, io.SEEK_END: self.size}[whence]
        return self.place

    def read(self, size: int | None = -1) -> bytes:
        """The next bytes, in one request."""
        left = max(self.size - self.place, 0)
        length = left if size is None or size < 0 else min(size, left)
        if not length:
            return b""
        try:
            found = self.store.range(self.key, self.place, length)
        except DatapkgError as error:
            raise OSError(str(error)) from None
        if len(found) != length:
            raise OSError(f"{self.store.address}/{self.key} is shorter than it was")
        self.place += length
        self.read_bytes += length
        return found
