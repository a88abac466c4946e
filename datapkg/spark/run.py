"""Which engine judges, and which checks it runs: what a cluster does not look at is in the ledger, with the reason."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import fields, replace
from typing import TYPE_CHECKING

from datapkg.checks import CHECKS, Check, content, files, released, views
from datapkg.checks.scene import Scene
from datapkg.errors import DatapkgError
from datapkg.findings import Rule, Verdict, skipped, verdict_of
from datapkg.spark.addresses import addresses
from datapkg.spark.scene import ClusterScene
from datapkg.spark.session import SMALL, cluster, settled

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

UNSEEN = "not looked at on a cluster"
FEW = 16 << 20
"""Bytes of all files below which a dataset is a small one."""
LEFT_OUT: tuple[Check, ...] = (
    files.check_structure,
    files.check_digests,
    content.check_content,
    content.check_near_keys,
    released.check_released,
    released.check_retractions,
    views.check_views,
)
"""Checks that one machine does alone, or that a cluster does in part."""
UNSEEN_RULES = (
    *(files.CELL_TOO_LONG, files.TOO_MANY_COLUMNS, files.PATH_PATTERN, files.DECOMPRESSION_LIMIT),
    *(*content.RULES, content.NEAR_DUPLICATE),
)


@contextmanager
def engaged(engine: "str | SparkSession") -> "Iterator[SparkSession | None]":
    """The session that judges, or None where DuckDB does. Raises DatapkgError where there is none."""
    if engine == "duckdb":
        yield None
    elif engine == "spark":
        with cluster() as session, settled(session):
            yield session
    elif isinstance(engine, str):
        raise DatapkgError(f"there is no engine {engine!r}; there are duckdb and spark")
    else:
        with settled(engine):
            yield engine


@contextmanager
def staged(scene: Scene, session: "SparkSession | None") -> Iterator[Scene]:
    """The scene as it is, or the same on a cluster, which holds nothing of it in the end."""
    if session is None:
        yield scene
        return
    given = {each.name: getattr(scene, each.name) for each in fields(Scene) if each.init}
    tables = scene.dataset.tables
    near = all(table.paths or not addresses(table) for table in tables)
    small = near and sum(path.stat().st_size for table in tables for path in table.paths) < FEW
    told = ClusterScene(**given, session=session, small=small)
    with settled(session, SMALL if small else {}):
        try:
            yield told
        finally:
            told.close()


def checks_of(scene: Scene) -> Sequence[Check]:
    """The checks in their order: all of them, or those of a cluster with one that says which it leaves out."""
    if not isinstance(scene, ClusterScene):
        return tuple(CHECKS)
    return (check_structure, *(check for check in CHECKS if check not in LEFT_OUT), check_unseen)


def check_structure(scene: Scene) -> Iterator[Verdict]:
    """Each table is a table, as far as a cluster sees it."""
    unseen = {rule.code for rule in UNSEEN_RULES}
    yield from (verdict for verdict in files.check_structure(scene) if verdict.code not in unseen)


def check_unseen(scene: Scene) -> Iterator[Verdict]:
    """The rules that no cluster looks at."""
    yield from (_unseen(rule) for rule in UNSEEN_RULES)
    yield from (_unseen(views.VIEW_ERROR, view.name) for view in scene.derived)
    if scene.released is not None:
        yield _unseen(released.KEY_VANISHED)
    if released.RETRACTIONS in scene.tables:
        yield from (_unseen(rule, released.RETRACTIONS) for rule in released.RETRACTED)
    for judged in scene.tables.values():
        table = judged.opened.table
        for given, rule in ((table.bytes, files.BYTE_COUNT), (table.hash, files.HASH_COUNT)):
            if given is not None:
                yield _unseen(rule, table.name)


def _unseen(rule: Rule, table: str | None = None) -> Verdict:
    return skipped(replace(verdict_of(rule, (), table=table), listed=True), UNSEEN)
