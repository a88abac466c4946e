"""The entry of a release in the dataset's `CHANGELOG.md`: what changed in words, what matters most first."""

import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from datapkg.bump import POLICY
from datapkg.changes import CellChange, Changes, Op, RowChange, SchemaChange, TableChanges, key_text
from datapkg.checks.released import RETRACTIONS
from datapkg.errors import Refused
from datapkg.versions import Bump

SHOWN = 10
"""Rows of each kind, and changes of the schema, that an entry names."""
CELLS = 5
"""Cells of a row that an entry names."""
LENGTH = 60
"""Characters of a value that an entry shows."""
TITLE = "# Changelog\n"
UNRELEASED = re.compile(r"^##[ \t]+\[?unreleased\]?[^\n]*\n", re.MULTILINE | re.IGNORECASE)
COUNTED = re.compile(r"^(?:Major|Minor|Patch) changes since [^\n]*", re.MULTILINE)
HEADING = re.compile(r"^##[ \t]", re.MULTILINE)
MARKUP = re.compile(r"([\\`*_{}\[\]<>#|~!&])")


def with_entry(path: Path, version: str, created: str, entry: str) -> str | None:
    """The text of the changelog with an entry for the version; None where it has one, which is kept as it is.

    What stands under `Unreleased` becomes part of the entry. Raises Refused where it is no plain text.
    """
    if path.is_symlink():
        raise Refused(f"{path.name} is a symbolic link, which is not followed; write the entry of {version} by hand")
    try:
        given = path.read_bytes().decode("utf-8") if path.exists() else TITLE
    except UnicodeDecodeError:
        raise Refused(f"{path.name} is not UTF-8; write it as UTF-8 first") from None
    text = given.replace("\r\n", "\n")
    if has_entry(text, version):
        _refuse_outdated(path, text, version, entry)
        return None
    head = f"## [{version}] - {created[:10]}\n\n{entry}"
    if unreleased := UNRELEASED.search(text):
        before, after = text[: unreleased.end()], text[unreleased.end() :].lstrip("\n")
        text = f"{before}\n{head}{_gap(after)}{after}"
    elif first := HEADING.search(text):
        text = f"{text[: first.start()]}{head}\n{text[first.start() :]}"
    else:
        text = f"{text.rstrip()}\n\n{head}" if text.strip() else head
    return text.replace("\n", "\r\n") if "\r\n" in given else text


def has_entry(text: str, version: str) -> bool:
    """Whether a changelog has a heading of the version."""
    return _heading(text, version) is not None


def _heading(text: str, version: str) -> re.Match[str] | None:
    return re.search(rf"^##[ \t]+\[?v?{re.escape(version)}(?![\w.+-])", text, re.MULTILINE)


def _refuse_outdated(path: Path, text: str, version: str, entry: str) -> None:
    """Refused where an earlier run wrote counts that are not those of today; what was written by hand is not judged."""
    found = _heading(text, version)
    assert found is not None
    told, now = COUNTED.search(HEADING.split(text[found.end() :])[0]), COUNTED.search(entry)
    if told is not None and now is not None and told[0] != now[0]:
        raise Refused(f"the entry of {version} in {path.name} says {told[0]!r}, which is now {now[0]!r}; remove it")


def _gap(after: str) -> str:
    return "\n" if after else ""


def first_entry(tables: Iterable[str]) -> str:
    """The entry of a first release."""
    return "First release.\n\n### Added\n\n" + "".join(f"- {code(name)}\n" for name in tables)


def entry_of(changes: Changes, bump: Bump | None) -> str:
    """What changed since the version before, in sections; `bump` is what it raises."""
    if bump is None:
        return f"No row and no declaration changed since {changes.old.version}.\n"
    sections = {
        "Retracted": list(_retracted(changes)),
        "Corrected": list(_rows(changes, Op.CHANGED)),
        "Added": list(_rows(changes, Op.ADDED)),
        "Structure": list(_declared(changes, (Bump.MAJOR, Bump.MINOR))),
        "Texts": list(_declared(changes, (Bump.PATCH,))),
    }
    told = [f"{bump.value.capitalize()} changes since {changes.old.version}: {summary(changes)}.\n"]
    told += [f"### {title}\n\n" + "".join(f"{line}\n" for line in lines) for title, lines in sections.items() if lines]
    return "\n".join(told)


def summary(changes: Changes) -> str:
    """All counts in a line."""
    tables = changes.tables.values()
    counts = (
        (sum(table.removed for table in tables), "row", "taken away"),
        (sum(table.changed for table in tables), "row", "corrected"),
        (sum(table.added for table in tables), "row", "added"),
        (len(changes.schema), "declaration", "changed"),
    )
    return ", ".join(f"{_count(number, noun)} {verb}" for number, noun, verb in counts if number) or "nothing"


