"""A DuckDB connection that reaches nothing it is not asked to, on a private database file."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from datapkg.errors import OutputError
from datapkg.limits import Limits
from datapkg.pace import is_watched, task

if TYPE_CHECKING:
    import subprocess

    import duckdb


STORE, PASSED = "judged", "passed"
"""The schemas of the database that hold the judged tables: as they are looked at, and as the pass stored them."""


@dataclass
class Workspace:
    """A private folder with a database file in it; both go when the work is done.

    `sandbox` is the process that will run SQL rules, started early so that it is ready in time.
    """

    folder: Path
    con: "duckdb.DuckDBPyConnection"
    limits: Limits
    sandbox: "subprocess.Popen[str] | None" = None

    @property
    def database(self) -> Path:
        """The database file of the connection."""
        return self.folder / "datapkg.duckdb"


_open: list[Workspace] = []


def interrupt() -> None:
    """Stop what the connections of all workspaces are doing; for a thread that heard a signal."""
    for space in tuple(_open):
        space.con.interrupt()


@contextmanager
def workspace(limits: Limits) -> Iterator[Workspace]:
    """A fresh workspace; nothing of it is left behind. OutputError where disk or memory fail it."""
    with _told(), TemporaryDirectory(prefix="datapkg-", ignore_cleanup_errors=True) as folder:
        space = Workspace(Path(folder), connect(Path(folder) / "datapkg.duckdb", limits), limits)
        space.con.execute(f"CREATE SCHEMA {STORE}")
        space.con.execute(f"CREATE SCHEMA {PASSED}")
        # What is read a few times and thrown away is not worth the time of making it small.
        space.con.execute("SET force_compression = 'uncompressed'")
        _open.append(space)
        try:
            yield space
        finally:
            _open.remove(space)
            space.con.close()
            if space.sandbox is not None:
                space.sandbox.kill()
                space.sandbox.communicate()


@contextmanager
def _told() -> Iterator[None]:
    """What the disk does to DuckDB, in the one line that any command says of it."""
    import duckdb

    try:
        yield
    except (
        duckdb.IOException,
        duckdb.FatalException,
        duckdb.OutOfMemoryException,
        duckdb.TransactionException,  # a commit whose log cannot be written
    ) as error:
        note = (str(error).splitlines() or ["no reason is given"])[0]
        raise OutputError(f"the temporary files cannot be used: {note}") from None


def is_of_disk(error: Exception, space: Workspace) -> bool:
    """Whether DuckDB could not write what it keeps: no fault of the file that it read, however good that is."""
    import duckdb

    if isinstance(error, duckdb.TransactionException):
        return True
    return isinstance(error, duckdb.IOException) and space.folder.as_posix() in str(error)


@contextmanager
def at_work(con: "duckdb.DuckDBPyConnection", what: str) -> Iterator[None]:
    """While a connection does a piece of work, of which DuckDB itself says how much is done."""
    if is_watched():
        con.execute("SET enable_progress_bar = true")
        con.execute("SET enable_progress_bar_print = false")
    with task(what, share=lambda: _share(con)):
        yield


def _share(con: "duckdb.DuckDBPyConnection") -> float | None:
    """The part of a connection's query that is done; asked for by another thread than the one at work."""
    import duckdb

    try:
        percent = con.query_progress()
    except duckdb.Error:  # It was closed meanwhile.
        return None
    return percent / 100 if percent >= 0 else None


def plan_little(space: Workspace) -> None:
    """Let DuckDB plan without its optimizer, which for few rows costs more than it saves."""
    space.con.execute("PRAGMA disable_optimizer")


def connect(database: Path, limits: Limits, *, read_only: bool = False) -> "duckdb.DuckDBPyConnection":
    """A connection that loads no extension, sees no Python object and spills beside its file."""
    import duckdb

    config: dict[str, str | bool | int | float | list[str]] = {
        "temp_directory": (database.parent / "spill").as_posix(),
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
        "allow_community_extensions": False,
        "python_enable_replacements": False,
    }
    config["memory_limit"] = f"{limits.memory_at_most}B"
    if limits.threads is not None:
        config["threads"] = limits.threads
    con = duckdb.connect(database.as_posix(), read_only=read_only, config=config)
    con.execute("SET GLOBAL TimeZone = 'UTC'")  # for every cursor of it
    con.execute("SET enable_progress_bar = false")  # DuckDB (2.0) draws it into what is printed, after two seconds.
    # DuckDB (2.0) forgets this one when it opens a file.
    con.execute(f"SET GLOBAL max_temp_directory_size = '{limits.disk}B'")
    return con
