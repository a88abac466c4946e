"""A session of git as curators have it: two branches, one table, a conflict that is one cell, a release."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

DATAPKG = Path(sys.executable).with_name("datapkg")
TABLE = "incident_id,place,killed\ninc-1,Zhob,4\ninc-2,Torkham,0\n"
SCHEMA = {
    "fields": [
        {"name": "incident_id", "type": "string", "description": "The key.", "constraints": {"required": True}},
        {"name": "place", "type": "string", "description": "Where."},
        {"name": "killed", "type": "integer", "description": "How many."},
    ],
    "primaryKey": ["incident_id"],
}
DESCRIPTOR = {
    "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
    "name": "events",
    "title": "Events",
    "description": "What happened, where, and to how many.",
    "version": "1.0.0",
    "created": "2026-01-01T00:00:00Z",
    "licenses": [{"name": "CC-BY-4.0"}],
    "contributors": [{"title": "A maintainer"}],
    "resources": [
        {
            "name": "incidents",
            "path": "data/incidents.csv",
            "type": "table",
            "format": "csv",
            "encoding": "utf-8",
            "dialect": {"delimiter": ",", "header": True},
            "schema": "../../schemas/incidents.yaml",
        }
    ],
}
Git = Callable[..., "subprocess.CompletedProcess[str]"]


class Session:
    """A repository with a project in a folder whose name has a space."""

    def __init__(self, root: Path) -> None:
        self.root, self.project = root / "work tree", root / "work tree" / "sub folder"
        self.table = self.project / "datasets" / "events" / "data" / "incidents.csv"
        self.table.parent.mkdir(parents=True)
        (self.project / "schemas").mkdir()
        (self.project / "datapkg.toml").write_text("")
        self.table.write_text(TABLE)
        (self.project / "schemas" / "incidents.yaml").write_text(yaml.safe_dump(SCHEMA, sort_keys=False))
        (self.table.parents[1] / "datapackage.yaml").write_text(yaml.safe_dump(DESCRIPTOR, sort_keys=False))
        self.git("init", "-q", "-b", "main", ".", cwd=self.root)
        self.git("config", "user.name", "A curator")
        self.git("config", "user.email", "curator@example.org")

    def call(self, *command: str | Path, code: int = 0, cwd: Path | None = None) -> str:
        """Run a command in the project, as nobody's settings have it; what it says."""
        own = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
        more = {"GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1", "GIT_PAGER": "cat"}
        done = subprocess.run(
            command, cwd=cwd or self.project, env=own | more, capture_output=True, text=True, timeout=120
        )
        assert "Traceback" not in done.stderr, done.stderr
        assert done.returncode == code, (command, done.stdout, done.stderr)
        return done.stdout + done.stderr

    def git(self, *arguments: str, code: int = 0, cwd: Path | None = None) -> str:
        """Run git."""
        return self.call("git", *arguments, code=code, cwd=cwd)

    def datapkg(self, *arguments: str, code: int = 0, cwd: Path | None = None) -> str:
        """Run datapkg."""
        return self.call(DATAPKG, *arguments, code=code, cwd=cwd)

    def commit(self, message: str, old: str = "", new: str = "") -> None:
        """Replace a text of the table, and commit all there is."""
        self.table.write_text(self.table.read_text().replace(old, new) if old else self.table.read_text())
        self.git("add", "-A", cwd=self.root)
        self.git("commit", "-q", "-m", message)


@pytest.fixture
def session(tmp_path: Path) -> Session:
    return Session(tmp_path)


