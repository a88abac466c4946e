"""Two versions of incidents compared with polars: both read by declared types, joined by key, cells compared."""

import sys

import polars as pl
from frames import TYPES, incidents

KEY = "incident_id"
old, new = incidents(sys.argv[1]), incidents(sys.argv[2])
removed = old.join(new, on=KEY, how="anti").height
added = new.join(old, on=KEY, how="anti").height
both = old.join(new, on=KEY, suffix=":new")
differs = {name: pl.col(name).ne_missing(pl.col(f"{name}:new")) for name in TYPES if name != KEY}
changed = both.filter(pl.any_horizontal(*differs.values()))
cells = changed.select(**{name: one.sum() for name, one in differs.items()}).row(0, named=True)
print(f"{ {name: count for name, count in cells.items() if count} }")
print(f"{removed:,} removed, {changed.height:,} changed, {added:,} added")
