"""The benchmark of `diff`: two versions of a table of which one row in a hundred differs, ourselves and the others."""

from collections.abc import Iterator

from benching import BIN, Asked, Benchmark, Command, Commands, Costs, Target
from benching_data import SIZES, data_at, differing
from benching_peers import HERE, PEERS_BIN, installed_of

OURS, BOUNDED = "datapkg diff", "datapkg diff --memory-limit 500MB"
GIB = 1024

COMPARERS = {
    "polars": ("compare_polars.py", "polars", {"10m": 1}),
    "pointblank": ("compare_pointblank.py", "pointblank", {"10m": 1}),
    "daff": ("compare_daff.py", "daff", {"1m": 1, "10m": 0}),
    "csv-diff": ("compare_csv_diff.py", "csv-diff", {"100k": 1, "1m": 0, "10m": 0}),
}
"""The other tools: a program in `peers/`, its distribution, and the most runs by size."""

SAYS = """\
The incidents of `validate` in two versions: of each hundredth row another figure (eight of ten), the row gone, or its
key a new one. All tools say the same counts of rows. What the others leave out: `polars` is a script of three joins
(in `scripts/peers`): no key that is looked for twice, no cell that is not of its type, nothing of schemas, no rows
shown. `pointblank` is what `pb compare` runs: types are guessed from the files, samples of ten rows, no columns or
tables that were renamed, nothing of what is declared but types, and no `git:REF`. `csv-diff` and `daff` compare
texts, `1.0` and `1.00` are a change there, hold both files in Python's memory, and are left out where they take
minutes. Ours also validates the form of both files, reads by their schemas, compares the other three tables and all
that is declared, and looks for rows that were given a new key."""


def command_of(label: str, size: str, asked: Asked) -> Command:
    """What a tool runs on two versions of this size, and the counts that it must say."""
    old, new = data_at(asked.store, size, "clean"), data_at(asked.store, size, "changed")
    removed, changed, added = differing(old.rows)
    sides = (str(old.dataset), str(new.dataset))
    if label in COMPARERS:
        words = (str(PEERS_BIN / "python"), "-E", str(HERE / COMPARERS[label][0]), *sides)
        most = COMPARERS[label][2].get(size, 1000)
        return Command(words, f"{removed:,} removed, {changed:,} changed, {added:,} added", most, may_fail=True)
    words = (str(BIN / "datapkg"), "diff", *sides, *label.split(" ")[2:], "--limit", "10")
    said = f"{removed:,} rows removed, {changed:,} changed, {added:,} added"
    return Command(words, said, 3 if SIZES[size] > 1_000_000 else 1000)


def diff_commands(asked: Asked) -> Commands:
    """Ourselves, with little memory too, and the others on each size."""
    there, commands = installed_of([distribution for _, distribution, _ in COMPARERS.values()]), {}
    for size in asked.sizes:
        commands[f"{OURS}, {size}"] = command_of(OURS, size, asked)
        if SIZES[size] > 1_000_000:
            commands[f"{BOUNDED}, {size}"] = command_of(BOUNDED, size, asked)
        for label, (_, distribution, most) in COMPARERS.items():
            if distribution in there and most.get(size, 1):
                commands[f"{label}, {size}"] = command_of(label, size, asked)
    return commands


def diff_targets(costs: Costs) -> Iterator[Target]:
    """Seconds for a million rows, and memory that ten million do not move."""
    one, ten, bounded = f"{OURS}, 1m", f"{OURS}, 10m", f"{BOUNDED}, 10m"
    if one in costs:
        yield Target("diff-1m-time", "1 M against 1 M rows: at most 10 s", costs[one].seconds, 10)
    if one in costs and (peer := costs.get("pointblank, 1m")) and not peer.failed:
        told = "1 M against 1 M rows: at most three times what `pb compare` takes"
        yield Target("diff-1m-pointblank", told, costs[one].seconds / peer.seconds, 3, "times")
    if ten in costs:
        yield Target("diff-10m-memory", "10 M against 10 M rows: at most 1 GiB", costs[ten].memory, GIB, "MiB")
    if bounded in costs:
        told = "The same with --memory-limit 500MB: at most 1 GiB"
        yield Target("diff-10m-bounded", told, costs[bounded].memory, GIB, "MiB")


DIFF = Benchmark(
    says=SAYS,
    commands=diff_commands,
    base=lambda label: f"{OURS}, {label.rpartition(', ')[2]}",
    targets=diff_targets,
    sizes=("100k", "1m", "10m"),
    most=3,
)