def test_two_branches_edit_one_table_and_it_is_released(session: Session) -> None:
    session.datapkg("fmt")
    assert "attributes: set in .gitattributes" in session.datapkg("install-git", cwd=session.table.parent)
    session.commit("The first incidents")
    session.git("checkout", "-q", "-b", "theirs")
    session.commit("A third incident, and Zhob again", "inc-1,Zhob,4\n", "inc-0,Quetta,3\ninc-1,Zhob,9\n")
    session.git("checkout", "-q", "main")
    session.commit("Torkham is a crossing, and a fourth incident", "Torkham,0\n", "Torkham crossing,0\ninc-9,Swat,1\n")
    # Rows that were added and cells of different rows do not meet.
    session.git("merge", "-q", "--no-edit", "theirs")
    merged = "incident_id,place,killed\ninc-0,Quetta,3\ninc-1,Zhob,9\ninc-2,Torkham crossing,0\ninc-9,Swat,1\n"
    assert session.table.read_text() == merged
    assert session.git("status", "--porcelain") == ""
    # Two curators correct one cell in two ways.
    session.git("checkout", "-q", "-b", "night")
    session.commit("The night version", "Zhob,9", "Zhob,12")
    session.git("checkout", "-q", "main")
    session.commit("The morning version, and where exactly", "Zhob,9", "Zhob garrison,10")
    told = session.git("merge", "--no-edit", "night", code=1)
    assert "conflict: incident_id=inc-1: killed: ours '10', theirs '12', was '9'" in told
    assert session.table.read_text() == (
        "incident_id,place,killed\ninc-0,Quetta,3\n<<<<<<< ours killed: 10\ninc-1,Zhob garrison,10\n"
        "||||||| base killed: 9\ninc-1,Zhob garrison,9\n=======\ninc-1,Zhob garrison,12\n>>>>>>> theirs killed: 12\n"
        "inc-2,Torkham crossing,0\ninc-9,Swat,1\n"
    )
    assert "incidents.csv:3: error merge-conflict" in session.datapkg("validate", code=1)
    assert "incidents.csv:3: error: not formatted: an unresolved merge conflict" in session.datapkg("fmt", code=1)
    # It is resolved by hand, as any conflict is.
    lines = session.table.read_text().splitlines(keepends=True)
    session.table.write_text("".join([*lines[:2], lines[7], *lines[9:]]))
    session.datapkg("fmt", "--check")
    session.commit("The night version holds")
    assert "UU" not in session.git("status", "--porcelain")
    (session.table.parents[1] / "CHANGELOG.md").write_text("# Changelog\n\n## [1.0.0] - 2026-01-01\n\nFirst.\n")
    session.commit("What is released")
    session.datapkg("release", "events")
    assert "inc-1" in session.datapkg("query", "events", "SELECT incident_id FROM incidents WHERE killed = 12")
    session.datapkg("verify", "events@1.0.0")
    # One row, from beginning to end: each change by the commit that made it, the resolution by the merge.
    story = json.loads(session.datapkg("history", "events", "incidents", "inc-1", "--format", "json"))
    events = [
        (event["commit"]["subject"], [(c["column"], c["old"], c["new"]) for c in event["cells"]])
        for event in story["events"]
    ]
    # Of two branches, either may be told first.
    assert [*events[:2], *sorted(events[2:4]), *events[4:]] == [
        ("The first incidents", [("incident_id", None, "inc-1"), ("place", None, "Zhob"), ("killed", None, "4")]),
        ("A third incident, and Zhob again", [("killed", "4", "9")]),
        ("The morning version, and where exactly", [("place", "Zhob", "Zhob garrison"), ("killed", "9", "10")]),
        ("The night version", [("killed", "9", "12")]),
        ("The night version holds", [("killed", "10", "12")]),
    ]
    assert {event["version"] for event in story["events"]} == {"1.0.0"}
    session.table.write_text(session.table.read_text().replace("garrison,12", "garrison,13"))
    assert session.datapkg("history", "events", "incidents", "inc-1").endswith(
        "\nnot released: changed, not committed\n  killed: 12 → 13\n"
    )
    session.datapkg("release", "events")
    session.commit("Thirteen")
    last = session.datapkg("history", "events", "incidents", "inc-1").splitlines()[-2:]
    assert last[0].startswith("1.0.1: changed by A curator on ") and last[0].endswith(": Thirteen")
    assert last[1] == "  killed: 12 → 13"


def test_git_shows_what_changed_by_key(session: Session) -> None:
    session.datapkg("install-git")
    session.commit("first")
    # Another order and another spelling are no change of data.
    session.table.write_text("incident_id,place,killed\ninc-2,Torkham,+5\ninc-1,Zhob,4\n")
    for command in (["diff"], ["diff", "HEAD"]):
        shown = session.git(*command)
        changed = [line for line in shown.splitlines() if line[:1] in "+-" and line[:3] not in ("+++", "---")]
        assert changed == ["-inc-2.killed: 0", "+inc-2.killed: 5"]
    assert "1 file changed" in session.git("diff", "--stat")
    session.commit("second")
    assert "+inc-2.killed: 5" in session.git("log", "-p", "-1")
    assert "+inc-2.killed: 5" in session.git("show")
    assert "+inc-2,Torkham,+5" in session.git("diff", "--no-textconv", "HEAD~1")


