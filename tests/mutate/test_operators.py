"""Every operator: a table in the notation of the tests, its rows, and the rows as they are corrupted."""

from dataclasses import replace
from random import Random
from typing import Any

import pytest
from building import schema_of
from hypothesis import given
from hypothesis import strategies as st

from datapkg.dialect import Dialect
from datapkg.mutate.operator import KINDS, Operator
from datapkg.mutate.operators import OPERATORS
from datapkg.mutate.run import edits
from datapkg.mutate.sheet import Sheet, read_sheet
from datapkg.schema import from_descriptor

# Operator: (columns, rows, corrupted rows). Where the header changes too, it stands with the corrupted rows.
CASES = {
    "delimiter-dropped": ("a:string b:string", "x,y", "xy"),
    "delimiter-added": ("a:string", "x", "x,"),
    "quote-inside": ("a:string", "xy", 'x"y'),
    "quote-unclosed": ("a:string", "xy", '"xy'),
    "row-cut": ("a:string b:string", "x,y\nv,w", "x,y\nv,"),
    "rows-merged": ("a:string b:string", "x,y\nv,w", "x,yv,w"),
    "line-blank": ("a:string", "x\ny", "x\n\ny"),
    "row-empty": ("a:string b:string", "x,y", "x,y\n,"),
    "header-again": ("a:string b:string", "x,y", "x,y\na,b"),
    "title-above": ("a:string b:string", "x,y", "Table 1: as published\na,b\nx,y"),
    "total-below": ("a:string b:integer", "x,1", "x,1\nTotal,"),
    "conflict-left": ("a:string", "x", "<<<<<<< ours\nx\n=======\nx\n>>>>>>> theirs"),
    "letter-latin-1": ("a:string", "xy", "\\xe9xy"),
    "byte-nul": ("a:string", "xy", "\x00xy"),
    "file-utf-16": ("a:string", "x", "\\xff\\xfea\x00\n\x00x\x00\n\x00"),
    "line-end-mixed": ("a:string", "x\ny", "x\ny\r"),
    "column-dropped": ("a:string b:string", "x,y", "b\ny"),
    "column-added": ("a:string", "x", "a,remarks\nx,"),
    "label-renamed": ("a:string", "x", "a_2\nx"),
    "label-case": ("a:string", "x", "A\nx"),
    "label-padded": ("a:string", "x", "a \nx"),
    "label-twice": ("a:string b:string", "x,y", "b,b\nx,y"),
    "columns-reordered": ("a:string b:string", "x,y", "b,a\ny,x"),
    "row-repeated": ("id:string! n:integer", "a,1", "a,1\na,1"),
    "key-repeated": ("id:string! n:integer", "a,1\nb,2", "a,1\na,2"),
    "key-emptied": ("id:string! n:integer", "a,1", ",1"),
    "key-respelled": ("id:string!", "a\nb", "a\nA"),
    "unique-repeated": ("id:string! u:string(unique=true)", "a,x\nb,y", "a,x\nb,x"),
    "row-again": ("id:string! n:integer", "a,1", "a,1\na-2,1"),
    "reference-dangling": ("id:string! boss:string→id", "a,\nb,a", "a,\nb,a-x"),
    "reference-case": ("id:string! boss:string→id", "a,\nb,a", "a,\nb,A"),
    "reference-padded": ("id:string! boss:string→id", "a,\nb,a", "a,\nb,a "),
    "parent-deleted": ("id:string! boss:string→id", "a,\nb,a", "b,a"),
    "reference-another": ("id:string! boss:string→id", "a,\nb,a", "a,\nb,b"),
    "row-deleted": ("id:string! boss:string→id", "a,\nb,a", "a,"),
    "tail-deleted": ("id:string!", "a\nb\nc", "a\nb"),
    "bounds-exchanged": ("n_low:integer n_high:integer", "1,9", "9,1"),
    "cells-exchanged": ("a:string b:string", "x,y", "y,x"),
    "cells-shifted": ("a:string b:string c:string", "x,y,z", "x,,y"),
    "columns-exchanged": ("a:string b:string", "x,y\nv,w", "y,x\nw,v"),
    "values-exchanged": ("id:string", "a\nb", "b\na"),
    "number-approximate": ("n:integer", "12", "about 12"),
    "number-thousands": ("n:integer", "1234", '"1,234"'),
    "number-underscore": ("n:integer", "1234", "1_234"),
    "number-unit": ("n:integer", "12", "12 km"),
    "number-range": ("n:integer", "12", "12-14"),
    "number-letter": ("n:integer", "10", "1O"),
    "number-full-width": ("n:integer", "12", "１２"),
    "number-nan": ("n:number", "1.5", "NaN"),
    "decimal-comma": ("n:number", "1.5", '"1,5"'),
    "integer-fraction": ("n:integer", "12", "12.5"),
    "date-slashes": ("d:date", "2023-07-02", "07/02/2023"),
    "date-day-first": ("d:date", "2023-07-02", "02-07-2023"),
    "date-unpadded": ("d:date", "2023-07-02", "2023-7-2"),
    "date-month-only": ("d:date", "2023-07-02", "2023-07"),
    "date-serial": ("d:date", "2023-07-02", "45109"),
    "date-impossible": ("d:date", "2023-07-02", "2023-02-30"),
    "datetime-hour-24": ("d:datetime", "2023-07-02T08:30:00Z", "2023-07-02T24:00:00Z"),
    "boolean-word": ("b:boolean", "true", "yes"),
    "required-emptied": ("id:string! a:string(required=true)", "a,x", "a,"),
    "null-word": ("n:integer", "12", "NULL"),
    "space-for-nothing": ("id:string! n:integer", "a,", "a, "),
    "sentinel-negative": ("n:integer", "12", "-999"),
    "sentinel-large": ("n:integer", "12", "999999"),
    "value-misspelt": ('a:string(enum=["ab"])', "ab", "ba"),
    "value-case": ('a:string(enum=["ab"])', "ab", "Ab"),
    "value-padded": ('a:string(enum=["ab"])', "ab", "ab "),
    "pattern-junk": ("a:string(pattern=[a-z]+)", "ab", "ab#?"),
    "pattern-line-break": ("a:string(pattern=[a-z]+)", "ab", '"ab\n"'),
    "below-minimum": ("n:integer(minimum=3)", "12", "2"),
    "above-maximum": ("d:date(maximum=2023-12-31)", "2023-07-02", "2024-01-01"),
    "too-long": ("a:string(maxLength=3)", "ab", "abxx"),
    "too-short": ("a:string(minLength=2)", "ab", "a"),
    "address-broken": ("a:string", "https://example.org", "https://example. org"),
    "value-another": ("a:string(categories=no)", "ab", "cd"),
    "sign-flipped": ("n:number", "1.5", "-1.5"),
    "thousandfold": ("n:number", "1.5", "1500"),
    "digits-exchanged": ("n:integer", "12", "21"),
    "total-shifted": ("total:integer", "12", "19"),
    "day-month-exchanged": ("d:date", "2023-07-02", "2023-02-07"),
    "year-off-by-one": ("d:date", "2023-07-02", "2024-07-02"),
    "date-century": ("d:date", "2023-07-02", "1923-07-02"),
    "date-future": ("d:datetime", "2023-07-02T08:30:00Z", "2223-07-02T08:30:00Z"),
    "date-next-day": ("d:date", "2023-07-31", "2023-08-01"),
    "number-off-by-one": ("n:integer", "12", "13"),
    "flag-flipped": ("b:boolean", "true", "false"),
    "space-behind": ("a:string", "xy", "xy "),
    "space-before": ("a:string", "xy", " xy"),
    "space-doubled": ("a:string", "x y", "x  y"),
    "space-no-break": ("a:string", "x y", "x\xa0y"),
    "character-invisible": ("a:string", "xy", "x\u200by"),
    "direction-override": ("a:string", "xy", "x\u202ey"),
    "control-character": ("a:string", "xy", "x\x1by"),
    "line-break-inside": ("a:string", "xy", '"x\ny"'),
    "letter-lookalike": ("a:string", "ab", "аb"),
    "mojibake": ("a:string", "Café", "CafÃ©"),
    "placeholder": ("a:string", "xy", "n/a"),
    "letters-exchanged": ("a:string", "xy", "yx"),
    "word-dropped": ("a:string", "x y z", "x z"),
    "accents-apart": ("a:string", "Café", "Café"),
}
CHANGED_FIELDS: dict[str, dict[str, Any]] = {
    "address-broken": {"format": "uri"},
    "value-another": {"constraints": {}, "categories": ["ab", "cd"]},
}
BY_NAME = {operator.name: operator for operator in OPERATORS}


