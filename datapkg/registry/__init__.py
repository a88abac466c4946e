"""Releases that were published: the index that lists them, and those of them that were fetched."""
