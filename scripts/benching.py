"""How a benchmark is run: whole processes that take turns, their seconds and their memory.

The commands of a benchmark take turns, so that a slow moment of the machine hits all of them, and the median of
the runs counts; of memory, the most that any run took, with all processes that it started.
"""

import contextlib
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(os.environ.get("DATAPKG_VENV") or ROOT / ".venv").absolute() / "bin"
PAGE = os.sysconf("SC_PAGE_SIZE")
# Of the memory that is free, what a foreign tool may take before it is refused more.
SHARE = 0.8
# How often the memory of a tree of processes is looked at.
TICK = 0.05


@dataclass(frozen=True)
class Command:
    """What is run, and how.

    `shows` is what it must print; `most` bounds the runs of what takes long; `clears` is a folder that goes
    before each run; a command that `may_fail` is told where it does, instead of ending the benchmark.
    """

    words: tuple[str, ...]
    shows: str = ""
    most: int = 1000
    clears: Path | None = None
    may_fail: bool = False
    folder: Path = ROOT


@dataclass(frozen=True)
class Cost:
    """What one run of a command took: seconds by the clock, of the processors, and memory in MiB."""

    seconds: float
    memory: float
    processor: float = 0.0
    failed: str = ""


@dataclass(frozen=True)
class Measured:
    """What the runs of one command took."""

    runs: tuple[Cost, ...]

    @property
    def failed(self) -> str:
        """Why it ended otherwise than it should, or nothing."""
        return next((run.failed for run in self.runs if run.failed), "")

    @property
    def seconds(self) -> float:
        """The median of the seconds by the clock."""
        return statistics.median(run.seconds for run in self.runs)

    @property
    def processor(self) -> float:
        """The median of the seconds of the processors."""
        return statistics.median(run.processor for run in self.runs)

    @property
    def memory(self) -> float:
        """The most memory of any run."""
        return max(run.memory for run in self.runs)


Commands = Mapping[str, Command]
Costs = Mapping[str, Measured]


@dataclass(frozen=True)
class Target:
    """What must hold of a figure, what it was, and the key of the reason in case it does not."""

    key: str
    says: str
    figure: float
    limit: float
    unit: str = "s"
    least: bool = False

    @property
    def met(self) -> bool:
        """Whether it holds: the figure is at most its limit, or at least."""
        return self.figure >= self.limit if self.least else self.figure <= self.limit


@dataclass(frozen=True)
class Asked:
    """What a person asked for: sizes of data, the folder they are kept in, and one that is thrown away."""

    sizes: tuple[str, ...]
    store: Path
    scratch: Path


@dataclass(frozen=True)
class Benchmark:
    """Commands by label, the targets over what they took, and what a reader must know.

    `base` gives the label that another is compared with; `missing` says why it cannot be run here, if so.
    """

    says: str
    commands: Callable[[Asked], Commands]
    base: Callable[[str], str]
    targets: Callable[[Costs], Iterator[Target]]
    sizes: tuple[str, ...] = ()
    most: int = 1000
    usual: bool = True
    missing: Callable[[], str] = field(default=lambda: "")


def children(process: int) -> Iterator[int]:
    """The processes that a process started and they in turn; none where the system does not tell."""
    try:
        for task in Path(f"/proc/{process}/task").iterdir():
            for child in (task / "children").read_text(encoding="ascii").split():
                yield int(child)
                yield from children(int(child))
    except OSError:
        return


def resident(process: int) -> float:
    """The memory that a process holds, in MiB."""
    try:
        return int(Path(f"/proc/{process}/statm").read_text(encoding="ascii").split()[1]) * PAGE / 2**20
    except (OSError, IndexError):
        return 0.0


