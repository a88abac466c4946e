"""A spreadsheet read in a process of its own, within limits: what breaks the reader breaks no one else.

Run as a script: reads one job (JSON) from standard input, writes the sheet as JSON Lines into the
file that the job names, and one JSON answer to standard output. It imports nothing of this package.
"""

import json
import re
import resource
import sys
import zipfile
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from io import BytesIO
from itertools import islice
from struct import unpack_from
from typing import Any
from xml.etree import ElementTree

ERROR_CELL = re.compile(rb"""\bt\s*=\s*["']e["']""")
ERROR_TEXT = re.compile(r"#(?:DIV/0!|N/A|NAME\?|NULL!|NUM!|REF!|VALUE!)|Err:[0-9]{3}")
MOST = 1000
"""Cells that are named of one sheet."""
LAST_SECTOR = 0xFFFFFFFA
"""What stands above the numbers of sectors: that none follows, or that one is not used."""
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


# ---------------------------------------------------------------- cells that hold an error


def broken(path: str, index: int) -> list[tuple[int, str]]:
    """(row, column letters) of cells that hold an error such as #DIV/0!, which the reader shows as empty."""
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            of_xlsx = "xl/workbook.xml" in archive.namelist()
            found = xlsx_errors(archive, index) if of_xlsx else ods_errors(archive, index)
            return [(row, letters(column)) for row, column in islice(found, MOST)]
    with open(path, "rb") as file:  # noqa: PTH123
        found = xls_errors(file.read(), index)
    return [(row, letters(column)) for row, column in islice(found, MOST)]


def letters(column: int) -> str:
    """A column, from 1, as a spreadsheet names it."""
    found = ""
    while column:
        column, last = divmod(column - 1, 26)
        found = chr(ord("A") + last) + found
    return found


def xlsx_errors(archive: zipfile.ZipFile, index: int) -> Iterator[tuple[int, int]]:
    """(row, column) of the error cells of an XLSX sheet."""
    book = ElementTree.fromstring(archive.read("xl/workbook.xml"))  # noqa: S314  (within the limits of this process)
    links = ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))  # noqa: S314
    targets = {link.get("Id"): link.get("Target", "") for link in links}
    sheets = [node for node in book.iter() if node.tag.endswith("}sheet")]
    key = next(value for name, value in sheets[index].attrib.items() if name.endswith("}id"))
    target = targets[key].lstrip("/")
    data = archive.read(target if target.startswith("xl/") else f"xl/{target}")
    row = column = 0
    for _, node in ElementTree.iterparse(BytesIO(data), ["start"]) if ERROR_CELL.search(data) else ():  # noqa: S314
        kind = node.tag.rpartition("}")[2]
        if kind == "row":
            row, column = int(node.get("r") or row + 1), 0
        elif kind == "c":
            column = number(node.get("r", "").rstrip("0123456789")) or column + 1
            if node.get("t") == "e":
                yield row, column


def number(name: str) -> int:
    """A column's letters as its number, from 1; 0 where there are none."""
    found = 0
    for letter in name:
        found = found * 26 + ord(letter.upper()) - ord("A") + 1
    return found


def ods_errors(archive: zipfile.ZipFile, index: int) -> Iterator[tuple[int, int]]:
    """(row, column) of the error cells of an ODS sheet, where equal cells and rows are written once."""
    document = ElementTree.fromstring(archive.read("content.xml"))  # noqa: S314
    table = [node for node in document.iter() if node.tag.endswith("}table")][index]
    last = 0
    for line in (node for node in table.iter() if node.tag.endswith("}table-row")):
        first, last, column = last + 1, last + times(line, "rows"), 0
        for cell_ in (node for node in line if node.tag.endswith("table-cell")):
            before, column = column, column + times(cell_, "columns")
            given = {name.rpartition("}")[2]: value for name, value in cell_.attrib.items() if "calcext" in name}
            computed = any(name.endswith("}formula") for name in cell_.attrib)
            if given.get("value-type") == "error" or (computed and ERROR_TEXT.fullmatch("".join(cell_.itertext()))):
                yield from ((row, at + 1) for row in range(first, last + 1) for at in range(before, column))


def times(node: ElementTree.Element, what: str) -> int:
    """How many rows or columns one stands for."""
    return next((int(value) for name, value in node.attrib.items() if name.endswith(f"}}number-{what}-repeated")), 1)


def xls_errors(data: bytes, index: int) -> Iterator[tuple[int, int]]:
    """(row, column) of the error cells of an XLS sheet: errors as such, and formulas whose result is one."""
    book = xls_stream(data)
    sheets = [unpack_from("<I", body)[0] for kind, body in xls_records(book, 0) if kind == 0x85]
    for kind, body in xls_records(book, sheets[index]):
        stated = kind == 0x205 and body[7:8] == b"\1"
        if stated or (kind in (0x06, 0x206, 0x406) and body[6:7] == b"\2" and body[12:14] == b"\xff\xff"):
            row, column = unpack_from("<HH", body)
            yield row + 1, column + 1


def xls_records(book: bytes, at: int) -> Iterator[tuple[int, bytes]]:
    """(kind, body) of the records from a beginning to its end, with those of parts within."""
    depth = 0
    while at + 4 <= len(book):
        kind, size = unpack_from("<HH", book, at)
        yield kind, book[at + 4 : at + 4 + size]
        depth += (kind in (0x09, 0x209, 0x409, 0x809)) - (kind == 0x0A)
        at += 4 + size
        if depth <= 0:
            return


def xls_stream(data: bytes) -> bytes:
    """The workbook in the container that an XLS file is: sectors, chained by tables of what follows each."""
    powers = unpack_from("<HH", data, 30)
    if powers not in ((9, 6), (12, 6)):
        raise ValueError("its sectors have no size that there is")
    sector, small = (1 << power for power in powers)
    first, cutoff, first_small = unpack_from("<I", data, 48)[0], *unpack_from("<II", data, 56)
    listed, more = list(unpack_from("<109I", data, 76)), unpack_from("<I", data, 68)[0]
    while more < LAST_SECTOR and len(listed) <= 109 + len(data) // sector:
        *part, more = unpack_from(f"<{sector // 4}I", data, (more + 1) * sector)
        listed += part

    def chain(start: int, follows: Sequence[int], size: int, source: bytes) -> bytes:
        pieces: list[bytes] = []
        while start < len(follows) and len(pieces) <= len(source) // size:  # a chain that goes round ends
            pieces.append(source[start * size : (start + 1) * size])
            start = follows[start]
        return b"".join(pieces)

    tables = b"".join(data[(n + 1) * sector : (n + 2) * sector] for n in listed if n < LAST_SECTOR)
    follows = unpack_from(f"<{len(tables) // 4}I", tables)
    entries = chain(first, follows, sector, data[sector:])
    root = unpack_from("<I", entries, 116)[0]
    streams: dict[str, tuple[int, int]] = {}
    for at in range(0, len(entries) - 127, 128):
        name = entries[at : at + 64].decode("utf-16-le", "replace").partition("\0")[0]
        streams.setdefault(name, unpack_from("<II", entries, at + 116))
    start, size = streams["Workbook" if "Workbook" in streams else "Book"]
    if size >= cutoff:
        return chain(start, follows, sector, data[sector:])[:size]
    table = chain(first_small, follows, sector, data[sector:])
    within = unpack_from(f"<{len(table) // 4}I", table)
    return chain(start, within, small, chain(root, follows, sector, data[sector:]))[:size]


if __name__ == "__main__":
    main()
