"""What a release came to, for people and their scripts."""

from collections.abc import Iterator
from pathlib import Path

from datapkg.bump import ranked
from datapkg.paths import shown_path
from datapkg.release.build import Built
from datapkg.release.versioning import Plan, reason_text
from datapkg.render.escape import show

REASONS = 20
"""Changes that a plan names, those that raise most first."""


def render(built: Built) -> Iterator[str]:
    """The release's folder; for a dry run the files that would be in it."""
    folder = shown_path(built.folder, Path.cwd())
    if built.done == "dry-run":
        yield f"would build {folder}\n"
        yield from _plan(built.plan)
        width = max(len(path) for path, _ in built.files)
        for path, size in built.files:
            yield f"  {path:{width}}  {size:>12,} bytes\n"
    else:
        yield f"{folder}\n"


def _plan(plan: Plan) -> Iterator[str]:
    """The base, the version, why it is that one, and what would be written into the source."""
    yield f"  base      {plan.base.told if plan.base is not None else 'none'}\n"
    yield f"  version   {plan.version}: {show(plan.why)}\n"
    reasons = list(ranked(plan.changes)) if plan.changes is not None and not plan.same else []
    for number, reason in enumerate(reasons[:REASONS]):
        yield f"  {'' if number else 'changes':9} {show(reason_text(reason))}\n"
    if len(reasons) > REASONS:
        yield f"  {'':9} and {len(reasons) - REASONS:,} more\n"
    for number, path in enumerate(plan.sources):
        yield f"  {'' if number else 'writes':9} {show(shown_path(path, Path.cwd()))}\n"


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
