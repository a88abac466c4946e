"""How far the work is, on a terminal, where it takes longer than a second."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread

import click

WAIT = 1.0
EVERY = 0.2

Progress = Callable[[int, int], None]


@contextmanager
def progress(*, quiet: bool = False) -> Iterator[Progress | None]:
    """What is to be told of tables done and in all; it shows on standard error, and only if that is a terminal."""
    if quiet or not sys.stderr.isatty():
        yield None
        return
    state, ended, begun = [0, 0], Event(), time.monotonic()

    def tell(done: int, total: int) -> None:
        state[:] = done, total

    def show() -> None:
        wait = WAIT
        while not ended.wait(wait):
            wait = EVERY
            seconds = time.monotonic() - begun
            click.echo(f"\r\x1b[K{state[0]} of {state[1]} tables, {seconds:.0f} s", err=True, nl=False)
        if wait != WAIT:
            click.echo("\r\x1b[K", err=True, nl=False)

    thread = Thread(target=show, daemon=True)
    thread.start()
    try:
        yield tell
    finally:
        ended.set()
        thread.join()
