"""The one text of a typed value, in SQL: `1.0` and `1.00` are both `1`."""

from datapkg.cells.canonical import WHOLE


def spelled(storage: str, value: str) -> str:
    """SQL: the text of `value`, an SQL expression of the type `storage`; two texts are equal as the values are."""
    if storage == "VARCHAR":
        return value
    if storage == "DOUBLE":
        whole = f"abs({value}) < {WHOLE} AND {value} = trunc({value})"
        special = f"WHEN isnan({value}) THEN 'NaN' WHEN isinf({value}) THEN if({value} > 0, 'INF', '-INF')"
        number = f"WHEN {whole} THEN CAST(CAST({value} AS BIGINT) AS VARCHAR) ELSE CAST({value} AS VARCHAR)"
        return f"CASE WHEN {value} IS NULL THEN NULL {special} {number} END"
    if storage.startswith("DECIMAL"):
        return f"regexp_replace(CAST({value} AS VARCHAR), '(\\.[0-9]*[1-9])0+$|\\.0*$', '\\1')"
    if storage == "TIMESTAMP":
        return f"replace(CAST({value} AS VARCHAR), ' ', 'T')"
    return f"CAST({value} AS VARCHAR)"
