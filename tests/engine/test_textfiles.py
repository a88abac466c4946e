"""A text file opened by its dialect: header, comments, line ends, null, and what cannot be read."""

import json
import resource
import time
from pathlib import Path
from typing import Any

import pytest
from building import places

from datapkg.findings import Report
from datapkg.validate import validate

FIELDS = [{"name": "id", "type": "string"}, {"name": "n", "type": "integer"}]
Places = list[tuple[str, int | None, str | None, str | None]]


def judged(folder: Path, data: bytes, dialect: dict[str, Any], **more: Any) -> Report:
    """The report on a file of the columns id and n."""
    (folder / "t.csv").write_bytes(data)
    table = {"name": "t", "path": "t.csv", "type": "table", "dialect": dialect, "schema": {"fields": FIELDS}}
    (folder / "datapackage.json").write_text(json.dumps({"name": "x", "resources": [table | more]}))
    return validate((folder / "datapackage.json").as_posix())


@pytest.mark.parametrize(
    ("dialect", "data", "told"),
    [
        ({"header": False}, b"a,1\nb,x\n", [("type-error", 2, "n", "x")]),
        ({"header": False}, b"\na,x\n", [("blank-row", 1, None, None), ("type-error", 2, "n", "x")]),
        ({"headerRows": [3]}, b"Rivers\n\nid,n\na,x\n", [("type-error", 4, "n", "x")]),
        ({"headerRows": [1, 2], "headerJoin": "-"}, b"i,n\nd,n\na,x\n", [("incorrect-label", 1, "id", "i-d"), ("type-error", 3, "n", "x")]),
        ({"headerRows": [1, 2], "headerJoin": ""}, b"i,\nd,n\na,x\n", [("type-error", 3, "n", "x")]),
        ({"commentRows": [1, 4]}, b'"about\nall"\nid,n\na,x\n??\nb,y\n', [("type-error", 4, "n", "x"), ("type-error", 6, "n", "y")]),
        ({"commentChar": "#"}, b"# no\nid,n\n#\na,x\n", [("type-error", 4, "n", "x")]),
        ({"nullSequence": "\\N"}, b"id,n\na,\\N\nb,N\n", [("type-error", 3, "n", "N")]),
        ({"delimiter": "||"}, b"id||n\na|b||x\n", [("type-error", 2, "n", "x")]),
        ({"csv": {"delimiter": ";"}}, b"id;n\na;x\n", [("type-error", 2, "n", "x")]),
        ({"caseSensitiveHeader": False}, b"ID,N\na,x\n", [("type-error", 2, "n", "x")]),
        ({"caseSensitiveHeader": True}, b"ID,n\na,1\n", [("incorrect-label", 1, "id", "ID")]),
        ({}, b"id ,n\na,1\n", [("incorrect-label", 1, "id", "id ")]),
        ({"skipInitialSpace": True}, b"id, n\na, x\n", [("type-error", 2, "n", "x")]),
        ({"lineTerminator": "\n"}, b"id,n\r\na,x\r\n", [("line-ending", 1, None, None), ("type-error", 2, "n", "x")]),
        ({"lineTerminator": "\r\n"}, b"id,n\r\na,x\r\n", [("type-error", 2, "n", "x")]),
        ({}, b"id,n\na,1\r\nb,x\n", [("line-ending", 2, None, None), ("type-error", 3, "n", "x")]),
        ({}, b"id,n\ra,1\r", [("line-ending", 1, None, None)]),
        ({}, b'id,n\na,"x\r\ny"\n', [("line-ending", 2, "n", "x\r\ny")]),
        ({}, b'id,n\r\na,"x\ny"\r\n', [("type-error", 2, "n", "x\ny")]),
        ({}, b"\n\nid,n\na,x\n", [("blank-row", 1, None, None), ("blank-row", 2, None, None), ("type-error", 4, "n", "x")]),
        ({}, b'id,"n"x\na,1\n', [("incorrect-label", 1, "n", '"n"x'), ("quote-error", 1, None, '"n"x')]),
        ({}, b"id,n\na,1,\n", [("extra-cell", 2, None, "")]),
        ({}, b'id,n\na,"1,2\nb,x\n', [("quote-error", 2, "n", '"1'), ("type-error", 3, "n", "x")]),
        ({}, b"\n\n", [("source-error", 1, None, None)]),
        ({}, b"id,n\n<<<<<<< ours, mine\na,1\n=======\na,x\n>>>>>>> theirs\n", [("merge-conflict", 2, None, None), ("merge-conflict", 4, None, None), ("type-error", 5, "n", "x"), ("merge-conflict", 6, None, None)]),
        ({}, b"PK\x03\x04\n\n\n", [("not-csv", 1, None, None)]),
    ],
)  # fmt: skip
def test_what_a_dialect_makes_of_a_file(tmp_path: Path, dialect: dict[str, Any], data: bytes, told: Places) -> None:
    report = judged(tmp_path, data, dialect)
    assert sorted(places(report), key=lambda place: (place[1] or 0, place[0])) == sorted(
        told, key=lambda place: (place[1] or 0, place[0])
    )


def test_a_line_of_one_column_that_is_a_marker_is_told(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_bytes(b"id\n<<<<<<< ours\na\n=======\nb\n>>>>>>> theirs\n")
    found = places(validate((tmp_path / "t.csv").as_posix()))
    assert [(code, line) for code, line, *_ in found] == [("merge-conflict", line) for line in (2, 4, 6)]


def test_other_encodings_have_the_same_lines(tmp_path: Path) -> None:
    text = 'id,n\n"ä\nö",x\n€,y\n'
    for encoding in ("utf-16", "utf-32-le", "gb18030", "windows-1252"):
        report = judged(tmp_path, text.encode(encoding, "replace"), {}, encoding=encoding)
        assert [(place[1], place[3]) for place in places(report)] == [(2, "x"), (4, "y")], encoding


def test_a_cell_with_a_bad_byte_is_told_once(tmp_path: Path) -> None:
    report = judged(tmp_path, b"id,n\na,1\xe9\nb,x\n", {})
    assert [(code, line) for code, line, *_ in places(report)] == [("encoding-error", 2), ("type-error", 3)]


def test_a_header_of_many_columns_gives_few_findings(tmp_path: Path) -> None:
    columns = ",".join(f"c{number}" for number in range(20_000))
    report = judged(tmp_path, f"{columns}\n{columns}\n".encode(), {})
    codes = [finding.code for finding in report.findings]
    assert "too-many-columns" in codes and "extra-label" in codes and len(codes) < 50


def test_an_endless_cell_is_told_in_little_memory_and_time(tmp_path: Path) -> None:
    with (tmp_path / "t.csv").open("wb") as file:
        file.write(b'id,n\na,"')
        for _ in range(128):
            file.write(b"x" * (1 << 20))
    before, begun = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
    report = validate((tmp_path / "t.csv").as_posix())
    assert [(code, line) for code, line, *_ in places(report)] == [("line-too-long", 2)]
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 400_000
    assert time.process_time() - begun < 20
