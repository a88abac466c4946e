"""One file per format of a diff: values in, text out. Nothing here reads, judges or prints."""

from collections.abc import Callable, Iterator, Mapping

from datapkg.changes import Changes
from datapkg.render import changes_html, changes_json, changes_markdown, changes_text

CHANGES: Mapping[str, Callable[[Changes, bool], Iterator[str]]] = {
    "text": changes_text.render,
    "json": changes_json.render,
    "markdown": changes_markdown.render,
    "html": changes_html.render,
}
"""Each renders a diff as pieces of text; the flag says whether colour is wanted."""


def diff_schema() -> str:
    """The JSON Schema of the json diff."""
    from importlib.resources import files

    return files("datapkg.render").joinpath("changes.schema.json").read_text(encoding="utf-8")
