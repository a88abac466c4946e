"""Near misses of the properties that the Data Package standard knows.

Custom properties are allowed by the standard, so an unknown one is a fault only where it looks
like a known one misspelt: `constrants` would otherwise switch off every constraint in silence.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
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


def near(word: str, known: Iterable[str]) -> str | None:
    """The known word that `word` looks like, or None."""
    by_letters = {name.lower().replace("_", "").replace("-", ""): name for name in known}
    letters = word.lower().replace("_", "").replace("-", "")
    if letters in by_letters:
        return by_letters[letters]
    # Who misspells a word still begins it rightly: `related` is not `created`.
    alike = [name for name in by_letters if name[:1] == letters[:1]]
    swapped = [name for name in alike if sorted(name) == sorted(letters)]
    close = swapped or get_close_matches(letters, alike, n=1, cutoff=0.8)
    return by_letters[close[0]] if close else None


def misspelt(known: Collection[str], data: Any) -> Iterator[tuple[str, str]]:
    """(property, what it should be) of each key of `data` that looks like one of the `known` misspelt."""
    if not isinstance(data, Mapping):
        return
    for key in data:
        meant = None if key in known else near(str(key), known)
        if meant is not None:
            yield str(key), meant
