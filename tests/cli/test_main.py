"""The command line as a process sees it: exit codes, streams, and no traceback ever."""

import io
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from building import write_dataset, write_project
from conftest import ROOT

from datapkg.cli.main import said
from datapkg.cli.options import write
from datapkg.cli.progress import progress
from datapkg.errors import OutputError
from datapkg.project import Project
from datapkg.validate import validate

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
        (["validate", "--output", "datasets"], "datasets cannot be written: Is a directory"),
        (["validate", "--format", "xml"], "'xml' is not one of"),
        (["validate", "--memory-limit", "much"], "'much', which is not a size such as 1 GiB"),
        (["validate", "--memory-limit", "1 KB"], "must be at least 64 MiB"),
        (["validate", "--rules-from", "main"], "rules come from git:REF"),
        (["validate", "--rules-from", "git:main"], "not a git repository"),
        (["validate", "--format", "json", "--format", "text", "--output", "x"], "names the file of a single format"),
        (["validate", "--format", "json=y", "--output", "x"], "name two files"),
        (["validate", "--format", "json=x", "--format", "text=x"], "two formats are to be written to x"),
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
    sql = {"x": "-- rule: y\nselect 1", "y": "-- severity: fatal\nselect 1", "z": "select id from t"}
    root = write_project(tmp_path / "q", {"t": "id:string!\na\n"}, sql=sql)
    (root / "schemas" / "cross" / "w.sql").mkdir()
    done = run("validate", "--format", "json", cwd=root)
    found = json.loads(done.stdout)["datasets"][0]["findings"]
    assert (done.returncode, done.stderr) == (1, "")
    assert [(finding["code"], finding["path"], finding["message"]) for finding in found] == [
        ("z", "datasets/example/data/t.csv", "the row breaks z"),
        ("rule-error", "schemas/cross/w.sql", "the rule w cannot run: its file cannot be read: Is a directory"),
        ("rule-error", "schemas/cross/x.sql", "the rule x cannot run: its header calls it 'y'; rule and file must have the same name"),
        ("rule-error", "schemas/cross/y.sql", "the rule y cannot run: its severity 'fatal' is not error, warning or info"),
    ]  # fmt: skip


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


def test_a_report_is_in_its_file_whole_or_not_at_all(tmp_path: Path) -> None:
    def pieces() -> Iterator[str]:
        yield "half"
        raise OutputError("no more")

    path = tmp_path / "report.txt"
    write(["before\n"], path)
    with pytest.raises(OutputError):
        write(pieces(), path)
    assert (path.read_text(), list(tmp_path.iterdir())) == ("before\n", [path])
    write(["after\n"], path)
    assert path.read_text() == "after\n"


def test_a_report_can_go_to_a_device_and_through_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").write_text("old")
    (tmp_path / "link").symlink_to("real")
    write(["new"], tmp_path / "link")
    write(["nothing"], Path("/dev/null"))
    assert (tmp_path / "link").is_symlink() and (tmp_path / "real").read_text() == "new"


def test_what_annotations_leave_out_is_appended_to_the_summary(
    run: Run, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    summary = project / "summary.md"
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", summary.as_posix())
    summary.write_text("earlier\n")
    done = run("validate", "--format", "github", cwd=project)
    assert done.stdout.startswith("::error file=")
    assert summary.read_text().startswith("earlier\n## datapkg: not valid")
    run("validate", "--format", "github", "--format", f"markdown={summary}", cwd=project)
    assert summary.read_text().count("## datapkg:") == 2


def test_a_log_of_github_actions_finds_no_command_in_text(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_dataset(tmp_path / "p", {"t": "n:integer\n::error::x ##[group]\n"}).as_posix()
    assert "'::error::x ##[group]'" in run("validate", path).stdout
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    for name in ("text", "markdown"):
        told = run("validate", path, "--format", name).stdout
        assert "':\\x3aerror:\\x3ax ##\\x5bgroup]'" in told and "::" not in told and "##[" not in told


def test_an_error_that_quotes_data_commands_nothing() -> None:
    assert said(OutputError("no\n::error::a\x1b[2J\r##[x]")) == "no\n:\\x3aerror:\\x3aa\\x1b[2J\\x0d##\\x5bx]"


def test_progress_is_told_table_by_table(make_project: Callable[..., Project]) -> None:
    told: list[tuple[int, int]] = []
    validate(
        project=make_project({"t": "id:string!\na\n", "u": "id:string!\na\n"}), progress=lambda *one: told.append(one)
    )
    assert told == [(0, 2), (1, 2), (2, 2)]


def test_progress_shows_on_a_terminal_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = io.StringIO()
    monkeypatch.setattr(sys, "stderr", shown)
    with progress() as told:
        assert told is None
    monkeypatch.setattr(shown, "isatty", lambda: True)
    monkeypatch.setattr("datapkg.cli.progress.WAIT", 0.01)
    monkeypatch.setattr("datapkg.cli.progress.EVERY", 0.02)
    with progress() as told:
        assert told is not None
        told(1, 3)
        time.sleep(0.1)
    assert "\r\x1b[K1 of 3 tables, 0 s" in shown.getvalue() and shown.getvalue().endswith("\r\x1b[K")
    with progress(quiet=True) as told:
        assert told is None


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


def test_a_second_run_is_told_from_the_cache(run: Run, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = project.parent / "kept"
    monkeypatch.setenv("DATAPKG_CACHE", str(folder))
    fresh = run("validate", "--format", "json", "--no-cache", cwd=project)
    assert not folder.exists()
    assert run("validate", "--format", "json", cwd=project).stdout == fresh.stdout
    (entry,) = folder.iterdir()
    written = entry.stat().st_ino
    for arguments in (["--format", "json"], ["--format", "json", "--ignore", "foreign-key"]):
        assert run("validate", *arguments, cwd=project).stdout == fresh.stdout
    entry.write_bytes(entry.read_bytes()[:-1])
    again = run("validate", "--format", "json", cwd=project)
    assert (again.stdout, again.returncode, again.stderr) == (fresh.stdout, 1, "")
    assert entry.stat().st_ino != written and list(folder.iterdir()) == [entry]


def test_a_cache_inside_the_project_is_refused(run: Run, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATAPKG_CACHE", "kept")
    done = run("validate", cwd=project)
    assert (done.returncode, "inside the project" in done.stderr) == (2, True)
    assert run("validate", "--no-cache", cwd=project).returncode == 1


@pytest.mark.parametrize("arguments", [["--help"], ["explain", "foreign-key"], ["--version"]])
def test_what_needs_no_engine_loads_none(arguments: list[str]) -> None:
    code = (
        "import sys\nfrom datapkg.cli.main import datapkg\n"
        f"try: datapkg({arguments!r}, standalone_mode=False)\nexcept SystemExit: pass\n"
        "print(sorted(set(sys.modules) & {'duckdb','pyarrow','pandera','frictionless','narwhals','pandas','polars','yaml'}))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.stdout.splitlines()[-1] == "[]", done.stderr
