"""The table of incidents as polars reads it by declared types."""

from pathlib import Path

import polars as pl

TYPES = {
    "incident_id": pl.String,
    "date": pl.Date,
    "reported": pl.Date,
    "kind": pl.String,
    "status": pl.String,
    "place_id": pl.String,
    "actor_id": pl.String,
    "source_id": pl.String,
    "killed": pl.Int64,
    "injured": pl.Int64,
    "lat": pl.Float64,
    "lon": pl.Float64,
    "verified": pl.Boolean,
    "note": pl.String,
}


def incidents(dataset: str) -> pl.DataFrame:
    """Read the incidents of a dataset; SystemExit at the first cell that is not of its column's type."""
    try:
        return pl.read_csv(Path(dataset, "data", "incidents.csv"), schema=TYPES)
    except pl.exceptions.ComputeError as error:
        print(f"stopped: {str(error).splitlines()[0]}")
        raise SystemExit from None
