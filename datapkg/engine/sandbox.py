"""SQL rules run in a process of their own: read-only, without files or network, within limits.

Run as a script by the process whose number it is given: reads one job (JSON) from standard input,
writes a JSON line for each rule: its number and its answer, in the order in which they end. It
imports nothing of this package, so that it starts fast and holds nothing worth reaching.
"""

import json
import os
import re
import resource
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

ROW = "datapkg:row"
CELL = 1_000
"""Characters of a selected value that are handed back; a finding quotes fewer."""
ANSWER = 16_000_000
"""Characters of one rule's rows that are handed back; what they count is complete all the same."""


FUNCTION = re.compile(r'"function_name":"([^"]*)"')
VIEW = re.compile(r'"table_name":"([^"]*)"')
REFUSED = re.compile(
    r"current_setting|getenv|pg_settings|(?:duckdb|pragma)_.*|query(?:_table)?|json_execute_serialized_sql"
)
"""Functions that tell of paths and settings of the machine, and those whose text is SQL itself."""
UNSTEADY = re.compile(
    r"random|setseed|uuid|gen_random_uuid|uuidv[47]|now|today|current_\w+|get_current_\w+|transaction_timestamp"
    r"|localtime|localtimestamp|age|nextval|currval|version"
)
"""Functions that make a view differ from run to run."""
WIDER = {
    **dict.fromkeys(("TINYINT", "SMALLINT", "INTEGER", "UTINYINT", "USMALLINT", "UINTEGER"), "BIGINT"),
    **dict.fromkeys(("UBIGINT", "HUGEINT", "UHUGEINT"), "BIGINT"),
    "FLOAT": "DOUBLE",
    **dict.fromkeys(("UUID", "JSON", "NULL", '"NULL"'), "VARCHAR"),
}
"""Types of a view's columns that a release holds in another one, which has room for them or fails."""
PLAIN = re.compile(r"VARCHAR|BIGINT|DOUBLE|BOOLEAN|DATE|TIME|TIMESTAMP|TIMESTAMP WITH TIME ZONE|DECIMAL\(\d+,\d+\)")


def main() -> None:
    """Run the job on standard input."""
    threading.Thread(target=end_with_parent, args=(int(sys.argv[1]),), daemon=True).start()
    import duckdb  # while the job is still being prepared

    job = json.load(sys.stdin)
    if any("file" in rule for rule in job["rules"]):
        import pyarrow.parquet  # noqa: F401  (what it maps is not the views' own)
    confine(job["memory"])
    con = connect(job)
    cursors = threading.local()
    writing = threading.Lock()
    crowded: list[int] = []

    def answer(number: int) -> dict[str, Any]:
        if not hasattr(cursors, "con"):
            cursors.con = con.cursor()
            create_views(cursors.con, job)
        try:
            return run(cursors.con, job, job["rules"][number])
        except MemoryError:
            return {"exhausted": "it needs more memory than a rule may use"}
        except (duckdb.FatalException, duckdb.InternalException):
            os._exit(1)  # The database cannot be used any more: the rules that are left need another process.
        except Exception as error:  # noqa: BLE001  (whatever a rule does to DuckDB is an answer to it)
            return {"error": first_line(error)}

    def tell(number: int, *, beside: bool) -> None:
        found = answer(number)
        if beside and found.keys() & {"error", "exhausted"}:
            crowded.append(number)  # What went wrong beside another, for want of memory, may go well alone.
            return
        with writing:
            sys.stdout.write(json.dumps([number, found]) + "\n")
            sys.stdout.flush()

    with ThreadPoolExecutor(max_workers=job["at_once"]) as pool:
        for number in range(len(job["rules"])):
            pool.submit(tell, number, beside=job["at_once"] > 1)
    for number in sorted(crowded):
        tell(number, beside=False)


def end_with_parent(parent: int) -> None:
    """End, whatever runs, once the process that asked is gone and nobody waits for the answer."""
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(1)


