"""Every property that the Data Package standard knows, and what its value looks like: versions 1 and 2 in one table.

Version 2 only adds to version 1, and what it adds is judged in packages of version 1 as well. Where version 1
asks for more, `first` says so. What a property means, and whether the data obey it, is judged by others.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from datapkg.shapes import (
    Shape,
    anything,
    either,
    given,
    least,
    listed,
    mapping,
    number,
    pattern,
    record,
    stamp,
    text,
    truth,
    uri,
    whole,
    word_of,
)


class Edition(Enum):
    """The version of the standard that a package says it is of, or that it says nothing of the kind."""

    FIRST = "first"
    UNTOLD = "untold"
    SECOND = "second"


@dataclass(frozen=True)
class Property:
    """One property: its `shape`, and what version 1 asks for beyond it (`first`).

    A value against `loose` is a warning: the reason is why it is no error. One against `first` is an error where
    the package says it is of version 1, and a warning where it says nothing, unless it is `strict` there too.
    """

    shape: Shape
    first: Shape | None = None
    strict: bool = False
    loose: Shape | None = None
    reason: str = ""


@dataclass(frozen=True)
class Misshapen:
    """A value that is not of its property's shape: where, what belongs there, and whether only as advice."""

    pointer: tuple[str | int, ...]
    words: str
    advice: bool = False


FIRST_NAME = pattern(r"[-a-z0-9._/]+", "a name of version 1 (lower case letters, digits and . _ - /)")
PLACE = pattern(
    r"(http|ftp)s?://.*|(?![./~])(?!file:)((?!/\.\./)(?!://)[^\\])+",
    "a URL, or a path that stays in the package",
)
WEB = pattern(r"(http|ftp)s?://.+", "an address of the web")
EMAIL = pattern(r".+@.+", "an e-mail address")

_LICENSE = record(
    {
        "name": pattern(r"[-a-zA-Z0-9._]+", "the short name of a license, such as CC-BY-4.0"),
        "path": PLACE,
        "title": text,
    },
    "an object with a name or a path",
    any_of=("name", "path"),
)
_SOURCE = {"title": text, "path": PLACE, "email": EMAIL, "version": text}
_CONTRIBUTOR = {
    "title": text,
    "givenName": text,
    "familyName": text,
    "path": PLACE,
    "email": EMAIL,
    "organization": text,
    "role": text,
    "roles": listed(text, "a list of at least one role"),
}
_TITLED = record({}, "an object with a title, which version 1 of the standard asks for", "title")
_LABELLED = record({"value": text, "label": text}, "an object with a value", "value")
_MISSING = either(
    listed(text, "a list of texts", empty=True), listed(_LABELLED, "a list of objects with a value", empty=True)
)
_CATEGORY = {"label": text}
_KEY = listed(text, "a list of names", distinct=True)
_NAMES = either(text, _KEY)
_WORDS = listed(text, "a list of at least one text")
_ROWS = listed(least(1, "the number of a row, from 1"), "a list of numbers of rows", empty=True)

_NUMBERED = Property(
    _ROWS,
    loose=listed(anything, "a list", empty=True, distinct=True),
    reason="a row is named once; the profile of the standard lets it stand twice",
)
_MATCH = word_of("exact", "equal", "subset", "superset", "partial")
_MISSES = Property(
    _MISSING,
    loose=listed(anything, "a list", empty=True, distinct=True),
    reason="the text of the standard asks for each once, its profile does not",
)

_DESCRIBED = {
    "$schema": Property(text),
    "profile": Property(text),
    "name": Property(text, first=FIRST_NAME, strict=True),
    "title": Property(text),
    "description": Property(text),
    "homepage": Property(
        uri, loose=WEB, reason="the text of the standard asks for a home on the web, its profile for any address"
    ),
    "licenses": Property(listed(_LICENSE, "a list of at least one license")),
    "sources": Property(
        listed(record(_SOURCE, "an object with a title"), "a list of sources", empty=True),
        first=listed(_TITLED, "a list of sources", empty=True),
    ),
}

