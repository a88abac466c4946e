"""The properties that the Data Package standard knows (v1 and v2), and near misses of them.

Custom properties are allowed by the standard, so an unknown one is a fault only where it looks
like a known one misspelt: `constrants` would otherwise switch off every constraint in silence.
"""

from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from typing import Any

from datapkg.findings import Layer, Rule

UNKNOWN_PROPERTY = Rule(
    code="unknown-property",
    layer=Layer.FRICTIONLESS,
    message="{kind} has the unknown property {property}; did you mean {meant}?",
    why="A misspelt property is ignored by every reader, and with it the rule it was to declare.",
    fix="Write {meant}, or rename the property so that it does not look like it.",
    example="name: example\nresources:\n  - name: incidents\n    path: incidents.csv\n    type: table\n"
    "    schema:\n      fields:\n        - {name: killed, type: integer, constrants: {minimum: 0}}\n",
)

_DESCRIBED = ("name", "title", "description", "homepage", "licenses", "sources", "$schema", "profile")
KNOWN: Mapping[str, tuple[str, ...]] = {
    "package": (*_DESCRIBED, "resources", "id", "version", "created", "keywords", "contributors", "image", "views"),
    "resource": (
        *_DESCRIBED,
        *("path", "data", "type", "format", "mediatype", "encoding", "bytes", "hash", "dialect", "schema"),
        *("scheme", "compression", "extrapaths", "innerpath", "stats", "basepath"),
    ),
    "dialect": (
        *("$schema", "name", "title", "description", "header", "headerRows", "headerJoin", "commentRows"),
        *("commentChar", "delimiter", "lineTerminator", "quoteChar", "doubleQuote", "escapeChar"),
        *("nullSequence", "skipInitialSpace", "property", "itemType", "itemKeys", "sheetNumber", "sheetName"),
        *("table", "caseSensitiveHeader", "csvddfVersion", "headerCase", "skipBlankRows", "csv", "json", "excel"),
    ),
    "schema": (
        *("$schema", "name", "title", "description", "fields", "fieldsMatch", "missingValues"),
        *("primaryKey", "uniqueKeys", "foreignKeys"),
    ),
    "field": (
        *("name", "title", "description", "type", "format", "example", "constraints", "categories"),
        *("categoriesOrdered", "missingValues", "rdfType", "bareNumber", "groupChar", "decimalChar"),
        *("trueValues", "falseValues", "itemType", "delimiter", "unit", "source", "floatNumber", "arrayItem"),
    ),
    "constraints": (
        *("required", "unique", "minLength", "maxLength", "minimum", "maximum", "exclusiveMinimum"),
        *("exclusiveMaximum", "jsonSchema", "pattern", "enum"),
    ),
}


def near(word: str, known: Iterable[str]) -> str | None:
    """The known word that `word` looks like, or None."""
    by_letters = {name.lower().replace("_", "").replace("-", ""): name for name in known}
    letters = word.lower().replace("_", "").replace("-", "")
    if letters in by_letters:
        return by_letters[letters]
    # Who misspells a word still begins it rightly: `related` is not `created`.
    alike = [name for name in by_letters if name[:1] == letters[:1]]
    close = get_close_matches(letters, alike, n=1, cutoff=0.8)
    return by_letters[close[0]] if close else None


def misspelt(kind: str, data: Any) -> Iterator[tuple[str, str]]:
    """(property, what it should be) of each key of `data` that looks like a known one misspelt."""
    if not isinstance(data, Mapping):
        return
    known = KNOWN[kind]
    for key in data:
        meant = None if key in known else near(str(key), known)
        if meant is not None:
            yield str(key), meant
