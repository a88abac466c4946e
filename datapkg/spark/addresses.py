"""Files that only a cluster reaches: addresses in object stores, which the workers read with what they may."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

from datapkg.dataset import Dataset
from datapkg.findings import Verdict
from datapkg.resources import REMOTE, SCHEME_ERROR, Table

SCHEMES = ("s3", "s3a", "gs", "abfs", "abfss", "wasb", "wasbs", "hdfs", "viewfs", "oss", "dbfs")
"""Stores of files that a cluster may know; what speaks HTTP is none of them."""


def addresses(table: Table) -> tuple[str, ...]:
    """The files of a table as the cluster names them; none where one of them is out of reach."""
    if table.paths:
        return tuple(f"file://{path.as_posix()}" for path in table.paths)
    given = table.descriptor.get("path", ())
    listed = (given,) if isinstance(given, str) else given
    if not isinstance(listed, Sequence) or table.inline is not None or "extrapaths" in table.descriptor:
        return ()
    return tuple(listed) if listed and all(_stored(path) for path in listed) else ()


def reaching(dataset: Dataset) -> Dataset:
    """The dataset as a cluster sees it: that an address is remote is no fault where the cluster reaches it."""
    found = {table.name: addresses(table) for table in dataset.tables if not table.paths}
    stored = {name: paths for name, paths in found.items() if paths}
    if not stored:
        return dataset
    tables = tuple(replace(table, shown=stored.get(table.name, table.shown)) for table in dataset.tables)
    unreadable = {name: note for name, note in dataset.unreadable.items() if name not in stored}
    return replace(dataset, tables=tables, verdicts=tuple(_kept(dataset.verdicts, {*stored})), unreadable=unreadable)


def _kept(verdicts: Iterable[Verdict], stored: Collection[str | None]) -> Iterable[Verdict]:
    return (verdict for verdict in verdicts if verdict.code != SCHEME_ERROR.code or verdict.table not in stored)


def _stored(path: object) -> bool:
    if not isinstance(path, str) or not REMOTE.match(path):
        return False
    return path.partition("://")[0] in SCHEMES and "/../" not in path and not path.endswith("/..")
