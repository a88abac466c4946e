"""Pandera on pandas: a schema that coerces, all its failures collected."""

import sys
from pathlib import Path

import pandas as pd
import pandera.pandas as pa
from words import ENUM, STATUS

count = pa.Check.in_range(0, 10_000)
schema = pa.DataFrameSchema(
    {
        "incident_id": pa.Column(str, pa.Check.str_matches(r"^inc-[0-9]{8}$"), unique=True),
        "date": pa.Column("datetime64[ns]", pa.Check.ge(pd.Timestamp(1970, 1, 1))),
        "reported": pa.Column("datetime64[ns]", nullable=True),
        "kind": pa.Column(str, pa.Check.isin(ENUM)),
        "status": pa.Column(str, pa.Check.isin(STATUS), nullable=True),
        "place_id": pa.Column(str),
        "actor_id": pa.Column(str, nullable=True),
        "source_id": pa.Column(str),
        "killed": pa.Column("Int64", count, nullable=True),
        "injured": pa.Column("Int64", count, nullable=True),
        "lat": pa.Column(float, pa.Check.in_range(-90, 90), nullable=True),
        "lon": pa.Column(float, pa.Check.in_range(-180, 180), nullable=True),
        "verified": pa.Column(bool),
        "note": pa.Column(str, nullable=True),
    },
    checks=pa.Check(lambda frame: frame["reported"] >= frame["date"], ignore_na=True, name="reported-before"),
    coerce=True,
    strict=True,
)
frame = pd.read_csv(Path(sys.argv[1], "data", "incidents.csv"))
try:
    schema.validate(frame, lazy=True)
    print("valid")
except pa.errors.SchemaErrors as errors:
    print(f"not valid: {len(errors.failure_cases):,} failure cases")