def confine(memory: int) -> None:
    """Bound what the process may map beyond what it has mapped already, and let it leave no core."""
    pages = int(Path("/proc/self/statm").read_text().split()[0]) if Path("/proc/self/statm").exists() else 1 << 16
    space = pages * resource.getpagesize() + memory
    resource.setrlimit(resource.RLIMIT_AS, (space, space))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def connect(job: dict[str, Any]) -> Any:
    """The job's database, read-only and locked."""
    import duckdb

    config: dict[str, Any] = {
        "temp_directory": (Path(job["database"]).parent / "spill").as_posix(),
        "memory_limit": f"{job['buffers']}B",
        "threads": job["threads"],
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
        "allow_community_extensions": False,
        "python_enable_replacements": False,
    }
    con = duckdb.connect(job["database"], read_only=True, config=config)
    con.execute("SET GLOBAL TimeZone = 'UTC'")
    con.execute(f"SET GLOBAL max_temp_directory_size = '{job['disk']}B'")
    con.execute("SET enable_external_access = false")
    con.execute("SET lock_configuration = true")
    return con


def create_views(con: Any, job: dict[str, Any]) -> None:
    """A view per table, with its own columns alone; a connection sees only its own."""
    for table, columns in job["tables"].items():
        selected = ", ".join(name(column) for column in columns)
        con.execute(f"CREATE TEMP VIEW {name(table)} AS SELECT {selected} FROM judged.{name(table)}")


def run(con: Any, job: dict[str, Any], rule: dict[str, Any]) -> dict[str, Any]:
    """What one rule selects: its complete count and the first rows, or why it did not run."""
    import duckdb

    query = rule["query"]
    alarm = threading.Timer(job["seconds"], con.interrupt)
    alarm.daemon = True
    alarm.start()
    try:
        statements = con.extract_statements(query)
        if not statements:
            return {"error": "it has no statement"}
        if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
            return {"forbidden": "it is not exactly one SELECT"}
        if told := sorted(refused_of(con, job, query)):
            raise duckdb.PermissionException(f"{told[0]} tells of the machine, or runs SQL that is not seen here")
        return made(con, job, rule) if "file" in rule else selected(con, job, rule)
    except duckdb.PermissionException as error:
        return {"forbidden": first_line(error)}
    except (duckdb.BinderException, duckdb.CatalogException) as error:
        absent = sorted(tables_of(con, query) - job["tables"].keys())
        return {"absent": absent} if absent else {"unbound": first_line(error)}
    except duckdb.InterruptException:
        return {"late": f"it did not end within {job['seconds']} s"}
    except duckdb.OutOfMemoryException as error:
        return {"exhausted": f"it needs more memory than a rule may use: {first_line(error)}"}
    finally:
        alarm.cancel()


def selected(con: Any, job: dict[str, Any], rule: dict[str, Any]) -> dict[str, Any]:
    """The rows that a rule selects."""
    query = rule["query"]
    (count,) = con.execute(f"SELECT count(*) FROM ({query}\n)").fetchall()[0]
    if not count:
        return {"count": 0, "rows": []}
    table = rule["table"] or table_of(con, job, query)
    return {"count": count, "table": table, "rows": bad_rows(con, job, query, table)}


def made(con: Any, job: dict[str, Any], rule: dict[str, Any]) -> dict[str, Any]:
    """A view written into its file, in the order of its columns; its rows and columns, or why it was not."""
    import pyarrow.parquet

    query = rule["query"]
    con.execute(f"SELECT * FROM ({query}\n) LIMIT 0")
    columns = [(column[0], WIDER.get(str(column[1]), str(column[1]))) for column in con.description]
    if note := unfit(con, query, columns):
        return {"error": note}
    listed = ", ".join(f"CAST({name(column)} AS {kind}) AS {name(column)}" for column, kind in columns)
    reader = con.sql(f"SELECT {listed} FROM ({query}\n) ORDER BY ALL").to_arrow_reader(10_000)
    count = 0
    with pyarrow.parquet.ParquetWriter(rule["file"], reader.schema, compression="zstd") as writer:
        for batch in reader:
            writer.write_batch(batch)
            count += batch.num_rows
            if Path(rule["file"]).stat().st_size > job["disk"]:
                return {"exhausted": "it selects more than may be kept on disk"}
    key = [column for column in rule["key"] if column in dict(columns)]
    known = " AND ".join(f"{name(column)} IS NOT NULL" for column in key)
    keys = f"SELECT count(DISTINCT ({', '.join(map(name, key))})) FILTER ({known}) FROM ({query}\n)"
    if key and con.execute(keys).fetchall()[0][0] != count:
        return {"error": f"its key {', '.join(key)} does not tell its rows apart"}
    return {"count": count, "columns": columns}


