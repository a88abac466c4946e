"""`SHA256SUMS`: the digest of every other file, as `sha256sum -c` reads it."""

import hashlib
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

SUMS = "SHA256SUMS"
PROVENANCE = "provenance.json"
SIGNATURE = ".sig"
"""What follows the name of a signed file in that of its signature."""
BESIDE = (SUMS, f"{SUMS}{SIGNATURE}", PROVENANCE, f"{PROVENANCE}{SIGNATURE}")
"""What lies beside the listed files: the list, where the release comes from, and a signature of each."""
LINE = re.compile(r"([0-9a-f]{64})  ([^\r\n\0\\]+)")


class SumsFault(Exception):
    """The text is no list of digests; `line` is where."""

    def __init__(self, note: str, line: int) -> None:
        super().__init__(note)
        self.note = note
        self.line = line


def sums_text(folder: Path, known: Mapping[str, str] | None = None) -> str:
    """The text of `SHA256SUMS` for the files of a folder, in the order of their paths; of some the digest is known."""
    told = known or {}
    listed = sorted(set(files_below(folder)).difference(BESIDE))
    return "".join(f"{told.get(path) or digest_of(folder / path)}  {path}\n" for path in listed)


def read_sums(text: str) -> dict[str, str]:
    """The digest of each path; SumsFault where a line is not exactly as `sums_text` writes it."""
    found: dict[str, str] = {}
    *lines, rest = text.split("\n")
    for number, line in enumerate(lines, 1):
        match = LINE.fullmatch(line)
        if match is None:
            raise SumsFault("it is not a digest, two spaces and a path", number)
        if found and match[2] <= list(found)[-1]:
            raise SumsFault("the paths are not in order, each once", number)
        found[match[2]] = match[1]
    if rest or not found:
        raise SumsFault("it has no end of line" if rest else "it lists no file", len(lines) + 1)
    return found


def digest_of(path: Path) -> str:
    """The SHA-256 of a file; OSError where it cannot be read."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def together(digests: Sequence[str]) -> str | None:
    """The digest of several files: that of their digests, and of one file its own; None of none."""
    if len(digests) < 2:
        return digests[0] if digests else None
    return hashlib.sha256(b"".join(map(bytes.fromhex, digests))).hexdigest()


def files_below(folder: Path) -> Iterator[str]:
    """The path of everything below the folder that is not a folder itself; links are not followed."""
    for place, folders, files in os.walk(folder):
        linked = [name for name in folders if (Path(place) / name).is_symlink()]
        for name in (*files, *linked):
            yield (Path(place) / name).relative_to(folder).as_posix()


def changed(folder: Path, sums: Mapping[str, str]) -> list[str]:
    """The listed files that are missing from the folder or have another digest, in order."""
    return [
        path
        for path, digest in sorted(sums.items())
        if not (folder / path).is_file() or digest_of(folder / path) != digest
    ]
