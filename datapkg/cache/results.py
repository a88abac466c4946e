"""The reports that are kept: found again where nothing changed, and kept where that is sound."""

import hashlib
import json
import os
import sys
import time
from contextlib import suppress
from dataclasses import asdict, dataclass, field, fields
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from datapkg.cache.entries import Cache
from datapkg.cache.inputs import SLACK, Watch, again, manifest, unchanged, watch
from datapkg.cache.reports import NotPlain, from_plain, to_plain
from datapkg.cache.volatile import Volatile
from datapkg.dataset import Dataset
from datapkg.findings import DatasetReport, Verdict
from datapkg.limits import Limits
from datapkg.project import Project
from datapkg.targets import Located, belongs
from datapkg.usercache import within
from datapkg.versions import TOOL

UNSTEADY = frozenset({"rule-error", "source-error", "compression-error"})
"""Rules whose finding may come from the machine: its memory, its disk, the time that it took."""
UNREAD = "key-vanished"
"""A rule that does not run where the last release cannot be read, which may be for want of memory."""
INSTALLED = (".dist-info", ".egg-info")


@dataclass(frozen=True)
class Request:
    """What is asked for of every dataset of a run, since when, and where results are kept, if they are."""

    cache: Cache | None
    project: Project | None
    limits: Limits
    untrusted: bool
    began: int = field(default_factory=time.time_ns)

    @property
    def keeps(self) -> bool:
        """Whether results are kept. Rules of a commit lie in a folder that is gone after the run."""
        return self.cache is not None and (self.project is None or self.project.rules is None)


def recall(place: Located, asked: Request) -> DatasetReport | None:
    """The report that is kept of a dataset, where nothing that it was made from has changed."""
    if asked.cache is None or not asked.keeps:
        return None
    key = _key(place, asked)
    kept = asked.cache.read(_name(key))
    try:
        if (
            kept is None
            or kept["key"] != key
            or kept["day"] not in (None, _day(asked))
            or not unchanged(kept["inputs"])
        ):
            return None
        return from_plain(kept["report"])
    except (AttributeError, KeyError, TypeError, ValueError):
        return None


def watched(place: Located, dataset: Dataset, asked: Request) -> Watch | None:
    """What the report on a dataset that was just opened will be made from; None where it is not to be kept."""
    if asked.cache is None or not asked.keeps or within(asked.cache.folder, place.path.parent):
        return None
    project = asked.project if belongs(dataset, asked.project) else None
    try:
        seen = watch(dataset, project, place.root)
    except (Volatile, OSError):
        return None
    return seen if seen.changed < asked.began - SLACK else None


def keep(place: Located, dataset: Dataset, report: DatasetReport, seen: Watch | None, asked: Request) -> bool:
    """Keep a report, unless something that it was made from has changed meanwhile; whether it is kept."""
    if asked.cache is None or seen is None or not all(map(_steady, report.verdicts)):
        return False
    try:
        plain, inputs = to_plain(report), manifest(seen, dataset, report)
        if again(seen) != seen or _day(asked) != datetime.now(UTC).date().isoformat():
            return False
    except (NotPlain, Volatile, OSError):
        return False
    key = _key(place, asked)
    value = {"key": key, "day": _day(asked) if seen.daily else None, "inputs": inputs, "report": plain}
    return asked.cache.write(_name(key), value)


def _steady(verdict: Verdict) -> bool:
    """Whether a verdict tells of nothing but the data."""
    if verdict.code == UNREAD:
        return verdict.skipped is None
    return verdict.code not in UNSTEADY or not verdict.failures


def _key(place: Located, asked: Request) -> dict[str, Any]:
    """All that a report depends on beside files: what was asked for, where, and of which tool."""
    project = asked.project
    return {
        "place": {item.name: str(getattr(place, item.name)) for item in fields(place)},
        "project": None if project is None else {i.name: str(getattr(project, i.name)) for i in fields(project)},
        "limits": asdict(asked.limits),
        "untrusted": asked.untrusted,
        "tool": [TOOL, _code(), sys.version, sys.platform, os.uname().machine, _libraries()],
    }


def _name(key: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(key, sort_keys=True).encode()).hexdigest()


@cache
def _code() -> str:
    """The digest of this package's own files: a tool that is being changed has no version of its own."""
    whole = hashlib.sha256()
    root = Path(__file__).parent.parent
    for path in sorted(root.rglob("*.py")):
        whole.update(f"{path.relative_to(root)}\0".encode())
        whole.update(hashlib.sha256(path.read_bytes()).digest())
    return whole.hexdigest()


@cache
def _libraries() -> str:
    """The digest of the names, with versions, of all that is installed, without importing any of it."""
    found: set[str] = set()
    for folder in sys.path:
        with suppress(OSError):
            found.update(path.name for path in Path(folder).iterdir() if path.name.endswith(INSTALLED))
    return hashlib.sha256("\0".join(sorted(found)).encode()).hexdigest()


def _day(asked: Request) -> str:
    return datetime.fromtimestamp(asked.began / 1e9, UTC).date().isoformat()
