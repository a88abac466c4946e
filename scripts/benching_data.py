"""The data of the benchmarks: a project of four tables, made anew from a seed wherever it is asked for.

Incidents refer to places, actors and sources. Each value comes from the number of its row by integer
arithmetic alone, so that every version of every library makes the same bytes. In bad data, each tenth row has
one wrong cell, and the faults take turns; in data of the kind `rules`, each wrong cell is of its column's type.

    .venv/bin/python scripts/benching_data.py 1m bad FOLDER    makes FOLDER/1m-bad
"""

import argparse
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benching import BIN

SIZES = {"1k": 1_000, "10k": 10_000, "100k": 100_000, "1m": 1_000_000, "10m": 10_000_000, "30m": 30_000_000}
KINDS = ("clean", "bad", "rules", "changed")
DATASET = "incidents"
# It names the data, so that a folder with those of another version is not taken for these.
VERSION = "1"
STEP, OFFSET = 10, 3
CHANGED, AT = 100, 7
"""In data of the kind `changed` each hundredth row is another: of ten, eight have another figure, one is gone, one has
a new key."""


@dataclass(frozen=True)
class Fault:
    """A wrong cell: in this column, this SQL instead of the value, told by this code."""

    column: str
    sql: str
    code: str


FAULTS = (
    Fault("date", "'2024-13-05'", "type-error"),
    Fault("killed", "'several'", "type-error"),
    Fault("kind", "'riot'", "constraint-error"),
    Fault("incident_id", "'INC' || n", "constraint-error"),
    Fault("injured", "'-3'", "constraint-error"),
    Fault("place_id", "'pl-999999'", "foreign-key"),
    Fault("incident_id", "'inc-' || lpad((n - 1)::varchar, 8, '0')", "primary-key"),
    Fault("lat", "'34.5N'", "type-error"),
    Fault("verified", "'perhaps'", "type-error"),
    Fault("status", "'rumoured'", "constraint-error"),
    Fault("lon", "'197.5'", "constraint-error"),
    Fault("source_id", "'src-9999999'", "foreign-key"),
    Fault("reported", "'1999-01-01'", "incident-reported-before"),
)

ENUM = ("armed_attack", "suicide_attack", "ied", "shelling", "airstrike", "ambush", "abduction", "other")
STATUS = ("reported", "confirmed", "disputed", "retracted")

# Phrases of the free text. A few letters beyond ASCII, commas and quotes, as notes have them.
BEGINNINGS = (
    "Gunmen opened fire on a checkpoint near the bazaar",
    "A roadside bomb struck a convoy of the border police",
    "Armed men on motorcycles stopped a bus on the highway",
    "Mortar shells landed beside a village across the river",
    "Officials said that an explosion was heard at dawn",
    "Residents reported shots, then a fire at the depot",
    "A patrol was ambushed on the road to the valley",
    "Unknown persons abducted a contractor from his home",
)
MIDDLES = (
    ', and the spokesman called it "a cowardly act", ',
    "; two vehicles were destroyed, ",
    ', the police spoke of "heavy weapons" and said ',
    ", which no group has claimed so far, ",
    " while the market was open, ",
    ', "at least three hours" of fighting followed, ',
    ", according to the district\u2019s caf\u00e9 owners, ",
    " as reported by two sources, ",
)
ENDS = (
    "the wounded were taken to the hospital.",
    "a search goes on.",
    "roads were closed until noon.",
    "nobody was arrested.",
    "further details are awaited.",
)

# A number between 0 and 2^32 - 1 that looks drawn, of a row and a column: integers only, no overflow in 64 bits.
MACROS = (
    "create macro stirred(x) as xor(x, x >> 16)",
    (
        "create macro drawn(n, seed) as "
        "stirred((stirred((n * 2654435761 + seed * 40503 + 97) % 4294967296) * 2146121005) % 4294967296)"
    ),
    "create macro picked(words, n, seed) as words[1 + drawn(n, seed) % len(words)]",
)

