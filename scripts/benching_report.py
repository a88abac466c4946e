"""What was measured, as a record that is kept, a page for the terminal and the document BENCHMARKS.md.

A record holds each run as it was. Medians, ratios and targets are worked out from the records whenever they are
shown, so that no figure of the document can be another than the one that was measured.
"""

import contextlib
import json
import os
import platform
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benching import BIN, ROOT, Cost, Costs, Measured, Target, environment
from benching_peers import PEERS as TOOLS
from benching_suite import BENCHMARKS, NOT_MEASURED

RESULTS = ROOT / "scripts" / "bench-results.json"
REASONS = ROOT / "scripts" / "bench-reasons.toml"
DOCUMENT = ROOT / "BENCHMARKS.md"
NO_REASON = "no reason is written down yet."
LIBRARIES = ("datapkg", "duckdb", "pyarrow", "frictionless", "pandera", "narwhals")
PEERS = ("frictionless", "pandera", "pandas", "polars", "dataframely", "pointblank")
COMPARING = ("polars", "pointblank", "daff", "csv-diff")

Record = Mapping[str, Any]

HEAD = """\
# Benchmarks

What `scripts/bench` measured. It makes its data from a seed, runs each tool as a whole process, in turns with the
others, and shows the median of the runs by the clock and, of memory, the most that any run took with all processes
that it started. A ratio is to the first line of its kind. Anyone can run it again: the command stands above each
table, and `scripts/bench --write` renews this page, which is made from `scripts/bench-results.json`.
"""


def machine() -> dict[str, str]:
    """The processor, memory and system of this machine."""
    model = platform.processor() or platform.machine()
    with contextlib.suppress(OSError, StopIteration):
        told = Path("/proc/cpuinfo").read_text(encoding="utf-8")
        model = next(line.partition(":")[2].strip() for line in told.splitlines() if line.startswith("model name"))
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30
    system = platform.system()
    with contextlib.suppress(OSError):
        system = f"{platform.freedesktop_os_release()['PRETTY_NAME']}, {system}"
    return {
        "processor": f"{model}, {os.cpu_count()} processors",
        "memory": f"{memory:.0f} GiB",
        "system": system,
        "python": f"Python {platform.python_version()}",
    }


def to_record(
    costs: Costs, *, command: str, date: str, note: str = "", peers: Mapping[str, Any] | None = None
) -> Record:
    """What is kept of one benchmark's runs. `peers` holds their versions and what they say of faulty data."""
    return {
        "date": date,
        "command": command,
        "note": note,
        "machine": machine(),
        "versions": environment(BIN / "python", LIBRARIES),
        "peers": dict(peers or {}),
        "runs": {label: [asdict(run) for run in measured.runs] for label, measured in costs.items()},
    }


def costs_of(record: Record) -> dict[str, Measured]:
    """What runs took, out of a record."""
    return {label: Measured(tuple(Cost(**run) for run in runs)) for label, runs in record["runs"].items()}


def read_results(path: Path = RESULTS) -> dict[str, Record]:
    """The records that are kept, by the name of their benchmark."""
    kept: dict[str, Record] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return kept


def keep(name: str, record: Record) -> None:
    """Keep one record beside the others, and write the document anew."""
    results = {**read_results(), name: record}
    write_results(results)
    write_document(results)


def write_results(results: Mapping[str, Record], path: Path = RESULTS) -> None:
    """Keep records."""
    path.write_text(json.dumps(results, indent=1, sort_keys=False) + "\n", encoding="utf-8")


def read_reasons(path: Path = REASONS) -> dict[str, str]:
    """Why targets are missed, by the key of the target."""
    reasons: dict[str, str] = tomllib.loads(path.read_text(encoding="utf-8"))
    return reasons


def figures(name: str, costs: Costs) -> Iterator[tuple[str, ...]]:
    """Each line of a benchmark's table as texts, with what ended badly in the last cell."""
    for label, measured in costs.items():
        if measured.failed:
            yield label, "", "", "", "", "", "", measured.failed
            continue
        base = costs.get(BENCHMARKS[name].base(label))
        ratio = f"{measured.seconds / base.seconds:.2f}" if base and not base.failed else ""
        times = [run.seconds for run in measured.runs]
        told = (f"{measured.seconds:.3f}", f"{min(times):.3f}", f"{max(times):.3f}", f"{measured.processor:.3f}")
        yield label, *told, ratio, f"{measured.memory:.0f}", str(len(measured.runs))


