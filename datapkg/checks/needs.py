"""What the checks after the pass read of each table, so that the pass keeps that and no more."""

from collections.abc import Iterator, Mapping

from datapkg.checks.released import RETRACTIONS
from datapkg.checks.scene import Scene
from datapkg.engine.judge import Uses
from datapkg.engine.queries import Read, read_by
from datapkg.resources import Table
from datapkg.schema import ForeignKey, Schema


def needed(scene: Scene) -> Mapping[str, Uses]:
    """The columns that keys, references, SQL rules and views read, by table."""
    queries = [rule.query for rule in scene.sql_rules if rule.refusal is None]
    queries += [view.query for view in scene.derived if view.mistake is None]
    reads = [read_by(scene.space, query) for query in queries]
    return {table.name: _needed(scene, table, reads) for table in scene.dataset.tables}


def _needed(scene: Scene, table: Table, reads: list[Read]) -> Uses:
    mine = [read for read in reads if read.tables is None or table.name.casefold() in read.tables]
    if table.schema is None or any(read.columns is None for read in mine):
        return Uses()
    if table.name == RETRACTIONS:
        return Uses()
    named = {name for read in mine for name in read.columns or ()}
    asked = {column.name for column in table.schema.columns if column.name.casefold() in named}
    read = {*asked, *_keys(table.schema), *_aims(scene, table.name)}
    alone = {key.columns[0] for key in table.schema.foreign_keys if _is_alone(key)}
    return Uses(frozenset(read | alone), frozenset(alone - read))


def _is_alone(reference: ForeignKey) -> bool:
    return len(reference.columns) == 1 and reference.table is not None


def _keys(schema: Schema) -> Iterator[str]:
    """The columns of a table's own keys, and of references of several columns or to itself."""
    yield from (column.name for column in schema.columns if column.constraints.get("unique") is True)
    for key in (schema.primary_key, *schema.unique_keys):
        yield from key
    for reference in schema.foreign_keys:
        if not _is_alone(reference):
            yield from reference.columns
        if reference.table is None:
            yield from reference.target_columns


def _aims(scene: Scene, name: str) -> Iterator[str]:
    """The columns of a table that other tables refer to."""
    schemas = (table.schema for table in scene.dataset.tables if table.schema is not None)
    for reference in (reference for schema in schemas for reference in schema.foreign_keys):
        if reference.table == name:
            yield from reference.target_columns