SETTINGS = 'releases = "dist"\n'
RULES = '''"""Row rules of incidents."""

import narwhals.stable.v1 as nw
import pandera.pyarrow as pa

CHECKS = [
    pa.Check(
        lambda frame: nw.col("reported") >= nw.col("date"),
        native=False,
        name="incident-reported-before",
        error="reported {reported} is before date {date}",
        title="Nothing is reported before it happens.",
        description="Swap the two dates or correct the wrong one.",
    ),
]
'''
DIALECT = 'dialect: {delimiter: ",", lineTerminator: "\\n", quoteChar: "\\"", doubleQuote: true, header: true}'
SCHEMAS = {
    "incidents": f"""\
name: incidents
fields:
  - {{name: incident_id, type: string, constraints: {{required: true, pattern: "inc-[0-9]{{8}}"}}}}
  - {{name: date, type: date, constraints: {{required: true, minimum: "1970-01-01"}}}}
  - {{name: reported, type: date}}
  - {{name: kind, type: string, constraints: {{required: true, enum: [{", ".join(ENUM)}]}}}}
  - {{name: status, type: string, categories: [{", ".join(STATUS)}]}}
  - {{name: place_id, type: string, constraints: {{required: true}}}}
  - {{name: actor_id, type: string}}
  - {{name: source_id, type: string, constraints: {{required: true}}}}
  - {{name: killed, type: integer, constraints: {{minimum: 0, maximum: 10000}}}}
  - {{name: injured, type: integer, constraints: {{minimum: 0, maximum: 10000}}}}
  - {{name: lat, type: number, constraints: {{minimum: -90, maximum: 90}}}}
  - {{name: lon, type: number, constraints: {{minimum: -180, maximum: 180}}}}
  - {{name: verified, type: boolean}}
  - {{name: note, type: string}}
primaryKey: [incident_id]
foreignKeys:
  - {{fields: [place_id], reference: {{resource: places, fields: [place_id]}}}}
  - {{fields: [actor_id], reference: {{resource: actors, fields: [actor_id]}}}}
  - {{fields: [source_id], reference: {{resource: sources, fields: [source_id]}}}}
""",
    "places": """\
name: places
fields:
  - {name: place_id, type: string, constraints: {required: true, pattern: "pl-[0-9]{6}"}}
  - {name: name, type: string, constraints: {required: true}}
  - {name: lat, type: number, constraints: {minimum: -90, maximum: 90}}
  - {name: lon, type: number, constraints: {minimum: -180, maximum: 180}}
primaryKey: [place_id]
""",
    "actors": """\
name: actors
fields:
  - {name: actor_id, type: string, constraints: {required: true, pattern: "act-[0-9]{4}"}}
  - {name: name, type: string, constraints: {required: true}}
  - {name: founded, type: year}
primaryKey: [actor_id]
""",
    "sources": """\
name: sources
fields:
  - {name: source_id, type: string, constraints: {required: true, pattern: "src-[0-9]{7}"}}
  - {name: title, type: string, constraints: {required: true}}
  - {name: url, type: string, format: uri}
  - {name: published, type: date}
primaryKey: [source_id]
""",
}
PLACES, ACTORS = 5_000, 400


@dataclass(frozen=True)
class Data:
    """One project of the benchmarks: where it is, and how many incidents it has."""

    folder: Path
    rows: int

    @property
    def dataset(self) -> Path:
        """The folder of its dataset."""
        return self.folder / "datasets" / DATASET

    def table(self, name: str) -> Path:
        """The file of a table."""
        return self.dataset / "data" / f"{name}.csv"


def faults_of(kind: str) -> tuple[Fault, ...]:
    """The faults that data of a kind have: none, all of them, or those whose cells are of their type."""
    kept = {"clean": (), "bad": FAULTS, "rules": tuple(fault for fault in FAULTS if fault.code != "type-error")}
    return kept.get(kind, ())


