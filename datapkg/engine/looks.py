"""How a text looks, in SQL: whether it is out of the ordinary, and what it looks like to people."""

from datapkg import characters
from datapkg.engine.opened import Opened
from datapkg.engine.sql import name, text
from datapkg.schema import Column

UNREAD = ("yearmonth", "duration", "geopoint")
"""Types kept as text whose every value is plain by its pattern."""
PLAIN_FORMATS = ("uri", "uuid")
"""Formats of texts whose every value is plain by its pattern."""
WORDS = ("enum", "categories", "pattern")
"""Constraints that say which texts a column takes."""
ODD_STARTS = "=+-@"
ENDS = " \t\n\r"


def texts(opened: Opened) -> list[Column]:
    """The columns of texts that can hold anything at all."""
    return [
        column
        for column in opened.schema.columns
        if column.name in opened.positions and column.storage == "VARCHAR" and column.type not in UNREAD
        if column.name not in opened.schema.ambiguous
    ]


def may_be_odd(column: Column) -> bool:
    """Whether the column's type, format and list of values leave room for texts out of the ordinary."""
    if column.type != "string":
        return True
    listed = column.constraints.get("enum") or [category.value for category in column.categories]
    plain = isinstance(listed, list) and bool(listed) and all(isinstance(one, str) and _plain(one) for one in listed)
    return not plain and column.format not in PLAIN_FORMATS


def _plain(value: str) -> bool:
    return value.isascii() and value.isprintable() and value.strip() == value and value[:1] not in ODD_STARTS


def is_strict(opened: Opened, column: Column) -> bool:
    """Whether a column holds codes, in which no space but the plain one belongs."""
    schema = opened.schema
    keys = {name for key in (schema.primary_key, *schema.unique_keys) for name in key}
    told = {*WORDS, "unique"} & {word for word, bound in column.constraints.items() if bound not in (None, False)}
    return column.name in keys or bool(told) or bool(column.categories)


def kept_odd(column: Column) -> str:
    """The column of what is kept that has the texts out of the ordinary, and else null."""
    return name(f"odd:{column.name}")


def odd(cell: str, opened: Opened, column: Column) -> str:
    """SQL: the text begins or ends as texts seldom do, or has something in it that a rule may speak of."""
    texture = opened.texture
    told = [edged(cell, opened, strict=is_strict(opened, column))]
    if texture.strange:
        told.append(f"strlen({cell}) <> length({cell})")
    if texture.controls:
        told.append(has(cell, characters.CONTROL))
    return " OR ".join(told)


def edged(cell: str, opened: Opened, *, strict: bool) -> str:
    """SQL: the text begins or ends as texts seldom do; in a `strict` one, white space is out of place anywhere."""
    texture = opened.texture
    # Texts are compared by their bytes, and more quickly than a letter is taken out of them.
    told = [f"{cell} < '!'", *(f"({cell} >= {text(c)} AND {cell} < {text(chr(ord(c) + 1))})" for c in ODD_STARTS)]
    if texture.controls:
        told.append(f"{cell}[-1] <= ' '")
    else:
        told.extend(f"suffix({cell}, {text(end)})" for end in (ENDS if texture.inner else " "))
    if strict and (texture.inner or texture.controls):
        told.extend(f"contains({cell}, {text(blank)})" for blank in "\t\n")
    return " OR ".join(told)


def has(cell: str, pattern: str) -> str:
    """SQL: the pattern is found in the text."""
    return f"regexp_matches({cell}, {text(pattern)})"


def without(cell: str, pattern: str) -> str:
    """SQL: the text without all that the pattern finds."""
    return f"regexp_replace({cell}, {text(pattern)}, '', 'g')"


def skeleton(cell: str) -> str:
    """SQL: a text as it looks: composed, in small letters, look-alikes as one, without what is not seen."""
    letters, twins = "".join(characters.TWINS), "".join(characters.TWINS.values())
    seen = without(f"nfc_normalize({cell})", f"{characters.INVISIBLE}|[{characters.DIRECTION}]")
    looks = f"translate(lower({seen}), {text(letters)}, {text(twins)})"
    looks = f"CASE WHEN strlen({cell}) <> length({cell}) THEN {looks} ELSE lower({cell}) END"
    spaces = text(f"[\t\n\r {characters.SPACES}]+")
    return f"trim(regexp_replace({looks}, {spaces}, ' ', 'g'))"


def quick_skeleton(cell: str, opened: Opened) -> str:
    """The same, in fewer steps where the file has no white space in its cells but plain spaces."""
    if opened.texture.inner or opened.texture.controls:
        return skeleton(cell)
    wide = f"strlen({cell}) <> length({cell}) OR " if opened.texture.wide else ""
    return f"CASE WHEN {wide}contains({cell}, ' ') THEN {skeleton(cell)} ELSE lower({cell}) END"
