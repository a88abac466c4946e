"""The JSON Schema of the json report: it holds, it is complete, and the command prints it."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from conftest import Judge
from shapes import clean, many, shapes

from datapkg.findings import Report
from datapkg.render.reports import RENDERERS, report_schema

PLAIN = False


def closed(schema: Any) -> Any:
    """The schema with every property that it does not describe forbidden."""
    if isinstance(schema, list):
        return [closed(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    inner = {name: closed(item) for name, item in schema.items()}
    return inner | ({"additionalProperties": False} if "required" in schema else {})


def told(report: Report) -> Any:
    return json.loads("".join(RENDERERS["json"](report, PLAIN)))


@pytest.mark.parametrize("report", [shapes(), clean(), many(2)], ids=["shapes", "clean", "many"])
def test_the_report_is_valid_and_holds_nothing_undescribed(report: Report) -> None:
    schema = json.loads(report_schema())
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.Draft202012Validator(schema).validate(told(report))
    jsonschema.Draft202012Validator(closed(schema)).validate(told(report))


def test_a_real_report_is_valid(judge_project: Judge) -> None:
    report = judge_project({"t": "id:string! n:integer(maximum=9) m:integer > id,n\na,12\nb,x\n"})
    jsonschema.Draft202012Validator(closed(json.loads(report_schema()))).validate(told(report))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (["format"], "datapkg-report/2"),
        (["counts", "error"], -1),
        (["datasets", 0, "version"], 1),
        (["datasets", 0, "findings", 0, "line"], 0),
        (["datasets", 0, "findings", 0, "severity"], "fatal"),
        (["datasets", 0, "findings", 0, "value"], "x" * 201),
        (["datasets", 0, "ledger", 0, "status"], "skipped"),
        (["datasets", 0, "ledger", 0, "failures"], None),
        (["datasets", 0, "tables", 0, "sha256"], "0"),
    ],
)
def test_another_report_is_not(path: list[Any], value: Any) -> None:
    report = told(shapes())
    inner = report
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = value
    assert not jsonschema.Draft202012Validator(json.loads(report_schema())).is_valid(report)


def test_the_command_prints_it_outside_of_a_project_too(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "from datapkg.cli import main; main()", "validate", "--report-schema"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (0, report_schema(), "")
