"""The benchmarks by name: what each runs, and what must hold of it."""

import shutil
import subprocess
from collections.abc import Iterator
from functools import cache

from benching import BIN, Asked, Benchmark, Command, Commands, Costs, Target, environment
from benching_data import SIZES, Data, data_at, planted, sources
from benching_events import FAILING, ROWS, write_events, write_small
from benching_peers import FRAMES, PEERS, installed, judged_by, limit
from benching_versions import DIFF

DATAPKG = str(BIN / "datapkg")
GIB = 1024
SCAN, OURS, BAD, START = "typed scan", "datapkg", "datapkg, 10 % bad", "datapkg, start-up"
NO_CACHE = "This datapkg keeps no cache of results."


@cache
def options(command: str) -> str:
    """What a command of ours says of its options."""
    return subprocess.run([DATAPKG, command, "--help"], capture_output=True, text=True, check=True).stdout


def uncached() -> tuple[str, ...]:
    """The option by which validation starts from nothing, where there is a cache at all."""
    return ("--no-cache",) if "--no-cache" in options("validate") else ()


def no_cache() -> str:
    """Why a cache cannot be measured, if so."""
    return "" if uncached() else NO_CACHE


def at(tool: str, size: str) -> str:
    """The label of a tool's run on data of a size."""
    return f"{tool}, {size}"


def validate(data: Data, *more: str, shows: str, most: int = 1000) -> Command:
    """Validation of a project of the benchmarks."""
    return Command((DATAPKG, "validate", "--fail-on", "never", *more), shows, most=most, folder=data.folder)


LIBRARIES, REPOSITORY = "import the libraries", "validate this repository"
TABLES, AGAIN, HELP, EXPLAIN = "validate 16 tables", "validate 16 tables again", "datapkg --help", "datapkg explain"


def latency_commands(asked: Asked) -> Commands:
    """Commands whose waiting time a person notices."""
    # Pandera loads Spark where it is installed, as it is for our tests; few users have it.
    libraries = (
        "import sys; sys.modules['pyspark'] = None; import duckdb, pyarrow, frictionless, pandera.pyarrow, click"
    )
    small = write_small(asked.scratch / "small")
    commands = {
        LIBRARIES: Command((str(BIN / "python"), "-c", libraries)),
        TABLES: Command((DATAPKG, "validate", *uncached(), small), "16 tables, 100 rows"),
        REPOSITORY: Command((DATAPKG, "validate", *uncached(), "afpak-security", "--quiet")),
        HELP: Command((DATAPKG, "--help")),
        EXPLAIN: Command((DATAPKG, "explain", "foreign-key")),
    }
    return commands | ({AGAIN: Command((DATAPKG, "validate", small), "16 tables, 100 rows")} if uncached() else {})


def latency_targets(costs: Costs) -> Iterator[Target]:
    """Validation is bounded by what its libraries cost; help needs none of them."""
    imports = costs[LIBRARIES].seconds
    above = costs[TABLES].seconds - imports
    yield Target("latency-tables", "16 tables of 100 rows in all: at most 0.7 s more than the imports", above, 0.7)
    if AGAIN in costs:
        yield Target(
            "latency-again", "The same, unchanged since the last run: at most 0.5 s", costs[AGAIN].seconds, 0.5
        )
    above = costs[REPOSITORY].seconds - imports
    yield Target("latency-repository", "This repository's dataset: at most 1.0 s more than the imports", above, 1.0)
    yield Target("latency-help", "`--help`: at most 0.2 s", costs[HELP].seconds, 0.2)
    yield Target("latency-explain", "`explain`: at most 0.2 s", costs[EXPLAIN].seconds, 0.2)


CLEAN, FAULTY, LISTED = "clean", "300,000 findings", "1,000,000 listed"


