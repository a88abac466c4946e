"""The page: elements of a short list only, no text of the data in a script or an attribute, nothing loaded."""

import re
from base64 import b64encode
from hashlib import sha256

from hypothesis import given, settings
from hypothesis import strategies as st
from pages import Page, holds
from shapes import HOSTILE, clean, many, saying, shapes

from datapkg.findings import Report
from datapkg.render import html
from datapkg.render.escape import show

PLAIN = False


def rendered(report: Report) -> str:
    return "".join(html.render(report, PLAIN))


def test_the_page_is_made_of_a_short_list_of_elements() -> None:
    page = Page(rendered(shapes()))
    holds(page)
    plain = Page(rendered(clean()))
    assert page.texts["script"] == plain.texts["script"], "no data reaches the script"
    assert set(page.attributes) - set(plain.attributes) <= {
        ("class", "invalid"),
        *(("class", grade) for grade in ("error", "warning", "info", "waived", "grade", "note")),
        *((name, str(number)) for name in ("value", "data-rule", "data-table") for number in range(12)),
    }


def test_the_policy_knows_the_script_and_lets_nothing_else_in() -> None:
    page = Page(rendered(shapes()))
    (script,) = page.texts["script"]
    digest = b64encode(sha256(script.encode()).digest()).decode()
    policy = next(value for name, value in page.attributes if name == "content" and value and "default-src" in value)
    assert policy == (
        f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'; "
        "base-uri 'none'; form-action 'none'"
    )
    assert not re.search(r"https?:|//|url\(|@import|innerHTML|eval|fetch", script + "".join(page.texts["style"]))


def test_each_finding_is_told_in_full() -> None:
    page = Page(rendered(shapes()))
    assert len(page.rows) == len(shapes().findings)
    assert "many" in page.texts["mark"] and show(HOSTILE)[:40] in "".join(page.texts["mark"])
    assert "Why: Why a type." in page.texts["p"] and "Fix: Write a whole number." in page.texts["p"]
    assert "6 more findings are counted but not listed (--limit)." in page.texts["p"]
    assert "skipped: the table v was not read" in page.texts["td"]
    assert page.texts["h1"] == ["not valid: 12 errors, 1 warning, 1 info, 1 waived"]


def test_what_the_script_filters_by_are_the_numbers_of_the_options() -> None:
    told = rendered(shapes())
    rules = dict(re.findall(r'<option value="(\d+)">([a-z-]+)</option>', told))
    row = re.search(r'<tr class="warning" data-rule="(\d+)" data-table="(\d+)">', told)
    assert row and rules[row[1]] == "low-above-high"
    assert f'<option value="{row[2]}">shapes: t</option>' in told


def test_two_hundred_are_shown_at_first_and_ten_thousand_are_there() -> None:
    told = rendered(many(10_000))
    rows = Page(told).rows
    assert [index for index, row in enumerate(rows) if "hidden" not in row] == list(range(200))
    assert len(rows) == 10_000 and len(told) < 8_000_000


@settings(deadline=None)
@given(st.text() | st.text("<>&\"'/!-=`scriptmgon", max_size=40) | st.just(HOSTILE))
def test_any_text_is_text(text: str) -> None:
    told = rendered(saying(text))
    page = Page(told)
    holds(page)
    shown = show(text if len(text) <= 500 else text[:499] + "…")
    assert f"Why: {shown}" in page.texts["p"] or not shown
