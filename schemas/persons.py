"""Row rules of persons: whose data may be published."""

import narwhals.stable.v1 as nw
import pandera.pyarrow as pa

CHECKS = [
    pa.Check(
        lambda frame: nw.col("public_figure"),
        native=False,
        name="private-person",
        error="{person_id} is not a public figure",
        title="Private persons are not published.",
        description="Remove the person and everything that names them.",
    ),
]
