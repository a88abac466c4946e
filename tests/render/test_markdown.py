"""Markdown: what a renderer of GitHub's dialect makes of it holds nothing from the data but text."""

import re
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st
from pages import PLAIN_TOKENS, tokens
from shapes import HOSTILE, TYPE, clean, many, saying, shapes

from datapkg.findings import Report, skipped
from datapkg.render import markdown
from datapkg.render.escape import show

PLAIN = False


def rendered(report: Report) -> str:
    return "".join(markdown.render(report, PLAIN))


def test_nothing_in_it_is_more_than_text_and_code() -> None:
    found = list(tokens(rendered(shapes())))
    assert {token.type for token in found} <= PLAIN_TOKENS
    outside = "".join(token.content for token in found if token.type == "text")
    assert "octocat" not in outside and "e.example" not in outside and "set-output" not in outside


def test_the_verdict_the_counts_and_the_worst_first() -> None:
    lines = rendered(shapes()).splitlines()
    assert lines[0] == "## datapkg: not valid: 12 errors, 1 warning, 1 info, 1 waived"
    assert "| `type-error` | `t` | `n` | 5 |" in lines
    assert "- `1 rule skipped: the table v was not read`" in lines
    first = lines.index("````text")  # longer than the three backticks of a cell
    assert lines[first + 1].startswith("data/shapes/t.csv:7: error blank-row")
    assert "6 more findings are not shown." in lines


def test_a_clean_report_is_short() -> None:
    assert rendered(clean()) == (
        "## datapkg: valid: 0 errors, 0 warnings, 0 info\n\n### `clean` `2.0.0`: valid: 0 errors, 0 warnings, 0 info\n"
    )


def test_a_rule_without_a_fix_has_no_line_for_it() -> None:
    assert "fix:" not in rendered(many(1, replace(TYPE, fix="")))


def test_fifty_findings_of_a_dataset_are_shown() -> None:
    told = rendered(many(60))
    assert told.count(": error type-error: ") == 50
    assert "\n10 more findings are not shown.\n" in told


def test_it_fits_into_a_comment_whatever_there_is() -> None:
    long = saying("`x|é" * 120)
    report = replace(long, datasets=long.datasets * 300)
    told = rendered(report)
    assert 50_000 < len(told) <= markdown.CHARACTERS
    assert "more datasets are not shown." in told.splitlines()[-1]
    one = many(50, value="y" * 200)
    (dataset,) = one.datasets
    wide = tuple(
        replace(verdict, code=f"{n}-{'z' * 70}", column="c" * 80) for n in range(500) for verdict in dataset.verdicts
    )
    told = rendered(replace(one, datasets=(replace(dataset, verdicts=wide),)))
    assert len(told) <= markdown.CHARACTERS
    assert "400 more lines of counts are not shown." in told


def test_many_reasons_for_skipping_are_counted_and_a_dataset_too_long_is_cut_between_findings() -> None:
    report = many(50, value="y" * 190)
    (dataset,), (verdict,) = report.datasets, report.datasets[0].verdicts
    skips = tuple(skipped(replace(verdict, code=f"c{n}"), f"reason {n}") for n in range(12))
    datasets = tuple(replace(dataset, verdicts=(verdict, *skips)) for _ in range(6))
    told = rendered(replace(report, datasets=datasets))
    assert "- and for 2 more reasons\n" in told
    shown = [int(number) for number in re.findall(r"(\d+) more findings are not shown", told)]
    assert len(told) <= markdown.CHARACTERS and 0 < shown[0] < 50


@settings(deadline=None)
@given(st.text(min_size=1) | st.text("`|\\ \n@[](<>)*_~#:-", min_size=1) | st.just(HOSTILE))
def test_any_text_stands_in_code(text: str) -> None:
    found = list(tokens(rendered(saying(text))))
    assert {token.type for token in found} <= PLAIN_TOKENS
    headings = [token.content for token in found if token.type == "code_inline"]
    shown = show(text if len(text) <= 80 else text[:79] + "…")
    assert headings[0].strip() == shown.strip()
    assert sum(token.type == "td_open" for token in found) == 4
