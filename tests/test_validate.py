"""Validation as a library: what is asked for, found and shown."""

from collections.abc import Callable
from pathlib import Path

import pytest
from building import places
from conftest import Judge

from datapkg.errors import TargetError
from datapkg.targets import release_folder
from datapkg.validate import narrowed, validate


@pytest.mark.parametrize(
    ("tables", "told"),
    [
        ({"t": "id:string!\na\n\nb\n"}, [("blank-row", 3, None, None)]),
        ({"t": "id:string! n:integer\na,1\n,\n"}, [("blank-row", 3, None, None)]),
        ({"t": "a:string! b:string!\nx,y\nx,z\nx,y\n"}, [("primary-key", 4, "a", "x")]),
        ({"t": "a:string! n:integer\n,1\n,2\n"}, [("primary-key", 2, "a", ""), ("primary-key", 3, "a", "")]),
        ({"t": "a:string(required=true)! n:integer\n,1\n"}, [("constraint-error", 2, "a", "")]),
        ({"t": "a:integer(unique=true) b:string\n1,x\n01,y\n,z\n,w\n"}, [("unique-error", 3, "a", "01")]),
        ({"t": "a:string! b:string→a\nx,\ny,x\nz,q\n"}, [("foreign-key", 4, "b", "q")]),
        ({"t": "a:string!\nx\n", "u": "b:string→t.a n:integer\nx,1\ny,2\n,3\n"}, [("foreign-key", 3, "b", "y")]),
        ({"t": "a:integer!\n1\n", "u": "b:string→t.a n:integer\n1,1\n2,1\n"}, [("foreign-key", 3, "b", "2")]),
        ({"t": "a:string b:integer\nx,1,2\ny\n"}, [("extra-cell", 2, None, "2"), ("missing-cell", 3, "b", None)]),
        ({"t": 'a:string\nhe said "no"\n'}, [("quote-error", 2, "a", 'he said "no"')]),
        ({"t": "a:string b:string\nx\\0,y\n"}, [("nul-byte", 2, "a", "x\0")]),
        ({"t": "a:string\nCaf\\xe9\n"}, [("encoding-error", 2, None, None)]),
        ({"t": "n:integer\n" + "9" * 300 + "x\n"}, [("type-error", 2, "n", "9" * 199 + "…")]),
    ],
)
def test_faults_and_their_places(judge: Judge, tables: dict[str, str], told: list[tuple[object, ...]]) -> None:
    assert places(judge(**tables)) == told


def test_an_empty_file_and_a_header_alone(make_dataset: Callable[..., Path]) -> None:
    path = make_dataset(t="a:string!\n")
    assert validate(path.as_posix()).valid
    (path.parent / "t.csv").write_text("")
    assert places(validate(path.as_posix())) == [("source-error", 1, None, None)]


def test_digests(make_dataset: Callable[..., Path]) -> None:
    path = make_dataset(t="a:string!\nx\n")
    md5, sha1 = "1eadf15aa6b9a7fb0ad6ad60b56ff3b5", "0" * 40
    text = path.read_text()
    for declared, wanted in (
        ('"bytes": 4', []),
        ('"bytes": 5', ["byte-count"]),
        (f'"hash": "{md5}"', ["hash-count"]),
        (f'"hash": "sha1:{sha1}"', ["hash-count"]),
        ('"hash": "crc77:1"', ["hash-count"]),
    ):
        path.write_text(text.replace('"type": "table"', f'"type": "table", {declared}'))
        assert [code for code, *_ in places(validate(path.as_posix()))] == wanted, declared


def test_other_encodings_and_dialects(make_dataset: Callable[..., Path]) -> None:
    path = make_dataset(t="a:string! n:integer\n")
    (path.parent / "t.csv").write_bytes("a;n\né;1\nü;x\n".encode("latin-1"))
    text = path.read_text()
    path.write_text(text.replace('"type": "table"', '"type": "table", "encoding": "latin-1"').replace('","', '";"'))
    report = validate(path.as_posix())
    assert places(report) == [("type-error", 3, "n", "x")] and report.findings[0].place.key == {"a": "ü"}
    path.write_text(text.replace('"type": "table"', '"type": "table", "encoding": "klingon"'))
    assert "encoding-error" in {code for code, *_ in places(validate(path.as_posix()))}


