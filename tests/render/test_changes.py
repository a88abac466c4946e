"""Every format of a diff that shows every shape: to the letter, harmless, within its bounds, as its schema says."""

import json
import os
import re
from base64 import b64encode
from hashlib import sha256
from typing import Any

import jsonschema
import pytest
from changing import LONG, crowded, empty, rich
from conftest import ROOT
from hypothesis import given, settings
from hypothesis import strategies as st
from pages import ATTRIBUTES, ELEMENTS, PLAIN_TOKENS, Page, holds, tokens
from shapes import HOSTILE

from datapkg.changes import CellChange, Changes, Kind, Op
from datapkg.render import markdown
from datapkg.render.changes import CHANGES, diff_schema
from datapkg.render.changes_wording import parted

PLAIN = False
SNAPSHOTS = {"text": "diff.txt", "json": "diff.json", "markdown": "diff.md", "html": "diff.html"}
CONTROLS = set(map(chr, range(32))) - {"\n"} | set(map(chr, range(127, 160))) | set("\u202e\u200b\ufffe")


def told(name: str, changes: Changes) -> str:
    """The diff in one format."""
    return "".join(CHANGES[name](changes, PLAIN))


def test_every_format_has_its_snapshot_and_every_kind_is_in_it() -> None:
    assert CHANGES.keys() == SNAPSHOTS.keys()
    assert {change.kind for change in rich().schema} == set(Kind)
    assert {row.op for table in rich().tables.values() for row in table.rows} == set(Op)


@pytest.mark.parametrize("name", SNAPSHOTS)
def test_the_diff_is_what_it_was(name: str) -> None:
    path = ROOT / "tests" / "snapshots" / SNAPSHOTS[name]
    if os.environ.get("DATAPKG_RENEW") == "1":
        path.write_text(told(name, rich()), encoding="utf-8", newline="\n")
    assert told(name, rich()) == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", SNAPSHOTS)
@pytest.mark.parametrize("changes", [rich(), crowded(3, HOSTILE)], ids=["rich", "hostile"])
def test_no_format_lets_through_what_moves_a_cursor_hides_or_commands(name: str, changes: Changes) -> None:
    text = told(name, changes)
    assert HOSTILE not in text
    assert not CONTROLS & set(text)
    body = re.sub("<style>.*?</style>", "", text, flags=re.DOTALL)
    if name in ("json", "html"):  # The others are made inert where a log is what they are written to.
        assert "::" not in body and "##[" not in body


@pytest.mark.parametrize("name", SNAPSHOTS)
@pytest.mark.parametrize("changes", [rich(), empty(), crowded(1, "a\ud800b")], ids=["rich", "empty", "surrogate"])
def test_every_format_can_be_written_and_ends_its_last_line(name: str, changes: Changes) -> None:
    assert told(name, changes).encode("utf-8").endswith(b"\n")


# ---------------------------------------------------------------- text


def test_two_sides_that_do_not_differ_are_two_lines() -> None:
    assert told("text", empty()) == "afpak → afpak\n\nno difference\n"


def test_colour_is_of_the_signs_alone() -> None:
    painted = "".join(CHANGES["text"](rich(), True))
    assert "\x1b[31m- inc-2\x1b[0m" in painted
    assert re.sub(r"\x1b\[[0-9]*m", "", painted) == told("text", rich())


@given(st.text(), st.text(), st.text(), st.text())
def test_where_two_texts_part_is_found(before: str, old: str, new: str, after: str) -> None:
    mine, theirs = before + old + after, before + new + after
    left, was, now, right = parted(mine, theirs, 10_000)
    if mine.isprintable() and mine.isascii() and theirs.isprintable() and theirs.isascii() and len(mine) < 30:
        assert (left + was + right, left + now + right) == (mine, theirs)
    assert was != now or mine == theirs


def test_a_long_text_is_shown_where_it_differs() -> None:
    line = next(line for line in told("text", rich()).splitlines() if "summary:" in line)
    assert "Four died." in line and "Nine died." in line and len(line) < 250 < len(LONG)


# ---------------------------------------------------------------- json


