"""The pass: both ways of reading give the same findings, each at its physical line."""

import csv
import io
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from building import places, write_dataset
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from datapkg.engine import exactly, textfiles
from datapkg.engine.opened import Part, Reading
from datapkg.limits import Limits
from datapkg.validate import validate

TEXT = st.text(alphabet='ab ,"\n é', max_size=5)
SCHEMA = "id:string! note:string n:integer(minimum=0)\n"


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    notes=st.lists(TEXT, min_size=1, max_size=8),
    broken=st.integers(0, 7),
    newline=st.sampled_from(["\n", "\r\n"]),
    bom=st.booleans(),
    blank=st.booleans(),
    bad=st.sampled_from(["x", "-1", "1.5"]),
)
def test_the_line_is_that_of_an_independent_reader(
    tmp_path: Path, notes: list[str], broken: int, newline: str, bom: bool, blank: bool, bad: str
) -> None:
    broken %= len(notes)
    path = write_dataset(tmp_path, {"t": SCHEMA})
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator=newline)
    writer.writerow(["id", "note", "n"])
    for number, note in enumerate(notes):
        writer.writerow([f"k{number}", note.replace("\n", newline), bad if number == broken else number])
        if blank and number == 0:
            out.write(newline)
    text = out.getvalue()
    (tmp_path / "t.csv").write_bytes((b"\xef\xbb\xbf" if bom else b"") + text.encode())
    reader, begin, wanted = csv.reader(io.StringIO(text, newline="")), 1, 0
    for record in reader:
        if record and record[0] == f"k{broken}":
            wanted = begin
        begin = reader.line_num + 1
    told = ("blank-row", "byte-order-mark", "surrounding-space")
    findings = [f for f in validate(path.as_posix()).findings if f.code not in told]
    assert [(f.place.line, f.place.row, f.place.column, f.place.value) for f in findings] == [
        (wanted, broken + 1, "n", bad)
    ]


FILES = {
    "clean": 'id,note,n\na,"x,y",1\nb,"q ""r""",-2\nc,,x\n',
    "no end": "id,note,n\na,x,-1",
    "crlf": 'id,note,n\r\na,"x\r\ny",-1\r\nb,,x\r\n',
    "all empty": "id,note,n\na,x,1\n,,\nb,y,-1\n",
    "spaces": "id,note,n\n a , x , 1\n",
    "long": "id,note,n\n" + "".join(f"k{n},x,{n - 40_000}\n" for n in range(50_000)),
}


@pytest.mark.parametrize("name", FILES)
def test_the_exact_reader_and_duckdb_tell_the_same(
    make_dataset: Callable[..., Path], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    path = make_dataset(t=SCHEMA)
    (path.parent / "t.csv").write_bytes(FILES[name].encode())
    fast = validate(path.as_posix(), limits=Limits(findings=50))
    read = exactly.read_exactly
    calls = []

    def counted(*given: Any) -> Part:
        calls.append(1)
        return read(*given)

    monkeypatch.setattr(textfiles, "read_exactly", counted)
    monkeypatch.setattr(textfiles, "reading_of", lambda *given: Reading("*", "no_such_reader", "1"))
    exact = validate(path.as_posix(), limits=Limits(findings=50))
    assert calls and fast.datasets == exact.datasets
    assert fast.findings or name == "clean"


def test_counts_are_complete_whatever_is_shown(make_dataset: Callable[..., Path]) -> None:
    path = make_dataset(t="id:string! n:integer\n" + "".join(f"k{n},x\n" for n in range(500)))
    report = validate(path.as_posix(), limits=Limits(findings=3))
    assert report.datasets[0].totals == (("type-error", "t", "n", 500, 3),)
    assert (report.counts["error"], [place[1] for place in places(report)]) == (500, [2, 3, 4])


def test_many_clauses_need_more_than_one_word(make_dataset: Callable[..., Path]) -> None:
    columns = " ".join(f"c{n}:integer(minimum=0,maximum=9)" for n in range(50))
    path = make_dataset(
        t=columns + "\n" + ",".join("-1" if n in (0, 49) else "x" if n == 25 else "5" for n in range(50)) + "\n"
    )
    assert [place[2] for place in places(validate(path.as_posix()))] == ["c0", "c25", "c49"]


def test_names_and_values_never_become_sql(make_dataset: Callable[..., Path]) -> None:
    path = make_dataset(t="id:string\na\n")
    nasty = 'x"; DROP TABLE y; --'
    text = path.read_text().replace('"id"', '"x\\"; DROP TABLE y; --"')
    path.write_text(text)
    (path.parent / "t.csv").write_text('"x""; DROP TABLE y; --"\n\'); DROP TABLE z; --\n')
    report = validate(path.as_posix())
    assert report.valid and report.datasets[0].tables[0].rows == 1, nasty


def test_a_time_means_the_same_in_every_zone(
    make_dataset: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    # 05:00 in Karachi is midnight UTC.
    path = make_dataset(t="at:datetime!\n2023-01-01T05:00:00+05:00\n2023-01-01T00:00:00+00:00\n2023-01-01T00:00:00Z\n")
    for zone in ("UTC", "Asia/Karachi"):
        monkeypatch.setenv("TZ", zone)
        time.tzset()
        try:
            found = places(validate(path.as_posix()))
        finally:
            monkeypatch.undo()
            time.tzset()
        assert [(code, line) for code, line, *_ in found] == [("primary-key", 3), ("primary-key", 4)]


@pytest.mark.parametrize(
    ("cells", "lines"),
    [
        (["2023-01-01T05:00:00Z", "2023-01-01T05:00:00", "", "x", "2023-01-01T05:00:00.5"], [3, 6]),
        (["2023-01-01T05:00:00-04:30", "2023-01-01T05:00:00"], [3]),
        (["2023-01-01T05:00:00", "", "x", "2023-01-01T05:00:00"], []),
        (["2023-01-01T05:00:00Z", "2023-01-01T05:00:00+05:00", ""], []),
    ],
    ids=["some", "an offset", "none has one", "all have one"],
)
def test_times_without_a_zone_stand_out_among_times_with_one(
    make_dataset: Callable[..., Path], cells: list[str], lines: list[int]
) -> None:
    path = make_dataset(t="n:integer at:datetime\n" + "".join(f"{n},{cell}\n" for n, cell in enumerate(cells)))
    assert [line for code, line, *_ in places(validate(path.as_posix())) if code == "mixed-zones"] == lines
