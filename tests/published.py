"""Releases of three versions of the small project, and registries they are put into."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from releasing import write_releasable

from datapkg.project import Project
from datapkg.release.build import build

VERSIONS = ("1.0.0", "1.1.0", "2.0.0")


def build_versions(root: Path) -> Project:
    """A project with a release of each of VERSIONS; each has one event more than the one before."""
    project = write_releasable(root)
    table = project.datasets / "example" / "data" / "events.csv"
    build("example", project)
    for number, version in enumerate(VERSIONS[1:]):
        table.write_text(
            table.read_text() + f"{'de'[number]},raid,{number},1,0.5,true,2024-01-0{number + 1},,,2024,,ann\n"
        )
        build("example", project, bump=version)
    return project


def command(*words: str) -> list[str]:
    """The command line of `datapkg`, to be run as a process of its own."""
    return [sys.executable, "-c", "from datapkg.cli import main; main()", *words]


def run(folder: Path, *words: str, **options: Any) -> "subprocess.CompletedProcess[str]":
    """Run `datapkg` in a folder; no traceback is ever shown."""
    done = subprocess.run(
        command(*words), cwd=folder, capture_output=True, text=True, timeout=120, check=False, **options
    )
    assert "Traceback" not in done.stderr, done.stderr
    return done


def index_of(registry: Path) -> Any:
    """The entries of `example` in the index of a registry in a folder."""
    return json.loads((registry / "index.json").read_text())["packages"]["example"]["versions"]
