"""mlcroissant: every record of the record set that is a table."""

import sys
from pathlib import Path

import mlcroissant
from normal import Rows, tell

DATASET = mlcroissant.Dataset(f"{sys.argv[1]}/croissant.json")


def read(name: str, path: Path) -> Rows:
    return [{key.partition("/")[2]: cell for key, cell in record.items()} for record in DATASET.records(name)]


if __name__ == "__main__":
    tell(read)
