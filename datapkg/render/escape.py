"""Text of a stranger made safe to show on a terminal: nothing it holds moves the cursor or hides."""

import unicodedata

INVISIBLE = {"Cc", "Cf", "Co", "Cs", "Zl", "Zp"}


def show(text: str) -> str:
    """`text` with control, bidirectional, invisible and private characters spelled out."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(_spelled(letter) for letter in text)


def _spelled(letter: str) -> str:
    if letter == "\t" or letter.isprintable():
        return letter if letter != "\t" else " "
    if unicodedata.category(letter) not in INVISIBLE:
        return letter
    code = ord(letter)
    return f"\\x{code:02x}" if code < 256 else f"U+{code:04X}"
