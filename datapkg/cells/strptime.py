"""Dates and times in a form of one's own: the letters of strptime as regular expressions.

The meaning is that of Python's `datetime.strptime` in the C locale, with the digits 0 to 9
alone. A form is read alike by DuckDB (SQL around `regex`, see engine.casts) and here (`read`).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
ZONE = "Z|[+-](?:[01][0-9]|2[0-3]):?[0-5][0-9]"

_HOUR, _MINUTE = "2[0-3]|[01][0-9]|[0-9]", "[0-5][0-9]|[0-9]"
_YEARDAY = "36[0-6]|3[0-5][0-9]|[12][0-9][0-9]|0[1-9][0-9]|00[1-9]|[1-9][0-9]|0[1-9]|[1-9]"

# letter → (what it says, its expression); a letter that says nothing is read and not used
_LETTERS: dict[str, tuple[str | None, str]] = {
    "Y": ("year", "[0-9]{4}"),
    "y": ("short", "[0-9]{2}"),
    "m": ("month", "1[0-2]|0[1-9]|[1-9]"),
    "B": ("name", "|".join(MONTHS)),
    "b": ("name", "|".join(month[:3] for month in MONTHS)),
    "d": ("day", "3[01]|[12][0-9]|0[1-9]|[1-9]| [1-9]"),
    "j": ("yearday", _YEARDAY),
    "H": ("hour", _HOUR),
    "I": ("twelve", "1[0-2]|0[1-9]|[1-9]"),
    "p": ("half", "AM|PM"),
    "M": ("minute", _MINUTE),
    "S": ("second", _MINUTE),
    "f": ("fraction", "[0-9]{1,6}"),
    "z": ("zone", f"(?-i:{ZONE})"),
    "Z": (None, "UTC|GMT"),
    "A": (None, "|".join(DAYS)),
    "a": (None, "|".join(day[:3] for day in DAYS)),
}
# Letters that stand for several, as C has them in its own locale.
_SHORT = {"x": "%m/%d/%y", "X": "%H:%M:%S", "c": "%a %b %d %H:%M:%S %Y", "D": "%m/%d/%y", "T": "%H:%M:%S"}
_SHORT |= {"R": "%H:%M", "F": "%Y-%m-%d", "e": "%d", "h": "%b", "n": " ", "t": " "}
_SAME = ({"year", "short"}, {"month", "name", "yearday"}, {"day", "yearday"}, {"hour", "twelve"})


@dataclass(frozen=True)
class Form:
    """One way to write a date or time: `guard` and `regex` match the whole text; `says` names the groups."""

    regex: str
    says: tuple[str, ...]
    guard: str | None = None


_NUMERIC = "(?P<year>[0-9]{4})[-/]?(?P<month>1[0-2]|0[1-9])[-/]?(?P<day>3[01]|[12][0-9]|0[1-9])"
_CLOCK = r"(?P<hour>[0-9]{2}):(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2})(?:[.](?P<fraction>[0-9]{1,6}))?)?"
_DATE_GUARD = "[0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]{4}/[0-9]{2}/[0-9]{2}|[0-9]{8}"
_CLOCK_GUARD = r"(?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:[.][0-9]{1,6})?)?"
_CLOCK_SAYS = ("hour", "minute", "second", "fraction")


def translate(pattern: str) -> Form:
    """The form of a strptime pattern. ValueError where it cannot be judged the same everywhere."""
    if "%" not in pattern:
        raise ValueError(f"the format {pattern!r} is no pattern: it has no directive such as %d")
    regex, says = "(?i)", []
    full = re.sub("%(.)", lambda found: _SHORT.get(found[1], found[0]), pattern)
    for piece in re.findall(r"%.?|\s+|[^%\s]+", full, re.DOTALL):
        if piece == "%%":
            regex += "%"
        elif piece.startswith("%"):
            if piece[1:] not in _LETTERS:
                raise ValueError(f"the directive {piece!r} of the format {pattern!r} is not judged here")
            word, expression = _LETTERS[piece[1:]]
            regex += f"(?P<{word}>{expression})" if word else f"(?:{expression})"
            says.extend([word] if word else [])
        else:
            regex += r"[\t\n\v\f\r ]+" if piece.isspace() else re.escape(piece)
    for same in ({word} for word in set(says)):
        if sum(says.count(word) for word in same) > 1:
            raise ValueError(f"the format {pattern!r} says the {'/'.join(same)} twice")
    for alike in _SAME:
        if len(alike & set(says)) > 1:
            raise ValueError(
                f"the format {pattern!r} says {' and '.join(sorted(alike & set(says)))}, which may disagree"
            )
    return Form(regex, tuple(says))


def any_form(kind: str) -> tuple[Form, ...]:
    """The forms that the format `any` of a date, time or datetime accepts: none in which day and month could swap."""
    if kind == "date":
        named = tuple(translate(p) for p in ("%d %B %Y", "%d %b %Y", "%B %d, %Y", "%b %d, %Y"))
        return (Form(_NUMERIC, ("year", "month", "day"), _DATE_GUARD), *named)
    if kind == "time":
        return (Form(_CLOCK, _CLOCK_SAYS, _CLOCK_GUARD), translate("%I:%M %p"), translate("%I:%M:%S %p"))
    guard = f"(?:{_DATE_GUARD})[T ]{_CLOCK_GUARD}(?:{ZONE})?"
    says = ("year", "month", "day", *_CLOCK_SAYS, "zone")
    return (Form(f"{_NUMERIC}[T ]{_CLOCK}(?P<zone>{ZONE})?", says, guard),)


def forms(kind: str, pattern: str) -> tuple[Form, ...]:
    """The forms of a `date`, `time` or `datetime` with a format of its own, or `any`."""
    pattern = pattern.removeprefix("fmt:")  # as version 0 of the standard had it
    found = any_form(kind) if pattern == "any" else (translate(pattern),)
    if kind == "time" and any("zone" in form.says for form in found):
        raise ValueError("a time with a zone has no value of its own")
    return found


def read(listed: Sequence[Form], text: str) -> datetime:
    """The moment that `text` says, in UTC where it has a zone. ValueError where no form matches."""
    for form in listed:
        match = re.fullmatch(form.regex, text)
        if match is not None and (form.guard is None or re.fullmatch(form.guard, text)):
            return _moment({word: match[word] for word in form.says if match[word] is not None})
    raise ValueError(f"{text!r} is not in the format")


def _moment(said: dict[str, str]) -> datetime:
    year = int(said.get("year", 1900))
    if "short" in said:
        year = int(said["short"]) + (2000 if int(said["short"]) < 69 else 1900)
    month = int(said.get("month", 1))
    if "name" in said:
        month = next(n for n, name in enumerate(MONTHS, 1) if name[:3].lower() == said["name"][:3].lower())
    hour = int(said.get("hour", 0))
    if "twelve" in said:
        hour = int(said["twelve"]) % 12 + (12 if said.get("half", "").lower() == "pm" else 0)
    clock = (hour, int(said.get("minute", 0)), int(said.get("second", 0)), int(said.get("fraction", "").ljust(6, "0")))
    moment = datetime(year, month, int(said.get("day", 1)), *clock)  # noqa: DTZ001  (a cell may have no zone)
    if "yearday" in said:
        moment += timedelta(days=int(said["yearday"]) - 1)
        if moment.year != year:
            raise ValueError("the year has no such day")
    return moment - _offset(said.get("zone", "Z"))


def _offset(zone: str) -> timedelta:
    if zone == "Z":
        return timedelta()
    minutes = int(zone[1:3]) * 60 + int(zone[-2:])
    return timedelta(minutes=-minutes if zone[0] == "-" else minutes)
