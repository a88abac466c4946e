"""Single bits of a release changed, one at a time."""

import random
from collections.abc import Iterator
from pathlib import Path

from datapkg.checksums import files_below
from datapkg.registry.ranges import Ranged
from datapkg.registry.scanning import rows_of
from datapkg.store.folder import Folder


def flips(release: Path, count: int, seed: int) -> Iterator[tuple[str, int]]:
    """Bits of a release, each as a file and the number of the bit in it: every file has its share."""
    source = random.Random(seed)  # noqa: S311  (nothing is kept secret)
    files = sorted(path for path in files_below(release) if not path.endswith(".sig"))
    sizes = [(release / path).stat().st_size for path in files]
    for number in range(count):
        path = files[number % len(files)] if number % 2 else source.choices(files, sizes)[0]
        yield path, source.randrange(8 * (release / path).stat().st_size)


def flip(path: Path, bit: int) -> None:
    """Change one bit of a file; done twice, it is as it was."""
    with path.open("r+b") as file:
        file.seek(bit // 8)
        byte = file.read(1)[0]
        file.seek(bit // 8)
        file.write(bytes([byte ^ (1 << bit % 8)]))


def paged(path: Path, count: int, seed: int) -> list[int]:
    """Bits of the pages of a Parquet file, and not of its footer, which has no checksum."""
    content = path.read_bytes()
    footer = len(content) - 8 - int.from_bytes(content[-8:-4], "little")
    return [random.Random(f"{seed} {number}").randrange(8 * footer) for number in range(count)]  # noqa: S311  (the same)


def read_alike(path: Path, bit: int) -> bool:
    """Change a bit of a Parquet file and read it by ranges: as it was, or refused (True); then change it back."""
    import pyarrow

    def read() -> list[dict[str, object]]:
        ranged = Ranged(Folder(path.parent), path.name, path.stat().st_size)
        found: list[dict[str, object]] = rows_of([ranged], None).read_all().to_pylist()
        return found

    whole = read()
    flip(path, bit)
    try:
        assert read() == whole, (bit, "other rows were read, and nothing was said")
    except (pyarrow.ArrowException, OSError, ValueError):
        return True
    finally:
        flip(path, bit)
    return False
