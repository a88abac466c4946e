"""The catalogue: every rule of a project, read without running any of its code."""

from pathlib import Path
from typing import Any

import pytest
from building import write_project

from datapkg.catalogue import explain, project_rules
from datapkg.errors import TargetError
from datapkg.project import Project, find_project

ROWS = """
raise RuntimeError("this file must not run")
CHECKS = [
    pa.Check(lambda frame: f, native=False, name="row-rule", error="m {a}", title="W.", description="F.", raise_warning=True),
    pa.Check(lambda frame: f, native=False, name="bare-rule"),
    other(name="no-rule"),
]
"""
SQL = (
    "-- severity: info\n-- message: m\n--   and more\n-- why: W.\n-- fix: F.\n-- table: t\n\n-- idle words\nselect 1;\n"
)


def project(tmp_path: Path, **parts: Any) -> Project:
    found = find_project(write_project(tmp_path / "p", {"t": "id:string!\n"}, **parts))
    assert found is not None
    return found


def test_rules_of_the_maintainers(tmp_path: Path) -> None:
    found = project_rules(
        project(tmp_path, rows={"t": ROWS, "broken": "x ="}, sql={"sql-rule": SQL, "plain": "select 1"}).schemas
    )
    told = {code: (rule.layer, rule.severity, rule.message, rule.why, rule.fix) for code, rule in found.items()}
    assert told == {
        "sql-rule": ("duckdb", "info", "m and more", "W.", "F."),
        "plain": ("duckdb", "error", "the row breaks plain", "The maintainers declared it a law of these tables.",
                  "Correct the row, or the rows that it does not agree with."),
        "row-rule": ("pandera", "warning", "m {a}", "W.", "F."),
        "bare-rule": ("pandera", "error", "the row breaks bare-rule", "The maintainers declared it a law of this table.",
                      "Correct the row."),
    }  # fmt: skip


def test_explain_shows_a_rule_of_the_project_and_of_the_tool(tmp_path: Path) -> None:
    here = project(tmp_path, sql={"sql-rule": SQL})
    assert "".join(explain("sql-rule", here)) == "sql-rule (info, duckdb)\n\nWhat: m and more\nWhy:  W.\nFix:  F.\n"
    assert "".join(explain("type-error", None)).endswith(
        "Example:\n  incident_id:string killed:integer\n  a,1\n  b,many\n"
    )
    assert any(line.startswith("sql-rule ") for line in explain(None, here))


def test_what_is_no_rule(tmp_path: Path) -> None:
    with pytest.raises(TargetError, match=r"did you mean foreign-key\?"):
        list(explain("foreign-keys", None))


def test_a_file_that_is_no_text(tmp_path: Path) -> None:
    here = project(tmp_path)
    (here.schemas / "cross" / "x.sql").write_bytes(b"\xff")
    (here.schemas / "cross" / "y.sql").write_text("-- severity: fatal\nselect 1")
    assert {"x", "y"} <= set(" ".join(explain(None, here)).split())  # validation says what is wrong with them
