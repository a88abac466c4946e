"""SQL rules run in a process of their own: read-only, without files or network, within limits.

Run as a script: reads one job (JSON) from standard input, writes one JSON line per rule. It
imports nothing of this package, so that it starts fast and holds nothing worth reaching.
"""

import json
import resource
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

ADDRESS_SPACE = 16 << 30
ROW = "datapkg:row"


def main() -> None:
    """Run the job on standard input."""
    import duckdb  # noqa: F401  (loaded while the job is still being prepared)

    job = json.load(sys.stdin)
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE))
    resource.setrlimit(resource.RLIMIT_CPU, (job["seconds"] * 4, job["seconds"] * 4))
    con = connect(job)
    cursors = threading.local()

    def answer(rule: dict[str, Any]) -> dict[str, Any]:
        if not hasattr(cursors, "con"):
            cursors.con = con.cursor()
            create_views(cursors.con, job)
        return run(cursors.con, job, rule)

    # Two at a time; the answers keep the order of the rules.
    with ThreadPoolExecutor(max_workers=2) as pool:
        for found in pool.map(answer, job["rules"]):
            sys.stdout.write(json.dumps(found) + "\n")
            sys.stdout.flush()


def connect(job: dict[str, Any]) -> Any:
    """The job's database, read-only and locked."""
    import duckdb

    config: dict[str, Any] = {
        "temp_directory": (Path(job["database"]).parent / "spill").as_posix(),
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
        "allow_community_extensions": False,
        "python_enable_replacements": False,
    }
    config |= {key: job[key] for key in ("memory_limit", "threads") if job.get(key) is not None}
    con = duckdb.connect(job["database"], read_only=True, config=config)
    con.execute("SET GLOBAL TimeZone = 'UTC'")
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
    try:
        statements = con.extract_statements(query)
        if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
            return {"forbidden": "it is not exactly one SELECT"}
        (count,) = con.execute(f"SELECT count(*) FROM ({query}\n)").fetchall()[0]
        if not count:
            return {"count": 0, "rows": []}
        return {"count": count, "rows": bad_rows(con, rule, job["limit"])}
    except duckdb.PermissionException as error:
        return {"forbidden": first_line(error)}
    except (duckdb.BinderException, duckdb.CatalogException) as error:
        absent = sorted(tables_of(con, query) - job["tables"].keys())
        return {"absent": absent} if absent else {"unbound": first_line(error)}
    except duckdb.Error as error:
        return {"error": first_line(error)}


def bad_rows(con: Any, rule: dict[str, Any], limit: int) -> list[dict[str, Any]]:
    """The selected rows as texts, each with the data row it is about where the rule has a table."""
    source = f"SELECT NULL AS {name(ROW)}, q.* FROM ({rule['query']}\n) q"
    if rule["table"]:
        keys = rule["keys"]
        listed = ", ".join(name(key) for key in keys)
        same = " AND ".join(f"q.{name(key)} IS NOT DISTINCT FROM p.{name(key)}" for key in keys)
        places = f"SELECT {listed}, min({name(ROW)}) AS {name(ROW)} FROM judged.{name(rule['table'])} GROUP BY ALL"
        source = f"SELECT p.{name(ROW)}, q.* FROM ({rule['query']}\n) q LEFT JOIN ({places}) p ON {same}"
    con.execute(f"SELECT CAST(COLUMNS(*) AS VARCHAR) FROM ({source} ORDER BY ALL LIMIT {limit})")
    columns = [column[0] for column in con.description]
    return [dict(zip(columns, row, strict=True)) for row in con.fetchall()]


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


def name(text: str) -> str:
    """An identifier, quoted."""
    return '"' + text.replace('"', '""') + '"'


def first_line(error: Exception) -> str:
    """The first line of a message."""
    return (str(error).splitlines() or [""])[0]


if __name__ == "__main__":
    main()
