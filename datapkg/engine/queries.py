"""SQL rules handed to the sandbox process, and its answers."""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
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


def run_queries(space: Workspace, tables: Mapping[str, Judged], rules: Sequence[SqlRule]) -> list[Answer]:
    """Each rule's answer, in order. The workspace's connection is closed meanwhile and opened again.

    A rule that ends the process (time, memory) has an error for an answer; the rules after it
    run in a new one.
    """
    answers: list[Answer] = []
    if not rules:
        return answers
    space.con.close()
    try:
        while len(answers) < len(rules):
            answers.extend(_run(space, _job(space, tables, rules[len(answers) :])))
            if len(answers) < len(rules):
                note = f"it did not end within {space.limits.seconds} s and the memory it may use"
                answers.append(Answer(error=note))
    finally:
        space.con = connect(space.database, space.limits)
    return answers


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


def _run(space: Workspace, job: Mapping[str, Any]) -> list[Answer]:
    if space.sandbox is None:
        start_sandbox(space)
    process, space.sandbox = space.sandbox, None
    assert process is not None
    try:
        out, _ = process.communicate(json.dumps(job), timeout=space.limits.seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        out, _ = process.communicate()
    return list(_answers(out))


def _answers(out: str) -> Iterator[Answer]:
    for line in out.splitlines():
        try:
            said = json.loads(line)
        except json.JSONDecodeError:
            return
        said["rows"] = tuple(said.get("rows", ()))
        said["absent"] = tuple(said.get("absent", ()))
        yield Answer(**said)
