"""One file per output format: values in, text out. Nothing here reads, judges or prints."""

from collections.abc import Callable, Iterator, Mapping

from datapkg.findings import Report
from datapkg.render import json, text

Renderer = Callable[[Report, bool], Iterator[str]]

RENDERERS: Mapping[str, Renderer] = {"text": text.render, "json": json.render}
"""Each renders a report as pieces of text; the flag says whether colour is wanted."""
