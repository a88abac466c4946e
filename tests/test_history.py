"""A row through releases and commits, and who gave each cell its value: a session of git from beginning to end."""

import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from building import write_project

from datapkg.changes import Op
from datapkg.errors import TargetError
from datapkg.history import Event, blame, history
from datapkg.project import Project, find_project
from datapkg.release.build import build
from datapkg.render import lineage

TABLES = {
    "events": "id:string! killed:integer note:string\na,1,x\nb,2,y\nc,3,z\n",
    "pairs": "x:integer! y:date! n:number\n1,2023-01-01,1.50\n",
    "retractions": "table:string! key:string! reason:string note:string\n",
}
ENVIRONMENT = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "SOURCE_DATE_EPOCH": "1800000000"}


class Session:
    """A project in a repository, and what is done to it."""

    def __init__(self, root: Path) -> None:
        self.root = write_project(root, TABLES)
        (self.root / ".gitignore").write_text("dist\n")
        self.data = self.root / "datasets/example/data"
        self.git("init", "-qb", "main")

    @property
    def project(self) -> Project:
        """The project as it is now."""
        found = find_project(self.root)
        assert found is not None
        return found

    def git(self, *words: str, who: str = "Ann") -> str:
        """What git prints."""
        command = ["git", "-c", f"user.name={who}", "-c", "user.email=e@example.com", *words]
        env = {**os.environ, **ENVIRONMENT, "GIT_AUTHOR_DATE": "2027-01-02T03:04:05Z"}
        return subprocess.run(command, cwd=self.root, env=env, check=True, capture_output=True, text=True).stdout

    def commit(self, subject: str, who: str = "Ann") -> None:
        """Everything, committed."""
        self.git("add", "-A")
        self.git("commit", "-qm", subject, who=who)

    def edit(self, table: str, change: Callable[[str], str]) -> None:
        """Another text of a table's file."""
        path = self.data / f"{table}.csv"
        path.write_text(change(path.read_text()))

    def release(self, who: str = "Ann") -> None:
        """The next version, committed and tagged."""
        built = build("example", self.project)
        self.commit(f"release {built.version}", who)
        self.git("tag", f"example-{built.version}")


def replaced(old: str, new: str) -> Callable[[str], str]:
    return lambda text: text.replace(old, new)


def added(line: str) -> Callable[[str], str]:
    return lambda text: text + line


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Session:
    """The row b is corrected on a branch and its file reordered, c goes, d comes; one change of a is not committed."""
    one = Session(tmp_path_factory.mktemp("session") / "p")
    one.commit("first")
    one.release()
    one.git("checkout", "-qb", "side")
    one.edit("events", replaced("b,2", "b,5"))
    one.commit("b is 5", "Bob")
    one.git("checkout", "-q", "main")
    one.edit("events", added("d,4,w\n"))
    one.commit("d", "Cat")
    one.git("merge", "-q", "--no-edit", "side")
    one.edit(
        "events", lambda text: "".join([text.splitlines(True)[0], *sorted(text.splitlines(True)[1:], reverse=True)])
    )
    one.edit("pairs", replaced("1.50", "1.5"))
    one.commit("another order, another spelling", "Dan")
    one.release()
    one.edit("events", replaced("c,3,z\n", ""))
    one.edit("retractions", added("events,c,duplicate,same as b\n"))
    one.commit("c was b", "Eve")
    one.release()
    one.edit("events", replaced("a,1", "a,9"))
    return one


def told(event: Event) -> tuple[str, str | None, str | None, list[str]]:
    cells = [f"{cell.column}: {cell.old} → {cell.new}" for cell in event.cells]
    return event.op, event.version, f"{event.commit.author}: {event.commit.subject}" if event.commit else None, cells


CAME = ["id: None → {}", "killed: None → {}", "note: None → {}"]


def came(*values: str) -> list[str]:
    return [line.format(value) for line, value in zip(CAME, values, strict=True)]


