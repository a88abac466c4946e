"""Texts of a descriptor, which may be anything, made fit to stand in a file that others read."""

import re
from typing import Any

URL = re.compile(r"https?://[^\s\"<>{}|\\^`\x00-\x20\x7f-\x9f]+", re.IGNORECASE)
MARKS = re.compile(r"([\\`*_{}\[\]()#+!|~=>-])")
ENTITIES = str.maketrans({"&": "&amp;", "<": "&lt;"})
AUTOLINK = re.compile(r"<(?!https?://[^\s<>]+>)")
IMAGE = re.compile(r"!(?=\[)")


def text(value: Any) -> str | None:
    """A text that is none but for printed characters and ends of lines; None where nothing is left."""
    if not isinstance(value, str):
        return None
    kept = "".join(char for char in value.replace("\r\n", "\n") if char.isprintable() or char in "\n\t")
    return kept.strip() or None


def line(value: Any) -> str | None:
    """A text on one line; None where nothing is left."""
    if not isinstance(value, str):
        return None
    return " ".join("".join(char if char.isprintable() else " " for char in value).split()) or None


def url(value: Any) -> str | None:
    """An address on the web, or None where it is none."""
    return value if isinstance(value, str) and URL.fullmatch(value) else None


def plain(value: str) -> str:
    """Markdown that shows exactly this text, on one line: nothing in it is markup."""
    return MARKS.sub(r"\\\1", line(value) or "").translate(ENTITIES)


def code(value: str) -> str:
    """Markdown that shows this text as code, on one line and also in a cell of a table."""
    shown = line(value) or " "
    fence = "`" * (max((len(run) for run in re.findall("`+", shown)), default=0) + 1)
    pad = " " if "`" in (shown[0], shown[-1]) else ""
    return f"{fence}{pad}{shown}{pad}{fence}".replace("|", "\\|")


def marked(value: str) -> str:
    """Markdown as its author wrote it, but no HTML in it and no picture that is fetched."""
    return IMAGE.sub(r"\\!", AUTOLINK.sub("&lt;", text(value) or ""))