def sheet_of(columns: str, rows: str, field: dict[str, Any] | None = None, dialect: Dialect = Dialect()) -> Sheet:
    """A sheet of the notation; its references may name `a` and `b`, and the first row is named by one."""
    descriptor, header = schema_of(columns)
    descriptor["fields"][0] |= field or {}
    schema = from_descriptor(descriptor)
    sheet = read_sheet(f"{header}\n{rows}\n".encode(), schema, dialect)
    named = frozenset({0} if schema.foreign_keys else ())
    return replace(sheet, targets=dict.fromkeys(schema.foreign_keys, (("a",), ("b",))), named=named)


def test_every_operator_has_a_case_and_there_are_many() -> None:
    assert list(CASES) == [operator.name for operator in OPERATORS]
    assert len(OPERATORS) >= 40
    assert {operator.kind for operator in OPERATORS} == set(KINDS)


@pytest.mark.parametrize("name", CASES)
def test_an_operator_does_what_it_says(name: str) -> None:
    columns, rows, wanted = CASES[name]
    operator = BY_NAME[name]
    sheet = sheet_of(columns, rows, CHANGED_FIELDS.get(name))
    column = next(column for column in sheet.schema.columns if operator.applies(sheet.schema, column))
    edit = operator.change(sheet, column, Random(0))  # noqa: S311  (chance for tests)
    assert edit is not None
    header = ",".join(column.name for column in sheet.schema.columns) + "\n"
    found = edit.data.decode("utf-8", "backslashreplace").removeprefix(header)
    assert (found if name == "row-cut" else found.removesuffix("\n")) == wanted
    assert edit.column in (None, column.name)


