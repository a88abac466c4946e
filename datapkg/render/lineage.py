"""The history of a row and the blame of a table, for people and their scripts."""

import json
from collections.abc import Iterator
from typing import Any

from datapkg.changes import CellChange, Op
from datapkg.git import Commit
from datapkg.history import Blame, Event, Origin, Story
from datapkg.render.changes_wording import NOTHING
from datapkg.render.escape import show
from datapkg.render.json import plain
from datapkg.render.wording import brief

HISTORY, BLAME = "datapkg-history/1", "datapkg-blame/1"
FORMATS = ("text", "json")
SHORT = 12
"""Letters of a commit's id."""
CELL = 60
AUTHOR = 20
WORDS = {Op.ADDED: "came", Op.CHANGED: "changed", Op.REMOVED: "was taken away"}


def history(story: Story, format_: str) -> Iterator[str]:
    """The events of one row, the first first."""
    if format_ == "json":
        told = {"format": HISTORY, "dataset": story.dataset, "table": story.table, "key": story.key}
        events = [_event(event) for event in story.events]
        yield _dump({**told, "there": story.there, "events": events, "notes": list(story.notes)})
        return
    yield f"{brief(story.table)} {brief(story.key)}{'' if story.there else ', which is gone'}\n"
    for event in story.events:
        yield f"\n{brief(event.version) if event.version else 'not released'}: {WORDS[event.op]}{_by(event)}\n"
        yield from (f"  {line}\n" for line in _cells(event))
        if event.reason is not None:
            yield from (f"  {brief(name)}: {brief(text, CELL * 3)}\n" for name, text in event.reason.items())
    yield from _notes(story.notes)


def blame(found: Blame, format_: str) -> Iterator[str]:
    """The origin of each row or cell, in the order of the keys."""
    if format_ == "json":
        head = {"format": BLAME, "dataset": found.dataset, "table": found.table, "notes": list(found.notes)}
        yield _dump(head).rstrip().rstrip("}").rstrip() + ',\n "rows": ['
        for number, origin in enumerate(found.origins):
            yield f"{',' if number else ''}\n  {plain(json.dumps(_origin(origin)))}"
        yield "\n ]\n}\n"
        return
    width = max((len(origin.version or "") for origin in found.origins), default=0)
    width = max(width, len("not released") if any(origin.version is None for origin in found.origins) else 0)
    for origin in found.origins:
        column = f" {brief(origin.column)}" if origin.column is not None else ""
        version = brief(origin.version) if origin.version else "not released"
        yield f"{version:{width}}  {_who(origin.commit, found.git)}  {brief(origin.key)}{column}\n"
    yield from _notes(found.notes)


def _who(commit: Commit | None, git: bool) -> str:
    """The columns about a commit."""
    if not git:
        return ""
    if commit is None:
        return f"{'not committed':{SHORT + 2 + 10 + 2 + AUTHOR}}"
    return f"{commit.id[:SHORT]}  {commit.date[:10]}  {brief(commit.author, AUTHOR):{AUTHOR}}"


def _by(event: Event) -> str:
    if event.commit is None:
        return "" if event.committed else ", not committed"
    commit = event.commit
    return f" by {brief(commit.author)} on {commit.date[:10]}, {commit.id[:SHORT]}: {brief(commit.subject)}"


def _cells(event: Event) -> Iterator[str]:
    for cell in event.cells:
        old, new = (NOTHING if text is None else brief(text, CELL) or "''" for text in (cell.old, cell.new))
        if event.op is Op.CHANGED:
            yield f"{brief(cell.column)}: {old} → {new}"
        elif event.op is Op.ADDED:
            yield f"{brief(cell.column)}: {new}"


def _notes(notes: tuple[str, ...]) -> Iterator[str]:
    yield from (f"note: {show(note)}\n" for note in notes)


def _event(event: Event) -> dict[str, Any]:
    return {
        "op": event.op,
        "version": event.version,
        "commit": _commit(event.commit),
        "committed": event.committed,
        "cells": [_cell(cell) for cell in event.cells],
        "reason": dict(event.reason) if event.reason is not None else None,
    }


def _cell(cell: CellChange) -> dict[str, str | None]:
    return {"column": cell.column, "old": cell.old, "new": cell.new}


def _origin(origin: Origin) -> dict[str, Any]:
    told: dict[str, Any] = {"key": origin.key}
    if origin.column is not None:
        told["column"] = origin.column
    return {**told, "version": origin.version, "commit": _commit(origin.commit)}


def _commit(commit: Commit | None) -> dict[str, str] | None:
    if commit is None:
        return None
    return {"id": commit.id, "author": commit.author, "date": commit.date, "subject": commit.subject}


def _dump(value: Any) -> str:
    return plain(json.dumps(value, indent=1, default=str)) + "\n"
