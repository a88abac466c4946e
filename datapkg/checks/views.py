"""Can each derived table be made? The views of the dataset."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from datapkg.checks.queries import gap_of
from datapkg.checks.scene import Scene
from datapkg.engine.queries import Answer
from datapkg.engine.views import run_views
from datapkg.findings import Finding, Layer, Place, Rule, Verdict, verdict_of
from datapkg.views import View, Viewed

VIEW_ERROR = Rule(
    code="view-error",
    layer=Layer.DUCKDB,
    message="the view {view} cannot be made: {note}",
    why="A view is released as a table; one that does not run would be missing from the release.",
    fix="Write the view as one SELECT over the tables of the dataset, whose columns are of plain types and repeatable.",
)


def check_views(scene: Scene) -> Iterator[Verdict]:
    """Each view of the dataset runs; what it selects is kept for a release."""
    ready = [view for view in scene.derived if view.mistake is None]
    found = dict(zip((view.name for view in ready), run_views(scene.space, scene.tables, ready), strict=True))
    for view in scene.derived:
        verdict = replace(verdict_of(VIEW_ERROR, (), table=view.name), listed=True)
        if view.name not in found:
            yield _failed(scene, verdict, view, view.mistake or "")
            continue
        answer, file = found[view.name]
        if not scene.dataset.tables:
            yield replace(verdict, rows=None, skipped=f"{scene.dataset.shown} describes no table")
        elif unread := [name for name in answer.absent if name in scene.tables or name in scene.dataset.unreadable]:
            yield replace(verdict, rows=None, skipped=f"the table {unread[0]} could not be read")
        elif answer.unbound is not None and (gap := gap_of(scene)):
            yield replace(verdict, rows=None, skipped=gap)
        elif note := _fault(view, answer):
            yield _failed(scene, verdict, view, note)
        else:
            scene.viewed[view.name] = Viewed(view, file, answer.count, answer.columns)
            yield replace(verdict, rows=answer.count)


def _fault(view: View, answer: Answer) -> str | None:
    """What is wrong with a view that was run."""
    if answer.absent:
        return f"the dataset has no table {answer.absent[0]}"
    if note := answer.forbidden or answer.error or answer.exhausted or answer.late or answer.unbound:
        return note
    names = [name for name, _ in answer.columns]
    unknown = [name for name in (*view.key, *view.columns, *view.units) if name not in names]
    return f"its header names {unknown[0]}, and it selects no such column" if unknown else None


def _failed(scene: Scene, verdict: Verdict, view: View, note: str) -> Verdict:
    shown = (Path(scene.dataset.shown).parent / "views" / view.path.name).as_posix()
    finding = Finding.of(VIEW_ERROR, Place(shown, view.name, line=1), view=view.name, note=note)
    return replace(verdict, failures=1, findings=(finding,), rows=None if view.mistake else verdict.rows)
