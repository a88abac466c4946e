"""`SHA256SUMS`: one text for one release."""

import shutil
import subprocess
from pathlib import Path

import pytest
from releasing import build_example

from datapkg.checksums import SumsFault, read_sums, sums_text

A, B = "a" * 64, "b" * 64


def test_sums_are_sorted_and_cover_every_other_file(tmp_path: Path) -> None:
    for name in ("b.txt", "a/z.txt", "a.txt", "SHA256SUMS"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name)
    text = sums_text(tmp_path)
    assert [line[66:] for line in text.splitlines()] == ["a.txt", "a/z.txt", "b.txt"]
    assert list(read_sums(text)) == ["a.txt", "a/z.txt", "b.txt"]


@pytest.mark.skipif(shutil.which("sha256sum") is None, reason="sha256sum is not here")
def test_sha256sum_accepts_them(tmp_path: Path) -> None:
    folder = build_example(tmp_path / "project")
    run = subprocess.run(["sha256sum", "-c", "--strict", "SHA256SUMS"], cwd=folder, capture_output=True, check=False)
    assert run.returncode == 0


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", 1),
        ("\n", 1),
        (f"{A}  a", 1),
        (f"{A}  a\n\n", 2),
        (f"{A} a\n", 1),
        (f"{A} *a\n", 1),
        (f"{A.upper()}  a\n", 1),
        (f"{A}  a\r\n", 1),
        (f"{A}  b\n{B}  a\n", 2),
        (f"{A}  a\n{B}  a\n", 2),
    ],
)
def test_any_other_text_is_malformed(text: str, line: int) -> None:
    with pytest.raises(SumsFault) as fault:
        read_sums(text)
    assert fault.value.line == line
