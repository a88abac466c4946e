"""The command line as a process sees it: exit codes, streams, and no traceback ever."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from building import write_dataset, write_project
from conftest import ROOT

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """run("validate", "x") runs the command in the test's folder."""

    def call(*arguments: str, cwd: Path = tmp_path) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, "-c", "from datapkg.cli import main; main()", *arguments]
        done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=120)
        assert "Traceback" not in done.stderr, done.stderr
        return done

    return call


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return write_project(tmp_path / "p", {"t": "id:string! n:integer\na,1\nb,x\n"})


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["validate"], 1, "type-error"),
        (["validate", "example"], 1, "type-error"),
        (["validate", "datasets/example"], 1, "type-error"),
        (["validate", "datasets/example/datapackage.yaml"], 1, "type-error"),
        (["validate", "datasets/example/data/t.csv"], 0, "valid: 0 errors"),
        (["validate", "datasets/example/data/t.csv", "--schema", "schemas/t.yaml"], 1, "type-error"),
        (["validate", "--fail-on", "never"], 0, "not valid"),
        (["validate", "--ignore", "type-error"], 0, "not valid: 0 errors"),
        (["validate", "--select", "foreign-key,blank-row"], 0, "not valid: 0 errors"),
        (["validate", "-q"], 1, ""),
        (["validate", "--limit", "0"], 1, "… 1 more of type-error in t.n (1 in all)"),
        (["validate", "--color", "always"], 1, "\x1b[31merror"),
        (["validate", "--memory-limit", "1GB", "--threads", "1"], 1, "type-error"),
        (["validate", "--engine", "duckdb", "--untrusted"], 1, "type-error"),
        (["query", "example", "select id from t", "--memory-limit", "1 GiB", "--threads", "1"], 0, "id"),
        (["explain", "type-error"], 0, "What: {value} is not {expected}"),
        (["explain"], 0, "foreign-key"),
        (["--version"], 0, "datapkg, version"),
        (["-h"], 0, "datapkg validate"),
        (["validate", "-h"], 0, "Example:"),
    ],
)
def test_what_is_printed_and_the_exit_code(
    run: Run, project: Path, arguments: list[str], code: int, words: str
) -> None:
    done = run(*arguments, cwd=project)
    assert (done.returncode, done.stderr) == (code, "")
    assert words in done.stdout if words else done.stdout == ""


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["validate", "exampel"], "no dataset 'exampel'; did you mean example?"),
        (["validate", "zzz"], "there are example"),
        (["validate", "nowhere/"], "there is no nowhere/"),
        (["validate", "absent.csv"], "there is no absent.csv"),
        (["validate", "schemas"], "no dataset 'schemas'"),
        (["validate", "./schemas"], "has no datapackage.yaml"),
        (["validate", "./datapkg.toml"], "neither a descriptor nor a data file"),
        (["validate", "datasets/example/data/t.csv", "--schema", "absent.yaml"], "there is no schema absent.yaml"),
        (["validate", "--output", "absent/x.json"], "cannot be written"),
        (["validate", "--format", "xml"], "'xml' is not one of"),
        (["validate", "--memory-limit", "much"], "'much', which is not a size such as 1 GiB"),
        (["validate", "--memory-limit", "1 KB"], "must be at least 64 MiB"),
        (["validate", "--rules-from", "main"], "rules come from git:REF"),
        (["validate", "--rules-from", "git:main"], "not a git repository"),
        (["validate", "--wrong"], "No such option"),
        (["explain", "type-eror"], "did you mean type-error"),
        (["explain", "zzz"], "there is no rule 'zzz'"),
        (["--project", "absent", "validate"], "there is no folder absent"),
        (["--project", "schemas", "validate"], None),
        (["wrong"], "No such command"),
    ],
)
def test_what_cannot_be_done_is_one_line_and_exit_2(
    run: Run, project: Path, arguments: list[str], words: str | None
) -> None:
    done = run(*arguments, cwd=project)
    if words is None:
        assert done.returncode == 1
        return
    assert (done.returncode, done.stdout) == (2, "")
    assert words in done.stderr


