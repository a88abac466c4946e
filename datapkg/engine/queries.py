"""SQL rules handed to the sandbox process, and its answers."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Timer
from typing import Any

from datapkg.engine.connection import Workspace, connect
from datapkg.engine.judge import Judged
from datapkg.sqlrules import SqlRule

SANDBOX = Path(__file__).with_name("sandbox.py")
ENVIRONMENT = {"HOME": os.devnull, "MALLOC_ARENA_MAX": "2"}
"""All that the sandbox sees of the environment: no home, and address space for data, not for arenas of threads."""
MAX_THREADS = 4
GRACE = 10
"""Seconds that the sandbox has to start, and to stop a rule by itself, before it is killed."""


@dataclass(frozen=True)
class Answer:
    """What a rule selected, or why it did not run.

    `table` is the one whose rows it selected, as declared or else as told by its columns. `rows`
    are texts by selected column, and the data row under ROW. `columns` are those of a view, each
    with its type. `absent` are tables it reads that
    are not there; `unbound` says what else its SQL names that is not there.
    """

    count: int = 0
    table: str | None = None
    rows: tuple[Mapping[str, str | None], ...] = ()
    absent: tuple[str, ...] = ()
    unbound: str | None = None
    error: str | None = None
    exhausted: str | None = None
    late: str | None = None
    forbidden: str | None = None
    columns: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Read:
    """The tables and columns that a query names, in small letters; None is all of them."""

    tables: frozenset[str] | None
    columns: frozenset[str] | None


ALL = Read(None, None)
WHOLE_ROWS = ("STAR", "POSITIONAL_REFERENCE")
"""Expressions that stand for columns they do not name."""
WHOLE_JOINS = ("NATURAL", "POSITIONAL")


def read_by(space: Workspace, query: str) -> Read:
    """What a query reads as far as its text tells, which is only parsed; all where that is not certain."""
    import duckdb

    try:
        (text,) = space.con.execute("SELECT json_serialize_sql(?)", [query]).fetchall()[0]
    except duckdb.Error:
        return ALL
    tables, rows, columns, last = set[str](), {""}, set[str](), set[str]()
    for node in _nodes(json.loads(text)):
        if node.get("error") is True or node.get("class") in WHOLE_ROWS or node.get("ref_type") in WHOLE_JOINS:
            return ALL
        if node.get("type") == "BASE_TABLE":
            tables.add(node["table_name"].casefold())
            rows |= {node["table_name"].casefold(), node["alias"].casefold()}
        named = [part.casefold() for part in node.get("column_names") or ()]
        columns.update(named, (part.casefold() for part in node.get("using_columns") or ()))
        last.update(named[-1:])
    # A table or its alias in the place of a column is the whole row.
    return ALL if rows & last else Read(frozenset(tables), frozenset(columns))


def _nodes(tree: Any) -> Iterator[dict[str, Any]]:
    """The nodes of a parsed query."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, list):
            waiting.extend(node)
        elif isinstance(node, dict):
            yield node
            waiting.extend(node.values())


def start_sandbox(space: Workspace) -> None:
    """Start the process that will run SQL rules; it loads what it needs while other work goes on."""
    command = [sys.executable, "-I", SANDBOX.as_posix(), str(os.getpid())]
    space.sandbox = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=ENVIRONMENT, text=True
    )


def ask(space: Workspace, tables: Mapping[str, Judged], rules: Sequence[SqlRule], *, at_once: int = 2) -> None:
    """Hand the rules to the sandbox, which works on them while the caller goes on.

    The workspace's connection is read-only from here on: the sandbox reads the same file.
    """
    if rules:
        _ask(space, _job(space, tables, [{"query": rule.query, "table": rule.table} for rule in rules], at_once))


def _ask(space: Workspace, job: Mapping[str, Any]) -> None:
    if space.sandbox is None:
        start_sandbox(space)
    space.con.close()
    space.con = connect(space.database, space.limits, read_only=True)
    assert space.sandbox is not None
    assert space.sandbox.stdin is not None
    with suppress(BrokenPipeError):
        space.sandbox.stdin.write(json.dumps(job))
        space.sandbox.stdin.close()
    space.sandbox.stdin = None


def answers(space: Workspace, tables: Mapping[str, Judged], rules: Sequence[SqlRule]) -> list[Answer]:
    """Each rule's answer, in order; `ask` comes first.

    Where the process ends or hangs, the rules without an answer run in a new one, one by one:
    then it is the first of them that did it, and that is its answer.
    """
    return _all(space, len(rules), lambda left: ask(space, tables, [rules[number] for number in left], at_once=1))


def answers_to(
    space: Workspace, tables: Mapping[str, Judged], asked: Sequence[Mapping[str, Any]], *, threads: int
) -> list[Answer]:
    """The answers to queries that are no rules, run one after the other by so many threads."""

    def ask_for(left: Sequence[int]) -> None:
        _ask(space, {**_job(space, tables, [asked[number] for number in left], 1), "threads": threads})

    if asked:
        ask_for(range(len(asked)))
    return _all(space, len(asked), ask_for)


def _all(space: Workspace, count: int, again: Callable[[list[int]], None]) -> list[Answer]:
    """The answers of a sandbox that was asked `count` queries; `again` asks those anew that are left."""
    found: dict[int, Answer] = {}
    asked, alone = list(range(count)), False
    while True:
        if asked:
            found.update((asked[number], answer) for number, answer in _said(space, len(asked)))
        left = [number for number in asked if number not in found]
        if left and alone:
            found[left.pop(0)] = Answer(error="it ended the process that ran it, or did not let itself be stopped")
        if not left:
            return [found[number] for number in range(count)]
        asked, alone = left, True
        again(left)


def _job(
    space: Workspace, tables: Mapping[str, Judged], asked: Sequence[Mapping[str, Any]], at_once: int
) -> dict[str, Any]:
    limits = space.limits
    return {
        "database": space.database.as_posix(),
        "memory": limits.rule_memory,
        "buffers": min(limits.rule_memory // 2, limits.memory or limits.rule_memory),
        "disk": limits.disk,
        "threads": limits.threads or min(MAX_THREADS, os.cpu_count() or 1),
        "seconds": limits.rule_seconds,
        "limit": limits.findings,
        "at_once": at_once,
        "tables": {
            table: [column.name for column in judged.opened.schema.columns if column.name in judged.whole]
            for table, judged in tables.items()
            if judged.opened.parts
        },
        "keys": {
            table: list(key)
            for table, judged in tables.items()
            if (key := judged.opened.schema.primary_key) and judged.opened.parts
        },
        "rules": list(asked),
    }


def _said(space: Workspace, wanted: int) -> Iterator[tuple[int, Answer]]:
    """What the sandbox says, until all is said or it is silent for longer than one rule may take."""
    process, space.sandbox = space.sandbox, None
    assert process is not None
    assert process.stdout is not None
    try:
        for _ in range(wanted):
            alarm = Timer(space.limits.rule_seconds + GRACE, process.kill)
            alarm.daemon = True
            alarm.start()
            line = process.stdout.readline()
            alarm.cancel()
            number, said = json.loads(line)
            rows, absent = tuple(said.get("rows", ())), tuple(said.get("absent", ()))
            columns = tuple((name, kind) for name, kind in said.get("columns", ()))
            yield number, Answer(**{**said, "rows": rows, "absent": absent, "columns": columns})
    except (ValueError, TypeError, AttributeError):
        return  # It ended, or says what no sandbox says.
    finally:
        process.kill()
        process.communicate()
