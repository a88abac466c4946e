"""`publish` and `get` killed, or refused by the disk, at sampled system calls: a second run finishes the work."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import SHARED
from published import build_versions

from datapkg.project import Project
from datapkg.publish import publish

INJECT = SHARED / "suites" / "inject.py"
POINTS = os.environ.get("DATAPKG_TEST_POINTS", "2")
"""How many of the calls of each kind; 0 for all."""
FAULTS = os.environ.get("DATAPKG_TEST_FAULTS", "kill,ENOSPC")
pytestmark = [
    pytest.mark.skipif(not INJECT.is_file(), reason="the suites in ../shared are not there"),
    pytest.mark.skipif(shutil.which("strace") is None, reason="there is no strace"),
]
PUBLISH = """
import datapkg.publish as here
from datapkg.findings import Report
here.verify = lambda *given, **more: Report((), "0")  # Its own work on the disk is not what is interrupted here.
from datapkg.cli import main
main()
"""
GET = "from datapkg.cli import main; main()"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return build_versions(tmp_path_factory.mktemp("versions") / "project")


def injected(work: Path, what: str, code: str, *words: str) -> dict[str, int]:
    """The verdicts of the suite on a command, by kind of fault."""
    check = f"'{sys.executable}' '{Path(__file__).with_name('interrupting.py')}' {what}"
    faults = ("--faults", FAULTS, "--max", POINTS)
    command: list[str | Path] = [
        sys.executable,
        INJECT,
        "--work",
        work,
        "--check",
        check,
        *faults,
        "--",
        sys.executable,
        "-c",
        code,
        *words,
    ]
    environment = {**os.environ, "DATAPKG_CACHE": "cache", "PYTHONDONTWRITEBYTECODE": "1"}
    environment.pop("COVERAGE_PROCESS_START", None)
    done = subprocess.run(command, cwd=work.parent, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:] + done.stdout[-2000:]
    *told, last = map(json.loads, done.stdout.splitlines())
    assert [one for one in told if "verdict" in one] == []
    found: dict[str, int] = last["summary"]
    return found


def test_a_publication_that_was_interrupted_is_finished_by_the_next_run(project: Project, tmp_path: Path) -> None:
    work = tmp_path / "work"
    shutil.copytree(project.releases / "example-1.0.0", work / "example-1.0.0")
    publish("example@1.1.0", project, registry=work / "registry")
    found = injected(work, "publish", PUBLISH, "publish", "./example-1.0.0", "--to", "registry")
    assert found["kill:OK"] >= 2 * 5 and found["ENOSPC:traceback"] == 0


def test_what_was_interrupted_while_it_was_fetched_is_whole_after_the_next_run(
    project: Project, tmp_path: Path
) -> None:
    work = tmp_path / "work"
    work.mkdir()
    publish("example@1.0.0", project, registry=work / "registry")
    found = injected(work, "get", GET, "get", "example@1.0.0", "--registry", "registry")
    assert found["kill:OK"] >= 2 * 4 and found["ENOSPC:traceback"] == 0
