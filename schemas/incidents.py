"""Row rules of incidents: bounds, sums and spans of time that hold within one incident."""

import narwhals.stable.v1 as nw
import pandera.pyarrow as pa


def within(precision: str, shortest: int, longest: int) -> nw.Expr:
    """Hold the span of a date of this precision to so many days after its start."""
    start, end = nw.col("date_start"), nw.col("date_end")
    return (nw.col("date_precision") != precision) | end.is_between(
        start.dt.offset_by(f"{shortest}d"), start.dt.offset_by(f"{longest}d")
    )


def span_fits() -> nw.Expr:
    """Give each precision its span, after UCDP's date_prec; pass over dates in the wrong order."""
    return (
        within("day", 0, 0)
        & within("range_2_6", 1, 5)
        & within("week", 6, 6)
        & within("month", 7, 30)
        & within("quarter", 31, 92)
        & within("year", 31, 365)
    ) | (nw.col("date_end") < nw.col("date_start"))


CHECKS = [
    pa.Check(
        lambda frame: nw.col("killed_low") <= nw.col("killed_best"),
        native=False,
        name="killed-low-above-best",
        error="killed_low {killed_low} is above killed_best {killed_best}",
        title="The best estimate lies between the bounds.",
        description="Swap the two numbers or correct the wrong one.",
    ),
    pa.Check(
        lambda frame: nw.col("killed_best") <= nw.col("killed_high"),
        native=False,
        name="killed-best-above-high",
        error="killed_best {killed_best} is above killed_high {killed_high}",
        title="The best estimate lies between the bounds.",
        description="Swap the two numbers or correct the wrong one.",
    ),
    pa.Check(
        lambda frame: (nw.col("killed_low") <= nw.col("killed_high")) | ~nw.col("killed_best").is_null(),
        native=False,
        name="killed-low-above-high",
        error="killed_low {killed_low} is above killed_high {killed_high}",
        title="The bounds keep their order also where no best estimate is given.",
        description="Swap the two numbers or correct the wrong one.",
    ),
    pa.Check(
        lambda frame: (
            nw.col("killed_best")
            == nw.col("killed_security")
            + nw.col("killed_civilian")
            + nw.col("killed_militant")
            + nw.col("killed_unknown")
        ),
        native=False,
        name="killed-parts-not-total",
        error=(
            "killed_best {killed_best} is not the sum of its parts {killed_security} + "
            "{killed_civilian} + {killed_militant} + {killed_unknown}"
        ),
        title="Where every class is known, the classes make up the total.",
        description="Correct the class or the total, or empty a class that is not known.",
    ),
    pa.Check(
        lambda frame: (
            (
                nw.col("killed_best")
                >= nw.col("killed_security").fill_null(0)
                + nw.col("killed_civilian").fill_null(0)
                + nw.col("killed_militant").fill_null(0)
                + nw.col("killed_unknown").fill_null(0)
            )
            | (
                ~nw.col("killed_security").is_null()
                & ~nw.col("killed_civilian").is_null()
                & ~nw.col("killed_militant").is_null()
                & ~nw.col("killed_unknown").is_null()
            )
        ),
        native=False,
        name="killed-parts-above-total",
        error=(
            "killed_best {killed_best} is below the known parts {killed_security} + "
            "{killed_civilian} + {killed_militant} + {killed_unknown}"
        ),
        title="A total cannot be smaller than the parts that are known.",
        description="Raise the total or correct the class.",
    ),
    pa.Check(
        lambda frame: nw.col("date_end") >= nw.col("date_start"),
        native=False,
        name="incident-ends-before-start",
        error="date_end {date_end} is before date_start {date_start}",
        title="An incident cannot end before it begins.",
        description="Swap the two dates or correct the wrong one.",
    ),
    pa.Check(
        lambda frame: span_fits(),
        native=False,
        name="incident-span-off-precision",
        error=("date_precision {date_precision} does not fit the span from {date_start} to {date_end}"),
        title=(
            "The precision says how wide the span is: a day, two to six days, a week, up"
            " to a month, a quarter or a year."
        ),
        description="Correct the precision, or the dates.",
    ),
    pa.Check(
        lambda frame: nw.col("merged_into_incident_id").is_null() == (nw.col("status") != "merged"),
        native=False,
        name="merged-without-target",
        error=("status is {status} while merged_into_incident_id is {merged_into_incident_id}"),
        title=("A merged incident names the one that absorbed it, and no other incident does."),
        description="Name the absorbing incident, or correct the status.",
    ),
    pa.Check(
        lambda frame: nw.col("merged_into_incident_id") != nw.col("incident_id"),
        native=False,
        name="merged-into-itself",
        error="{incident_id} is merged into itself",
        title="A merged incident lives on in another one.",
        description="Name the absorbing incident.",
    ),
    pa.Check(
        lambda frame: nw.col("is_suicide") | (nw.col("event_type") != "suicide_attack"),
        native=False,
        name="suicide-attack-not-flagged",
        error="is_suicide is {is_suicide} while event_type is {event_type}",
        title="Type and flag say the same thing twice and must agree.",
        description="Set is_suicide to true, or correct the type.",
    ),
]