def words_of(change: SchemaChange) -> str:
    """A change of tables, columns, keys or texts in words."""
    kind = change.kind.replace("-", " ")
    where = ".".join(code(part) for part in (change.table, change.column) if part is not None)
    what = f" ({change.property})" if change.property is not None and change.property not in kind else ""
    values = ""
    if change.old is not None or change.new is not None:
        values = f": {_value(change.old)} → {_value(change.new)}"
    guess = ", as it seems" if change.guess else ""
    of = "" if not where else " " if _is_noun(kind) else " of "
    return f"{kind}{of}{where}{what}{values}{guess}"


def _is_noun(kind: str) -> bool:
    """Whether the thing itself stands first: `column added incidents.target`."""
    return kind.startswith(("table", "column"))


def _retracted(changes: Changes) -> Iterator[str]:
    reasons = _reasons(changes)
    for table in changes.tables.values():
        if table.removed and table.name != RETRACTIONS:
            yield f"- {code(table.name)}: {_count(table.removed, 'row')}"
            rows = [row for row in table.rows if row.op is Op.REMOVED]
            for row in rows[:SHOWN]:
                told = reasons.get((table.name, key_text(row.key)), "")
                told = told or (f"now under {code(key_text(row.other))}, as it seems" if row.other else "")
                yield f"  - {_named(row)}{f': {told}' if told else ''}"
            yield from _more(table.removed, len(rows), SHOWN)


def _reasons(changes: Changes) -> dict[tuple[str, str], str]:
    """Why rows were retracted, by table and key, as far as this release says."""
    found = {}
    told = changes.tables.get(RETRACTIONS, TableChanges(RETRACTIONS))
    for row in told.rows:
        if row.op is Op.ADDED:
            cells = {cell.column: cell.new for cell in row.cells}
            note = f", {inert(cells['note'])}" if cells.get("note") else ""
            other = f"; replaced by {code(cells['replaced_by'])}" if cells.get("replaced_by") else ""
            found[cells.get("table") or "", cells.get("key") or ""] = f"{inert(cells.get('reason'))}{note}{other}"
    return found


def _rows(changes: Changes, op: Op) -> Iterator[str]:
    """What came to each table, or was corrected in it, with the first of the rows."""
    for table in changes.tables.values():
        count = table.changed if op is Op.CHANGED else table.added
        if not count:
            continue
        cells = f", {_count(sum(table.columns.values()), 'cell')}" if op is Op.CHANGED and table.columns else ""
        yield f"- {code(table.name)}: {_count(count, 'row')}{cells}"
        rows = [row for row in table.rows if row.op is op]
        for row in rows[:SHOWN]:
            told = _cells(row.cells) if op is Op.CHANGED else ""
            yield f"  - {_named(row)}{f': {told}' if told else ''}"
        yield from _more(count, len(rows), SHOWN)


def _more(count: int, listed: int, shown: int) -> Iterator[str]:
    if min(count, listed) > shown:
        yield f"  - and {count - shown:,} more, all in `changes.json`"


def _cells(cells: tuple[CellChange, ...]) -> str:
    told = [f"{code(cell.column)} {_value(cell.old)} → {_value(cell.new)}" for cell in cells[:CELLS]]
    return ", ".join([*told, f"and {len(cells) - CELLS} more cells"] if len(cells) > CELLS else told)


def _named(row: RowChange) -> str:
    """A row by its key, else by its first values."""
    times = f"{row.times} times " if row.times != 1 else ""
    if row.key is not None:
        return times + code(key_text(row.key))
    values = [cell.new if row.op is Op.ADDED else cell.old for cell in row.cells[:CELLS]]
    return times + ", ".join(_value(value) for value in values)


def _declared(changes: Changes, bumps: tuple[Bump, ...]) -> Iterator[str]:
    mine = [change for change in changes.schema if POLICY[change.kind].bump in bumps]
    yield from (f"- {words_of(change)}" for change in mine[: 2 * SHOWN])
    if len(mine) > 2 * SHOWN:
        yield f"- and {len(mine) - 2 * SHOWN:,} more, all in `changes.json`"


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _value(value: Any) -> str:
    if value is None:
        return "nothing"
    return code(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str))


def code(text: str | None) -> str:
    """A text of the data as Markdown shows it letter by letter: cut, on one line, and no markup."""
    told = _printable(text or "")
    fence = "`" * (max((len(run) for run in re.findall("`+", told)), default=0) + 1)
    pad = " " if told.startswith("`") or told.endswith("`") or not told.strip() else ""
    return f"{fence}{pad}{told}{pad}{fence}"


def inert(text: str | None) -> str:
    """A text of the data as plain words of Markdown: cut, on one line, and no markup."""
    return MARKUP.sub(r"\\\1", _printable(text or ""))


def _printable(text: str) -> str:
    """The text on one line, without what a reader does not see, cut."""
    told = "".join(mark if mark.isprintable() else f"\\u{ord(mark):04x}" for mark in " ".join(text.split()))
    return told if len(told) <= LENGTH else f"{told[: LENGTH - 1]}…"