COLUMNS = ("", "median s", "least s", "most s", "CPU s", "ratio", "MiB", "runs")


def terminal(name: str, costs: Costs, reasons: Mapping[str, str]) -> str:
    """A benchmark's table and targets for a terminal."""
    lines = [COLUMNS, *figures(name, costs)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(COLUMNS) - 1)]
    told = [
        "  ".join(
            [line[0].ljust(widths[0]), *(c.rjust(w) for c, w in zip(line[1:-1], widths[1:], strict=True)), line[-1]]
        )
        for line in lines
    ]
    return "\n".join([*told, "", *(verdict(target, reasons) for target in BENCHMARKS[name].targets(costs))])


def figure(target: Target) -> str:
    """What was measured for a target, and what was asked of it."""
    bound = "at least" if target.least else "at most"
    return f"{target.figure:,.2f} {target.unit} ({bound} {target.limit:,.2f})"


def verdict(target: Target, reasons: Mapping[str, str]) -> str:
    """A target in one line, with the reason where it is missed."""
    line = f"{'met' if target.met else 'MISSED':6}  {target.says}: {figure(target)}"
    return line if target.met else f"{line}; {reasons.get(target.key, NO_REASON)}"


def section(name: str, record: Record, reasons: Mapping[str, str]) -> Iterator[str]:
    """The part of the document about one benchmark."""
    costs, on = costs_of(record), record["machine"]
    yield f"## {name}\n"
    yield f"{BENCHMARKS[name].says}\n"
    if record["note"]:
        yield f"**{record['note']}**\n"
    versions = ", ".join(f"{library} {version}" for library, version in record["versions"].items())
    yield f"`{record['command']}` on {record['date']}. {on['processor']}, {on['memory']}, {on['system']}."
    yield f"{on['python']}, {versions}.\n"
    yield "| " + " | ".join(COLUMNS) + " |\n|---|" + "--:|" * (len(COLUMNS) - 1)
    for line in figures(name, costs):
        yield "| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |"
    targets = tuple(BENCHMARKS[name].targets(costs))
    if targets:
        yield "\n| target | | measured | why it is missed |\n|---|---|---|---|"
    for target in targets:
        why = "" if target.met else reasons.get(target.key, NO_REASON)
        yield f"| {target.says} | {'met' if target.met else '**missed**'} | {figure(target)} | {why} |"
    yield from peers_of(record["peers"])
    yield ""


def peers_of(peers: Mapping[str, Any]) -> Iterator[str]:
    """What the other tools leave out, and what they said of faulty data."""
    if not peers:
        return
    versions = ", ".join(f"{name} {version}" for name, version in peers["versions"].items())
    if not peers["answers"]:
        yield f"\nThe others: {versions}."
        return
    yield f"\nThe others, {versions}:\n"
    yield "| tool | what it does not check here | what it said of 10,000 rows with 1,000 wrong cells |\n|---|---|---|"
    for label, answer in peers["answers"].items():
        yield f"| {label} | {TOOLS[label].leaves_out} | {answer.replace('|', ' ')} |"


def document(results: Mapping[str, Record], reasons: Mapping[str, str]) -> str:
    """BENCHMARKS.md from all records."""
    run = {name: results[name] for name in BENCHMARKS if name in results and "runs" in results[name]}
    parts = [HEAD, *("\n".join(section(name, record, reasons)) for name, record in run.items()), "## Not measured\n"]
    parts += [f"- {why}" for why in NOT_MEASURED.values()]
    for name in BENCHMARKS:
        if name not in run:
            why = results.get(name, {}).get("missing") or f"not run yet; `scripts/bench {name} --write`."
            parts.append(f"- `{name}`: {why}")
    return "\n".join(parts) + "\n"


def write_document(results: Mapping[str, Record] | None = None) -> None:
    """Write BENCHMARKS.md from these records, or those that are kept."""
    DOCUMENT.write_text(document(results or read_results(), read_reasons()), encoding="utf-8")
