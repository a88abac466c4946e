"""Small data of the benchmarks: a dataset of many small tables, and one table with many faults."""

import random
from pathlib import Path

ROWS, FAILING = 1_000_000, 300_000
TABLES, SMALL = 16, 100
DESCRIPTOR = """\
name: events
resources:
  - name: events
    path: events.csv
    type: table
    schema:
      primaryKey: [event]
      fields:
        - {name: event, type: string}
        - {name: day, type: date}
        - {name: killed, type: integer, constraints: {minimum: 0}}
        - {name: kind, type: string, constraints: {enum: [attack, raid, clash]}}
        - {name: note, type: string}
"""
TABLE = """\
  - name: {name}
    path: {name}.csv
    type: table
    dialect: {{delimiter: ",", header: true}}
    schema:
      primaryKey: [id]
      foreignKeys: [{{fields: [earlier], reference: {{resource: {earlier}, fields: [id]}}}}]
      fields:
        - {{name: id, type: string, constraints: {{required: true, pattern: "[a-z0-9-]+"}}}}
        - {{name: earlier, type: string}}
        - {{name: day, type: date}}
        - {{name: killed, type: integer, constraints: {{minimum: 0}}}}
        - {{name: kind, type: string, constraints: {{enum: [attack, raid, clash]}}}}
"""


def write_events(folder: Path, failing: int) -> str:
    """A package of `ROWS` rows, `failing` of whose cells are wrong; always the same ones."""
    folder.mkdir()
    wrong = frozenset(random.Random(20).sample(range(3 * ROWS), failing))  # noqa: S311  # no secret
    (folder / "datapackage.yaml").write_text(DESCRIPTOR, encoding="utf-8")
    with (folder / "events.csv").open("w", encoding="utf-8", newline="\n") as file:
        file.write("event,day,killed,kind,note\n")
        for row in range(ROWS):
            day = "2024-13-01" if 3 * row in wrong else f"20{row % 24:02}-0{row % 9 + 1}-1{row % 10}"
            killed = "many" if 3 * row + 1 in wrong else row % 97
            kind = "other" if 3 * row + 2 in wrong else ("attack", "raid", "clash")[row % 3]
            note = f'"said, {row}"' if row % 5 == 0 else f"note {row}"
            file.write(f"e{row},{day},{killed},{kind},{note}\n")
    return folder.as_posix()


def write_small(folder: Path) -> str:
    """A package of `TABLES` tables with `SMALL` rows in all; each table refers to the one before it."""
    folder.mkdir()
    told = ["name: small\nresources:\n"]
    for table in range(TABLES):
        name, earlier = f"table-{table:02}", f"table-{max(0, table - 1):02}"
        told.append(TABLE.format(name=name, earlier=earlier))
        rows = [f"t{table}-{row},t{max(0, table - 1)}-0,2024-01-1{row},{row},raid\n" for row in range(6 + (table < 4))]
        (folder / f"{name}.csv").write_text("id,earlier,day,killed,kind\n" + "".join(rows), encoding="utf-8")
    (folder / "datapackage.yaml").write_text("".join(told), encoding="utf-8")
    return folder.as_posix()
