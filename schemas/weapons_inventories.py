"""Row rules of weapons_inventories: values and periods that hold within one holding."""

import narwhals.stable.v1 as nw
import pandera.pyarrow as pa

CHECKS = [
    pa.Check(
        lambda frame: (
            nw.col("stated_total_value_usd").is_null() | ~nw.col("value_operator").is_in(["some", "majority"])
        ),
        native=False,
        name="vague-value-with-number",
        error=("stated_total_value_usd is {stated_total_value_usd} while value_operator is {value_operator}"),
        title="A vague quantity has no number; one made up for it would be believed.",
        description="Remove the number, or correct the operator.",
    ),
    pa.Check(
        lambda frame: ~nw.col("value_qualifier").is_null() | (nw.col("value_operator") != "some"),
        native=False,
        name="vague-value-without-qualifier",
        error="value_operator is {value_operator} without a qualifier",
        title="The vague word is all that the source gives.",
        description="Write the vague word into value_qualifier.",
    ),
    pa.Check(
        lambda frame: ~nw.col("value_operator").is_null() | nw.col("stated_total_value_usd").is_null(),
        native=False,
        name="value-without-operator",
        error="stated_total_value_usd {stated_total_value_usd} without an operator",
        title=("Whether a number is exact, rounded or a bound decides what may be compared with it."),
        description="Give the operator.",
    ),
    pa.Check(
        lambda frame: (nw.col("as_of_precision") == "unknown") == nw.col("as_of_date").is_null(),
        native=False,
        name="holding-date-without-precision",
        error="as_of_precision is {as_of_precision} while as_of_date is {as_of_date}",
        title="A missing date is of unknown precision, and only a missing one.",
        description="Give the date, or set its precision to unknown.",
    ),
    pa.Check(
        lambda frame: nw.col("coverage_end") >= nw.col("coverage_start"),
        native=False,
        name="coverage-ends-before-start",
        error="coverage_end {coverage_end} is before coverage_start {coverage_start}",
        title="A coverage cannot end before it begins.",
        description="Swap the two dates or correct the wrong one.",
    ),
    pa.Check(
        lambda frame: nw.col("holder_actor_id") != nw.col("from_actor_id"),
        native=False,
        name="holder-supplies-itself",
        error="{holder_actor_id} is both supplier and holder",
        title="Items move from one actor to another.",
        description="Correct one of the two.",
    ),
]
