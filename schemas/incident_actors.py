"""Row rules of incident_actors: who may be named without a basis."""

import narwhals.stable.v1 as nw
import pandera.pyarrow as pa

CHECKS = [
    pa.Check(
        lambda frame: ~nw.col("attribution_basis").is_null() | (nw.col("role") != "perpetrator"),
        native=False,
        name="perpetrator-without-basis",
        error="{actor_id} is a perpetrator on nobody's word",
        title="Blame without a basis cannot be weighed against other reports.",
        description="Say on whose word the actor is named.",
        raise_warning=True,
    ),
]
