"""The short way of judging a corrupted table finds what validating the whole corrupted dataset finds."""

from collections.abc import Callable
from pathlib import Path

from datapkg import targets
from datapkg.mutate.bench import encoded, sentence, set_up
from datapkg.mutate.operators import OPERATORS
from datapkg.mutate.run import _sheets, edits
from datapkg.project import Project
from datapkg.validate import validate

TABLES = {
    "t": "id:string! low:integer(minimum=0) high:integer\na,1,9\nb,2,30\n",
    "u": "id:string! t:string→t.id day:date\np,a,2023-07-12\nq,b,2023-01-02\n",
    "aside": "id:string! n:integer\nx,1\n",
}
ROW_RULES = (
    "import pandera.pyarrow as pa\nimport narwhals.stable.v1 as nw\n"
    "CHECKS = [pa.Check(lambda frame: nw.col('low') <= nw.col('high'), native=False, name='low-above-high')]\n"
)
SQL = {
    "too-many": "-- table: t\nselect id from t where high > 20",
    "unused": "-- table: t\n-- aside is not read here\nselect id from t where id not in (select t from u)",
    "aside-off": "-- table: aside\nselect id from aside where n <> 1",
}
WAIVERS = "- {rule: too-many, table: t, key: {id: b}, reason: r, by: b, expires: 2999-01-01}\n"
TRIED = {"key-emptied", "row-again", "parent-deleted", "reference-dangling", "bounds-exchanged", "row-cut"}


def test_the_short_way_and_the_long_way_agree(make_project: Callable[..., Project], tmp_path: Path) -> None:
    project = make_project(TABLES, rows={"t": ROW_RULES}, sql=SQL, waivers=WAIVERS)
    dataset = targets.dataset("example", project)
    sheets, left = _sheets(dataset)
    assert left == {}
    outcomes = set()
    for name, (table, sheet) in sheets.items():
        if name == "aside":
            continue  # the other two have all that ties tables together
        bench = set_up(dataset, project, table, tmp_path)
        clean = table.paths[0].read_bytes()
        for operator in (operator for operator in OPERATORS if operator.name in TRIED):
            for edit in edits(sheet, operator, "0", 1):
                short = sentence(bench, edit)
                table.paths[0].write_bytes(encoded(edit.data, table.encoding))
                report = validate("example", project=project)
                table.paths[0].write_bytes(clean)
                errors = {f.code for f in report.findings if f.severity == "error" and not f.waived}
                assert bool(short.codes) is not report.valid, (name, operator.name)
                assert set(short.codes) <= errors, (name, operator.name)
                outcomes.add(bool(short.codes))
    assert outcomes == {True, False}


def test_only_what_can_read_the_table_is_judged_beside_it(make_project: Callable[..., Project], tmp_path: Path) -> None:
    project = make_project(TABLES, rows={"t": ROW_RULES}, sql=SQL, waivers=WAIVERS)
    dataset = targets.dataset("example", project)
    seen = {}
    for table in dataset.tables:
        rounds = set_up(dataset, project, table, tmp_path).rounds
        seen[table.name] = [
            (
                [other.name for other in ring.dataset.tables],
                sorted(path.stem for path in (ring.project.schemas / "cross").iterdir()) if ring.project else None,
            )
            for ring in rounds
        ]
    assert seen == {
        "t": [(["t"], []), (["t", "u"], ["too-many", "unused"])],
        "u": [(["u"], []), (["t", "u"], ["unused"])],
        "aside": [(["aside"], []), (["aside"], ["aside-off"])],
    }
