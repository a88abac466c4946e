"""The json report, to the letter of the interface."""

import json
from collections.abc import Callable

from conftest import Judge

from datapkg.project import Project
from datapkg.render import json as rendering
from datapkg.validate import validate
from datapkg.versions import TOOL

PLAIN, COLOURED = False, True
TABLES = {"t": "id:string! n:integer(maximum=9)\na,1\nb,x\n"}


def test_the_report_as_the_interface_has_it(judge_project: Judge) -> None:
    report = judge_project(TABLES)
    told = json.loads("".join(rendering.render(report, PLAIN)))
    dataset = told["datasets"][0]
    assert {key: told[key] for key in ("format", "tool", "valid", "counts")} == {
        "format": "datapkg-report/1",
        "tool": {"name": "datapkg", "version": TOOL},
        "valid": False,
        "counts": {"error": 1, "warning": 0, "info": 0, "waived": 0},
    }
    assert list(dataset) == ["name", "path", "version", "tables", "findings", "totals", "ledger"]
    assert dataset["tables"] == [
        {
            "name": "t",
            "path": "datasets/example/data/t.csv",
            "rows": 2,
            "bytes": 13,
            "sha256": "e8b15e6982e30671ff46aa14616ed6341fceb6febbcbedbc19d0fc7b357554c2",
        }
    ]
    assert dataset["findings"] == [
        {
            "code": "type-error",
            "layer": "frictionless",
            "severity": "error",
            "table": "t",
            "path": "datasets/example/data/t.csv",
            "row": 2,
            "line": 3,
            "column": "n",
            "column_number": 2,
            "value": "x",
            "key": {"id": "b"},
            "message": "'x' is not a whole number such as 12",
            "why": "A cell that is not of its column's type is lost or changed when the table is loaded.",
            "fix": "Write the cell as a whole number such as 12, or leave it empty where the value is unknown.",
            "waived": False,
        }
    ]
    assert dataset["totals"] == [{"code": "type-error", "table": "t", "column": "n", "count": 1, "shown": 1}]
    assert dataset["ledger"][1] == {
        "code": "type-error",
        "constraint": None,
        "layer": "frictionless",
        "table": "t",
        "column": "n",
        "status": "run",
        "reason": None,
        "rows": 2,
        "failures": 1,
    }
    constraint = next(entry for entry in dataset["ledger"] if entry["code"] == "constraint-error")
    assert (constraint["constraint"], constraint["layer"], constraint["rows"]) == ("maximum", "pandera", 2)


def test_a_constraint_is_named_and_a_skipped_rule_has_its_reason(judge_project: Judge) -> None:
    report = judge_project({"t": "id:string! n:integer(maximum=9) m:integer > id,n\na,12\n"})
    dataset = json.loads("".join(rendering.render(report, PLAIN)))["datasets"][0]
    assert [f.get("constraint") for f in dataset["findings"]] == [None, "maximum"]
    skipped = [entry for entry in dataset["ledger"] if entry["status"] == "skipped"]
    assert [(e["column"], e["rows"], e["failures"], e["reason"]) for e in skipped] == [
        ("m", None, None, "the column m is not in the file")
    ]


def test_the_same_input_gives_the_same_bytes(make_project: Callable[..., Project]) -> None:
    project = make_project(TABLES)
    once, again = ("".join(rendering.render(validate(project=project), PLAIN)) for _ in range(2))
    assert once == again
    assert once.isascii()


def test_nothing_at_all_is_still_a_report(judge_project: Judge) -> None:
    told = json.loads("".join(rendering.render(judge_project({"t": "id:string!\na\n"}), PLAIN)))
    assert (told["valid"], told["datasets"][0]["findings"], told["datasets"][0]["totals"]) == (True, [], [])
