"""SARIF 2.1.0: valid, every finding once, and known again when rows were inserted above."""

import json
from dataclasses import replace
from typing import Any

import jsonschema
import pytest
from conftest import SHARED, Judge
from shapes import HOSTILE, clean, many, saying, shapes

from datapkg.findings import Report
from datapkg.render import sarif

PLAIN = False
SCHEMA = SHARED / "standards" / "sarif-schema-2.1.0.json"


def run(report: Report) -> dict[str, Any]:
    """The one run of the log."""
    (one,) = json.loads("".join(sarif.render(report, PLAIN)))["runs"]
    assert isinstance(one, dict)
    return one


def shifted(report: Report, lines: int) -> Report:
    """The report as if `lines` lines were inserted at the top of each table."""

    def moved(line: int | None) -> int | None:
        return None if line is None else line + lines

    datasets = []
    for dataset in report.datasets:
        verdicts = []
        for verdict in dataset.verdicts:
            places = (replace(f.place, row=moved(f.place.row), line=moved(f.place.line)) for f in verdict.findings)
            findings = tuple(replace(f, place=place) for f, place in zip(verdict.findings, places, strict=True))
            verdicts.append(replace(verdict, findings=findings))
        datasets.append(replace(dataset, verdicts=tuple(verdicts)))
    return replace(report, datasets=tuple(datasets))


def fingerprints(report: Report) -> list[str]:
    return [result["partialFingerprints"][sarif.FINGERPRINT] for result in run(report)["results"]]


@pytest.mark.skipif(not SCHEMA.is_file(), reason="the schema of SARIF lies in ../shared")
@pytest.mark.parametrize(
    "report", [shapes(), clean(), many(3), saying(HOSTILE)], ids=["shapes", "clean", "3", "hostile"]
)
def test_it_is_valid(report: Report) -> None:
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    jsonschema.Draft4Validator(schema).validate(json.loads("".join(sarif.render(report, PLAIN))))


def test_each_result_points_to_its_rule() -> None:
    told = run(shapes())
    rules = told["tool"]["driver"]["rules"]
    assert [rules[result["ruleIndex"]]["id"] for result in told["results"]] == [r["ruleId"] for r in told["results"]]
    assert len({rule["id"] for rule in rules}) == len(rules)
    assert "unasked" not in {rule["id"] for rule in rules}


def test_a_rule_of_the_tool_is_told_by_the_catalogue_and_a_maintainers_by_its_findings() -> None:
    rules = {rule["id"]: rule for rule in run(shapes())["tool"]["driver"]["rules"]}
    assert rules["type-error"]["shortDescription"]["text"] == "VALUE is not EXPECTED"
    assert rules["field-error"]["shortDescription"]["text"] == "the field is not valid"
    assert [rules["low-above-high"][key]["text"] for key in ("shortDescription", "fullDescription", "help")] == [
        "Low above high",
        "Why not.",
        "Swap them.",
    ]
    assert rules["odd-note"]["defaultConfiguration"] == {"level": "note"}


def test_a_cell_is_a_region_in_characters() -> None:
    results = {result["ruleId"]: result for result in run(shapes())["results"]}
    regions = {
        code: result["locations"][0]["physicalLocation"].get("region") for code, result in results.items() if code
    }
    assert regions["odd-note"] == {"startLine": 2, "startColumn": 5, "endColumn": 6}
    assert regions["field-error"] == {"startLine": 12}
    assert regions["foreign-key"] is None, "a Parquet file has no lines"
    shout = next(region for code, region in regions.items() if code.startswith("shout"))
    assert shout == {"startLine": 6, "startColumn": 162, "endColumn": 162 + len(HOSTILE)}


def test_a_path_is_a_uri() -> None:
    uris = [r["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for r in run(shapes())["results"]]
    assert "data/shapes/u%20%C3%A9.parquet" in uris
    absolute = run(saying("/srv/a:b"))["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert absolute == "file:///srv/a%3Ab"


def test_a_waived_finding_is_suppressed_and_all_results_say_whether() -> None:
    results = run(shapes())["results"]
    assert [result["message"]["text"] for result in results if result["suppressions"]] == [
        "'12' breaks the constraint maximum: 9"
    ]


def test_a_rule_whose_findings_are_all_cut_is_a_result_all_the_same() -> None:
    (result,) = [result for result in run(shapes())["results"] if "occurrenceCount" in result]
    assert (result["occurrenceCount"], result["properties"]["constraint"]) == (2, "minimum")
    notes = run(shapes())["invocations"][0]["toolExecutionNotifications"]
    assert [note["message"]["text"] for note in notes] == [
        "shapes.t.n: 4 more of 5 are not shown",
        "shapes.t.n: 2 more of 2 are not shown",
        "shapes: skipped: the table v was not read",
    ]


def test_a_fingerprint_survives_lines_that_are_inserted_above() -> None:
    before = fingerprints(shapes())
    assert len(set(before)) == len(before)
    assert fingerprints(shifted(shapes(), 7)) == before


TABLES = {
    "t": "id:string! n:integer(maximum=9) u:string(unique=true)\na,1,x\nb,12,y\nc,many,x\n,3,z\na,4,w\n",
    "k": "n:integer t:string→t.id\n1,a\nx,b\n2,q\n2\n\n",
}


def test_fingerprints_of_a_file_survive_a_line_that_is_inserted_above(judge: Judge) -> None:
    before = judge(**TABLES)
    later = judge(
        **{
            name: text.replace("\n", f"\n{new}\n", 1)
            for (name, text), new in zip(TABLES.items(), ("new,5,v", "7,c"), strict=True)
        }
    )
    assert fingerprints(later) == fingerprints(before)
    codes = {f.code for f in before.findings}
    assert codes == {
        "type-error",
        "constraint-error",
        "unique-error",
        "primary-key",
        "foreign-key",
        "missing-cell",
        "blank-row",
    }
    lines = [[f.place.line for f in report.findings] for report in (before, later)]
    assert [line + 1 for line in lines[0] if line] == lines[1]


def test_equal_faults_of_rows_without_a_key_are_counted() -> None:
    report = many(3)
    (dataset,), (verdict,) = report.datasets, report.datasets[0].verdicts
    keyless = tuple(replace(f, place=replace(f.place, key=None)) for f in verdict.findings)
    report = replace(report, datasets=(replace(dataset, verdicts=(replace(verdict, findings=keyless),)),))
    marks = fingerprints(report)
    assert len({mark.partition(":")[0] for mark in marks}) == 1
    assert [mark.partition(":")[2] for mark in marks] == ["1", "2", "3"]


def test_a_bracket_begins_no_link() -> None:
    texts = [result["message"]["text"] for result in run(shapes())["results"]]
    (hostile,) = [text for text in texts if "e.example" in text]
    assert "\\[l\\](http" in hostile
