"""SQL text made safely: every name and every value goes through one of these."""

from collections.abc import Iterable


def name(text: str) -> str:
    """An identifier, quoted."""
    return '"' + text.replace('"', '""') + '"'


def text(value: str) -> str:
    """A string literal. DuckDB has no NUL in SQL text, so none passes."""
    return "'" + value.replace("\0", "\ufffd").replace("'", "''") + "'"


def names(texts: Iterable[str]) -> str:
    """Identifiers, quoted, with commas between."""
    return ", ".join(name(item) for item in texts)


def texts(values: Iterable[str]) -> str:
    """String literals with commas between."""
    return ", ".join(text(item) for item in values)
