"""Descriptors and schemas laid out: the same values, keys in their order, comments where they stood.

JSON is indented by two spaces, word by word, so that no number and no escape is written anew. YAML
goes through ruamel.yaml, with every scalar kept as the text it is. In both cases
the result is read again by the reader of `notation` before anybody may use it.
"""

import io
import re
import sys
from typing import TYPE_CHECKING, Any

from datapkg.notation import JSON_TOKEN, DescriptorFault, read_json, read_yaml

if TYPE_CHECKING:
    from ruamel.yaml import YAML

WIDTH = 120
ESCAPED = re.compile(r"\\[xuU][0-9A-Fa-f]{2}")
UNSOUND = (AssertionError, AttributeError, IndexError, KeyError, NotImplementedError, TypeError, ValueError)
"""What ruamel.yaml raises where it meets what it does not know how to write."""
TURNS = 3
"""How often a layout is laid out again until it stays as it is."""


def laid_out(text: str, *, json: bool) -> str:
    """The text in its canonical layout. Raises DescriptorFault where it must be left as it is."""
    read = read_json if json else read_yaml
    text = text.removeprefix("\ufeff").replace("\r\n", "\n")
    before = read(text)[0]
    written = _json(text) if json else _yaml(text)
    if read(written)[0] != before or _kinds(read(written)[0]) != _kinds(before):
        raise DescriptorFault("it would not read as the same values in another layout")
    if not json and comments(written) != comments(text):
        raise DescriptorFault("a comment would be lost in another layout")
    if not json and len(ESCAPED.findall(written)) != len(ESCAPED.findall(text)):
        raise DescriptorFault("a character that is escaped, perhaps because nobody sees it, would stand as itself")
    return written


def _kinds(value: Any) -> Any:
    """The types of all values: 1, 1.0 and true are equal and not the same."""
    if isinstance(value, dict):
        return [(key, _kinds(item)) for key, item in value.items()]
    return [_kinds(item) for item in value] if isinstance(value, list) else type(value)


# ---------------------------------------------------------------- JSON


def _json(text: str) -> str:
    """JSON that is known to parse, with each item on a line of its own."""
    written: list[str] = []
    depth, before = 0, ""
    for word in (token[0] for token in JSON_TOKEN.finditer(text)):
        closes = word in "]}" and len(word) == 1
        depth -= closes
        if before in ("[", "{"):
            written.append("" if closes else _line(depth))
        elif before == "," or closes:
            written.append(_line(depth))
        elif before == ":":
            written.append(" ")
        written.append(word)
        depth += word in ("[", "{")
        before = word
    return "".join(written) + "\n"


def _line(depth: int) -> str:
    return "\n" + "  " * depth


# ---------------------------------------------------------------- YAML


def _yaml(text: str) -> str:
    from ruamel.yaml.error import YAMLError

    for _ in range(TURNS):
        try:
            written = _turned(text)
        except (
            YAMLError,
            AssertionError,
            AttributeError,
            IndexError,
            NotImplementedError,
            TypeError,
            ValueError,
        ) as error:
            note = (str(error).splitlines() or [type(error).__name__])[0]
            raise DescriptorFault(f"it cannot be laid out: {note}") from None
        if written == text:
            return written
        text = written
    raise DescriptorFault("its layout does not settle")


def _turned(text: str) -> str:
    told = io.StringIO()
    yaml = _round_trip()
    data = yaml.load(text)
    yaml.dump(data, told)
    written = told.getvalue()
    ends = [len(line.rstrip(" ")) for line in _without_scalars(written, plain=False).split("\n")]
    lines = [line[:end] for line, end in zip(written.split("\n"), ends, strict=True)]
    if isinstance(data, list):
        # What is nothing but a list begins at the margin.
        lines = [line.removeprefix("  ") for line in lines]
    return "\n".join(lines).rstrip("\n") + "\n"


def _without_scalars(text: str, *, plain: bool = True) -> str:
    """The text with a letter for each character of a scalar that is on its line; `plain` ones too."""
    import yaml

    characters = list(text)
    for token in yaml.scan(text, Loader=yaml.SafeLoader):
        if isinstance(token, yaml.ScalarToken) and (plain or not token.plain):
            for index in range(token.start_mark.index, token.end_mark.index):
                if characters[index] != "\n":
                    characters[index] = "x"
    return "".join(characters)


def _round_trip() -> "YAML":
    """A reader and writer of YAML that keeps comments, quotes and the text of every scalar."""
    from ruamel.yaml import YAML
    from ruamel.yaml.emitter import RoundTripEmitter
    from ruamel.yaml.resolver import VersionedResolver

    class Lines(RoundTripEmitter):
        """A word that is longer than a line stays where it is: an address on a line of its own is no shorter."""

        def write_plain(self, text: Any, split: Any = True) -> None:
            """Write a plain scalar."""
            width = self.best_width
            self.best_width = width if " " in text else sys.maxsize
            super().write_plain(text, split)
            self.best_width = width

    class Texts(VersionedResolver):
        """No plain scalar is anything but its text, so that it is written as it was read; an empty one is none."""

        @property
        def versioned_resolver(self) -> Any:
            return {"": [("tag:yaml.org,2002:null", re.compile("^$"))]}

    yaml = YAML(typ="rt", pure=True)
    yaml.Resolver = Texts
    yaml.Emitter = Lines
    yaml.preserve_quotes = True
    yaml.width = WIDTH
    yaml.indent(mapping=2, sequence=4, offset=2)
    return yaml


def comments(text: str) -> list[str]:
    """The comments of a YAML text, in order: what is left of its lines without scalars and marks."""
    return [found[1].strip() for found in re.finditer(r"(?:^|\s)#(.*)$", _without_scalars(text), re.MULTILINE)]