def test_outside_of_a_project(run: Run, tmp_path: Path) -> None:
    assert "there is no project here" in run("validate").stderr
    assert "there is no project here" in run("validate", "name").stderr
    (tmp_path / "x").mkdir()
    assert run("--project", "x", "validate").returncode == 2


def test_a_project_without_datasets(run: Run, tmp_path: Path) -> None:
    (tmp_path / "datapkg.toml").touch()
    assert "the project has no dataset" in run("validate").stderr


def test_a_configuration_that_is_not_understood(run: Run, tmp_path: Path) -> None:
    (tmp_path / "datapkg.toml").write_text("shemas = 'x'")
    assert run("validate").stderr == "error: datapkg.toml: unknown key 'shemas'; did you mean schemas?\n"


def test_a_sql_rule_that_is_not_understood(run: Run, tmp_path: Path) -> None:
    root = write_project(tmp_path / "q", {"t": "id:string!\na\n"}, sql={"x": "-- rule: y\nselect 1"})
    for command in (["validate"], ["explain", "zzz"]):
        done = run(*command, cwd=root)
        assert (done.returncode, "must have the same name" in done.stderr) == (2, True)


def test_limits_of_the_project_and_those_given_at_the_command_line(run: Run, tmp_path: Path) -> None:
    root = write_project(tmp_path / "q", {"t": "n:integer\nx\ny\nz\n"}, config="[limits]\nfindings = 1\n")
    assert run("validate", cwd=root).stdout.count("error type-error") == 1
    assert run("validate", "--limit", "2", cwd=root).stdout.count("error type-error") == 2


def test_several_formats_at_once(run: Run, project: Path) -> None:
    done = run("validate", "--format", "json=out.json", "--format", "text", cwd=project)
    assert json.loads((project / "out.json").read_text())["valid"] is False
    assert "type-error" in done.stdout


def test_a_single_format_to_a_file(run: Run, project: Path) -> None:
    done = run("validate", "--format", "json", "--output", "out.json", cwd=project)
    assert done.stdout == "" and json.loads((project / "out.json").read_text())["format"] == "datapkg-report/1"


def test_the_project_is_found_from_inside_and_paths_are_its_own(run: Run, project: Path) -> None:
    done = run("validate", cwd=project / "datasets" / "example" / "data")
    assert done.stdout.startswith("datasets/example/data/t.csv:3: error type-error")


def test_a_severity_of_the_project(run: Run, tmp_path: Path) -> None:
    for level, code, words in (("warning", 0, "1 warning"), ("off", 0, "switched it off")):
        root = write_project(tmp_path / level, {"t": "n:integer\nx\n"}, config=f"[severity]\ntype-error = '{level}'\n")
        done = run("validate", cwd=root)
        assert done.returncode == code and words in done.stdout


def test_a_package_that_has_nothing_to_do_with_a_project(run: Run, tmp_path: Path) -> None:
    path = write_dataset(tmp_path / "far", {"t": "id:string!\na\na\n"})
    done = run("validate", path.as_posix())
    assert (done.returncode, done.stdout.split(":")[0]) == (1, "far/t.csv")


def test_a_reader_that_hangs_up_is_no_fault(project: Path) -> None:
    command = f"'{sys.executable}' -c 'from datapkg.cli import main; main()' explain | head -1"
    done = subprocess.run(["bash", "-c", command], cwd=project, capture_output=True, text=True, timeout=60)
    assert done.stdout.startswith("package-error") and done.stderr == ""


@pytest.mark.parametrize("arguments", [["--help"], ["explain", "foreign-key"], ["--version"]])
def test_what_needs_no_engine_loads_none(arguments: list[str]) -> None:
    code = (
        "import sys\nfrom datapkg.cli.main import datapkg\n"
        f"try: datapkg({arguments!r}, standalone_mode=False)\nexcept SystemExit: pass\n"
        "print(sorted(set(sys.modules) & {'duckdb','pyarrow','pandera','frictionless','narwhals','pandas','polars','yaml'}))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.stdout.splitlines()[-1] == "[]", done.stderr
