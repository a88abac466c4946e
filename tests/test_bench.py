"""scripts/bench: how processes are measured, what is asked of the figures, and how they are shown."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import benching_report
import benching_suite
import pytest
from benching import Asked, Command, Cost, Costs, Measured, Target, cost, measure
from benching_data import SIZES, Data
from benching_peers import PEERS

ROOT = Path(__file__).resolve().parents[1]
BENCH = ROOT / "scripts" / "bench"
CHILD = "import subprocess, sys; subprocess.run([sys.executable, '-c', {!r}])"
HOLD = "import time; held = bytearray({} << 20); time.sleep(0.5)"


def python(code: str, **more: Any) -> Command:
    return replace(Command((sys.executable, "-c", code)), **more)


def took(*seconds: float, memory: float = 100, failed: str = "") -> Measured:
    return Measured(tuple(Cost(one, memory, one * 2, failed) for one in seconds))


def test_a_run_is_measured_in_seconds_of_the_clock_and_of_the_processor() -> None:
    taken = cost(python("import time; time.sleep(0.3)"))
    assert taken.seconds >= 0.3
    assert taken.processor < taken.seconds
    assert not taken.failed


def test_memory_counts_what_a_process_started() -> None:
    alone = memory_of(HOLD.format(60))
    assert 60 < alone < 120
    assert memory_of(f"held = bytearray(60 << 20); {CHILD.format(HOLD.format(60))}") > alone + 50


def test_the_work_of_what_nobody_waits_for_counts_as_well() -> None:
    busy = "import time\nwhile time.process_time() < 0.8: pass\nprint(1, flush=True)\ntime.sleep(60)"
    lone = (
        f"import subprocess, sys, time; child = subprocess.Popen([sys.executable, '-c', {busy!r}], stdout=-1); "
        "child.stdout.readline(); time.sleep(0.5); child.kill()"
    )
    assert cost(python(lone)).processor > 0.7


def memory_of(code: str) -> float:
    """What `cost` says, asked by a small process: a large one, as this may be, passes its own size on by a fork."""
    asked = (
        f"import sys; from benching import Command, cost; print(cost(Command((sys.executable, '-c', {code!r}))).memory)"
    )
    run = subprocess.run([sys.executable, "-c", asked], cwd=BENCH.parent, capture_output=True, text=True, check=True)
    return float(run.stdout)


@pytest.mark.parametrize("command", [python("raise SystemExit(3)"), python("print('other')", shows="valid")])
def test_a_command_that_fails_ends_the_benchmark(command: Command, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cost(command)
    assert ended.value.code == 2
    assert capsys.readouterr().err.startswith(f"error: {sys.executable} -c")


def test_a_foreign_tool_that_fails_is_told_and_not_run_again(tmp_path: Path) -> None:
    counted = tmp_path / "runs"
    code = f"open({str(counted)!r}, 'a').write('.'); raise SystemExit('no memory left')"
    measured = measure({"other": python(code, may_fail=True)}, 3)
    assert measured["other"].failed == "ended with 1: no memory left"
    assert counted.read_text() == "."


def test_commands_take_turns_and_what_takes_long_is_run_less_often(tmp_path: Path) -> None:
    said = tmp_path / "said"
    words = {name: python(f"open({str(said)!r}, 'a').write({name!r})") for name in "ab"}
    measured = measure(
        {**words, "c": replace(words["b"], words=python(f"open({str(said)!r}, 'a').write('c')").words, most=1)}, 2
    )
    assert said.read_text() == "ab" + "abc" + "ab"
    assert {name: len(taken.runs) for name, taken in measured.items()} == {"a": 2, "b": 2, "c": 1}


def test_what_a_command_made_is_gone_before_its_next_run(tmp_path: Path) -> None:
    made = tmp_path / "made"
    assert len(measure({"make": python(f"import os; os.mkdir({str(made)!r})", clears=made)}, 2)["make"].runs) == 2


def test_the_median_counts_and_of_memory_the_most() -> None:
    measured = Measured((Cost(3.0, 10, 1.0), Cost(1.0, 30, 5.0), Cost(2.0, 20, 3.0)))
    assert (measured.seconds, measured.processor, measured.memory) == (2.0, 3.0, 30)


COSTS: Costs = {
    "datapkg, start-up": took(1.0),
    "typed scan, 1m": took(1.2),
    "datapkg, 1m": took(3.0),
    "datapkg, 10 % bad, 1m": took(4.0),
    "frictionless, 1m": took(60.0),
    "pandera on polars, 1m": took(2.5),
    "dataframely, 1m": took(2.0, failed="ended with -9: it said nothing"),
    "typed scan, 10m": took(12.0),
    "datapkg, 10m": took(22.0, memory=1500),
    "datapkg, 10 % bad, 10m": took(44.0),
}


def test_the_targets_of_validation_are_ratios_within_one_run() -> None:
    targets = {one.key: (one.figure, one.limit, one.met) for one in benching_suite.validate_targets(COSTS)}
    assert targets == {
        "validate-10m-time": (22.0, 19.5, False),
        "validate-10m-memory": (1500, 1024, False),
        "validate-1m-frictionless": (20.0, 15, True),
        "validate-1m-frames": (3.0, 2.5, False),
        "validate-growth": (10.5, 11, True),
        "validate-1m-bad": (pytest.approx(4 / 3), 1.5, True),
        "validate-10m-bad": (2.0, 1.5, False),
    }


def test_no_target_is_judged_on_what_was_not_run() -> None:
    small = {label: measured for label, measured in COSTS.items() if not label.endswith(("1m", "10m"))}
    assert [*benching_suite.validate_targets(small)] == []
    assert [*benching_suite.release_targets(small)] == []


def test_a_release_may_take_twice_a_copy_and_a_gibibyte() -> None:
    costs = {"typed copy, 10m": took(10.0, memory=700), "datapkg release, 10m": took(25.0, memory=1000)}
    targets = {one.key: (one.figure, one.limit, one.met) for one in benching_suite.release_targets(costs)}
    assert targets == {"release-10m-time": (2.5, 2, False), "release-10m-memory": (1000, 1024, True)}


def test_what_is_unchanged_may_cost_a_hash_and_half_a_second() -> None:
    costs = {"hashing, 10m": took(2.0), "datapkg, unchanged, 10m": took(2.5)}
    assert [(one.limit, one.met) for one in benching_suite.unchanged_targets(costs)] == [(2.5, True)]


def test_the_first_run_counts_against_the_imports_and_a_second_by_itself() -> None:
    costs = {
        "import the libraries": took(1.0),
        "validate 16 tables": took(1.6),
        "validate this repository": took(2.5),
        "datapkg --help": took(0.1),
        "datapkg explain": took(0.3),
        "validate 16 tables again": took(0.6),
    }
    targets = {one.key: one.met for one in benching_suite.latency_targets(costs)}
    assert targets == {
        "latency-tables": True,
        "latency-again": False,
        "latency-repository": False,
        "latency-help": True,
        "latency-explain": False,
    }


@pytest.fixture
def planned(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Asked:
    """What is asked for on data that are not made and with all tools installed."""
    monkeypatch.setattr(
        benching_suite, "data_at", lambda store, size, kind: Data(store / f"{size}-{kind}", SIZES[size])
    )
    monkeypatch.setattr(benching_suite, "installed", lambda: {peer.distribution: "1" for peer in PEERS.values()})
    return Asked(("1m", "10m"), tmp_path / "store", tmp_path)


def test_each_tool_is_run_on_each_size_and_frictionless_not_on_the_largest(planned: Asked) -> None:
    commands = benching_suite.validate_commands(planned)
    tools = ("typed scan", "datapkg", "datapkg, 10 % bad", *PEERS)
    wanted = ["datapkg, start-up", *(f"{tool}, {size}" for size in planned.sizes for tool in tools)]
    assert [*commands] == [label for label in wanted if label != "frictionless, 10m"]
    # Only a tool that is not ours may fail.
    assert {label.rpartition(", ")[0] for label, one in commands.items() if one.may_fail} == set(PEERS)


@pytest.mark.parametrize("told", ["--no-cache  Judge anew.", "no such option"])
def test_a_cache_is_left_aside_except_where_it_is_what_is_measured(
    told: str, planned: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(benching_suite, "options", lambda command: told)
    there = "--no-cache" in told
    latency = benching_suite.latency_commands(planned)
    assert ("--no-cache" in latency["validate 16 tables"].words) == there
    assert ("validate 16 tables again" in latency) == there
    for commands in (benching_suite.validate_commands, benching_suite.release_commands, benching_suite.large_commands):
        ours = [one.words for label, one in commands(planned).items() if label.startswith("datapkg")]
        assert ours
        assert all(("--no-cache" in words) == there for words in ours)
    again = benching_suite.unchanged_commands(planned)["datapkg, unchanged, 10m"]
    assert "--no-cache" not in again.words
    assert bool(benching_suite.no_cache()) != there


def test_spark_is_measured_beside_duckdb(planned: Asked) -> None:
    commands = benching_suite.spark_commands(replace(planned, sizes=("100k",)))
    assert list(commands) == ["datapkg, 100k", "datapkg --engine spark, 100k"]
    assert {"--engine", "spark", "--master", "local[*]"} <= set(commands["datapkg --engine spark, 100k"].words)
    assert benching_suite.BENCHMARKS["spark"].base("datapkg --engine spark, 100k") == "datapkg, 100k"


def test_a_missed_target_has_its_reason_beside_it_and_a_met_one_none() -> None:
    target = Target("growth", "10 M rows", 12.0, 11, "times")
    assert benching_report.verdict(target, {"growth": "Sorting grows."}) == (
        "MISSED  10 M rows: 12.00 times (at most 11.00); Sorting grows."
    )
    assert benching_report.verdict(target, {}).endswith("; no reason is written down yet.")
    met = replace(target, figure=10)
    assert (
        benching_report.verdict(met, {"growth": "Sorting grows."}) == "met     10 M rows: 10.00 times (at most 11.00)"
    )


def test_the_terminal_shows_ratios_to_the_limit_of_the_same_size() -> None:
    shown = benching_report.terminal("validate", COSTS, {}).splitlines()
    assert shown[0].split() == ["median", "s", "least", "s", "most", "s", "CPU", "s", "ratio", "MiB", "runs"]
    assert shown[3].split() == ["datapkg,", "1m", "3.000", "3.000", "3.000", "6.000", "2.50", "100", "1"]
    assert shown[7].endswith("ended with -9: it said nothing")


RECORD = {
    "date": "2026-01-02",
    "command": "scripts/bench release --runs 3 --sizes 10m",
    "note": "Provisional.",
    "machine": {"processor": "A chip, 2 processors", "memory": "8 GiB", "system": "Linux", "python": "Python 3.11.9"},
    "versions": {"datapkg": "0.1.0", "duckdb": "2.0.0"},
    "peers": {"versions": {"pointblank": "1.1.1"}, "answers": {"pointblank": "stopped: a | b"}},
    "runs": {
        "typed copy, 10m": [{"seconds": 10.0, "memory": 700, "processor": 18.0, "failed": ""}],
        "datapkg release, 10m": [
            {"seconds": 24.0, "memory": 900, "processor": 40.0, "failed": ""},
            {"seconds": 26.0, "memory": 1000, "processor": 42.0, "failed": ""},
        ],
    },
}
SECTION = """\
**Provisional.**

