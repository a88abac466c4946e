"""Row rules of statistics: units, shares and periods that hold within one statistic."""

import narwhals.stable.v1 as nw
import pandera.pyarrow as pa

CHECKS = [
    pa.Check(
        lambda frame: (nw.col("value") >= 0) | nw.col("metric").str.starts_with("change_in_"),
        native=False,
        name="statistic-below-zero",
        error="value {value} is below zero",
        title="Only a change can be negative.",
        description="Correct the value.",
    ),
    pa.Check(
        lambda frame: (nw.col("value") <= 100) | ~nw.col("metric").str.starts_with("share_of_"),
        native=False,
        name="share-above-hundred",
        error="a share of {value} percent",
        title="A share is at most a hundred percent.",
        description="Correct the value.",
    ),
    pa.Check(
        lambda frame: (nw.col("unit") == "%") == nw.col("metric").str.ends_with("_pct"),
        native=False,
        name="unit-not-of-metric",
        error="unit is {unit} while metric is {metric}",
        title="Shares and changes are given in percent, counts are not.",
        description="Correct the unit or the metric.",
    ),
    pa.Check(
        lambda frame: (
            ~nw.col("is_counted") | ~(nw.col("metric").str.ends_with("_pct") | nw.col("metric").str.ends_with("_rank"))
        ),
        native=False,
        name="ratio-counted",
        error="is_counted is {is_counted} for {metric}",
        title="Ratios and ranks cannot be added up.",
        description="Set is_counted to false.",
    ),
    pa.Check(
        lambda frame: nw.col("period_end") >= nw.col("period_start"),
        native=False,
        name="statistic-period-ends-before-start",
        error="period_end {period_end} is before period_start {period_start}",
        title="A period cannot end before it begins.",
        description="Swap the two dates or correct the wrong one.",
    ),
    pa.Check(
        lambda frame: nw.col("compare_period_end") >= nw.col("compare_period_start"),
        native=False,
        name="statistic-comparison-ends-before-start",
        error=("compare_period_end {compare_period_end} is before compare_period_start {compare_period_start}"),
        title="A period cannot end before it begins.",
        description="Swap the two dates or correct the wrong one.",
    ),
    pa.Check(
        lambda frame: nw.col("compare_period_end").is_null() == nw.col("compare_period_start").is_null(),
        native=False,
        name="statistic-comparison-half-given",
        error=("compare_period_end is {compare_period_end} while compare_period_start is {compare_period_start}"),
        title="A period needs both of its ends.",
        description="Give both dates or none.",
    ),
    pa.Check(
        lambda frame: ~nw.col("compare_period_start").is_null() | ~nw.col("metric").str.starts_with("change_in_"),
        native=False,
        name="statistic-change-without-comparison",
        error="a change without a period of comparison",
        title="A change is measured against something.",
        description="Give the period of comparison.",
    ),
    pa.Check(
        lambda frame: nw.col("parent_stat_id") != nw.col("stat_id"),
        native=False,
        name="statistic-part-of-itself",
        error="{stat_id} is a part of itself",
        title="A part belongs to another row.",
        description="Name the total, or leave the column empty.",
    ),
    pa.Check(
        lambda frame: nw.col("repeats_stat_id") != nw.col("stat_id"),
        native=False,
        name="statistic-repeats-itself",
        error="{stat_id} repeats itself",
        title="A repetition belongs to another row.",
        description="Name the original, or leave the column empty.",
    ),
]
