"""Compressed files expanded into the private scratch folder: in bounded memory, within limits, or refused."""

import bz2
import gzip
import lzma
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any

from datapkg.engine.opened import Fault
from datapkg.errors import DatapkgError
from datapkg.paths import unsafe_member
from datapkg.resources import Table

BLOCK = 1 << 20
RATIO_FREE = 8 << 20
"""Bytes below which no ratio is asked: a short file of one repeated row is no bomb."""

UNSOUND = (
    *(EOFError, NotImplementedError, OSError, RuntimeError, ValueError),
    *(lzma.LZMAError, zipfile.BadZipFile, zlib.error),
)
"""What the readers of compressed files raise where one is broken."""


class Refused(Exception):
    """The file is not expanded; `fault` says why, with no place yet."""

    def __init__(self, code: str, **words: Any) -> None:
        super().__init__(words.get("note", code))
        self.code = code
        self.words = words


@dataclass(frozen=True)
class Bounds:
    """How large one file may become when expanded."""

    expanded: int
    ratio: int
    free: int = RATIO_FREE

    def check(self, packed: int, size: int) -> None:
        """Raises Refused where `packed` bytes became, or say that they become, `size`."""
        if size > self.expanded:
            raise Refused("decompression-limit", note=f"it expands to more than {self.expanded:,} bytes")
        if size > self.free and size > packed * self.ratio:
            raise Refused("decompression-limit", note=f"it expands to more than {self.ratio} times its size")


def expanded(table: Table, scratch: Path, bounds: Bounds) -> tuple[Table, Fault | None]:
    """The table with the paths of its expanded files, and the fault of the first that cannot be expanded."""
    if not table.compression:
        return table, None
    paths = []
    for number, (path, shown) in enumerate(zip(table.paths, table.shown, strict=True)):
        target = scratch / f"expanded-{abs(hash((table.name, path))):x}-{number}"
        try:
            _expand(path, table.compression, table.innerpath, target, bounds)
        except Refused as refused:
            target.unlink(missing_ok=True)
            return replace(table, paths=()), Fault(refused.code, shown, words=refused.words)
        paths.append(target)
    return replace(table, paths=tuple(paths), compression=""), None


def _expand(path: Path, compression: str, member: str | None, target: Path, bounds: Bounds) -> None:
    packed = path.stat().st_size
    if not packed:
        raise Refused("compression-error", note="the file is empty")
    try:
        with target.open("xb") as copy, _blocks(path, compression, member, bounds) as blocks:
            size = 0
            for block in blocks:
                size += len(block)
                bounds.check(packed, size)
                copy.write(block)
    except UNSOUND as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise DatapkgError(f"{path.name} cannot be expanded: {error.strerror}") from error
        words = (str(error) or type(error).__name__).splitlines()[0][:200]
        raise Refused("compression-error", note=f"it is no sound {compression} file ({words})") from error


@contextmanager
def _blocks(path: Path, compression: str, member: str | None, bounds: Bounds) -> Iterator[Iterable[bytes]]:
    """The expanded bytes of a file, block by block."""
    if compression == "zip":
        with zipfile.ZipFile(path) as archive, archive.open(_member(archive, member, bounds)) as file:
            yield _read(file)
    elif compression == "gz":
        with gzip.open(path) as packed:
            yield _read(packed)
    elif compression == "bz2":
        with path.open("rb") as raw:
            yield _bzip(raw)
    else:
        import pyarrow

        with pyarrow.OSFile(path.as_posix()) as raw, pyarrow.CompressedInputStream(raw, "zstd") as stream:
            yield _read(stream)


def _read(file: Any) -> Iterator[bytes]:
    while block := file.read(BLOCK):
        yield bytes(block)


def _bzip(file: IO[bytes]) -> Iterator[bytes]:
    """All streams of a bzip2 file. Python's own reader passes over whatever follows the last in silence."""
    rest = file.read(BLOCK)
    while rest:
        decoder = bz2.BZ2Decompressor()
        while True:
            yield decoder.decompress(rest, BLOCK)
            if decoder.eof:
                break
            rest = file.read(BLOCK) if decoder.needs_input else b""
            if decoder.needs_input and not rest:
                raise EOFError("it ends before the end of its data")
        rest = decoder.unused_data or file.read(BLOCK)


def _member(archive: zipfile.ZipFile, wanted: str | None, bounds: Bounds) -> zipfile.ZipInfo:
    """The one file of an archive, or the one that is wanted; every name in the archive must be safe."""
    members = [info for info in archive.infolist() if not info.is_dir()]
    for info in members:
        note = unsafe_member(info.filename)
        if note is not None:
            raise Refused("unsafe-path", path=repr(info.filename)[1:-1], note=note)
    if wanted is not None:
        members = [info for info in members if info.filename == wanted]
    if not members:
        raise Refused("source-error", note=f"the archive holds no {wanted or 'file'}")
    if len(members) > 1:
        note = "the archive holds several files under one name" if wanted else "the archive holds several files"
        raise Refused("compression-error", note=f"{note}; `innerpath` says which is meant")
    if members[0].flag_bits & 1:
        raise Refused("compression-error", note="the archive is encrypted")
    if members[0].external_attr >> 28 == 0xA:
        raise Refused("unsafe-path", path=repr(members[0].filename)[1:-1], note="symbolic links are not followed")
    bounds.check(members[0].compress_size, members[0].file_size)
    return members[0]
