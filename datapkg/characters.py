"""Characters that deceive a reader: classes and sequences of them, and words for what was found.

The patterns are written in what RE2 (DuckDB) and Python's `re` read alike, so that the SQL that
judges a cell and the words that explain it cannot part. Which code points are meant is written
out, and does not change with a library's Unicode version.
"""

import re
import unicodedata
from collections.abc import Iterator

SHOWN = 3
LONG = 200
"""Letters of a word that Python searches for one of another alphabet, in time that grows with their square."""

LATIN = "A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u1e00-\u1eff"
CYRILLIC = "\u0400-\u0482\u048a-\u052f"
GREEK = "\u0370-\u0373\u0376-\u037d\u0386\u0388-\u03ff\u1f00-\u1fbc\u1fc2-\u1fcc\u1fd0-\u1fdb\u1fe0-\u1fec\u1ff2-\u1ffc"
WORD = f"[0-9_{LATIN}{CYRILLIC}{GREEK}\u0300-\u034e\u0350-\u036f]"
RIGHT_TO_LEFT = "[\u05d0-\u05ea\u0620-\u064a\u066e-\u06d3\u06fa-\u08c9\ufb1d-\ufdc7\ufe70-\ufefc]"
IDEOGRAPHS = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uf900-\ufaff\U00020000-\U000323af"

IDEOGRAPH = f"[{IDEOGRAPHS}]"

# ---------------------------------------------------------------- text decoded with the wrong encoding

_LOW = "\u0080-\u009f\u20ac\u201a\u0192\u201e\u2026\u2020\u2021\u02c6\u2030\u0160\u2039\u0152\u017d"
_MARKS = "\u2018\u2019\u201c\u201d\u2022\u2013\u2014\u02dc\u2122\u0161\u203a\u0153\u017e\u0178"
_ANY = f"[{_LOW}{_MARKS}\u00a0-\u00bf]"
"""The bytes 80 to BF as Windows-1252 or Latin-1 shows them: all but the first of a UTF-8 sequence."""
_RARE = (
    "[\u0080-\u009f\u20ac\u201a\u0192\u2020\u2021\u02c6\u2030\u0160\u0152\u017d\u02dc\u0161\u0153\u017e\u0178"
    "\u00a1-\u00aa\u00ac\u00ad\u00af\u00b0-\u00b8\u00ba\u00bc-\u00bf]"
)
"""Those of them that no word in capitals has behind it, as it has a dash, a quote or a no-break space."""
_RARE_AFTER_RING = _RARE.replace("\u00b0-\u00b8", "\u00b0\u00b1\u00b4-\u00b6\u00b8")  # Å², Å³, Å·s are units
_NO_DASH = _ANY.replace("\u2013\u2014", "")
_HEBREW = (
    "[\u0090-\u009f\u2018\u2019\u201c\u201d\u2022\u2013\u2014\u02dc\u2122\u0161\u203a\u0153\u017e\u0178\u00a0-\u00aa]"
)
_CP1251 = (
    "[\u0402\u0403\u0453\u0409\u040a\u040c\u040b\u040f\u0452\u0459\u045a\u045c\u045b\u045f\u040e\u045e\u0408\u0490"
    "\u0401\u0404\u0407\u0406\u0456\u0491\u0451\u2116\u0454\u0458\u0405\u0455\u0457\u0098\u20ac\u201a\u201e\u2026"
    "\u2020\u2021\u2030\u2039\u2018\u2019\u201c\u201d\u2022\u2013\u2014\u2122\u203a\u00a0\u00a4\u00a6\u00a7\u00a9"
    "\u00ab-\u00ae\u00b0\u00b1\u00b5-\u00b7\u00bb]"
)
_SEQUENCES = (
    f"[\u00c3\u00c4]{_RARE}",
    "\u00c3[\u2018\u201c]",  # Ñ and Ó in capitals
    f"\u00c5{_RARE_AFTER_RING}",
    f"[a-z\u00df-\u00ff][\u00c3-\u00c5]{_ANY}",
    f"[\u00c3\u00c4]{_ANY}[a-z\u00df-\u00ff]|\u00c5{_NO_DASH}[a-z\u00df-\u00ff]",
    "(?:^|[ ,.;(])\u00c3\u00a0",
    "\u00c2[\u00a0-\u00ba\u00bc-\u00bf]",
    "(?:^|[a-z0-9 ,.;:!?])\u00c2\u00bb",
    f"(?:[\u00ce-\u00d1\u00d8-\u00db]{_ANY}){{2}}",
    f"(?:\u00d7{_HEBREW}){{2}}",
    "\u00e2\u20ac",  # quotes and dashes
    f"\u00e2[\u201a\u201e\u2020\u2021\u02c6\u2030\u0160\u0152\u017d\u02dc\u0161\u0153\u017e]{_ANY}",
    "\u00ef\u00bb\u00bf|\u00ef\u00bf\u00bd|\u00ef\u00ac[\u0080-\u0086\u20ac\u201a\u0192\u201e\u2026\u2020]",
    f"\u00e1\u00ba{_ANY}|\u00e1\u00bb{_RARE}",  # Vietnamese
    f"(?:[\u00e0-\u00ef]{_ANY}{_ANY}){{2}}",
    f"\u00f0\u0178{_ANY}{_ANY}",  # emoji
    f"(?:[\u0420\u0421]{_CP1251}){{3}}",  # Cyrillic read as Windows-1251
)
MISREAD = "|".join(_SEQUENCES)
REPLACEMENT = "\ufffd"
MISREAD_RUN = f"(?:[\u00c2-\u00f4]{_ANY}+)+"
"""What is taken out of a misread cell before it is searched for characters that are not seen."""

