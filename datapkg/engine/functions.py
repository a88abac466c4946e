"""Functions of Python as SQL functions: each distinct cell of a batch is looked at once."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from datapkg.cells.predicates import Predicate

if TYPE_CHECKING:
    import duckdb
    import pyarrow

Spelling = Callable[[str], str]
REMEMBERED = 10_000
"""How many verdicts on short cells a function remembers from batch to batch."""
SHORT = 200


@contextmanager
def functions(
    con: "duckdb.DuckDBPyConnection", told: Mapping[str, Predicate | Spelling], kind: str = "BOOLEAN"
) -> Iterator[None]:
    """What is told of a text, as SQL functions of `con` while the context lasts: of the type `kind`, by name."""
    from duckdb.func import SPECIAL, PythonUDFType

    made = []
    try:
        for name, function in told.items():
            vectorized = _vectorized(function, kind)
            con.create_function(name, vectorized, ["VARCHAR"], kind, type=PythonUDFType.ARROW, null_handling=SPECIAL)
            made.append(name)
        yield
    finally:
        for name in made:
            con.remove_function(name)


def _vectorized(told: Predicate | Spelling, kind: str) -> "Callable[[pyarrow.ChunkedArray], pyarrow.Array]":
    import pyarrow

    known: dict[str, bool | str | None] = {}
    arrow = pyarrow.bool_() if kind == "BOOLEAN" else pyarrow.string()

    def verdict(cell: str | None) -> bool | str | None:
        if cell is None:
            return None
        if cell in known:
            return known[cell]
        found = told(cell)
        if len(cell) <= SHORT and len(known) < REMEMBERED:
            known[cell] = found
        return found

    def vectorized(cells: Any) -> Any:
        encoded = cells.combine_chunks().dictionary_encode()
        verdicts = pyarrow.array([verdict(cell) for cell in encoded.dictionary.to_pylist()], arrow)
        return verdicts.take(encoded.indices)

    return vectorized
