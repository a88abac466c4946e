"""Two reports compared: every rule that both engines judge, its count, and its rows with their keys."""

from typing import TYPE_CHECKING, Any

from datapkg.findings import Report
from datapkg.project import Project
from datapkg.spark.run import UNSEEN
from datapkg.validate import validate

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

Key = tuple[str, str | None, str | None, str | None]
Told = dict[Key, list[tuple[Any, ...]]]


def both(session: "SparkSession", *targets: str, project: Project | None = None) -> tuple[Report, Report]:
    """What DuckDB and the cluster say."""
    return validate(*targets, project=project), validate(*targets, project=project, engine=session)


def told(report: Report, *, values: bool = True) -> Told:
    """By rule: failures, why it did not run, and the findings."""
    found: Told = {}
    for dataset in report.datasets:
        for verdict in dataset.verdicts:
            if verdict.skipped or verdict.failures or verdict.listed:
                shown = [
                    (f.severity, f.place.path, f.place.row, f.place.line, f.place.column, f.waived)
                    + ((f.place.value, f.message, dict(f.place.key or {})) if values else ())
                    for f in verdict.findings
                ]
                key = (verdict.code, verdict.table, verdict.column, verdict.constraint)
                found.setdefault(key, []).append((verdict.failures, verdict.rows, verdict.skipped, shown))
    return found


def differences(one: Report, other: Report, *, values: bool = True) -> dict[Key, tuple[Any, Any]]:
    """The rules of which the two say different things; `other` is the cluster's, which leaves some out."""
    mine, theirs = told(one, values=values), told(other, values=values)
    unseen = {v.code for dataset in other.datasets for v in dataset.verdicts if v.skipped == UNSEEN}
    keys = [key for key in {**mine, **theirs} if key[0] not in unseen]
    return {key: (mine.get(key), theirs.get(key)) for key in keys if mine.get(key) != theirs.get(key)}
