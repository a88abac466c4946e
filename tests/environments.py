"""Environments of their own for readers that cannot live beside the others: made once, kept beside the checkout's."""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
MARK = "pins.sha256"
SECONDS = 600
CFFCONVERT = (
    *("cffconvert==2.0.0", "attrs==26.1.0", "certifi==2026.10.19.post1", "charset-normalizer==3.5.3", "click==8.5.1"),
    *("docopt==0.6.2", "idna==3.20", "jsonschema==3.2.0", "pykwalify==1.8.0", "pyrsistent==0.20.0"),
    *("python-dateutil==4.0.0", "requests==2.34.2", "ruamel.yaml==0.19.1", "six==1.17.0", "urllib3==2.8.0"),
)
"""cffconvert wants a jsonschema of years ago."""


def environment(name: str, pins: tuple[str, ...]) -> Path:
    """The folder of the programs of `.venv-<name>`, which holds exactly `pins`; skips where they cannot be had."""
    folder = ROOT / f".venv-{name}"
    wanted = hashlib.sha256("\n".join((sys.version, *pins)).encode()).hexdigest()
    with (ROOT / f".venv-{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        mark = folder / MARK
        if not mark.is_file() or mark.read_text() != wanted:
            shutil.rmtree(folder, ignore_errors=True)
            if told := _made(folder, pins):
                shutil.rmtree(folder, ignore_errors=True)
                pytest.skip(f"the packages of .venv-{name} cannot be installed: {told}")
            mark.write_text(wanted)
    return folder / "bin"


def _made(folder: Path, pins: tuple[str, ...]) -> str:
    """Make the environment; why it cannot be made, or nothing."""
    quiet = {**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_INPUT": "1"}
    for command in (
        [sys.executable, "-m", "venv", folder.as_posix()],
        [(folder / "bin" / "python").as_posix(), "-m", "pip", "install", "--quiet", "--no-deps", *pins],
    ):
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, env=quiet, check=False)
        except (OSError, subprocess.TimeoutExpired) as error:
            return str(error)
        if done.returncode:
            return (done.stderr.strip() or done.stdout.strip() or "no reason given").splitlines()[-1]
    return ""