# ---------------------------------------------------------------- characters that are not seen

DIRECTION = "\u061c\u200e\u200f"
INVISIBLE = (
    r"[\x00-\x08\x0e-\x1b\x1f\x7f"
    "\u0080-\u0084\u0086-\u009f\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200d\u202a-\u202e\u2060-\u206f\u3164"
    "\ue000-\uf8ff\ufdd0-\ufdef\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff\U0001bca0-\U0001bca3"
    "\U0001d173-\U0001d17a"
    + "".join(f"{chr(plane * 0x10000 + 0xFFFE)}{chr(plane * 0x10000 + 0xFFFF)}" for plane in range(1, 15))
    + "\U000e0000-\U000e0fff\U000f0000-\U0010ffff]"
)
SPACES = "\u00a0\u1680\u2000-\u200a\u202f\u205f\u2800\u3000"
BREAKS = "\x0b\x0c\x1c-\x1e\u0085\u2028\u2029"
"""Characters at which some readers, Python's `splitlines` among them, end a line."""
CONTROL = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|\r"
SURROUNDED = rf"^[ \t\n{SPACES}]|[ \t\n{SPACES}]$"
_ARABIC = (
    "[\u0610-\u061a\u0620-\u065f\u066e-\u06dc\u06df-\u06ef\u06fa-\u06ff\u0710-\u077f\u0840-\u085b"
    "\u08a0-\u08e1\u08e3-\u08ff\ufb50-\ufdc7\ufe70-\ufefc\u07ca-\u07f5]"
)
_INDIC = "[\u0900-\u0dff\u1000-\u109f\u1780-\u17b3\u17b6-\u17dd\ua8e0-\ua8ff\U00011000-\U000110bc]"
_UNSPACED = "[\u0e01-\u0e5b\u0e81-\u0edf\u0f00-\u0fff\u1000-\u109f\u1780-\u17b3\u17b6-\u17dd]"
_EMOJI = (
    "[\u00a9\u00ae\u203c\u2049\u2122\u2139\u2190-\u2bff\u3030\u303d\u3297\u3299\U0001f000-\U0001faff]"
    "[\ufe0e\ufe0f]?[\U0001f3fb-\U0001f3ff]?"
)
_FLAGS = "|".join("".join(chr(0xE0000 + ord(letter)) for letter in flag) for flag in ("gbeng", "gbsct", "gbwls"))
NEEDED = "|".join(
    (
        f"{_ARABIC}(?:[\u200c\u200d]{_ARABIC})+\u200d?|{_ARABIC}\u200d",
        f"{_INDIC}[\u200c\u200d]",
        f"{_UNSPACED}(?:\u200b{_UNSPACED})+",
        f"\U0001f3f4(?:{_FLAGS})\U000e007f",
        f"{_EMOJI}(?:\u200d{_EMOJI})*",
        "[#*0-9]\ufe0f\u20e3?",
        f"[{IDEOGRAPHS}][\ufe00-\ufe0f\U000e0100-\U000e01ef]",
        "[\u2200-\u22ff]\ufe00",
        "[\u1820-\u18aa][\u180b-\u180f]+",
        "\r\n",
    )
)
"""Where writing needs a character that is not seen: joiners within words, emoji, variants of one sign."""

# ---------------------------------------------------------------- letters of another alphabet

