"""Text files of any encoding as UTF-8, line by line the same, and every byte that is no text told."""

import codecs
import re
from pathlib import Path

from datapkg.engine.opened import Fault, Faults

BLOCK = 1 << 22
EXCERPT = 500
UTF8 = ("utf-8", "utf-8-sig")
NO_TEXT = ("idna", "punycode", "undefined", "unicode_escape", "raw-unicode-escape", "unicode-escape", "mbcs", "oem")
"""Codecs of Python that no file is written in; some would change what a line is."""

MARK = "datapkg.mark"
MARKS = re.compile("[\ud800-\udfff]+")


def _mark(error: UnicodeError) -> tuple[str, int]:
    """A byte that is no text as a lone surrogate, which no text can hold."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return chr(0xDC00 + error.object[error.start]), max(error.end, error.start + 1)


codecs.register_error(MARK, _mark)


def codec_of(encoding: str) -> str | None:
    """Python's name of a text encoding, or None where there is none of that name."""
    try:
        found = codecs.lookup(encoding)
    except (LookupError, ValueError):
        return None
    text = found._is_text_encoding and found.name not in NO_TEXT  # noqa: SLF001  (there is no public way to ask)
    return found.name if text and found.incrementaldecoder is not None else None


def recoded(path: Path, shown: str, encoding: str, target: Path, faults: Faults) -> Path:
    """The file as UTF-8: itself, or the copy `target`, whose lines are the same.

    Bytes that are not of the encoding stand as U+FFFD in the copy, and each is a fault.
    """
    codec = codec_of(encoding)
    assert codec is not None, "an unknown encoding is told before"
    codec = "utf-8" if codec in UTF8 else codec
    if codec in ("utf-8", "ascii") and _decodes(path, codec):
        return path
    decoder = codecs.getincrementaldecoder(codec)(MARK)
    line, column, before = 1, 0, ""
    with path.open("rb") as source, target.open("wb") as copy:
        final = False
        while not final:
            block = source.read(BLOCK)
            final = not block
            try:
                text = decoder.decode(block, final)
            except UnicodeError as error:
                # UTF-16 and UTF-32 without a mark: which of the two byte orders it has is not guessed.
                faults.add(Fault("encoding-error", shown, line=1, words={"encoding": encoding, "note": str(error)}))
                return target
            if not (text.isascii() or MARKS.search(text) is None):
                _add_faults(before + text, (line, column - len(before)), (shown, encoding), faults)
                text = MARKS.sub("\ufffd", text)
            copy.write(text.encode())
            feeds = text.count("\n")
            line, column = line + feeds, len(text) - text.rfind("\n") - 1 if feeds else column + len(text)
            before = (before + text)[-EXCERPT:].rsplit("\n", 1)[-1]
    return target


def _decodes(path: Path, codec: str) -> bool:
    decoder = codecs.getincrementaldecoder(codec)("strict")
    try:
        with path.open("rb") as file:
            while block := file.read(BLOCK):
                decoder.decode(block)
            decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _add_faults(text: str, begin: tuple[int, int], origin: tuple[str, str], faults: Faults) -> None:
    """Each run of marked bytes in `text`, which begins at (line, characters of that line before it)."""
    (line, column), (shown, encoding), seen = begin, origin, 0
    for number, match in enumerate(MARKS.finditer(text)):
        if faults.full("encoding-error"):
            faults.count("encoding-error", len(MARKS.findall(text)) - number)
            return
        start = match.start()
        line += text.count("\n", seen, start)
        seen = start
        first = text.rfind("\n", 0, start) + 1
        position = start - first + 1 + (0 if first else column)
        codes = [ord(mark) - 0xDC00 for mark in match[0]]
        named = " ".join(f"0x{code:02x}" for code in codes[:8]) if min(codes) >= 0 else "a lone surrogate"
        note = f"{named} at character {position} of the line"
        first = max(first, start - EXCERPT)
        rest = text[first : start + EXCERPT].split("\n", 1)[0] if first < start else text[start : start + EXCERPT]
        shown_line = MARKS.sub(lambda run: "\ufffd" * len(run[0]), rest.split("\n", 1)[0].rstrip("\r"))
        excerpt = (shown_line, start - first, len(match[0]))
        faults.add(
            Fault("encoding-error", shown, line=line, words={"encoding": encoding, "note": note}, excerpt=excerpt)
        )
