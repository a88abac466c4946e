"""Connections to DuckDB: what they may use, and that nothing of them is left behind."""

import duckdb
import pytest

from datapkg.engine import sandbox
from datapkg.engine.connection import workspace
from datapkg.limits import Limits

LARGE = "CREATE TEMP TABLE large AS SELECT md5(n::VARCHAR) FROM range(4_000_000) AS given(n)"


@pytest.mark.parametrize("of_rules", [False, True], ids=["tables", "SQL rules"])
@pytest.mark.parametrize(("disk", "fits"), [(1 << 30, True), (1 << 20, False)])
def test_what_goes_to_disk_for_want_of_memory_is_bounded(disk: int, fits: bool, of_rules: bool) -> None:
    with workspace(Limits(memory=64 << 20, disk=disk, threads=1)) as space:
        if of_rules:
            space.con.close()
            job = {"database": space.database.as_posix(), "buffers": 64 << 20, "disk": disk, "threads": 1}
            space.con = sandbox.connect(job)
        try:
            space.con.execute(LARGE)
        except duckdb.OutOfMemoryException:
            assert not fits
        else:
            assert fits
    assert not space.folder.exists()


def test_a_query_that_takes_long_draws_nothing_into_what_is_printed() -> None:
    with workspace(Limits()) as space:
        for con in (space.con, space.con.cursor()):
            assert con.execute("SELECT current_setting('enable_progress_bar')").fetchall() == [(False,)]
