"""Row rules of sources: dates and addresses that fit how a source was read."""

import narwhals.stable.v1 as nw
import pandera.pyarrow as pa

CHECKS = [
    pa.Check(
        lambda frame: (nw.col("published_precision") == "unknown") == nw.col("published_date").is_null(),
        native=False,
        name="publication-date-without-precision",
        error=("published_precision is {published_precision} while published_date is {published_date}"),
        title="A missing date is of unknown precision, and only a missing one.",
        description="Give the date, or set its precision to unknown.",
    ),
    pa.Check(
        lambda frame: nw.col("accessed_date").is_null() == (nw.col("consulted") == "cited"),
        native=False,
        name="access-not-as-consulted",
        error="accessed_date is {accessed_date} while consulted is {consulted}",
        title="What is only cited was not accessed, and what was read was.",
        description="Give the day of access, or correct how it was consulted.",
    ),
    pa.Check(
        lambda frame: ~nw.col("url").is_null() | (nw.col("consulted") != "excerpt"),
        native=False,
        name="excerpt-without-address",
        error="an excerpt without an address",
        title="Nobody can look up an excerpt of an unknown page.",
        description="Give the address.",
    ),
    pa.Check(
        lambda frame: nw.col("text_sha256").is_null() == (nw.col("consulted") != "stored_text"),
        native=False,
        name="stored-text-without-digest",
        error="text_sha256 is {text_sha256} while consulted is {consulted}",
        title="The digest tells whether another copy of the text is the one that was read.",
        description="Give the digest of the stored text, or correct how it was consulted.",
    ),
    pa.Check(
        lambda frame: nw.col("accessed_date") >= nw.col("published_date"),
        native=False,
        name="accessed-before-publication",
        error="accessed on {accessed_date}, before the publication on {published_date}",
        title="Nobody reads what is not yet published.",
        description="Correct one of the two dates.",
    ),
    pa.Check(
        lambda frame: nw.col("syndicates_source_id") != nw.col("source_id"),
        native=False,
        name="source-reprints-itself",
        error="{source_id} reprints itself",
        title="A reprint belongs to another source.",
        description="Name the original, or leave the column empty.",
    ),
    pa.Check(
        lambda frame: nw.col("cited_in_source_id") != nw.col("source_id"),
        native=False,
        name="source-cited-in-itself",
        error="{source_id} is cited in itself",
        title="A source is known through another one.",
        description="Name the other source, or leave the column empty.",
    ),
]
