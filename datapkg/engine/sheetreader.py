"""A spreadsheet read in a process of its own, within limits: what breaks the reader breaks no one else.

Run as a script: reads one job (JSON) from standard input, writes the sheet as JSON Lines into the
file that the job names, and one JSON answer to standard output. It imports nothing of this package.
"""

import json
import re
import resource
import sys
import zipfile
from datetime import date, datetime, time, timedelta
from typing import Any
from xml.etree import ElementTree

ERROR_CELL = re.compile(
    rb'<c\b(?=[^>]*\bt="e")[^>]*\br="([A-Z]{1,3})([0-9]{1,7})"|<c\b[^>]*\br="([A-Z]{1,3})([0-9]{1,7})"[^>]*\bt="e"'
)
EXACT = 1e15


def main() -> None:
    """Run the job on standard input."""
    job = json.load(sys.stdin)
    resource.setrlimit(resource.RLIMIT_AS, (job["memory"], job["memory"]))
    resource.setrlimit(resource.RLIMIT_CPU, (job["seconds"], job["seconds"]))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        answer = read(job)
    except (Exception, MemoryError) as error:  # noqa: BLE001  (whatever the reader raises is about the file)
        answer = {"error": f"{type(error).__name__}: {error}".splitlines()[0]}
    sys.stdout.write(json.dumps(answer))


def read(job: dict[str, Any]) -> dict[str, Any]:
    """Write the rows of the sheet that is wanted."""
    import python_calamine

    book = python_calamine.CalamineWorkbook.from_path(job["path"])
    names = book.sheet_names
    wanted = job["sheet"]
    if isinstance(wanted, int) and 1 <= wanted <= len(names):
        index = wanted - 1
    elif isinstance(wanted, str) and wanted in names:
        index = names.index(wanted)
    else:
        return {"error": f"it has no sheet {wanted!r}, but {', '.join(names)}"}
    with open(job["target"], "x", encoding="utf-8") as file:  # noqa: PTH123  (the path is a text of the job)
        sheet = book.get_sheet_by_index(index)
        before = [None] * (sheet.start[1] if sheet.start else 0)
        file.writelines(json.dumps([*before, *(cell(value) for value in row)]) + "\n" for row in sheet.iter_rows())
    return {"broken": broken(job["path"], index)}


def cell(value: Any) -> Any:
    """A value as JSON; a moment is an object of its kind and its text."""
    if value == "":
        return None
    if isinstance(value, bool | str):
        return value
    if isinstance(value, float):
        return int(value) if value.is_integer() and abs(value) < EXACT else value
    for kind, known in (("datetime", datetime), ("date", date), ("time", time)):
        if isinstance(value, known):
            return {kind: value.isoformat()}
    if isinstance(value, timedelta):
        return {"duration": f"PT{value.total_seconds():g}S"}
    return value


def broken(path: str, index: int) -> list[list[Any]]:
    """(row, column letters) of cells that hold an error such as #DIV/0!, which the reader shows as empty."""
    if not zipfile.is_zipfile(path):
        return []
    with zipfile.ZipFile(path) as archive:
        if "xl/workbook.xml" not in archive.namelist():
            return []
        book = ElementTree.fromstring(archive.read("xl/workbook.xml"))  # noqa: S314  (within the limits of this process)
        links = ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))  # noqa: S314
        targets = {link.get("Id"): link.get("Target", "") for link in links}
        sheets = [node for node in book.iter() if node.tag.endswith("}sheet")]
        key = next(value for name, value in sheets[index].attrib.items() if name.endswith("}id"))
        target = targets[key].lstrip("/")
        data = archive.read(target if target.startswith("xl/") else f"xl/{target}")
    found = [[int(m[2] or m[4]), (m[1] or m[3]).decode()] for m in ERROR_CELL.finditer(data)]
    return found[:1000]


if __name__ == "__main__":
    main()
