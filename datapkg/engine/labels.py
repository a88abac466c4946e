"""The header of a file against the columns of its schema (`fieldsMatch`, Table Schema v2)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from datapkg.schema import Schema


@dataclass(frozen=True, slots=True)
class LabelFault:
    """A fault of the header: its code, the cell's number from 1, its text, and the column concerned."""

    code: str
    number: int
    label: str | None
    column: str | None


@dataclass(frozen=True)
class Header:
    """Where each column stands in the file, by name, from 0; and what is wrong with the labels."""

    positions: Mapping[str, int]
    faults: tuple[LabelFault, ...]


def blanks(labels: Sequence[str]) -> Header:
    """The faults that a header has whatever its schema: cells without a label, labels twice."""
    faults = []
    met: set[str] = set()
    for index, label in enumerate(labels):
        if not label.strip():
            faults.append(LabelFault("blank-label", index + 1, label, None))
        elif label in met:
            faults.append(LabelFault("duplicate-label", index + 1, label, None))
        met.add(label)
    return Header({}, tuple(faults))


def match(labels: Sequence[str], schema: Schema) -> Header:
    """The columns of `schema` found among `labels`.

    Columns are found by name. A label that is no column's name, standing where a missing column
    belongs, is taken for that column: one renamed label is one fault and hides no other.
    """
    names = [column.name for column in schema.columns]
    met: set[str] = set()
    positions: dict[str, int] = {}
    faults: list[LabelFault] = []
    strange: list[int] = []
    for index, label in enumerate(labels):
        if label in schema and label not in positions:
            positions[label] = index
        elif not label.strip():
            strange.append(index)
            faults.append(LabelFault("blank-label", index + 1, label, names[index] if index < len(names) else None))
        elif label in met:
            strange.append(index)
            faults.append(LabelFault("duplicate-label", index + 1, label, label))
        else:
            strange.append(index)
        met.add(label)
    taken: set[int] = set()
    spoken = {fault.number for fault in faults}
    for index in strange:
        if schema.fields_match == "exact" and index < len(names) and names[index] not in positions:
            positions[names[index]] = index
            taken.add(index)
            if index + 1 not in spoken:
                faults.append(LabelFault("incorrect-label", index + 1, labels[index], names[index]))
    if schema.fields_match in ("exact", "equal", "subset"):
        missing = [column for column in schema.columns if column.name not in positions]
        faults.extend(LabelFault("missing-label", column.number, None, column.name) for column in missing)
    if schema.fields_match in ("exact", "equal", "superset"):
        told = taken | {fault.number - 1 for fault in faults if fault.label is not None}
        extra = [index for index in strange if index not in told]
        faults.extend(LabelFault("extra-label", index + 1, labels[index], None) for index in extra)
    if schema.fields_match == "partial" and not positions:
        faults.extend(LabelFault("missing-label", column.number, None, column.name) for column in schema.columns)
    if schema.fields_match == "exact" and not faults:
        wrong = [index for index, label in enumerate(labels) if label != names[index]]
        faults.extend(LabelFault("incorrect-label", index + 1, labels[index], names[index]) for index in wrong)
    return Header(positions, tuple(faults))