def closed(schema: Any) -> Any:
    """The schema with every property that it does not describe forbidden."""
    if isinstance(schema, list):
        return [closed(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    inner = {name: closed(item) for name, item in schema.items()}
    return inner | ({"additionalProperties": False} if "required" in schema else {})


@pytest.mark.parametrize("changes", [rich(), empty(), crowded(2)], ids=["rich", "empty", "crowded"])
def test_the_json_is_valid_and_holds_nothing_undescribed(changes: Changes) -> None:
    schema = json.loads(diff_schema())
    jsonschema.Draft202012Validator.check_schema(schema)
    data = json.loads(told("json", changes))
    jsonschema.Draft202012Validator(closed(schema)).validate(data)
    assert set(schema["$defs"]["schema"]["properties"]["kind"]["enum"]) == {str(kind) for kind in Kind}


def test_the_json_says_what_the_values_are() -> None:
    data = json.loads(told("json", rich()))
    assert data["old"] == {"name": "afpak", "version": "1.0.0", "asked": "git:main"}
    assert data["bump"] == "major"
    assert list(data["tables"]) == list(rich().tables)
    incidents = data["tables"]["incidents"]
    assert (incidents["added"], incidents["removed"], incidents["changed"]) == (2, 2, 40)
    assert incidents["rows"][2]["cells"][0] == {"column": "killed", "old": "4", "new": "9"}
    assert incidents["rows"][4]["key"] == {"id": HOSTILE}
    assert data["tables"]["sums"]["rows"][0] == {
        "op": "removed",
        "key": None,
        "times": 2,
        "cells": [{"column": "day", "old": "2023-02-06", "new": None}, {"column": "count", "old": "3", "new": None}],
    }
    assert json.loads(told("json", empty()))["bump"] is None


# ---------------------------------------------------------------- markdown


def test_what_matters_most_comes_first() -> None:
    text = told("markdown", rich())
    assert re.findall(r"### (.*) \(", text) == [
        *("Rows taken away", "Figures that changed", "What is declared", "Other cells that changed", "Rows that came")
    ]
    assert "| `incidents` | `inc-2` | `place: Zhob, killed: 7` | `duplicate: of inc-1` |" in text
    assert "36 more are not shown." in text


@settings(deadline=None)
@given(st.text(min_size=1) | st.text("`|\\ \n@[](<>)*_~#:-", min_size=1) | st.just(HOSTILE))
def test_any_text_stands_in_code(text: str) -> None:
    found = list(tokens(told("markdown", crowded(1, text))))
    assert {token.type for token in found} <= PLAIN_TOKENS
    outside = "".join(token.content for token in found if token.type == "text")
    assert not set("<[`@") & set(outside.replace("datapkg: ", ""))


@pytest.mark.parametrize("text", ["x", "y" * 500, HOSTILE * 5, "漢" * 200])
def test_a_comment_is_not_longer_than_one_may_be(text: str) -> None:
    comment = told("markdown", crowded(300, text))
    assert len(comment) <= markdown.CHARACTERS < 65_536
    assert "more are not shown." in comment
    assert comment.count("### ") == 4  # none of its cells is a figure


# ---------------------------------------------------------------- html


def test_the_page_is_made_of_a_short_list_of_elements() -> None:
    page, plain = Page(told("html", rich())), Page(told("html", empty()))
    holds(page)
    holds(plain)
    assert set(page.tags) <= ELEMENTS and {name for name, _ in page.attributes} <= ATTRIBUTES
    assert page.texts["script"] == plain.texts["script"], "no data reaches the script"
    words = {*(str(op) for op in Op), "old", "new", "major", "minor", "patch", "grade", "note"}
    assert set(page.attributes) - set(plain.attributes) <= {
        *(("class", word) for word in words),
        *((name, str(number)) for name in ("value", "data-table") for number in range(12)),
        ("scope", "row"),
    }


def test_the_policy_knows_the_script_and_lets_nothing_else_in() -> None:
    page = Page(told("html", rich()))
    (script,) = page.texts["script"]
    digest = b64encode(sha256(script.encode()).digest()).decode()
    policy = next(value for name, value in page.attributes if name == "content" and value and "default-src" in value)
    assert policy == (
        f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'; "
        "base-uri 'none'; form-action 'none'"
    )
    assert not re.search(r"https?:|//|url\(|@import|innerHTML|eval|fetch", script + "".join(page.texts["style"]))


def test_old_and_new_stand_side_by_side() -> None:
    text = told("html", rich())
    assert (
        '<tr><th scope="row">killed</th><td class="old"><mark>4</mark></td><td class="new"><mark>9</mark></td>' in text
    )
    assert '<td class="old">∅</td><td class="new">3</td>' in text
    assert "duplicate: of inc-1" in text
    assert "now inc-30, a guess: the same content" in text
    assert "37 rows more counted but not listed (--limit)." in text


def test_a_cell_without_a_value_is_not_an_empty_one() -> None:
    assert CellChange("a", None, "") != CellChange("a", "", None)
    assert "place: ''" in told("text", rich())
