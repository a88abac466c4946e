"""Plain frictionless, in the environment where datapkg is installed, judges our Parquet rightly."""

import hashlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import frictionless
import pyarrow
import pyarrow.parquet as pq
import pytest
from releasing import build_example

TABLE = pyarrow.table(
    {
        "id": ["a", "b"],
        "killed": [1, None],
        "kind": pyarrow.array(["war", None]).dictionary_encode(),
        "boss": ["b", None],
    }
)
SCHEMA: dict[str, Any] = {
    "fields": [
        {"name": "id", "type": "string", "constraints": {"required": True}},
        {"name": "killed", "type": "integer", "constraints": {"minimum": 0}},
        {"name": "kind", "type": "string", "constraints": {"enum": ["war"]}},
        {"name": "boss", "type": "string"},
    ],
    "primaryKey": ["id"],
    "foreignKeys": [{"fields": ["boss"], "reference": {"fields": ["id"]}}],
}


def errors(folder: Path, table: pyarrow.Table = TABLE, **resource: Any) -> list[str]:
    """What frictionless says of a package with one table."""
    pq.write_table(table, folder / "t.parquet")
    told = {"name": "t", "type": "table", "path": "t.parquet", "format": "parquet", "schema": SCHEMA, **resource}
    package = {"$schema": "https://datapackage.org/profiles/2.0/datapackage.json", "name": "p", "resources": [told]}
    (folder / "datapackage.json").write_text(json.dumps(package))
    report = frictionless.validate((folder / "datapackage.json").as_posix())
    return [error[0] for error in report.flatten(["type"])]


def changed(column: str, values: list[Any]) -> pyarrow.Table:
    return TABLE.set_column(TABLE.schema.get_field_index(column), column, pyarrow.array(values))


def test_nulls_and_dictionaries_are_fine(tmp_path: Path) -> None:
    assert errors(tmp_path) == []


@pytest.mark.parametrize(
    ("table", "resource", "wanted"),
    [
        (TABLE, {"hash": f"sha256:{'0' * 64}"}, ["hash-count"]),
        (TABLE, {"hash": "0" * 32}, ["hash-count"]),
        (TABLE, {"bytes": 1}, ["byte-count"]),
        (changed("id", ["a", "a"]), {}, ["primary-key", "foreign-key"]),
        (changed("id", [None, "b"]), {}, ["constraint-error", "primary-key"]),
        (changed("killed", [-1, None]), {}, ["constraint-error"]),
        (changed("killed", ["1", "x"]), {}, ["type-error"]),
        (changed("kind", ["peace", None]), {}, ["constraint-error"]),
        (changed("boss", ["z", None]), {}, ["foreign-key"]),
        (TABLE.drop_columns(["boss"]), {}, ["missing-label"]),
    ],
)
def test_faults_are_found(tmp_path: Path, table: pyarrow.Table, resource: dict[str, Any], wanted: list[str]) -> None:
    assert sorted(set(errors(tmp_path, table, **resource))) == sorted(wanted)


def test_a_file_that_is_no_parquet_is_a_finding(tmp_path: Path) -> None:
    errors(tmp_path)
    (tmp_path / "t.parquet").write_bytes(b"PAR1 but not really")
    report = frictionless.validate((tmp_path / "datapackage.json").as_posix())
    assert [error[0] for error in report.flatten(["type"])] == ["source-error"]


def parted(folder: Path, *tables: pyarrow.Table, **resource: Any) -> list[tuple[str, int | None, str]]:
    """Type, row and note of each error that frictionless tells of a table in parts."""
    names = [f"t/part-{number}.parquet" for number in range(len(tables))]
    (folder / "t").mkdir()
    for name, table in zip(names, tables, strict=True):
        pq.write_table(table, folder / name)
    errors(folder, TABLE, **{"path": names, **resource})
    report = frictionless.validate((folder / "datapackage.json").as_posix())
    return [tuple(error) for error in report.flatten(["type", "rowNumber", "note"])]


MORE = TABLE.set_column(0, "id", pyarrow.array(["c", "d"])).set_column(3, "boss", pyarrow.array(["a", None]))


def test_parts_are_one_table_with_the_digest_of_all(tmp_path: Path) -> None:
    assert parted(tmp_path, TABLE, MORE) == []
    whole = b"".join(path.read_bytes() for path in sorted((tmp_path / "t").iterdir()))
    (tmp_path / "again").mkdir()
    told = {"bytes": len(whole), "hash": f"sha256:{hashlib.sha256(whole).hexdigest()}"}
    assert parted(tmp_path / "again", TABLE, MORE, **told) == []
    (tmp_path / "other").mkdir()
    found = parted(tmp_path / "other", TABLE, MORE, **{**told, "bytes": 1})
    assert [error[0] for error in found] == ["byte-count"]


def test_faults_of_parts_are_found(tmp_path: Path) -> None:
    assert [error[:2] for error in parted(tmp_path, TABLE, TABLE)] == [("primary-key", 4), ("primary-key", 5)]


def test_a_part_of_other_columns_is_named(tmp_path: Path) -> None:
    ((kind, _, note),) = parted(tmp_path, TABLE, MORE.drop_columns(["boss"]))
    assert kind == "source-error" and "part-1.parquet cannot be read: its columns are id, killed, kind," in note


def test_a_part_that_is_not_there_is_named(tmp_path: Path) -> None:
    ((kind, _, note),) = parted(tmp_path, TABLE, path=["t/part-0.parquet", "t/part-7.parquet"])
    assert "part-7.parquet" in note, kind


def test_a_release_is_valid_on_the_command_line(tmp_path: Path) -> None:
    folder = build_example(tmp_path / "project")
    command = [sys.executable, "-m", "frictionless", "validate", (folder / "datapackage.json").as_posix(), "--json"]
    run = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    report = json.loads(run.stdout)
    assert (run.returncode, report["valid"], len(report["tasks"])) == (0, True, 2)


def test_frictionless_itself_starts_no_slower() -> None:
    code = "import sys, frictionless, frictionless_datapkg; print('pyarrow' in sys.modules, 'datapkg' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout == "False False\n"