def findings_commands(asked: Asked) -> Commands:
    """A clean file, one with many wrong cells, and one all of whose findings are listed."""
    words = (DATAPKG, "validate", "--fail-on", "never", *uncached())
    listed = (*words, "--limit", str(ROWS), "--format", "text")
    scratch = asked.scratch
    return {
        CLEAN: Command((*words, write_events(scratch / "clean", 0)), "valid: 0 errors"),
        FAULTY: Command((*words, write_events(scratch / "faulty", FAILING)), f"not valid: {FAILING:,} errors"),
        LISTED: Command((*listed, write_events(scratch / "listed", ROWS)), f"not valid: {ROWS:,} errors", most=1),
    }


def findings_targets(costs: Costs) -> Iterator[Target]:
    """Faults cost little more than no faults, and never more memory than a small machine has."""
    ratio = costs[FAULTY].seconds / costs[CLEAN].seconds
    told = f"{FAILING:,} wrong cells"
    yield Target("findings-time", f"{told}: at most 1.5 times a clean file", ratio, 1.5, "times")
    yield Target("findings-memory", f"{told}: at most 1 GiB", costs[FAULTY].memory, GIB, "MiB")
    yield Target("findings-listed", f"{ROWS:,} findings listed: at most 1 GiB", costs[LISTED].memory, GIB, "MiB")


def validate_commands(asked: Asked) -> Commands:
    """The limit, ourselves and the others on each size."""
    there, commands = installed(), {}
    tiny = data_at(asked.store, "1k", "clean")
    commands[START] = validate(tiny, *uncached(), shows="valid: 0 errors")
    for size in asked.sizes:
        most = 3 if SIZES[size] > 1_000_000 else 1000
        clean, bad = data_at(asked.store, size, "clean"), data_at(asked.store, size, "bad")
        wrong = f"not valid: {sum(planted(bad.rows).values()):,} errors"
        scan = limit("typed_scan.py", str(clean.dataset))
        commands[at(SCAN, size)] = Command(scan.words, f"sources: {sources(clean.rows):,} rows", most)
        commands[at(OURS, size)] = validate(clean, *uncached(), shows="valid: 0 errors", most=most)
        commands[at(BAD, size)] = validate(bad, *uncached(), shows=wrong, most=most)
        for label, peer in PEERS.items():
            if peer.distribution in there and peer.runs(size):
                commands[at(label, size)] = judged_by(peer, clean, shows="valid", most=peer.runs(size))
    return commands


def done(costs: Costs, *labels: str) -> bool:
    """Whether all of these were run to their end."""
    return all(label in costs and not costs[label].failed for label in labels)


def validate_targets(costs: Costs) -> Iterator[Target]:
    """What is promised of validation, as far as the sizes that were run show it."""
    scan, ours = at(SCAN, "10m"), at(OURS, "10m")
    if done(costs, scan, ours):
        limited = 1.5 * costs[scan].seconds + 1.5
        told = "10 M rows: at most 1.5 times the typed scan and 1.5 s"
        yield Target("validate-10m-time", told, costs[ours].seconds, limited)
        yield Target("validate-10m-memory", "10 M rows: at most 1 GiB", costs[ours].memory, GIB, "MiB")
    ours, frictionless = at(OURS, "1m"), at("frictionless", "1m")
    if done(costs, ours, frictionless):
        times = costs[frictionless].seconds / costs[ours].seconds
        told = "1 M rows: at least 15 times faster than frictionless"
        yield Target("validate-1m-frictionless", told, times, 15, "times", least=True)
    frames = [at(label, "1m") for label in FRAMES if done(costs, at(label, "1m"))]
    if frames and done(costs, ours):
        first = min(frames, key=lambda label: costs[label].seconds)
        told = f"1 M rows: no slower than the fastest data frame validator ({first.partition(',')[0]})"
        yield Target("validate-1m-frames", told, costs[ours].seconds, costs[first].seconds)
    ten, one = at(OURS, "10m"), at(OURS, "1m")
    if done(costs, ten, one, START):
        start = costs[START].seconds
        times = (costs[ten].seconds - start) / (costs[one].seconds - start)
        yield Target("validate-growth", "10 M rows: at most 11 times 1 M, after start-up", times, 11, "times")
    for size in ("1m", "10m"):
        if done(costs, at(BAD, size), at(OURS, size)):
            ratio = costs[at(BAD, size)].seconds / costs[at(OURS, size)].seconds
            told = f"{size[:-1]} M rows, 10 % of them bad: at most 1.5 times clean ones"
            yield Target(f"validate-{size}-bad", told, ratio, 1.5, "times")