def test_a_file_that_is_no_sound_table_is_shown_as_it_is(session: Session) -> None:
    session.datapkg("install-git")
    session.commit("first")
    session.table.write_text("incident_id,place,killed\ninc-2,Torkham\n")
    assert "+inc-2,Torkham\n" in session.git("diff")


def test_in_another_work_tree_and_while_rebasing(session: Session) -> None:
    session.datapkg("install-git")
    session.commit("first")
    session.git("worktree", "add", "-q", "-b", "side", "../../other tree")
    other = session.root.parent / "other tree"
    table = other / session.table.relative_to(session.root)
    table.write_text(TABLE.replace("Zhob,4", "Zhob,5"))
    assert "+inc-1.killed: 5" in session.git("diff", cwd=other)
    session.git("commit", "-qam", "five", cwd=other)
    session.commit("nine", "Torkham,0", "Torkham,9")
    session.git("rebase", "-q", "main", cwd=other)
    assert table.read_text() == "incident_id,place,killed\ninc-1,Zhob,5\ninc-2,Torkham,9\n"


def test_a_table_of_no_dataset_is_merged_by_line(session: Session) -> None:
    session.git("config", "merge.conflictStyle", "merge")
    other = session.project / "datasets" / "other.csv"
    other.write_text("a\n1\n2\n3\n4\n")
    session.datapkg("install-git")
    session.commit("first")
    session.git("checkout", "-q", "-b", "side")
    other.write_text("a\n1\n2\n3\n5\n")
    session.commit("five")
    session.git("checkout", "-q", "main")
    other.write_text("a\n0\n2\n3\n4\n")
    session.commit("none")
    told = session.git("merge", "--no-edit", "side")
    assert "other.csv: note: merged line by line: no schema is known for it" in told
    assert other.read_text() == "a\n0\n2\n3\n5\n"


def test_where_datapkg_does_not_run_lines_are_merged(session: Session) -> None:
    session.datapkg("install-git")
    session.commit("first")
    driver = session.git("config", "merge.datapkg.driver").strip()
    session.git("config", "merge.datapkg.driver", driver.replace(str(DATAPKG), "/nowhere/datapkg"))
    session.git("checkout", "-q", "-b", "side")
    session.commit("five", "Zhob,4", "Zhob,5")
    session.git("checkout", "-q", "main")
    session.commit("six", "Zhob,4", "Zhob,6")
    session.git("merge", "--no-edit", "side", code=1)
    assert (
        "<<<<<<< ours\ninc-1,Zhob,6\n||||||| base\ninc-1,Zhob,4\n=======\ninc-1,Zhob,5\n>>>>>>> theirs\n"
        in session.table.read_text()
    )


def test_install_git_keeps_what_is_there_and_undo_takes_out_its_own(session: Session) -> None:
    attributes = session.root / ".gitattributes"
    attributes.write_bytes(b"*.png binary\r\n*.sh text")
    before = session.git("config", "--local", "--list")
    session.datapkg("install-git")
    once = attributes.read_bytes()
    assert once.startswith(b"*.png binary\r\n*.sh text\n# datapkg: ")
    assert b'\n"/sub folder/datasets/**/*.csv" -text merge=datapkg diff=datapkg\n' in once
    assert "as they should be" in session.datapkg("install-git")
    assert attributes.read_bytes() == once
    session.datapkg("install-git", "--undo")
    assert attributes.read_bytes() == b"*.png binary\r\n*.sh text\n"
    assert session.git("config", "--local", "--list") == before
    attributes.unlink()
    session.datapkg("install-git")
    session.datapkg("install-git", "--undo")
    assert not attributes.exists()


def test_without_a_repository_there_is_nothing_to_set_up(tmp_path: Path) -> None:
    done = subprocess.run(
        [DATAPKG, "install-git"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        env=os.environ | {"GIT_CEILING_DIRECTORIES": str(tmp_path.parent)},
    )
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "not a git repository" in done.stderr
