"""Datasets: what a package's faults are called and where they stand; paths that are refused."""

import json
from pathlib import Path

import pytest
from building import places, write_dataset

from datapkg.dataset import open_dataset
from datapkg.paths import unsafe
from datapkg.validate import validate

FIELDS = "schema:\n      fields:\n        - name: id\n          type: string\n"


def opened(folder: Path, text: str) -> list[tuple[str, int | None]]:
    (folder / "a.csv").write_text("id\n1\n")
    (folder / "datapackage.yaml").write_text(text)
    dataset = open_dataset(folder / "datapackage.yaml", root=folder, base=folder)
    return [(f.code, f.place.line) for verdict in dataset.verdicts for f in verdict.findings]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("name: x\nresources:\n  - {name: a, path: a.csv, type: table}\n", [("dialect-default", 3)]),
        ("name: x\n", [("package-error", 1)]),
        ("- 1\n", [("package-error", 1)]),
        ("name: x\nresources:\n  - name: a\n    path: a.csv\n    dialect: {header: 3}\n", [("dialect-error", 5)]),
        (
            "name: x\nresources:\n  - name: a\n    path: a.csv\n    schema:\n      fields:\n        - name: id\n          type: intger\n        - {name: b, type: integer, constraints: {minLength: 1}}\n",
            [("dialect-default", 3), ("field-error", 8), ("field-error", 9)],
        ),
        ("name: x\nresources:\n  - {name: a, path: a.csv, dialect: {}, shcema: {}}\n", [("unknown-property", 3)]),
        ("name: x\nresources:\n  - {name: a, path: a.csv, dialect: {}, remark: mine}\n", []),
        (
            "name: x\nresources:\n  - {name: a, path: a.csv,\n     dialect: {lineTerminator: ;}}\n",
            [("dialect-error", 4)],
        ),
        (
            "name: x\nresources:\n  - name: a\n    path: a.csv\n    dialect:\n      header: true\n      quoteChar: ab\n",
            [("dialect-error", 7)],
        ),
        (
            "name: x\nresources:\n  - name: a\n    path: a.csv\n    dialect:\n      csv:\n        quoteChar: ab\n",
            [("dialect-error", 7)],
        ),
        (
            "name: x\nresources:\n  - name: a\n    path: a.csv\n    dialect:\n      headerRows:\n        - 1\n        - 1\n",
            [("loose-property", 8)],
        ),
        (
            "name: x\nresources:\n  - name: a\n    path: a.csv\n    dialect: {}\n    encoding: ''\n",
            [("loose-property", 6)],
        ),
        (
            "name: x\nresources:\n  - name: a\n    path: a.csv\n    schema:\n      fields:\n        - name: id\n          missingValues: [{value: n, label: l}, {value: n}]\n",
            [("dialect-default", 3), ("field-error", 8)],
        ),
        ("name: x\nresources:\n  - name: a\n    data: text\n", [("resource-error", 4)]),
        ("name: x\nresources:\n  - name: a\n    format: txt\n    data: text\n", []),
        ("name: x\nresources:\n  - name: a\n    mediatype: text/plain\n    data: text\n", []),
        (
            "name: x\nresources:\n  - name: a\n    path: a.csv\n    dialect: {}\n    schema:\n      fields: [{name: id, type: number,\n          decimalChar: ''}]\n",
            [("field-error", 8)],
        ),
        ("name: x\nresources:\n  - {name: a, path: b.csv}\n", [("scheme-error", 3)]),
        ("name: x\nresources:\n  - {name: a, path: 'https://example.org/a.csv'}\n", [("scheme-error", 3)]),
        ("name: x\nresources:\n  - {name: a, path: a.csv, schema: absent.yaml}\n", [("scheme-error", 3)]),
        ("name: x\nresources:\n  - {name: a, path: a.csv, schema: ../up.yaml}\n", [("unsafe-path", 3)]),
        (
            (
                "name: x\nhomepage: 7\ncreated: soon\nlicenses:\n  - {title: free}\ncontributors: [{email: me}]\n"
                "resources:\n  - name: a\n    path: a.csv\n    dialect: {}\n    bytes: many\n    hash: 3\n"
            ),
            [*(("package-error", line) for line in (2, 3, 5, 6)), ("resource-error", 11), ("resource-error", 12)],
        ),
        (
            (
                "name: [x]\ncreated: soon\nresources:\n  - name: a\n    path: a.csv\n    dialect: {}\n    schema:\n      fields:\n"
                "        - name: id\n          type: integer\n          constraints:\n            required: maybe\n"
                "            minLength: 1\n"
            ),
            [("package-error", 1), ("package-error", 2), ("field-error", 12), ("field-error", 13)],
        ),
    ],
)
def test_each_fault_stands_at_its_line(tmp_path: Path, text: str, told: list[tuple[str, int]]) -> None:
    assert opened(tmp_path, text) == told


