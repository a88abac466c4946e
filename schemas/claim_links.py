"""Row rules of claim_links: what a claim may be linked to."""

import narwhals.stable.v1 as nw
import pandera.pyarrow as pa

CHECKS = [
    pa.Check(
        lambda frame: nw.col("other_id") != nw.col("claim_id"),
        native=False,
        name="claim-linked-to-itself",
        error="{claim_id} is linked to itself",
        title="A link relates two rows.",
        description="Name the other row.",
    ),
]
