"""How far the work is, on a terminal, where it takes longer than a second."""

import shutil
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread

import click

from datapkg.pace import Task, tasks, watched
from datapkg.render.escape import show, width

WAIT = 1.0
EVERY = 0.2
AT_ONCE = 3
"""Pieces of work that are named at a time."""

Progress = Callable[[int, int], None]


@contextmanager
def progress(*, quiet: bool = False) -> Iterator[Progress | None]:
    """What is to be told of tables done and in all; it shows on standard error, and only if that is a terminal.

    What is being done just now shows beside it, with the part of it that is done.
    """
    if quiet or not sys.stderr.isatty():
        yield None
        return
    state, ended, begun = [0, 0], Event(), time.monotonic()

    def tell(done: int, total: int) -> None:
        state[:] = done, total

    def display() -> None:
        wait = WAIT
        while not ended.wait(wait):
            wait = EVERY
            room = shutil.get_terminal_size().columns - 1
            text = line((state[0], state[1]), time.monotonic() - begun, tasks(), room)
            click.echo(f"\r\x1b[K{text}", err=True, nl=False)
        if wait != WAIT:
            click.echo("\r\x1b[K", err=True, nl=False)

    thread = Thread(target=display, daemon=True)
    thread.start()
    try:
        with watched():
            yield tell
    finally:
        ended.set()
        thread.join()


def line(tables: tuple[int, int], seconds: float, at_work: tuple[Task, ...], room: int) -> str:
    """The line that shows, no wider than `room`."""
    told = [f"{tables[0]} of {tables[1]} tables"] if tables[1] else []
    parts = [f"{', '.join([*told, f'{seconds:.0f} s'])}", *(_shown(task) for task in at_work[-AT_ONCE:])]
    text = "; ".join(parts)
    while width(text) > room and text:
        text = text[: min(room, len(text)) - 1]
    return text


def _shown(task: Task) -> str:
    part = task.part
    return show(task.what) if part is None else f"{show(task.what)} {part:.0%}"
