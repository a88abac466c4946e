"""The formats of a report, by name."""

from collections.abc import Callable, Iterator, Mapping

from datapkg.findings import Report
from datapkg.render import github, html, json, junit, markdown, sarif, text

Renderer = Callable[[Report, bool], Iterator[str]]

RENDERERS: Mapping[str, Renderer] = {
    "text": text.render,
    "json": json.render,
    "junit": junit.render,
    "sarif": sarif.render,
    "github": github.render,
    "markdown": markdown.render,
    "html": html.render,
}
"""Each renders a report as pieces of text; the flag says whether colour is wanted."""


def report_schema() -> str:
    """The JSON Schema of the json report."""
    from importlib.resources import files

    return files(__package__ or "").joinpath("report.schema.json").read_text(encoding="utf-8")
