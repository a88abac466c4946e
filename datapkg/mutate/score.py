"""What a run of corruptions says: each mutant and whether a rule caught it."""

from collections.abc import Iterable
from dataclasses import dataclass

from datapkg.mutate.operator import Operator


@dataclass(frozen=True)
class Result:
    """One mutant, judged.

    `line` is the first of the lines it touched, in the corrupted file; None where what it touched
    is gone. `codes` are the error rules that found something they had not found before, `warnings`
    those of a lower severity. `named` says whether a finding stands on a line that was touched;
    None where nothing was caught or there is no such line.
    """

    operator: Operator
    table: str
    path: str
    line: int | None
    column: str | None
    old: str
    new: str
    codes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    named: bool | None = None

    @property
    def caught(self) -> bool:
        """Whether an error that was not there before tells of it."""
        return bool(self.codes)


@dataclass(frozen=True)
class Tally:
    """How many mutants were caught."""

    caught: int
    all: int

    @property
    def percent(self) -> float | None:
        """Of a hundred; None where there were none."""
        return 100 * self.caught / self.all if self.all else None


@dataclass(frozen=True)
class Score:
    """All mutants of a dataset. `left` are (table, why) of the tables that were not corrupted."""

    name: str
    version: str | None
    seed: int
    per_operator: int
    columns: tuple[tuple[str, tuple[str, ...]], ...]
    results: tuple[Result, ...]
    left: tuple[tuple[str, str], ...]

    @property
    def counted(self) -> tuple[Result, ...]:
        """The mutants that a rule could know."""
        return tuple(result for result in self.results if not result.operator.review)

    @property
    def reviewed(self) -> tuple[Result, ...]:
        """The mutants that only a person or a diff can know."""
        return tuple(result for result in self.results if result.operator.review)

    @property
    def missed(self) -> tuple[Result, ...]:
        """The mutants that a rule could know and none did."""
        return tuple(result for result in self.counted if not result.caught)


def tally(results: Iterable[Result]) -> Tally:
    """How many of them were caught."""
    found = [result.caught for result in results]
    return Tally(sum(found), len(found))
