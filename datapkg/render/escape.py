"""Text of a stranger made safe to show on a terminal: nothing it holds moves the cursor or hides."""

import re
import unicodedata
from html import escape

INVISIBLE = {"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"}
IGNORABLE = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0")
"""Letters and marks by their category that show nothing; so do the variation selectors."""
UNUSUAL = re.compile("[^ -~]")
"""What is not of the printable characters of ASCII, each of which is shown as it is, in one column."""
SELECTORS = (range(0xFE00, 0xFE10), range(0xE0100, 0xE01F0))


def show(text: str) -> str:
    """`text` with control, bidirectional, invisible, private and unassigned characters spelled out."""
    if text.isascii() and text.isprintable():
        return text
    return UNUSUAL.sub(lambda match: _spelled(match[0]), text)


def _spelled(letter: str) -> str:
    if letter == "\t":
        return " "
    code = ord(letter)
    hides = letter in IGNORABLE or any(code in selectors for selectors in SELECTORS)
    if not hides and (letter.isprintable() or unicodedata.category(letter) not in INVISIBLE):
        return letter
    return f"\\x{code:02x}" if code < 256 else f"U+{code:04X}"


def width(text: str) -> int:
    """Columns of a terminal that a text takes: an East Asian wide letter two, a combining mark none."""
    if text.isascii():
        return len(text)
    letters = UNUSUAL.findall(text)
    wide = sum(unicodedata.east_asian_width(letter) in "WF" for letter in letters)
    return len(text) + wide - sum(unicodedata.category(letter) in {"Mn", "Me"} for letter in letters)


def inert(text: str) -> str:
    """`text` with the signs spelled out by which a log of GitHub Actions would take it for a command."""
    return text.replace("::", ":\\x3a").replace("##[", "##\\x5b")


def markup(text: str) -> str:
    """Shown `text` as text of HTML or XML; a log that the page is printed to finds no command in it either."""
    return escape(text).replace("::", ":&#58;").replace("##[", "##&#91;")
