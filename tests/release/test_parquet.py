"""The Parquet of a release: types, order, help, and bytes that depend on rows and schema alone."""

import datetime as dt
import hashlib
import json
from pathlib import Path

import duckdb
import pyarrow
import pyarrow.dataset
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from releasing import edit

from datapkg.dataset import open_dataset
from datapkg.engine.connection import workspace
from datapkg.engine.export import open_typed
from datapkg.limits import Limits
from datapkg.project import Project
from datapkg.release import parquet
from datapkg.release.build import build
from datapkg.release.parquet import arrow_type, declared, write_table
from datapkg.schema import from_descriptor

KINDS = pyarrow.dictionary(pyarrow.int32(), pyarrow.string())


def events(project: Project) -> Path:
    return build("example", project).folder / "data" / "events.parquet"


def test_each_column_has_the_type_that_its_schema_gives_it(project: Project) -> None:
    schema = pq.read_schema(events(project))
    assert [(field.name, field.type, field.nullable) for field in schema] == [
        ("id", pyarrow.string(), False),
        ("kind", KINDS, True),
        ("killed", pyarrow.int64(), True),
        ("rank", pyarrow.int32(), True),
        ("share", pyarrow.float64(), True),
        ("sure", pyarrow.bool_(), True),
        ("day", pyarrow.date32(), False),
        ("hour", pyarrow.time64("us"), True),
        ("seen", pyarrow.timestamp("us", tz="UTC"), True),
        ("year", pyarrow.int32(), True),
        ("month", pyarrow.string(), True),
        ("who", pyarrow.string(), True),
    ]


def test_rows_come_in_the_order_of_the_key_with_their_values(project: Project) -> None:
    rows = pq.read_table(events(project)).to_pylist()
    assert [row["id"] for row in rows] == ["a", "b", "c"]
    assert rows[0] == {"id": "a", "day": dt.date(2023, 7, 13)} | dict.fromkeys(
        ("kind", "killed", "rank", "share", "sure", "hour", "seen", "year", "month", "who")
    )
    assert (rows[1]["killed"], rows[1]["kind"], rows[2]["share"], rows[2]["day"]) == (
        12,
        "raid",
        1000.0,
        dt.date(999, 1, 1),
    )
    assert (rows[2]["hour"], rows[2]["seen"]) == (
        dt.time(23, 59, 59),
        dt.datetime.fromisoformat("1999-12-31T23:59:59Z"),
    )


def test_texts_that_are_declared_stand_in_the_order_declared(project: Project) -> None:
    column = pq.read_table(events(project))["kind"]
    assert column.chunk(0).dictionary.to_pylist() == ["war", "raid", "peace"]


def test_the_schema_s_help_is_in_the_file(project: Project) -> None:
    schema = pq.read_schema(events(project))
    assert schema.field("killed").metadata == {b"unit": b"persons", b"title": b"Killed", b"example": b"3"}
    told = {name.decode(): value.decode() for name, value in schema.metadata.items()}
    assert sorted(told) == [
        f"datapkg:{name}" for name in ("dataset", "law", "licence", "schema", "source", "table", "title")
    ]
    assert json.loads(told["datapkg:schema"])["primaryKey"] == ["id"]
    assert (told["datapkg:dataset"], told["datapkg:licence"]) == ("example", "CC-BY-4.0")
    assert told["datapkg:source"] == "A newspaper"
    assert told["datapkg:law"] == hashlib.sha256(told["datapkg:schema"].encode()).hexdigest()
    kind = schema.field("kind").metadata
    assert json.loads(kind[b"constraints"]) == {"enum": ["war", "raid", "peace"]}


def test_a_table_that_did_not_change_keeps_its_bytes_under_another_version(project: Project) -> None:
    first = events(project).read_bytes()
    edit(project.datasets / "example" / "data" / "persons.csv", "bob,ann", "bob,")
    assert (build("example", project, bump="minor").folder / "data" / "events.parquet").read_bytes() == first


def test_pages_are_compressed_indexed_and_checked(project: Project) -> None:
    group = pq.read_metadata(events(project)).row_group(0)
    assert group.sorting_columns == (pq.SortingColumn(0),)
    assert {group.column(number).compression for number in range(group.num_columns)} == {"ZSTD"}
    assert group.column(0).has_column_index and group.column(0).has_offset_index


def written(folder: Path, csv: str, schema: dict[str, object], limits: Limits = Limits()) -> Path:
    """The Parquet of one table that is one file."""
    (path,) = parts(folder, csv, schema, limits)
    return path


def parts(folder: Path, csv: str, schema: dict[str, object], limits: Limits) -> tuple[Path, ...]:
    """The Parquet of one table."""
    folder.mkdir(exist_ok=True)
    (folder / "t.csv").write_bytes(csv.encode())
    resource = {"name": "t", "type": "table", "path": "t.csv", "schema": schema}
    (folder / "datapackage.json").write_text(json.dumps({"name": "x", "resources": [resource]}))
    dataset = open_dataset(folder / "datapackage.json", root=folder, base=folder)
    with workspace(limits) as space:
        return write_table(folder, space, open_typed(space, dataset.tables[0]), about={}, schema=schema).paths


