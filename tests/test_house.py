"""The house rules that no linter holds: sizes, docstrings, late imports, what may stand in a tracked file."""

import ast
import inspect
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import datapkg

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = sorted((ROOT / "datapkg").rglob("*.py"))
CODE = [*PACKAGE, ROOT / "frictionless_datapkg.py"]

MODULE_LINES = 400
FUNCTION_LINES = 60
PARAMETERS = 6
HEAVY = {
    "duckdb",
    "frictionless",
    "jsonschema",
    "narwhals",
    "obstore",
    "pandas",
    "pandera",
    "polars",
    "pyarrow",
    "pyspark",
    "referencing",
    "sqlglot",
}

type_of = {ast.ClassDef: "class", ast.FunctionDef: "function", ast.AsyncFunctionDef: "function"}
Function = ast.FunctionDef | ast.AsyncFunctionDef


def name_of(path: Path) -> str:
    """A path as the project writes it."""
    return path.relative_to(ROOT).as_posix()


def functions(path: Path) -> Iterator[Function]:
    """Every function of a module, inner ones too."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, Function):
            yield node


def parameters(function: Function) -> list[str]:
    """The names of a function's parameters, without self and cls."""
    told = function.args
    named = [*told.posonlyargs, *told.args, *told.kwonlyargs]
    return [one.arg for one in named if one.arg not in {"self", "cls"}]


def public(path: Path) -> Iterator[ast.ClassDef | Function]:
    """The public classes and functions of a module, and the public methods of these classes."""

    def of(body: list[ast.stmt]) -> Iterator[ast.ClassDef | Function]:
        for node in body:
            if isinstance(node, ast.ClassDef | Function) and not node.name.startswith("_"):
                yield node
                if isinstance(node, ast.ClassDef):
                    yield from of(node.body)

    yield from of(ast.parse(path.read_text(encoding="utf-8")).body)


def tracked() -> list[Path]:
    """The files that belong to the project; new ones count before they are committed."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if run.returncode:
        pytest.skip(f"git cannot list the project's files: {run.stderr.strip()}")
    paths = [ROOT / name for name in run.stdout.split("\0") if name]
    return [path for path in paths if path.is_file()]


@pytest.mark.parametrize("path", CODE, ids=name_of)
def test_a_module_fits_on_its_pages(path: Path) -> None:
    lines = len(path.read_text(encoding="utf-8").splitlines())
    assert lines <= MODULE_LINES, f"{lines} lines: split it"


@pytest.mark.parametrize("path", CODE, ids=name_of)
def test_a_function_fits_on_a_screen(path: Path) -> None:
    lengths = {f"{f.name}:{f.lineno}": (f.end_lineno or f.lineno) - f.lineno + 1 for f in functions(path)}
    assert {name: length for name, length in lengths.items() if length > FUNCTION_LINES} == {}


@pytest.mark.parametrize("path", CODE, ids=name_of)
def test_a_function_has_few_parameters(path: Path) -> None:
    if "cli" in path.relative_to(ROOT).parts:
        return  # a command has as many as it has options
    behind = "validate" if path == ROOT / "datapkg" / "validate.py" else None  # each of its parameters is an option
    counts = {f"{f.name}:{f.lineno}": len(parameters(f)) for f in functions(path) if f.name != behind}
    assert {name: count for name, count in counts.items() if count > PARAMETERS} == {}


@pytest.mark.parametrize("path", CODE, ids=name_of)
def test_what_is_public_says_what_it_is(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))), "the module says nothing of itself"
    assert [f"{type_of[type(n)]} {n.name}:{n.lineno}" for n in public(path) if not ast.get_docstring(n)] == []


@pytest.mark.parametrize("name", [name for name in datapkg.__all__ if not inspect.isclass(getattr(datapkg, name))])
def test_what_users_call_takes_two_arguments_by_place(name: str) -> None:
    parameters = inspect.signature(getattr(datapkg, name)).parameters.values()
    by_place = [p.name for p in parameters if p.kind in {p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD}]
    assert len(by_place) <= 2, by_place


def imported_by(statement: str) -> set[str]:
    """The heavy libraries in memory after a statement was run in a process of its own."""
    code = f"import sys, json\n{statement}\nprint('\\n' + json.dumps(sorted(m.partition('.')[0] for m in sys.modules)))"
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    return HEAVY & set(json.loads(run.stdout.splitlines()[-1]))


RUN = """
import datapkg.cli
sys.argv = {}
try:
    datapkg.cli.main()
except SystemExit as end:
    assert not end.code
"""


@pytest.mark.parametrize(
    "statement",
    [
        "import datapkg",
        "import datapkg.cli",
        RUN.format(["datapkg", "--help"]),
        RUN.format(["datapkg", "--version"]),
        RUN.format(["datapkg", "validate", "--help"]),
        RUN.format(["datapkg", "explain", "foreign-key"]),
    ],
    ids=["import", "import cli", "--help", "--version", "validate --help", "explain"],
)
def test_what_is_quick_imports_nothing_heavy(statement: str) -> None:
    assert imported_by(statement) == set()


def test_what_has_not_changed_imports_nothing_heavy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATAPKG_CACHE", str(tmp_path))
    assert {"duckdb", "pandera"} <= imported_by(RUN.format(["datapkg", "validate", "-q"]))
    assert imported_by(RUN.format(["datapkg", "validate", "-q"])) == set()


# Each is written in two parts, so that this file does not hold what it looks for.
FORBIDDEN = {
    "a path of one machine": re.compile(r"(?<![\w.}])/(?:" + "work|root|home" + r"|Users)/\w"),
    "the host of a package registry": re.compile("pypi" + r"\.org|pypi" + "proxy|files.python" + "hosted"),
}


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="no git checkout: the project's files are not known")
def test_no_file_knows_the_machine_it_was_written_on() -> None:
    found = []
    for path in tracked():
        text = path.read_bytes().decode("utf-8", errors="replace")
        for number, line in enumerate(text.splitlines(), 1):
            found += [f"{name_of(path)}:{number}: {what}" for what, sign in FORBIDDEN.items() if sign.search(line)]
    assert found == []


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="no git checkout: the project's files are not known")
def test_every_file_is_text_and_ends_with_a_newline() -> None:
    faults = []
    for path in tracked():
        content = path.read_bytes()
        if b"\0" in content:
            faults.append(f"{name_of(path)}: not text")
        elif content and not content.endswith(b"\n"):
            faults.append(f"{name_of(path)}: no newline at the end")
        elif b"\r" in content and path.suffix != ".csv":
            faults.append(f"{name_of(path)}: carriage returns")
    assert faults == []


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="no git checkout: the project's files are not known")
def test_what_is_run_by_name_can_be_run() -> None:
    programs = [path for path in tracked() if path.read_bytes().startswith(b"#!")]
    assert [name_of(path) for path in programs if not os.access(path, os.X_OK)] == []


def test_the_map_names_every_module() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    rooms = {path.name.removesuffix(".py") for path in (ROOT / "datapkg").iterdir() if path.name[0] not in "._"}
    assert sorted(room for room in rooms if not re.search(rf"`{room}(?:\.py|/)`", text)) == []


def test_constraints_are_plain_pins() -> None:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pins = [line for line in lines if not line.startswith("#")]
    assert [pin for pin in pins if not re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.!]+", pin)] == []
    assert pins == sorted(pins, key=lambda pin: pin.partition("==")[0].lower())
