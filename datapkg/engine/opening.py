"""A table opened: its rows as a DuckDB relation of texts, and the way back to the file.

Two ways of reading, one meaning. A text file that `survey` finds clean is read by DuckDB;
any other is read by `lexer.lex` and handed over in batches, with every fault of its structure.
Parquet comes typed.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from datapkg.dataset import Table
from datapkg.engine.opened import Faults, Opened
from datapkg.engine.parquet import open_parquet
from datapkg.engine.textfiles import open_text
from datapkg.findings import TableFacts
from datapkg.limits import Limits
from datapkg.schema import Schema

if TYPE_CHECKING:
    import duckdb


def open_table(
    con: "duckdb.DuckDBPyConnection", table: Table, *, scratch: Path, limits: Limits, exact: bool = False
) -> Opened:
    """The table opened for reading; its structural faults are in `faults`.

    `exact` reads text files with the lexer alone. `scratch` is a private folder for recoded
    copies. Never raises for a fault of the file: a file that cannot be read has no parts.
    """
    faults = Faults(limits.findings, limits.labels)
    if not table.paths:
        facts = TableFacts(table.name, table.shown[0], None, None, None)
        return Opened(table, table.schema or Schema(()), (), (), None, {}, facts, faults)
    if table.format == "parquet":
        return open_parquet(con, table, faults)
    return open_text(con, table, scratch, faults, limits=limits, exact=exact)
