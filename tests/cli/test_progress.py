"""Progress: what is done and how much is left, on a terminal alone, and also within a single table."""

import os
import pty
import re
import subprocess
import sys
from pathlib import Path
from threading import Thread

import pytest
from building import write_project

from datapkg.cli.progress import line
from datapkg.pace import Task, step, task, tasks, watched

CODE = """
import sys
import datapkg.cli.progress as shown
shown.WAIT, shown.EVERY = 0.05, 0.01
from datapkg.cli import main
main()
"""
ROWS = 1_000_000


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project of one table with rows enough to wait for, in a place that can be released."""
    rows = "".join(f"k{n},{n}\n" for n in range(ROWS))
    return write_project(tmp_path_factory.mktemp("slow") / "p", {"t": f"id:string! n:integer(minimum=0)\n{rows}"})


def on_terminal(root: Path, *arguments: str) -> tuple[str, str, int]:
    """What a command writes to a terminal as its standard error, to standard output, and its exit code."""
    reading, writing = pty.openpty()
    told: list[bytes] = []

    def read() -> None:
        try:
            while block := os.read(reading, 4096):
                told.append(block)
        except OSError:  # The other side was closed.
            return

    reader = Thread(target=read)
    reader.start()
    command = [sys.executable, "-c", CODE, *arguments]
    done = subprocess.run(
        command, cwd=root, stdout=subprocess.PIPE, stderr=writing, env={**os.environ, "COLUMNS": "300"}, timeout=120
    )
    os.close(writing)
    reader.join()
    os.close(reading)
    return b"".join(told).decode(), done.stdout.decode(), done.returncode


def test_validate_moves_within_a_table(project: Path) -> None:
    shown, printed, code = on_terminal(project, "validate", "--no-cache")
    assert code == 0 and printed.startswith("valid: 0 errors")
    assert re.search(r"0 of 1 tables, \d+ s;", shown)
    assert re.search(r"; judging t \d+%", shown)
    assert re.search(r"1 of 1 tables, \d+ s; checking \w+", shown)
    assert shown.endswith("\r\x1b[K")


def test_release_and_verify_say_what_they_do(project: Path) -> None:
    (project / "datasets" / "example" / "CHANGELOG.md").write_text("# Changelog\n")
    shown, printed, code = on_terminal(project, "release", "example")
    assert (code, printed) == (0, "dist/example-1.0.0\n"), shown
    assert re.search(r"\d s; judging t", shown) and re.search(r"\d s; writing t \d+%", shown)
    assert "built example 1.0.0" in shown.rpartition("\r\x1b[K")[2]
    shown, printed, code = on_terminal(project, "verify", "example@1.0.0")
    assert code == 0 and "valid: 0 errors" in printed
    assert re.search(r"\d s; (hashing|judging|reading|checking) ", shown)


@pytest.mark.parametrize("quiet", [True, False])
def test_nothing_shows_where_it_is_quiet_or_no_terminal(project: Path, quiet: bool) -> None:
    if quiet:
        assert on_terminal(project, "validate", "--no-cache", "--quiet") == ("", "", 0)
        return
    command = [sys.executable, "-c", CODE, "validate", "--no-cache"]
    done = subprocess.run(command, cwd=project, capture_output=True, text=True, timeout=120)
    assert (done.stderr, done.returncode) == ("", 0)


def test_the_line_fits_and_moves_no_cursor() -> None:
    half, hidden = Task("reading t.csv", 100, done=50), Task("judging \x1b[2J\r", share=lambda: 2)
    assert (
        line((1, 3), 12.4, (half, hidden), 99) == "1 of 3 tables, 12 s; reading t.csv 50%; judging \\x1b[2J\\x0d 100%"
    )
    assert line((0, 0), 1, (Task("checking keys", share=lambda: None),), 99) == "1 s; checking keys"
    assert line((1, 3), 12.4, (half, hidden), 20) == "1 of 3 tables, 12 s"[:19]
    assert line((0, 0), 1, tuple(Task(str(n)) for n in range(9)), 99) == "1 s; 6; 7; 8"
    assert line((0, 0), 1, (Task("読" * 50),), 30) == "1 s; " + "読" * 12


def test_work_is_counted_for_who_looks_on_and_by_each_thread_for_itself() -> None:
    with task("unseen", 1):
        step(1)
        assert tasks() == ()
    with watched():
        with task("outer", 4):
            step(1)
            with task("inner", 10):
                step(5)
                other = Thread(target=lambda: step(3))
                other.start()
                other.join()
                assert [(one.what, one.part) for one in tasks()] == [("outer", 0.25), ("inner", 0.5)]
            step(7)
            assert [(one.what, one.part) for one in tasks()] == [("outer", 1.0)]
        assert tasks() == ()
        step(1)
