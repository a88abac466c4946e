"""The answer of a query as text: a table for people, CSV and JSON for programs."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from datapkg.errors import QueryError
from datapkg.query import Answer
from datapkg.render.escape import show, width
from datapkg.render.values import json_of, text_of

if TYPE_CHECKING:
    import pyarrow


def table(answer: Answer) -> Iterator[str]:
    """Aligned columns, numbers to the right; a null is empty, and nothing moves the cursor."""
    heads = [show(name) for name in answer.schema.names]
    rows = [[show(text_of(value)) for value in row] for row in _rows(answer)]
    widths = [max(map(width, column)) for column in zip(heads, *rows, strict=True)]
    right = [_is_number(field.type) for field in answer.schema]
    yield _line(heads, widths, right)
    yield _line(["-" * width for width in widths], widths, right)
    for row in rows:
        yield _line(row, widths, right)


def to_csv(answer: Answer) -> Iterator[str]:
    """CSV (RFC 4180): a null is an empty cell, an empty text is two quotes."""
    yield _csv_line(answer.schema.names)
    for row in _rows(answer):
        yield _csv_line(row)


def to_json(answer: Answer) -> Iterator[str]:
    """A list of objects, one a line. Raises QueryError where two columns have one name."""
    names = answer.schema.names
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise QueryError(f"two columns of the answer are named {twice}; give one of them another name with AS")
    yield "["
    separator = "\n"
    for row in _rows(answer):
        values = (json_of(value) for value in row)
        yield separator + json.dumps(dict(zip(names, values, strict=True)), ensure_ascii=True, allow_nan=False)
        separator = ",\n"
    yield "]\n" if separator == "\n" else "\n]\n"


ANSWERS: Mapping[str, Callable[[Answer], Iterator[str]]] = {"table": table, "csv": to_csv, "json": to_json}
"""Each renders an answer as pieces of text."""


def _rows(answer: Answer) -> Iterator[tuple[Any, ...]]:
    for batch in answer.batches:
        yield from zip(*(column.to_pylist() for column in batch.columns), strict=True)


def _line(cells: list[str], widths: list[int], right: list[bool]) -> str:
    padded = (
        " " * (room - width(cell)) + cell if aside else cell + " " * (room - width(cell))
        for cell, room, aside in zip(cells, widths, right, strict=True)
    )
    return "  ".join(padded).rstrip() + "\n"


def _is_number(kind: "pyarrow.DataType") -> bool:
    from pyarrow import types

    return bool(types.is_integer(kind) or types.is_floating(kind) or types.is_decimal(kind))


def _csv_line(values: Iterable[Any]) -> str:
    return ",".join(_csv_cell(value) for value in values) + "\r\n"


def _csv_cell(value: Any) -> str:
    text = text_of(value)
    if value is None or (text and not set(text) & set(',"\r\n')):
        return text
    return '"' + text.replace('"', '""') + '"'
