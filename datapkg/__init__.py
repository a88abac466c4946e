"""Validate, version and release curated datasets.

What a program needs is imported when it is first asked for: the command line needs little of it, and is quick.
"""

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datapkg.content import content_sha256
    from datapkg.diff import diff
    from datapkg.load import Release, ReleaseWarning, load
    from datapkg.validate import validate

__all__ = ["Release", "ReleaseWarning", "content_sha256", "diff", "load", "validate"]

PLACES = {
    "Release": "load",
    "ReleaseWarning": "load",
    "content_sha256": "content",
    "diff": "diff",
    "load": "load",
    "validate": "validate",
}
"""The module of each name."""


class _Package(ModuleType):
    """This package, whose names stay what they are where a module of the same name is imported."""

    def __setattr__(self, name: str, value: Any) -> None:
        if name in PLACES and isinstance(value, ModuleType):
            return
        super().__setattr__(name, value)


def __getattr__(name: str) -> Any:
    """The thing of this name, from its module."""
    if name not in PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = getattr(import_module(f"{__name__}.{PLACES[name]}"), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


sys.modules[__name__].__class__ = _Package