NUMBERS: dict[str, object] = {"fields": [{"name": "n", "type": "integer"}, {"name": "s", "type": "string"}]}


@pytest.mark.parametrize(("rows", "groups"), [(0, [0]), (6, [6]), (7, [7]), (20, [7, 7, 6])])
def test_row_groups_are_even(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rows: int, groups: list[int]) -> None:
    monkeypatch.setattr(parquet, "ROW_GROUP", 7)
    path = written(tmp_path, "n,s\n" + "".join(f"{n},x\n" for n in range(rows)), NUMBERS)
    told = pq.read_metadata(path)
    assert [told.row_group(number).num_rows for number in range(told.num_row_groups)] == groups or rows == 0
    assert pq.read_table(path)["n"].to_pylist() == list(range(rows))


def test_threads_do_not_change_the_bytes(tmp_path: Path) -> None:
    rows = "".join(f"{(n * 7919) % 300_000},{n % 17}\n" for n in range(300_000))
    schema = {**NUMBERS, "primaryKey": ["n"]}
    one, other = (
        written(tmp_path / str(threads), f"n,s\n{rows}", schema, Limits(threads=threads)).read_bytes()
        for threads in (1, 4)
    )
    assert one == other


def test_what_is_in_order_and_what_has_to_be_sorted_give_the_same_bytes(tmp_path: Path) -> None:
    lines = [f"{n},{n % 17}\n" for n in range(5_000)]
    schema = {**NUMBERS, "primaryKey": ["n"]}
    ordered, backwards = (
        written(tmp_path / name, "n,s\n" + "".join(rows), schema).read_bytes()
        for name, rows in (("ordered", lines), ("backwards", lines[::-1]))
    )
    assert ordered == backwards


@pytest.mark.parametrize(
    ("part_bytes", "rows"),
    [
        (20 * 16, [20]),  # it fits
        (20 * 16 - 1, [16, 4]),  # the row groups that fit, and of those a power of two
        (6 * 16, [4, 4, 4, 4, 4]),
        (1, [2] * 10),  # never less than a row group
    ],
)
def test_a_large_table_is_parted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, part_bytes: int, rows: list[int]
) -> None:
    monkeypatch.setattr(parquet, "ROW_GROUP", 2)
    schema = {**NUMBERS, "primaryKey": ["n"]}
    lines = "".join(f"{n},12345678\n" for n in reversed(range(20)))
    files = parts(tmp_path, f"n,s\n{lines}", schema, Limits(part_bytes=part_bytes))
    names = ["t.parquet"] if len(rows) == 1 else [f"t/part-{number:05}.parquet" for number in range(len(rows))]
    assert [file.relative_to(tmp_path).as_posix() for file in files] == names
    assert [pq.read_metadata(file).num_rows for file in files] == rows
    assert [n for file in files for n in pq.ParquetFile(file).read()["n"].to_pylist()] == list(range(20))
    assert len({pq.read_schema(file).serialize().to_pybytes() for file in files}) == 1
    assert {pq.read_metadata(file).row_group(0).sorting_columns for file in files} == {(pq.SortingColumn(0),)}


def test_rows_of_long_texts_stand_in_smaller_row_groups(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet, "ROW_GROUP", 8)
    monkeypatch.setattr(parquet, "GROUP_BYTES", 60)
    path = written(tmp_path, "n,s\n" + "1,1234567\n" * 9, NUMBERS)
    told = pq.read_metadata(path)
    assert [told.row_group(number).num_rows for number in range(told.num_row_groups)] == [4, 4, 1]


ROWS = 300_000
KEY = 250_000


@pytest.fixture(scope="module")
def parted(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ...]:
    """A table of three parts, of one row group each, whose file was in no order."""
    return shuffled(tmp_path_factory.mktemp("parted"), Limits(part_bytes=1))


def shuffled(folder: Path, limits: Limits) -> tuple[Path, ...]:
    rows = "".join(f"k{(n * 7919) % ROWS:07},{n % 17}\n" for n in range(ROWS))
    fields = [{"name": "id", "type": "string"}, {"name": "n", "type": "integer"}]
    return parts(folder, f"id,n\n{rows}", {"fields": fields, "primaryKey": ["id"]}, limits)


def test_threads_and_memory_do_not_change_the_bytes_of_parts(parted: tuple[Path, ...], tmp_path: Path) -> None:
    other = shuffled(tmp_path, Limits(part_bytes=1, threads=4, memory=64 << 20))
    assert [path.read_bytes() for path in other] == [path.read_bytes() for path in parted]


def test_a_reader_that_looks_for_a_key_reads_one_row_group(parted: tuple[Path, ...]) -> None:
    wanted = f"SELECT n FROM read_parquet({[path.as_posix() for path in parted]}) WHERE id = 'k{KEY:07}'"
    with duckdb.connect() as con:
        assert "Row Groups Scanned: 1 / 3" in con.execute(f"EXPLAIN ANALYZE {wanted}").fetchall()[0][1]
        assert con.execute(wanted).fetchall() == [(next(n for n in range(ROWS) if n * 7919 % ROWS == KEY) % 17,)]


