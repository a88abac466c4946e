"""polars."""

import polars
from normal import tell

if __name__ == "__main__":
    tell(lambda name, path: polars.read_parquet(path).to_dicts())
