"""What holds of a registry, or of a cache, whenever somebody was killed while writing it; run by a test of its own.

    python interrupting.py publish|get

The second time it is asked in a folder, a run without faults has come in between: all must be done then.
"""

import hashlib
import json
import sys
import tomllib
from pathlib import Path

PREFIX = ".tmp-datapkg-"


def digest(path: Path) -> str:
    """The SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def listed(folder: Path) -> dict[str, str]:
    """What the list of digests of a folder says."""
    lines = (folder / "SHA256SUMS").read_text().splitlines()
    return {line[66:]: line[:64] for line in lines}


def left(folder: Path) -> list[Path]:
    """Passing files and locks below a folder."""
    return [path for path in folder.rglob("*") if path.name.startswith(PREFIX) or path.name == ".lock"]


def check_publish(*, done: bool) -> None:
    """The version that was there is listed; the new one is listed whole, or not at all."""
    registry = Path("registry")
    versions = json.loads((registry / "index.json").read_text())["packages"]["example"]["versions"]
    assert "1.1.0" in versions
    assert not done or ("1.0.0" in versions and left(registry) == [])
    for version, entry in versions.items():
        folder = registry / "example" / version
        assert digest(folder / "SHA256SUMS") == entry["sha256"]
        assert {path: digest(folder / path) for path in listed(folder)} == listed(folder)


def check_get(*, done: bool) -> None:
    """What lies under its name in the cache is whole; the lock file is one."""
    for sums in Path("cache").rglob("SHA256SUMS"):
        for path, wanted in listed(sums.parent).items():
            assert not (sums.parent / path).exists() or digest(sums.parent / path) == wanted
            assert (sums.parent / path).exists() or not done
    if Path("datapkg.lock").exists():
        tomllib.loads(Path("datapkg.lock").read_text())
    assert not done or (Path("datapkg.lock").exists() and left(Path()) == [])


if __name__ == "__main__":
    asked = Path("asked")
    {"publish": check_publish, "get": check_get}[sys.argv[1]](done=asked.exists())
    asked.touch()
