"""Row rules of episodes: order and precision of beginnings and ends."""

import narwhals.stable.v1 as nw
import pandera.pyarrow as pa

CHECKS = [
    pa.Check(
        lambda frame: nw.col("date_end") >= nw.col("date_start"),
        native=False,
        name="episode-ends-before-start",
        error="date_end {date_end} is before date_start {date_start}",
        title="An episode cannot end before it begins.",
        description="Swap the two dates or correct the wrong one.",
    ),
    pa.Check(
        lambda frame: (nw.col("start_precision") == "unknown") == nw.col("date_start").is_null(),
        native=False,
        name="episode-start-without-precision",
        error="start_precision is {start_precision} while date_start is {date_start}",
        title="A missing date is of unknown precision, and only a missing one.",
        description="Give the date, or set its precision to unknown.",
    ),
    pa.Check(
        lambda frame: (nw.col("end_precision") == "unknown") == nw.col("date_end").is_null(),
        native=False,
        name="episode-end-without-precision",
        error="end_precision is {end_precision} while date_end is {date_end}",
        title="A missing date is of unknown precision, and only a missing one.",
        description="Give the date, or set its precision to unknown.",
    ),
    pa.Check(
        lambda frame: nw.col("ended_by_actor_id").is_null() | ~nw.col("date_end").is_null(),
        native=False,
        name="ended-without-end",
        error="ended by {ended_by_actor_id} without an end",
        title="Who ended an episode ended it at some time.",
        description="Give the end with the precision that is known.",
    ),
    pa.Check(
        lambda frame: nw.col("party_b_actor_id") != nw.col("party_a_actor_id"),
        native=False,
        name="episode-with-itself",
        error="{party_a_actor_id} is both parties",
        title="The parties of an episode differ.",
        description="Correct one of the two.",
    ),
]
