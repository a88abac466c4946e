"""SQL rules handed to the sandbox process, and its answers."""

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
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


def run_queries(space: Workspace, tables: Mapping[str, Judged], rules: Sequence[SqlRule]) -> list[Answer]:
    """Each rule's answer, in order. The workspace's connection is closed meanwhile and opened again."""
    if not rules:
        return []
    limits = space.limits
    job = {
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
        "rules": [_job(rule, tables) for rule in rules],
    }
    space.con.close()
    try:
        answers = _run(job, limits.seconds)
    finally:
        space.con = connect(space.database, limits)
    lost = Answer(error=f"it did not end within {limits.seconds} s or the memory it may use")
    return [*answers, *[lost] * (1 if len(answers) < len(rules) else 0)] + [
        Answer(error="an earlier rule ended the run")
    ] * (len(rules) - len(answers) - 1)


def _job(rule: SqlRule, tables: Mapping[str, Judged]) -> dict[str, Any]:
    judged = tables.get(rule.table or "")
    keys = judged.opened.schema.primary_key if judged else ()
    return {"query": rule.query, "table": rule.table if keys else None, "keys": list(keys)}


def _run(job: Mapping[str, Any], seconds: int) -> list[Answer]:
    command = [sys.executable, "-I", SANDBOX.as_posix()]
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env={}, text=True
    )
    try:
        out, _ = process.communicate(json.dumps(job), timeout=seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        out, _ = process.communicate()
    answers = []
    for line in out.splitlines():
        try:
            said = json.loads(line)
        except json.JSONDecodeError:
            break
        said["rows"] = tuple(said.get("rows", ()))
        said["absent"] = tuple(said.get("absent", ()))
        answers.append(Answer(**said))
    return answers
