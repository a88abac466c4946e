"""Two versions of incidents compared with daff: rows by key, cells as texts."""

import csv
import sys
from pathlib import Path

import daff

flags = daff.CompareFlags()
flags.addPrimaryKey("incident_id")
sides = []
for dataset in sys.argv[1:3]:
    with Path(dataset, "data", "incidents.csv").open(encoding="utf-8", newline="") as file:
        sides.append(daff.PythonTableView(list(csv.reader(file))))
difference = daff.TableDiff(daff.Coopy.compareTables(*sides, flags).align(), flags)
difference.hilite(daff.PythonTableView([]))
told = difference.getSummary()
print(f"{told.row_deletes:,} removed, {told.row_updates:,} changed, {told.row_inserts:,} added")