HASHING, UNCHANGED, COPY, RELEASE = "hashing", "datapkg, unchanged", "typed copy", "datapkg release"


def unchanged_commands(asked: Asked) -> Commands:
    """Hashing of the files, and validation of what was validated before. The first round fills the cache."""
    commands = {}
    for size in asked.sizes:
        data = data_at(asked.store, size, "clean")
        commands[at(HASHING, size)] = limit("hashing.py", str(data.dataset))
        commands[at(UNCHANGED, size)] = validate(data, shows="valid: 0 errors")
    return commands


def unchanged_targets(costs: Costs) -> Iterator[Target]:
    """What has not changed costs a hash."""
    hashing, again = at(HASHING, "10m"), at(UNCHANGED, "10m")
    if done(costs, hashing, again):
        limited, told = costs[hashing].seconds + 0.5, "10 M rows again: at most what hashing the files takes and 0.5 s"
        yield Target("unchanged-10m", told, costs[again].seconds, limited)


def release_commands(asked: Asked) -> Commands:
    """A typed copy into Parquet, and a release, which validates what it builds."""
    commands = {}
    for size in asked.sizes:
        data, most = data_at(asked.store, size, "clean"), 3 if SIZES[size] > 1_000_000 else 1000
        into, built = asked.scratch / f"copy-{size}", data.folder / "dist"
        copy, words = limit("typed_copy.py", str(data.dataset), str(into)), (DATAPKG, "release", "incidents")
        more = uncached() if "--no-cache" in options("release") else ()
        commands[at(COPY, size)] = Command(copy.words, "bytes", most, clears=into)
        commands[at(RELEASE, size)] = Command((*words, *more), "built", most, clears=built, folder=data.folder)
    return commands


def release_targets(costs: Costs) -> Iterator[Target]:
    """A release costs little more than writing its files."""
    copy, release = at(COPY, "10m"), at(RELEASE, "10m")
    if done(costs, copy, release):
        ratio = costs[release].seconds / costs[copy].seconds
        yield Target("release-10m-time", "10 M rows: at most twice the typed copy", ratio, 2, "times")
        told = "10 M rows: at most 1 GiB, or what the copy takes where that is more"
        yield Target("release-10m-memory", told, costs[release].memory, max(GIB, costs[copy].memory), "MiB")


FORMAT, READING = "datapkg fmt --check", "typed scan"


def fmt_commands(asked: Asked) -> Commands:
    """The canonical form of a table worked out and compared with the file, which is left as it is."""
    commands = {}
    for size in asked.sizes:
        data = data_at(asked.store, size, "clean")
        commands[at(READING, size)] = limit("typed_scan.py", str(data.dataset))
        # Exit code 1 says that the data could be written otherwise, which is no failure here.
        words = ("sh", "-c", '"$0" fmt --check incidents || test $? -eq 1', DATAPKG)
        commands[at(FORMAT, size)] = Command(words, "as they should be", folder=data.folder)
    return commands


def fmt_targets(costs: Costs) -> Iterator[Target]:
    """A table of a million rows is formatted in seconds."""
    label = at(FORMAT, "1m")
    if done(costs, label):
        yield Target("fmt-1m", "1 M rows: the canonical form in at most 10 s", costs[label].seconds, 10)


LARGE = "datapkg --memory-limit 1GB"


def large_commands(asked: Asked) -> Commands:
    """Tables larger than the memory that may be used."""
    commands = {}
    for size in asked.sizes:
        data = data_at(asked.store, size, "clean")
        command = validate(data, *uncached(), "--memory-limit", "1GB", shows="valid: 0 errors", most=1)
        commands[at(LARGE, size)] = Command(**{**vars(command), "may_fail": True})
    return commands


