"""Validate, version and release curated datasets."""
