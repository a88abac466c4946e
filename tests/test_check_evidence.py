"""scripts/check_evidence: the digests of the evidence against the text of a source."""

import csv
import hashlib
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SCRIPT = ROOT / "scripts" / "check_evidence"
ARTICLE = ROOT.parent / "shared" / "seed" / "article.txt"

TEXT = "A title\n\nIt rained  on\nTuesday, \u201cheavily\u201d.\n \n\nThen it cleared.\n"
COLUMNS = ("evidence_id", "source_id", "basis", "paragraph", "char_start", "char_length")


def check(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run the script."""
    command = [sys.executable, str(SCRIPT), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)


def sha256(passage: str) -> str:
    """Compute the digest of a passage."""
    return hashlib.sha256(passage.encode()).hexdigest()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Make a dataset with two passages of a stored text, and the text beside it."""
    data = tmp_path / "data"
    data.mkdir()
    (data / "sources.csv").write_text("source_id,kind\nsrc-a,wire\nsrc-b,wire\n", encoding="utf-8")
    quoted, title = 'Tuesday, "heavily"', "A title"
    rows = [
        ("evd-1", "src-a", "stored_text", 2, 13, len(quoted), sha256(quoted)),
        ("evd-2", "src-a", "stored_text", 1, 0, len(title), sha256(title)),
        ("evd-3", "src-a", "excerpt", "", "", "", sha256("elsewhere")),
        ("evd-4", "src-b", "excerpt", "", "", "", ""),
    ]
    with (data / "evidence.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow((*COLUMNS, "passage_sha256"))
        writer.writerows(rows)
    (tmp_path / "text.txt").write_text(TEXT, encoding="utf-8")
    return tmp_path


def run(folder: Path, source: str = "src-a") -> subprocess.CompletedProcess[str]:
    """Run the script on the dataset of a folder."""
    return check("--source", source, "--text", folder / "text.txt", "--dataset", folder)


def test_finds_every_passage_after_normalisation(folder: Path) -> None:
    result = run(folder)
    assert result.returncode == 0, result.stderr
    assert result.stdout == "2 passages checked, 2 found, 0 not found\n"


def test_does_not_mind_line_ends_and_a_byte_order_mark(folder: Path) -> None:
    crlf = ("\ufeff" + TEXT.replace("\n", "\r\n")).encode()
    (folder / "text.txt").write_bytes(crlf)
    assert run(folder).returncode == 0


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ("heavily", "hardly!", "evd-1: paragraph 2, start 13, length 18: digest differs"),
        ("It rained", "It had rained", "evd-1: paragraph 2, start 13, length 18: digest differs"),
        ("A title", "No title", "evd-2: paragraph 1, start 0, length 7: digest differs"),
    ],
)
def test_names_a_passage_that_differs(folder: Path, old: str, new: str, named: str) -> None:
    (folder / "text.txt").write_text(TEXT.replace(old, new), encoding="utf-8")
    result = run(folder)
    assert result.returncode == 1
    first, last = result.stdout.splitlines()
    assert first.startswith(named)
    assert last == "2 passages checked, 1 found, 1 not found"


def test_says_where_a_moved_passage_starts(folder: Path) -> None:
    (folder / "text.txt").write_text(TEXT.replace("It rained", "It had rained"), encoding="utf-8")
    assert "the passage starts at 17" in run(folder).stdout


def test_names_a_paragraph_that_is_missing(folder: Path) -> None:
    (folder / "text.txt").write_text("A title\n", encoding="utf-8")
    result = run(folder)
    assert result.returncode == 1
    assert "evd-1: paragraph 2 is not in the text, which has 1" in result.stdout


def test_names_a_digest_that_differs(folder: Path) -> None:
    evidence = folder / "data" / "evidence.csv"
    evidence.write_text(evidence.read_text().replace(sha256("A title"), sha256("B title")))
    result = run(folder)
    assert result.returncode == 1
    assert result.stdout.startswith("evd-2: ")


@pytest.mark.parametrize("source", ["src-unknown", "src-b"])
def test_cannot_run_without_passages_of_the_source(folder: Path, source: str) -> None:
    result = run(folder, source)
    assert result.returncode == 2
    assert source in result.stderr
    assert not result.stdout


@pytest.mark.parametrize("name", ["text.txt", "data/sources.csv", "data/evidence.csv"])
def test_cannot_run_without_a_file(folder: Path, name: str) -> None:
    (folder / name).unlink()
    result = run(folder)
    assert result.returncode == 2
    assert result.stderr.startswith("error: cannot read")


def test_cannot_run_on_a_text_that_is_not_utf8(folder: Path) -> None:
    (folder / "text.txt").write_bytes(b"A title \xff\n")
    assert run(folder).returncode == 2


def test_cannot_run_on_a_faulty_table(folder: Path) -> None:
    evidence = folder / "data" / "evidence.csv"
    evidence.write_text(evidence.read_text().replace("char_start", "start"))
    assert run(folder).returncode == 2


@pytest.mark.skipif(not ARTICLE.exists(), reason="the article lies in ../shared, which is not here")
def test_finds_every_passage_of_the_article() -> None:
    result = check("--source", "src-jpost-758244", "--text", ARTICLE)
    assert result.returncode == 0, result.stdout + result.stderr
    assert result.stdout.endswith(" found, 0 not found\n")
