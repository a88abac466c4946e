"""What of a release is exported: its files as they were verified, and an archive of them for places without folders."""

import hashlib
import shutil
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from datapkg import targets
from datapkg.checksums import BESIDE, SUMS, SumsFault, changed, read_sums
from datapkg.descriptor import read_document
from datapkg.errors import Refused
from datapkg.notation import DescriptorFault
from datapkg.project import Project
from datapkg.release.about import About, about

MOMENT = (1980, 1, 1, 0, 0, 0)
APART = ("README.md", "CHANGELOG.md", "LICENSE", "datapackage.json", "croissant.json")
"""Files that lie beside the archive as well, to be read without it."""


@dataclass(frozen=True)
class Bundle:
    """A release in a folder: what it says of itself, and its files by path."""

    folder: Path
    about: About
    files: Mapping[str, Path]

    @property
    def tag(self) -> str:
        """The name of this release everywhere."""
        return f"{self.about.name}-{self.about.version}"

    def archived(self, output: Path) -> dict[str, Path]:
        """Files without folders: an archive of all, and some apart. The archive has the same bytes every time."""
        output.mkdir(parents=True, exist_ok=True)
        path = output / f"{self.tag}.zip"
        beside = path.with_name(f".{path.name}")
        with zipfile.ZipFile(beside, "w", zipfile.ZIP_STORED) as archive:
            for name, file in sorted(self.files.items()):
                entry = zipfile.ZipInfo(f"{self.tag}/{name}", MOMENT)
                entry.create_system, entry.external_attr = 3, 0o644 << 16
                with file.open("rb") as source, archive.open(entry, "w", force_zip64=True) as target:
                    shutil.copyfileobj(source, target, 1 << 20)
        beside.replace(path)
        apart = (*APART, *BESIDE)
        return {path.name: path, **{name: self.files[name] for name in apart if name in self.files}}


def read_bundle(target: str, project: Project | None) -> Bundle:
    """The release that TARGET names. Raises Refused where its files are not those that it lists."""
    folder = targets.release_folder(target, project)
    try:
        sums = read_sums((folder / SUMS).read_bytes().decode("utf-8", "replace"))
        descriptor: Any = read_document(folder / "datapackage.json").data
    except (OSError, SumsFault, DescriptorFault) as error:
        raise Refused(f"{folder.name} is no release: {error}") from None
    if other := changed(folder, sums):
        raise Refused(f"{folder.name} is not what was built ({', '.join(other[:3])}); `datapkg verify` tells more")
    beside = [name for name in BESIDE if (folder / name).is_file() and not (folder / name).is_symlink()]
    if not isinstance(descriptor, Mapping) or not {"name", "version"} <= descriptor.keys():
        raise Refused(f"{folder.name} is no release: its descriptor has no name and version")
    told = about(descriptor, str(descriptor["name"]), str(descriptor["version"]), str(descriptor.get("created", "")))
    return Bundle(folder, told, {name: folder / name for name in (*sums, *beside)})


def digest(path: Path, kind: str) -> str:
    """The digest of a file, in hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, kind).hexdigest()
