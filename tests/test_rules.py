"""A case for every rule of the tool: its own example, or a project that breaks it."""

import gzip
from pathlib import Path
from typing import Any

import pytest
from building import places, write_dataset, write_project
from test_ruling import CASES as RULINGS
from test_verify import CASES as RELEASES

from datapkg.catalogue import RULES
from datapkg.findings import Report, Severity
from datapkg.project import find_project
from datapkg.validate import validate

ROWS = "import narwhals.stable.v1 as nw\nimport pandera.pyarrow as pa\nCHECKS = [{}]\n"
TABLE = {"incidents": "incident_id:string! killed:integer\na,1\n"}
WAIVER = "- {{rule: {rule}, table: incidents, key: {{incident_id: a}}, reason: r, by: b, expires: {expires}, value: '{value}'}}"
SQL = {"no-killed": "-- table: incidents\n-- column: killed\nselect incident_id from incidents where killed > 0"}

# rule → the parts of a project that break it
PROJECTS: dict[str, dict[str, Any]] = {
    "rule-error": {
        "rows": {"incidents": ROWS.format("pa.Check(lambda f: nw.col('absent') > 0, native=False, name='x')")}
    },
    "rule-forbidden": {"sql": {"writing": "create table incidents2 as select 1"}},
    "waiver-error": {"waivers": "- {rule: x, tabel: incidents}"},
    "waiver-expired": {"sql": SQL, "waivers": WAIVER.format(rule="no-killed", expires="2020-01-01", value="1")},
    "waiver-unused": {"waivers": WAIVER.format(rule="type-error", expires="2999-01-01", value="1")},
    "waiver-changed": {"sql": SQL, "waivers": WAIVER.format(rule="no-killed", expires="2999-01-01", value="7")},
}
EXAMPLES = {code: rule.example for code, rule in RULES.items() if rule.example}
# A fault that brings a second one with it, by its nature.
COMPANIONS = {"waiver-expired": {"no-killed"}, "waiver-changed": {"no-killed"}}
# rule → a file, its name and its bytes, that breaks it
FILES = {
    "cell-too-long": ("t.csv", b"a,b\n" + b"x" * (1 << 20) + b"x,1\n"),
    "line-too-long": ("t.csv", b"a,b\n" + (b"x" * (1 << 19) + b",") * 40 + b"x\n"),
    "too-many-columns": ("t.csv", b"a,b\n" + b"x," * 2001 + b"x\n"),
    "byte-order-mark": ("t.csv", b"\xef\xbb\xbfa,b\n1,2\n"),
    "decompression-limit": ("t.csv.gz", gzip.compress(b"incident_id\n" + b"a\n" * 10_000_000)),
    "path-pattern": ("t[1].csv", b"a,b\n1,2\n"),
}
# What needs a release before it: tests/checks/test_released.py.
RELEASED = (
    *("key-vanished", "key-reused", "never-released", "reason-unknown", "replacement-missing"),
    "retraction-repeated",
)
# What needs a key, a source or a change: the tests that break it.
ELSEWHERE = {
    "signature-missing": "release/test_seals.py",
    "signature-invalid": "release/test_seals.py",
    "signature-unchecked": "release/test_seals.py",
    "rebuild-differs": "release/test_again.py",
    "version-too-low": "test_review.py",
    "view-error": "test_views.py",
}
CASES = {
    **EXAMPLES,
    **PROJECTS,
    **RELEASES,
    **FILES,
    **dict.fromkeys(RULINGS),
    **dict.fromkeys(RELEASED),
    **ELSEWHERE,
}


def test_every_rule_has_a_case() -> None:
    assert CASES.keys() == RULES.keys()


@pytest.mark.parametrize(("code", "file"), ELSEWHERE.items())
def test_a_rule_that_is_broken_elsewhere_is_broken_there(code: str, file: str) -> None:
    assert f'"{code}"' in (Path(__file__).parent / file).read_text(encoding="utf-8")


@pytest.mark.parametrize("code", EXAMPLES)
def test_the_example_of_a_rule_breaks_it_and_no_other(code: str, tmp_path: Path) -> None:
    example = EXAMPLES[code]
    folder = tmp_path / "example"
    if example.startswith(("name:string", "name:")) and "resources" not in example:
        path = write_dataset(folder, {"incidents": example})
    elif "resources" in example:
        folder.mkdir()
        (folder / "incidents.csv").write_text("killed\n1\n")
        (folder / "data.xyz").write_text("killed\n1\n")
        path = folder / "datapackage.yaml"
        path.write_text(example)
    else:
        path = write_dataset(folder, {"incidents": example})
    report = validate(path.as_posix())
    # An example that leaves out the dialect hears of that too.
    note = set() if code == "dialect-default" else {"dialect-default"}
    assert {finding.code for finding in report.findings} - note == {code}, places(report)
    assert report.valid == (RULES[code].severity is not Severity.ERROR)


@pytest.mark.parametrize("code", FILES)
def test_a_file_that_breaks_a_rule_hears_of_it_and_of_no_other(code: str, tmp_path: Path) -> None:
    name, data = FILES[code]
    (tmp_path / name).write_bytes(data)
    report = validate((tmp_path / name).as_posix())
    assert {finding.code for finding in report.findings} == {code}, places(report)
    assert report.valid == (RULES[code].severity is not Severity.ERROR)


@pytest.mark.parametrize("code", PROJECTS)
def test_a_project_that_breaks_a_rule_hears_of_it_and_of_no_other(code: str, tmp_path: Path) -> None:
    report = validate(project=find_project(write_project(tmp_path / "p", TABLE, **PROJECTS[code])))
    assert {finding.code for finding in report.findings} - COMPANIONS.get(code, set()) == {code}, places(report)
    assert not report.valid


@pytest.mark.parametrize("code", RULES)
def test_words_of_a_rule_are_written_for_people(code: str) -> None:
    rule = RULES[code]
    assert rule.message[0].islower() or rule.message.startswith(("{", "SHA256SUMS"))
    for sentence in (rule.why, rule.fix):
        assert sentence[0].isupper() and sentence.endswith("."), sentence


def test_what_fills_a_message_is_never_filled_again(tmp_path: Path) -> None:
    path = write_dataset(tmp_path, {"incidents": 'killed:integer\n"{expected}"\n'})
    report: Report = validate(path.as_posix())
    assert report.findings[0].message == "'{expected}' is not a whole number such as 12"
