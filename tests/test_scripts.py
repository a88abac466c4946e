"""The project's own scripts: the gate falls shut on a wrong cell, a skip can count as a failure."""

import csv
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
INCIDENTS = "datasets/afpak-security/data/incidents.csv"


def run(*command: str | Path, cwd: Path, **env: str) -> subprocess.CompletedProcess[str]:
    """Run a program, with these words in its environment on top of ours."""
    told = {**os.environ, **env}
    return subprocess.run(command, cwd=cwd, env=told, capture_output=True, text=True, check=False, timeout=600)


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    """A clone of the project with its uncommitted changes, in a folder with a space in its name."""
    listed = run("git", "ls-files", "--cached", "--others", "--exclude-standard", "-z", cwd=ROOT)
    if listed.returncode:
        pytest.skip(f"no git checkout: {listed.stderr.strip()}")
    clone = tmp_path / "a clone"
    assert run("git", "clone", "--quiet", ROOT, clone, cwd=tmp_path).returncode == 0
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).is_file():
            (clone / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, clone / name)
    return clone


def check(clone: Path, *steps: str) -> subprocess.CompletedProcess[str]:
    """Run the gate of a clone in the environment that these tests run in."""
    return run(clone / "scripts" / "check", *steps, cwd=clone.parent, DATAPKG_VENV=sys.prefix)


def test_the_gate_falls_shut_on_a_wrong_cell_and_names_it(scratch: Path) -> None:
    path = scratch / INCIDENTS
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    column = rows[0].index("date_start")
    assert rows[1][column] == "2023-07-12"
    rows[1][column] = "2023-13-12"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)
    gate = check(scratch)
    assert gate.returncode == 1
    assert "datasets  FAILED" in gate.stdout
    assert f"{INCIDENTS}:2: error type-error: '2023-13-12' is not a date" in gate.stdout
    assert gate.stdout.splitlines()[-1].startswith("The gate is shut: datasets failed")


def test_the_gate_opens_for_the_dataset_as_it_is(scratch: Path) -> None:
    gate = check(scratch, "datasets")
    assert gate.returncode == 0, gate.stdout
    assert gate.stdout.splitlines()[-1].startswith("The gate is open: 2 steps")


def test_the_gate_knows_its_steps(tmp_path: Path) -> None:
    gate = run(ROOT / "scripts" / "check", "everything", cwd=tmp_path)
    assert (gate.returncode, gate.stdout) == (2, "")
    assert gate.stderr.startswith("error: there is no step everything; the steps are: setup datasets")


def test_setup_asks_for_a_newer_python_in_one_line(tmp_path: Path) -> None:
    old = tmp_path / "python3"
    old.write_text("#!/bin/sh\nexit 1\n")
    old.chmod(0o755)
    setup = run(ROOT / "scripts" / "setup", cwd=tmp_path, PYTHON=str(old), DATAPKG_VENV="")
    assert setup.returncode == 2
    assert setup.stderr == f"error: PYTHON={old} is not Python 3.11 or newer\n"


SKIPPING = "import pytest\n\ndef test_it():\n    pytest.skip({reason!r})\n"


@pytest.mark.parametrize(
    ("all_of_them", "reason", "ended"),
    [("0", "no tool for it", 0), ("1", "no tool for it", 1), ("1", "needs ../shared/suites", 0)],
)
def test_a_skip_fails_where_all_tests_are_wanted(all_of_them: str, reason: str, ended: int, tmp_path: Path) -> None:
    # A project of its own, beside which there is no ../shared.
    tests = tmp_path / "project" / "tests"
    tests.mkdir(parents=True)
    shutil.copy(ROOT / "tests" / "skips.py", tests)
    (tests / "test_it.py").write_text(SKIPPING.format(reason=reason))
    command = (sys.executable, "-m", "pytest", "-q", "-p", "tests.skips", "-p", "no:cacheprovider")
    session = run(*command, cwd=tests.parent, DATAPKG_TEST_ALL=all_of_them)
    assert session.returncode == ended, session.stdout
    assert ("skipped, which DATAPKG_TEST_ALL forbids" in session.stdout) == bool(ended)


@pytest.mark.parametrize(
    ("tests", "ended", "verdict"),
    [("tests/checks/test_keys.py", 0, "caught"), ("tests/test_spelling.py", 1, "NOT caught")],
)
def test_a_rule_that_goes_is_missed_by_the_tests_that_are_about_it(tests: str, ended: int, verdict: str) -> None:
    weaken = ROOT / "scripts" / "weaken"
    run_ = run(weaken, "rule:foreign-key", "--tests", tests, cwd=ROOT, DATAPKG_VENV=sys.prefix)
    assert run_.returncode == ended, run_.stdout + run_.stderr
    told = {line.split(" s  ")[1].split()[0]: line for line in run_.stdout.splitlines() if " s  " in line}
    assert told["none"].startswith("passed ")
    assert told["rule:foreign-key"].startswith(f"{verdict} ")
    assert run_.stdout.splitlines()[-1].startswith(f"1 weakenings, {1 - ended} caught, {ended} not")


def test_a_weakening_that_is_none_is_refused() -> None:
    weaken = run(ROOT / "scripts" / "weaken", "rule:primary", cwd=ROOT, DATAPKG_VENV=sys.prefix)
    assert (weaken.returncode, weaken.stdout) == (2, "")
    assert weaken.stderr.endswith("error: there is no weakening rule:primary\n")
