"""`content_sha256`: a digest of what a table holds, whatever wrote it and in whatever order.

Each value has a canonical text (its bytes in UTF-8):

- a string, and whatever else a release holds as text: the text itself
- an integer, a year: decimal digits, with `-` before a negative one
- a number: the bits of its IEEE 754 double, read as a signed 64-bit integer, in decimal digits;
  `nan` for every NaN
- an exact number (`datapkg:decimal`): written out with all of its decimals, as in `12.50`
- a boolean: `true` or `false`
- a date: the days since 1970-01-01; a time: the microseconds since midnight; a datetime: the
  microseconds since 1970-01-01T00:00:00, in UTC where it has a zone; each as an integer
- a list: its items, each framed as below; a point: the list of its longitude and its latitude

A text is framed by the number of its bytes in decimal digits and a colon before it; no value is `~`.
A row is its framed values one after the other, in the order of the schema; its digest is the
SHA-256 of that. The digest of the table is the SHA-256 of the digests of its rows (32 bytes each)
in ascending order, one after the other.
"""

import hashlib
from collections.abc import Sequence
from pathlib import Path

from datapkg.engine.connection import Workspace
from datapkg.engine.sql import name
from datapkg.engine.stored import reader, released
from datapkg.errors import OutputError
from datapkg.schema import Column

BATCH = 131_072
WIDTH = 32


def content_sha256(space: Workspace, columns: Sequence[Column], files: Sequence[Path]) -> str:
    """The digest of what Parquet files hold in the columns of a schema, of any other they are free.

    Raises OutputError where they do not hold the columns, cannot be read, or disk or memory end.
    """
    import duckdb
    import pyarrow

    told = released(space.con, columns, files)
    inner = ", ".join(f"{each.sql} AS {name(f'v{number}')}" for number, each in enumerate(told))
    framed = " || ".join(_framed(canonical(each.kind, name(f"v{number}"))) for number, each in enumerate(told))
    query = f"SELECT unhex(sha256({framed})) AS digest FROM (SELECT {inner} FROM {reader(files)}) ORDER BY digest"
    digest = hashlib.sha256()
    try:
        for batch in space.con.sql(query).to_arrow_reader(BATCH):
            cells = batch.column(0).cast(pyarrow.binary(WIDTH))
            first, last = WIDTH * cells.offset, WIDTH * (cells.offset + len(cells))
            digest.update(memoryview(cells.buffers()[1])[first:last])
    except (duckdb.Error, pyarrow.ArrowException) as error:
        raise OutputError(f"the rows cannot be read: {(str(error).splitlines() or [''])[0]}") from None
    return digest.hexdigest()


def _framed(told: str) -> str:
    return f"coalesce(strlen({told}) || ':' || {told}, '~')"


def canonical(kind: str, cell: str) -> str:
    """SQL for the canonical text of a value of a DuckDB type."""
    if kind.endswith("[]"):
        item = canonical(kind[:-2], "item")
        framed = f"list_transform({cell}, lambda item: {_framed(item)})"
        return f"CASE WHEN {cell} IS NOT NULL THEN array_to_string({framed}, '') END"
    if kind == "DOUBLE":
        bits = f"CAST(CAST(CAST({cell} AS BIT) AS BIGINT) AS VARCHAR)"
        return f"CASE WHEN isnan({cell}) THEN 'nan' ELSE {bits} END"
    if kind == "DATE":
        return f"CAST({cell} - DATE '1970-01-01' AS VARCHAR)"
    if kind in ("TIME", "TIMESTAMP"):
        return f"CAST(epoch_us({cell}) AS VARCHAR)"
    return cell if kind == "VARCHAR" else f"CAST({cell} AS VARCHAR)"
