"""Predicates of Python as SQL functions: each distinct cell of a batch is judged once."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from datapkg.cells.predicates import Predicate

if TYPE_CHECKING:
    import duckdb
    import pyarrow

REMEMBERED = 10_000
"""How many verdicts on short cells a function remembers from batch to batch."""
SHORT = 200


@contextmanager
def functions(con: "duckdb.DuckDBPyConnection", predicates: Mapping[str, Predicate]) -> Iterator[None]:
    """The predicates as SQL functions of `con`, by name, while the context lasts."""
    from duckdb.func import SPECIAL, PythonUDFType

    made = []
    try:
        for name, predicate in predicates.items():
            con.create_function(
                name, _vectorized(predicate), ["VARCHAR"], "BOOLEAN", type=PythonUDFType.ARROW, null_handling=SPECIAL
            )
            made.append(name)
        yield
    finally:
        for name in made:
            con.remove_function(name)


def _vectorized(predicate: Predicate) -> "Callable[[pyarrow.ChunkedArray], pyarrow.Array]":
    import pyarrow

    known: dict[str, bool | None] = {}

    def verdict(cell: str | None) -> bool | None:
        if cell is None:
            return None
        if cell in known:
            return known[cell]
        found = predicate(cell)
        if len(cell) <= SHORT and len(known) < REMEMBERED:
            known[cell] = found
        return found

    def vectorized(cells: Any) -> Any:
        encoded = cells.combine_chunks().dictionary_encode()
        verdicts = pyarrow.array([verdict(cell) for cell in encoded.dictionary.to_pylist()], pyarrow.bool_())
        return verdicts.take(encoded.indices)

    return vectorized