def worked(process: int) -> float:
    """The seconds of the processors that a process has taken, without those that it started."""
    try:
        told = Path(f"/proc/{process}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        return (int(told[11]) + int(told[12])) / os.sysconf("SC_CLK_TCK")
    except (OSError, IndexError):
        return 0.0


class Watch(threading.Thread):
    """The most memory that a process held together with all that it started, as far as looks showed.

    `seconds` are those of the processors by process: a process that nobody waits for, as Java under
    Spark, is in no account of the system.
    """

    def __init__(self, process: int) -> None:
        super().__init__(daemon=True)
        self.process, self.most, self.ended = process, 0.0, threading.Event()
        self.seconds: dict[int, float] = {}

    def run(self) -> None:
        """Look at each tick. A process alone is measured by the system, and better."""
        while not self.ended.wait(TICK):
            started = list(children(self.process))
            if started:
                self.most = max(self.most, sum(map(resident, (self.process, *started))))
                for process in (self.process, *started):
                    self.seconds[process] = max(self.seconds.get(process, 0.0), worked(process))


def available() -> int:
    """The bytes of memory that the machine could give now; all that it has where it does not say."""
    with contextlib.suppress(OSError, StopIteration):
        told = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
        return int(next(line.split()[1] for line in told if line.startswith("MemAvailable:"))) * 1024
    return os.sysconf("SC_PHYS_PAGES") * PAGE


def bounded() -> None:
    """Refuse the process more memory than the machine can spare."""
    most = int(available() * SHARE)
    resource.setrlimit(resource.RLIMIT_DATA, (most, most))


def cost(command: Command) -> Cost:
    """What one run of a command takes; SystemExit where it fails or does not print what it must."""
    if command.clears:
        shutil.rmtree(command.clears, ignore_errors=True)
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as said:
        begun = time.perf_counter()
        process = subprocess.Popen(
            command.words,
            cwd=command.folder,
            stdout=said,
            stderr=subprocess.STDOUT,
            preexec_fn=bounded if command.may_fail else None,  # noqa: PLW1509  # no thread runs at this point
        )
        watch = Watch(process.pid)
        watch.start()
        _, status, used = os.wait4(process.pid, 0)
        taken = time.perf_counter() - begun
        watch.ended.set()
        watch.join()
        process.returncode = os.waitstatus_to_exitcode(status)
        said.seek(max(0, said.seek(0, os.SEEK_END) - 5_000))
        end = said.read()
    failed = ""
    if process.returncode or command.shows not in end:
        failed = f"ended with {process.returncode}: {(end.strip().splitlines() or ['it said nothing'])[-1][:200]}"
        if not command.may_fail:
            print(f"error: {' '.join(command.words)} ended with {process.returncode}\n{end}", file=sys.stderr)
            raise SystemExit(2)
    seconds = max(used.ru_utime + used.ru_stime, sum(watch.seconds.values()))
    return Cost(taken, max(used.ru_maxrss / 1024, watch.most), seconds, failed)


def measure(commands: Commands, runs: int, told: Callable[[str], None] = lambda _: None) -> dict[str, Measured]:
    """The runs of each command. The first round fills the caches of the machine and does not count.

    What takes long is left out of that round, and what failed is not run again.
    """
    costs: dict[str, list[Cost]] = {label: [] for label in commands}
    for turn in range(runs + 1):
        for label, command in commands.items():
            if (turn == 0 and command.most < 3) or turn > command.most or any(run.failed for run in costs[label]):
                continue
            told(f"round {turn} of {runs}: {label}")
            taken = cost(command)
            if turn or taken.failed:
                costs[label].append(taken)
    return {label: Measured(tuple(runs)) for label, runs in costs.items()}


def environment(python: Path, names: Sequence[str]) -> dict[str, str]:
    """The versions of these distributions in an environment; those that are not there are left out."""
    code = (
        "import importlib.metadata as m, sys\n"
        "for name in sys.argv[1:]:\n"
        "    try: print(name, m.version(name))\n"
        "    except m.PackageNotFoundError: pass\n"
    )
    run = subprocess.run([python, "-c", code, *names], capture_output=True, text=True, check=True)
    return {name: version for name, _, version in (line.partition(" ") for line in run.stdout.splitlines())}
