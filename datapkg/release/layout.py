"""The tables as a release holds them: with the columns that it adds for points, and moments with or without a zone.

Whatever is written of a release is written from these tables, so its description is true of its files.
"""

from dataclasses import replace
from pathlib import Path
from typing import Any

from datapkg.cells.points import with_points
from datapkg.cells.strptime import forms
from datapkg.checks.released import released_files
from datapkg.checks.scene import Scene
from datapkg.dataset import Dataset
from datapkg.engine.export import zoned
from datapkg.engine.judge import Judged
from datapkg.errors import Refused
from datapkg.resources import Table
from datapkg.schema import ZONE, Column, from_descriptor
from datapkg.views import VIEW, VIEWS, Viewed

UTC, NO_ZONE = "UTC", "none"


def laid_out(dataset: Dataset, scene: Scene) -> Dataset:
    """The dataset with its tables as they will be released.

    Raises Refused where a column that is added has the name of another, or the zone of a column
    is not what is declared or was released.
    """
    tables = [_table(table, scene) if table.name in scene.tables else table for table in dataset.tables]
    views = [_view(viewed, dataset) for viewed in scene.viewed.values()]
    return replace(dataset, tables=(*tables, *views))


def _view(viewed: Viewed, dataset: Dataset) -> Table:
    """A view as one more table, which is read from the file that it was written to."""
    view, schema = viewed.view, viewed.schema()
    words = {"name": view.name, "title": view.title, "description": view.description, VIEW: view.query}
    shown = (Path(dataset.shown).parent / VIEWS / view.path.name).as_posix()
    return Table(
        name=view.name,
        paths=(viewed.file,),
        shown=(shown,),
        format="parquet",
        schema=from_descriptor(schema),
        descriptor={word: text for word, text in words.items() if text},
        schema_descriptor=schema,
    )


def _table(table: Table, scene: Scene) -> Table:
    try:
        schema = with_points(table.schema_descriptor)
    except ValueError as error:
        raise Refused(f"the table {table.name} cannot be released: {error}") from None
    judged = scene.tables[table.name]
    for column in from_descriptor(schema).columns:
        if column.type == "datetime":
            schema["fields"][column.number - 1][ZONE] = _zone(column, judged, scene)
    return replace(table, schema=from_descriptor(schema), schema_descriptor=schema)


def _zone(column: Column, judged: Judged, scene: Scene) -> str:
    """What is declared; else what the format or the cells say, which must be what was released last."""
    name = f"{judged.opened.table.name}.{column.name}"
    found = _written_with_zone(column, judged, scene)
    if column.zone is not None:
        if column.zone == NO_ZONE and found:
            raise Refused(f"the cells of {name} have a zone, and {ZONE} is {NO_ZONE}; a release holds them in {UTC}")
        return column.zone
    told = UTC if found else NO_ZONE
    before = _released(column, judged, scene)
    if before is not None and before != told:
        way = f"declare {ZONE}: {before} or, for readers to see a new type, {ZONE}: {told}"
        raise Refused(f"{name} was released {_words(before)} and would now be released {_words(told)}; {way}")
    return told


def _words(zone: str) -> str:
    return "in UTC" if zone == UTC else "without a zone"


def _written_with_zone(column: Column, judged: Judged, scene: Scene) -> bool:
    if column.name not in judged.opened.positions:
        return False
    if judged.opened.storage is not None:
        return _stored_zone(judged.opened.table.paths[0], column.name) == UTC
    if column.format not in ("default", "any"):
        return all("zone" in form.says for form in forms(column.type, column.format))
    return zoned(scene.space, judged, column.name) is True


def _released(column: Column, judged: Judged, scene: Scene) -> str | None:
    files = released_files(scene.released[1], judged.opened.table.name) if scene.released is not None else ()
    return _stored_zone(files[0], column.name) if files else None


def _stored_zone(path: Path, column: str) -> str | None:
    """Whether a column of moments in a Parquet file is in UTC; None where it has no such column."""
    import pyarrow
    import pyarrow.parquet

    try:
        schema = pyarrow.parquet.read_schema(path)
    except (pyarrow.ArrowException, OSError):
        return None
    found: Any = schema.field(column).type if column in schema.names else None
    if found is None or not pyarrow.types.is_timestamp(found):
        return None
    return UTC if found.tz is not None else NO_ZONE
