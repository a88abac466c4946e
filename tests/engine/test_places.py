"""10,000 broken cells in random files: each is told at the line, row and column where a second reader finds it."""

import json
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from datapkg.findings import Severity
from datapkg.validate import validate

CASES = 10_000
FILES_AT_ONCE = 100
COLUMNS = ("id", "note", "n", "words", "m")
NUMBERS = ("id", "n", "m")


@dataclass(frozen=True)
class Written:
    """How a file is written."""

    delimiter: str
    quote: str
    escape: str | None
    newline: str
    comment: str | None
    preamble: int
    spaces: bool

    @property
    def descriptor(self) -> dict[str, Any]:
        """The same in the words of Table Dialect."""
        given: dict[str, Any] = {
            "delimiter": self.delimiter,
            "quoteChar": self.quote,
            "headerRows": [self.preamble + 1],
        }
        given |= {"skipInitialSpace": self.spaces, "doubleQuote": self.escape is None}
        return (
            given
            | ({"escapeChar": self.escape} if self.escape else {})
            | ({"commentChar": "#"} if self.comment else {})
        )


def made(chance: random.Random) -> tuple[Written, str, int]:
    """A way of writing, a text so written, and how many cells of it are broken."""
    how = Written(
        delimiter=chance.choice([",", ",", ";", "\t", "||", "§"]),
        quote=chance.choice(['"', '"', "'"]),
        escape=chance.choice([None, None, "\\"]),
        newline=chance.choice(["\n", "\r\n"]),
        comment=chance.choice([None, "#"]),
        preamble=chance.choice([0, 0, 0, 2]),
        spaces=chance.random() < 0.2,
    )
    lines = [f"about {number}" for number in range(how.preamble)] + [how.delimiter.join(COLUMNS)]
    count, broken = chance.randint(8, 20), 0
    for row in range(count):
        cells = [str(row), words(chance, how), str(chance.randint(0, 99)), words(chance, how), "1"]
        if row % 2:
            cells[chance.choice([0, 2, 4])] = chance.choice(["x", "1.5", "no one"])
            broken += 1
        elif chance.random() < 0.1:
            cells = cells[: chance.randint(1, 4)] if chance.random() < 0.5 else [*cells, "more"]
        gap = " " if how.spaces and chance.random() < 0.5 else ""
        lines.append((how.delimiter + gap).join(written(cell, chance, how) for cell in cells))
        if chance.random() < 0.1:
            lines.append("")
        if how.comment and chance.random() < 0.1:
            lines.append(f"# {how.quote}no{how.delimiter}row")
    return how, how.newline.join(lines) + chance.choice(["", how.newline]), broken


def words(chance: random.Random, how: Written) -> str:
    letters = ["a", "b", " ", "é", "#", how.quote, how.delimiter, how.newline, how.escape or "c"]
    return "".join(chance.choice(letters) for _ in range(chance.randint(0, 6)))


def written(cell: str, chance: random.Random, how: Written) -> str:
    special = (how.quote, how.delimiter, how.newline, how.escape or how.quote)
    if not any(mark in cell for mark in special) and cell == cell.strip() and chance.random() < 0.7:
        return cell
    if how.escape is None:
        return how.quote + cell.replace(how.quote, how.quote * 2) + how.quote
    escaped = cell.replace(how.escape, how.escape * 2).replace(how.quote, how.escape + how.quote)
    return how.quote + escaped + how.quote


def second_reader(text: str, how: Written) -> Iterator[tuple[int, list[str] | None]]:
    """(line, cells) of each record, letter by letter; a comment has none, a blank line has one."""
    at, line = 0, 1
    while at < len(text):
        begin, cell, quoted, fresh = line, "", False, True
        cells: list[str] = []
        if how.comment and text.startswith(how.comment, at):
            at, line = (text.find("\n", at) + 1) or len(text), line + 1
            yield begin, None
            continue
        while at < len(text):
            letter = text[at]
            if letter == "\n":
                line += 1
            if fresh and how.spaces and letter == " ":
                at += 1
            elif fresh and letter == how.quote:
                quoted, fresh, at = True, False, at + 1
            elif how.escape and letter == how.escape:
                cell, fresh, at = cell + text[at + 1], False, at + 2
            elif quoted and letter == how.quote and how.escape is None and text[at + 1 : at + 2] == how.quote:
                cell, at = cell + how.quote, at + 2
            elif quoted:
                quoted, cell, at = letter != how.quote, cell + letter * (letter != how.quote), at + 1
            elif text.startswith(how.delimiter, at):
                cells, cell, fresh, at = [*cells, cell], "", True, at + len(how.delimiter)
            elif text.startswith(how.newline, at):
                line += how.newline == "\r\n"
                at += len(how.newline)
                break
            else:
                cell, fresh, at = cell + letter, False, at + 1
        yield begin, [*cells, cell]


def wanted(text: str, how: Written) -> Counter[tuple[object, ...]]:
    """What is wrong with the file, by the second reader: (code, line, row, column, value)."""
    told: Counter[tuple[object, ...]] = Counter()
    row, header = 0, how.preamble + 1
    for number, (line, cells) in enumerate(second_reader(text, how), 1):
        if number <= header or cells is None:
            continue
        if cells == [""]:
            told["blank-row", line, None, None, None] += 1
            continue
        row += 1
        for index, cell in enumerate(cells):
            if index >= len(COLUMNS):
                told["extra-cell", line, row, None, cell] += 1
            elif COLUMNS[index] in NUMBERS and not cell.isdigit():
                told["type-error", line, row, COLUMNS[index], cell] += 1
        for column in COLUMNS[len(cells) :]:
            told["missing-cell", line, row, column, None] += 1
    return told


def test_each_broken_cell_is_told_where_a_second_reader_finds_it(tmp_path: Path) -> None:
    chance, cases = random.Random(20), 0  # noqa: S311  (the same cases each time)
    fields = [{"name": name, "type": "integer" if name in NUMBERS else "string"} for name in COLUMNS]
    while cases < CASES:
        texts, resources = {}, []
        for number in range(FILES_AT_ONCE):
            name = f"t{number}"
            how, text, broken = made(chance)
            mark = "\ufeff" if chance.random() < 0.2 else ""
            (tmp_path / f"{name}.csv").write_bytes((mark + text).encode())
            resource = {"name": name, "path": f"{name}.csv", "type": "table", "dialect": how.descriptor}
            resources.append(resource | {"schema": {"fields": fields}})
            texts[name] = wanted(text, how)
            assert sum(code == "type-error" for code, *_ in texts[name].elements()) == broken
            cases += broken
        path = tmp_path / "datapackage.json"
        path.write_text(json.dumps({"name": "x", "resources": resources}))
        found: dict[str, Counter[tuple[object, ...]]] = {name: Counter() for name in texts}
        for finding in validate(path.as_posix()).findings:
            place = finding.place
            if finding.severity is Severity.ERROR:
                found[place.table or ""][finding.code, place.line, place.row, place.column, place.value] += 1
        for name, told in texts.items():
            assert found[name] == told, (resources[int(name[1:])], (tmp_path / f"{name}.csv").read_bytes())
