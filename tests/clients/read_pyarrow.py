"""pyarrow, which checks the checksums of pages when it is asked to."""

import pyarrow.parquet as pq
from normal import tell

if __name__ == "__main__":
    tell(lambda name, path: pq.ParquetFile(path, page_checksum_verification=True).read().to_pylist())
