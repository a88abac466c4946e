"""Is all that was released still there? The keys of the last release against the rows of today."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from datapkg.checks.scene import Scene, listed, quoted, verdict
from datapkg.engine.judge import Judged
from datapkg.engine.released import Unreadable, vanished
from datapkg.findings import Finding, Layer, Place, Rule, Verdict, pack
from datapkg.paths import unsafe_name

KEY_VANISHED = Rule(
    code="key-vanished",
    layer=Layer.DUCKDB,
    message="{value} in {columns} was released in {version} and is gone",
    why="Whoever cites a released row must find it, or learn why it went.",
    fix="Put the row back, or enter it in the table `retractions`: the table, the key and a reason.",
)
RETRACTIONS = "retractions"


def check_released(scene: Scene) -> Iterator[Verdict]:
    """No row of the last release is missing, unless it was retracted."""
    if scene.released is None:
        return
    for judged in scene.tables.values():
        if judged.opened.schema.primary_key and judged.opened.parts:
            files = released_files(scene.released[1], judged.opened.table.name)
            if files:
                yield _verdict(scene, judged, files)


def released_files(folder: Path, table: str) -> tuple[Path, ...]:
    """The Parquet files of a table in a release, in order; none where it has no such table."""
    if unsafe_name(table) is not None:
        return ()
    single = folder / "data" / f"{table}.parquet"
    return (single,) if single.is_file() else tuple(sorted((folder / "data" / table).glob("part-*.parquet")))


def _verdict(scene: Scene, judged: Judged, files: tuple[Path, ...]) -> Verdict:
    assert scene.released is not None
    opened, key = judged.opened, judged.opened.schema.primary_key
    told = verdict(judged, KEY_VANISHED, key)
    if any(column not in opened.positions for column in key):
        return replace(told, rows=None, skipped=f"a column of the key is not in {opened.table.name}")
    try:
        count, gone = vanished(scene.space.con, judged, files, scene.tables.get(RETRACTIONS), scene.limit)
    except Unreadable as fault:
        return replace(told, rows=None, skipped=f"the release {scene.released[0]} has another key: {fault}")
    findings = (
        Finding.of(
            KEY_VANISHED,
            Place(opened.table.shown[0], opened.table.name, key=dict(zip(key, values, strict=True))),
            value=", ".join(quoted(value) for value in values),
            columns=listed(key),
            version=scene.released[0],
        )
        for values in gone
    )
    return replace(told, failures=count, findings=pack(findings))
