"""`--memory-limit` and `--threads`: every connection of every command has them, that of the SQL rules too."""

from pathlib import Path
from typing import Any

import duckdb
import pytest
from building import write_project
from releasing import build_example

from datapkg.cli.main import datapkg
from datapkg.engine import queries, sandbox
from datapkg.engine.connection import workspace
from datapkg.errors import DatapkgError
from datapkg.limits import Limits
from datapkg.project import Project, find_project
from datapkg.validate import validate

MEMORY = 100 << 20
GIVEN = ["--memory-limit", "100 MiB", "--threads", "1"]


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A released project whose dataset has a SQL rule."""
    build_example(tmp_path / "p")
    rule = tmp_path / "p" / "schemas" / "cross" / "none.sql"
    rule.parent.mkdir()
    rule.write_text("select * from persons where false")
    found = find_project(tmp_path / "p")
    assert found is not None
    return found


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What each connection says of its limits, and each job of the sandbox."""
    told: list[dict[str, Any]] = []
    connect, job = duckdb.connect, queries._job

    def connecting(*given: Any, **named: Any) -> duckdb.DuckDBPyConnection:
        con = connect(*given, **named)
        told.append(limits_of(con))
        return con

    def asking(*given: Any) -> dict[str, Any]:
        asked = job(*given)
        told.append({"memory": asked["buffers"], "threads": asked["threads"]})
        return asked

    monkeypatch.setattr(duckdb, "connect", connecting)
    monkeypatch.setattr(queries, "_job", asking)
    return told


def limits_of(con: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    """The limits of a connection; memory in bytes, as it rounds them itself."""
    (row,) = con.execute("select current_setting('memory_limit'), current_setting('threads')").fetchall()
    assert row[0] in {"100.0 MiB", "64.0 MiB"} or not row[0].endswith(" MiB"), row
    return {"memory": int(float(row[0].split()[0])) << 20 if row[0].endswith(" MiB") else row[0], "threads": row[1]}


@pytest.mark.parametrize(
    ("arguments", "connections"),
    [
        (["validate", "--no-cache", *GIVEN], 3),
        (["release", "example", "--bump", "minor", *GIVEN], 3),
        (["verify", "example@1.0.0", *GIVEN], 1),
        (["query", "example", "select count(*) from persons", *GIVEN], 2),
    ],
    ids=["validate", "release", "verify", "query"],
)
def test_every_connection_keeps_to_what_is_given(
    project: Project, opened: list[dict[str, Any]], arguments: list[str], connections: int
) -> None:
    changelog = project.datasets / "example" / "CHANGELOG.md"
    changelog.write_text("# Changelog\n\n## 1.1.0\n\n- more\n")
    with pytest.MonkeyPatch.context() as changed:
        changed.chdir(project.root)
        datapkg.main(arguments, standalone_mode=False)
    assert len(opened) >= connections
    assert opened == [{"memory": MEMORY, "threads": 1}] * len(opened)


def test_the_sandbox_keeps_to_what_its_job_says(tmp_path: Path) -> None:
    limits = Limits(memory=64 << 20, threads=1)
    with workspace(limits) as space:
        job = queries._job(space, {}, [], 1)
        space.con.close()
        con = sandbox.connect(job)
        assert limits_of(con) == {"memory": 64 << 20, "threads": 1}
        con.close()
        assert queries._job(space, {}, [], 1)["memory"] == Limits().rule_memory


@pytest.mark.parametrize(("memory", "buffers"), [(None, 512 << 20), (4 << 30, 512 << 20), (64 << 20, 64 << 20)])
def test_the_sandbox_has_the_less_of_its_own_memory_and_of_what_is_given(memory: int | None, buffers: int) -> None:
    with workspace(Limits(memory=memory)) as space:
        assert queries._job(space, {}, [], 1)["buffers"] == buffers


def test_limits_of_the_project_hold_where_none_are_given(
    tmp_path: Path, opened: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    config = "[limits]\nmemory = '100 MiB'\nthreads = 1\n"
    root = write_project(
        tmp_path / "q", {"t": "id:string!\na\n"}, sql={"x": "select * from t where false"}, config=config
    )
    validate(project=find_project(root))
    assert opened == [{"memory": MEMORY, "threads": 1}] * 3


def test_parquet_that_needs_more_memory_than_is_given_is_no_fault_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    duckdb.connect().execute(
        f"copy (select list(i || 'x') over (partition by i % 2) as l from range(4000) t(i)) to '{path}' (row_group_size 100000)"
    )
    assert validate(str(path)).valid
    with pytest.raises(DatapkgError, match=r"the memory limit does not suffice to read .*t\.parquet"):
        validate(str(path), limits=Limits(memory=8 << 20, expanded=1 << 40, parquet_ratio=1 << 20))
