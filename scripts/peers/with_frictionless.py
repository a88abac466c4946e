"""Frictionless judges the package by its descriptor, as `frictionless validate` does."""

import sys

from frictionless import Package, system

with system.use_context(trusted=True):  # the schemas lie outside of the dataset's folder
    report = Package(f"{sys.argv[1]}/datapackage.yaml").validate()
print("valid" if report.valid else f"not valid: {report.stats['errors']:,} errors")
