"""Row rules of crossings: the two sides of a crossing."""

import narwhals.stable.v1 as nw
import pandera.pyarrow as pa

CHECKS = [
    pa.Check(
        lambda frame: nw.col("country_b") != nw.col("country_a"),
        native=False,
        name="crossing-within-one-country",
        error="both sides lie in {country_a}",
        title="A border crossing joins two countries.",
        description="Correct one of the two.",
    ),
]
