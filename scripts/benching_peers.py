"""The other tools that are measured: each a small program in `peers/`, as its manual would have it.

They run in an environment of their own, `.venv-bench`, made from the extra `bench` and `constraints.txt`.
DATAPKG_BENCH_VENV names one that is ready.
"""

import hashlib
import os
import subprocess
import sys
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benching import BIN, ROOT, Command, cost, environment
from benching_data import Data

PEERS_BIN = Path(os.environ.get("DATAPKG_BENCH_VENV") or ROOT / ".venv-bench").absolute() / "bin"
HERE = ROOT / "scripts" / "peers"


@dataclass(frozen=True)
class Peer:
    """A tool: its program, its distribution, what it leaves out, and the most runs by size; 0 is none."""

    program: str
    distribution: str
    leaves_out: str
    most: tuple[tuple[str, int], ...] = ()

    def runs(self, size: str) -> int:
        """How often it is run at most on data of this size."""
        return dict(self.most).get(size, 1000)


REFERRED = "Foreign keys, and the tables that are referred to."
STOPS = "It stops at the first cell that is not of its column's type, and says no more of the file."
PEERS = {
    "frictionless": Peer(
        "with_frictionless.py",
        "frictionless",
        "Categories, and the row rule. It ends a table after 1,000 errors, and is not run on 10 M rows.",
        (("100k", 2), ("1m", 2), ("10m", 0), ("30m", 0)),
    ),
    "pandera on pandas": Peer(
        "with_pandera_pandas.py",
        "pandera",
        f"{REFERRED} Cells are what pandas made of them when it read the file: `1.0` passes for an integer.",
        (("10m", 1), ("30m", 0)),
    ),
    "pandera on polars": Peer("with_pandera_polars.py", "pandera", f"{REFERRED} {STOPS}", (("10m", 1), ("30m", 0))),
    "dataframely": Peer("with_dataframely.py", "dataframely", f"{REFERRED} {STOPS}", (("10m", 1), ("30m", 0))),
    "pointblank": Peer(
        "with_pointblank.py",
        "pointblank",
        f"The tables that are referred to. {STOPS}",
        (("10m", 1), ("30m", 0)),
    ),
}
FRAMES = tuple(label for label in PEERS if label != "frictionless")


def wanted() -> list[str]:
    """What the extra `bench` asks for."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return list(project["optional-dependencies"]["bench"])


def make_environment() -> None:
    """Make or renew the environment of the peers; one that cannot be installed is told and left out."""
    if os.environ.get("DATAPKG_BENCH_VENV"):
        return
    pins = ROOT / "constraints.txt"
    asked = [sys.version, *wanted(), pins.read_text(encoding="utf-8")]
    made_from = hashlib.sha256("\n".join(asked).encode()).hexdigest()
    mark = PEERS_BIN.parent / "made-from"
    if mark.exists() and mark.read_text(encoding="utf-8") == made_from:
        return
    print("set-up: making .venv-bench; this takes a minute or two", file=sys.stderr)
    subprocess.run([sys.executable, "-m", "venv", "--clear", PEERS_BIN.parent], check=True)
    pip = [str(PEERS_BIN / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-c", str(pins)]
    if subprocess.run([*pip, *wanted()], check=False, capture_output=True).returncode:
        for one in wanted():
            run = subprocess.run([*pip, one], check=False, capture_output=True, text=True)
            if run.returncode:
                print(f"set-up: {one} cannot be installed: {run.stderr.strip().splitlines()[-1]}", file=sys.stderr)
    mark.write_text(made_from, encoding="utf-8")


def installed() -> dict[str, str]:
    """The versions of the peers that are there."""
    return installed_of(sorted({peer.distribution for peer in PEERS.values()}))


def installed_of(names: Sequence[str]) -> dict[str, str]:
    """The versions of these distributions, as far as they are there."""
    return environment(PEERS_BIN / "python", names)


def limit(program: str, *words: str) -> Command:
    """A program over DuckDB alone, in the project's own environment: the same version as ours."""
    return Command((str(BIN / "python"), str(HERE / program), *words))


def judged_by(peer: Peer, data: Data, *, shows: str = "", most: int = 1000) -> Command:
    """The command by which a peer judges data."""
    # -E: no folder of ours is on its path, so that frictionless does not find our plugin.
    words = (str(PEERS_BIN / "python"), "-E", str(HERE / peer.program), str(data.dataset))
    return Command(words, shows=shows, most=most, may_fail=True)


def answers(rules: Data, bad: Data) -> dict[str, str]:
    """What each peer says of faulty data; SystemExit where one passes wrong cells that are of their type."""
    told = {}
    for label, peer in PEERS.items():
        if peer.distribution not in installed():
            told[label] = "not installed: it could not be on this Python"
            continue
        proof = cost(judged_by(peer, rules, shows="not valid: "))
        if proof.failed:
            print(f"error: {label} does not see the faults of {rules.folder}: {proof.failed}", file=sys.stderr)
            raise SystemExit(2)
        told[label] = said(judged_by(peer, bad))
    return told


def said(command: Command) -> str:
    """The last line that a command prints."""
    run = subprocess.run(command.words, capture_output=True, text=True, check=False)
    return (run.stdout.strip().splitlines() or ["nothing"])[-1]