`scripts/bench release --runs 3 --sizes 10m` on 2026-01-02. A chip, 2 processors, 8 GiB, Linux.
Python 3.11.9, datapkg 0.1.0, duckdb 2.0.0.

|  | median s | least s | most s | CPU s | ratio | MiB | runs |
|---|--:|--:|--:|--:|--:|--:|--:|
| typed copy, 10m | 10.000 | 10.000 | 10.000 | 18.000 | 1.00 | 700 | 1 |
| datapkg release, 10m | 25.000 | 24.000 | 26.000 | 41.000 | 2.50 | 1000 | 2 |

| target | | measured | why it is missed |
|---|---|---|---|
| 10 M rows: at most twice the typed copy | **missed** | 2.50 times (at most 2.00) | It validates. |
| 10 M rows: at most 1 GiB, or what the copy takes where that is more | met | 1,000.00 MiB (at most 1,024.00) |  |

The others, pointblank 1.1.1:

| tool | what it does not check here | what it said of 10,000 rows with 1,000 wrong cells |
|---|---|---|
| pointblank | The tables that are referred to. It stops at the first cell that is not of its column's type, and says no more of the file. | stopped: a   b |
"""


def test_the_document_says_when_where_and_how_and_gives_reasons() -> None:
    results: dict[str, benching_report.Record] = {"release": RECORD, "unchanged": {"missing": "There is no cache."}}
    page = benching_report.document(results, {"release-10m-time": "It validates."})
    assert SECTION in page
    assert page.count("\n## ") == 2
    assert "- `validate`: not run yet; `scripts/bench validate --write`.\n" in page
    assert "- `unchanged`: There is no cache.\n" in page


def test_the_document_is_what_the_kept_results_give() -> None:
    page = benching_report.document(benching_report.read_results(), benching_report.read_reasons())
    assert benching_report.DOCUMENT.read_text(encoding="utf-8") == page


def test_every_reason_is_one_of_a_target_that_is_there() -> None:
    files = [ROOT / "scripts" / name for name in ("benching_suite.py", "benching_versions.py")]
    written = "".join(path.read_text(encoding="utf-8") for path in files)
    source = "".join(written.replace("{size}", size) for size in ("1m", "10m"))
    assert [key for key in benching_report.read_reasons() if f'"{key}"' not in source] == []


def test_what_was_measured_is_kept_and_read_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    record = benching_report.to_record(COSTS, command="scripts/bench validate", date="2026-01-02")
    assert set(record["machine"]) == {"processor", "memory", "system", "python"}
    benching_report.write_results({"validate": record}, path)
    assert benching_report.costs_of(benching_report.read_results(path)["validate"]) == COSTS
    assert benching_report.read_results(tmp_path / "none.json") == {}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["nothing"], "there is no benchmark nothing"),
        (["--runs", "0"], "--runs must be at least 1"),
        (["--sizes", "10k,11k"], "11k is no size; the sizes are 1k, 10k, 100k, 1m, 10m, 30m"),
    ],
)
def test_a_benchmark_that_is_none_is_refused(words: list[str], said: str) -> None:
    run = subprocess.run(
        [BENCH, *words], capture_output=True, text=True, env={**os.environ, "DATAPKG_VENV": sys.prefix}
    )
    assert (run.returncode, run.stdout) == (2, "")
    assert run.stderr.rstrip().endswith(said)


def test_a_benchmark_prints_its_table_and_keeps_nothing_unasked(tmp_path: Path) -> None:
    before = benching_report.DOCUMENT.read_bytes()
    command = [
        sys.executable,
        BENCH.as_posix(),
        "release",
        "--sizes",
        "1k",
        "--runs",
        "1",
        "--data",
        tmp_path.as_posix(),
    ]
    run = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "DATAPKG_VENV": sys.prefix})
    assert run.returncode == 0, run.stderr
    lines = run.stdout.splitlines()
    assert [line.partition(", 1k")[0] for line in lines if ", 1k" in line] == ["typed copy", "datapkg release"]
    assert benching_report.DOCUMENT.read_bytes() == before
