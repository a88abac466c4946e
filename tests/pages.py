"""What a browser and a renderer of Markdown make of a report: which parts it may have."""

from collections.abc import Iterator
from html.parser import HTMLParser

from markdown_it import MarkdownIt
from markdown_it.token import Token

ELEMENTS = {
    *(
        "html",
        "head",
        "meta",
        "title",
        "style",
        "noscript",
        "body",
        "main",
        "h1",
        "h2",
        "p",
        "br",
        "code",
        "pre",
        "mark",
    ),
    *("table", "caption", "thead", "tbody", "tr", "th", "td", "details", "summary", "div", "span", "footer", "script"),
    *("form", "label", "input", "select", "option", "button"),
}
ATTRIBUTES = {
    *(
        "lang",
        "charset",
        "http-equiv",
        "content",
        "name",
        "class",
        "id",
        "scope",
        "role",
        "hidden",
        "open",
        "type",
        "value",
    ),
    *("data-rule", "data-table", "data-step", "autocomplete", "spellcheck"),
}
PLAIN_TOKENS = {
    *("heading_open", "heading_close", "inline", "text", "code_inline", "fence", "softbreak"),
    *("table_open", "table_close", "thead_open", "thead_close", "tbody_open", "tbody_close"),
    *("tr_open", "tr_close", "th_open", "th_close", "td_open", "td_close"),
    *("bullet_list_open", "bullet_list_close", "list_item_open", "list_item_close"),
    *("paragraph_open", "paragraph_close"),
}
VOID = {"meta", "br", "input"}


class Page(HTMLParser):
    """What a browser would make of the page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.texts: dict[str, list[str]] = {}
        self.stack: list[str] = []
        self.rows: list[dict[str, str | None]] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note the element."""
        self.tags.append(tag)
        self.attributes += attrs
        if tag == "tr" and "data-rule" in dict(attrs):
            self.rows.append(dict(attrs))
        if tag not in VOID:
            self.stack.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Close the element that is open."""
        assert self.stack.pop() == tag

    def handle_data(self, data: str) -> None:
        """Note the text by its element."""
        if self.stack:
            self.texts.setdefault(self.stack[-1], []).append(data)

    def handle_comment(self, data: str) -> None:
        """No slot is left open."""
        raise AssertionError(data)


def holds(page: Page) -> None:
    """Assert that the page is well formed and made of the listed parts alone."""
    assert page.stack == []
    assert set(page.tags) <= ELEMENTS
    assert {name for name, _ in page.attributes} <= ATTRIBUTES
    assert page.tags.count("script") == 1 and page.tags.count("style") == 2


def tokens(text: str) -> Iterator[Token]:
    """The document with tables and raw HTML, as on GitHub, flat."""
    for token in MarkdownIt("commonmark").enable("table").parse(text):
        yield token
        yield from token.children or ()
