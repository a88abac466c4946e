"""The page in a browser: search and filters work, no script fails, nothing is loaded, a phone shows it."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from browser import CHROMIUM, Page, chromium
from shapes import many, saying, shapes

from datapkg.findings import Report
from datapkg.render import html

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium; apt-get install chromium")

PLAIN = False
PHONE = 375
SHOWN = "Array.from(document.querySelectorAll('#findings tbody tr')).filter((row) => row.offsetHeight > 0)"
SET = """(() => {{
  const field = document.getElementById({id!r});
  field.value = {value!r};
  field.dispatchEvent(new Event('input', {{bubbles: true}}));
}})()"""

Open = Callable[..., Page]


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    with chromium(tmp_path_factory.mktemp("chromium")) as page:
        yield page


@pytest.fixture
def opened(browser: Page, tmp_path: Path) -> Open:
    """opened(report, width=375) shows the report's page."""

    def show(report: Report, **size: int) -> Page:
        path = tmp_path / "report.html"
        path.write_text("".join(html.render(report, PLAIN)), encoding="utf-8")
        browser.open(path, **size)
        return browser

    return show


def choose(page: Page, field: str, label: str) -> None:
    """Choose the option with this label."""
    value = page.run(f"Array.from(document.getElementById({field!r}).options).find((o) => o.label === {label!r}).value")
    page.run(SET.format(id=field, value=value))


def codes(page: Page) -> list[str]:
    """The rules of the findings that can be seen."""
    found: list[str] = page.run(f"{SHOWN}.map((row) => row.querySelector('code').textContent)")
    return found


def test_search_finds_what_has_all_the_words(opened: Open) -> None:
    page = opened(shapes())
    everything = codes(page)
    assert len(everything) == len(shapes().findings)
    page.run(SET.format(id="words", value="WHOLE many"))
    assert codes(page) == ["type-error"]
    assert page.run("document.getElementById('count').textContent") == f"1 shown, 1 matching, {len(everything)} in all"
    page.run(SET.format(id="words", value="nothing of the kind"))
    assert codes(page) == []
    page.run(SET.format(id="words", value=""))
    assert codes(page) == everything


@pytest.mark.parametrize(
    ("field", "label", "found"),
    [
        ("grade", "warning", ["low-above-high"]),
        ("grade", "waived", ["constraint-error"]),
        ("rule", "foreign-key", ["foreign-key"]),
        ("table", "shapes: u", ["foreign-key"]),
    ],
)
def test_filters_leave_what_was_chosen(opened: Open, field: str, label: str, found: list[str]) -> None:
    page = opened(shapes())
    choose(page, field, label)
    assert codes(page) == found


def test_more_are_shown_on_asking(opened: Open) -> None:
    page = opened(many(450))
    seen = [len(codes(page))]
    while page.run("!document.getElementById('more').hidden"):
        page.run("document.getElementById('more').click()")
        seen.append(len(codes(page)))
    assert seen == [200, 400, 450]


@pytest.mark.parametrize("report", [shapes(), saying("<script>alert(1)</script><img src=x onerror=alert(1)>")])
def test_no_script_fails_and_nothing_is_loaded(opened: Open, report: Report) -> None:
    page = opened(report)
    page.run(SET.format(id="words", value="x"))
    assert page.told("Runtime.exceptionThrown", "Log.entryAdded", "Page.javascriptDialogOpening") == []
    asked = {request["request"]["url"] for request in page.told("Network.requestWillBeSent")}
    assert asked == {page.run("location.href")}
    assert page.run("performance.getEntriesByType('resource').length") == 0


def test_a_page_that_loads_from_outside_would_be_seen(browser: Page, tmp_path: Path) -> None:
    (tmp_path / "bad.html").write_text("<img src=http://127.0.0.1:9/x><script>throw new Error('x')</script>")
    browser.open(tmp_path / "bad.html")
    assert browser.told("Runtime.exceptionThrown")
    assert len({request["request"]["url"] for request in browser.told("Network.requestWillBeSent")}) == 2


def test_a_phone_shows_all_of_it_without_scrolling_sideways(opened: Open) -> None:
    long = saying("x" * 150 + " " + "漢" * 150)
    report = Report((*shapes().datasets, *(replace(one, name="y" * 90) for one in long.datasets)), "1.0.0")
    page = opened(report, width=PHONE, height=812)
    page.run("document.querySelectorAll('details').forEach((part) => { part.open = true; })")
    assert page.run("[innerWidth, document.documentElement.scrollWidth]") == [PHONE, PHONE]
    beyond = f"{SHOWN}.filter((row) => row.getBoundingClientRect().right > innerWidth).length"
    assert page.run(beyond) == 0
    assert page.run("parseFloat(getComputedStyle(document.querySelector('#findings p')).fontSize)") >= 16
    assert page.run("Math.min(...Array.from(document.querySelectorAll('select'), (s) => s.offsetHeight))") >= 44
