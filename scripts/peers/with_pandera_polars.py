"""Pandera on polars: a frame read by declared types, all failures collected."""

import sys
from datetime import date

import pandera.polars as pa
import polars as pl
from frames import incidents
from words import ENUM, STATUS

count = pa.Check.in_range(0, 10_000)
schema = pa.DataFrameSchema(
    {
        "incident_id": pa.Column(pl.String, pa.Check.str_matches(r"^inc-[0-9]{8}$"), unique=True),
        "date": pa.Column(pl.Date, pa.Check.ge(date(1970, 1, 1))),
        "reported": pa.Column(pl.Date, nullable=True),
        "kind": pa.Column(pl.String, pa.Check.isin(ENUM)),
        "status": pa.Column(pl.String, pa.Check.isin(STATUS), nullable=True),
        "place_id": pa.Column(pl.String),
        "actor_id": pa.Column(pl.String, nullable=True),
        "source_id": pa.Column(pl.String),
        "killed": pa.Column(pl.Int64, count, nullable=True),
        "injured": pa.Column(pl.Int64, count, nullable=True),
        "lat": pa.Column(pl.Float64, pa.Check.in_range(-90, 90), nullable=True),
        "lon": pa.Column(pl.Float64, pa.Check.in_range(-180, 180), nullable=True),
        "verified": pa.Column(pl.Boolean, nullable=True),
        "note": pa.Column(pl.String, nullable=True),
    },
    checks=pa.Check(lambda data: data.lazyframe.select(pl.col("reported") >= pl.col("date")), name="reported-before"),
    strict=True,
)
frame = incidents(sys.argv[1])
try:
    schema.validate(frame, lazy=True)
    print("valid")
except pa.errors.SchemaErrors as errors:
    print(f"not valid: {len(errors.failure_cases):,} failure cases")