PACKAGE = {
    **_DESCRIBED,
    "resources": Property(listed(anything, "a list of at least one resource")),
    "id": Property(text),
    "version": Property(text),
    "created": Property(stamp),
    "keywords": Property(_WORDS),
    "contributors": Property(
        listed(record(_CONTRIBUTOR, "an object with a title"), "a list of at least one contributor"),
        first=listed(_TITLED, "a list of at least one contributor"),
    ),
    "image": Property(text, loose=PLACE, reason="the text of the standard asks for it, its profile does not"),
    "views": Property(listed(anything, "a list", empty=True)),
}
RESOURCE = {
    **_DESCRIBED,
    "path": Property(either(text, listed(text, "a list of at least one path"))),
    "data": Property(anything),
    "type": Property(
        text, loose=word_of("table"), reason="Frictionless writes other words for what is no table, such as json"
    ),
    "format": Property(text),
    "mediatype": Property(pattern(r".+/.+", "a media type, such as text/csv")),
    "encoding": Property(text, loose=pattern("(?s).+", "the name of an encoding"), reason="an empty one is UTF-8 here"),
    "bytes": Property(whole),
    "hash": Property(text),
    # What these two are, or refer to, is judged as a piece of its own.
    "dialect": Property(anything),
    "schema": Property(anything),
    # What Frictionless writes beside them.
    "scheme": Property(text),
    "compression": Property(text),
    "extrapaths": Property(listed(text, "a list of paths", empty=True)),
    "innerpath": Property(text),
    "stats": Property(mapping),
    "basepath": Property(text),
}
DIALECT = {
    **{name: Property(text) for name in ("$schema", "name", "title", "description")},
    "header": Property(truth),
    "headerRows": _NUMBERED,
    "headerJoin": Property(text),
    "commentRows": _NUMBERED,
    "commentChar": Property(text),
    "delimiter": Property(text),
    "lineTerminator": Property(text),
    "quoteChar": Property(text),
    "doubleQuote": Property(truth),
    "escapeChar": Property(text),
    "nullSequence": Property(text),
    "skipInitialSpace": Property(truth),
    "property": Property(text),
    "itemType": Property(word_of("array", "object")),
    "itemKeys": Property(listed(text, "a list of keys", empty=True)),
    "sheetNumber": Property(least(1, "the number of a sheet, from 1")),
    "sheetName": Property(text),
    "table": Property(text),
    # Version 1, and what Frictionless writes beside them.
    "caseSensitiveHeader": Property(truth),
    "csvddfVersion": Property(number),
    "headerCase": Property(truth),
    "skipBlankRows": Property(truth),
    "csv": Property(mapping),
    "json": Property(mapping),
    "excel": Property(mapping),
}
SCHEMA = {
    **{name: Property(text) for name in ("$schema", "name", "title", "description")},
    "fields": Property(listed(anything, "a list of at least one field")),
    # The standard has a text; its profile of version 2.0 has a list of one.
    "fieldsMatch": Property(either(_MATCH, listed(_MATCH, "a list of one of them"))),
    "missingValues": _MISSES,
    "primaryKey": Property(_NAMES),
    "uniqueKeys": Property(listed(_KEY, "a list of keys", distinct=True)),
    "foreignKeys": Property(
        listed(
            record(
                {
                    "fields": _NAMES,
                    "reference": record({"resource": text, "fields": _NAMES}, "an object with fields", "fields"),
                },
                "an object with fields and a reference",
                *("fields", "reference"),
            ),
            "a list of at least one foreign key",
        )
    ),
}
FIELD = {
    "name": Property(text),
    "title": Property(text),
    "description": Property(text),
    "type": Property(text),
    "format": Property(text),
    "example": Property(
        anything,
        loose=text,
        reason="the text of the standard has an example value, and profiles in use write numbers as numbers",
    ),
    "constraints": Property(mapping),
    "categories": Property(
        either(
            listed(either(text, whole), "a list of at least one value"),
            listed(record(_CATEGORY, "an object with a value", "value"), "a list of objects with a value"),
        )
    ),
    "categoriesOrdered": Property(truth),
    "missingValues": _MISSES,
    "rdfType": Property(
        text, loose=uri, reason="the text of the standard asks for an address, its profile for any text"
    ),
    "bareNumber": Property(truth),
    "groupChar": Property(text),
    "decimalChar": Property(pattern("(?s).+", "a text that is not empty")),
    "trueValues": Property(_WORDS),
    "falseValues": Property(_WORDS),
    "itemType": Property(text),
    "delimiter": Property(text),
    # Ours, and what Frictionless writes beside them.
    "unit": Property(text),
    "source": Property(anything),
    "floatNumber": Property(truth),
    "arrayItem": Property(mapping),
}
CONSTRAINTS = {
    "required": Property(truth),
    "unique": Property(truth),
    "minLength": Property(whole),
    "maxLength": Property(whole),
    # Whether a bound is a value of its column's type is judged with the law of the table.
    **dict.fromkeys(("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"), Property(anything)),
    "jsonSchema": Property(mapping),
    "pattern": Property(text),
    "enum": Property(listed(given, "a list of at least one value", distinct=True)),
}

KNOWN: Mapping[str, Mapping[str, Property]] = {
    "package": PACKAGE,
    "resource": RESOURCE,
    "dialect": DIALECT,
    "schema": SCHEMA,
    "field": FIELD,
    "constraints": CONSTRAINTS,
}
INNER: Mapping[tuple[str, str], str] = {
    ("field", "constraints"): "constraints",
    ("dialect", "csv"): "dialect",
    ("dialect", "json"): "dialect",
    ("dialect", "excel"): "dialect",
}
"""Properties that hold properties in their turn, and of which kind."""


ITEMS: Mapping[str, tuple[str, ...]] = {
    "licenses": ("name", "path", "title"),
    "sources": tuple(_SOURCE),
    # Frictionless has this spelling.
    "contributors": (*_CONTRIBUTOR, "organisation"),
    "foreignKeys": ("fields", "reference"),
    "reference": ("resource", "fields"),
    "missingValues": ("value", "label"),
    "categories": ("value", "label"),
}
"""What the items of a list know, and what the reference of a foreign key does."""


def misshapen(kind: str, data: Any, edition: Edition) -> Iterator[Misshapen]:
    """The values of `data` that are not of their property's shape, deeper ones too."""
    if not isinstance(data, Mapping):
        return
    for name in data:
        known = KNOWN[kind].get(name)
        if known is None:
            continue
        wrong = [Misshapen((name, *pointer), words) for pointer, words in known.shape(data[name])]
        if not wrong and known.first is not None and edition is not Edition.SECOND:
            advice = edition is Edition.UNTOLD and not known.strict
            wrong = [Misshapen((name, *pointer), words, advice) for pointer, words in known.first(data[name])]
        if not wrong and known.loose is not None:
            wrong = [Misshapen((name, *pointer), words, True) for pointer, words in known.loose(data[name])]
        yield from wrong
        inner = INNER.get((kind, name))
        if inner is not None and not wrong:
            for found in misshapen(inner, data[name], edition):
                yield Misshapen((name, *found.pointer), found.words, found.advice)
