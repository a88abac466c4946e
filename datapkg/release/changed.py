"""`changes.json` and `changes.parquet`: what differs from the version before, all of it."""

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from datapkg.changes import Changes, Op, RowChange, Side, key_text
from datapkg.diffjson import pieces
from datapkg.release.draft import Draft

JSON, PARQUET = "changes.json", "changes.parquet"
BATCH = 10_000
COLUMNS = {
    "version": "the version that made the change",
    "table": "the table; none for a change of the package",
    "op": "added, removed or changed for a row; else the kind of change of the declarations",
    "key": "the row's key: the value, or `column=value,…`; none in a table without a key",
    "column": "the column",
    "old": "the value before; none where there was none",
    "new": "the value now; none where there is none",
    "row": "the number of the changed row within its table, from 1: what has the same number is one row",
    "times": "how often such a row came or went, in a table without a key",
}
"""The columns of `changes.parquet`, all of them text but the last two. It has a line for each cell with a value."""


def changes_json(draft: Draft) -> str | bytes | None:
    """All changes in the format `datapkg-diff/1`; without a version before, none."""
    if draft.again is not None:
        return _kept(draft.again / JSON)
    return "".join(pieces(_changes(draft)))


def changes_parquet(draft: Draft) -> bytes | None:
    """All changes as a table, a line for each cell."""
    if draft.again is not None:
        return _kept(draft.again / PARQUET)
    import pyarrow
    import pyarrow.parquet

    number = ("row", "times")
    fields = [
        pyarrow.field(name, pyarrow.int64() if name in number else pyarrow.string(), metadata={"description": what})
        for name, what in COLUMNS.items()
    ]
    schema = pyarrow.schema(fields)
    out = io.BytesIO()
    with pyarrow.parquet.ParquetWriter(
        out, schema, compression="zstd", write_page_index=True, write_page_checksum=True
    ) as writer:
        batch: list[dict[str, Any]] = []
        for line in _lines(_changes(draft), draft.version):
            batch.append(line)
            if len(batch) == BATCH:
                writer.write_table(pyarrow.Table.from_pylist(batch, schema))
                batch = []
        writer.write_table(pyarrow.Table.from_pylist(batch, schema))
    return out.getvalue()


def _kept(path: Path) -> bytes | None:
    """The changes of the same rows as they were told before; SHA256SUMS says whether they are what was published."""
    return path.read_bytes() if path.is_file() and not path.is_symlink() else None


def _changes(draft: Draft) -> Changes:
    name = draft.dataset.name
    nothing = Changes(Side(name, None, name), Side(name, draft.version, f"{name}@{draft.version}"))
    return draft.changes or nothing


def _lines(changes: Changes, version: str) -> Iterator[dict[str, Any]]:
    blank = dict.fromkeys(COLUMNS) | {"version": version}
    for change in changes.schema:
        told = {"table": change.table, "op": str(change.kind), "column": change.column}
        yield {**blank, **told, "old": _text(change.old), "new": _text(change.new)}
    for name, table in changes.tables.items():
        for number, row in enumerate(table.rows, 1):
            head = {**blank, "table": name, "op": str(row.op), "key": _key(row), "row": number, "times": row.times}
            for cell in row.cells:
                if row.op is Op.CHANGED or cell.old is not None or cell.new is not None:
                    yield {**head, "column": cell.column, "old": cell.old, "new": cell.new}


def _key(row: RowChange) -> str | None:
    return None if row.key is None else key_text(row.key)


def _text(value: Any) -> str | None:
    return value if value is None or isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
