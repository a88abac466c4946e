"""A run: what is caught with a rule and missed without it, what is left alone, and what stays untouched."""

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from datapkg.errors import Refused, TargetError
from datapkg.mutate.run import LARGEST, Plan, mutate
from datapkg.mutate.score import Score, Tally, tally
from datapkg.project import Project, find_project

MakeProject = Callable[..., Project]
ROWS = "a,4\nb,7\n"


def score_of(project: Project, *operators: str, **plan: Any) -> Score:
    """The score of the dataset under some operators."""
    return mutate("example", project, Plan(operators=operators, **plan))


def outcomes(score: Score) -> list[tuple[str, str | None, tuple[str, ...], bool | None]]:
    """(operator, column, codes, named) of each mutant."""
    return [(r.operator.name, r.column, r.codes, r.named) for r in score.results]


def test_a_maximum_catches_what_is_missed_without_it(make_project: MakeProject, tmp_path: Path) -> None:
    lax = make_project({"t": f"id:string! n:integer\n{ROWS}"})
    assert outcomes(score_of(lax, "thousandfold")) == [("thousandfold", "n", (), None)]
    (tmp_path / "project" / "schemas" / "t.yaml").write_text(
        (tmp_path / "project" / "schemas" / "t.yaml")
        .read_text()
        .replace("type: integer", "type: integer\n  constraints: {maximum: 99}")
    )
    assert outcomes(score_of(lax, "thousandfold")) == [("thousandfold", "n", ("constraint-error",), True)]


def test_a_row_rule_of_the_project_counts(make_project: MakeProject) -> None:
    rule = (
        "import pandera.pyarrow as pa\nimport narwhals.stable.v1 as nw\n"
        "CHECKS = [pa.Check(lambda frame: nw.col('low') <= nw.col('high'), native=False, name='low-above-high')]\n"
    )
    project = make_project({"t": "id:string! low:integer high:integer\na,1,9\n"}, rows={"t": rule})
    assert outcomes(score_of(project, "bounds-exchanged")) == [("bounds-exchanged", "low", ("low-above-high",), True)]


def test_a_project_may_have_no_schemas(make_dataset: Callable[..., Path], tmp_path: Path) -> None:
    (tmp_path / "datapkg.toml").write_text('datasets = "."')
    make_dataset(t=f"id:string! n:integer\n{ROWS}")
    project = find_project(tmp_path)
    assert [r.codes for r in mutate("example", project, Plan(operators=["key-repeated"])).results] == [("primary-key",)]


def test_a_sql_rule_over_another_table_counts_and_a_warning_does_not(make_project: MakeProject) -> None:
    tables = {"t": "id:string! n:integer\na,4\n", "sums": "id:string! total:integer\nx,4\n"}
    rule = "-- severity: {}\n-- table: sums\nselect id from sums where total <> (select sum(n) from t)\n"
    strict = score_of(make_project(tables, sql={"off": rule.format("error")}), "total-shifted", "thousandfold")
    assert [(r.table, r.codes, r.warnings, r.named) for r in strict.results] == [
        ("t", ("off",), (), False),
        ("sums", ("off",), (), True),
        ("sums", ("off",), (), True),
    ]


def test_a_rule_that_only_warns_is_told_but_catches_nothing(make_project: MakeProject) -> None:
    rule = "-- severity: warning\n-- table: t\nselect id from t where n > 9\n"
    score = score_of(make_project({"t": f"id:string! n:integer\n{ROWS}"}, sql={"high": rule}), "thousandfold")
    assert [(r.codes, r.warnings) for r in score.missed] == [((), ("high",))]


def test_keys_count_from_both_sides(make_project: MakeProject) -> None:
    tables = {"t": f"id:string! n:integer\n{ROWS}", "u": "id:string! t:string→t.id\np,a\n"}
    score = score_of(make_project(tables), "parent-deleted", "reference-dangling", "row-deleted")
    assert [(r.table, r.operator.name, r.old, r.new, r.codes, r.named) for r in score.results] == [
        ("t", "parent-deleted", "a", "", ("foreign-key",), None),
        ("t", "row-deleted", "b", "", (), None),
        ("u", "reference-dangling", "a", "a-x", ("foreign-key",), True),
        ("u", "row-deleted", "p", "", (), None),
    ]


def test_what_only_a_person_can_see_is_run_on_request_and_not_counted(make_project: MakeProject) -> None:
    project = make_project({"t": f"id:string! n:integer\n{ROWS}"})
    assert not any(r.operator.review for r in mutate("example", project).results)
    score = mutate("example", project, Plan(review=True))
    assert {r.operator.name for r in score.reviewed} == {"number-off-by-one", "row-deleted", "values-exchanged"}
    assert len(score.counted) + len(score.reviewed) == len(score.results)
    assert not any(r.operator.review for r in score.missed)