def unfit(con: Any, query: str, columns: list[tuple[str, str]]) -> str | None:
    """Why a view cannot be released, or None."""
    (text,) = con.execute("SELECT json_serialize_sql(?)", [query]).fetchall()[0]
    if unsteady := sorted({word.lower() for word in FUNCTION.findall(text) if UNSTEADY.fullmatch(word.lower())}):
        return f"{unsteady[0]} gives something else each time"
    names = [column.lower() for column, _ in columns]
    if twice := [column for number, column in enumerate(names) if column in names[:number]]:
        return f"two of its columns are named {twice[0]}"
    if other := [(column, kind) for column, kind in columns if not PLAIN.fullmatch(kind)]:
        return f"its column {other[0][0]} is of type {other[0][1]}, which no release holds; cast it"
    return None


def table_of(con: Any, job: dict[str, Any], query: str) -> str | None:
    """The table whose rows a rule without `-- table:` selects: the one it reads whose key is among its columns."""
    con.execute(f"SELECT * FROM ({query}\n) LIMIT 0")
    selected = {column[0].lower() for column in con.description}
    read = {table.lower() for table in tables_of(con, query)}
    keyed = {
        table: {key.lower() for key in keys}
        for table, keys in job["keys"].items()
        if table.lower() in read and {key.lower() for key in keys} <= selected
    }
    # Of a table and one that it refers to, the longer key tells the row.
    longest = max(map(len, keyed.values()), default=0)
    found = [table for table, keys in keyed.items() if len(keys) == longest]
    return found[0] if len(found) == 1 else None


def bad_rows(con: Any, job: dict[str, Any], query: str, table: str | None) -> list[dict[str, Any]]:
    """The selected rows as texts, each with the data row it is about where that is known."""
    source = f"SELECT NULL AS {name(ROW)}, q.* FROM ({query}\n) q"
    if table is not None and table in job["keys"]:
        keys = job["keys"][table]
        listed = ", ".join(name(key) for key in keys)
        same = " AND ".join(f"q.{name(key)} IS NOT DISTINCT FROM p.{name(key)}" for key in keys)
        places = f"SELECT {listed}, min({name(ROW)}) AS {name(ROW)} FROM judged.{name(table)} GROUP BY ALL"
        source = f"SELECT p.{name(ROW)}, q.* FROM ({query}\n) q LEFT JOIN ({places}) p ON {same}"
    con.execute(f"SELECT left(CAST(COLUMNS(*) AS VARCHAR), {CELL}) FROM ({source} ORDER BY ALL LIMIT {job['limit']})")
    columns = [column[0] for column in con.description]
    rows: list[dict[str, Any]] = []
    room = ANSWER
    while room > 0 and (row := con.fetchone()) is not None:
        rows.append(dict(zip(columns, row, strict=True)))
        room -= sum(len(cell) for cell in (*columns, *row) if cell is not None)
    return rows


def tables_of(con: Any, query: str) -> set[str]:
    """The tables a query reads, without those it defines itself."""
    (text,) = con.execute("SELECT json_serialize_sql(?)", [query]).fetchall()[0]
    read: set[str] = set()
    defined: set[str] = set()
    waiting = [json.loads(text)]
    while waiting:
        node = waiting.pop()
        if isinstance(node, list):
            waiting.extend(node)
        elif isinstance(node, dict):
            if node.get("type") == "BASE_TABLE":
                read.add(node["table_name"])
            if "cte_map" in node:
                defined.update(entry["key"] for entry in node["cte_map"].get("map", []))
            waiting.extend(node.values())
    return read - defined


def refused_of(con: Any, job: dict[str, Any], query: str) -> set[str]:
    """The functions and views a query names that no rule may use."""
    (text,) = con.execute("SELECT json_serialize_sql(?)", [query]).fetchall()[0]
    named = {*FUNCTION.findall(text), *({*VIEW.findall(text)} - job["tables"].keys())}
    return {word.lower() for word in named if REFUSED.fullmatch(word.lower())}


def name(text: str) -> str:
    """An identifier, quoted."""
    return '"' + text.replace('"', '""') + '"'


def first_line(error: Exception) -> str:
    """The first line of a message, cut: a rule may have written it."""
    return (str(error).splitlines() or [type(error).__name__])[0][:CELL]


if __name__ == "__main__":
    main()
