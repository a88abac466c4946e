"""PySpark on this machine; moments are read in UTC."""

import os
import time
from pathlib import Path

os.environ["TZ"] = "UTC"
time.tzset()

from normal import Rows, tell  # noqa: E402
from pyspark.sql import SparkSession  # noqa: E402

SPARK = (
    SparkSession.builder.master("local[1]")
    .config("spark.ui.enabled", "false")
    .config("spark.driver.host", "127.0.0.1")
    .config("spark.driver.bindAddress", "127.0.0.1")
    .config("spark.sql.session.timeZone", "UTC")
    .config("spark.sql.timeType.enabled", "true")
    .getOrCreate()
)


def read(name: str, path: Path) -> Rows:
    return [row.asDict() for row in SPARK.read.parquet(path.as_posix()).collect()]


if __name__ == "__main__":
    tell(read)
    SPARK.stop()
