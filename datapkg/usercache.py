"""The folder in which the tool keeps what it can make or fetch again: the user's own, never a project's."""

import os
import stat
from pathlib import Path

from datapkg.errors import DatapkgError

VARIABLE = "DATAPKG_CACHE"
OTHERS = stat.S_IWGRP | stat.S_IWOTH


def cache_folder(*, apart_from: Path | None, way: str) -> Path | None:
    """DATAPKG_CACHE, else `datapkg` in XDG_CACHE_HOME or ~/.cache; None where neither is there.

    A cache inside the project (`apart_from`) would be filled by whoever sends the project: one that was asked for
    there raises DatapkgError, which names the `way` out, and by default there is none then.
    """
    given = os.environ.get(VARIABLE)
    if given:
        folder = Path(given).absolute()
    else:
        above = os.environ.get("XDG_CACHE_HOME", "")
        home = os.environ.get("HOME", "")
        if not above.startswith("/") and not home.startswith("/"):
            return None
        folder = Path(above if above.startswith("/") else f"{home}/.cache") / "datapkg"
    if apart_from is None or not within(folder, apart_from):
        return folder
    if given:
        raise DatapkgError(
            f"{VARIABLE} is {given}, inside the project, where whoever sends data could lay results; {way}"
        )
    return None


def within(folder: Path, other: Path) -> bool:
    """Whether a folder is another, or lies below it, however the two are spelt."""
    return folder.resolve().is_relative_to(other.resolve())


def is_own(state: os.stat_result) -> bool:
    """Whether what was looked at belongs to the user, and nobody else can write it."""
    return state.st_uid == os.geteuid() and not state.st_mode & OTHERS
