"""Validate, version and release curated datasets."""

from datapkg.content import content_sha256
from datapkg.diff import diff
from datapkg.load import Release, ReleaseWarning, load
from datapkg.validate import validate

__all__ = ["Release", "ReleaseWarning", "content_sha256", "diff", "load", "validate"]