@pytest.mark.parametrize(
    ("name", "columns", "rows"),
    [
        ("number-thousands", "n:integer", "999"),
        ("sign-flipped", "n:integer", "0"),
        ("day-month-exchanged", "d:date", "2023-07-13\n2023-07-07"),
        ("decimal-comma", "n:number", "15"),
        ("bounds-exchanged", "n_low:integer n_high:integer", "4,4\n,5"),
        ("unique-repeated", "u:string(unique=true)", "a"),
        ("parent-deleted", "a:string", "x"),
        ("row-again", "id:date!", "2023-07-13"),
        ("mojibake", "a:string", "plain"),
        ("value-another", 'a:string(enum=["ab"])', "ab"),
        ("null-word", "n:integer", ""),
        ("line-end-mixed", "a:string", "x"),
    ],
)  # fmt: skip
def test_where_there_is_nothing_to_corrupt_nothing_is_made(name: str, columns: str, rows: str) -> None:
    assert list(edits(sheet_of(columns, rows), BY_NAME[name], "0", 3)) == []


@pytest.mark.parametrize(
    ("name", "columns", "applies"),
    [
        ("above-maximum", "n:integer(minimum=1)", False),
        ("above-maximum", "n:integer(exclusiveMaximum=9)", True),
        ("reference-dangling", "id:string!", False),
        ("total-shifted", "subtotals:integer", False),
        ("total-shifted", "killed_total:integer", True),
        ("bounds-exchanged", "date_start:date date_end:date", True),
        ("bounds-exchanged", "date_start:date date_end:string", False),
        ("space-doubled", "a:string(pattern=x)", False),
        ("boolean-word", "a:string", False),
    ],
)
def test_an_operator_applies_by_the_schema_alone(name: str, columns: str, applies: bool) -> None:
    schema = from_descriptor(schema_of(columns)[0])
    assert BY_NAME[name].applies(schema, schema.columns[0]) is applies


