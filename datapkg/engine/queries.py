"""SQL rules handed to the sandbox process, and its answers."""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from datapkg.engine.connection import Workspace, connect
from datapkg.engine.judge import Judged
from datapkg.sqlrules import SqlRule

SANDBOX = Path(__file__).with_name("sandbox.py")


@dataclass(frozen=True)
class Answer:
    """What a rule selected, or why it did not run.

    `rows` are texts by selected column, and the data row under ROW. `absent` are tables it
    reads that are not there; `unbound` says what else its SQL names that is not there.
    """

    count: int = 0
    rows: tuple[Mapping[str, str | None], ...] = ()
    absent: tuple[str, ...] = ()
    unbound: str | None = None
    error: str | None = None
    forbidden: str | None = None


def start_sandbox(space: Workspace) -> None:
    """Start the process that will run SQL rules; it loads what it needs while other work goes on."""
    command = [sys.executable, "-I", SANDBOX.as_posix()]
    space.sandbox = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env={}, text=True
    )


def ask(space: Workspace, tables: Mapping[str, Judged], rules: Sequence[SqlRule]) -> None:
    """Hand the rules to the sandbox, which works on them while the caller goes on.

    The workspace's connection is read-only from here on: the sandbox reads the same file.
    """
    if not rules:
        return
    if space.sandbox is None:
        start_sandbox(space)
    space.con.close()
    space.con = connect(space.database, space.limits, read_only=True)
    assert space.sandbox is not None
    assert space.sandbox.stdin is not None
    with suppress(BrokenPipeError):
        space.sandbox.stdin.write(json.dumps(_job(space, tables, rules)))
        space.sandbox.stdin.close()
    space.sandbox.stdin = None


def answers(space: Workspace, tables: Mapping[str, Judged], rules: Sequence[SqlRule]) -> list[Answer]:
    """Each rule's answer, in order; `ask` comes first.

    A rule that ends the process (time, memory) has an error for an answer; the rules after it
    run in a new one.
    """
    found: list[Answer] = []
    while len(found) < len(rules):
        if found:
            ask(space, tables, rules[len(found) :])
        found.extend(_said(space))
        if len(found) < len(rules):
            note = f"it did not end within {space.limits.seconds} s and the memory it may use"
            found.append(Answer(error=note))
    return found


def _job(space: Workspace, tables: Mapping[str, Judged], rules: Sequence[SqlRule]) -> dict[str, Any]:
    limits = space.limits
    return {
        "database": space.database.as_posix(),
        "memory_limit": limits.memory,
        "threads": limits.threads,
        "seconds": limits.seconds,
        "limit": limits.findings,
        "tables": {
            table: [column.name for column in judged.opened.schema.columns if column.name in judged.opened.positions]
            for table, judged in tables.items()
            if judged.opened.parts
        },
        "rules": [_rule(rule, tables) for rule in rules],
    }


def _rule(rule: SqlRule, tables: Mapping[str, Judged]) -> dict[str, Any]:
    judged = tables.get(rule.table or "")
    keys = judged.opened.schema.primary_key if judged else ()
    return {"query": rule.query, "table": rule.table if keys else None, "keys": list(keys)}


def _said(space: Workspace) -> Iterator[Answer]:
    process, space.sandbox = space.sandbox, None
    assert process is not None
    try:
        out, _ = process.communicate(timeout=space.limits.seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        out, _ = process.communicate()
    for line in out.splitlines():
        try:
            said = json.loads(line)
        except json.JSONDecodeError:
            return
        said["rows"] = tuple(said.get("rows", ()))
        said["absent"] = tuple(said.get("absent", ()))
        yield Answer(**said)
