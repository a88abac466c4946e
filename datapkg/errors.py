"""The work could not be done: one tree of exceptions.

DatapkgError                 exit 2: the work could not be done
├── ProjectError             the project's configuration cannot be read
├── TargetError              no such dataset, file, release or table
├── QueryError               SQL given by the caller does not run
├── OutputError              the result cannot be written
└── Refused                  exit 1: the work was understood and declined

A fault of the data itself is never an exception but a Finding (`findings.py`).
Every message is one line, says what is wrong and, where there is one, the way out.
"""


class DatapkgError(Exception):
    """The work could not be done."""


class ProjectError(DatapkgError):
    """The project's configuration cannot be read."""


class TargetError(DatapkgError):
    """There is no such dataset, file, release or table."""


class QueryError(DatapkgError):
    """SQL given by the caller does not run."""


class OutputError(DatapkgError):
    """The result cannot be written."""


class Refused(DatapkgError):
    """The work was understood and declined, for example a release of invalid data."""