def test_labelled_missing_values(make_dataset: Callable[..., Path]) -> None:
    path = make_dataset(t="a:string! n:integer(required=true)\nx,-\ny,1\nz,\n")
    missing = '"missingValues": [{"value": "-", "label": "not asked"}], "fields"'
    path.write_text(path.read_text().replace('"fields"', missing, 1))
    assert places(validate(path.as_posix())) == [("constraint-error", 2, "n", "-"), ("type-error", 4, "n", "")]


def test_several_files_are_one_table(make_dataset: Callable[..., Path]) -> None:
    path = make_dataset(t="a:string! n:integer\nx,1\n", u="a:string! n:integer\ny,2\nx,q\n")
    text = path.read_text().replace('"path": "t.csv"', '"path": ["t.csv", "u.csv"]')
    path.write_text(text[: text.rindex(',\n  {\n   "name": "u"')] + "\n ]\n}")
    report = validate(path.as_posix())
    found = [(f.code, Path(f.place.path).name, f.place.line, f.place.row) for f in report.findings]
    assert found == [("primary-key", "u.csv", 3, 3), ("type-error", "u.csv", 3, 3)]
    assert report.datasets[0].tables[0].rows == 3
    assert report.findings[0].message.endswith(
        "is already on line 2 of " + report.findings[0].place.path[:-5] + "t.csv"
    )


def test_a_file_without_a_schema_is_looked_at_for_its_structure(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("a,,a\n1,2,3\n1,2\n")
    report = validate(f"{tmp_path}/x.csv")
    assert [code for code, *_ in places(report)] == ["blank-label", "duplicate-label", "missing-cell"]


def test_a_tsv_file(tmp_path: Path) -> None:
    (tmp_path / "x.tsv").write_text("a\tb\n1,5\t2\n")
    report = validate(f"{tmp_path}/x.tsv")
    assert report.valid and report.datasets[0].tables[0].rows == 1


def test_a_parquet_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "x.parquet").write_bytes(b"PAR1 no")
    report = validate(f"{tmp_path}/x.parquet")
    assert [code for code, *_ in places(report)] == ["source-error"]


def test_a_schema_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("a\n1\n")
    (tmp_path / "s.yaml").write_text("fields: [")
    (tmp_path / "s2.yaml").write_text("fields:\n  - {name: a, type: intger}\n")
    assert [c for c, *_ in places(validate(f"{tmp_path}/x.csv", schema=tmp_path / "s.yaml"))] == ["schema-error"]
    report = validate(f"{tmp_path}/x.csv", schema=tmp_path / "s2.yaml")
    assert [(c, line) for c, line, *_ in places(report)] == [("field-error", 2)]


def test_selected_rules_alone_are_shown_and_the_verdict_is_of_all(
    judge: Judge, make_dataset: Callable[..., Path]
) -> None:
    path = make_dataset(t="a:string! n:integer\nx,q\nx,1\n").as_posix()
    shown = narrowed(validate(path), select=["primary-key"])
    assert ([f.code for f in shown.findings], shown.counts["error"], shown.valid) == (["primary-key"], 1, False)
    hidden = narrowed(validate(path), ignore=["primary-key", "type-error"])
    assert (hidden.findings, hidden.failed("error"), hidden.valid) == ((), False, False)


def test_releases_by_name_and_range(make_project: Callable[..., object], tmp_path: Path) -> None:
    project = make_project({"t": "id:string!\na\n"})
    for version in ("1.0.0", "1.2.0", "2.0.0-rc.1", "junk"):
        (project.releases / f"example-{version}").mkdir(parents=True)  # type: ignore[attr-defined]

    def named(target: str) -> str:
        return release_folder(target, project).name  # type: ignore[arg-type]

    assert [named(t) for t in ("example", "example@^1.0", "example@1.0.0")] == [
        "example-1.2.0",
        "example-1.2.0",
        "example-1.0.0",
    ]
    for target, word in (
        ("example@^2", "there: 1.0.0"),
        ("other", "there: none"),
        ("example@x", "is not a version"),
        ("./no/", "no release folder"),
    ):
        with pytest.raises(TargetError, match=word):
            named(target)
