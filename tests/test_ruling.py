"""Whose rules hold: the project's own, none that came with the data, or those of a commit."""

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from building import places, write_dataset, write_project

from datapkg.cli.main import datapkg as command
from datapkg.errors import DatapkgError, ProjectError, TargetError
from datapkg.findings import Report
from datapkg.project import Project, find_project
from datapkg.ruling import rules_from
from datapkg.validate import validate

ROWS = "import narwhals.stable.v1 as nw\nimport pandera.pyarrow as pa\n{}CHECKS = [pa.Check(lambda f: nw.col('n') < 5, native=False, name='small')]\n"
SQL = "-- table: t\n-- column: n\nselect id, n from t where n > 7"
PARTS: dict[str, Any] = {"rows": {"t": ROWS.format("")}, "sql": {"not-huge": SQL}}
TABLES = {"t": "id:string! n:integer(maximum=6)\na,1\nb,9\n"}
LAW = ["constraint-error", "not-huge", "small"]
WAIVERS = "".join(
    f"- {{rule: {rule}, table: t, key: {{id: b}}, reason: r, by: b, expires: 2999-01-01}}\n" for rule in LAW
)


def git(folder: Path, *words: str, **given: Any) -> str:
    env = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    identity = ["-c", "user.name=n", "-c", "user.email=e", "-c", "init.defaultBranch=main"]
    done = subprocess.run(["git", *identity, *words], cwd=folder, env=env, capture_output=True, check=True, **given)
    return str(done.stdout.decode().strip())


def commit(root: Path) -> None:
    git(root, "init", "-q")
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", "x")


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def read(root: Path) -> Project:
    project = find_project(root)
    assert project is not None
    return project


def errors(report: Report) -> list[str]:
    return [f.code for f in report.findings if f.severity == "error" and not f.waived]


