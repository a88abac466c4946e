"""Changes as JSON: the format to the letter, whatever stands in a cell."""

import json

from hypothesis import given
from hypothesis import strategies as st

from datapkg.changes import CellChange, Changes, Kind, Op, RowChange, SchemaChange, Side, TableChanges
from datapkg.diffjson import pieces

OLD, NEW = Side("afpak-security", "1.0.0", "a"), Side("afpak-security", "1.1.0", "b")
KEY = {"incident_id": "inc-2023-07-12-zhob"}


def test_the_example_of_the_format() -> None:
    row = RowChange(Op.CHANGED, KEY, (CellChange("killed_best", "4", "9"),))
    table = TableChanges("incidents", 1, 0, 1, (row,), {"killed_best": 1})
    schema = (SchemaChange(Kind.COLUMN_ADDED, "incidents", "target_type"),)
    told = json.loads("".join(pieces(Changes(OLD, NEW, schema, {"incidents": table}))))
    assert (told["format"], told["bump"]) == ("datapkg-diff/1", "minor")
    assert told["old"] == {"name": "afpak-security", "version": "1.0.0", "asked": "a"}
    column = {"kind": "column-added", "table": "incidents", "column": "target_type", "bump": "minor"}
    assert told["schema"][0].items() >= column.items()
    changed = {"op": "changed", "key": KEY, "cells": [{"column": "killed_best", "old": "4", "new": "9"}]}
    counts = {"added": 1, "removed": 0, "changed": 1, "rows": [changed]}
    assert told["tables"]["incidents"].items() >= counts.items()


def test_nothing_differs() -> None:
    told = json.loads("".join(pieces(Changes(OLD, NEW))))
    assert (told["bump"], told["schema"], told["tables"]) == (None, [], {})


TEXT = st.none() | st.text()
ROWS = st.builds(
    RowChange,
    st.sampled_from(Op),
    st.none() | st.dictionaries(st.text(), TEXT),
    st.lists(st.builds(CellChange, st.text(), TEXT, TEXT)).map(tuple),
    st.integers(1, 3),
    st.none() | st.dictionaries(st.text(), TEXT),
)


@given(st.lists(ROWS, max_size=3), st.text(), st.sampled_from(Kind))
def test_whatever_stands_in_it_reads_back(rows: list[RowChange], name: str, kind: Kind) -> None:
    changes = Changes(
        OLD, NEW, (SchemaChange(kind, name, name, name, name, name, True),), {name: TableChanges(name, 0, 0, 9, rows)}
    )
    text = "".join(pieces(changes))
    told = json.loads(text)
    assert text.isascii() and text.endswith("}\n")
    assert [len(row["cells"]) for row in told["tables"][name]["rows"]] == [len(row.cells) for row in rows]
    assert told["schema"][0] | {"bump": None} == {
        "kind": kind, "table": name, "column": name, "property": name, "old": name, "new": name, "guess": True, "bump": None,
    }  # fmt: skip
