"""Text files of any encoding as UTF-8, line by line the same."""

import codecs
from pathlib import Path
from typing import Any

from datapkg.engine import lexer
from datapkg.engine.opened import Fault, Faults

UTF8 = ("utf-8", "utf8", "utf-8-sig", "ascii", "us-ascii")


def recoded(path: Path, shown: str, encoding: str, scratch: Path, faults: Faults) -> Path:
    """The file as UTF-8: itself, or a copy whose lines are the same."""
    plain = encoding in UTF8
    try:
        if not codecs.lookup(encoding)._is_text_encoding:  # noqa: SLF001  (Python has no public way to ask)
            raise LookupError(encoding)
        decoder = codecs.getincrementaldecoder("utf-8" if plain else encoding)("strict")
    except LookupError:
        faults.add(Fault("encoding-error", shown, words={"encoding": encoding, "note": "nobody knows this encoding"}))
        return path
    if plain and _decodes(path, decoder):
        return path
    target = scratch / f"{abs(hash(path)):x}-{path.name}"
    with path.open("rb") as source, target.open("wb") as copy:
        for line, raw in enumerate(source, 1) if plain else ():
            try:
                copy.write(raw.decode("utf-8").encode())
            except UnicodeDecodeError as error:
                note = f"byte 0x{raw[error.start]:02x} at position {error.start + 1} of the line"
                value = raw.decode("utf-8", "replace").rstrip("\r\n")
                words = {"encoding": encoding, "note": note}
                excerpt = (value, len(raw[: error.start].decode()), 1)
                faults.add(Fault("encoding-error", shown, line=line, words=words, excerpt=excerpt))
                copy.write(raw.decode("utf-8", "replace").encode())
        if not plain:
            _transcode(source, copy, (encoding, shown), faults)
    return target


def _decodes(path: Path, decoder: codecs.IncrementalDecoder) -> bool:
    try:
        with path.open("rb") as file:
            while block := file.read(lexer.BLOCK):
                decoder.decode(block)
            decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _transcode(source: Any, copy: Any, origin: tuple[str, str], faults: Faults) -> None:
    encoding, shown = origin
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    try:
        while block := source.read(lexer.BLOCK):
            copy.write(decoder.decode(block).encode("utf-8", "replace"))
        copy.write(decoder.decode(b"", final=True).encode("utf-8", "replace"))
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1 if source.tell() <= lexer.BLOCK else None
        faults.add(Fault("encoding-error", shown, line=line, words={"encoding": encoding, "note": error.reason}))
