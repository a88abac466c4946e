"""What is known of a release once its tables are written; every other file is made from it alone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from datapkg.changes import Changes
from datapkg.dataset import Dataset
from datapkg.findings import Finding, Rule
from datapkg.release.about import About, about
from datapkg.release.parquet import File, Written
from datapkg.waivers import Waiver


@dataclass(frozen=True)
class Draft:
    """A dataset, the version and the date it is released under, and its tables as they were `written`, by name.

    `issues` are its waivers, each with the finding that it waives; `rules` are the maintainers' own,
    each with the table that it is about, where it is about one. `changes` are those since the version before;
    or they are those of the release `again`, which has the same version. `changelog` is its text, where it is new.
    """

    dataset: Dataset
    version: str
    created: str | None
    written: Mapping[str, Written]
    issues: Sequence[tuple[Waiver, Finding]] = ()
    rules: Sequence[tuple[Rule, str | None]] = ()
    changes: Changes | None = None
    again: Path | None = None
    changelog: str | None = None

    @cached_property
    def about(self) -> About:
        """What the descriptor says of the dataset as a whole."""
        return about(self.dataset.descriptor, self.dataset.name, self.version, self.created)

    @property
    def files(self) -> Mapping[str, tuple[File, ...]]:
        """The files of each table."""
        return {name: written.files for name, written in self.written.items()}