def test_a_fault_of_a_dialect_in_a_file_of_its_own_stands_there(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("id\n1\n")
    (tmp_path / "dialect.json").write_text('{\n"header": true,\n"delimiter": ""\n}')
    (tmp_path / "datapackage.yaml").write_text(
        "name: x\nresources:\n  - {name: a, path: a.csv, dialect: dialect.json}\n"
    )
    dataset = open_dataset(tmp_path / "datapackage.yaml", root=tmp_path, base=tmp_path)
    places = [finding.place for verdict in dataset.verdicts for finding in verdict.findings]
    assert [(place.path, place.line) for place in places] == [("dialect.json", 3)]


@pytest.mark.parametrize(
    "path",
    [
        *("/etc/passwd", "../a.csv", "a/../../a.csv", "~/a.csv", "a\\b.csv", "C:/a.csv", "file:///a.csv", "", "."),
        *(
            "./a.csv",
            "a//b.csv",
            ".git/config",
            "a/.hidden/b.csv",
            "a\0.csv",
            "a\nb.csv",
            "..",
            "data/..",
            "\u202ea.csv",
        ),
    ],
)
def test_paths_that_are_refused(tmp_path: Path, path: str) -> None:
    assert unsafe(path, tmp_path, tmp_path) is not None


@pytest.mark.parametrize("path", ["a.csv", "data/a.csv", "with space.csv", "daten-ä.csv", "a=1/b.csv", "..a/b.csv"[2:]])
def test_paths_that_are_fine(tmp_path: Path, path: str) -> None:
    assert unsafe(path, tmp_path, tmp_path) is None


def test_a_schema_may_lie_elsewhere_in_the_project_but_not_outside(tmp_path: Path) -> None:
    folder = tmp_path / "datasets" / "x"
    folder.mkdir(parents=True)
    assert unsafe("../../schemas/a.yaml", folder, tmp_path) is None
    assert unsafe("../../../a.yaml", folder, tmp_path) == "it leaves the folder of the dataset"


def test_symbolic_links_and_devices_are_refused(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "a.csv").write_text("id\n")
    (tmp_path / "link.csv").symlink_to(tmp_path / "real" / "a.csv")
    (tmp_path / "folder").symlink_to(tmp_path / "real")
    assert unsafe("link.csv", tmp_path, tmp_path) == "symbolic links are not followed"
    assert unsafe("folder/a.csv", tmp_path, tmp_path) == "symbolic links are not followed"
    import os

    os.mkfifo(tmp_path / "pipe")
    assert unsafe("pipe", tmp_path, tmp_path) == "it is not a regular file"


def test_a_table_that_cannot_be_read_hides_no_other(tmp_path: Path) -> None:
    path = write_dataset(tmp_path, {"a": "id:string!\nx\n", "b": "id:integer! a:string→a.id\nx,y\n"})
    (tmp_path / "a.csv").unlink()
    report = validate(path.as_posix())
    assert [(code, value) for code, _, _, value in places(report)] == [("type-error", "x"), ("scheme-error", None)]
    skipped = {(v.code, v.table): v.skipped for v in report.datasets[0].verdicts if v.skipped}
    assert skipped["foreign-key", "b"] == "the table a could not be read"
    assert skipped["type-error", "a"] == "the file could not be read"


def resource(key: str, value: object) -> dict[str, object]:
    schema = {"fields": [{"name": "a", "type": "string"}]}
    table = {"name": "t", "path": "t.csv", "type": "table", "dialect": {}, "schema": schema}
    return {"resources": [table | {key: value}]}


def schema(key: str, value: object) -> dict[str, object]:
    return resource("schema", {"fields": [{"name": "a", "type": "string"}]} | {key: value})


def field(key: str, value: object) -> dict[str, object]:
    return schema("fields", [{"name": "a", "type": "string"} | {key: value}])


DIALECTS: list[object] = [{"delimiter": ""}, {"delimiter": 5}, {"quoteChar": "''"}, 5, "t.csv"]
DIALECTS += [{"delimiter": '"'}, {"delimiter": "\n"}, {"lineTerminator": "|"}, {"commentChar": ","}, {"header": 1}]
DIALECTS += [{"commentRows": [0]}, {"escapeChar": "é"}, {"nullSequence": 5}, {"csv": {"delimiter": ""}}]
SCHEMAS: list[object] = [[], 5, {}, {"fields": []}, {"fields": [5]}, "t.csv"]
HEADERS: list[object] = ["x", [0], [9]]
CONSTRAINTS: list[object] = [5, {"pattern": "("}, {"enum": 5}, {"enum": []}, {"minLength": "x"}]
PRIMARY: list[object] = ["b", 5, ["b"], [None], ["a", 1], [["a"]]]
MALFORMED = [
    *(
        resource("name", 5),
        resource("path", 5),
        resource("path", []),
        resource("encoding", 5),
        resource("encoding", "zlib"),
    ),
    *(
        resource("hash", 5),
        resource("bytes", "x"),
        resource("data", []),
        resource("format", 5),
        resource("format", "xlsx"),
    ),
    *(resource("dialect", value) for value in DIALECTS),
    *(resource("dialect", {"headerRows": value}) for value in HEADERS),
    *(resource("schema", value) for value in SCHEMAS),
    *(field("name", 5), field("name", None), field("type", 5), field("type", ["x"]), field("format", 5)),
    *(field("constraints", value) for value in CONSTRAINTS),
    *(field("missingValues", 5), field("categories", 5), schema("missingValues", 5), schema("fieldsMatch", "x")),
    *(schema("primaryKey", value) for value in PRIMARY),
    *(schema("uniqueKeys", [[None]]), schema("foreignKeys", [{"fields": [None], "reference": {"fields": ["a"]}}])),
    *(schema("uniqueKeys", 5), schema("uniqueKeys", [["b"]]), schema("foreignKeys", 5), schema("foreignKeys", [{}])),
    schema("foreignKeys", [{"fields": ["a"], "reference": {"resource": "nope", "fields": ["a"]}}]),
    schema("foreignKeys", [{"fields": ["a"], "reference": {"fields": ["a", "b"]}}]),
    schema("foreignKeys", [{"fields": ["z"], "reference": {"fields": ["a"]}}]),
    *(schema("fields", [{"name": "a"}, {"name": name}]) for name in "aA"),
    {"resources": [5]},
    {"resources": [{"name": "t", "path": "t.csv"}, {"name": "T", "path": "t.csv"}]},
]


@pytest.mark.parametrize("descriptor", MALFORMED, ids=str)
def test_a_malformed_descriptor_is_told_and_never_passes(tmp_path: Path, descriptor: dict[str, object]) -> None:
    (tmp_path / "t.csv").write_text("a\n1\n")
    (tmp_path / "datapackage.json").write_text(json.dumps({"name": "x"} | descriptor))
    report = validate(f"{tmp_path}/")
    assert report.findings and not report.valid


def test_a_key_of_one_field_may_be_a_text(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("a\n1\n1\n")
    (tmp_path / "datapackage.json").write_text(json.dumps({"name": "x"} | schema("primaryKey", "a")))
    assert [code for code, *_ in places(validate(f"{tmp_path}/"))] == ["primary-key"]