@pytest.mark.parametrize(
    ("key", "events"),
    [
        ("b", [("added", "1.0.0", "Ann: first", came("b", "2", "y")), ("changed", "1.1.0", "Bob: b is 5", ["killed: 2 → 5"])]),
        ("id=d", [("added", "1.1.0", "Cat: d", came("d", "4", "w"))]),
        ("a", [("added", "1.0.0", "Ann: first", came("a", "1", "x")), ("changed", None, None, ["killed: 1 → 9"])]),
        (
            "c",
            [
                ("added", "1.0.0", "Ann: first", came("c", "3", "z")),
                ("removed", "1.2.0", "Eve: c was b", ["id: c → None", "killed: 3 → None", "note: z → None"]),
            ],
        ),
    ],
)  # fmt: skip
def test_the_story_of_a_row(session: Session, key: str, events: list[object]) -> None:
    story = history("example", "events", key, session.project)
    assert [told(event) for event in story.events] == events
    assert (story.there, story.notes) == (key != "c", ())


def test_a_row_that_went_has_its_reason_and_an_edit_is_not_committed(session: Session) -> None:
    gone = history("example", "events", "c", session.project).events[-1]
    assert gone.reason == {"reason": "duplicate", "note": "same as b"}
    edited = history("example", "events", "a", session.project).events[-1]
    assert not edited.committed


def test_a_key_of_several_columns_and_another_spelling(session: Session) -> None:
    (event,) = history("example", "pairs", "y=2023-01-01,x=1", session.project).events
    assert (event.op, event.version, event.cells[-1].new) == (Op.ADDED, "1.0.0", "1.5")


@pytest.mark.parametrize(
    ("table", "key", "message"),
    [
        ("evnts", "b", "the dataset example has no table 'evnts' with a schema; did you mean events?"),
        ("events", "zz", "no release, commit or file of example ever had 'zz' in events"),
        ("pairs", "1", "'1' is no key of several columns, which is written x=…,y=…"),
    ],
)
def test_what_has_no_history(session: Session, table: str, key: str, message: str) -> None:
    with pytest.raises(TargetError) as error:
        history("example", table, key, session.project)
    assert str(error.value) == message


def test_blame_names_what_last_changed_a_row_and_each_cell(session: Session) -> None:
    rows = blame("example", "events", session.project)
    assert [(o.key, o.version, o.commit and o.commit.author) for o in rows.origins] == [
        ("a", None, None),
        ("b", "1.1.0", "Bob"),
        ("d", "1.1.0", "Cat"),
    ]
    cells = blame("example", "events", session.project, cells=True).origins
    assert [(o.column, o.version, o.commit and o.commit.author) for o in cells if o.key in "ab"] == [
        ("id", "1.0.0", "Ann"),
        ("killed", None, None),
        ("note", "1.0.0", "Ann"),
        ("id", "1.0.0", "Ann"),
        ("killed", "1.1.0", "Bob"),
        ("note", "1.0.0", "Ann"),
    ]


def test_without_git_the_releases_tell(session: Session, tmp_path: Path) -> None:
    bare = tmp_path / "bare"
    subprocess.run(["cp", "-r", session.root.as_posix(), bare.as_posix()], check=True)
    subprocess.run(["rm", "-rf", (bare / ".git").as_posix()], check=True)
    project = find_project(bare)
    story = history("example", "events", "b", project)
    assert [told(event)[:3] for event in story.events] == [("added", "1.0.0", None), ("changed", "1.1.0", None)]
    assert story.notes[0].startswith("commits were not looked at: not a git repository")
    assert not history("example", "events", "a", project).events[-1].committed
    found = blame("example", "events", project)
    assert ([(o.key, o.version, o.commit) for o in found.origins], found.git) == (
        [("a", None, None), ("b", "1.1.0", None), ("d", "1.1.0", None)],
        False,
    )


def test_without_releases_the_tags_tell(session: Session, tmp_path: Path) -> None:
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "-q", session.root.as_posix(), clone.as_posix()], check=True, capture_output=True)
    story = history("example", "events", "b", find_project(clone))
    assert [told(event)[:3] for event in story.events] == [
        ("added", "1.0.0", "Ann: first"),
        ("changed", "1.1.0", "Bob: b is 5"),
    ]


