"""Row rules of evidence: positions, which only a stored text has."""

import narwhals.stable.v1 as nw
import pandera.pyarrow as pa

CHECKS = [
    pa.Check(
        lambda frame: (
            (
                ~nw.col("paragraph").is_null()
                & ~nw.col("char_start").is_null()
                & ~nw.col("char_length").is_null()
                & ~nw.col("passage_sha256").is_null()
            )
            | (nw.col("basis") != "stored_text")
        ),
        native=False,
        name="stored-text-without-position",
        error="a passage of a stored text without paragraph, start, length or digest",
        title="Without them nobody can find and check the passage.",
        description="Compute the position and the digest, or correct the basis.",
    ),
    pa.Check(
        lambda frame: (
            (nw.col("paragraph").is_null() & nw.col("char_start").is_null() & nw.col("char_length").is_null())
            | (nw.col("basis") != "excerpt")
        ),
        native=False,
        name="excerpt-with-position",
        error=("an excerpt at paragraph {paragraph}, start {char_start}, length {char_length}"),
        title="Positions count in a stored text, and an excerpt has none.",
        description="Remove the position, or correct the basis.",
    ),
    pa.Check(
        lambda frame: (nw.col("row_table") == "statements") | (nw.col("part") != "quotation"),
        native=False,
        name="quotation-of-no-statement",
        error="a quotation as evidence of {row_table}",
        title="Only statements have quoted words.",
        description="Correct the part or the row.",
    ),
]
