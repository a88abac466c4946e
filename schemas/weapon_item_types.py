"""Row rules of weapon_item_types: the tree of kinds."""

import narwhals.stable.v1 as nw
import pandera.pyarrow as pa

CHECKS = [
    pa.Check(
        lambda frame: nw.col("parent_item_type_id") != nw.col("item_type_id"),
        native=False,
        name="kind-of-itself",
        error="{item_type_id} is a kind of itself",
        title="A kind belongs to a wider one.",
        description="Name the wider kind, or leave the column empty.",
    ),
]
