"""Validate, version and release curated datasets."""

from datapkg.diff import diff
from datapkg.load import Release, load
from datapkg.validate import validate

__all__ = ["Release", "diff", "load", "validate"]
