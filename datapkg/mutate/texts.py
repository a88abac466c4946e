"""Corruptions of a text: what hides in a cell, and what only a reader sees."""

import re
import unicodedata
from random import Random
from typing import Any

from datapkg.mutate.cells import around, listed
from datapkg.mutate.operator import Alter, Operator, on_cells
from datapkg.schema import Column, Schema

LOOKALIKES = {"a": "а", "e": "е", "o": "о", "p": "р", "c": "с", "i": "і", "A": "А", "E": "Е", "O": "О"}  # noqa: RUF001
VISIBLE = "a pattern without spaces at its ends"
PLAIN = "a pattern that lists the letters allowed"


def is_text(schema: Schema, column: Column) -> bool:
    """Whether its values are texts."""
    return column.type in ("string", "any")


def is_free(schema: Schema, column: Column) -> bool:
    """Whether its texts are for people: no list, no pattern, no key, no other format."""
    keys = {name for key in schema.foreign_keys for name in key.columns} | set(schema.primary_key)
    bound = column.format != "default" or "pattern" in column.constraints or listed(column) or column.name in keys
    return is_text(schema, column) and not bound


def doubled_space(column: Column, text: str, rng: Random) -> str | None:
    """One space as two."""
    return text.replace(" ", "  ", 1) if " " in text else None


def no_break_space(column: Column, text: str, rng: Random) -> str | None:
    """A space as one that does not break, or one of these at the end."""
    return text.replace(" ", "\u00a0", 1) if " " in text else text + "\u00a0"


def inside(mark: str) -> Alter:
    """The text with a mark behind its first letter."""
    return lambda column, text, rng: text[:1] + mark + text[1:]


def lookalike(column: Column, text: str, rng: Random) -> str | None:
    """A Latin letter as the Cyrillic one that looks like it."""
    places = [place for place, letter in enumerate(text) if letter in LOOKALIKES]
    if not places:
        return None
    at = rng.choice(places)
    return text[:at] + LOOKALIKES[text[at]] + text[at + 1 :]


def mojibake(column: Column, text: str, rng: Random) -> str | None:
    """UTF-8 read as Windows-1252; an apostrophe counts as a curly one."""
    given = text.replace("'", "\u2019")
    try:
        new = given.encode("utf-8").decode("cp1252")
    except UnicodeDecodeError:
        return None
    return None if new == given else new


def letters_exchanged(column: Column, text: str, rng: Random) -> str | None:
    """Two letters that stand side by side change places."""
    places = [m.start() for m in re.finditer(r"(?=[^\W\d_]{2})", text) if text[m.start()] != text[m.start() + 1]]
    if not places:
        return None
    at = rng.choice(places)
    return text[:at] + text[at + 1] + text[at] + text[at + 2 :]


def word_dropped(column: Column, text: str, rng: Random) -> str | None:
    """A text of several words with one fewer."""
    words = text.split(" ")
    if len(words) < 3:
        return None
    at = rng.randrange(len(words))
    return " ".join(words[:at] + words[at + 1 :])


def decomposed(column: Column, text: str, rng: Random) -> str | None:
    """Each accent as a letter of its own."""
    return unicodedata.normalize("NFD", text)


def placeholder(column: Column, text: str, rng: Random) -> str | None:
    """A word for nothing, where the schema does not say that it is one."""
    words = [word for word in ("n/a", "TBD", "unknown") if word not in column.missing_values and word != text]
    return words[0] if words else None


def _text(name: str, what: str, remedy: str, applies: Any, alter: Alter, kind: str = "spelling") -> Operator:
    return Operator(name, kind, what, remedy, applies, on_cells(alter))


def _unseen(name: str, what: str, alter: Alter) -> Operator:
    remedy = "nothing but a second look at the source"
    return Operator(name, "spelling", what, remedy, is_free, on_cells(alter), review=True)


OPERATORS = (
    _text("space-behind", "a text gets a space behind it", VISIBLE, is_text, around("", " ")),
    _text("space-before", "a text gets a space before it", VISIBLE, is_text, around(" ", "")),
    _text("space-doubled", "a space in a text is doubled", "a pattern without two spaces", is_free, doubled_space),
    _text("space-no-break", "a space becomes one that does not break", PLAIN, is_text, no_break_space),
    _text("character-invisible", "a text gets a character of no width", PLAIN, is_text, inside("\u200b")),
    _text("direction-override", "a text gets a character that turns its direction", PLAIN, is_text, inside("\u202e")),
    _text("control-character", "a text gets a control character", PLAIN, is_text, inside("\x1b")),
    _text("line-break-inside", "a text gets a line break", "a pattern of one line", is_free, inside("\n")),
    _text("letter-lookalike", "a letter becomes its Cyrillic lookalike", PLAIN, is_text, lookalike),
    _text("mojibake", "a text is read in another encoding and saved", PLAIN, is_text, mojibake, "encoding"),
    _text("placeholder", "a text becomes n/a", "a pattern, or missingValues with it", is_text, placeholder, "missing"),
    _unseen("letters-exchanged", "two letters of a text change places", letters_exchanged),
    _unseen("word-dropped", "a text loses a word", word_dropped),
    _unseen("accents-apart", "accents become letters of their own", decomposed),
)
