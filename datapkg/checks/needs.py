"""What the checks after the pass read of each table, so that the pass keeps that and no more."""

from collections.abc import Iterator, Mapping

from datapkg.checks.released import RETRACTIONS
from datapkg.checks.scene import Scene
from datapkg.engine.queries import Read, read_by
from datapkg.resources import Table
from datapkg.schema import Schema


def needed(scene: Scene) -> Mapping[str, frozenset[str] | None]:
    """The columns that keys, references, SQL rules and views read, by table; None is all of them."""
    queries = [rule.query for rule in scene.sql_rules if rule.refusal is None]
    queries += [view.query for view in scene.derived if view.mistake is None]
    reads = [read_by(scene.space, query) for query in queries]
    return {table.name: _needed(scene, table, reads) for table in scene.dataset.tables}


def _needed(scene: Scene, table: Table, reads: list[Read]) -> frozenset[str] | None:
    mine = [read for read in reads if read.tables is None or table.name.casefold() in read.tables]
    if table.schema is None or any(read.columns is None for read in mine):
        return None
    if table.name == RETRACTIONS:
        return None
    named = {name for read in mine for name in read.columns or ()}
    asked = {column.name for column in table.schema.columns if column.name.casefold() in named}
    return frozenset({*asked, *_keys(table.schema), *_aims(scene, table.name)})


def _keys(schema: Schema) -> Iterator[str]:
    """The columns of a table's own keys and references."""
    yield from (column.name for column in schema.columns if column.constraints.get("unique") is True)
    for key in (schema.primary_key, *schema.unique_keys):
        yield from key
    for reference in schema.foreign_keys:
        yield from reference.columns
        if reference.table is None:
            yield from reference.target_columns


def _aims(scene: Scene, name: str) -> Iterator[str]:
    """The columns of a table that other tables refer to."""
    schemas = (table.schema for table in scene.dataset.tables if table.schema is not None)
    for reference in (reference for schema in schemas for reference in schema.foreign_keys):
        if reference.table == name:
            yield from reference.target_columns
