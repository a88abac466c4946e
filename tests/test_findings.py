"""Findings at rest: many take little memory, come back as they were, and are merged in the order of the report."""

import pickle
from collections.abc import Iterator
from dataclasses import replace

import pytest

from datapkg.findings import (
    BATCH,
    DatasetReport,
    Excerpt,
    Finding,
    Layer,
    Packed,
    Place,
    Report,
    Rule,
    Severity,
    Verdict,
    pack,
)

ODD = Rule("odd", Layer.PANDERA, "{value} is odd", "Why.", "Mend {value}.")


def found(count: int, code: str = "odd", step: int = 1) -> Iterator[Finding]:
    """`count` findings, each in another row."""
    for row in range(1, count * step + 1, step):
        place = Place("t.csv", "t", row, row + 1, "n", 2, f"v{row}", {"id": str(row)})
        finding = Finding.of(replace(ODD, code=code), place, value=f"v{row}")
        yield replace(finding, excerpt=Excerpt(f"a,v{row}", 2, 2), waived=row % 100 == 0)


def verdict(code: str, findings: Iterator[Finding]) -> Verdict:
    packed = pack(findings)
    return Verdict(code, Layer.PANDERA, Severity.ERROR, "t", failures=len(packed), findings=packed)


def report(*verdicts: Verdict) -> Report:
    return Report((DatasetReport("d", "d.json", None, (), verdicts),), "1.0.0")


@pytest.mark.parametrize("count", [0, 1, BATCH - 1, BATCH, BATCH + 1, 3 * BATCH])
def test_what_is_packed_comes_back_as_it_was(count: int) -> None:
    given = tuple(found(count))
    packed = pack(iter(given))
    assert isinstance(packed, Packed) == (count >= BATCH)
    assert (len(packed), tuple(packed), tuple(packed)) == (count, given, given)
    assert [finding.excerpt for finding in packed] == [finding.excerpt for finding in given]
    if count:
        assert (packed[0], packed[-1], tuple(packed[:2])) == (given[0], given[-1], given[:2])
    with pytest.raises(IndexError):
        packed[count]


def test_a_packed_finding_takes_a_few_dozen_bytes() -> None:
    assert len(pickle.dumps(pack(found(10_000)))) / 10_000 < 40


def test_waived_ones_are_counted_without_a_look() -> None:
    many = report(verdict("odd", found(1_000)))
    assert many.counts == {"error": 990, "warning": 0, "info": 0, "waived": 10}
    assert not many.valid


def test_many_are_merged_in_the_order_of_the_report() -> None:
    one, other, few = verdict("a", found(600)), verdict("b", found(300, "b", 2)), verdict("c", found(3, "c"))
    rows = [(f.place.row, f.code) for f in report(one, other, few).findings]
    assert len(rows) == 903 and rows == sorted(rows, key=lambda told: (told[0] or 0, told[1]))


def test_what_came_in_another_order_is_sorted_all_the_same() -> None:
    backwards = pack(reversed(tuple(found(600))))
    assert isinstance(backwards, Packed) and not backwards.ordered
    rows = [f.place.row for f in report(verdict("odd", iter(backwards))).findings]
    assert rows == list(range(1, 601))


@pytest.mark.parametrize(
    ("excerpt", "columns", "whole"),
    [
        (Excerpt("a,bad,c", 2, 3), (3, 6), False),
        (Excerpt("a,bad,c", 0, 7), (1, 8), True),
        (Excerpt("…bad", 1, 3, before=100, after=50), (102, 105), False),
        (Excerpt("xxx", 0, 300, after=297), (1, 301), True),
        (Excerpt("", 0, 0), (1, 1), True),
    ],
)
def test_columns_count_in_the_whole_line(excerpt: Excerpt, columns: tuple[int, int], whole: bool) -> None:
    assert (excerpt.columns, excerpt.whole) == (columns, whole)
