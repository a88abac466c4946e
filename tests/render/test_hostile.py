"""Packages made to attack who reads their report: every format of every report stays harmless."""

import json
import re
import tarfile
import unicodedata
from pathlib import Path
from xml.etree import ElementTree

import pytest
from conftest import SHARED
from pages import PLAIN_TOKENS, Page, holds, tokens

from datapkg.cli.options import write_report
from datapkg.findings import Report
from datapkg.render.reports import RENDERERS
from datapkg.validate import validate

ARCHIVE = SHARED / "suites" / "hostile.tar.xz"
pytestmark = pytest.mark.skipif(not ARCHIVE.is_file(), reason="the hostile packages lie in ../shared/suites")

KINDS = ("html-", "gha-", "term-", "rich-", "uni-", "formula-")
ENDS = re.compile("[\r\n\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
COMMAND = re.compile("::(error|warning|notice) file=[^:]*::[^\n]*")
HIDING = {"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"}
SPELLED = re.compile(r"U\+[0-9A-F]{4,6}|\\x[0-9a-f]{2}")
ESCAPED = re.compile(SPELLED.pattern + r"|\\u[0-9a-f]{4}|\\U[0-9a-f]{8}")

Told = dict[str, dict[str, str]]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The packages whose content is hostile, unpacked."""
    target = tmp_path_factory.mktemp("hostile")
    with tarfile.open(ARCHIVE) as archive:
        wanted = (one for one in archive if one.name.startswith("hostile/content/") or one.name.endswith("cases.json"))
        archive.extractall(target, wanted, filter="data")
    return target / "hostile"


@pytest.fixture(scope="module")
def reports(folder: Path) -> dict[str, Report]:
    """The report on each, by the name of its case."""
    paths = sorted(path for path in (folder / "content").iterdir() if path.name.startswith(KINDS))
    return {path.name: validate(f"{path}/") for path in paths}


@pytest.fixture
def told(reports: dict[str, Report], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Told:
    """What is printed of each report in a log of GitHub Actions, by format and case."""
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    found: Told = {name: {} for name in RENDERERS}
    for name in RENDERERS:
        for case, report in reports.items():
            write_report(report, name, "never", None)
            found[name][case] = capsys.readouterr().out
    return found


def test_each_package_is_judged_as_the_suite_says(folder: Path, reports: dict[str, Report]) -> None:
    cases = json.loads((folder / "cases.json").read_text(encoding="utf-8"))["cases"]
    wanted = {case["id"].removeprefix("content/"): case["expected"] for case in cases}
    assert len(reports) >= 39
    for name, report in reports.items():
        code, places = wanted[name]["exit"], wanted[name].get("error_at", [])
        assert int(not report.valid) in (code if isinstance(code, list) else [code]), name
        # The suite counts a file's records from 1, the header first.
        found = {(f.place.row, f.place.column) for f in report.findings if f.place.row is not None}
        assert {(record - 1, column) for record, column in places} <= found, name


@pytest.mark.parametrize("name", RENDERERS)
def test_nothing_moves_a_cursor_or_hides(name: str, told: Told) -> None:
    for case, text in told[name].items():
        assert {letter for letter in text if unicodedata.category(letter) in HIDING} <= {"\n"}, case


@pytest.mark.parametrize("name", RENDERERS)
def test_no_line_of_a_log_is_a_command_but_our_own(name: str, told: Told) -> None:
    for case, text in told[name].items():
        for line in ENDS.split(re.sub("<style>.*?</style>", "", text, flags=re.DOTALL)):
            ours = COMMAND.fullmatch(line) if name == "github" else None
            rest = line.replace("::", "", 2) if ours else line
            assert "::" not in rest and "##[" not in rest, (case, line)


def test_the_page_has_no_element_of_the_data(told: Told) -> None:
    shared = None
    for case, text in told["html"].items():
        page = Page(text)
        holds(page)
        shared = shared or page.texts["script"]
        assert page.texts["script"] == shared, case
        assert not {name for name, _ in page.attributes} & {"src", "href", "style", "onerror", "onload"}, case


def test_markdown_holds_no_link_image_or_element_of_the_data(told: Told) -> None:
    for case, text in told["markdown"].items():
        found = list(tokens(text))
        assert {token.type for token in found} <= PLAIN_TOKENS, case
        outside = "".join(token.content for token in found if token.type == "text")
        assert not set("<[`@") & set(outside), case


def test_what_programs_read_can_be_read_and_says_what_the_cell_holds(reports: dict[str, Report], told: Told) -> None:
    for case, report in reports.items():
        values = [finding.place.value for finding in report.findings]
        (dataset,) = json.loads(told["json"][case])["datasets"]
        assert [finding["value"] for finding in dataset["findings"]] == values, case
        results = json.loads(told["sarif"][case])["runs"][0]["results"]
        assert [result["properties"].get("value") for result in results] == values, case
        assert ElementTree.fromstring(told["junit"][case]).tag == "testsuites", case  # noqa: S314  # our own output


@pytest.mark.parametrize(
    "case", ["uni-bidi", "uni-isolate", "uni-bom-inside", "uni-private", "uni-tag-chars", "term-clear"]
)
def test_what_cannot_be_seen_is_spelled_out(case: str, told: Told) -> None:
    for name in ("text", "markdown", "html"):
        assert SPELLED.search(told[name][case]), name
    for name in ("github", "junit", "json", "sarif"):
        assert ESCAPED.search(told[name][case]), name


@pytest.mark.parametrize("case", ["rich-bold", "rich-close", "rich-emoji"])
def test_what_is_markup_elsewhere_stands_as_it_is(case: str, reports: dict[str, Report], told: Told) -> None:
    (value, *_) = [finding.place.value for finding in reports[case].findings if finding.code == "type-error"]
    assert value is not None and f"  | 2,{value},{value}" in told["text"][case]
