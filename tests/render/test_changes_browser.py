"""The page of a diff in a browser: search and filters work, no script fails, nothing is loaded, a phone shows it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from browser import CHROMIUM, Page, chromium
from changing import crowded, rich

from datapkg.changes import Changes
from datapkg.render.changes import CHANGES

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium; apt-get install chromium")

PHONE = 375
SHOWN = "Array.from(document.querySelectorAll('#rows > tbody > tr')).filter((row) => row.offsetHeight > 0)"
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
    """opened(changes, width=375) shows the page of a diff."""

    def show(changes: Changes, **size: int) -> Page:
        path = tmp_path / "diff.html"
        path.write_text("".join(CHANGES["html"](changes, False)), encoding="utf-8")
        browser.open(path, **size)
        return browser

    return show


def keys(page: Page) -> list[str]:
    """The keys of the rows that can be seen."""
    found: list[str] = page.run(f"{SHOWN}.map((row) => row.querySelector('code').textContent.slice(0, 8))")
    return found


def test_rows_are_found_by_words_kind_and_table(opened: Open) -> None:
    page = opened(rich())
    everything = keys(page)
    assert len(everything) == sum(len(table.rows) for table in rich().tables.values())
    page.run(SET.format(id="words", value="kurram INC-30"))
    assert keys(page) == ["inc-3", "inc-30"]
    page.run(SET.format(id="op", value="added"))
    assert keys(page) == ["inc-30"]
    page.run(SET.format(id="words", value=""))
    page.run(SET.format(id="table", value="2"))
    assert keys(page) == ["1 time"]
    page.run(SET.format(id="op", value=""))
    assert keys(page) == ["2 times", "1 time"]
    assert page.run("document.getElementById('count').textContent") == f"2 shown, 2 matching, {len(everything)} in all"


def test_more_are_shown_on_asking(opened: Open) -> None:
    page = opened(crowded(150))
    seen = [len(keys(page))]
    while page.run("!document.getElementById('more').hidden"):
        page.run("document.getElementById('more').click()")
        seen.append(len(keys(page)))
    assert seen == [200, 400, 450]


@pytest.mark.parametrize("changes", [rich(), crowded(2, "<script>alert(1)</script><img src=x onerror=alert(1)>")])
def test_no_script_fails_and_nothing_is_loaded(opened: Open, changes: Changes) -> None:
    page = opened(changes)
    page.run(SET.format(id="words", value="x"))
    assert page.told("Runtime.exceptionThrown", "Log.entryAdded", "Page.javascriptDialogOpening") == []
    asked = {request["request"]["url"] for request in page.told("Network.requestWillBeSent")}
    assert asked == {page.run("location.href")}
    assert page.run("performance.getEntriesByType('resource').length") == 0


def test_old_is_left_of_new_and_what_differs_is_marked(opened: Open) -> None:
    page = opened(rich())
    row = f"{SHOWN}.find((row) => row.textContent.includes('inc-4'))"
    left, right = (f"{row}.querySelector('td.{side}').getBoundingClientRect()" for side in ("old", "new"))
    assert page.run(f"{left}.right <= {right}.left + 1 && Math.abs({left}.top - {right}.top) < 1")
    assert page.run(f"Array.from({row}.querySelectorAll('mark'), (one) => one.textContent)") == ["Four", "Nine"]


@pytest.mark.parametrize("text", ["x", "x" * 400, "漢" * 150])
def test_a_phone_shows_all_of_it_without_scrolling_sideways(opened: Open, text: str) -> None:
    for changes in (rich(), crowded(2, text)):
        page = opened(changes, width=PHONE, height=812)
        page.run("document.querySelectorAll('details').forEach((part) => { part.open = true; })")
        assert page.run("[innerWidth, document.documentElement.scrollWidth]") == [PHONE, PHONE]
        assert page.run(f"{SHOWN}.filter((row) => row.getBoundingClientRect().right > innerWidth).length") == 0
        smallest = "Math.min(...Array.from(document.querySelectorAll('#rows td'), (s) => parseFloat(getComputedStyle(s).fontSize)))"
        assert page.run(smallest) >= 13
        assert page.run("Math.min(...Array.from(document.querySelectorAll('select'), (s) => s.offsetHeight))") >= 44
