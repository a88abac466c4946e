"""`datapkg diff` as it is called: what it prints, where, and its exit codes."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from building import write_dataset
from click.testing import CliRunner, Result

from datapkg.cli.main import datapkg
from datapkg.errors import TargetError

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """run("old", "new", …) in a folder with two packages whose table `t` differs in a row, and `same` in none."""
    monkeypatch.chdir(tmp_path)
    same = "a:string\nx\n"
    write_dataset(tmp_path / "old", {"t": "id:string! n:number\na,1.0\nb,2\nc,3\n", "same": same})
    write_dataset(tmp_path / "new", {"t": "id:string! n:number\na,1.00\nb,2.5\nd,4\n", "same": same})
    return lambda *words: CliRunner().invoke(datapkg, ["diff", *words])


def test_a_person_reads_what_went_changed_and_came(run: Run) -> None:
    done = run("old/", "new/")
    assert done.exit_code == 0
    assert done.output == (
        "example → example (old/ → new/)\n"
        "\n"
        "t: 1 removed, 1 changed, 1 added\n"
        "  - c  n: 3\n"
        "  ~ b\n"
        "      n: 2 → 2.5\n"
        "  + d  n: 4\n"
        "\n"
        "no row differs in same\n"
        "\n"
        "1 row removed, 1 changed, 1 added; bump: minor\n"
    )


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["old/", "new/"], 0),
        (["old/", "new/", "--exit-code"], 1),
        (["old/", "old/", "--exit-code"], 0),
        (["old/", "new/", "--exit-code", "--quiet"], 1),
        (["old/", "new/", "--table", "same", "--exit-code"], 0),
        (["old/", "new/", "--table", "t", "--limit", "0", "--exit-code"], 1),
        (["old/", "new/", "--memory-limit", "100MB", "--threads", "1"], 0),
    ],
)
def test_the_exit_code_tells_where_it_is_asked_to(run: Run, words: list[str], code: int) -> None:
    done = run(*words)
    assert done.exit_code == code
    assert ("--quiet" in words) == (done.output == "")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["old/", "new/", "--tolerance", "t.n"], "is not TABLE.COLUMN=0.01"),
        (["old/", "new/", "--tolerance", "n=1"], "is not TABLE.COLUMN=0.01"),
        (["old/", "new/", "--tolerance", "t.n=-1"], "is not TABLE.COLUMN=0.01"),
        (["old/", "new/", "--tolerance", "t.n=nan"], "is not TABLE.COLUMN=0.01"),
    ],
)
def test_a_tolerance_that_is_none_is_usage(run: Run, words: list[str], message: str) -> None:
    done = run(*words)
    assert done.exit_code == 2
    assert message in done.output


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["old/", "gone/"], "there is no gone/"),
        (["old/", "new/", "--table", "x"], "there is no table 'x'; there are t, same"),
        (["old/", "new/", "--tolerance", "t.id=1"], "t.id is of type string, and only numbers"),
        ([], "there is no project here"),
    ],
)
def test_what_is_not_there_cannot_be_compared(run: Run, words: list[str], message: str) -> None:
    done = run(*words)
    assert isinstance(done.exception, TargetError)
    assert message in str(done.exception)


def test_a_tolerance_is_by_column(run: Run) -> None:
    assert json.loads(run("old/", "new/", "--format", "json", "--tolerance", "t.n=20%").output)["tables"]["t"] == {
        "added": 1,
        "removed": 1,
        "changed": 0,
        "keyed": True,
        "note": None,
        "columns": {},
        "rows": [
            {
                "op": "removed",
                "key": {"id": "c"},
                "cells": [{"column": "id", "old": "c", "new": None}, {"column": "n", "old": "3", "new": None}],
            },
            {
                "op": "added",
                "key": {"id": "d"},
                "cells": [{"column": "id", "old": None, "new": "d"}, {"column": "n", "old": None, "new": "4"}],
            },
        ],
    }


@pytest.mark.parametrize(
    ("name", "start"), [("text", "example"), ("json", "{"), ("markdown", "## "), ("html", "<!DOC")]
)
def test_each_format_is_printed_or_written_whole(run: Run, tmp_path: Path, name: str, start: str) -> None:
    printed = run("old/", "new/", "--format", name)
    assert printed.output.startswith(start)
    assert run("old/", "new/", "--format", name, "--output", "diff.out").output == ""
    assert (tmp_path / "diff.out").read_text(encoding="utf-8") == printed.output


def test_the_schema_of_the_json_is_printed(run: Run) -> None:
    assert json.loads(run("--diff-schema").output)["title"] == "datapkg-diff/1"


def test_colour_is_on_demand(run: Run) -> None:
    assert "\x1b[31m- c\x1b[0m" in run("old/", "new/", "--color", "always").output
    assert "\x1b" not in run("old/", "new/").output


def test_a_log_of_a_workflow_holds_no_command(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_dataset(tmp_path / "new", {"t": "id:string! n:number\n::error::x,1\n", "same": "a:string\n##[error]\n"})
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    for name in ("text", "json", "markdown", "html"):
        body = run("old/", "new/", "--format", name).output.partition("</style>")[2 if name == "html" else 0]
        assert "::" not in body and "##[" not in body


def test_a_file_is_read_by_the_schema_given(run: Run, tmp_path: Path) -> None:
    (tmp_path / "s.json").write_text('{"fields": [{"name": "id", "type": "string"}, {"name": "n", "type": "number"}]}')
    both = run("old/t.csv", "new/t.csv", "--schema", "s.json", "--format", "json")
    table = json.loads(both.output)["tables"]["t"]
    assert (table["added"], table["removed"], table["keyed"]) == (2, 2, False)
