"""Validate, version and release curated datasets."""

from datapkg.load import Release, load
from datapkg.validate import validate

__all__ = ["Release", "load", "validate"]
