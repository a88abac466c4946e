"""Row rules of offices: order and precision of terms."""

import narwhals.stable.v1 as nw
import pandera.pyarrow as pa

CHECKS = [
    pa.Check(
        lambda frame: nw.col("date_end") >= nw.col("date_start"),
        native=False,
        name="office-ends-before-start",
        error="date_end {date_end} is before date_start {date_start}",
        title="A term cannot end before it begins.",
        description="Swap the two dates or correct the wrong one.",
    ),
    pa.Check(
        lambda frame: (nw.col("start_precision") == "unknown") == nw.col("date_start").is_null(),
        native=False,
        name="office-start-without-precision",
        error="start_precision is {start_precision} while date_start is {date_start}",
        title="A missing date is of unknown precision, and only a missing one.",
        description="Give the date, or set its precision to unknown.",
    ),
    pa.Check(
        lambda frame: (nw.col("end_precision") == "unknown") == nw.col("date_end").is_null(),
        native=False,
        name="office-end-without-precision",
        error="end_precision is {end_precision} while date_end is {date_end}",
        title="A missing date is of unknown precision, and only a missing one.",
        description="Give the date, or set its precision to unknown.",
    ),
]
