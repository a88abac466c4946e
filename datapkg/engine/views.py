"""Views handed to the sandbox process, which writes the rows of each into a Parquet file."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from datapkg.engine.connection import Workspace
from datapkg.engine.judge import Judged
from datapkg.engine.queries import Answer, answers_to
from datapkg.views import View


def run_views(space: Workspace, tables: Mapping[str, Judged], views: Sequence[View]) -> list[tuple[Answer, Path]]:
    """What became of each view, in order, and the file that its rows are in.

    One thread works on one view after another, so that sums and groups come out the same each time.
    """
    folder = space.folder / "views"
    folder.mkdir(exist_ok=True)
    files = [folder / f"{view.name}.parquet" for view in views]
    asked = [
        {"query": view.query, "table": None, "file": file.as_posix(), "key": list(view.key)}
        for view, file in zip(views, files, strict=True)
    ]
    return list(zip(answers_to(space, tables, asked, threads=1), files, strict=True))
