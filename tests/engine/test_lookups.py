"""References that are looked up while a table is read: exact, however few bits there are, and quick where all fail."""

import time
from collections.abc import Sequence
from pathlib import Path

import pytest
from building import write_dataset

from datapkg.engine import lookups, selecting
from datapkg.findings import Report
from datapkg.validate import validate

PAD = "x" * 60
"""It makes the file large enough for its references to be looked up."""
ROWS = 20_000


def judged(folder: Path, targets: Sequence[str], references: Sequence[str]) -> Report:
    """A table whose rows refer to another one, and what is said of it."""
    tables = {
        "a": "id:string!\n" + "".join(f"{value}\n" for value in targets),
        "t": "id:string! a:string→a.id pad:string\n",
    }
    path = write_dataset(folder, tables)
    rows = (f"{number},{value},{PAD}\n" for number, value in enumerate(references))
    (folder / "t.csv").write_text("id,a,pad\n" + "".join(rows))
    return validate(path.as_posix())


@pytest.mark.parametrize(("spread", "most"), [(64, 1 << 20), (1, 1), (1, 4)])
def test_what_refers_to_nothing_is_told_however_few_bits_there_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, spread: int, most: int
) -> None:
    monkeypatch.setattr(lookups, "SPREAD", spread)
    monkeypatch.setattr(lookups, "MOST", most)
    looked_up: list[str] = []

    def dangling(reference: lookups.Reference) -> str:
        looked_up.append(reference.column)
        return lookups.dangling(reference)

    monkeypatch.setattr(selecting, "dangling", dangling)
    wrong = {5: "A1", 700: "a 1", 7_000: "zz", 19_999: "a3000"}
    references = [wrong.get(number, f"a{number % 3000}" if number % 3 else "") for number in range(ROWS)]
    report = judged(tmp_path, [f"a{number}" for number in range(3_000)], references)
    told = [(f.place.row, f.place.value) for f in report.findings if f.code == "foreign-key"]
    assert told == [(row + 1, value) for row, value in wrong.items()]
    assert looked_up == ["a"]


def test_a_table_in_which_no_reference_holds_takes_about_as_long(tmp_path: Path) -> None:
    """DuckDB writes out the type for each text that it does not cast to it: 0.3 ms for one of 10,000 values."""
    targets, taken = [f"a{number}" for number in range(10_000)], {}
    for name in ("a", "b"):
        begun = time.process_time()
        report = judged(tmp_path / name, targets, [f"{name}{number % 10_000}" for number in range(ROWS)])
        taken[name] = time.process_time() - begun
        assert report.counts["error"] == (0 if name == "a" else ROWS)
    assert taken["b"] < 4 * taken["a"]
