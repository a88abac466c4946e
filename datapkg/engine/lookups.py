"""References looked up while a table is read: of one column of texts, in the key of a small table judged before.

A join would cost more, and lose the order of the rows. Two looks tell: a text whose digest no value has is
none of them; what else is none is what DuckDB does not cast to a type of just these values. The cast by
itself would do, were it not that DuckDB writes out the whole type for each text that it refuses.
"""

import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from datapkg.engine.opened import Opened
from datapkg.engine.sql import name, text
from datapkg.schema import ForeignKey

if TYPE_CHECKING:
    import duckdb

    from datapkg.engine.judge import Judged

LOOKED_UP = 10_000
"""The most rows of a table in which references are looked up while another one is read; for more, a join is faster."""
SPREAD = 64
"""For each value so many bits, of which it sets one: one in so many of other texts needs the second look."""
MOST = 1 << 20
"""The most bits; more are slower to look at than what they spare."""


@dataclass(frozen=True)
class Reference:
    """A column whose every value must be in the column `aim` of `target`, which is SQL of a table judged before.

    `kind` is SQL of a type that has just these values. `seen` names a variable of the connection with a bit for
    each of `bits` digests, salted with `salt`, so that no data can be made for digests that meet.
    """

    column: str
    target: str
    aim: str
    kind: str
    seen: str
    bits: int
    salt: int


def references(con: "duckdb.DuckDBPyConnection", opened: Opened, known: "Mapping[str, Judged]") -> Iterator[Reference]:
    """The references of `opened` that can be looked up; what is needed for each is made in the connection."""
    if opened.bare is None:
        return
    for number, key in enumerate(opened.schema.foreign_keys):
        target = known.get(key.table or "")
        if target is None or len(key.columns) != 1 or not _looked_up(opened, key, target):
            continue
        aim, kind, seen = name(key.target_columns[0]), name(f"datapkg:aim:{number}"), f"datapkg:seen:{number}"
        values = f"SELECT DISTINCT {aim} AS value FROM {target.kept} WHERE {aim} IS NOT NULL"
        count = con.execute(f"SELECT count(*) FROM ({values})").fetchall()[0][0]
        if count:
            bits, salt = min(1 << (SPREAD * count - 1).bit_length(), MOST), secrets.randbits(31)
            reference = Reference(key.columns[0], target.kept, key.target_columns[0], kind, seen, bits, salt)
            con.execute(f"CREATE OR REPLACE TEMP TYPE {kind} AS ENUM ({values})")
            told = f"SELECT bitstring_agg({_digest(reference, 'value')}, 0, {bits - 1}) FROM ({values})"
            con.execute(f"SET VARIABLE {name(seen)} = ({told})")
            yield reference


def _looked_up(opened: Opened, key: ForeignKey, target: "Judged") -> bool:
    """Whether a reference of one column can be looked up in the pass over `opened`."""
    schema, theirs = opened.schema, target.opened.schema
    column, aim = key.columns[0], key.target_columns[0] if len(key.target_columns) == 1 else ""
    return (
        bool(target.opened.parts)
        and target.opened.rows <= LOOKED_UP
        and column in opened.positions
        and aim in target.whole
        and theirs.primary_key == (aim,)
        and column not in schema.ambiguous
        and aim not in theirs.ambiguous
        and schema[column].storage == theirs[aim].storage == "VARCHAR"
    )


def _digest(reference: Reference, value: str) -> str:
    """SQL: which of the bits is that of a text."""
    return f"CAST(hash({value}, {reference.salt}) & {reference.bits - 1} AS INTEGER)"


def dangling(reference: Reference) -> str:
    """SQL: the row refers to nothing."""
    column = name(reference.column)
    seen = f"get_bit(getvariable({text(reference.seen)}), {_digest(reference, column)})"
    refused = f"CASE WHEN {seen} = 0 THEN true ELSE TRY_CAST({column} AS {reference.kind}) IS NULL END"
    return f"{column} IS NOT NULL AND {refused}"