def test_the_ranges_of_keys_of_parts_follow_each_other(parted: tuple[Path, ...]) -> None:
    ranges = [pq.read_metadata(path).row_group(0).column(0).statistics for path in parted]
    assert [(each.min, each.max) for each in ranges] == [
        ("k0000000", "k0122879"),
        ("k0122880", "k0245759"),
        ("k0245760", "k0299999"),
    ]
    found = pyarrow.dataset.dataset([path.as_posix() for path in parted])
    look = pyarrow.dataset.field("id") == f"k{KEY:07}"
    assert [len(fragment.split_by_row_group(look)) for fragment in found.get_fragments()] == [0, 0, 1]


def test_what_is_waived_is_kept(project: Project) -> None:
    edit(project.datasets / "example" / "data" / "events.csv", "c,war", "c,riot")
    (project.datasets / "example" / "waivers.yaml").write_text(
        "- {rule: constraint-error, table: events, key: {id: c}, value: riot, reason: So said., by: me, "
        "expires: 2999-01-01}\n"
    )
    folder = build("example", project).folder
    column = pq.read_table(folder / "data" / "events.parquet")["kind"]
    assert column.to_pylist() == [None, "raid", "riot"]
    assert column.chunk(0).dictionary.to_pylist() == ["war", "raid", "peace", "riot"]
    assert "So said. Accepted by me until 2999-01-01 (rule `constraint-error`)." in (folder / "README.md").read_text()


@pytest.mark.parametrize(
    ("field", "wanted"),
    [
        ({"type": "integer", "constraints": {"minimum": 0}}, pyarrow.int64()),
        ({"type": "integer", "constraints": {"minimum": 0, "maximum": 2**31 - 1}}, pyarrow.int32()),
        ({"type": "integer", "constraints": {"minimum": 0, "maximum": 2**31}}, pyarrow.int64()),
        ({"type": "string", "categories": [{"value": "b", "label": "B"}, {"value": "a"}]}, KINDS),
        ({"type": "string", "constraints": {"enum": ["a", 1]}}, pyarrow.string()),
        ({"type": "integer", "constraints": {"enum": [1, 2]}}, pyarrow.int32()),
        ({"type": "integer", "categories": [{"value": 1, "label": "A"}, {"value": 2**40}]}, pyarrow.int64()),
        ({"type": "number", "datapkg:decimal": [9, 2]}, pyarrow.decimal128(9, 2)),
        ({"type": "datetime"}, pyarrow.timestamp("us")),
        ({"type": "datetime", "datapkg:zone": "UTC"}, pyarrow.timestamp("us", tz="UTC")),
        ({"type": "list", "itemType": "date"}, pyarrow.list_(pyarrow.date32())),
        ({"type": "geopoint"}, pyarrow.binary()),
        ({"type": "geojson"}, pyarrow.string()),
        (
            {"type": "string", "categories": ["low", "high"], "categoriesOrdered": True},
            pyarrow.dictionary(pyarrow.int32(), pyarrow.string(), ordered=True),
        ),
    ],
)
def test_types(field: dict[str, object], wanted: pyarrow.DataType) -> None:
    assert arrow_type(from_descriptor({"fields": [{"name": "x", **field}]}).columns[0]) == wanted


def test_categories_come_before_enum() -> None:
    field = {"name": "x", "type": "string", "categories": ["b", "a"], "constraints": {"enum": ["a"]}}
    assert declared(from_descriptor({"fields": [field]}).columns[0]) == ("b", "a")


VALUES: dict[str, object] = {
    "fields": [
        {"name": "id", "type": "string"},
        {"name": "s", "type": "string", "missingValues": ["NULL"]},
        {"name": "n", "type": "integer"},
        {"name": "d", "type": "date"},
        {"name": "b", "type": "boolean"},
    ],
}
TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0\r"), max_size=20).filter(lambda text: text != "NULL")
ROW = st.tuples(
    TEXT | st.none(), st.integers(-(2**63), 2**63 - 1) | st.none(), st.dates() | st.none(), st.booleans() | st.none()
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(ROW, max_size=8))
def test_csv_to_parquet_keeps_every_value(tmp_path: Path, rows: list[tuple[object, ...]]) -> None:
    def cell(value: object) -> str:
        text = value.isoformat() if isinstance(value, dt.date) else str(value)
        return '"' + text.replace('"', '""') + '"'

    lines = []
    for number, (text, *others) in enumerate(rows):
        cells = [cell("NULL" if text is None else text), *("" if v is None else cell(v) for v in others)]
        lines.append(",".join([f"r{number}", *cells]) + "\n")
    table = pq.read_table(written(tmp_path, "id,s,n,d,b\n" + "".join(lines), VALUES))
    assert [tuple(row.values())[1:] for row in table.to_pylist()] == rows
