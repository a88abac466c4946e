"""Durations of XML Schema: months and seconds, which have no common measure."""

import re
from dataclasses import dataclass
from decimal import Decimal

DURATION = r"-?P(?:[0-9]+Y)?(?:[0-9]+M)?(?:[0-9]+D)?(?:T(?:[0-9]+H)?(?:[0-9]+M)?(?:[0-9]+(?:\.[0-9]+)?S)?)?"
"""What a duration looks like; `P`, and a `T` at the end, match too and are none."""

# XML Schema, 3.2.6.2: one duration is longer where it is so from each of these months on
# (September 1696, February 1697, March and July 1903, counted from the year 0).
STARTS = (1696 * 12 + 8, 1697 * 12 + 1, 1903 * 12 + 2, 1903 * 12 + 6)


@dataclass(frozen=True)
class Duration:
    """A duration; of two (`P1M`, `P30D`) neither may be the longer one, and then all comparisons are false."""

    months: int
    seconds: Decimal

    def __lt__(self, other: "Duration") -> bool:
        return all(mine < theirs for mine, theirs in zip(self._ends(), other._ends(), strict=True))

    def __le__(self, other: "Duration") -> bool:
        return all(mine <= theirs for mine, theirs in zip(self._ends(), other._ends(), strict=True))

    def __gt__(self, other: "Duration") -> bool:
        return other < self

    def __ge__(self, other: "Duration") -> bool:
        return other <= self

    def _ends(self) -> list[Decimal]:
        return [self.seconds + (_day_of(start + self.months) - _day_of(start)) * 86_400 for start in STARTS]


def duration(text: str) -> Duration:
    """The duration that `text` says. ValueError where it says none."""
    if not re.fullmatch(DURATION, text) or text.endswith(("P", "T")):
        raise ValueError(f"{text[:40]!r} is no duration")
    day, _, clock = text.lstrip("-").partition("T")
    parts = {unit: int(number) for number, unit in re.findall("([0-9]+)([YMD])", day)}
    times = {unit: Decimal(number) for number, unit in re.findall(r"([0-9.]+)([HMS])", clock)}
    months = parts.get("Y", 0) * 12 + parts.get("M", 0)
    minutes = (parts.get("D", 0) * 24 + times.get("H", Decimal(0))) * 60 + times.get("M", Decimal(0))
    sign = -1 if text.startswith("-") else 1
    return Duration(sign * months, sign * (minutes * 60 + times.get("S", Decimal(0))))


def _day_of(month: int) -> int:
    """The day on which a month begins, counted from a fixed one, in a Gregorian calendar without end."""
    year, month = divmod(month, 12)
    year -= month < 2
    return 365 * year + year // 4 - year // 100 + year // 400 + (153 * ((month - 2) % 12) + 2) // 5
