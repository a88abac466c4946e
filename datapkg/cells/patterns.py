"""The constraint `pattern` for an engine that takes linear time: RE2 as XML Schema means the letters."""

import re

# Inside a class only what can stand in one; elsewhere the same in brackets. XML Schema and Python
# count letters and digits of every script, RE2 by itself those of English alone.
WORD = r"\p{L}\p{M}\p{N}_"
OUTSIDE = {r"\w": f"[{WORD}]", r"\W": f"[^{WORD}]", r"\d": r"\p{Nd}", r"\D": r"\P{Nd}", r"\Z": r"\z"}
INSIDE = {r"\w": WORD, r"\d": r"\p{Nd}", r"\D": r"\P{Nd}"}
TOKEN = re.compile(r"\\[pP]\{[^}]*\}|\\.|\[\^?\]?|\]|.", re.DOTALL)


def linear(pattern: str) -> str:
    r"""The pattern in the spelling of RE2. ValueError where RE2 would read another meaning into it.

    \w and \d mean letters and digits of every script. Whether RE2 reads the rest, it says itself.
    """
    found, inside = "", False
    for match in TOKEN.finditer(pattern):
        piece = match[0]
        if inside:
            if piece.startswith("[") and found.endswith("-") and not found.endswith(r"\-"):
                raise ValueError("one class taken from another ([a-z-[aeiou]]) is not judged here")
            if piece == r"\W":
                raise ValueError(r"\W inside a class is not judged here")
            found += (
                r"\[" + piece[1:] if piece.startswith("[") and not piece.startswith("[:") else INSIDE.get(piece, piece)
            )
            inside = piece != "]" and not (piece.startswith("[") and piece.endswith("]"))
        else:
            inside = piece.startswith("[")
            found += OUTSIDE.get(piece, piece)
    return found
