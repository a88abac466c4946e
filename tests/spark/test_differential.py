"""Three engines on the real dataset: DuckDB, a cluster and plain Pandera, on clean data and on corrupted."""

import shutil
from collections import Counter
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

import pandera.errors
import pyarrow
import pytest
import yaml
from conftest import ROOT
from verdicts import both, differences, told

from datapkg.cells.values import parse
from datapkg.dataset import Dataset, open_dataset
from datapkg.law import compile_law, load_row_rules, reference
from datapkg.mutate.operators import OPERATORS
from datapkg.mutate.sheet import read_sheet
from datapkg.project import Project, find_project
from datapkg.resources import Table
from datapkg.spark.queries import translated
from datapkg.sqlrules import read_sql_rules

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

KINDS = ("type", "missing", "constraint", "keys", "reference", "semantic")
"""Corruptions of values; what a corrupted file looks like is another matter."""
ARROW = {
    "BIGINT": pyarrow.int64(),
    "DOUBLE": pyarrow.float64(),
    "BOOLEAN": pyarrow.bool_(),
    "DATE": pyarrow.date32(),
    "TIMESTAMP": pyarrow.timestamp("us"),
    "VARCHAR": pyarrow.string(),
}


def copied(folder: Path) -> Project:
    """The project with its one dataset, to be spoilt."""
    shutil.copytree(ROOT / "schemas", folder / "schemas")
    shutil.copytree(ROOT / "datasets", folder / "datasets")
    (folder / "datapkg.toml").write_text('schemas = "schemas"\ndatasets = "datasets"\n')
    project = find_project(folder)
    assert project is not None
    return project


def corrupted(table: Table, rng: Random, wanted: int = 8) -> int:
    """Spoil a table in so many ways, one upon the other; how many took."""
    assert table.schema is not None
    (path,), took = table.paths, 0
    ways = [
        (operator, column)
        for operator in OPERATORS
        if operator.kind in KINDS
        for column in (table.schema.columns if operator.by_column else table.schema.columns[:1])
        if operator.applies(table.schema, column)
    ]
    for operator, column in rng.sample(ways, len(ways)):
        sheet = read_sheet(path.read_bytes(), table.schema, table.dialect)
        edit = operator.change(sheet, column if operator.by_column else None, rng)
        if edit is not None and not edit.raw:
            path.write_bytes(edit.data)
            took += 1
        if took == wanted:
            break
    return took


def opened(project: Project) -> Dataset:
    """The dataset of the project."""
    (descriptor,) = project.root.glob("datasets/*/datapackage.yaml")
    return open_dataset(descriptor, root=project.root, base=project.root)


def test_the_clean_dataset_is_judged_alike(spark: "SparkSession", tmp_path: Path) -> None:
    one, other = both(spark, project=copied(tmp_path))
    assert differences(one, other) == {}
    assert other.valid
    assert sum(v.rows is not None for v in other.datasets[0].verdicts) > 700


@pytest.mark.parametrize("seed", [1, 2])
def test_corruptions_are_told_alike(spark: "SparkSession", tmp_path: Path, seed: int) -> None:
    project = copied(tmp_path)
    took = sum(corrupted(table, Random(f"{seed}:{table.name}")) for table in opened(project).tables)  # noqa: S311
    one, other = both(spark, project=project)
    assert differences(one, other) == {}
    broken = {key[0] for key, verdicts in told(other).items() if any(found[0] for found in verdicts)}
    assert took > 120
    assert {"type-error", "constraint-error", "foreign-key"} <= broken
    assert len(broken) > 25, broken


def test_pandera_says_the_same_of_what_it_judges(spark: "SparkSession", tmp_path: Path) -> None:
    project = copied(tmp_path)
    shutil.rmtree(project.schemas / "cross")
    (descriptor,) = tmp_path.glob("datasets/*/datapackage.yaml")
    package = yaml.safe_load(descriptor.read_text())
    package["resources"] = [resource for resource in package["resources"] if resource["name"] == "claims"]
    descriptor.write_text(yaml.safe_dump(package))
    (table,) = opened(project).tables
    assert corrupted(table, Random(7), 30) == 30  # noqa: S311
    one, other = both(spark, project=project)
    assert differences(one, other) == {}
    ours = {
        (verdict.constraint or verdict.code, verdict.column, verdict.failures)
        for verdict in other.datasets[0].verdicts
        if verdict.table == "claims" and verdict.failures and verdict.layer == "pandera"
    }
    assert ours
    assert by_pandera(table, load_row_rules(project.schemas / "claims.py")) == ours


def by_pandera(table: Table, checks: Any) -> set[tuple[str, str | None, int]]:
    """(rule, column, how many rows) of what plain Pandera finds, row by row, in values that Python read.

    A row rule is asked only where each cell that it reads is of its type, as we do.
    """
    assert table.schema is not None
    law = compile_law(table.schema, checks)
    sheet = read_sheet(table.paths[0].read_bytes(), table.schema, table.dialect)
    found: Counter[tuple[str, str | None]] = Counter()
    for row in range(len(sheet.rows)):
        values, bad = {}, set()
        for column in table.schema.columns:
            text = sheet.cell(row, column.name)
            value = None
            try:
                value = None if text in column.missing_values else parse(column, text)
            except ValueError:
                bad.add(column.name)
            held = text if value is not None and column.storage == "VARCHAR" else value
            values[column.name] = pyarrow.array([held], ARROW[column.storage])
        try:
            reference(law).validate(pyarrow.table(values), lazy=True)
        except pandera.errors.SchemaErrors as errors:
            for error in errors.schema_errors:
                told: Any = error
                name = "required" if told.check is None or "null" in str(told.check) else str(told.check.name)
                column_name = told.schema.name if told.schema.name in table.schema else None
                if column_name not in bad and not (column_name is None and bad):
                    found[name, column_name] += 1
    return {(*key, count) for key, count in found.items()}


def test_every_rule_of_the_dataset_has_its_equal() -> None:
    rules = read_sql_rules(ROOT / "schemas" / "cross")
    assert len(rules) > 40
    for rule in rules:
        assert translated(rule.query, {}).sql
