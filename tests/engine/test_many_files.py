"""A table of hundreds of files is one table: read as fast as one file, with each finding at its part and line."""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.parquet as pq
import pytest

from datapkg.dataset import open_dataset
from datapkg.engine import selecting
from datapkg.engine.connection import workspace
from datapkg.engine.opened import Opened
from datapkg.engine.opening import open_table
from datapkg.findings import Finding
from datapkg.limits import Limits
from datapkg.validate import validate

SCHEMA = {
    "fields": [
        {"name": "id", "type": "string", "constraints": {"required": True}},
        {"name": "n", "type": "integer", "constraints": {"minimum": 0}},
    ],
    "primaryKey": ["id"],
}
PARTS = 300


def described(folder: Path, names: Sequence[str], **told: Any) -> Path:
    """The descriptor of one table of the files `names`."""
    resource = {"name": "t", "type": "table", "path": list(names), "schema": SCHEMA, "dialect": {}, **told}
    path = folder / "datapackage.json"
    path.write_text(json.dumps({"name": "many", "resources": [resource]}))
    return path


def text_parts(folder: Path, contents: Sequence[bytes]) -> Path:
    names = [f"{number:03}.csv" for number in range(len(contents))]
    for name, content in zip(names, contents, strict=True):
        (folder / name).write_bytes(content)
    return described(folder, names)


def typed_parts(folder: Path, tables: Sequence[dict[str, list[Any]]]) -> Path:
    names = [f"{number:03}.parquet" for number in range(len(tables))]
    for name, columns in zip(names, tables, strict=True):
        pq.write_table(pyarrow.table(columns), folder / name)
    return described(folder, names, format="parquet")


def opened(path: Path) -> Opened:
    dataset = open_dataset(path, root=path.parent, base=path.parent)
    with workspace(Limits()) as space:
        return open_table(space.con, dataset.tables[0], scratch=space.folder, limits=Limits())


def told(path: Path) -> list[tuple[str, str, int | None, int | None, str | None]]:
    """Code, part, row of the table, line of the part and value of each finding."""

    def one(finding: Finding) -> tuple[str, str, int | None, int | None, str | None]:
        place = finding.place
        return finding.code, Path(place.path).name, place.row, place.line, place.value

    return [one(finding) for finding in validate(path.as_posix()).findings]


def plain(number: int) -> bytes:
    return f"id,n\na{number},1\nb{number},2\n".encode()


def test_clean_parts_are_read_by_one_call(tmp_path: Path) -> None:
    text = opened(text_parts(tmp_path, [plain(number) for number in range(PARTS)]))
    assert (text.rows, len(text.parts), text.source.count("read_csv(")) == (2 * PARTS, PARTS, 1)
    (tmp_path / "typed").mkdir()
    typed = opened(typed_parts(tmp_path / "typed", [{"id": [str(n)], "n": [n]} for n in range(PARTS)]))
    assert (typed.rows, len(typed.parts), typed.source.count("read_parquet(")) == (PARTS, PARTS, 1)


def test_a_part_that_is_read_exactly_parts_its_neighbours(tmp_path: Path) -> None:
    path = text_parts(tmp_path, [plain(0), plain(1), b"id,n\nx,1\n\ny,2\n", plain(3), plain(4)])
    table = opened(path)
    assert [part.exact for part in table.parts] == [False, False, True, False, False]
    assert [part.first for part in table.parts] == [0, 2, 4, 6, 8]
    assert table.source.count("read_csv(") == 2


def test_findings_of_text_name_the_part_its_line_and_the_row_of_the_table(tmp_path: Path) -> None:
    contents = [plain(number) for number in range(PARTS)]
    contents[7] = b"\xef\xbb\xbfid,n\r\na7,1\r\nb7,x\r\n"  # a mark and other line ends
    contents[8] = b"id,n\n"  # no rows
    contents[99] = b'id,n\n"a\n99",1\nb99,-5'  # a row of two lines, no last line end
    contents[150] = b"id,n\na150,1\n\nb150,2,3\n"  # read exactly
    contents[299] = b"id,n\na299,1\na0,2\n"  # a key of the first part
    found = told(text_parts(tmp_path, contents))
    assert sorted(found, key=lambda one: (one[1], one[0])) == [
        ("byte-order-mark", "007.csv", None, 1, None),
        ("type-error", "007.csv", 16, 3, "x"),
        ("constraint-error", "099.csv", 198, 4, "-5"),
        ("invisible-character", "099.csv", 197, 2, "a\n99"),
        ("blank-row", "150.csv", None, 3, None),
        ("extra-cell", "150.csv", 300, 4, "3"),
        ("primary-key", "299.csv", 598, 3, "a0"),
    ]


@pytest.mark.parametrize("small", [selecting.SMALL, 0])
def test_findings_of_parquet_name_the_part_and_the_row_of_the_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, small: int
) -> None:
    monkeypatch.setattr(selecting, "SMALL", small)
    tables: list[dict[str, list[Any]]] = [{"id": [f"a{number}", f"b{number}"], "n": [1, 2]} for number in range(PARTS)]
    tables[1] = {"id": ["b1"], "n": [1]}
    tables[99]["n"][1] = -5
    tables[299]["id"][0] = "a0"
    assert told(typed_parts(tmp_path, tables)) == [
        ("constraint-error", "099.parquet", 199, None, "-5"),
        ("primary-key", "299.parquet", 598, None, "a0"),
    ]


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_a_part_that_cannot_be_read_is_named(tmp_path: Path, kind: str) -> None:
    if kind == "csv":
        path = text_parts(tmp_path, [plain(number) for number in range(5)])
        (tmp_path / "003.csv").write_bytes(b"")
    else:
        path = typed_parts(tmp_path, [{"id": [str(n)], "n": [n]} for n in range(5)])
        content = (tmp_path / "003.parquet").read_bytes()
        (tmp_path / "003.parquet").write_bytes(content[:-9])
    assert [one[:2] for one in told(path)] == [("source-error", f"003.{kind}")]


def test_parts_of_other_columns_are_named(tmp_path: Path) -> None:
    path = typed_parts(tmp_path, [{"id": ["a"], "n": [1]}, {"id": ["b"], "n": ["2"]}])
    assert [one[:2] for one in told(path)] == [("source-error", "001.parquet")]


LIMITED = (
    "import resource, sys; from datapkg.validate import validate\n"
    "resource.setrlimit(resource.RLIMIT_NOFILE, (128, 128)); print(validate(sys.argv[1]).valid)"
)


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_few_files_are_open_at_a_time(tmp_path: Path, kind: str) -> None:
    if kind == "csv":
        path = text_parts(tmp_path, [plain(number) for number in range(PARTS)])
    else:
        path = typed_parts(tmp_path, [{"id": [f"k{n}"], "n": [n]} for n in range(PARTS)])
    run = subprocess.run(
        [sys.executable, "-c", LIMITED, path.as_posix()], capture_output=True, text=True, check=False, cwd=tmp_path
    )
    assert (run.stdout, run.stderr) == ("True\n", "")
