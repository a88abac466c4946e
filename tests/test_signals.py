"""Stopped by a signal: the exit code says so, and nothing is left behind."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from building import write_project

ENDLESS = "select count(*) from range(100000000) a, range(100000000) b where a.range * b.range = 7"
DATAPKG = Path(sys.executable).with_name("datapkg")


def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def children(process: int) -> list[int]:
    """The processes that a process started."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, parent = path.read_text().rpartition(")")[2].split()[:2]
        except OSError:
            continue
        if int(parent) == process and state != "Z":
            found.append(int(path.parent.name))
    return found


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["INT", "TERM"])
@pytest.mark.parametrize("command", [["validate"], ["query", "example", ENDLESS]], ids=["validate", "query"])
def test_a_signal_ends_the_work_and_leaves_nothing(
    tmp_path: Path, command: list[str], number: signal.Signals, code: int
) -> None:
    root = write_project(tmp_path / "p", {"t": "id:string!\na\n"}, sql={"endless": ENDLESS})
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    process = subprocess.Popen(
        [DATAPKG, *command], cwd=root, env={**os.environ, "TMPDIR": str(scratch)}, stderr=subprocess.PIPE, text=True
    )
    until(lambda: any(scratch.glob("datapkg-*/datapkg.duckdb")))
    assert [path.stat().st_mode & 0o777 for path in scratch.iterdir()] == [0o700]
    time.sleep(1.5)  # By now it is within the endless query, or near it.
    started = children(process.pid)
    assert bool(started) == (command == ["validate"])
    process.send_signal(number)
    _, told = process.communicate(timeout=10)
    assert (process.returncode, told.strip(), list(scratch.iterdir())) == (code, "", [])
    until(lambda: not any(Path(f"/proc/{child}").exists() for child in started))
