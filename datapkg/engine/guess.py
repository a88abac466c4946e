"""What is recognised by its content where the name went: a column, a table. Always a guess."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from difflib import SequenceMatcher

from datapkg.engine.compare import Pair, Shared
from datapkg.engine.connection import Workspace
from datapkg.engine.laid import Cells, Laid

KEYED, COUNTED = 0.6, 0.8
"""The part of the values that must be the same: in the same row, and without a key anywhere in the column."""
VARIED = 3
"""Different values from which on a column without a key is told from others by them alone."""
ALIKE = 0.6
"""How alike two names must be for what few values tell."""
PAIRS = 400
"""Pairs of columns up to which each is looked at."""

Score = Callable[[Cells, Cells], float]


def renamed(old: Laid, new: Laid, scored: Score) -> Iterator[tuple[str, str]]:
    """The columns, old and new name, that only one side knows and that `scored` finds to be one."""
    gone = [cells for name, cells in old.cells.items() if name not in new.cells]
    come = [cells for name, cells in new.cells.items() if name not in old.cells]
    if len(gone) * len(come) <= PAIRS:
        yield from matched(
            {(a.column.name, b.column.name): scored(a, b) for a in gone for b in come},
        )


def matched(scores: Mapping[tuple[str, str], float]) -> Iterator[tuple[str, str]]:
    """The pairs that are the best for both of theirs, and for one of them alone; of equals, the names most alike."""
    left = {pair: (score, alike(*pair)) for pair, score in scores.items() if score > 0}
    while left:
        best = max(left.values())
        pairs = [pair for pair, score in left.items() if score == best]
        if len(pairs) > 1 and len({a for a, _ in pairs}) + len({b for _, b in pairs}) < 2 * len(pairs):
            return  # Nobody can tell which of them it is.
        yield from pairs
        taken = {a for a, _ in pairs}, {b for _, b in pairs}
        left = {(a, b): score for (a, b), score in left.items() if a not in taken[0] and b not in taken[1]}


def alike(old: str, new: str) -> float:
    """How alike two names are, from 0 to 1."""
    return SequenceMatcher(None, old.lower(), new.lower()).ratio()


def by_key(space: Workspace, pair: Pair) -> Score:
    """How many of the values are the same in rows of the same key, where that is most of them, else 0."""

    def scored(old: Cells, new: Cells) -> float:
        mine, theirs = Shared(old, new).sides()
        counts = f"count(*) FILTER ({mine} = {theirs}), count(*) FILTER ({mine} IS NOT NULL OR {theirs} IS NOT NULL)"
        query = f"SELECT {counts} FROM {pair.old.at} o JOIN {pair.new.at} n ON {pair.on}"
        same, known = space.con.execute(query).fetchall()[0]
        share = same / known if known else 0
        return share if share >= KEYED else 0

    return scored


def by_values(space: Workspace, old_at: str, new_at: str) -> Score:
    """How many of the values both columns have, in whatever rows, where that is most of them, else 0."""

    def scored(old: Cells, new: Cells) -> float:
        mine, theirs = Shared(old, new).sides()
        counted = (
            f"SELECT {value} AS v, count(*) AS times FROM {at} {side} WHERE v IS NOT NULL GROUP BY v"
            for value, at, side in ((mine, old_at, "o"), (theirs, new_at, "n"))
        )
        query = (
            "SELECT coalesce(sum(least(a.times, b.times)), 0), sum(greatest(a.times, b.times)), count(*), "
            "greatest(coalesce(sum(a.times), 0), coalesce(sum(b.times), 0)) "
            f"FROM ({next(counted)}) a FULL JOIN ({next(counted)}) b ON a.v = b.v"
        )
        # least() and greatest() leave out what is null, so rows of one side alone are not shared.
        query = query.replace("least(a.times, b.times)", "if(a.v IS NULL OR b.v IS NULL, 0, least(a.times, b.times))")
        same, _, different, known = space.con.execute(query).fetchall()[0]
        share = float(same / known) if known else 0.0
        told = different >= VARIED or alike(old.column.name, new.column.name) >= ALIKE
        return share if share >= COUNTED and told else 0

    return scored


def resemblance(space: Workspace, old: Laid, new: Laid) -> float:
    """How much of two tables is the same, from 0 to 1: columns by name, then rows by what they hold there."""
    shared = [Shared(cells, new.cells[name]) for name, cells in old.cells.items() if name in new.cells]
    if 2 * len(shared) <= max(len(old.cells), len(new.cells)):
        return 0
    if not old.rows and not new.rows:
        return 1.0 if old.cells.keys() == new.cells.keys() else 0
    hashes = [_hashes(laid, [one.sides()[side] for one in shared], side) for side, laid in ((0, old), (1, new))]
    query = f"SELECT count(*) FROM ({hashes[0]} INTERSECT ALL {hashes[1]})"
    whole = space.con.execute(query).fetchall()[0][0] / max(old.rows, new.rows)
    # Where a cell of most rows was corrected, the first column, mostly the key, still tells.
    hashes = [_hashes(laid, [shared[0].sides()[side]], side) for side, laid in ((0, old), (1, new))]
    query = f"SELECT count(*) FROM ({hashes[0]} INTERSECT {hashes[1]})"
    first = space.con.execute(query).fetchall()[0][0] / max(old.rows, new.rows)
    return max(whole, first) if max(whole, first) >= 0.5 else 0


def _hashes(laid: Laid, texts: Sequence[str], side: int) -> str:
    return f"SELECT hash({', '.join(texts)}) FROM {laid.at} {'on'[side]}"
