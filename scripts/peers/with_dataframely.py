"""Dataframely: a schema as a class, rows that break it filtered out and counted by rule."""

import sys
from datetime import date

import dataframely as dy
import polars as pl
from frames import incidents
from words import ENUM, STATUS


class Incidents(dy.Schema):
    """The columns of incidents and the rule over two of them."""

    incident_id = dy.String(primary_key=True, regex=r"^inc-[0-9]{8}$")
    date = dy.Date(min=date(1970, 1, 1))
    reported = dy.Date(nullable=True)
    kind = dy.Enum(ENUM)
    status = dy.Enum(STATUS, nullable=True)
    place_id = dy.String()
    actor_id = dy.String(nullable=True)
    source_id = dy.String()
    killed = dy.Int64(nullable=True, min=0, max=10_000)
    injured = dy.Int64(nullable=True, min=0, max=10_000)
    lat = dy.Float64(nullable=True, min=-90, max=90)
    lon = dy.Float64(nullable=True, min=-180, max=180)
    verified = dy.Bool(nullable=True)
    note = dy.String(nullable=True)

    @dy.rule()
    def reported_after(cls) -> pl.Expr:  # noqa: N805  # the library calls it with the class
        """Nothing is reported before it happens."""
        return pl.col("reported") >= pl.col("date")


_, failures = Incidents.filter(incidents(sys.argv[1]), cast=True)
found = sum(failures.counts().values())
print(f"not valid: {found:,} failures" if found else "valid")
