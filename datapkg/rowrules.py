"""Maintainers' rules over the columns of a row, told from the text of their file: nothing runs."""

import ast
from collections.abc import Iterator
from pathlib import Path

from datapkg.findings import Layer, Rule, Severity


def read_row_rules(path: Path) -> Iterator[Rule]:
    """The checks that stand in a file as calls with constant words."""
    try:
        tree = ast.parse(path.read_text(encoding="utf-8"))
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            told = {word.arg: word.value.value for word in node.keywords if isinstance(word.value, ast.Constant)}
            name = told.get("name")
            if isinstance(name, str) and "native" in told:
                yield Rule(
                    code=name,
                    layer=Layer.PANDERA,
                    severity=Severity.WARNING if told.get("raise_warning") else Severity.ERROR,
                    message=str(told.get("error", f"the row breaks {name}")),
                    why=str(told.get("title", "The maintainers declared it a law of this table.")),
                    fix=str(told.get("description", "Correct the row.")),
                )
