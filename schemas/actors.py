"""Row rules of actors: the tree of actors and how long each existed."""

import narwhals.stable.v1 as nw
import pandera.pyarrow as pa

CHECKS = [
    pa.Check(
        lambda frame: nw.col("active_to") >= nw.col("active_from"),
        native=False,
        name="actor-ends-before-start",
        error="active_to {active_to} is before active_from {active_from}",
        title="An actor cannot end before it begins.",
        description="Swap the two dates or correct the wrong one.",
    ),
    pa.Check(
        lambda frame: nw.col("parent_actor_id") != nw.col("actor_id"),
        native=False,
        name="actor-part-of-itself",
        error="{actor_id} is a part of itself",
        title="An actor belongs to a larger one.",
        description="Name the larger actor, or leave the column empty.",
    ),
]
