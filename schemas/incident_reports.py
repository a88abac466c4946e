"""Row rules of incident_reports: sums that hold within one report."""

import narwhals.stable.v1 as nw
import pandera.pyarrow as pa

CHECKS = [
    pa.Check(
        lambda frame: (
            nw.col("killed_total") == nw.col("killed_security") + nw.col("killed_civilian") + nw.col("killed_militant")
        ),
        native=False,
        name="reported-killed-parts-not-total",
        error=(
            "killed_total {killed_total} is not the sum of its parts {killed_security} +"
            " {killed_civilian} + {killed_militant}"
        ),
        title="Where every class is known, the classes make up the total.",
        description="Correct the class or the total, or empty a class that is not known.",
    ),
    pa.Check(
        lambda frame: (
            (
                nw.col("killed_total")
                >= nw.col("killed_security").fill_null(0)
                + nw.col("killed_civilian").fill_null(0)
                + nw.col("killed_militant").fill_null(0)
            )
            | (
                ~nw.col("killed_security").is_null()
                & ~nw.col("killed_civilian").is_null()
                & ~nw.col("killed_militant").is_null()
            )
        ),
        native=False,
        name="reported-killed-parts-above-total",
        error=(
            "killed_total {killed_total} is below the known parts {killed_security} + "
            "{killed_civilian} + {killed_militant}"
        ),
        title="A total cannot be smaller than the parts that are known.",
        description="Raise the total or correct the class.",
    ),
    pa.Check(
        lambda frame: (
            nw.col("injured_total") >= nw.col("injured_security").fill_null(0) + nw.col("injured_civilian").fill_null(0)
        ),
        native=False,
        name="reported-injured-parts-above-total",
        error=("injured_total {injured_total} is below the known parts {injured_security} + {injured_civilian}"),
        title="A total cannot be smaller than the parts that are known.",
        description="Raise the total or correct the class.",
    ),
    pa.Check(
        lambda frame: nw.col("supersedes_report_id") != nw.col("report_id"),
        native=False,
        name="report-supersedes-itself",
        error="{report_id} supersedes itself",
        title="A correction replaces an earlier report.",
        description="Name the earlier report, or leave the column empty.",
    ),
]
