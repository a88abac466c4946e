"""Row rules of statements: who speaks, in which form, and when."""

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
        lambda frame: (
            (nw.col("person_id").is_null() != nw.col("actor_id").is_null()) | (nw.col("quote_type") == "unattributed")
        ),
        native=False,
        name="speaker-not-exactly-one",
        error="person_id is {person_id} and actor_id is {actor_id}",
        title="A statement is made by one person or by one actor.",
        description="Keep the one who spoke and empty the other column.",
    ),
    pa.Check(
        lambda frame: (
            (nw.col("person_id").is_null() & nw.col("actor_id").is_null()) | (nw.col("quote_type") != "unattributed")
        ),
        native=False,
        name="unattributed-with-speaker",
        error="unattributed, yet person_id is {person_id} and actor_id is {actor_id}",
        title="Unattributed means that no speaker can be told from the text.",
        description="Remove the speaker, or correct the form.",
    ),
    pa.Check(
        lambda frame: nw.col("office_id").is_null() | ~nw.col("person_id").is_null(),
        native=False,
        name="office-without-person",
        error="office_id is {office_id} without a person",
        title="Only a person holds an office.",
        description="Name the person, or empty the office.",
    ),
    pa.Check(
        lambda frame: nw.col("date_end").is_null() == nw.col("date_start").is_null(),
        native=False,
        name="statement-date-half-given",
        error="date_start is {date_start} while date_end is {date_end}",
        title="A span needs both of its ends; for one day they are the same.",
        description="Give both dates or none.",
    ),
    pa.Check(
        lambda frame: (nw.col("date_precision") == "unknown") == nw.col("date_start").is_null(),
        native=False,
        name="statement-date-without-precision",
        error="date_precision is {date_precision} while date_start is {date_start}",
        title="A missing date is of unknown precision, and only a missing one.",
        description="Give the date, or set its precision to unknown.",
    ),
    pa.Check(
        lambda frame: nw.col("date_end") >= nw.col("date_start"),
        native=False,
        name="statement-ends-before-start",
        error="date_end {date_end} is before date_start {date_start}",
        title="A span cannot end before it begins.",
        description="Swap the two dates or correct the wrong one.",
    ),
    pa.Check(
        lambda frame: span_fits(),
        native=False,
        name="statement-span-off-precision",
        error=("date_precision {date_precision} does not fit the span from {date_start} to {date_end}"),
        title=(
            "The precision says how wide the span is: a day, two to six days, a week, up"
            " to a month, a quarter or a year."
        ),
        description="Correct the precision, or the dates.",
    ),
    pa.Check(
        lambda frame: nw.col("target_actor_id") != nw.col("actor_id"),
        native=False,
        name="statement-directed-at-speaker",
        error="{actor_id} is both speaker and target",
        title="A statement is directed at somebody else.",
        description="Correct the speaker or the target.",
    ),
]
