"""Texts of a descriptor, which may be anything, made fit to stand in a file that others read."""

import json
import re
from typing import Any

URL = re.compile(r"https?://[^\s\"<>{}|\\^`\x00-\x20\x7f-\x9f]+", re.IGNORECASE)
MARKS = re.compile(r"[\\`*\[\]|~]|(?<![^\W_])_|_(?![^\W_])")
START = re.compile(r"^(?:([#+>=-])|([0-9]{1,9})([.)])(?=\s|$))")
FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})", re.MULTILINE)
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
    shown = MARKS.sub(lambda mark: f"\\{mark[0]}", line(value) or "").translate(ENTITIES)
    return START.sub(lambda mark: f"\\{mark[1]}" if mark[1] else f"{mark[2]}\\{mark[3]}", shown)


def code(value: str) -> str:
    """Markdown that shows this text as code, on one line and also in a cell of a table."""
    shown = line(value) or " "
    fence = "`" * (max((len(run) for run in re.findall("`+", shown)), default=0) + 1)
    pad = " " if "`" in (shown[0], shown[-1]) else ""
    return f"{fence}{pad}{shown}{pad}{fence}".replace("|", "\\|")


def marked(value: str) -> str:
    """Markdown as its author wrote it, but no HTML in it, no picture that is fetched, and no code that does not end."""
    shown = IMAGE.sub(r"\\!", AUTOLINK.sub("&lt;", text(value) or ""))
    opened = ""
    for fence in FENCE.findall(shown):
        if not opened:
            opened = fence
        elif fence.startswith(opened):
            opened = ""
    return f"{shown}\n{opened}" if opened else shown


def json_text(value: Any) -> str:
    """JSON that can also stand in a page, between `<script>` and its end."""
    shown = json.dumps(value, indent=2, ensure_ascii=False)
    return shown.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029") + "\n"
