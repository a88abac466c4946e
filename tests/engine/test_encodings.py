"""Any encoding comes out as UTF-8 with the same lines, and bytes that are no text are told once, at their place."""

from pathlib import Path

import pytest

from datapkg.engine import encodings
from datapkg.engine.encodings import codec_of, recoded
from datapkg.engine.opened import Faults

TEXT = 'name,n\n"Zürich\nWest",1\r\nŁódź €,2\n'


def told(tmp_path: Path, data: bytes, encoding: str) -> tuple[str, list[tuple[int | None, str, int]]]:
    """The text of the file as UTF-8; line, note and marked character of each fault."""
    (tmp_path / "t.csv").write_bytes(data)
    faults = Faults(100)
    path = recoded(tmp_path / "t.csv", "t.csv", encoding, tmp_path / "copy", faults)
    found = [(fault.line, str(fault.words["note"]), (fault.excerpt or ("", -1, 0))[1]) for fault in faults.shown]
    return path.read_bytes().decode(), found


@pytest.mark.parametrize("block", [1, 3, 1 << 22])
@pytest.mark.parametrize(
    "encoding",
    [
        *("utf-8", "UTF8", "utf-16", "utf-32", "utf-16-le", "utf-16-be", "utf-32-be", "utf-7", "gb18030"),
        *("iso8859-2", "windows-1250", "cp1140", "iso2022_jp", "shift_jis", "big5", "koi8-r", "mac-roman", "hz"),
    ],
)
def test_every_encoding_keeps_its_text(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, encoding: str, block: int
) -> None:
    monkeypatch.setattr(encodings, "BLOCK", block)
    text = TEXT.encode(encoding, "ignore").decode(encoding)
    assert told(tmp_path, TEXT.encode(encoding, "ignore"), encoding) == (text, [])


@pytest.mark.parametrize("block", [1, 3, 1 << 22])
@pytest.mark.parametrize(
    ("data", "encoding", "faults"),
    [
        (b"a\nCaf\xe9,x\n", "utf-8", [(2, "0xe9 at character 4 of the line", 3)]),
        (
            b"a\n\xe9\n\xe9b\xe9\n",
            "utf-8",
            [(2, "0xe9", 0), (3, "0xe9 at character 1", 0), (3, "0xe9 at character 3", 2)],
        ),
        (b"a\n\xed\xa0\x80\n", "utf-8", [(2, "0xed 0xa0 0x80 at character 1 of the line", 0)]),
        (b"a\n\xc0\xaf\n", "utf-8", [(2, "0xc0 0xaf", 0)]),
        (b"a\nb\xe2\x82", "utf-8", [(2, "0xe2 at character 2", 1)]),
        (b"a\nCaf\xc3\xa9\n", "ascii", [(2, "0xc3 0xa9 at character 4", 3)]),
        (b"a\nx\x81\n", "windows-1252", [(2, "0x81 at character 2", 1)]),
        (b"a\nx\x81\xff,y\n", "shift_jis", [(2, "0x81 0xff at character 2", 1)]),
        (
            "a\nx".encode("utf-16-le") + b"\x00\xd8" + "y\n".encode("utf-16-le"),
            "utf-16-le",
            [(2, "0x00 at character 2", 1)],
        ),
        ("a\nx".encode("utf-32-be") + b"\xff\xff\xff\xff" + "\n".encode("utf-32-be"), "utf-32-be", [(2, "0xff", 1)]),
        ("a\n".encode("utf-16-le"), "utf-16", [(1, "does not start with BOM", -1)]),
    ],
)
def test_bytes_that_are_no_text_are_told_once(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    data: bytes,
    encoding: str,
    faults: list[tuple[int, str, int]],
    block: int,
) -> None:
    monkeypatch.setattr(encodings, "BLOCK", block)
    _, found = told(tmp_path, data, encoding)
    if block > 3:
        assert [(line, at) for line, _, at in found] == [(line, at) for line, _, at in faults]
        assert all(word in note for (_, word, _), (_, note, _) in zip(faults, found, strict=True))
    assert {line for line, _, _ in found} == {line for line, _, _ in faults}


def test_a_name_of_no_text_encoding_is_none() -> None:
    names = ("klingon", "zlib", "rot13", "idna", "punycode", "unicode_escape", "undefined", "", "a\0b")
    assert [codec_of(name) for name in names] == [None] * len(names)
    assert [codec_of(name) for name in ("ISO-8859-1", "Windows-1252", "UTF-8")] == ["iso8859-1", "cp1252", "utf-8"]
