"""A change reviewed: what validation says, what changed, the bump, waivers, evidence."""

import json
import subprocess
from pathlib import Path

import pytest
from building import write_project
from click.testing import CliRunner
from markdown_it import MarkdownIt

from datapkg.changes import Op
from datapkg.cli.main import datapkg
from datapkg.errors import TargetError
from datapkg.project import Project, find_project
from datapkg.render.review import REVIEWS
from datapkg.review import Coverage, How, Review, review
from datapkg.ruling import rules_from
from datapkg.versions import Bump

EVENTS = "id:string!,killed:integer(maximum=99)\na,1\nb,2\nc,100\n"
EVIDENCE = "evd:string!,row_table:string,row_id:string\n1,events,a\n2,events,b\n3,other,c\n"
WAIVER = """\
- rule: constraint-error
  table: events
  key: {id: c}
  value: "100"
  reason: counted twice by the source
  by: a curator
  expires: 2999-01-01
"""


def git(folder: Path, *words: str) -> None:
    who = ("-c", "user.name=A", "-c", "user.email=a@example.org")
    subprocess.run(["git", "-C", str(folder), *who, *words], check=True, capture_output=True)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A project whose dataset is committed, valid but for a waived cell, and has a table of evidence."""
    root = write_project(tmp_path / "project", {"events": EVENTS, "evidence": EVIDENCE}, waivers=WAIVER)
    git(root, "init", "-q")
    git(root, "add", "-A")
    git(root, "commit", "-qm", "Base")
    found = find_project(root)
    assert found is not None
    return found


def change(project: Project, file: str, old: str, new: str) -> None:
    path = project.root / "datasets" / "example" / file
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))


def add_waiver(project: Project, text: str) -> None:
    path = project.root / "datasets" / "example" / "waivers.yaml"
    path.write_text(path.read_text() + text)


def told(project: Project, name: str) -> str:
    return "".join(REVIEWS[name](review("git:HEAD", project=project), False))


def test_what_has_not_changed_is_not_judged(project: Project) -> None:
    found = review("git:HEAD", project=project)
    assert found == Review("git:HEAD", (), ("example",), ())
    assert not found.failed("warning")


def test_rows_bump_evidence_and_findings_of_what_changed(project: Project) -> None:
    change(project, "data/events.csv", "b,2\n", "b,3\nd,4\ne,-\n")
    (found,) = review("git:HEAD", project=project).datasets
    assert found.changes is not None
    events = found.changes.tables["events"]
    assert (events.added, events.removed, events.changed) == (2, 0, 1)
    assert found.bump is Bump.MINOR
    # a and b of the five rows have evidence; b was changed, d and e are new
    assert found.coverage == (Coverage("events", 5, 2, 3, 3, ("d", "e")),)
    assert [(f.code, f.place.line) for f in found.report.findings if not f.waived] == [("type-error", 5)]
    assert review("git:HEAD", project=project).failed("error")


def test_waivers_that_came_went_or_were_given_again(project: Project) -> None:
    change(project, "waivers.yaml", "counted twice", "# moved\n    counted twice")
    change(project, "waivers.yaml", "# moved\n    ", "")
    (project.datasets / "example" / "waivers.yaml").write_text(f"# A comment moves nothing.\n{WAIVER}")
    assert review("git:HEAD", project=project).datasets[0].waivers == ()
    change(project, "waivers.yaml", "counted twice", "counted three times")
    other = WAIVER.replace("{id: c}", "{id: b}")
    add_waiver(project, other)
    waivers = review("git:HEAD", project=project).datasets[0].waivers
    assert [(w.op, w.waiver.key["id"], w.waiver.reason) for w in waivers] == [
        (Op.CHANGED, "c", "counted three times by the source"),
        (Op.ADDED, "b", "counted twice by the source"),
    ]
    (project.datasets / "example" / "waivers.yaml").unlink()
    assert [w.op for w in review("git:HEAD", project=project).datasets[0].waivers] == [Op.REMOVED]


@pytest.mark.parametrize(
    ("version", "codes"),
    [("1.0.1", ["version-too-low"]), ("0.9.0", ["version-too-low"]), ("1.1.0", []), ("2.0.0", []), ("1.0.0", [])],
)
def test_a_version_that_is_set_must_be_high_enough(project: Project, version: str, codes: list[str]) -> None:
    change(project, "data/events.csv", "b,2\n", "b,2\nd,4\n")
    change(project, "datapackage.yaml", "version: 1.0.0", f"version: {version}")
    findings = review("git:HEAD", project=project).report.findings
    assert [f.code for f in findings if not f.waived] == codes


def test_a_new_dataset_and_one_that_is_gone(project: Project) -> None:
    folder = project.datasets / "example"
    folder.rename(project.datasets / "renamed")
    found = review("git:HEAD", project=project)
    assert [(d.name, d.changes, d.bump) for d in found.datasets] == [("renamed", None, None)]
    assert found.removed == ("example",)
    with rules_from("git:HEAD", project) as judge:
        codes = {f.code for f in review("git:HEAD", project=project, how=How(judge)).report.findings}
    assert "missing-part" in codes


def test_a_changed_law_is_judged_though_no_row_has_changed(project: Project) -> None:
    schema = project.schemas / "events.yaml"
    schema.write_text(schema.read_text().replace("99", "1"))
    (found,) = review("git:HEAD", project=project).datasets
    assert found.bump is Bump.MAJOR
    assert {f.place.line for f in found.report.findings if f.code == "constraint-error" and not f.waived} == {3}
    with rules_from("git:HEAD", project) as judge:
        (found,) = review("git:HEAD", project=project, how=How(judge)).datasets
    assert {f.code for f in found.report.findings if not f.waived} == {"rules-not-run"}  # a warning: the law differs


def test_what_cannot_be_compared_is_said_and_judged(project: Project) -> None:
    (project.datasets / "example" / "datapackage.yaml").write_text("{")
    (found,) = review("git:HEAD", project=project).datasets
    assert (found.changes, found.bump) == (None, None)
    assert found.note is not None and "cannot be compared" in found.note
    assert review("git:HEAD", project=project).failed("error")


@pytest.mark.parametrize("base", ["HEAD", "git:", "git:absent", "git:HEAD:example", "example@1.0.0", "git:--all"])
def test_a_base_is_a_commit(project: Project, base: str) -> None:
    with pytest.raises(TargetError):
        review(base, project=project)


def test_only_datasets_of_the_project_are_reviewed(project: Project, tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("a\n1\n")
    with pytest.raises(TargetError, match="no dataset of the project"):
        review("git:HEAD", str(tmp_path / "x.csv"), project=project)
    with pytest.raises(TargetError, match="no project here"):
        review("git:HEAD", project=None)


# ---------------------------------------------------------------- as it is told

HOSTILE = "<script>alert(1)</script>`|\x1b[31m::error::x"


def test_text_tells_it_in_order(project: Project) -> None:
    change(project, "data/events.csv", "b,2\n", "b,3\nd,4\n")
    text = told(project, "text")
    assert text.startswith("example: asks for a minor bump, from 1.0.0 to 1.1.0\n")
    assert "evidence: events: 1 of 2 rows that are new or changed have evidence; 2 of 4 rows of the table" in text
    assert "  without: d" in text
    assert text.splitlines()[-1].startswith("valid: 0 errors, 0 warnings")


def test_markdown_has_all_parts_and_fits_a_comment(project: Project) -> None:
    rows = "".join(f"n{number},{number % 200}\n" for number in range(5000))
    change(project, "data/events.csv", "b,2\n", f"b,3\n{rows}")
    text = told(project, "markdown")
    assert len(text) < 65_536
    assert text.startswith("## datapkg review: not valid: ")
    for part in ("asks for a minor bump", "| `events` | 5,003 | 2 | 5,001 | ", "constraint-error"):
        assert part in text, part


def test_json_holds_a_diff_and_a_report(project: Project) -> None:
    change(project, "data/events.csv", "b,2\n", "b,3\nd,x\n")
    found = json.loads(told(project, "json"))
    assert (found["format"], found["base"], found["valid"], found["counts"]["error"]) == (
        "datapkg-review/1", "git:HEAD", False, 1,
    )  # fmt: skip
    (dataset,) = found["datasets"]
    assert (dataset["status"], dataset["bump"], dataset["changes"]["format"]) == ("changed", "minor", "datapkg-diff/1")
    assert dataset["changes"]["tables"]["events"]["changed"] == 1
    assert dataset["report"]["findings"][0]["code"] == "type-error"
    assert dataset["evidence"] == [
        {"table": "events", "rows": 4, "supported": 2, "touched": 2, "looked": 2, "bare": ["d"]}
    ]


@pytest.mark.parametrize("name", REVIEWS)
def test_no_cell_becomes_markup_or_a_command(project: Project, name: str) -> None:
    quoted = HOSTILE.replace('"', '""')
    change(project, "data/events.csv", "b,2\n", f'b,2\n"{quoted}",x\n')
    other = WAIVER.replace("{id: c}", "{id: b}")
    add_waiver(project, other.replace("reason: counted twice by the source", f"reason: {json.dumps(HOSTILE)}"))
    text = told(project, name)
    assert "\x1b" not in text
    if name == "markdown":
        tokens = MarkdownIt("gfm-like", {"linkify": False}).parse(text)
        inner = [child for token in tokens for child in token.children or ()]
        markup = {token.content.strip() for token in (*tokens, *inner) if token.type.startswith("html")}
        assert markup == {"<details><summary>Rows with evidence</summary>", "</details>"}
        assert not {token.type for token in inner} & {"link_open", "image"}


def test_the_command(project: Project, tmp_path: Path) -> None:
    change(project, "data/events.csv", "b,2\n", "b,x\n")
    asked = ["--project", str(project.root), "review", "--base", "git:HEAD", "--no-cache"]
    done = CliRunner().invoke(datapkg, asked)
    assert (done.exit_code, "type-error" in done.stdout) == (1, True)
    done = CliRunner().invoke(datapkg, [*asked, "-q", "--fail-on", "never", "--output", str(tmp_path / "r")])
    assert (done.exit_code, done.stdout) == (0, "")
    assert "type-error" in (tmp_path / "r").read_text()
    done = CliRunner().invoke(datapkg, [*asked, "--rules-from", "git:HEAD", "--format", "json"])
    assert json.loads(done.stdout)["valid"] is False