def test_the_same_seed_gives_the_same_score_and_another_one_other_mutants(make_project: MakeProject) -> None:
    rows = "".join(f"k{n},{n * 7 + 10}\n" for n in range(30))
    project = make_project({"t": f"id:string! n:integer\n{rows}"})
    operators = ("thousandfold", "digits-exchanged", "key-emptied")
    assert score_of(project, *operators, per_operator=2) == score_of(project, *operators, per_operator=2)
    first, second = (score_of(project, *operators, seed=seed).results for seed in (0, 1))
    assert first != second
    assert score_of(project, "thousandfold").results == tuple(r for r in first if r.operator.name == "thousandfold")


def test_a_digest_that_catches_everything_is_left_out(make_dataset: Callable[..., Path]) -> None:
    path = make_dataset(t=f"id:string! n:integer\n{ROWS}")
    text = path.read_text().replace('"type": "table"', f'"type": "table", "bytes": {len("id,n" + ROWS) + 1}')
    path.write_text(text)
    (result,) = mutate(path.as_posix(), None, Plan(operators=["thousandfold"])).results
    assert result.codes == ()


def test_a_dataset_that_is_not_clean_is_refused(make_project: MakeProject) -> None:
    project = make_project({"t": "id:string! n:integer\na,x\n"})
    with pytest.raises(Refused, match="example is not clean: it has 1 error; run `datapkg validate`"):
        mutate("example", project)


def test_a_waived_finding_is_clean_and_its_value_is_watched(make_project: MakeProject) -> None:
    waivers = "- {rule: constraint-error, table: t, key: {id: a}, value: '4', reason: r, by: b, expires: 2999-01-01}\n"
    project = make_project({"t": "id:string! n:integer(minimum=5)\na,4\nb,7\n"}, waivers=waivers)
    score = score_of(project, "thousandfold", "below-minimum", "sentinel-negative")
    assert [(r.operator.name, r.line, r.codes) for r in score.results] == [
        ("sentinel-negative", 2, ("constraint-error", "waiver-changed")),
        ("below-minimum", 3, ("constraint-error",)),
        ("thousandfold", 2, ("waiver-unused",)),
    ]


@pytest.mark.parametrize(
    ("plan", "words"),
    [
        (Plan(tables=["ts"]), "there is no table 'ts'"),
        (Plan(operators=["thousand-fold"]), "there is no operator 'thousand-fold'; did you mean thousandfold?"),
    ],
)
def test_names_that_are_none_are_told(make_project: MakeProject, plan: Plan, words: str) -> None:
    with pytest.raises(TargetError, match=words.replace("?", r"\?")):
        mutate("example", make_project({"t": f"id:string! n:integer\n{ROWS}"}), plan)


def test_a_table_that_cannot_be_corrupted_is_named_with_the_reason(make_dataset: Callable[..., Path]) -> None:
    path = make_dataset(t=f"id:string! n:integer\n{ROWS}", empty="id:string!\n", large="id:string!\na\n")
    (path.parent / "large.csv").write_text("id\n" + "".join(f"{n:099}\n" for n in range(LARGEST // 100 + 1)))
    score = mutate(path.as_posix(), None, Plan(operators=["row-repeated"]))
    assert score.left == (("empty", "it has no rows"), ("large", "it is larger than 8 MiB"))
    assert [r.table for r in score.results] == ["t"]


def test_a_file_in_another_encoding_keeps_it(make_dataset: Callable[..., Path]) -> None:
    path = make_dataset(t="id:string! name:string(pattern=[A-Za-zé]+)\na,Caf\\xe9\n")
    path.write_text(path.read_text().replace('"type": "table"', '"type": "table", "encoding": "iso-8859-1"'))
    score = mutate(path.as_posix(), None, Plan(operators=["pattern-junk", "letter-latin-1", "file-utf-16"]))
    assert [(r.operator.name, r.new, r.codes) for r in score.results] == [
        ("pattern-junk", "Café#?", ("constraint-error",))
    ]


def test_the_dataset_is_only_read_and_nothing_is_left_behind(
    make_project: MakeProject, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = make_project({"t": f"id:string! n:integer\n{ROWS}", "u": "id:string! t:string→t.id\np,a\n"})
    before = {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in _files(project.root)}
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", scratch.as_posix())
    told: list[tuple[int, int]] = []
    score = mutate("example", project, Plan(operators=["row-repeated", "thousandfold"]), lambda *at: told.append(at))
    assert len(score.results) == 3
    assert told == [(1, 4), (2, 4), (3, 4), (4, 4)]
    assert {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in _files(project.root)} == before
    assert list(scratch.iterdir()) == []


def _files(root: Path) -> list[Path]:
    return [path for path in sorted(root.rglob("*")) if path.is_file()]


def test_a_tally_of_nothing_has_no_percentage() -> None:
    assert (tally([]), Tally(3, 4).percent, Tally(0, 0).percent) == (Tally(0, 0), 75.0, None)
