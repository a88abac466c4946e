"""A release built from a dataset's source: one file here per thing in it."""
