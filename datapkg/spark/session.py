"""A Spark session: the caller's, that of SPARK_REMOTE, or one of a master; and how it must be set to be exact."""

import importlib
import importlib.util
import logging
import os
import shutil
import sys
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from datapkg.errors import DatapkgError

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

REMOTE = "SPARK_REMOTE"
SETTINGS = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.ansi.enabled": "true",  # What cannot be computed is an error, and no null that passes.
    "spark.sql.caseSensitive": "false",
    "spark.sql.files.ignoreCorruptFiles": "false",
    "spark.sql.files.ignoreMissingFiles": "false",
    "spark.sql.variable.substitute": "false",  # A rule's text reaches neither settings nor the environment.
    "spark.sql.files.minPartitionNum": "200",  # Files are split alike in every job, however many workers there are.
}
"""What a session must be set to while tables are judged; it is set back after."""
SMALL = {
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.sql.shuffle.partitions": "1",
}
"""What besides makes small tables quick: to compile a query takes longer than to run it on them."""
OWN = {"spark.ui.enabled": "false", "spark.ui.showConsoleProgress": "false", "spark.log.level": "ERROR"}
"""Settings of a session that is made here; those of the environment go before them."""


@contextmanager
def cluster(master: str | None = None) -> "Iterator[SparkSession]":
    """A session of `master`, else of the environment: SPARK_REMOTE, or what Spark itself is set to.

    A session that is made here is stopped at the end. Raises DatapkgError where there is none.
    """
    if importlib.util.find_spec("pyspark") is None or importlib.util.find_spec("sqlglot") is None:
        raise DatapkgError("the engine spark is not installed: pip install 'datapkg[spark]'")
    remote = os.environ.get(REMOTE) if master is None else None
    if remote is None and not _java():
        raise DatapkgError("the engine spark needs Java: install it or set JAVA_HOME, or name a server in SPARK_REMOTE")
    if (master or "local").startswith("local"):
        os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    made = _active() is None
    try:
        session = _made(master, remote)
    except Exception as error:
        if not isinstance(error, (RuntimeError, OSError, ImportError, ValueError, *failures())):
            raise
        raise DatapkgError(f"there is no Spark session at {remote or master or 'local[*]'}: {line_of(error)}") from None
    try:
        yield session
    finally:
        if made:
            session.stop()


def _java() -> bool:
    home = os.environ.get("JAVA_HOME")
    return bool(shutil.which(os.path.join(home, "bin", "java") if home else "java"))  # noqa: PTH118


def _active() -> "SparkSession | None":
    from pyspark.sql import SparkSession

    return SparkSession.getActiveSession()


def _made(master: str | None, remote: str | None) -> "SparkSession":
    from pyspark.sql import SparkSession

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # what Spark says of versions of pandas, which is not used
        builder = SparkSession.builder.appName("datapkg")
        if remote is not None:
            return builder.remote(remote).getOrCreate()
        for name, value in OWN.items():
            builder = builder.config(name, value)
        if master is not None:
            # Spark refuses a master beside a remote, also where the environment names it.
            kept = os.environ.pop(REMOTE, None)
            try:
                return builder.master(master).getOrCreate()
            finally:
                os.environ.update({REMOTE: kept} if kept is not None else {})
        return builder.getOrCreate()


@contextmanager
def settled(session: "SparkSession", settings: Mapping[str, str] = SETTINGS) -> "Iterator[None]":
    """The session with `settings` while the context lasts; what Spark says of failed queries is told by findings."""
    before = {name: session.conf.get(name, None) for name in settings}
    quiet = logging.getLogger("SQLQueryContextLogger"), logging.getLogger("DataFrameQueryContextLogger")
    levels = [logger.level for logger in quiet]
    for name, value in settings.items():
        session.conf.set(name, value)
    for logger in quiet:
        logger.setLevel(logging.CRITICAL + 1)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", module=r"pyspark\.")  # of versions of pandas, which is not used here
            yield
    finally:
        for logger, level in zip(quiet, levels, strict=True):
            logger.setLevel(level)
        for name, known in before.items():
            if known is None:
                session.conf.unset(name)
            else:
                session.conf.set(name, known)


def failures() -> tuple[type[Exception], ...]:
    """What is raised where Spark cannot do what it was asked, in whatever way it is reached."""
    from pyspark.errors import PySparkException

    found: list[type[Exception]] = [PySparkException]
    for module, name in (("py4j.protocol", "Py4JError"), ("grpc", "RpcError")):
        if module.partition(".")[0] in sys.modules:
            found.append(getattr(importlib.import_module(module), name))
    return tuple(found)


def line_of(error: Any) -> str:
    """The first line of what Spark says, without where in its own code it is said."""
    text = str(getattr(error, "desc", None) or error).strip()
    return (text.splitlines() or [type(error).__name__])[0][:300]
