"""geopandas: the points of a table as shapes in WGS 84, beside the rest as pandas holds it."""

from pathlib import Path

import geopandas
import pandas
import pyarrow.parquet as pq
from normal import Rows, tell


def read(name: str, path: Path) -> Rows:
    if b"geo" not in (pq.read_metadata(path).metadata or {}):
        return pq.read_table(path).to_pylist()
    frame = geopandas.read_parquet(path, to_pandas_kwargs={"types_mapper": pandas.ArrowDtype})
    assert frame.crs is not None and frame.crs.to_string() == "OGC:CRS84", frame.crs
    columns = {column: frame[column].tolist() for column in frame}
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


if __name__ == "__main__":
    tell(read)
