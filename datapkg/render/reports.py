"""The formats of a report, by name."""

from collections.abc import Callable, Iterator, Mapping
from importlib import import_module

from datapkg.findings import Report

Renderer = Callable[[Report, bool], Iterator[str]]


def _renderer(name: str) -> Renderer:
    """The renderer of a format, whose module is imported when it is first needed: one of them needs all rules."""

    def render(report: Report, color: bool) -> Iterator[str]:
        pieces: Iterator[str] = import_module(f"datapkg.render.{name}").render(report, color)
        return pieces

    return render


RENDERERS: Mapping[str, Renderer] = {
    name: _renderer(name) for name in ("text", "json", "junit", "sarif", "github", "markdown", "html")
}
"""Each renders a report as pieces of text; the flag says whether colour is wanted."""


def report_schema() -> str:
    """The JSON Schema of the json report."""
    from importlib.resources import files

    return files(__package__ or "").joinpath("report.schema.json").read_text(encoding="utf-8")
