"""Rows of a JSON document or of JSON Lines: strict JSON, numbers as they are written, the line of each row."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from datapkg.cells.strictjson import once, refused
from datapkg.engine.native import BLANK, Item, Source, Unread
from datapkg.engine.values import Number
from datapkg.resources import Inline

SPACE = re.compile(r"[ \t\n\r]*")


def document_source(path: Path, shown: str, encoding: str, key: Any, limit: int) -> Source:
    """The rows of a JSON document of at most `limit` bytes: its root, or what stands under `key` there."""
    return Source(shown, path, lambda: _document(path, encoding, key, limit))


def lines_source(path: Path, shown: str, encoding: str, limit: int) -> Source:
    """The rows of JSON Lines: each line, of at most `limit` characters, is one."""
    return Source(shown, path, lambda: _lines(path, encoding, limit))


def inline_source(inline: Inline, shown: str, key: Any) -> Source:
    """The rows of data that stand in the descriptor, or of what stands there under `key`."""

    def items() -> Iterator[Item]:
        data = inline.value
        if isinstance(data, Mapping) and isinstance(key, str):
            data = data.get(key)
        if not isinstance(data, list):
            raise Unread("it is no list of rows", inline.line)
        lines = inline.lines or (inline.line,) * len(data)
        for value, line in zip(data, lines, strict=True):
            yield _item(line, _native(value))

    return Source(shown, inline.path, items, line=inline.line)


def placed_source(inline: Inline, shown: str, key: Any, *, lined: bool) -> Source:
    """The rows of JSON, or of JSON Lines (`lined`), that stand in the descriptor as a text: all at its line."""

    def items() -> Iterator[Item]:
        lines = inline.value.removesuffix("\n").split("\n")
        try:
            for item in (_line(0, line) for line in lines) if lined else _rows(inline.value, key):
                yield replace(item, line=inline.line)
        except Unread as unread:
            raise Unread(str(unread), inline.line) from None

    return Source(shown, inline.path, items, line=inline.line)


def _native(value: Any) -> Any:
    """A value of a descriptor in the form that JSON text is read in."""
    if isinstance(value, Mapping):
        return {str(key): _native(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_native(item) for item in value]
    if isinstance(value, int | float) and not isinstance(value, bool):
        return Number(value)
    return value


def _item(line: int | None, value: Any) -> Item:
    if isinstance(value, list | Mapping):
        return Item(line, value)
    return Item(line, None, "it is neither an array nor an object")


DECODER = json.JSONDecoder(
    object_pairs_hook=once, parse_int=Number, parse_float=Number, parse_constant=refused, strict=True
)


def _decoded(text: str, position: int) -> tuple[Any, int]:
    """The value at `position` and where it ends; ValueError where there is none."""
    try:
        return DECODER.raw_decode(text, position)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


# ---------------------------------------------------------------- JSON Lines


def _lines(path: Path, encoding: str, limit: int) -> Iterator[Item]:
    """Each line as an item. An empty line is none, and is told; of one that is too long, nothing is held."""
    number = 0
    try:
        with path.open(encoding="utf-8-sig" if encoding in ("utf-8", "utf8") else encoding, newline="\n") as file:
            while line := file.readline(limit + 2):
                number += 1
                long = len(line.rstrip("\r\n")) > limit
                while long and line and not line.endswith("\n"):
                    line = file.readline(limit)
                note = f"the line is longer than {limit:,} characters"
                yield Item(number, None, note) if long else _line(number, line.strip(" \t\r\n"))
    except UnicodeDecodeError as error:
        note = f"byte 0x{error.object[error.start]:02x} behind line {number}"
        raise Unread(note, code="encoding-error", encoding=encoding) from None


def _line(number: int, text: str) -> Item:
    if not text:
        return Item(number, None, BLANK)
    try:
        value, end = _decoded(text, 0)
        if end < len(text):
            return Item(number, None, f"more follows the value, from character {end + 1} on")
        return _item(number, value)
    except json.JSONDecodeError as error:
        return Item(number, None, f"it is no JSON: {error.msg} at character {error.colno}")
    except ValueError as error:
        return Item(number, None, f"it is no strict JSON: {error}")


# ---------------------------------------------------------------- a JSON document


def _document(path: Path, encoding: str, key: Any, limit: int) -> Iterator[Item]:
    yield from _rows(_text(path, encoding, limit), key)


def _rows(text: str, key: Any) -> Iterator[Item]:
    walk = _Walk(text)
    try:
        if isinstance(key, str):
            walk.enter(key)
        yield from walk.items()
        walk.leave(inside=isinstance(key, str))
    except json.JSONDecodeError as error:
        raise Unread(f"it is no JSON: {error.msg}", error.lineno) from None
    except ValueError as error:
        raise Unread(f"it is no strict JSON: {error}", walk.line) from None


def _text(path: Path, encoding: str, limit: int) -> str:
    if path.stat().st_size > limit:
        note = f"a JSON document of more than {limit:,} bytes is not read; JSON Lines may have any size"
        raise Unread(note)
    raw = path.read_bytes()
    try:
        return raw.decode("utf-8-sig" if encoding in ("utf-8", "utf8") else encoding)
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        note = f"byte 0x{raw[error.start]:02x}"
        raise Unread(note, line, "encoding-error", encoding=encoding) from None


class _Walk:
    """A place in a JSON text, which moves over values, and the line that it is on."""

    def __init__(self, text: str) -> None:
        self.text, self.position, self.line, self._counted = text, 0, 1, 0
        self._space()

    def enter(self, wanted: str) -> None:
        """Go to the value of a key of the root."""
        self._take("{")
        met: set[str] = set()
        while self._peek() != "}":
            key = self._value()
            if not isinstance(key, str) or isinstance(key, Number):
                raise ValueError("a key is no string")  # noqa: TRY004  (the text is at fault)
            if key in met:
                raise ValueError(f"the key {key!r} stands twice")
            met.add(key)
            self._take(":")
            if key == wanted:
                return
            self._value()
            if self._peek() != "}":
                self._take(",")
        raise ValueError(f"it has no property {wanted!r}")

    def items(self) -> Iterator[Item]:
        """The items of the array that begins here."""
        if self._peek() != "[":
            raise ValueError("there is no array of rows")
        self._take("[")
        while self._peek() != "]":
            line = self.line
            yield _item(line, self._value())
            if self._peek() != "]":
                self._take(",")
                if self._peek() == "]":
                    raise ValueError("a comma stands before the end of the array")
        self._take("]")

    def leave(self, *, inside: bool) -> None:
        """Go to the end of the text, which must be all there is."""
        while inside and self._peek() != "}":
            self._take(",")
            self._value()
            self._take(":")
            self._value()
        if inside:
            self._take("}")
        if self.position < len(self.text):
            raise ValueError("more follows the end of the document")

    def _peek(self) -> str:
        return self.text[self.position : self.position + 1]

    def _take(self, mark: str) -> None:
        if self._peek() != mark:
            raise json.JSONDecodeError(f"{mark!r} is missing", self.text, self.position)
        self.position += 1
        self._space()

    def _value(self) -> Any:
        value, self.position = _decoded(self.text, self.position)
        self._space()
        return value

    def _space(self) -> None:
        match = SPACE.match(self.text, self.position)
        self.position = match.end() if match else self.position
        self.line += self.text.count("\n", self._counted, self.position)
        self._counted = self.position
