"""Pointblank: a plan of steps over a polars frame, foreign keys included."""

import sys
from datetime import date
from pathlib import Path

import pointblank as pb
import polars as pl
from frames import incidents
from words import ENUM, STATUS


def referred(table: str) -> pl.DataFrame:
    """A table that incidents refer to."""
    return pl.read_csv(Path(sys.argv[1], "data", f"{table}.csv"))


plan = (
    pb.Validate(incidents(sys.argv[1]))
    .col_vals_regex("incident_id", r"^inc-[0-9]{8}$")
    .rows_distinct("incident_id")
    .col_vals_not_null(["incident_id", "date", "kind", "place_id", "source_id"])
    .col_vals_ge("date", date(1970, 1, 1))
    .col_vals_ge("reported", pb.col("date"), na_pass=True)
    .col_vals_in_set("kind", ENUM)
    .col_vals_in_set("status", STATUS)
    .col_vals_between(["killed", "injured"], 0, 10_000, na_pass=True)
    .col_vals_between("lat", -90, 90, na_pass=True)
    .col_vals_between("lon", -180, 180, na_pass=True)
    .col_vals_in_table("place_id", referred("places"), "place_id")
    .col_vals_in_table("actor_id", referred("actors"), "actor_id", na_pass=True)
    .col_vals_in_table("source_id", referred("sources"), "source_id")
    .interrogate()
)
failed = plan.n_failed()
assert isinstance(failed, dict)
found = sum(failed.values())
print("valid" if plan.all_passed() else f"not valid: {found:,} failures")
