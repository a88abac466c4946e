"""The diff for machines: `datapkg-diff/1`, row by row."""

from collections.abc import Iterator

from datapkg.changes import Changes
from datapkg.diffjson import pieces


def render(changes: Changes, color: bool) -> Iterator[str]:
    """The diff as JSON, as a release holds it too."""
    return pieces(changes)