LOOKS_LIKE = dict(
    zip(
        "АВЕЅІЈКМНОРСТУХЁЇҺԚԜӀаеосрухіјѕһԁԛԝёїΑΒΕΖΗΙΚΜΝΟΡΤΥΧϹϲϳοαινρυ",
        "ABESIJKMHOPCTYXЁЇHQWIaeocpyxijshdqwëïABEZHIKMNOPTYXCcjoaivpu".replace("Ё", "Ë").replace("Ї", "Ï"),
        strict=True,
    )
)
_LATIN_TWINS = "ABCEHIJKMOPSTXYaceijopsxy"
_CYRILLIC_TWINS = "".join(letter for letter in LOOKS_LIKE if "\u0400" <= letter <= "\u052f")
_GREEK_TWINS = "ΑΒΕΖΗΙΚΜΝΟΡΤΥΧϹϲϳο"
_GREEK_SIGNS = "αινρυ"
"""Letters that stand beside Latin ones in formulas too (TNFα), so they count only within a word."""
_WIDE = "\uff10-\uff19\uff21-\uff3a\uff41-\uff5a"
MIXED = "|".join(
    (
        f"[{LATIN}]{WORD}*[{_CYRILLIC_TWINS}{_GREEK_TWINS}]|[{_CYRILLIC_TWINS}{_GREEK_TWINS}]{WORD}*[{LATIN}]",
        f"[{_LATIN_TWINS}]{WORD}*[{CYRILLIC}]|[{CYRILLIC}]{WORD}*[{_LATIN_TWINS}]",
        "[α-ωά-ώ]{2}[aoiuvkpx]",
        f"[a-z][{_GREEK_SIGNS}][a-z]|[A-Z][{_GREEK_SIGNS}][a-z]{{2}}|[{_GREEK_SIGNS}][a-z]{{4}}|[a-z]{{4}}[{_GREEK_SIGNS}]",
        f"[0-9A-Za-z][{_WIDE}]|[{_WIDE}][0-9A-Za-z]",
    )
)
WIDE = f"[{_WIDE}]"
FORMULA = r"^(?:\t|[\t\r\n]*[-=+@" + "\uff1d\uff0b\uff0d\uff20])"
NO_FORMULA = (
    r"^[-+" + "\uff0b\uff0d" + r"](?:[0-9 .,:()/%'" + "\u00a0\u00b0\u2019\u2013\u202f" + r"-]*(?:[eE][-+]?[0-9]+)?"
    r"|(?i:inf|infinity|nan))$|^[-=+@]+$"
)

COMPOSED = (
    r"\p{M}|[\x{37e}\x{387}\x{374}\x{1161}-\x{11ff}\x{958}-\x{95f}\x{9dc}-\x{9df}\x{a33}\x{a36}\x{a59}-\x{a5e}"
    r"\x{b5c}\x{b5d}\x{f43}-\x{f69}\x{1f71}-\x{1fff}\x{2000}\x{2001}\x{2126}-\x{212b}\x{2329}\x{232a}\x{2adc}"
    r"\x{f900}-\x{faff}\x{fb1d}-\x{fb4e}\x{1d15e}-\x{1d1c0}\x{2f800}-\x{2fa1f}]"
)
"""A text without any of these is in NFC. For RE2 alone."""
DOUBT = "|".join(
    (
        f"{INVISIBLE[:-1]}{BREAKS}\r{DIRECTION}{SPACES}{_WIDE}{REPLACEMENT}]",
        *(MISREAD, MIXED, FORMULA, SURROUNDED, COMPOSED),
    )
)
"""A text without any of these breaks no rule. For RE2 alone."""

TAME = frozenset(
    chr(code)
    for codes in (range(0xA1, 0xAD), range(0xAE, 0x180), range(0x2010, 0x2028), range(0x2030, 0x205F), (0x20AC, 0x2122))
    for code in codes
)
"""Letters and marks beyond ASCII that raise no doubt, unless another letter beyond ASCII stands right beside them."""

# The twin of a letter in a key: keys that look equal have one skeleton.
_KEY_TWINS = dict(zip("абвгдеёзӏікмнорстухһјѕԁԛԝ", "aбbгдeёзlikmhopctyxhjsdqw", strict=True))
_KEY_TWINS |= dict(zip("αβεζηικμνορτυχϲϳ", "abezhikmvoptyxcj", strict=True))
_KEY_TWINS |= {chr(code): chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}
TWINS = {letter: twin for letter, twin in _KEY_TWINS.items() if letter != twin}


def spelled(character: str) -> str:
    """A character by its code point and its name."""
    name = unicodedata.name(character, "")
    if not name:
        code = ord(character)
        kinds = {"Cc": "CONTROL CHARACTER", "Co": "PRIVATE USE"}
        name = kinds.get(unicodedata.category(character), "NO CHARACTER")
        name = {0x09: "TAB", 0x0A: "LINE FEED", 0x0D: "CARRIAGE RETURN"}.get(code, name)
    return f"U+{ord(character):04X} {name}"


def codes(text: str) -> str:
    """The code points of a few characters."""
    return " ".join(f"U+{ord(character):04X}" for character in text)


