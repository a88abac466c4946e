"""The real dataset: clean as it stands, and each of many corruptions caught at its place.

`corruptions.csv` has one corruption a row: which cell, row or line of which table is changed
(`edit`: set, insert after, delete; rows are named by the beginning of their line), and the rule
that must say so, at which row and column. `also` are findings that the same fault brings
by its nature, `gone` rules of the clean report that fall silent with it.
"""

import csv
import io
import json
import shutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from conftest import ROOT

from datapkg.catalogue import project_rules
from datapkg.findings import Report
from datapkg.project import Project, find_project
from datapkg.validate import validate

Told = tuple[str, str | None, str | None, int | None, str | None]
with (Path(__file__).parent / "corruptions.csv").open(encoding="utf-8", newline="") as file:
    CORRUPTIONS = list(csv.DictReader(file))


@dataclass(frozen=True)
class Copy:
    """A copy of the project's schemas and dataset that a test may break."""

    project: Project
    data: Path
    clean: Counter[Told]

    def told(self) -> Counter[Told]:
        return told(validate(project=self.project))


def told(report: Report) -> Counter[Told]:
    return Counter(
        (finding.code, finding.constraint, finding.place.table, finding.place.line, finding.place.column)
        for finding in report.findings
    )


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Copy:
    root = tmp_path_factory.mktemp("project")
    (root / "datapkg.toml").touch()
    shutil.copytree(ROOT / "schemas", root / "schemas", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ROOT / "datasets", root / "datasets")
    project = find_project(root)
    assert project is not None
    return Copy(project, root / "datasets" / "afpak-security" / "data", told(validate(project=project)))


def line_of(path: Path, row: str) -> int:
    """The line on which the record begins whose first cells are `row`."""
    wanted = next(csv.reader([row]))
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.reader(file)
        begin = 1
        for record in reader:
            if record[: len(wanted)] == wanted:
                return begin
            begin = reader.line_num + 1
    raise LookupError(row)


def edited(text: str, case: dict[str, str]) -> str:
    """The table with the corruption in it."""
    header, *records = csv.reader(io.StringIO(text, newline=""))
    change = json.loads(case["change"] or "{}")
    result = [header]
    for record in records:
        hit = any(
            record[: len(cells)] == cells for cells in (next(csv.reader([row])) for row in case["row"].split("|"))
        )
        changed = [change.get(column, cell) for column, cell in zip(header, record, strict=True)]
        if not hit:
            result.append(record)
        elif case["edit"] == "set":
            result.append(changed)
        elif case["edit"] == "insert":
            result.extend((record, changed))
    assert result != [header, *records], "the corruption changes nothing"
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(result)
    return out.getvalue()


@pytest.fixture
def restored(copy: Copy) -> Iterator[Copy]:
    """The copy, put back after the test."""
    folder = copy.data.parent
    yield copy
    shutil.rmtree(folder)
    shutil.copytree(ROOT / "datasets" / "afpak-security", folder)


def test_the_dataset_is_clean_but_for_warnings_that_are_explained(copy: Copy) -> None:
    report = validate(project=copy.project)
    assert report.valid
    unexplained = [f for f in report.findings if not (f.why and f.fix and f.message)]
    assert report.counts["error"] == 0 and not unexplained
    readme = (ROOT / "datasets" / "afpak-security" / "README.md").read_text(encoding="utf-8")
    assert {code for code, *_ in copy.clean} == {code for code, *_ in copy.clean if f"`{code}`" in readme}


def test_every_declared_rule_ran_on_every_row(copy: Copy) -> None:
    report = validate(project=copy.project).datasets[0]
    rows = {table.name: table.rows for table in report.tables}
    ledger = [verdict for verdict in report.verdicts if verdict.listed]
    assert all(verdict.skipped is None and verdict.rows == rows[verdict.table or ""] for verdict in ledger)
    ran = {verdict.code for verdict in ledger}
    assert project_rules(ROOT / "schemas").keys() <= ran
    by_table = Counter((verdict.table, verdict.column) for verdict in ledger if verdict.code == "constraint-error")
    for table in report.tables:
        schema = next(t for t in _tables(copy) if t.name == table.name).schema
        assert schema is not None
        for column in schema.columns:
            declared = [name for name in column.constraints if name != "unique"] + ["categories"] * bool(
                column.categories
            )
            assert by_table[table.name, column.name] == len(declared)


def _tables(copy: Copy):  # type: ignore[no-untyped-def]
    from datapkg.targets import datasets

    return datasets((), copy.project)[0].tables


def starts(text: str) -> list[tuple[int, tuple[str, ...]]]:
    """The line on which each record begins, and the record."""
    reader, begin, found = csv.reader(io.StringIO(text, newline="")), 1, []
    for record in reader:
        found.append((begin, tuple(record)))
        begin = reader.line_num + 1
    return found


def moved(clean: Counter[Told], table: str, before: str, after: str) -> Counter[Told]:
    """The clean report's findings at the lines where their rows stand now."""
    now = {record: line for line, record in starts(after)}
    lines = {line: now.get(record, line) for line, record in starts(before)}
    return Counter(
        {
            (code, c, t, lines.get(line or 0, line) if t == table else line, column): n
            for (code, c, t, line, column), n in clean.items()
        }
    )


@pytest.mark.parametrize("case", CORRUPTIONS, ids=[f"{c['code']}-{c['table']}-{n}" for n, c in enumerate(CORRUPTIONS)])
def test_a_corruption_is_caught_at_its_place_and_nothing_else_is_reported(case: dict[str, str], restored: Copy) -> None:
    path = restored.data / f"{case['table']}.csv"
    before = path.read_text(encoding="utf-8")
    after = edited(before, case)
    path.write_text(after, encoding="utf-8")
    table = case["found_table"] or case["table"]
    line = line_of(restored.data / f"{table}.csv", case["found_row"] or case["row"])
    expected = Counter({(case["code"], case["constraint"] or None, table, line, case["column"]): 1})
    for code, where, row, column in json.loads(case["also"] or "[]"):
        expected[code, None, where, line_of(restored.data / f"{where}.csv", row), column] += 1
    report = restored.told()
    clean = moved(restored.clean, path.stem, before, after)
    assert report - clean == expected
    assert {code for code, *_ in clean - report} == set(case["gone"].split())
