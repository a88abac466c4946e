"""A release in a folder, as it stands there: each file is compared with its digest before it is read."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from datapkg.checksums import SUMS, SumsFault, digest_of, read_sums
from datapkg.errors import TargetError
from datapkg.paths import unsafe


@dataclass(frozen=True)
class Standing:
    """The release and what its list of digests says."""

    folder: Path
    sums: Mapping[str, str]
    _checked: set[str] = field(default_factory=set, repr=False, compare=False)

    def need(self, path: str, most: int | None = None) -> Path:
        """Where a file of the release lies; TargetError where it is not the one that was released."""
        if path in self._checked:
            return self.folder / path
        shown = f"{self.folder.name}/{path}"
        if path not in self.sums:
            raise TargetError(f"{shown} is not listed in {SUMS}")
        if (note := unsafe(path, self.folder, self.folder)) or not (self.folder / path).is_file():
            raise TargetError(f"{shown} cannot be read: {note or 'there is no such file'}")
        if digest_of(self.folder / path) != self.sums[path]:
            raise TargetError(f"{shown} is not the file that was released: its digest is not the one in {SUMS}")
        self._checked.add(path)
        return self.folder / path


def standing(folder: Path) -> Standing:
    """The release in a folder; TargetError where there is none."""
    try:
        return Standing(folder, read_sums((folder / SUMS).read_text(encoding="utf-8")))
    except FileNotFoundError:
        raise TargetError(f"{folder.name} is no release: it has no {SUMS}") from None
    except (SumsFault, UnicodeDecodeError, OSError) as fault:
        raise TargetError(f"{folder.name}/{SUMS} cannot be read: {fault}") from None
