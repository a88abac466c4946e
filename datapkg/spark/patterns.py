"""The constraint `pattern` for a cluster: what RE2 reads, written so that Java's engine reads the same.

Java backtracks and counts other characters as white space, line ends and words. What has no equal
is refused with ValueError, and the constraint is told as not enforced.
"""

import re

TOKEN = re.compile(
    r"\\x\{[0-9A-Fa-f]+\}|\\[pP](?:\{\^?\w+\}|[A-Za-z])|\\x[0-9A-Fa-f]{2}|\\.|\[:\^?\w+:\]|\[\^?\]?|\(\?P?<\w+>|\(\?[^:)]*[:)]|"
    r"\(|\{[0-9]+(?:,[0-9]*)?\}|.",
    re.DOTALL,
)
SPACE = r"\t\n\f\r "
WORD = "0-9A-Za-z_"
BOUNDARY = rf"(?:(?<=[{WORD}])(?![{WORD}])|(?<![{WORD}])(?=[{WORD}]))"
INNER = rf"(?:(?<=[{WORD}])(?=[{WORD}])|(?<![{WORD}])(?![{WORD}]))"
OUTSIDE = {
    r"\s": f"[{SPACE}]",
    r"\S": f"[^{SPACE}]",
    r"\b": BOUNDARY,
    r"\B": INNER,
    r"\v": r"\x0B",
    ".": r"[^\n]",
    "^": r"\A",
    "$": r"\z",
    "{": r"\{",
}
INSIDE = {r"\s": SPACE, r"\v": r"\x0B", "&": r"\&", "#": r"\#"}
KEPT = frozenset([r"\A", r"\z", r"\a", r"\f", r"\t", r"\n", r"\r"])
NAMED = {
    f"[:{name.lower()}:]": rf"\p{{{name}}}"
    for name in ("Alpha", "Digit", "Alnum", "Upper", "Lower", "Punct", "XDigit", "Blank", "Cntrl", "Graph", "Print")
} | {"[:space:]": r"\t\n\x0B\f\r ", "[:word:]": WORD, "[:ascii:]": r"\x00-\x7F"}
CATEGORIES = re.compile(r"(?:C[cfos]?|L[lmotu]?|M[cen]?|N[dlo]?|P[cdefios]?|S[ckmo]?|Z[lps]?)")
QUANTIFIERS = ("*", "+", "?")


def java(pattern: str) -> str:
    """The pattern, which RE2 has accepted, for Java's engine. ValueError where the two could differ."""
    found, inside, last = "", False, ""
    for match in TOKEN.finditer(pattern):
        piece = match[0]
        if inside:
            found += _inside(piece)
            inside = piece != "]"
        elif piece.startswith("[") and not piece.startswith("[:"):
            found += piece.replace("]", r"\]")
            inside = True
        elif piece == "+" and (last in QUANTIFIERS or (last.startswith("{") and last != "{")):
            raise ValueError("a repetition of a repetition is not judged on a cluster")
        else:
            found += _outside(piece)
        last = piece
    return found


def _outside(piece: str) -> str:
    if piece in OUTSIDE:
        return OUTSIDE[piece]
    if piece.startswith("(?") and piece != "(?:":
        name = re.fullmatch(r"\(\?P?<(\w+)>", piece)
        if name is not None and name[1].isascii() and "_" not in name[1]:
            return f"(?<{name[1]}>"
        if piece == "(?i)":
            return "(?iu)"
        raise ValueError(f"{piece} in a pattern is not judged on a cluster")
    return _escaped(piece) if piece.startswith("\\") else piece


def _inside(piece: str) -> str:
    if piece in NAMED:
        return NAMED[piece]
    if piece.startswith("[:"):
        raise ValueError(f"{piece} in a pattern is not judged on a cluster")
    if piece.startswith("["):
        return piece.replace("[", r"\[")
    if piece in INSIDE:
        return INSIDE[piece]
    if piece in (r"\S", r"\b", r"\B"):
        raise ValueError(f"{piece} inside a class is not judged on a cluster")
    return _escaped(piece) if piece.startswith("\\") else piece


def _escaped(piece: str) -> str:
    if piece in KEPT or piece.startswith(r"\x"):
        return piece
    if piece[1] in "pP":
        word = piece[2:].strip("{}")
        sign = "P" if (piece[1] == "P") != word.startswith("^") else "p"
        word = word.removeprefix("^")
        return rf"\{sign}{{{word if CATEGORIES.fullmatch(word) else f'Is{word}'}}}"
    if not piece[1].isalnum():
        return piece
    raise ValueError(f"{piece} in a pattern is not judged on a cluster")