def with_rules_of(root: Path, origin: str = "git:HEAD", **options: Any) -> Report:
    with rules_from(origin, read(root)) as project:
        return validate(project=project, **options)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project in git whose data breaks a constraint, a row rule and a SQL rule."""
    root = write_project(tmp_path / "p", TABLES, **PARTS)
    commit(root)
    return root


# ---------------------------------------------------------------- --rules-from


def descriptor(change: Callable[[dict[str, Any]], None]) -> Callable[[Path], None]:
    def apply(root: Path) -> None:
        path = root / "datasets" / "example" / "datapackage.yaml"
        data = yaml.safe_load(path.read_text())
        change(data)
        path.write_text(yaml.safe_dump(data))

    return apply


def resource(**given: Any) -> Callable[[Path], None]:
    return descriptor(lambda data: data["resources"][0].update(given))


def all_of(*changes: Callable[[Path], object]) -> Callable[[Path], None]:
    def apply(root: Path) -> None:
        for change in changes:
            change(root)

    return apply


WEAK = {"fields": [{"name": "id", "type": "string"}, {"name": "n", "type": "integer"}]}
DROP = descriptor(lambda data: data["resources"][0].pop("schema"))
ATTACKS: dict[str, Callable[[Path], object]] = {
    "the constraint goes": lambda root: edit(root / "schemas/t.yaml", "maximum: 6", "maximum: 600"),
    "the row rule goes": lambda root: (root / "schemas/t.py").unlink(),
    "the row rule is emptied": lambda root: (root / "schemas/t.py").write_text("CHECKS = []"),
    "the SQL rule goes": lambda root: (root / "schemas/cross/not-huge.sql").unlink(),
    "the SQL rule selects nothing": lambda root: edit(root / "schemas/cross/not-huge.sql", "n > 7", "false"),
    "its severity falls": lambda root: (root / "datapkg.toml").write_text("[severity]\nnot-huge = 'off'\n"),
    "another folder of schemas": lambda root: (root / "datapkg.toml").write_text("schemas = 'none'\n"),
    "other settings": all_of(
        lambda root: (root / "datapkg.toml").unlink(),
        lambda root: (root / "pyproject.toml").write_text("[tool.datapkg.severity]\nsmall = 'off'\n"),
    ),
    "waivers appear": lambda root: (root / "datasets/example/waivers.yaml").write_text(WAIVERS),
    "the schema is written in place": resource(schema=WEAK),
    "the schema is a weaker file": all_of(
        lambda root: (root / "schemas/weak.yaml").write_text(yaml.safe_dump(WEAK)),
        resource(schema="../../schemas/weak.yaml"),
    ),
    "the schema is dropped": DROP,
    "rows become comments": resource(dialect={"commentChar": "b"}),
    "another limit hides them": lambda root: (root / "datapkg.toml").write_text("[limits]\nfindings = 0\n"),
    "all of it at once": all_of(lambda root: shutil.rmtree(root / "schemas"), resource(schema=WEAK)),
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_change_cannot_weaken_the_law(root: Path, attack: str) -> None:
    ATTACKS[attack](root)
    assert errors(validate(project=read(root))) != LAW  # so it is an attack
    report = with_rules_of(root)
    assert errors(report) == LAW, places(report)
    told = [f for f in report.findings if f.code == "rules-not-run"]
    assert bool(told) == (attack != "rows become comments"), told


def test_without_a_change_it_is_as_without_the_option(root: Path) -> None:
    assert with_rules_of(root) == validate(project=read(root))


def test_data_and_its_place_are_those_of_the_work_tree(root: Path) -> None:
    (root / "datasets/example/data/t.csv").rename(root / "datasets/example/moved.csv")
    edit(root / "datasets/example/moved.csv", "b,9", "b,2")
    resource(path="moved.csv")(root)
    report = with_rules_of(root)
    assert report.findings == () and report.datasets[0].tables[0].path == "datasets/example/moved.csv"


def test_the_code_of_the_change_is_never_run(root: Path, tmp_path: Path) -> None:
    trap = f"open({str(tmp_path / 'trap')!r}, 'w').close()\n"
    for name in ("t", "new"):
        (root / f"schemas/{name}.py").write_text(ROWS.format(trap))
    write_dataset(root / "datasets" / "new", {"new": "id:string! n:integer\na,9\n"})
    (root / "schemas" / "new.yaml").write_text(yaml.safe_dump(WEAK))
    edit(root / "datasets/new/datapackage.json", '"path"', '"x": 1, "path"')
    report = with_rules_of(root)
    assert not (tmp_path / "trap").exists()
    assert [f.code for f in report.datasets[1].findings] == ["rules-not-run", "rules-unknown"]
    validate(project=read(root))
    assert (tmp_path / "trap").exists()  # so it was a trap


def test_views_are_those_of_the_commit(root: Path) -> None:
    path = root / "datasets" / "example" / "views" / "ids.sql"
    path.parent.mkdir()
    path.write_text("select id from t\n")
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", "a view")
    assert errors(with_rules_of(root)) == LAW
    for text in ("select nothing from t\n", "select id from t where error('run')\n"):
        path.write_text(text)
        assert "view-error" in errors(validate(project=read(root)))
        report = with_rules_of(root)
        assert errors(report) == LAW
        assert any(f.code == "rules-not-run" and "ids.sql" in f.message for f in report.findings)


def test_a_new_table_is_held_to_a_schema_that_the_commit_knows(root: Path) -> None:
    (root / "datasets/example/data/u.csv").write_text("id,n\nz,8\n")
    more = {"name": "u", "path": "data/u.csv", "type": "table", "dialect": {}, "schema": "../../schemas/t.yaml"}
    descriptor(lambda data: data["resources"].append(more))(root)
    edit(root / "schemas/t.yaml", "maximum: 6", "maximum: 600")
    told = [(f.code, f.place.table) for f in with_rules_of(root).findings if f.place.table in ("u", None)]
    assert told == [("constraint-error", "u"), ("small", "u"), ("rules-not-run", None), ("rules-unknown", None)]


def test_tables_and_datasets_that_go_are_missed(root: Path) -> None:
    descriptor(lambda data: data["resources"][0].update(name="renamed"))(root)
    assert "missing-part" in errors(with_rules_of(root))
    shutil.move(root / "datasets/example", root / "datasets/other")
    report = with_rules_of(root)
    assert [(d.name, [f.code for f in d.findings if f.code != "rules-not-run"]) for d in report.datasets] == [
        ("example", ["constraint-error", "small", "rules-unknown"]),
        ("example", ["missing-part"]),
    ]


def test_a_schema_that_the_commit_itself_cannot_read_is_told(tmp_path: Path) -> None:
    root = write_project(tmp_path / "p", TABLES)
    (root / "schemas/t.yaml").write_text("fields: [")
    commit(root)
    (root / "schemas/t.yaml").write_text(yaml.safe_dump(WEAK))
    assert errors(with_rules_of(root)) == ["schema-error"]


def test_limits_come_with_the_rules(root: Path) -> None:
    (root / "datapkg.toml").write_text("[limits]\nfindings = 0\n")
    git(root, "commit", "-qam", "y")
    with rules_from("git:HEAD~1", read(root)) as project:
        assert (read(root).limits.findings, project.limits.findings) == (0, 1000)


def test_a_project_in_a_folder_of_its_repository(tmp_path: Path) -> None:
    root = write_project(tmp_path / "repo" / "some where" / "p", TABLES, **PARTS)
    commit(tmp_path / "repo")
    (root / "schemas/t.py").unlink()
    assert errors(with_rules_of(root, "git:main")) == LAW


@pytest.mark.parametrize(
    ("origin", "words"),
    [
        ("git:absent", "git knows no commit absent"),
        ("git:--output=x", "is not the name of a commit"),
        ("git:HEAD:schemas", "is not the name of a commit"),
        ("git:HEAD..HEAD", "is not the name of a commit"),
        ("git:a b", "is not the name of a commit"),
        ("git:a\nb", "is not the name of a commit"),
        ("git:", "rules come from git:REF"),
        ("main", "rules come from git:REF"),
        ("git:HEAD^{tree}", "git knows no commit"),
    ],
)
def test_no_such_commit(root: Path, origin: str, words: str) -> None:
    with pytest.raises(TargetError, match=words):
        with_rules_of(root, origin)


def test_at_the_command_line_it_is_exit_2(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(root)
    with pytest.raises(DatapkgError, match="git knows no commit absent"):
        command(["validate", "--rules-from", "git:absent"], standalone_mode=False)
    assert command(["validate", "--rules-from", "git:main", "-q"], standalone_mode=False) == 1


def test_no_repository_and_no_project(tmp_path: Path) -> None:
    root = write_project(tmp_path / "p", TABLES)
    with pytest.raises(TargetError, match="not a git repository"):
        with_rules_of(root)
    commit(tmp_path)
    (root / "datapkg.toml").rename(root / "x.toml")
    git(tmp_path, "commit", "-qam", "y")
    (root / "datapkg.toml").touch()
    with pytest.raises(TargetError, match=r"has neither datapkg\.toml nor"):
        with_rules_of(root)
    with pytest.raises(TargetError, match="there is no project here"), rules_from("git:HEAD", None):
        pass


@pytest.mark.parametrize("path", ["schemas/t.py", "schemas/cross", "datasets/example/waivers.yaml", "datapkg.toml"])
def test_links_in_the_commit_are_refused(root: Path, tmp_path: Path, path: str) -> None:
    link = root / path
    if link.is_dir():
        shutil.rmtree(link)
    link.unlink(missing_ok=True)
    link.symlink_to(tmp_path)
    git(root, "add", "-A")
    git(root, "commit", "-qm", "y")
    link.unlink()
    (root / "datapkg.toml").touch()
    with pytest.raises(TargetError, match=r"symbolic link"):
        with_rules_of(root)


def test_a_path_that_leads_out_of_the_commit_is_refused(root: Path) -> None:
    blob = git(root, "hash-object", "-w", "--stdin", input=b"x")
    tree = git(
        root,
        "hash-object",
        "-w",
        "-t",
        "tree",
        "--stdin",
        "--literally",
        input=b"100644 ../x.py\0" + bytes.fromhex(blob),
    )
    bad = git(root, "commit-tree", tree, "-m", "z")
    with pytest.raises(TargetError, match="leads out of its folder"):
        with_rules_of(root, f"git:{bad}")


def test_nothing_of_the_repository_is_run_or_written(root: Path, tmp_path: Path) -> None:
    trap = f"#!/bin/sh\ntouch {tmp_path}/trap\ncat\n"
    (root / "trap").write_text(trap)
    (root / "trap").chmod(0o755)
    (root / ".gitattributes").write_text("* filter=evil diff=evil\n")
    git(root, "add", "-A")
    git(root, "commit", "-qm", "y")
    settings = {
        "core.fsmonitor": "",
        "filter.evil.smudge": "",
        "diff.evil.textconv": "",
        "core.pager": "",
        "core.sshCommand": "",
    }
    for name in settings:
        git(root, "config", name, f"{root}/trap")
    (root / ".git/hooks/post-checkout").write_text(trap)
    before = {path: path.stat().st_mtime_ns for path in root.rglob("*")}
    assert errors(with_rules_of(root)) == LAW
    assert {path: path.stat().st_mtime_ns for path in root.rglob("*")} == before
    assert not (tmp_path / "trap").exists()


# ---------------------------------------------------------------- --untrusted


def test_what_came_with_the_data_is_not_run(tmp_path: Path) -> None:
    trap = f"open({str(tmp_path / 'trap')!r}, 'w').close()\n"
    root = write_project(
        tmp_path / "p", TABLES, rows={"t": ROWS.format(trap)}, sql={"not-huge": SQL, "broken": "selec"}
    )
    report = validate(project=read(root), untrusted=True)
    first, warning = report.findings
    assert (first.code, warning.code, warning.severity) == ("constraint-error", "rules-not-run", "warning")
    assert warning.message == "rules that come with the data were not used: 3 files of them, broken the first"
    entries = {v.code: v.skipped for v in report.datasets[0].verdicts if v.listed and v.skipped is not None}
    assert entries.keys() == {"not-huge", "broken", "small"} and set(entries.values()) == {
        "it came with the data, and none of that is run (--untrusted)"
    }
    assert not (tmp_path / "trap").exists()


def test_without_rules_there_is_nothing_to_tell(tmp_path: Path) -> None:
    report = validate(project=read(write_project(tmp_path / "p", TABLES)), untrusted=True)
    assert errors(report) == ["constraint-error"] == [f.code for f in report.findings]


def test_a_file_of_rules_that_is_not_understood_is_in_the_ledger_all_the_same(tmp_path: Path) -> None:
    root = write_project(tmp_path / "p", TABLES, rows={"t": "CHECKS = ["})
    report = validate(project=read(root), untrusted=True)
    assert [v.code for v in report.datasets[0].verdicts if v.skipped is not None] == ["t"]


def test_rules_of_a_commit_are_run_on_untrusted_data(root: Path) -> None:
    assert errors(with_rules_of(root, untrusted=True)) == LAW


# ---------------------------------------------------------------- links in the work tree


def test_rules_behind_links_are_refused(tmp_path: Path) -> None:
    root = write_project(tmp_path / "p", TABLES, **PARTS)
    for path in (root / "schemas/t.py", root / "schemas/cross/not-huge.sql"):
        path.rename(tmp_path / path.name)
        path.symlink_to(tmp_path / path.name)
    report = validate(project=read(root))
    assert errors(report) == ["constraint-error", "rule-forbidden", "rule-error"], places(report)
    assert all("not followed" in f.message for f in report.findings if f.code.startswith("rule-"))


def test_settings_that_lead_out_of_the_project(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match="not a folder below"):
        find_project(write_project(tmp_path / "p", TABLES, config="schemas = '../x'"))


# The rules of this module, each with a project that breaks it; test_rules counts them.
CASES = {"rules-not-run", "rules-unknown", "missing-part"}
