"""Spreadsheets: XLSX, XLS and ODS, read by a child process into JSON Lines, and from there as native rows."""

import json
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from datapkg.engine.expand import BLOCK, UNSOUND, Bounds, Refused
from datapkg.engine.jsontext import lines_source
from datapkg.engine.native import Item, Source, Unread
from datapkg.engine.values import Moment
from datapkg.limits import Limits
from datapkg.resources import Table

READER = Path(__file__).with_name("sheetreader.py")


def sheet_source(table: Table, path: Path, shown: str, scratch: Path, limits: Limits) -> Source:
    """The rows of the sheet that the dialect names, of the first by default.

    Raises Unread where the file is no spreadsheet, or larger inside than the limits allow.
    """
    _check_size(path, Bounds(limits.expanded, limits.ratio))
    target = scratch / f"sheet-{abs(hash((table.name, path))):x}.jsonl"
    target.unlink(missing_ok=True)
    job = {"path": path.as_posix(), "target": target.as_posix(), "sheet": _wanted(table)}
    answer = _run(job | {"memory": limits.sheet_memory, "seconds": limits.sheet_seconds})
    if "error" in answer:
        raise Unread(str(answer["error"])[:300])
    broken: dict[int, list[str]] = {}
    for row, letters in answer["broken"]:
        broken.setdefault(row, []).append(f"{letters}{row}")
    rows = lines_source(target, shown, "utf-8", limits.line_bytes)

    def items() -> Iterator[Item]:
        for number, item in enumerate(rows.items(), 1):
            if number in broken:
                note = f"{', '.join(broken[number][:10])} holds an error of the spreadsheet and no value"
                yield Item(None, None, note)
            else:
                values = [_value(value) for value in item.values or ()]
                yield replace(item, line=None, values=values)

    return Source(shown, path, items, padded=True)


def _wanted(table: Table) -> int | str:
    """The sheet that the dialect names. Older descriptors have it in a part of its own."""
    older = table.options.get("excel")
    given = older.get("sheet") if isinstance(older, dict) else None
    for value in (table.options.get("sheetName"), table.options.get("sheetNumber"), given):
        if isinstance(value, str | int) and not isinstance(value, bool):
            return value
    return 1


def _value(value: Any) -> Any:
    if isinstance(value, dict):
        ((kind, text),) = value.items()
        return Moment(kind, text)
    return value


def _run(job: dict[str, Any]) -> dict[str, Any]:
    command, longest = [sys.executable, "-I", READER.as_posix()], job["seconds"] * 2
    try:
        done = subprocess.run(
            command, input=json.dumps(job), capture_output=True, text=True, env={}, check=False, timeout=longest
        )
    except subprocess.TimeoutExpired:
        return {"error": f"reading it took more than {longest} seconds"}
    if done.returncode:
        return {"error": "the spreadsheet needs more memory or time than its reader may use, or breaks the reader"}
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def _check_size(path: Path, bounds: Bounds) -> None:
    """What the members of the file say that they are, and then what they truly are, must lie within the bounds."""
    if not zipfile.is_zipfile(path):
        return
    packed, size = path.stat().st_size, 0
    try:
        with zipfile.ZipFile(path) as archive:
            bounds.check(packed, sum(info.file_size for info in archive.infolist()))
            for info in archive.infolist():
                with archive.open(info) as member:
                    while block := member.read(BLOCK):
                        size += len(block)
                        bounds.check(packed, size)
    except Refused as refused:
        raise Unread(str(refused), code=refused.code) from None
    except UNSOUND as error:
        raise Unread(f"it is no sound spreadsheet ({error})") from None
