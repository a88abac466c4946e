"""`codebook.md` tells every column, code and rule, and no text in it is markup."""

from collections.abc import Callable
from pathlib import Path

import pytest
from describing import EVIL
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from datapkg.project import Project
from datapkg.release.build import build
from datapkg.release.texts import code, marked, plain

HTML = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
PLAIN = {"inline", "text", "paragraph_open", "paragraph_close", "softbreak", "text_special"}


def kinds(markdown: str) -> set[str]:
    """The kinds of tokens that a reader of Markdown sees."""
    tokens = HTML.parse(markdown)
    return {token.type for token in tokens} | {child.type for token in tokens for child in token.children or ()}


def shown(markdown: str) -> str:
    """The text that a reader of Markdown shows."""
    inline = (token for token in HTML.parse(markdown) if token.type == "inline")
    return "".join(child.content for token in inline for child in token.children or ())


@pytest.mark.parametrize(
    "text",
    [
        EVIL,
        "# a",
        "- a",
        "+ a",
        "1. a",
        "1) a",
        "> a",
        "---",
        "===",
        "~~~ x",
        "```",
        "*a* __b__ a_b_c _d_",
        "&lt; &#x3c;",
        "<b>",
        "[a]: http://x",
        "a ~~b~~ c",
    ],
)
def test_a_text_shows_itself_and_nothing_else(text: str) -> None:
    assert kinds(plain(text)) <= PLAIN
    assert shown(plain(text)) == " ".join(text.split())


@given(st.text(alphabet="ab1 _*`#+-=~>[]()<&!|\\.:\n\t\"'{}", max_size=30))
def test_every_text_shows_itself(text: str) -> None:
    assert kinds(plain(text)) <= PLAIN
    assert shown(plain(text)) == " ".join(text.split())


@given(st.text(alphabet="ab `|\\<*\n", max_size=20))
def test_every_code_shows_itself_also_in_a_table(text: str) -> None:
    table = f"| a |\n|---|\n| {code(text)} |\n"
    cells = [token for token in HTML.parse(table) if token.type == "inline"]
    wanted = " ".join(text.split()) or " "
    assert [child.content for token in cells[1:] for child in token.children or ()] == [wanted]


@pytest.mark.parametrize("text", [EVIL, "a\n\n```\nb <i>", "~~~~\n~~~", "<!-- x", "<https://example.org> <b>"])
def test_markdown_of_an_author_brings_no_html_and_ends(text: str) -> None:
    page = f"{marked(text)}\n\n# Next\n"
    assert not kinds(page) & {"html_block", "html_inline", "image"}
    assert "heading_open" in kinds(page)


@pytest.mark.parametrize("name", ["codebook.md", "README.md"])
def test_hostile_texts_are_inert(releases: dict[str, Path], name: str) -> None:
    text = (releases["hostile"] / name).read_text()
    body = text.split("\n---\n", 1)[1] if name == "README.md" else text
    assert not kinds(body) & {"html_block", "html_inline", "image"}
    assert {"table_open", "heading_open"} <= kinds(body)
    assert not {char for char in text if not char.isprintable()} - {"\n"}


def test_it_tells_every_column_and_value(releases: dict[str, Path]) -> None:
    text = (releases["rich"] / "codebook.md").read_text()
    for line in (
        "# Codebook: Events and persons: a made-up dataset",
        "Version 1.0.0 of `example`, 2026-01-01.",
        "| `events` | 3 | Events |",
        "Key: `id`. It names each row once and is never null.",
        "`who` refers to `person` of `persons`.",
        "`boss` refers to `person` of `persons`.",
        "- Type: text; known in every row.",
        "- Unit: persons",
        "- Rule: at least `0`",
        "Values: `war`, `raid`, `peace`.",
    ):
        assert line in text.splitlines(), line


SQL = "-- rule: too-many\n-- message: {n} is too many\n-- why: A hundred is a lot.\n-- table: t\nSELECT id FROM t WHERE n > 100\n"
ROWS = """
import narwhals.stable.v1 as nw
import pandera.pyarrow as pa

CHECKS = (
    pa.Check(
        lambda frame: nw.col("n") >= 0,
        native=False,
        name="below-nothing",
        error="n is below nothing",
        title="Nothing is least.",
    ),
)
"""


def test_it_tells_the_rules_and_why(make_project: Callable[..., Project]) -> None:
    project = make_project({"t": "id:string! n:integer\na,1\n"}, rows={"t": ROWS}, sql={"too-many": SQL})
    text = (build("example", project).folder / "codebook.md").read_text()
    assert "- `too-many` (error): {n} is too many. A hundred is a lot.\n" in text
    assert "- `below-nothing` (error): n is below nothing. Nothing is least.\n" in text
