"""`datapkg mutate` as a process sees it."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from building import write_project

from datapkg.cli.mutate import progress

Run = Callable[..., "subprocess.CompletedProcess[str]"]
CLEAN = "id:string! n:integer(minimum=0)\na,4\nb,7\n"


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """run("example") runs the command in a clean project."""
    project = write_project(tmp_path / "clean", {"t": CLEAN})
    write_project(tmp_path / "broken", {"t": "id:string! n:integer\na,x\n"})

    def call(*arguments: str, cwd: Path = project) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, "-c", "from datapkg.cli import main; main()", "mutate", *arguments]
        done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=120)
        assert "Traceback" not in done.stderr, done.stderr
        return done

    return call


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["example", "--operator", "thousandfold,sign-flipped"], 0, "1 of 2 corruptions caught (50.0 %)"),
        (["example", "--operator", "thousandfold,sign-flipped", "--fail-under", "50"], 0, "missed thousandfold: '4'"),
        (["example", "--operator", "thousandfold,sign-flipped", "--fail-under", "50.1"], 1, "could be caught by a max"),
        (["example", "--operator", "sign-flipped", "--table", "t", "--per-operator", "2", "--seed", "3"], 0, "2 of 2"),
        (["example", "--operator", "row-deleted"], 0, "not counted: 1 more"),
        (["example", "--operator", "total-shifted"], 0, "nothing was corrupted"),
        (["example", "--operator", "sign-flipped", "--format", "markdown"], 0, "## datapkg mutate: example 1.0.0: 1"),
        (["example", "--operator", "thousandfold", "-q", "--fail-under", "1"], 1, ""),
        (["--list"], 0, "row-deleted          completeness  a row is gone (not counted)"),
        (["-h"], 0, "Example:"),
    ],
)
def test_what_is_printed_and_the_exit_code(run: Run, arguments: list[str], code: int, words: str) -> None:
    done = run(*arguments)
    assert (done.returncode, done.stderr) == (code, "")
    assert words in done.stdout if words else done.stdout == ""


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["exampel"], 2, "error: the project has no dataset 'exampel'; did you mean example?"),
        (["example", "--table", "x"], 2, "error: there is no table 'x'"),
        (["example", "--operator", "x"], 2, "error: there is no operator 'x'"),
        (["example", "--operator", "row-cut", "--output", "absent/x"], 2, "absent/x cannot be written"),
        (["example", "--fail-under", "101"], 2, "--fail-under"),
        ([], 2, "Missing argument 'NAME'"),
    ],
)
def test_what_cannot_be_done_is_said(run: Run, arguments: list[str], code: int, words: str) -> None:
    done = run(*arguments)
    assert (done.returncode, done.stdout) == (code, "")
    assert words in done.stderr


def test_a_dataset_that_is_not_clean_is_refused(run: Run, tmp_path: Path) -> None:
    done = run("example", cwd=tmp_path / "broken")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("refused: example is not clean: it has 1 error; ")


def test_the_output_is_the_same_bytes_each_time(run: Run, tmp_path: Path) -> None:
    files = [tmp_path / "one.json", tmp_path / "two.json"]
    for file in files:
        assert run("example", "--format", "json", "--output", file.as_posix()).stdout == ""
    one, two = (file.read_text(encoding="utf-8") for file in files)
    assert one == two
    assert json.loads(one)["format"] == "datapkg-mutate/1"
    assert len({mutant["operator"] for mutant in json.loads(one)["mutants"]}) >= 40


def test_progress_counts_up_on_one_line_of_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    progress(1, 2)
    progress(2, 2)
    assert capsys.readouterr() == ("", "\r1 of 2 operators run\r2 of 2 operators run\n")
