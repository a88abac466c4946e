"""Values made in a thread of their own while those before them are at work."""

from collections.abc import Iterator
from contextlib import contextmanager
from queue import Empty, Full, Queue
from threading import Event, Thread
from typing import TypeVar, cast

T = TypeVar("T")
WAIT = 0.05
"""Seconds after which a thread that has nowhere to put a value looks whether anybody still wants it."""


@contextmanager
def ahead(values: Iterator[T], most: int = 1) -> Iterator[Iterator[T]]:
    """The values, of which at most `most` wait; what is raised where they are made is raised where they are used.

    No value is made any more once the block is left.
    """
    made: Queue[tuple[bool, T | BaseException | None]] = Queue(most)
    left = Event()

    def put(item: tuple[bool, T | BaseException | None]) -> None:
        while not left.is_set():
            try:
                made.put(item, timeout=WAIT)
            except Full:
                continue
            return

    def make() -> None:
        try:
            for value in values:
                put((True, value))
                if left.is_set():
                    return
            put((False, None))
        except BaseException as error:  # noqa: BLE001  (it is raised again in the thread that waits)
            put((False, error))

    thread = Thread(target=make, daemon=True)
    thread.start()
    try:
        yield _taken(made)
    finally:
        left.set()
        thread.join()


def _taken(made: "Queue[tuple[bool, T | BaseException | None]]") -> Iterator[T]:
    while True:
        try:
            there, value = made.get(timeout=1)  # Python hears a signal only between two calls.
        except Empty:
            continue
        if there:
            yield cast("T", value)
        elif isinstance(value, BaseException):
            raise value
        else:
            return
