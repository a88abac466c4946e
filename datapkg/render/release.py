"""What a release came to, for people and their scripts."""

from collections.abc import Iterator
from pathlib import Path

from datapkg.paths import shown_path
from datapkg.release.build import Built


def render(built: Built) -> Iterator[str]:
    """The release's folder; for a dry run the files that would be in it."""
    folder = shown_path(built.folder, Path.cwd())
    if built.done == "dry-run":
        yield f"would build {folder}\n"
        width = max(len(path) for path, _ in built.files)
        for path, size in built.files:
            yield f"  {path:{width}}  {size:>12,} bytes\n"
    else:
        yield f"{folder}\n"


def told(built: Built) -> str:
    """One line about it."""
    size = sum(size for _, size in built.files)
    verb = {
        "built": "built",
        "unchanged": "unchanged, already built:",
        "signed": "unchanged, now signed:",
        "dry-run": "checked",
    }[built.done]
    return f"{verb} {built.name} {built.version}: {len(built.files)} files, {built.rows:,} rows, {size:,} bytes"
