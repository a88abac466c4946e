"""pandas with Arrow types; its own have no null in integers."""

from pathlib import Path

import pandas
from normal import Rows, tell


def read(name: str, path: Path) -> Rows:
    frame = pandas.read_parquet(path, dtype_backend="pyarrow")
    columns = {column: frame[column].tolist() for column in frame}
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


if __name__ == "__main__":
    tell(read)
