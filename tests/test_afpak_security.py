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
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from conftest import ROOT

from datapkg.catalogue import project_rules
from datapkg.findings import Report
from datapkg.project import Project, find_project
from datapkg.resources import Table
from datapkg.targets import datasets
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
        """What the copy's report says now."""
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
    views = {path.stem for path in (ROOT / "datasets" / "afpak-security" / "views").glob("*.sql")}
    assert all(verdict.skipped is None for verdict in ledger)
    assert all(verdict.rows == rows[verdict.table or ""] for verdict in ledger if verdict.table not in views)
    assert {verdict.table for verdict in ledger} == rows.keys() | views
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


def _tables(copy: Copy) -> tuple[Table, ...]:
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


def replaced(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


STRUCTURE: dict[str, tuple[str, Callable[[Path], object], list[tuple[str, str | int, str | None]]]] = {
    "a cell short": ("actor_aliases", lambda p: replaced(p, "metonym,en,2021-08-15,\n", "metonym,en,2021-08-15\n"), [("missing-cell", "act-afg-taliban,Afghanistan", "valid_to")]),
    "a cell too many": ("crossings", lambda p: p.write_text(p.read_text().rstrip("\n") + ",x\n"), [("extra-cell", "plc-torkham", None)]),
    "a blank line": ("episodes", lambda p: replaced(p, "\nepi-2021-08", "\n\nepi-2021-08"), [("blank-row", 3, None)]),
    "a row of empty cells": ("crossings", lambda p: p.write_text(p.read_text() + ",,,,\n"), [("blank-row", 3, None)]),
    "a renamed column": ("places", lambda p: replaced(p, "geo_precision", "precision"), [("incorrect-label", 1, "geo_precision")]),
    "a column more": ("crossings", lambda p: p.write_text("".join(f"{line},x\n" for line in p.read_text().splitlines())), [("extra-label", 1, None)]),
    "a column named twice": ("crossings", lambda p: replaced(p, "country_b", "country_a"), [("duplicate-label", 1, "country_a")]),
    "a column without a name": ("crossings", lambda p: replaced(p, "side_names", ""), [("blank-label", 1, "side_names")]),
    "labels swapped with their cells": ("traffic_scope_members", lambda p: p.write_text("".join(",".join(reversed(line.split(","))) + "\n" for line in p.read_text().splitlines())), [("incorrect-label", 1, "scope"), ("incorrect-label", 1, "member")]),
    "an empty file": ("claim_links", lambda p: p.write_text(""), [("source-error", 1, None)]),
    "a stray quote": ("crossings", lambda p: replaced(p, "PAK,", 'PA"K,'), [("quote-error", "plc-torkham", "country_a")]),
    "a quote never closed": ("crossings", lambda p: replaced(p, ",AFG", ',"AFG'), [("quote-error", "plc-torkham", "country_b")]),
    "one byte of another encoding": ("persons", lambda p: p.write_bytes(p.read_bytes().replace(b"Shah", b"Sh\xe9h", 1)), [("encoding-error", "per-shah", None)]),
}  # fmt: skip


@pytest.mark.parametrize("name", STRUCTURE)
def test_a_file_that_is_not_what_its_descriptor_says(name: str, restored: Copy) -> None:
    table, change, wanted = STRUCTURE[name]
    path = restored.data / f"{table}.csv"
    at = {row: line_of(path, row) if isinstance(row, str) else row for _, row, _ in wanted}
    change(path)
    new = restored.told() - restored.clean
    assert {(code, t, line, column) for code, _, t, line, column in new} == {
        (code, table, at[row], column) for code, row, column in wanted
    }


def test_a_missing_file_is_told_once_and_what_needs_it_is_skipped(restored: Copy) -> None:
    (restored.data / "border_events.csv").unlink()
    report = validate(project=restored.project)
    new = told(report) - restored.clean
    descriptor = (restored.data.parent / "datapackage.yaml").read_text().splitlines()
    line = next(number for number, text in enumerate(descriptor, 1) if "data/border_events.csv" in text)
    assert dict(new) == {("scheme-error", None, "border_events", line, None): 1}
    (finding,) = [finding for finding in report.findings if finding.code == "scheme-error"]
    assert finding.place.path == "datasets/afpak-security/datapackage.yaml"
    skipped = {verdict.code: verdict.skipped for verdict in report.datasets[0].verdicts if verdict.skipped}
    assert skipped["closure-after-closure"] == "the table border_events could not be read"
    assert skipped["type-error"] == "the file could not be read"


def test_a_descriptor_that_does_not_parse_is_one_finding(restored: Copy) -> None:
    path = restored.data.parent / "datapackage.yaml"
    replaced(path, "resources:", "resources: [")
    report = validate(project=restored.project)
    assert [(f.code, f.place.path) for f in report.findings] == [
        ("package-error", "datasets/afpak-security/datapackage.yaml")
    ]
