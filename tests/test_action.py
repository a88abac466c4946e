"""The Action's steps, run as a runner runs them: its variables and files, and no network."""

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[1]
BIN = Path(sys.executable).parent
ACTION = yaml.safe_load((ROOT / "action.yml").read_text())
STEPS = {step["name"]: step for step in ACTION["runs"]["steps"]}
WHO = ("-c", "user.name=A", "-c", "user.email=a@example.org")

SCHEMA = """\
fields:
  - name: id
    type: string
  - name: killed
    type: integer
    constraints:
      maximum: 99
primaryKey: [id]
"""
DESCRIPTOR = """\
$schema: https://datapackage.org/profiles/2.0/datapackage.json
name: events
version: 1.0.0
resources:
  - name: events
    type: table
    path: data/events.csv
    dialect:
      delimiter: ","
      header: true
    schema: ../../schemas/events.yaml
"""
RULE = """\
import narwhals.stable.v1 as nw
import pandera.pyarrow as pa

CHECKS = [
    pa.Check(lambda frame: nw.col("killed") >= 0, native=False, name="negative", error="{killed} is below nothing")
]
"""


def git(folder: Path, *words: str) -> str:
    done = subprocess.run(["git", "-C", str(folder), *WHO, *words], check=True, capture_output=True, text=True)
    return done.stdout.strip()


@dataclass
class Runner:
    """A job of a workflow on one checkout: what a step writes is there for the next."""

    checkout: Path
    temp: Path
    event: dict[str, str]
    inputs: dict[str, str]
    outputs: dict[str, dict[str, str]] = field(default_factory=dict)
    failed: list[str] = field(default_factory=list)
    log: str = ""

    @property
    def summary(self) -> str:
        """What the steps wrote for people."""
        file = self.temp / "summary"
        return file.read_text() if file.exists() else ""

    def value(self, text: str) -> str:
        """The text with each expression replaced as the runner does it."""
        known = {
            **{f"inputs.{name}": given for name, given in self.inputs.items()},
            **self.event,
            **{f"steps.{step}.outputs.{name}": v for step, told in self.outputs.items() for name, v in told.items()},
        }
        return re.sub(r"\$\{\{ (.*?) \}\}", lambda match: known.get(match[1], ""), text)

    def wanted(self, step: dict[str, Any]) -> bool:
        """Whether the step's condition holds."""
        condition = step.get("if", "${{ !cancelled() }}").removeprefix("${{ ").removesuffix(" }}")
        parts = condition.split(" && ")
        found = "base" in self.outputs
        told = {
            "!cancelled()": True,
            "inputs.install == 'true'": self.inputs["install"] == "true",
            "steps.base.outcome == 'success'": found and "Find the base" not in self.failed,
            "steps.base.outputs.base != ''": found and self.outputs["base"].get("base", "") != "",
        }
        return all(told[part] for part in parts)

    def run(self, step: dict[str, Any]) -> None:
        """Run the step's script, and keep what it wrote."""
        assert step["shell"] == "bash"
        assert "${{" not in step["run"]  # What a stranger names never becomes part of a script.
        script, output = self.temp / "step.sh", self.temp / "output"
        script.write_text(step["run"])
        output.write_text("")
        env = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("GITHUB_", "DATAPKG_"))},
            "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
            "CI": "true",
            "GITHUB_ACTIONS": "true",
            "GITHUB_ACTION_PATH": str(ROOT),
            "GITHUB_OUTPUT": str(output),
            "GITHUB_STEP_SUMMARY": str(self.temp / "summary"),
            "RUNNER_TEMP": str(self.temp),
            "XDG_CACHE_HOME": str(self.temp / "cache"),
            **{name: self.value(value) for name, value in step.get("env", {}).items()},
        }
        command = ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", str(script)]
        folder = self.checkout / self.value(step.get("working-directory", "."))
        done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, timeout=300)
        self.log += done.stdout + done.stderr
        if "id" in step:
            lines = [line.partition("=") for line in output.read_text().splitlines()]
            self.outputs[step["id"]] = {name: value for name, _, value in lines}
        if done.returncode:
            self.failed.append(step["name"])