@pytest.mark.parametrize(
    ("dialect", "file", "wanted"),
    [
        (Dialect(delimiter=";"), "id;note\r\na;x y\r\n", "id;note\r\na;x  y\r\n"),
        (Dialect(delimiter="\t", quote="'"), "id\tnote\na\t'x y'\n", "id\tnote\na\t'x  y'\n"),
        (Dialect(delimiter="|", quote=None), "id|note\na|x y", "id|note\na|x  y"),
        (Dialect(escape="\\", double_quote=False), 'id,note\na,"x \\" y"\n', 'id,note\na,"x  \\" y"\n'),
        (Dialect(header=False, header_rows=()), "a,x y\n", "a,x  y\n"),
        (Dialect(header_rows=(3,), comment="#"), "# c\ntitle\nid,note\na,x y\n", "# c\ntitle\nid,note\na,x  y\n"),
        (Dialect(comment="#"), "# c,d\nid,note\n# e\na,x y\n", "# c,d\nid,note\n# e\na,x  y\n"),
        (Dialect(comment_rows=frozenset({2})), "id,note\nwhat it is\na,x y\n", "id,note\nwhat it is\na,x  y\n"),
    ],
    ids=["semicolon and CRLF", "tab", "no quotes", "escape", "no header", "header in row 3", "comments", "comment row"],
)
def test_a_cell_is_written_in_the_dialect_of_the_file_and_all_else_keeps_its_bytes(
    dialect: Dialect, file: str, wanted: str
) -> None:
    schema = from_descriptor(schema_of("id:string! note:string")[0])
    sheet = read_sheet(file.encode(), schema, dialect)
    (edit,) = edits(sheet, BY_NAME["space-doubled"], "0", 1)
    assert edit.data.decode() == wanted


@pytest.mark.parametrize("name", ["column-dropped", "label-renamed", "title-above"])
def test_a_header_below_comments_is_named_by_its_line(name: str) -> None:
    schema = from_descriptor(schema_of("id:string! note:string")[0])
    sheet = read_sheet(b"# c\n# d\nid,note\na,x y\n", schema, Dialect(comment="#"))
    (edit,) = edits(sheet, BY_NAME[name], "0", 1)
    assert edit.lines == (3,)


def test_what_a_dialect_cannot_say_is_not_made() -> None:
    sheet = sheet_of("a:string", "xy", dialect=Dialect(quote=None))
    assert list(edits(sheet, BY_NAME["line-break-inside"], "0", 1)) == []


@pytest.mark.parametrize("wanted", [1, 2, 3])
def test_as_many_as_are_wanted_each_once_and_spread_over_the_columns(wanted: int) -> None:
    sheet = sheet_of("a:integer b:integer", "1,2\n3,4")
    made = list(edits(sheet, BY_NAME["number-unit"], "0", wanted))
    assert len({(edit.lines, edit.column) for edit in made}) == wanted
    assert len({edit.column for edit in made}) == min(wanted, 2)


@given(st.integers(), st.sampled_from(OPERATORS))
def test_the_same_seed_makes_the_same_and_always_something_else_than_the_table(seed: int, operator: Operator) -> None:
    sheet = sheet_of("id:string! boss:string→id n:integer t:string d:date", "a,,10,x y,2023-07-02\nb,a,2,z,2021-01-03")
    made = list(edits(sheet, operator, str(seed), 2))
    assert made == list(edits(sheet, operator, str(seed), 2))
    assert all(edit.data != sheet.data for edit in made)
    lines = range(1, 12)
    assert all(line in lines for edit in made for line in edit.lines)