def planted(rows: int, kind: str = "bad") -> dict[str, int]:
    """How many findings data of this many rows and this kind have, by code."""
    faults = faults_of(kind)
    bad = range(len(range(OFFSET, rows, STEP)) if faults else 0)
    return dict(Counter(faults[number % len(faults)].code for number in bad))


def sources(rows: int) -> int:
    """How many sources so many incidents have."""
    return min(100_000, max(1_000, rows // 50))


def quoted(words: Sequence[str]) -> str:
    """A list of texts in SQL."""
    return "[" + ", ".join("'" + word.replace("'", "''") + "'" for word in words) + "]"


def incidents_sql(rows: int, kind: str) -> str:
    """The query that gives the rows of incidents as texts."""
    columns = {
        "incident_id": "'inc-' || lpad(n::varchar, 8, '0')",
        "date": "(date '2005-01-01' + (drawn(n, 1) % 6900)::integer)::varchar",
        "reported": "(date '2005-01-01' + (drawn(n, 1) % 6900 + drawn(n, 2) % 9)::integer)::varchar",
        "kind": f"picked({quoted(ENUM)}, n, 3)",
        "status": f"picked({quoted(STATUS)}, n, 4)",
        "place_id": f"'pl-' || lpad((drawn(n, 5) % {PLACES})::varchar, 6, '0')",
        "actor_id": f"case when drawn(n, 6) % 7 > 0 then 'act-' || lpad((drawn(n, 7) % {ACTORS})::varchar, 4, '0') end",
        "source_id": f"'src-' || lpad((drawn(n, 8) % {sources(rows)})::varchar, 7, '0')",
        "killed": "case when drawn(n, 9) % 11 > 0 then (drawn(n, 10) % 37)::varchar end",
        "injured": "case when drawn(n, 11) % 5 > 0 then (drawn(n, 12) % 120)::varchar end",
        "lat": "(24 + drawn(n, 13) % 13) || '.' || lpad((drawn(n, 14) % 100000)::varchar, 5, '0')",
        "lon": "(60 + drawn(n, 15) % 16) || '.' || lpad((drawn(n, 16) % 100000)::varchar, 5, '0')",
        "verified": "case when drawn(n, 17) % 3 = 0 then 'false' else 'true' end",
        "note": f"picked({quoted(BEGINNINGS)}, n, 18) || picked({quoted(MIDDLES)}, n, 19) || "
        f"picked({quoted(ENDS)}, n, 20)",
    }
    faults = faults_of(kind)
    for number, fault in enumerate(faults):
        here = f"n % {STEP} = {OFFSET} and n // {STEP} % {len(faults)} = {number}"
        columns[fault.column] = f"case when {here} then {fault.sql} else {columns[fault.column]} end"
    where = ""
    if kind == "changed":
        here, turn = f"n % {CHANGED} = {AT}", f"n // {CHANGED} % 10"
        more = f"coalesce(try_cast({columns['killed']} as bigint), 0) + 1"
        columns["killed"] = f"case when {here} and {turn} < 8 then ({more})::varchar else {columns['killed']} end"
        fresh = f"'inc-' || lpad(({rows} + n)::varchar, 8, '0')"
        columns["incident_id"] = f"case when {here} and {turn} = 9 then {fresh} else {columns['incident_id']} end"
        where = f" where not ({here} and {turn} = 8)"
    chosen = ", ".join(f"{sql} as {name}" for name, sql in columns.items())
    return f"select {chosen} from range({rows}) as numbers(n){where}"


def differing(rows: int) -> tuple[int, int, int]:
    """How many rows of `changed` data are gone, changed and new beside `clean` ones."""
    hits = range(AT, rows, CHANGED)
    turns = Counter(n // CHANGED % 10 for n in hits)
    return turns[8] + turns[9], sum(turns[turn] for turn in range(8)), turns[9]


def referred_sql(rows: int) -> dict[str, str]:
    """The queries of the tables that incidents refer to."""
    return {
        "places": "select 'pl-' || lpad(n::varchar, 6, '0') as place_id, 'Place ' || n as name, "
        "(24 + drawn(n, 21) % 13)::varchar as lat, (60 + drawn(n, 22) % 16)::varchar as lon "
        f"from range({PLACES}) as numbers(n)",
        "actors": "select 'act-' || lpad(n::varchar, 4, '0') as actor_id, 'Group ' || n as name, "
        f"(1950 + drawn(n, 23) % 70)::varchar as founded from range({ACTORS}) as numbers(n)",
        "sources": "select 'src-' || lpad(n::varchar, 7, '0') as source_id, 'Report, no. ' || n as title, "
        "'https://example.org/reports/' || n as url, "
        "(date '2005-01-01' + (drawn(n, 24) % 6900)::integer)::varchar as published "
        f"from range({sources(rows)}) as numbers(n)",
    }


def descriptor() -> str:
    """The descriptor of the dataset; its schemas are those of the project."""
    told = [f"name: {DATASET}", "title: Incidents made for a benchmark", "licenses: [{name: CC0-1.0}]"]
    told += ["version: 1.0.0", 'created: "2026-01-01T00:00:00Z"', "resources:"]
    for name in SCHEMAS:
        told += [f"  - name: {name}", f"    path: data/{name}.csv", "    format: csv", "    encoding: utf-8"]
        told += [f"    {DIALECT}", f"    schema: ../../schemas/{name}.yaml"]
    return "\n".join(["$schema: https://datapackage.org/profiles/2.0/datapackage.json", *told, ""])


def write_project(folder: Path, rows: int, kind: str) -> None:
    """A project with its dataset, in this folder."""
    import duckdb

    (folder / "schemas").mkdir(parents=True)
    (folder / "datapkg.toml").write_text(SETTINGS, encoding="utf-8")
    (folder / "schemas" / "incidents.py").write_text(RULES, encoding="utf-8")
    for name, schema in SCHEMAS.items():
        (folder / "schemas" / f"{name}.yaml").write_text(schema, encoding="utf-8")
    data = Data(folder, rows)
    (data.dataset / "data").mkdir(parents=True)
    (data.dataset / "datapackage.yaml").write_text(descriptor(), encoding="utf-8")
    with duckdb.connect() as database:
        for macro in MACROS:
            database.execute(macro)
        for name, query in {"incidents": incidents_sql(rows, kind), **referred_sql(rows)}.items():
            path = data.table(name).as_posix().replace("'", "''")
            database.execute(f"copy ({query}) to '{path}' (format csv, header true, delimiter ',')")


def make(store: Path, size: str, kind: str) -> Data:
    """The data of this size and kind in a folder of such, made anew."""
    data = Data(store / f"{size}-{kind}", SIZES[size])
    shutil.rmtree(data.folder, ignore_errors=True)
    write_project(data.folder, data.rows, kind)
    (data.folder / "made").write_text(VERSION, encoding="utf-8")
    return data


def data_at(store: Path, size: str, kind: str) -> Data:
    """The data of this size and kind, made by the project's own Python where they are not yet there."""
    data = Data(store / f"{size}-{kind}", SIZES[size])
    made = data.folder / "made"
    if not made.exists() or made.read_text(encoding="utf-8") != VERSION:
        subprocess.run([BIN / "python", __file__, size, kind, store], check=True, stdout=sys.stderr)
    return data


def main() -> None:
    """Make what is asked for."""
    parser = argparse.ArgumentParser(description="Make the data of the benchmarks.")
    parser.add_argument("size", choices=SIZES)
    parser.add_argument("kind", choices=KINDS)
    parser.add_argument("folder", type=Path)
    asked = parser.parse_args()
    made = make(asked.folder, asked.size, asked.kind)
    print(f"{made.folder}: {made.rows:,} incidents, {made.table('incidents').stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
