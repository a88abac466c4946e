"""`release`, `verify` and `query` at the command line: what is printed where, and the exit codes."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from releasing import descriptor_of, edit, write_releasable

from datapkg.project import Project


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return write_releasable(tmp_path / "project")


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    code = "import sys; from datapkg.cli import main; sys.argv = ['datapkg', *sys.argv[1:]]; main()"
    command = [sys.executable, "-c", code, *words]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_release_verify_and_query_go_together(project: Project) -> None:
    done = run(project.root, "release", "example")
    assert (done.returncode, done.stdout) == (0, "dist/example-1.0.0\n")
    assert done.stderr.startswith("built example 1.0.0: 17 files, 5 rows, ")
    again = run(project.root / "schemas", "release", "example")
    assert (again.returncode, again.stderr.split(":")[0]) == (0, "unchanged, already built")
    good = run(project.root, "verify", "example@1.0.0", "--format", "json")
    assert (good.returncode, json.loads(good.stdout)["valid"]) == (0, True)
    answer = run(project.root, "query", "example@^1", "SELECT id FROM events ORDER BY id", "--format", "csv")
    assert (answer.returncode, answer.stdout, answer.stderr) == (0, "id\na\nb\nc\n", "")  # text mode turns \r\n to \n


def test_a_changed_release_is_exit_1(project: Project) -> None:
    run(project.root, "release", "example")
    (project.releases / "example-1.0.0" / "LICENSE").write_text("MIT\n")
    bad = run(project.root, "verify", "dist/example-1.0.0")
    assert bad.returncode == 1
    assert bad.stdout.startswith("dist/example-1.0.0/LICENSE: error checksum-mismatch: the digest of LICENSE is ")
    assert run(project.root, "verify", "example", "--quiet").stdout == ""


def test_a_refusal_is_one_line_and_exit_1(project: Project) -> None:
    run(project.root, "release", "example")
    edit(project.datasets / "example" / "LICENSE", "4.0", "3.0")
    told = run(project.root, "release", "example")
    assert (told.returncode, told.stdout) == (1, "")
    assert told.stderr == (
        "refused: version taken: no row and no declaration changed since 1.0.0, but LICENSE would be another; "
        "pass --bump patch to release that\n"
    )


def test_a_dry_run_lists_what_there_would_be(project: Project) -> None:
    told = run(project.root, "release", "example", "--dry-run", "--bump", "2.0.0")
    assert (told.returncode, told.stdout.splitlines()[0]) == (0, "would build dist/example-2.0.0")
    assert "version: 1.0.0" in descriptor_of(project).read_text()


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (["release", "nothing"], 2, "error: the project has no dataset 'nothing'"),
        (["release", "example", "--bump", "huge"], 1, "refused: --bump: 'huge' is not a version like 1.0.0"),
        (["verify", "example@1.0.0"], 2, "error: no release of example matches 1.0.0 in dist (there: none)"),
        (["query", "example", "selec"], 2, "error: Parser Error: syntax error"),
        (["query", "example", "SELECT 1", "--format", "parquet"], 2, "Usage: datapkg query"),
        (["query", "example", "SELECT 1", "--output", "absent/x"], 2, "error: absent/x cannot be written"),
    ],
)
def test_what_cannot_be_done(project: Project, words: list[str], code: int, told: str) -> None:
    done = run(project.root, *words)
    assert (done.returncode, done.stdout) == (code, "")
    assert done.stderr.startswith(told)
    assert "Traceback" not in done.stderr


def test_query_warns_of_cells_it_reads_as_null(project: Project) -> None:
    edit(project.datasets / "example" / "data" / "events.csv", "b,raid,12", "b,raid,dozen")
    done = run(project.root, "query", "example", "SELECT count(killed) AS n FROM events", "--format", "json")
    assert (done.returncode, done.stdout) == (0, '[\n{"n": 1}\n]\n')
    assert done.stderr == (
        "warning: datasets/example/data/events.csv: 1 cell is not of the column's type and read as null; "
        "`datapkg validate` lists them\n"
    )


def test_query_writes_parquet_to_a_file(project: Project) -> None:
    done = run(project.root, "query", "example", "FROM events", "--format", "parquet", "--output", "out.parquet")
    assert (done.returncode, (project.root / "out.parquet").read_bytes()[:4]) == (0, b"PAR1")


@pytest.mark.parametrize("command", ["release", "verify", "query"])
def test_help_ends_with_an_example(project: Project, command: str) -> None:
    done = run(project.root, command, "--help")
    assert done.returncode == 0 and f"Example:\n    datapkg {command} " in done.stdout
