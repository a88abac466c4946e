"""What one run may use: each limit with its name, default and unit, written once."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from datapkg.spelling import near

SIZES = {"B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}
SIZES |= {"KIB": 2**10, "MIB": 2**20, "GIB": 2**30, "TIB": 2**40}
TIMES = {"S": 1, "MIN": 60, "H": 3600}
LEAST_MEMORY, THREAD_MEMORY = 256 << 20, 192 << 20
"""What DuckDB gets where no limit is set: so much, and so much for each thread."""
QUANTITY = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*([A-Za-z]*)")


def _limit(default: int | None, kind: str, least: int, what: str) -> Any:
    return field(default=default, metadata={"kind": kind, "least": least, "what": what})


@dataclass(frozen=True)
class Limits:
    """What one run may use. Sizes are bytes, times are seconds; None follows from the machine."""

    memory: int | None = _limit(None, "size", 64 << 20, "memory of DuckDB, which goes to disk for more")
    threads: int | None = _limit(None, "count", 1, "threads of DuckDB")
    disk: int = _limit(16 << 30, "size", 1 << 20, "what DuckDB may put on disk for want of memory")
    findings: int = _limit(1000, "count", 0, "findings shown of each rule and table; all are counted")
    rule_seconds: int = _limit(30, "time", 1, "time of one SQL rule, which is stopped after it")
    rule_memory: int = _limit(1 << 30, "size", 64 << 20, "memory of the process in which SQL rules run")
    cell_bytes: int = _limit(1 << 20, "size", 1, "size of a cell of a text file")
    line_bytes: int = _limit(
        1 << 24, "size", 1, "size of a row of a text file or a workbook, and of a line of JSON Lines"
    )
    columns: int = _limit(2000, "count", 1, "cells of a row, keys of the objects of a table, and fields of a schema")
    document_bytes: int = _limit(256 << 20, "size", 1, "size of a JSON document, which is held in memory")
    expanded: int = _limit(4 << 30, "size", 1, "size of a compressed file, a workbook or a Parquet file when expanded")
    ratio: int = _limit(100, "count", 1, "how many times its size a compressed file or a workbook may expand to")
    parquet_ratio: int = _limit(1000, "count", 1, "the same of a Parquet file, which repeats itself by nature")
    part_bytes: int = _limit(
        512 << 20, "size", 1, "values of a table in one Parquet file of a release; more go into parts"
    )
    parquet_memory: int = _limit(2 << 30, "size", 64 << 20, "memory of DuckDB for the first reading of a Parquet file")
    sheet_memory: int = _limit(4 << 30, "size", 64 << 20, "memory of the process that reads a workbook")
    sheet_seconds: int = _limit(120, "time", 1, "processor time of the process that reads a workbook")
    labels: int = _limit(20, "count", 0, "findings shown of each fault of one header; all are counted")

    @property
    def memory_at_most(self) -> int:
        """What DuckDB may use of memory: as set, or what its threads need to read and sort in pieces."""
        if self.memory is not None:
            return self.memory
        return LEAST_MEMORY + THREAD_MEMORY * (self.threads or os.cpu_count() or 1)


def parse(name: str, given: Any) -> int:
    """The value of the limit `name` as a number; ValueError where it is none, or too small.

    A size may have a unit (`1 GiB`, `500 MB`), a time too (`90 s`, `2 min`).
    """
    limit = next(item for item in fields(Limits) if item.name == name)
    kind, least = limit.metadata["kind"], limit.metadata["least"]
    units = {"size": SIZES, "time": TIMES}.get(kind, {})
    match = QUANTITY.fullmatch(given.strip()) if isinstance(given, str) else None
    if isinstance(given, int) and not isinstance(given, bool):
        value = given
    elif match is not None and match[2].upper() in units:
        value = int(float(match[1]) * units[match[2].upper()])
    elif match is not None and match[1].isdigit() and not match[2]:
        value = int(match[1])
    else:
        form = {"size": "a size such as 1 GiB", "time": "a time such as 60 s"}.get(kind, "a number")
        raise ValueError(f"{name} is {given!r}, which is not {form}")
    if value < least:
        raise ValueError(f"{name} is {given!r}; it must be at least {shown(name, least)}")
    return value


def from_settings(settings: Mapping[str, Any]) -> Limits:
    """The limits that a project sets; ValueError where one is not understood."""
    names = tuple(item.name for item in fields(Limits))
    for name in settings:
        if name not in names:
            meant = near(name, names)
            hint = f"; did you mean {meant}?" if meant else f"; it may be one of {', '.join(names)}"
            raise ValueError(f"unknown limit {name!r}{hint}")
    return Limits(**{name: parse(name, value) for name, value in settings.items()})


def shown(name: str, value: int | None) -> str:
    """A limit as people write it, in the largest unit that holds it whole."""
    limit = next(item for item in fields(Limits) if item.name == name)
    if value is None and name == "memory":
        return f"{LEAST_MEMORY >> 20} MiB and {THREAD_MEMORY >> 20} MiB for each thread"
    if value is None:
        return "all processors"
    if limit.metadata["kind"] == "time":
        return f"{value} s"
    if limit.metadata["kind"] == "size":
        for unit, size in (("GiB", 2**30), ("MiB", 2**20), ("KiB", 2**10)):
            if value >= size and value % size == 0:
                return f"{value // size} {unit}"
        return f"{value:,} bytes"
    return f"{value:,}"