def job(checkout: Path, temp: Path, *, base: str = "", before: str = "", **inputs: str) -> Runner:
    """The steps run on a checkout, all but the one that installs the tool from an index."""
    given = {name: told.get("default", "") for name, told in ACTION["inputs"].items()} | {"install": "false"}
    event = {"github.event.pull_request.base.sha": base, "github.event.before": before}
    temp.mkdir(parents=True, exist_ok=True)
    runner = Runner(checkout, temp, event, given | {name.replace("_", "-"): value for name, value in inputs.items()})
    for step in STEPS.values():
        if runner.wanted(step):
            runner.run(step)
    return runner


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A repository whose only commit holds a dataset with its schema and a row rule."""
    root = tmp_path / "a checkout"
    (root / "datasets" / "events" / "data").mkdir(parents=True)
    (root / "schemas").mkdir()
    (root / "datapkg.toml").write_text("")
    (root / "schemas" / "events.yaml").write_text(SCHEMA)
    (root / "schemas" / "events.py").write_text(RULE)
    (root / "datasets" / "events" / "datapackage.yaml").write_text(DESCRIPTOR)
    write_rows(root, "a,1", "b,2")
    git(tmp_path, "init", "-q", str(root))
    git(root, "add", "-A")
    git(root, "commit", "-qm", "Base")
    return root


def write_rows(root: Path, *rows: str) -> None:
    (root / "datasets" / "events" / "data" / "events.csv").write_text("\n".join(["id,killed", *rows, ""]))


def test_every_step_has_a_condition_that_is_known_here(checkout: Path, tmp_path: Path) -> None:
    assert list(STEPS) == ["Install datapkg", "Find the base", "Check the form", "Validate", "Review"]
    job(checkout, tmp_path / "runner")  # a condition of another kind is a KeyError


def test_a_clean_change_passes_and_the_summary_says_what_it_does(checkout: Path, tmp_path: Path) -> None:
    base = git(checkout, "rev-parse", "HEAD")
    write_rows(checkout, "a,1", "b,3", "c,4")
    runner = job(checkout, tmp_path / "runner", base=base)
    assert runner.failed == [], runner.log
    assert "## datapkg review: valid: 0 errors" in runner.summary
    assert "asks for a minor bump, from 1.0.0 to 1.1.0" in runner.summary
    assert "killed" in runner.summary and "::error" not in runner.log


def test_a_strangers_change_is_judged_by_the_law_of_the_base_and_runs_no_code(checkout: Path, tmp_path: Path) -> None:
    base, ran = git(checkout, "rev-parse", "HEAD"), tmp_path / "ran"
    write_rows(checkout, "a,1", "b,-5", "c,100")
    (checkout / "schemas" / "events.yaml").write_text(SCHEMA.replace("99", "1000"))
    (checkout / "schemas" / "events.py").write_text(f"open({str(ran)!r}, 'w')\nCHECKS = []\n")
    (checkout / "schemas" / "cross").mkdir()
    (checkout / "schemas" / "cross" / "all.sql").write_text("select * from read_csv('/etc/passwd')\n")
    (checkout / "datapkg.toml").write_text('[severity]\nconstraint-error = "off"\n')
    runner = job(checkout, tmp_path / "runner", base=base)
    assert runner.failed == ["Validate", "Review"], runner.log
    found = re.findall(r"^::error file=(\S+?),line=(\d+),.*title=(\S+?)::", runner.log, re.MULTILINE)
    assert sorted(found) == [
        ("datasets/events/data/events.csv", "3", "negative"),
        ("datasets/events/data/events.csv", "4", "constraint-error"),
    ]
    assert not ran.exists()
    assert "not valid: 2 errors" in runner.summary


def test_a_table_that_is_not_in_its_form_is_told(checkout: Path, tmp_path: Path) -> None:
    base = git(checkout, "rev-parse", "HEAD")
    write_rows(checkout, "b,2", "a,1")
    runner = job(checkout, tmp_path / "runner", base=base)
    assert runner.failed == ["Check the form"], runner.log
    assert "events.csv" in runner.log


def test_what_a_stranger_names_is_no_part_of_a_script(checkout: Path, tmp_path: Path) -> None:
    base, ran = git(checkout, "rev-parse", "HEAD"), tmp_path / "ran"
    write_rows(checkout, "a,1", "b,2", f'"::error::$(touch {ran})`touch {ran}`",-1')
    runner = job(checkout, tmp_path / "runner", base=base)
    assert "Validate" in runner.failed and not ran.exists()
    assert not re.search(r"^::error::", runner.log, re.MULTILINE)


@pytest.mark.parametrize("before", ["", "0" * 40])
def test_without_a_base_its_own_rules_hold_and_nothing_is_reviewed(checkout: Path, tmp_path: Path, before: str) -> None:
    write_rows(checkout, "a,1", "b,-2")
    runner = job(checkout, tmp_path / "runner", before=before)
    assert runner.failed == ["Validate"], runner.log
    assert "::notice::There is no base" in runner.log and "datapkg review" not in runner.summary


def test_a_base_that_is_not_here_is_fetched(checkout: Path, tmp_path: Path) -> None:
    base = git(checkout, "rev-parse", "HEAD")
    write_rows(checkout, "a,1", "b,3")
    git(checkout, "commit", "-qam", "Change")
    git(checkout, "config", "uploadpack.allowAnySHA1InWant", "true")
    shallow = tmp_path / "shallow"
    git(tmp_path, "clone", "-q", "--depth=1", f"file://{checkout}", str(shallow))
    assert subprocess.run(["git", "-C", str(shallow), "cat-file", "-e", base], capture_output=True).returncode != 0
    runner = job(shallow, tmp_path / "runner", base=base)
    assert runner.failed == [] and "asks for a patch bump" in runner.summary, runner.log


def test_a_base_that_is_nowhere_stops_the_job(checkout: Path, tmp_path: Path) -> None:
    runner = job(checkout, tmp_path / "runner", base="1" * 40)
    assert runner.failed == ["Find the base"]


def test_a_project_below_the_checkout_and_chosen_datasets(checkout: Path, tmp_path: Path) -> None:
    whole = tmp_path / "whole"
    shutil.copytree(checkout, whole / "sub project", ignore=shutil.ignore_patterns(".git"))
    git(tmp_path, "init", "-q", str(whole))
    git(whole, "add", "-A")
    git(whole, "commit", "-qm", "Base")
    base = git(whole, "rev-parse", "HEAD")
    write_rows(whole / "sub project", "a,1", "b,-3")
    inputs = {"working_directory": "sub project", "targets": "\n  events  \n\n"}
    runner = job(whole, tmp_path / "runner", base=base, **inputs)
    assert runner.failed == ["Validate", "Review"], runner.log
    gentle = job(whole, tmp_path / "gentle", base=base, fail_on="never", **inputs)
    assert gentle.failed == [], gentle.log


# ---------------------------------------------------------------- hooks

HOOKS = {hook["id"]: hook for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())}


@pytest.mark.parametrize(
    ("rows", "codes"),
    [(("a,1", "b,3"), [0, 0, 0]), (("b,2", "a,1"), [1, 0, 0]), (("a,1", "b,-2"), [0, 1, 1])],
)
def test_the_hooks_do_what_the_action_does(checkout: Path, rows: tuple[str, ...], codes: list[int]) -> None:
    write_rows(checkout, *rows)
    git(checkout, "add", "-A")
    env = {**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"}
    done = [
        subprocess.run(HOOKS[name]["entry"].split(), cwd=checkout, env=env, capture_output=True, text=True)
        for name in ("datapkg-fmt", "datapkg-validate", "datapkg-review")
    ]
    assert [one.returncode for one in done] == codes, [one.stderr + one.stdout for one in done]
    assert all(hook["language"] == "python" and hook["pass_filenames"] is False for hook in HOOKS.values())
    assert all(re.search(hook["files"], "datasets/events/data/events.csv") for hook in HOOKS.values())
