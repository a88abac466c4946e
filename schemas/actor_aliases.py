"""Row rules of actor_aliases: how long a name is valid."""

import narwhals.stable.v1 as nw
import pandera.pyarrow as pa

CHECKS = [
    pa.Check(
        lambda frame: nw.col("valid_to") >= nw.col("valid_from"),
        native=False,
        name="alias-ends-before-start",
        error="valid_to {valid_to} is before valid_from {valid_from}",
        title="The use of a name cannot end before it begins.",
        description="Swap the two dates or correct the wrong one.",
    ),
]
