"""A small file of a store as it was read, with the mark by which the store knows it again."""

from dataclasses import dataclass

from datapkg.errors import DatapkgError

PIECE = 8 << 20
"""Bytes that are read or sent at a time."""


@dataclass(frozen=True)
class Blob:
    """`tag` is what a store's own comparison goes by: only who names it may put something in its place."""

    data: bytes
    tag: str


class NoRanges(DatapkgError):
    """The server gives whole files alone."""
