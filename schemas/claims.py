"""Row rules of claims: bounds, operators and periods that hold within one claim."""

import narwhals.stable.v1 as nw
import pandera.pyarrow as pa

CHECKS = [
    pa.Check(
        lambda frame: nw.col("value_low") <= nw.col("value_best"),
        native=False,
        name="claim-low-above-best",
        error="value_low {value_low} is above value_best {value_best}",
        title="The best value lies between the bounds.",
        description="Swap the two numbers or correct the wrong one.",
    ),
    pa.Check(
        lambda frame: nw.col("value_best") <= nw.col("value_high"),
        native=False,
        name="claim-best-above-high",
        error="value_best {value_best} is above value_high {value_high}",
        title="The best value lies between the bounds.",
        description="Swap the two numbers or correct the wrong one.",
    ),
    pa.Check(
        lambda frame: (nw.col("value_low") <= nw.col("value_high")) | ~nw.col("value_best").is_null(),
        native=False,
        name="claim-low-above-high",
        error="value_low {value_low} is above value_high {value_high}",
        title="The bounds keep their order also where no best value is given.",
        description="Swap the two numbers or correct the wrong one.",
    ),
    pa.Check(
        lambda frame: ~nw.col("value_best").is_null() | ~nw.col("operator").is_in(["exact", "about"]),
        native=False,
        name="exact-claim-without-value",
        error="operator is {operator}, but value_best is empty",
        title="An exact or rounded claim states a number.",
        description="Give the number, or correct the operator.",
    ),
    pa.Check(
        lambda frame: (
            ((nw.col("operator") != "at_least") | ~nw.col("value_low").is_null())
            & ((nw.col("operator") != "at_most") | ~nw.col("value_high").is_null())
        ),
        native=False,
        name="bounded-claim-without-bound",
        error=("operator is {operator}, but value_low is {value_low} and value_high is {value_high}"),
        title="A claim of at least or at most states a bound.",
        description=("Put the number of an at_least into value_low, of an at_most into value_high."),
    ),
    pa.Check(
        lambda frame: (
            ~nw.col("operator").is_in(["some", "majority"])
            | (nw.col("value_low").is_null() & nw.col("value_best").is_null() & nw.col("value_high").is_null())
        ),
        native=False,
        name="vague-claim-with-number",
        error="operator is {operator}, yet a number is given",
        title="A vague quantity has no number; one made up for it would be believed.",
        description="Remove the number, or correct the operator.",
    ),
    pa.Check(
        lambda frame: ~nw.col("qualifier").is_null() | ~nw.col("operator").is_in(["some", "majority"]),
        native=False,
        name="vague-claim-without-qualifier",
        error="operator is {operator} without a qualifier",
        title="The vague word is all that the source gives.",
        description="Write the vague word into qualifier.",
    ),
    pa.Check(
        lambda frame: (
            ~nw.col("unit").is_null()
            | (nw.col("value_low").is_null() & nw.col("value_best").is_null() & nw.col("value_high").is_null())
        ),
        native=False,
        name="claim-value-without-unit",
        error="a value without a unit",
        title="A number without its unit cannot be compared.",
        description="Give the unit.",
    ),
    pa.Check(
        lambda frame: (nw.col("unit") == "%") | ~nw.col("metric").is_in(["share_pct", "change_pct"]),
        native=False,
        name="claim-percent-without-percent-unit",
        error="unit is {unit} while metric is {metric}",
        title="Shares and changes are given in percent.",
        description="Set the unit to %, or correct the metric.",
    ),
    pa.Check(
        lambda frame: nw.col("period_end") >= nw.col("period_start"),
        native=False,
        name="claim-period-ends-before-start",
        error="period_end {period_end} is before period_start {period_start}",
        title="A period cannot end before it begins.",
        description="Swap the two dates or correct the wrong one.",
    ),
    pa.Check(
        lambda frame: nw.col("compare_period_end") >= nw.col("compare_period_start"),
        native=False,
        name="claim-comparison-ends-before-start",
        error=("compare_period_end {compare_period_end} is before compare_period_start {compare_period_start}"),
        title="A period cannot end before it begins.",
        description="Swap the two dates or correct the wrong one.",
    ),
    pa.Check(
        lambda frame: nw.col("period_end").is_null() == nw.col("period_start").is_null(),
        native=False,
        name="claim-period-half-given",
        error="period_end is {period_end} while period_start is {period_start}",
        title="A period needs both of its ends.",
        description="Give both dates or none.",
    ),
    pa.Check(
        lambda frame: ~nw.col("compare_period_start").is_null() | (nw.col("metric") != "change_pct"),
        native=False,
        name="change-without-comparison",
        error="a change without a period of comparison",
        title="A change is measured against something.",
        description="Give the period of comparison.",
    ),
]
