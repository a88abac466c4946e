"""How far the work is: what is being done at this moment, and how much of it, for whoever shows it.

Work says what it does (`task`) and how far it has come (`step`, or a `share` that is asked for); nothing is counted
unless somebody looks on (`watched`).
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import local


@dataclass
class Task:
    """One piece of work: `done` of `total`, or the `share` that is done, from 0 to 1; else nobody knows."""

    what: str
    total: float = 0
    share: Callable[[], float | None] | None = None
    done: float = 0

    @property
    def part(self) -> float | None:
        """The part that is done, from 0 to 1, where it is known."""
        found = self.done / self.total if self.total else self.share() if self.share is not None else None
        return None if found is None else min(max(found, 0.0), 1.0)


_tasks: list[Task] = []
_own = local()
_watching = 0


@contextmanager
def watched() -> Iterator[None]:
    """While somebody looks on."""
    global _watching  # noqa: PLW0603  (the work of a process is one)
    _watching += 1
    try:
        yield
    finally:
        _watching -= 1


def is_watched() -> bool:
    """Whether somebody looks on."""
    return _watching > 0


def tasks() -> tuple[Task, ...]:
    """What is being done, the oldest first."""
    return tuple(_tasks)


@contextmanager
def task(what: str, total: float = 0, share: Callable[[], float | None] | None = None) -> Iterator[None]:
    """While a piece of work is done by this thread."""
    if not _watching:
        yield
        return
    before: Task | None = getattr(_own, "task", None)
    _own.task = new = Task(what, total, share)
    _tasks.append(new)
    try:
        yield
    finally:
        _tasks.remove(new)
        _own.task = before


def step(amount: float) -> None:
    """So much more of this thread's task is done."""
    if _watching and (own := getattr(_own, "task", None)) is not None:
        own.done += amount
