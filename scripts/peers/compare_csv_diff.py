"""Two versions of incidents compared with csv-diff: rows by key, cells as texts."""

import sys
from pathlib import Path

from csv_diff import compare, load_csv

sides = []
for dataset in sys.argv[1:3]:
    with Path(dataset, "data", "incidents.csv").open(encoding="utf-8", newline="") as file:
        sides.append(load_csv(file, key="incident_id"))
told = compare(*sides)
removed, changed, added = (len(told[kind]) for kind in ("removed", "changed", "added"))
print(f"{removed:,} removed, {changed:,} changed, {added:,} added")
