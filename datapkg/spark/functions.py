"""What Spark has no type for: Python's own predicates and values as functions of a cluster.

The functions are made anew in each worker, from the column as it is written, so that nothing but
plain values travels; the package itself is sent along where a function needs it.
"""

import atexit
import hashlib
import io
import json
import shutil
import zipfile
from dataclasses import replace
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Any

from datapkg.cells.predicates import of_constraint, of_type
from datapkg.cells.values import parse
from datapkg.schema import Column

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyspark.sql import Column as Expression
    from pyspark.sql import SparkSession

PACKAGE = Path(__file__).resolve().parents[1]


def ship(session: "SparkSession") -> None:
    """Send this package to the workers, once for a session, which fetch it when they first need it."""
    name = "spark.datapkg.sent"
    if session.conf.get(name, None) is not None:
        return
    folder = Path(mkdtemp(prefix="datapkg-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    content = packed()
    path = folder / f"datapkg-{hashlib.sha256(content).hexdigest()[:16]}.zip"
    path.write_bytes(content)
    if hasattr(session, "_jsparkSession"):
        session.sparkContext.addPyFile(path.as_posix())
    else:
        session.addArtifacts(path.as_posix(), pyfile=True)
    session.conf.set(name, "yes")


def packed() -> bytes:
    """The package's own modules as an archive."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        for path in sorted(PACKAGE.rglob("*.py")):
            archive.writestr(zipfile.ZipInfo(path.relative_to(PACKAGE.parent).as_posix()), path.read_bytes())
    return held.getvalue()


def holds(column: Column, text: "Expression", constraint: str | None = None, bound: Any = None) -> "Expression":
    """Whether a text is a value of the column, or obeys the constraint; null where it is no value."""
    from pyspark.sql import functions as F  # noqa: N812

    told = _plain(column)
    made: list[Callable[[str], bool | None]] = []

    def judge(cell: str | None) -> bool | None:
        if cell is None:
            return None
        if not made:
            made.append(of_type(told) if constraint is None else of_constraint(told, constraint, bound))
        return made[0](cell)

    return F.udf(judge, "boolean")(text)


def moment(column: Column, text: "Expression") -> "Expression":
    """The date, time or moment that a text says in the form of its column; null where it says none."""
    from pyspark.sql import functions as F  # noqa: N812

    told, kind = _plain(column), column.type

    def read(cell: str | None) -> Any:
        try:
            value = None if cell is None else parse(told, cell)
        except ValueError:
            return None
        return value.isoformat() if kind == "time" and value is not None else value

    return F.udf(read, {"date": "date", "time": "string", "datetime": "timestamp_ntz"}[kind])(text)


def _plain(column: Column) -> Column:
    """The column with properties as JSON has them, without the lines they came from."""
    return replace(
        column,
        constraints={},
        categories=(),
        properties=json.loads(json.dumps(column.properties, default=str)),
    )
