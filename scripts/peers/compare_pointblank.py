"""Two versions of incidents compared with pointblank, as `pb compare` does it: rows by key, files scanned lazily."""

import sys
from pathlib import Path

import pointblank as pb

old, new = (Path(dataset, "data", "incidents.csv").as_posix() for dataset in sys.argv[1:3])
told = pb.compare(old, new, keys="incident_id")
print(f"{told.n_missing:,} removed, {told.n_changed:,} changed, {told.n_extra:,} added")
