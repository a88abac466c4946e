"""Row rules of weapons_inventory_lines: bounds and operators that hold within one line."""

import narwhals.stable.v1 as nw
import pandera.pyarrow as pa

CHECKS = [
    pa.Check(
        lambda frame: nw.col("quantity_low") <= nw.col("quantity_high"),
        native=False,
        name="quantity-low-above-high",
        error="quantity_low {quantity_low} is above quantity_high {quantity_high}",
        title="The lower bound cannot exceed the upper one.",
        description="Swap the two numbers or correct the wrong one.",
    ),
    pa.Check(
        lambda frame: (
            ((nw.col("quantity") >= nw.col("quantity_low")) | nw.col("quantity_low").is_null())
            & ((nw.col("quantity") <= nw.col("quantity_high")) | nw.col("quantity_high").is_null())
        ),
        native=False,
        name="quantity-out-of-bounds",
        error="quantity {quantity} is not between {quantity_low} and {quantity_high}",
        title="The quantity lies between its bounds.",
        description="Correct the quantity or the bound.",
    ),
    pa.Check(
        lambda frame: nw.col("quantity").is_null() | ~nw.col("quantity_operator").is_in(["some", "majority"]),
        native=False,
        name="vague-quantity-with-number",
        error="quantity is {quantity} while quantity_operator is {quantity_operator}",
        title="A vague quantity has no number; one made up for it would be believed.",
        description="Remove the number, or correct the operator.",
    ),
    pa.Check(
        lambda frame: ~nw.col("quantity_operator").is_null() | nw.col("quantity").is_null(),
        native=False,
        name="quantity-without-operator",
        error="quantity {quantity} without an operator",
        title=("Whether a number is exact, rounded or a bound decides what may be compared with it."),
        description="Give the operator.",
    ),
    pa.Check(
        lambda frame: ~nw.col("value_operator").is_null() | nw.col("value_usd").is_null(),
        native=False,
        name="line-value-without-operator",
        error="value_usd {value_usd} without an operator",
        title=("Whether a number is exact, rounded or a bound decides what may be compared with it."),
        description="Give the operator.",
    ),
    pa.Check(
        lambda frame: nw.col("parent_line_id") != nw.col("line_id"),
        native=False,
        name="line-part-of-itself",
        error="{line_id} is a part of itself",
        title="A part belongs to another line.",
        description="Name the total, or leave the column empty.",
    ),
]