def invisible(cell: str, *, strict: bool) -> str:
    """The characters of a cell that are not seen, or not as what they are."""
    rest = re.sub(NEEDED, "", re.sub(MISREAD_RUN, "", cell) if re.search(MISREAD, cell) else cell)
    found = re.findall(INVISIBLE, rest) + re.findall("\r", rest)
    if strict or not re.search(RIGHT_TO_LEFT, cell):
        found += re.findall(f"[{DIRECTION}]", rest)
    found += re.findall(f"[{SPACES}{BREAKS}\t\n]", rest) if strict else []
    return _some(spelled(character) for character in found)


def breaks(cell: str) -> str:
    """The characters of a cell at which some readers end a line."""
    return _some(spelled(character) for character in re.findall(f"[{BREAKS}]", cell))


def mixed(cell: str) -> str:
    """The letters of a cell that look like those of another alphabet."""
    found: list[tuple[str, str]] = []
    words = re.findall(f"{WORD}+", cell)
    for word in [word for word in words if re.search(MIXED, word[:LONG])] or words:
        strange = [letter for letter in word if letter in LOOKS_LIKE]
        latin = [letter for letter in word if re.match(f"[{LATIN}]", letter)]
        alphabet = CYRILLIC if re.search(f"[{CYRILLIC}]", word) else GREEK
        twins = {twin: letter for letter, twin in LOOKS_LIKE.items() if re.match(f"[{alphabet}]", letter)}
        odd = [(letter, twins[letter]) for letter in latin if letter in twins]
        if len(latin) < len(word) and odd and len(latin) < len(strange):
            found += odd  # a Latin letter in a word of another alphabet
        else:
            found += [(letter, LOOKS_LIKE[letter]) for letter in strange] or odd * bool(
                re.search(f"[{alphabet}]", word)
            )
    found += [(letter, chr(ord(letter) - 0xFEE0)) for letter in re.findall(WIDE, cell)]
    return _some(
        f"{letter} (U+{ord(letter):04X} {unicodedata.name(letter)}), which looks like {twin}" for letter, twin in found
    )


def repaired(cell: str) -> str | None:
    """What a misread cell should probably read; None where letters were lost."""
    if REPLACEMENT in cell:
        return None
    whole = _again(cell, "cp1251") if re.search(_SEQUENCES[-1], cell) else None
    better = whole or re.sub(MISREAD_RUN, lambda run: _again(run[0], "cp1252") or run[0], cell)
    return better.removeprefix("\ufeff")


def misread(cell: str) -> str:
    """The first misread characters of a cell, and their code points."""
    match = re.search(REPLACEMENT if REPLACEMENT in cell else MISREAD, cell)
    found = match[0] if match else cell[:1]
    inner = re.search(MISREAD_RUN, found)
    found = inner[0] if inner else found
    return f"{found} ({codes(found)})"


def unnormalized(cell: str) -> str:
    """The first letter of a cell that is not in its composed form (NFC), and that form."""
    for match in re.finditer(
        r"(?s).[\u0300-\u036f\u0590-\u05c7\u064b-\u065f\u093c\u09bc\u1161-\u11ff\u3099\u309a]*", cell
    ):
        composed = unicodedata.normalize("NFC", match[0])
        if composed != match[0]:
            return f"{codes(match[0])} for {composed} ({codes(composed)})"
    return codes(cell[:1])


def difference(one: str, other: str) -> str:
    """Where two texts begin to differ; empty where they do not."""
    for left, right in zip(one, other, strict=False):
        if left != right:
            return f"{spelled(left)} for {spelled(right)}"
    if len(one) > len(other):
        return f"{spelled(one[len(other)])} for nothing"
    return f"nothing for {spelled(other[len(one)])}" if len(other) > len(one) else ""


def formula(cell: str) -> str:
    """The character that makes a cell begin as a formula does."""
    first = cell.lstrip("\t\r\n")[:1]
    return spelled(first if first and re.match(FORMULA, first) else cell[:1])


def edges(cell: str) -> str:
    """The white space that a cell begins or ends with."""
    told = [f"begins with {spelled(cell[0])}"] if cell[:1].isspace() else []
    told += [f"ends with {spelled(cell[-1])}"] if cell[-1:].isspace() else []
    return " and ".join(told)


def _again(text: str, encoding: str) -> str | None:
    """`text` as the bytes it was read from, read as UTF-8."""
    raw = bytearray()
    for character in text:
        try:
            raw += character.encode(encoding)
        except UnicodeEncodeError:
            if ord(character) > 0xFF:
                return None
            raw.append(ord(character))
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return None


def _some(told: Iterator[str]) -> str:
    """The first few of what was found, each once."""
    every = list(dict.fromkeys(told))
    more = f" and {len(every) - SHOWN} more" if len(every) > SHOWN else ""
    return ", ".join(every[:SHOWN]) + more