def test_a_file_that_was_renamed_and_a_column_that_came_are_followed(tmp_path: Path) -> None:
    one = Session(tmp_path / "p")
    one.commit("first")
    descriptor, schema = one.root / "datasets/example/datapackage.yaml", one.root / "schemas/events.yaml"
    (one.data / "events.csv").rename(one.data / "happenings.csv")
    descriptor.write_text(descriptor.read_text().replace("data/events.csv", "data/happenings.csv"))
    one.commit("renamed", "Bob")
    schema.write_text(schema.read_text().replace("primaryKey", "- {name: extra, type: string}\nprimaryKey"))
    (one.data / "happenings.csv").write_text("id,killed,note,extra\na,1,x,\nb,2,y,new\nc,3,z,\n")
    one.commit("a column", "Cat")
    assert [told(event) for event in history("example", "events", "b", one.project).events] == [
        ("added", None, "Ann: first", came("b", "2", "y")),
        ("changed", None, "Cat: a column", ["extra: None → new"]),
    ]


HOSTILE = "\x1b[31m::error::\u202e\x07"


def test_what_commits_and_cells_hold_is_inert(session: Session, tmp_path: Path) -> None:
    one = Session(tmp_path / "p")
    one.edit("events", replaced("b,2,y", f"b,2,{HOSTILE}"))
    one.commit(f"subject {HOSTILE}", f"name {HOSTILE}")
    story = history("example", "events", "b", one.project)
    for form in lineage.FORMATS:
        text = "".join([*lineage.history(story, form), *lineage.blame(blame("example", "events", one.project), form)])
        assert not {"\x1b", "\u202e", "\x07"} & set(text)
    assert json.loads("".join(lineage.history(story, "json")))["events"][0]["commit"]["subject"].startswith("subject ")


def test_the_commands(session: Session) -> None:
    def run(*words: str) -> tuple[int, str, str]:
        command = [sys.executable, "-c", "from datapkg.cli import main; main()", *words]
        done = subprocess.run(command, cwd=session.root, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout, done.stderr

    code, out, _ = run("history", "example", "events", "c")
    day = "2027-01-02"
    eve = session.git("log", "-1", "--format=%H", "--author=Eve").strip()[:12]
    assert (code, out.splitlines()[0]) == (0, "events c, which is gone")
    assert out.splitlines()[-3:] == [
        f"1.2.0: was taken away by Eve on {day}, {eve}: c was b",
        "  reason: duplicate",
        "  note: same as b",
    ]
    code, out, _ = run("blame", "example", "events", "--cells", "--format", "json")
    assert (code, len(json.loads(out)["rows"])) == (0, 9)
    assert run("history", "example", "events", "zz")[::2] == (
        2,
        "error: no release, commit or file of example ever had 'zz' in events\n",
    )


def test_ten_thousand_rows_and_two_hundred_commits_take_seconds(tmp_path: Path) -> None:
    one = Session(tmp_path / "p")
    rows = {number: number for number in range(10_000)}
    chance = random.Random(1)  # noqa: S311
    last = dict.fromkeys(rows, 0)
    one.git("add", "-A")
    one.git("commit", "-qm", "0")
    stream = []
    for step in range(200):
        for number in chance.sample(range(10_000), 20) if step else ():
            rows[number] += 1
            last[number] = step
        text = "id,killed,note\n" + "".join(f"k{number:05},{value},n\n" for number, value in rows.items())
        head = f"commit refs/heads/main\ncommitter C <e@example.com> {1_700_000_000 + step} +0000\ndata {len(str(step))}\n{step}\n"
        parent = "from refs/heads/main^0\n" if not step else ""
        stream.append(f"{head}{parent}M 100644 inline datasets/example/data/events.csv\ndata {len(text)}\n{text}\n")
    command = ["git", "fast-import", "--quiet", "--force"]
    subprocess.run(command, cwd=one.root, input="".join(stream), text=True, check=True)
    one.git("reset", "-q", "--hard")
    began = time.process_time()
    found = blame("example", "events", one.project)
    spent = time.process_time() - began
    assert {o.key: o.commit and o.commit.subject for o in found.origins} == {
        f"k{number:05}": str(step) for number, step in last.items()
    }
    assert spent < 60
