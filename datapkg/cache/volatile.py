"""Rules whose verdict may change while nothing they are made of does: told from their text, in doubt too often."""

import ast
import re
from pathlib import Path

MODULES = frozenset(
    (
        *("__future__", "collections", "dataclasses", "datetime", "decimal", "enum", "fractions", "functools"),
        *("itertools", "math", "narwhals", "numbers", "operator", "pandera", "re", "string", "typing", "unicodedata"),
    )
)
"""What a file of row rules may import: libraries that are part of an entry's name, and pure ones."""
IMPURE = frozenset(
    (
        *("open", "eval", "exec", "compile", "input", "breakpoint", "globals", "locals", "vars", "id", "hash"),
        *("getattr", "setattr", "delattr", "now", "today", "utcnow", "fromtimestamp", "astimezone", "sample"),
    )
)
"""Names and attributes that lead to something else than the file's own text."""

DAILY = ("age", "current_date", "today")
MOMENTS = (
    *("ago", "current_localtime", "current_localtimestamp", "get_current_time", "get_current_timestamp", "now"),
    *("transaction_timestamp", "current_connection_id", "current_query", "current_query_id", "current_transaction_id"),
    *(
        "currval",
        "gen_random_uuid",
        "nextval",
        "pg_conf_load_time",
        "pg_postmaster_start_time",
        "pg_sleep",
        "random",
        "setseed",
    ),
    *("setval", "sleep_ms", "stats", "txid_current", "uuid", "uuidv4", "uuidv7", "write_log"),
)
CALL = r"""\b(?:{})["\s]*(?:\(|/\*|--)"""
MOMENT = re.compile(
    CALL.format("|".join(MOMENTS)) + r"|\b(?:current_time|current_timestamp|localtime|localtimestamp|tablesample)\b"
    r"|\busing\s+sample\b",
    re.IGNORECASE,
)
DAY = re.compile(CALL.format("|".join(DAILY)) + r"|\bcurrent_date\b", re.IGNORECASE)


class Volatile(Exception):
    """What a rule says may depend on more than the files it is made of."""


def check_rows(path: Path) -> None:
    """Raises Volatile where a file of row rules reads, imports or asks for more than its own text."""
    try:
        tree = ast.parse(path.read_bytes())
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise Volatile(f"{path.name} cannot be read") from error
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            modules = {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            modules = {node.module or "" if not node.level else "."}
        else:
            modules = set()
            word = node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""
            if word in IMPURE or (word.startswith("__") and word != "__name__"):
                raise Volatile(f"{path.name} uses {word}")
        if others := {module.partition(".")[0] for module in modules} - MODULES:
            raise Volatile(f"{path.name} imports {min(others)}")


def changes_daily(query: str) -> bool:
    """Whether the day matters to a SQL rule; Volatile where the moment does, or chance."""
    if found := MOMENT.search(query):
        raise Volatile(f"a rule asks for {found[0]}")
    return DAY.search(query) is not None
