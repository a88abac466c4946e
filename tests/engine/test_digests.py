"""`content_sha256` depends on the values alone, whatever order their rows come in."""

import math
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.parquet as pq
import pytest
from digesting import digest_in_python, rank
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import datapkg
from datapkg.engine import digests
from datapkg.engine.ahead import ahead

FIELDS = [
    {"name": "s", "type": "string"},
    {"name": "x", "type": "number"},
    {"name": "b", "type": "boolean"},
    {"name": "n", "type": "integer"},
    {"name": "xs", "type": "list", "itemType": "number"},
]
KINDS = pyarrow.schema(
    [
        ("s", pyarrow.string()),
        ("x", pyarrow.float64()),
        ("b", pyarrow.bool_()),
        ("n", pyarrow.int64()),
        ("xs", pyarrow.list_(pyarrow.float64())),
    ]
)
NUMBERS = st.sampled_from([0.0, -0.0, math.nan, math.inf, -math.inf, 1.5, -2.0])
ROW = st.fixed_dictionaries(
    {
        "s": st.sampled_from(["", "a", "b", "é", "\U0001f600", "\uffff"]) | st.none(),
        "x": NUMBERS | st.none(),
        "b": st.booleans() | st.none(),
        "n": st.integers(-3, 3) | st.none(),
        "xs": st.lists(NUMBERS | st.none(), max_size=2) | st.none(),
    }
)


def table(rows: list[dict[str, Any]]) -> pyarrow.Table:
    return pyarrow.Table.from_pylist(rows, schema=KINDS)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(rows=st.lists(ROW, max_size=12), key=st.sampled_from([[], ["n"], ["b", "s"]]), random=st.randoms())
def test_rows_in_any_order_have_the_digest_that_plain_python_gives_them(
    rows: list[dict[str, Any]], key: list[str], random: Any
) -> None:
    order = [*key, *(field["name"] for field in FIELDS if field["name"] not in key)]
    told = sorted(rows, key=lambda row: [rank(row[name]) for name in order])
    schema = {"fields": FIELDS, "primaryKey": key}
    wanted = digest_in_python(told, schema)
    assert datapkg.content_sha256(table(told), schema) == wanted
    random.shuffle(rows)
    assert datapkg.content_sha256(table(rows), schema) == wanted


@pytest.mark.parametrize("batch", [1, 2, 3, 7, 100])
def test_how_many_rows_are_read_at_a_time_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, batch: int
) -> None:
    rows = [{"s": "x" * (n % 5), "x": n / 3, "b": None, "n": n // 2, "xs": [n / 7] * (n % 3)} for n in range(20)]
    schema = {"fields": FIELDS, "primaryKey": ["n", "x"]}
    pq.write_table(table(rows), tmp_path / "t.parquet", row_group_size=3)
    monkeypatch.setattr(digests, "_rows", lambda files: batch)
    assert datapkg.content_sha256(tmp_path / "t.parquet", schema) == digest_in_python(rows, schema)


@pytest.mark.parametrize(
    ("values", "wanted"),
    [
        (["a", "b", None], True),
        (["b", "a", "a"], False),
        ([None, "a", "b"], False),
        (["a", "a", "b"], True),
    ],
)
def test_rows_that_lie_in_order_are_not_sorted(
    monkeypatch: pytest.MonkeyPatch, values: list[str | None], wanted: bool
) -> None:
    asked: list[Any] = []
    monkeypatch.setattr(digests, "sorted_sha256", lambda *told: asked.append(told))
    rows = pyarrow.table({"s": pyarrow.array(values), "n": [1, 2, 3]})
    datapkg.content_sha256(rows, {"fields": [FIELDS[0], FIELDS[3]], "primaryKey": ["s"]})
    assert (asked == []) is wanted


def test_what_fails_ahead_fails_where_it_is_used() -> None:
    def values() -> Any:
        yield 1
        raise ValueError("no more")

    with ahead(values()) as read:
        assert next(read) == 1
        with pytest.raises(ValueError, match="no more"):
            next(read)


def test_no_value_is_made_once_nobody_wants_any() -> None:
    made = []

    def values() -> Any:
        for number in range(1000):
            made.append(number)
            yield number

    with ahead(values(), 2) as read:
        assert [next(read), next(read)] == [0, 1]
    assert len(made) < 10
