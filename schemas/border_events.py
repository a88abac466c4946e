"""Row rules of border_events: what the type of an event says about the other columns."""

import narwhals.stable.v1 as nw
import pandera.pyarrow as pa

CHECKS = [
    pa.Check(
        lambda frame: (
            ((nw.col("state_after") == "closed") | (nw.col("event_type") != "closure"))
            & ((nw.col("state_after") == "open") | (nw.col("event_type") != "reopening"))
            & (
                (nw.col("state_after") == "partial")
                | ~nw.col("event_type").is_in(["partial_closure", "partial_reopening"])
            )
        ),
        native=False,
        name="state-contradicts-event",
        error="state_after is {state_after} after a {event_type}",
        title="A closure leaves a crossing closed, a reopening leaves it open.",
        description="Correct the state or the type.",
    ),
    pa.Check(
        lambda frame: (
            ~nw.col("traffic_scope").is_null()
            | ~nw.col("event_type").is_in(["closure", "partial_closure", "reopening", "partial_reopening"])
        ),
        native=False,
        name="traffic-scope-missing",
        error="traffic_scope is empty for a {event_type}",
        title="Each kind of traffic opens and closes on its own.",
        description="Say which traffic it concerns.",
    ),
    pa.Check(
        lambda frame: (
            nw.col("reported_duration_days").is_null() | nw.col("event_type").is_in(["reopening", "partial_reopening"])
        ),
        native=False,
        name="duration-without-reopening",
        error="reported_duration_days is {reported_duration_days} for a {event_type}",
        title="The length of a closure is known when it ends.",
        description="Move the length to the reopening.",
    ),
    pa.Check(
        lambda frame: ~nw.col("tz").is_null() | nw.col("local_time").is_null(),
        native=False,
        name="local-time-without-zone",
        error="local_time {local_time} without a time zone",
        title="The two sides of the crossing live half an hour apart.",
        description="Give the time zone.",
    ),
    pa.Check(
        lambda frame: nw.col("date_precision") == "day",
        native=False,
        name="border-event-date-not-a-day",
        error="date_precision is {date_precision}",
        title=("The order of events decides whether the crossing is open; a vaguer date cannot be ordered."),
        description="Code what has no day as a claim.",
    ),
]