def large_targets(costs: Costs) -> Iterator[Target]:
    """They are judged all the same."""
    label = at(LARGE, "30m")
    if label in costs:
        failed = sum(bool(run.failed) for run in costs[label].runs)
        yield Target("large-30m", "30 M rows validate under `--memory-limit 1GB`", failed, 0, "failed runs")


SPARK = "datapkg --engine spark"


def spark_commands(asked: Asked) -> Commands:
    """The same validation by DuckDB and by Spark, which has as many threads here as there are processors."""
    commands = {}
    for size in asked.sizes:
        data, more = data_at(asked.store, size, "clean"), ("--engine", "spark", "--master", "local[*]")
        commands[at(OURS, size)] = validate(data, *uncached(), shows="valid: 0 errors")
        commands[at(SPARK, size)] = validate(data, *uncached(), *more, shows="valid: 0 errors", most=2)
    return commands


def spark_targets(costs: Costs) -> Iterator[Target]:
    """Nothing is promised: Spark is for data that fit no machine."""
    return iter(())


def no_spark() -> str:
    """Why Spark cannot be measured here, if so."""
    if shutil.which("java") is None:
        return "There is no Java here."
    return "" if environment(BIN / "python", ["pyspark"]) else "There is no pyspark here."


BENCHMARKS = {
    "latency": Benchmark(
        says=(
            "Where pandas is installed, Pandera imports it, so the imports and validation both take longer\n"
            "than in an environment without it."
        ),
        commands=latency_commands,
        base=lambda label: LIBRARIES,
        targets=latency_targets,
    ),
    "findings": Benchmark(
        says=f"A file of {ROWS:,} rows. The last command lists every finding; all counts are complete.",
        commands=findings_commands,
        base=lambda label: CLEAN,
        targets=findings_targets,
        most=3,
    ),
    "validate": Benchmark(
        says=(
            "Incidents of 14 columns with a primary key, three foreign keys and a row rule, about 232 bytes a row.\n"
            "`typed scan` is DuckDB reading the same files by declared types and checking nothing."
        ),
        commands=validate_commands,
        base=lambda label: at(SCAN, label.rpartition(", ")[2]),
        targets=validate_targets,
        sizes=("10k", "100k", "1m", "10m"),
        most=5,
    ),
    "unchanged": Benchmark(
        says="The same data as `validate`, validated before. `hashing` is SHA-256 of each file in plain Python.",
        commands=unchanged_commands,
        base=lambda label: at(HASHING, label.rpartition(", ")[2]),
        targets=unchanged_targets,
        sizes=("1m", "10m"),
        most=5,
        missing=no_cache,
    ),
    "release": Benchmark(
        says=(
            "The same data as `validate`. `typed copy` is DuckDB's `COPY (typed select) TO … (zstd)`, which checks\n"
            "nothing; a release is validated before it is built, and checked afterwards."
        ),
        commands=release_commands,
        base=lambda label: at(COPY, label.rpartition(", ")[2]),
        targets=release_targets,
        sizes=("1m", "10m"),
        most=5,
    ),
    "fmt": Benchmark(
        says="The same data as `validate`: every cell spelled anew, rows sorted by key, and the text compared.",
        commands=fmt_commands,
        base=lambda label: at(READING, label.rpartition(", ")[2]),
        targets=fmt_targets,
        sizes=("1m",),
        most=3,
    ),
    "diff": DIFF,
    "large": Benchmark(
        says="Data of 7 GB, with DuckDB held to 1 GB of memory; it goes to disk for more.",
        commands=large_commands,
        base=lambda label: label,
        targets=large_targets,
        sizes=("30m",),
        most=1,
        usual=False,
    ),
    "spark": Benchmark(
        says=(
            "The same data as `validate`. Java and Python are started each time, and CPU seconds are those of both:\n"
            "the difference between the sizes is what 900,000 rows cost."
        ),
        commands=spark_commands,
        base=lambda label: at(OURS, label.rpartition(", ")[2]),
        targets=spark_targets,
        sizes=("100k", "1m"),
        most=2,
        usual=False,
        missing=no_spark,
    ),
}
NOT_MEASURED: dict[str, str] = {}
