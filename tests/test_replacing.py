"""A file is replaced whole or not at all: killed, or refused by the disk, at any call that changes the disk."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import SHARED

from datapkg.errors import OutputError
from datapkg.replacing import replace_file, stamp

INJECT = SHARED / "suites" / "inject.py"
DATAPKG = Path(sys.executable).with_name("datapkg")
REPLACE = """
from pathlib import Path
from datapkg.errors import OutputError
from datapkg.replacing import replace_file, stamp
try:
    replace_file(Path("d/t.csv"), Path("new"), stamp(Path("d/t.csv")))
except OutputError as error:
    raise SystemExit(str(error))
"""
CHECK = """
from pathlib import Path
found, names = Path("d/t.csv").read_bytes(), sorted(path.name for path in Path("d").iterdir())
assert found in (b"old" * 9, b"new" * 9000), found[:20]
assert [name for name in names if not name.startswith(".datapkg-new-")] == ["t.csv"], names
assert len(names) <= 2, names
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "w" / "d").mkdir(parents=True)
    (tmp_path / "w" / "d" / "t.csv").write_bytes(b"old" * 9)
    (tmp_path / "w" / "new").write_bytes(b"new" * 9000)
    return tmp_path / "w"


@pytest.mark.skipif(not INJECT.exists(), reason="the folder shared is not here")
def test_every_call_that_changes_the_disk_may_be_the_last(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "replace.py").write_text(REPLACE)
    (tmp_path / "check.py").write_text(CHECK)
    check = f"{sys.executable} {tmp_path / 'check.py'}"
    faults = ["--faults", "kill,EIO,ENOSPC"]
    command = [sys.executable, str(INJECT), "--work", str(folder), "--check", check, *faults, "--max", "3", "--"]
    own = os.environ | {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": str(Path(__file__).resolve().parents[1])}
    done = subprocess.run(
        [*command, sys.executable, str(tmp_path / "replace.py")], capture_output=True, text=True, env=own
    )
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0, done.stderr
    assert lines[0]["clean"].keys() >= {"write", "fsync", "rename"}
    counts = lines[-1]["summary"]
    assert {key: count for key, count in counts.items() if not key.endswith(":OK") and count} == {}, lines
    assert counts["kill:OK"] >= 4


@pytest.mark.parametrize("call", ["fsync:when=1", "fsync:when=2", "rename:when=1", "fchmod:when=1"])
def test_a_killed_fmt_leaves_the_old_or_the_new_file_and_the_next_run_cleans_up(tmp_path: Path, call: str) -> None:
    path = tmp_path / "t.csv"
    path.write_text('a\n"x"\n')
    name, _, when = call.partition(":")
    strace = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", f"trace={name}", "-P", str(tmp_path)]
    inject = ["-e", f"inject={name}:signal=SIGKILL:{when}"]
    killed = subprocess.run(
        [*strace[:-2], *inject, DATAPKG, "fmt", "t.csv"], cwd=tmp_path, capture_output=True, text=True
    )
    assert path.read_text() in ('a\n"x"\n', "a\nx\n")
    assert killed.returncode != 0
    again = subprocess.run([DATAPKG, "fmt", "t.csv"], cwd=tmp_path, capture_output=True, text=True)
    assert (again.returncode, path.read_text()) == (0, "a\nx\n")
    assert [entry.name for entry in tmp_path.iterdir()] == ["t.csv"]


def test_links_and_folders_are_not_replaced(folder: Path) -> None:
    (folder / "link").symlink_to("d/t.csv")
    for name, words in (("link", "a symbolic link"), ("d", "no regular file"), ("nothing", "No such file")):
        with pytest.raises(OutputError, match=words):
            stamp(folder / name)


def test_a_file_that_is_another_by_now_stays(folder: Path) -> None:
    path = folder / "d" / "t.csv"
    before = stamp(path)
    path.write_bytes(b"somebody else")
    with pytest.raises(OutputError, match="was changed by another process"):
        replace_file(path, folder / "new", before)
    assert (path.read_bytes(), [entry.name for entry in (folder / "d").iterdir()]) == (b"somebody else", ["t.csv"])
