"""A cluster of Spark on this machine: a master and two workers on loopback, each a process of its own."""

import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

QUICK = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
"""What makes Java start quickly: it does not look for the fastest code, which pays after minutes only."""
PATIENCE = 120
"""Seconds that a process of a cluster may take to come up, on a machine that has much else to do."""
WORKERS = 2


def absent() -> str | None:
    """Why there can be no cluster here, or None."""
    if importlib.util.find_spec("pyspark") is None:
        return "there is no pyspark: pip install 'datapkg[spark]'"
    return None if shutil.which("java") else "there is no Java: apt-get install default-jre-headless"


@contextmanager
def standalone(folder: Path) -> Iterator[str]:
    """The address of a master with two workers; all of them end with the context, whatever happens in it."""
    import pyspark

    home = Path(pyspark.__file__).parent
    port = free_port()
    url = f"spark://127.0.0.1:{port}"
    started: list[subprocess.Popen[bytes]] = []
    common = ["--host", "127.0.0.1", "--webui-port", "0"]
    try:
        started.append(
            _start(home, folder, "master", ["org.apache.spark.deploy.master.Master", *common, "--port", str(port)])
        )
        until(lambda: _listens(port))
        for number in range(WORKERS):
            # A second core for the session that a command makes beside that of the tests.
            sizes = ["--cores", "2", "--memory", "2g", "--work-dir", (folder / f"work{number}").as_posix()]
            worker = ["org.apache.spark.deploy.worker.Worker", *common, *sizes, url]
            started.append(_start(home, folder, f"worker{number}", worker))
        yield url
    finally:
        for process in reversed(started):
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


@contextmanager
def session_of(url: str, folder: Path) -> "Iterator[SparkSession]":
    """A session of the cluster with one executor on each worker; it is stopped at the end."""
    from pyspark import SparkContext
    from pyspark.sql import SparkSession

    os.environ |= environment()
    os.environ["PYSPARK_SUBMIT_ARGS"] = f'--driver-java-options "{QUICK}" pyspark-shell'
    settings = {
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.cores.max": str(WORKERS),
        "spark.executor.cores": "1",
        "spark.executor.memory": "768m",
        "spark.executor.extraJavaOptions": QUICK,
        # An address that no single machine reads, as those of object stores are.
        "spark.hadoop.fs.viewfs.mounttable.tests.link./stored": f"file://{(folder / 'stored').as_posix()}",
        "spark.local.dir": (folder / "local").as_posix(),
        "spark.log.level": "OFF",
        "spark.sql.warehouse.dir": (folder / "warehouse").as_posix(),
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
    }
    builder = SparkSession.builder.appName("tests").master(url)
    for name, value in settings.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    try:
        memory = session.sparkContext._jsc.sc()
        until(lambda: memory.getExecutorMemoryStatus().size() > WORKERS)  # the driver counts too
        yield session
    finally:
        session.stop()
        gateway = session.sparkContext._gateway
        if gateway is not None:
            gateway.shutdown()
            gateway.proc.stdin.close()
            gateway.proc.wait()
            # The next session of this process starts a Java of its own.
            SparkContext._gateway = SparkContext._jvm = None


def environment() -> dict[str, str]:
    """What every process of a cluster is told."""
    return {"SPARK_LOCAL_IP": "127.0.0.1", "PYSPARK_PYTHON": sys.executable}


def free_port() -> int:
    """A port of loopback that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def until(true: object) -> None:
    """Wait until a condition holds, for as long as that may take."""
    assert callable(true)
    end = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end, "the cluster did not come up"
        time.sleep(0.1)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _start(home: Path, folder: Path, name: str, arguments: list[str]) -> subprocess.Popen[bytes]:
    told = os.environ | environment() | {"SPARK_HOME": home.as_posix(), "SPARK_DAEMON_JAVA_OPTS": QUICK}
    told |= {"SPARK_DAEMON_MEMORY": "256m"}
    with (folder / f"{name}.log").open("wb") as log:
        return subprocess.Popen(
            [(home / "bin/spark-class").as_posix(), *arguments],
            env=told,
            stdout=log,
            stderr=log,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
