"""`datapkg` run again and again: each time as a process of its own, or as a copy of one that has imported everything.

    python warm.py

The second way spends its time on the command, where the first spends three quarters of it on imports. It is a
process that reads requests and answers each with a number; a copy does what the process would have done: nothing
else of it is shared, and the same calls reach the disk (`tests/test_faults.py` counts them).
"""

import atexit
import ctypes
import gc
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from itertools import count
from pathlib import Path
from typing import IO, Any

SECONDS = 180
MOST = 1 << 16
"""Bytes that a pipe holds; a command says less."""
HOLD = "import os, signal; os.kill(os.getpid(), signal.SIGSTOP); "
RUN = "from datapkg.cli import main; main()"
SET_NAME, LET_TRACE, ANYBODY = 15, 0x59616D61, -1
"""What `prctl` is asked for: a thread's name, and that processes of the same user may trace this one."""


@dataclass(frozen=True)
class Running:
    """A command under way; `end` waits for it."""

    pid: int
    end: Callable[[], "subprocess.CompletedProcess[str]"]


Way = Callable[..., Running]
"""Starts `datapkg` with words in a folder and an environment, `held` until it is told to go on, or not."""


def alone(folder: Path, words: Sequence[str], environment: dict[str, str], held: int | None = None) -> Running:
    """As a process of its own."""
    assert held in (None, 0)
    process = subprocess.Popen(
        [sys.executable, "-c", RUN if held is None else HOLD + RUN, *words],
        cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip

    def end() -> "subprocess.CompletedProcess[str]":
        told = process.communicate(timeout=SECONDS)
        return subprocess.CompletedProcess(words, process.returncode, *told)

    return Running(process.pid, end)


class Warm:
    """The process that is copied; once closed, it is gone."""

    def __init__(self) -> None:
        self.numbers = count()
        self.process = subprocess.Popen(
            [sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
        )  # fmt: skip

    def close(self) -> None:
        """End the process."""
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait()

    def ask(self, **what: object) -> int:
        """Have a request answered."""
        stdin, stdout = self.process.stdin, self.process.stdout
        assert stdin is not None and stdout is not None
        stdin.write(json.dumps(what) + "\n")
        stdin.flush()
        return int(stdout.readline())

    def __call__(
        self, folder: Path, words: Sequence[str], environment: dict[str, str], held: int | None = None
    ) -> Running:
        """Run the command in a copy; `held` stops it before it begins (0), or as its so-manieth thread begins."""
        told = [Path(f"{folder}.{next(self.numbers)}.{name}") for name in ("out", "err")]
        for path in told:
            os.mkfifo(path)
        pipes = [os.open(path, os.O_RDONLY | os.O_NONBLOCK) for path in told]
        pid = self.ask(
            folder=str(folder), words=list(words), environment=environment, held=held, told=list(map(str, told))
        )

        def end() -> "subprocess.CompletedProcess[str]":
            code = self.ask(wait=pid)
            texts = [os.read(pipe, MOST).decode() for pipe in pipes]
            for pipe, path in zip(pipes, told, strict=True):
                os.close(pipe)
                path.unlink()
            return subprocess.CompletedProcess(words, code, *texts)

        return Running(pid, end)

    def learn(self, folder: Path, words: Sequence[str], environment: dict[str, str]) -> None:
        """Import what a command imports."""
        names = Path(f"{folder}.modules")
        done = self(folder, words, {**environment, "DATAPKG_TEST_MODULES": str(names)}).end()
        assert done.returncode == 0, done.stderr
        self.ask(modules=str(names))


def threads(pid: int) -> dict[str, int]:
    """The threads of a process by name."""
    tasks = Path(f"/proc/{pid}/task")
    return {(task / "comm").read_text().strip(): int(task.name) for task in tasks.iterdir()}


def stopped(pid: int) -> bool:
    """Wait until a process has stopped; False where it has ended."""
    last = time.monotonic() + SECONDS
    while True:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        if state in "TZ":
            return state == "T"
        assert time.monotonic() < last
        time.sleep(0.001)


def traced(running: Running, held: int, words: Sequence[str]) -> "subprocess.CompletedProcess[str]":
    """Attach strace to the process, or to its thread, that is held; let it go on; wait for its end."""
    if stopped(running.pid):
        thread = threads(running.pid)[f"thread-{held}"] if held else running.pid
        strace = subprocess.Popen(["strace", *words, "-p", str(thread)], stderr=subprocess.PIPE, text=True)
        assert strace.stderr is not None
        said = strace.stderr.readline()
        assert said.endswith("attached\n"), said
        os.kill(running.pid, signal.SIGCONT)
        done = running.end()
        strace.communicate(timeout=SECONDS)
        return done
    return running.end()


# ---------------------------------------------------------------- the process that is copied


def serve(requests: IO[str]) -> bool:
    """Answer requests; True in a copy that is to run a command."""
    for line in requests:
        asked: dict[str, Any] = json.loads(line)
        if "wait" in asked:
            answer = os.waitstatus_to_exitcode(os.waitpid(asked["wait"], 0)[1])
        elif "modules" in asked:
            for name in Path(asked["modules"]).read_text().split():
                with suppress(ImportError):
                    import_module(name)
            gc.freeze()
            answer = 0
        else:
            answer = os.fork()
            if not answer:
                become(asked)
                return True
        sys.stdout.write(f"{answer}\n")
        sys.stdout.flush()
    return False


def become(asked: dict[str, Any]) -> None:
    """Be the process that was asked for."""
    os.environ.clear()
    os.environ.update(asked["environment"])
    os.chdir(asked["folder"])
    sys.argv = ["-c", *asked["words"]]
    for number, path in enumerate([os.devnull, *asked["told"]]):
        there = os.open(path, os.O_WRONLY if number else os.O_RDONLY)
        os.dup2(there, number)
        os.close(there)
    if names := os.environ.pop("DATAPKG_TEST_MODULES", None):
        atexit.register(lambda: Path(names).write_text("\n".join(sys.modules)))
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    prctl = ctypes.CDLL(None).prctl
    prctl(LET_TRACE, ANYBODY)
    numbers, begin = count(1), threading.Thread.run

    def run(thread: threading.Thread) -> None:
        number = next(numbers)
        prctl(SET_NAME, f"thread-{number}".encode())
        if number == asked["held"]:
            os.kill(os.getpid(), signal.SIGSTOP)
        begin(thread)

    vars(threading)["Thread"].run = run
    if asked["held"] == 0:
        os.kill(os.getpid(), signal.SIGSTOP)


if __name__ == "__main__" and serve(sys.stdin):
    from datapkg.cli import main

    main()
