"""Semantic versions (SemVer 2.0.0), their order, and the ranges a reader asks for."""

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import total_ordering

TOOL = "0.1.0"
"""The version of this tool."""

SEMVER = re.compile(
    r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)"
    r"(?:-((?:0|[1-9]\d*|\d*[A-Za-z-][0-9A-Za-z-]*)(?:\.(?:0|[1-9]\d*|\d*[A-Za-z-][0-9A-Za-z-]*))*))?",
    re.ASCII,
)


class Bump(StrEnum):
    """Which part of a version a change raises."""

    PATCH = "patch"
    MINOR = "minor"
    MAJOR = "major"


@total_ordering
@dataclass(frozen=True, slots=True)
class Version:
    """MAJOR.MINOR.PATCH with an optional pre-release; build metadata is not accepted."""

    major: int
    minor: int
    patch: int
    pre: tuple[str, ...] = ()

    @classmethod
    def parse(cls, text: str) -> "Version":
        """The version that `text` spells; ValueError where it spells none."""
        match = SEMVER.fullmatch(text)
        if match is None or len(text) > 64:
            raise ValueError(f"{text!r} is not a version like 1.0.0")
        pre = tuple(match[4].split(".")) if match[4] else ()
        return cls(int(match[1]), int(match[2]), int(match[3]), pre)

    @property
    def core(self) -> "Version":
        """The version itself, or the one that a pre-release prepares."""
        return Version(self.major, self.minor, self.patch)

    def bump(self, part: Bump) -> "Version":
        """The next version when `part` is raised. A pre-release that prepares as much becomes its version."""
        zeros = {Bump.MAJOR: (self.minor, self.patch), Bump.MINOR: (self.patch,), Bump.PATCH: ()}[part]
        if self.pre and not any(zeros):
            return self.core
        if part is Bump.MAJOR:
            return Version(self.major + 1, 0, 0)
        if part is Bump.MINOR:
            return Version(self.major, self.minor + 1, 0)
        return Version(self.major, self.minor, self.patch + 1)

    @property
    def _precedence(self) -> tuple[int, int, int, bool, tuple[tuple[bool, int, str], ...]]:
        # SemVer 11: a pre-release comes before its release, numbers before words.
        words = tuple((not word.isdigit(), int(word) if word.isdigit() else 0, word) for word in self.pre)
        return (self.major, self.minor, self.patch, not self.pre, words)

    def __lt__(self, other: object) -> bool:
        if not isinstance(other, Version):
            return NotImplemented
        return self._precedence < other._precedence

    def __str__(self) -> str:
        core = f"{self.major}.{self.minor}.{self.patch}"
        return f"{core}-{'.'.join(self.pre)}" if self.pre else core


def satisfies(version: Version, wanted: str) -> bool:
    """Whether `version` lies in the range `wanted`: `1.2.3`, `^1.2`, `~1.2`, or `*`.

    `^` keeps the first non-zero part, as cargo has it; `~` keeps MAJOR.MINOR. Pre-releases
    satisfy only their own exact version. ValueError where `wanted` is no range.
    """
    if wanted == "*":
        return not version.pre
    if wanted[:1] not in ("^", "~"):
        return version == Version.parse(wanted)
    parts = wanted[1:].split(".")
    if not 1 <= len(parts) <= 3 or not all(part.isascii() and part.isdigit() for part in parts):
        raise ValueError(f"{wanted!r} is not a range like ^1.2")
    given = [int(part) for part in parts]
    major, minor, patch = (*given, 0, 0)[:3]
    low = Version(major, minor, patch)
    if version.pre or version < low:
        return False
    if wanted[0] == "~":
        return version < (low.bump(Bump.MINOR) if len(given) > 1 else low.bump(Bump.MAJOR))
    if low.major or len(given) == 1:
        return version < low.bump(Bump.MAJOR)
    if low.minor or len(given) == 2:
        return version < low.bump(Bump.MINOR)
    return version < low.bump(Bump.PATCH)
