"""Is all that was released still there? The keys of the last release, and the tombstones of those that went."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from datapkg.checks.scene import Scene, cell, excerpt, listed, place, quoted, verdict
from datapkg.engine.judge import Judged
from datapkg.engine.released import (
    PLACES,
    Keyed,
    Unreadable,
    never_released,
    repeated_retractions,
    reused,
    unreasoned,
    unreplaced,
    vanished,
)
from datapkg.findings import Finding, Layer, Place, Rule, Verdict, pack
from datapkg.paths import unsafe_name

RETRACTIONS = "retractions"
REASONS = {
    "duplicate": "the same fact stands in another row",
    "merged": "the fact became part of another row",
    "split": "the fact became several rows",
    "rekeyed": "the fact stands under another key",
    "error": "the fact was not so, or was recorded so wrongly that no correction is the same fact",
    "withdrawn": "its source took it back",
    "out-of-scope": "the fact is true and does not belong to the table",
    "legal": "the law, a licence or a person's rights forbid to keep it",
}
"""Why a released row may be taken away."""

KEY_VANISHED = Rule(
    code="key-vanished",
    layer=Layer.DUCKDB,
    message="{value} in {columns} was released in {version} and is gone",
    why="Whoever cites a released row must find it, or learn why it went.",
    fix="Put the row back, or enter it in the table `retractions`: the table, the key and a reason.",
)
KEY_REUSED = Rule(
    code="key-reused",
    layer=Layer.DUCKDB,
    message="{value} of {of} is retracted and is a row again",
    why="Whoever cites the old fact would find another one under its key.",
    fix="Give the new fact a key of its own. A retraction that was never released may be removed instead.",
)
NEVER_RELEASED = Rule(
    code="never-released",
    layer=Layer.DUCKDB,
    message="{value} of {of} is retracted, but {version} has no such row",
    why="A tombstone of a row that nobody has seen hides a slip in the key of the one that is meant.",
    fix="Correct the table or the key; a row that was never released may go without a word.",
)
REASON_UNKNOWN = Rule(
    code="reason-unknown",
    layer=Layer.DUCKDB,
    message="{value} is no reason for a retraction",
    why="Readers filter retractions by their reason, which a free text does not allow.",
    fix=f"Write one of {', '.join(REASONS)}; all else belongs in the note.",
)
REPLACEMENT_MISSING = Rule(
    code="replacement-missing",
    layer=Layer.DUCKDB,
    message="{value} of {of} is said to be replaced by {other}, which is no row",
    why="Whoever follows the retraction to the row that holds the fact now finds nothing.",
    fix="Name the key of a row of the same table, or leave the cell empty.",
)
RETRACTION_REPEATED = Rule(
    code="retraction-repeated",
    layer=Layer.DUCKDB,
    message="{value} of {of} is retracted twice",
    why="Of two reasons for one row nobody knows which holds.",
    fix="Remove one of the two.",
)
RETRACTED = (KEY_REUSED, NEVER_RELEASED, REASON_UNKNOWN, REPLACEMENT_MISSING, RETRACTION_REPEATED)

Found = tuple[int, list[int]]


def check_released(scene: Scene) -> Iterator[Verdict]:
    """No row of the last release is missing, unless it was retracted."""
    if scene.released is None:
        return
    retractions = _retractions(scene)
    for table in _keyed(scene):
        if table.files:
            yield _vanished(scene, table, retractions)


def check_retractions(scene: Scene) -> Iterator[Verdict]:
    """Each retraction is of a row that was released and is gone, once, with a reason, and leads to a row."""
    told = _retractions(scene)
    if told is None:
        return
    con, limit = scene.space.con, scene.limit
    tables = [table for table in _keyed(scene) if table.judged.opened.positions.keys() >= {*table.key}]
    yield _of_rows(scene, told, KEY_REUSED, "key", lambda: reused(con, told, tables, limit))
    if scene.released is not None:
        own = Keyed(told, released_files(scene.released[1], RETRACTIONS))
        yield _of_rows(scene, told, NEVER_RELEASED, "key", lambda: never_released(con, own, tables, limit))
    yield _of_rows(scene, told, REASON_UNKNOWN, "reason", lambda: unreasoned(con, told, tuple(REASONS), limit))
    yield _of_rows(scene, told, REPLACEMENT_MISSING, "replaced_by", lambda: unreplaced(con, told, tables, limit))
    yield _of_rows(scene, told, RETRACTION_REPEATED, "key", lambda: repeated_retractions(con, told, limit))


def released_files(folder: Path, table: str) -> tuple[Path, ...]:
    """The Parquet files of a table in a release, in order; none where it has no such table."""
    if unsafe_name(table) is not None:
        return ()
    single = folder / "data" / f"{table}.parquet"
    return (single,) if single.is_file() else tuple(sorted((folder / "data" / table).glob("part-*.parquet")))


def _retractions(scene: Scene) -> Judged | None:
    """The table of retractions, where the dataset has one that says which rows it is about."""
    judged = scene.tables.get(RETRACTIONS)
    there = judged is not None and judged.opened.parts and {*PLACES, "reason"} <= judged.opened.positions.keys()
    return judged if there else None


def _keyed(scene: Scene) -> list[Keyed]:
    """The tables that can be read and have a primary key, with the files of their last release."""
    found = []
    for judged in scene.tables.values():
        if judged.opened.schema.primary_key and judged.opened.parts:
            folder = scene.released[1] if scene.released is not None else None
            files = released_files(folder, judged.opened.table.name) if folder is not None else ()
            found.append(Keyed(judged, files))
    return found


def _vanished(scene: Scene, table: Keyed, retractions: Judged | None) -> Verdict:
    assert scene.released is not None
    opened, key = table.judged.opened, table.key
    told = verdict(table.judged, KEY_VANISHED, key)
    if any(column not in opened.positions for column in key):
        return replace(told, rows=None, skipped=f"a column of the key is not in {opened.table.name}")
    try:
        count, gone = vanished(scene.space.con, table, retractions, scene.limit)
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


def _of_rows(scene: Scene, judged: Judged, rule: Rule, column: str, ask: Callable[[], Found]) -> Verdict:
    """What one rule says of the retractions; what their own schema says is not told again."""
    told = verdict(judged, rule, (column,))
    schema = judged.opened.schema
    if column not in judged.opened.positions:
        return replace(told, rows=None, skipped=f"the table {RETRACTIONS} has no column {column}")
    if rule is REASON_UNKNOWN and schema[column].constraints.keys() >= {"enum", "required"}:
        return replace(told, rows=None, skipped="its schema lists the reasons")
    if rule is RETRACTION_REPEATED and set(schema.primary_key) == set(PLACES):
        return replace(told, rows=None, skipped="its primary key says so")
    try:
        count, rows = ask()
    except Unreadable as fault:
        version = scene.released[0] if scene.released is not None else None
        return replace(told, rows=None, skipped=f"the release {version} has other keys: {fault}")
    return replace(told, failures=count, findings=pack(_findings(scene, judged, rule, column, rows)))


def _findings(scene: Scene, judged: Judged, rule: Rule, column: str, rows: Sequence[int]) -> Iterator[Finding]:
    positions = judged.opened.positions
    for row, at in scene.rows(judged, rows):
        words = {"value": quoted(cell(at, positions["key" if column == "replaced_by" else column]))}
        words |= {"of": cell(at, positions["table"]) or "", "version": scene.released[0] if scene.released else ""}
        words["other"] = quoted(cell(at, positions.get(column)))
        finding = Finding.of(rule, place(judged, at, row, column), **words)
        yield replace(finding, excerpt=excerpt(judged, at, column))
