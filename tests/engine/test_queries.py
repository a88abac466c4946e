"""SQL rules: placed on rows, skipped with a reason, and contained."""

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from building import places
from conftest import Judge

from datapkg.engine import queries
from datapkg.limits import Limits
from datapkg.project import Project
from datapkg.validate import validate

TABLES = {
    "people": "id:string! boss:string age:integer\na,,30\nb,a,x\nc,b,70\n",
    "pets": "pet:string! owner:string\np,z\n",
}
HEADER = (
    "-- severity: {severity}\n-- message: {{id}} is {{age}}\n-- why: W.\n-- fix: F.\n-- table: people\n-- column: age\n"
)


def test_a_selected_row_is_found_in_its_file(judge_project: Judge) -> None:
    sql = HEADER.format(severity="warning") + "select id, age from people where age > 60"
    report = judge_project(TABLES, sql={"too-old": sql})
    finding = next(f for f in report.findings if f.code == "too-old")
    assert (finding.place.line, finding.place.row, finding.place.value, finding.place.key) == (4, 3, "70", {"id": "c"})
    assert (finding.message, finding.why, finding.fix, finding.severity) == ("c is 70", "W.", "F.", "warning")


def test_a_rule_without_a_header_takes_its_name_from_the_file(judge_project: Judge) -> None:
    report = judge_project(TABLES, sql={"lonely-pet": "select pet from pets anti join people on owner = id"})
    finding = next(f for f in report.findings if f.code == "lonely-pet")
    # Its columns tell whose rows it selects: they hold the key of one table that it reads.
    assert (finding.place.path, finding.place.line, finding.severity) == ("datasets/example/data/pets.csv", 2, "error")


def test_rows_without_a_key_are_told_of_the_dataset(judge_project: Judge) -> None:
    report = judge_project(TABLES, sql={"old": "select max(age) as top from people having max(age) > 60"})
    finding = next(f for f in report.findings if f.code == "old")
    assert (finding.place.path, finding.place.table, finding.place.line) == (
        "datasets/example/datapackage.yaml",
        None,
        None,
    )


def test_rules_over_what_is_not_there_are_skipped_with_the_reason(judge_project: Judge) -> None:
    tables = {"people": "id:string! age:integer > id,years\na,1\n", "pets": "pet:string! owner:string > pet\np\n"}
    sql = {"on-column": "select owner from pets", "fine": "select id from people where false"}
    report = judge_project(tables, sql=sql)
    reasons = {v.code: v.skipped for v in report.datasets[0].verdicts if v.code in sql}
    assert reasons == {"on-column": "the column owner is not in pets", "fine": None}
    assert {f.code for f in report.findings} == {"incorrect-label", "missing-label"}


@pytest.mark.parametrize(
    ("query", "code", "word"),
    [
        ("select * from nowhere", "rule-error", "knows no table nowhere"),
        ("select nothing from people", "rule-error", "nothing"),
        ("selec 1", "rule-error", "syntax error"),
        ("", "rule-error", "it has no statement"),
        ("-- nothing", "rule-error", "it has no statement"),
        ("select error('{id}: %s')", "rule-error", "{id}: %s"),
        ("select error(repeat('x', 9999999))", "rule-error", "xxx"),
        ("select * from enable_logging(storage='file', storage_path='x.log')", "rule-error", "locked"),
        ("select * from duckdb_extensions()", "rule-forbidden", "tells of the machine"),
        ("select * from (copy people to 'x.csv')", "rule-error", "syntax error"),
        ("select 1; select 2", "rule-forbidden", "exactly one SELECT"),
        ("drop table people", "rule-forbidden", "exactly one SELECT"),
        ("copy people to 'x.csv'", "rule-forbidden", "exactly one SELECT"),
        ("attach 'x.db'", "rule-forbidden", "exactly one SELECT"),
        ("install httpfs", "rule-forbidden", "exactly one SELECT"),
        ("set threads = 1", "rule-forbidden", "exactly one SELECT"),
        ("select * from read_csv('/etc/passwd')", "rule-forbidden", "disabled"),
        ("select * from '/etc/passwd'", "rule-error", ""),
        ("select content from read_text('/etc/passwd')", "rule-forbidden", "disabled"),
        ("select * from glob('/*')", "rule-forbidden", "disabled"),
    ],
)
def test_a_rule_reaches_nothing_but_its_tables(judge_project: Judge, query: str, code: str, word: str) -> None:
    report = judge_project(TABLES, sql={"bad": query})
    told = [f for f in report.findings if f.code != "type-error"]
    assert [f.code for f in told] == [code] and word in told[0].message, [f.message for f in told]
    assert "root:" not in told[0].message


ENDLESS = {
    "join": "select count(*) from range(100000000) a, range(100000000) b where a.range * b.range = 7",
    "recursion": "with recursive r(x) as (select 1 union all select x + 1 from r) select count(*) from r",
    "rows": "select * from range(1000000000000)",
}
GREEDY = {
    "text": "select repeat('x', 2000000000) from range(1000)",
    "aggregate": "select string_agg(repeat('x', 1000000), '') from range(100000)",
    "list": "select list(range) from range(1000000000)",
    "format": "select printf('%1000000000d', 1)",
    "rows": "select repeat('x', 100000) from range(200000)",
}
FINE = {
    "a-fine": "select id from people where age > 60",
    "z-fine": "select pet from pets where owner = 'z'",
}


@pytest.mark.parametrize("kind", ENDLESS)
def test_a_rule_without_end_is_stopped_and_the_others_run(make_project: Callable[..., Project], kind: str) -> None:
    sql = FINE | {"endless": ENDLESS[kind]}
    report = validate(project=make_project(TABLES, sql=sql), limits=Limits(rule_seconds=3))
    told = [f for f in report.findings if f.code != "type-error"]
    assert [f.code for f in told] == ["a-fine", "z-fine", "rule-error"]
    assert "did not end within 3 s" in told[-1].message


@pytest.mark.parametrize("kind", GREEDY)
def test_a_rule_that_takes_all_memory_is_refused_it_and_the_others_run(
    make_project: Callable[..., Project], kind: str
) -> None:
    sql = FINE | {"greedy": GREEDY[kind]}
    report = validate(project=make_project(TABLES, sql=sql), limits=Limits(rule_memory=256 << 20))
    told = [f for f in report.findings if f.code != "type-error"]
    assert [f.code for f in told] == ["a-fine", "z-fine", "rule-error"]
    assert "more memory than a rule may use" in told[-1].message


def test_rules_that_end_or_silence_the_sandbox_are_found_out(
    make_project: Callable[..., Project], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(queries, "GRACE", 1)
    broken = tmp_path / "sandbox.py"
    doing = "    if 'dies' in rule['query']: import os; os.kill(os.getpid(), 9)\n"
    doing += "    if 'hangs' in rule['query']: import time; time.sleep(60)\n"
    broken.write_text(queries.SANDBOX.read_text().replace("    alarm = ", doing + "    alarm = "))
    monkeypatch.setattr(queries, "SANDBOX", broken)
    sql = FINE | {"dies": "select 'dies' from people", "hangs": "select 'hangs' from people"}
    report = validate(project=make_project(TABLES, sql=sql), limits=Limits(rule_seconds=4))
    told = [f for f in report.findings if f.code != "type-error"]
    assert [f.code for f in told] == ["a-fine", "z-fine", "rule-error", "rule-error"]
    assert all("ended the process" in f.message for f in told[2:])


def test_large_answers_are_cut(judge_project: Judge) -> None:
    wide = ", ".join(f"repeat('x', 2000) as c{n}" for n in range(100))
    report = judge_project(TABLES, sql={"wide": f"select {wide} from range(400)"})
    (total,) = [total for total in report.datasets[0].totals if total[0] == "wide"]
    assert total[3] == 400 and 0 < total[4] < 200


@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")
def test_the_sandbox_opens_its_database_and_nothing_else(make_project: Callable[..., Project], tmp_path: Path) -> None:
    reaching = [
        "select * from '/etc/passwd'",
        "select * from read_text('/etc/hostname')",
        "select * from 'https://example.org/x.parquet'",
        "select * from enable_logging(storage='file', storage_path='x.log')",
        "copy people to 'x.csv'",
        "attach 'x.db'",
        "install httpfs",
    ]
    root = make_project(TABLES, sql=FINE | {f"r{n}": sql for n, sql in enumerate(reaching)}).root
    trace = tmp_path / "trace"
    command = [
        "strace",
        "-f",
        "-s",
        "300",
        "-o",
        trace.as_posix(),
        "-e",
        "trace=open,openat,creat,connect,execve,mkdir,rename,unlink,clone,clone3",
    ]
    datapkg = Path(sys.executable).with_name("datapkg")
    done = subprocess.run(
        [*command, datapkg.as_posix(), "validate"], cwd=root, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 1, done.stderr
    lines = [line.split(maxsplit=1) for line in trace.read_text().splitlines()]
    sandbox = next(pid for pid, call in lines if call.startswith("execve(") and "sandbox.py" in call)
    threads = {sandbox}
    for pid, call in lines:
        if pid in threads and (started := re.search(r"clone3?\b.* = (\d+)$", call)):
            threads.add(started[1])
    calls = [call for pid, call in lines if pid in threads]
    assert [call for call in calls if "connect(" in call] == []
    opened = [match for call in calls if (match := re.match(r'(?:open|openat|creat)\(.*?"(.*?)", (.*)', call))]
    judged = [match for match in opened if "datapkg.duckdb" in match[1]]
    assert judged and len(threads) > 1
    written = [match[0] for match in opened if re.search("O_WRONLY|O_RDWR|O_CREAT", match[2])]
    assert [call for call in written if "/spill/" not in call and "/dev/null" not in call] == []
    for word in ("passwd", "hostname", "example.org", "x.log", "x.csv", "x.db", "httpfs"):
        assert [call for call in calls if word in call and "execve" not in call] == []
    assert not [path for path in root.iterdir() if path.name.startswith("x.")]


def test_results_are_complete_and_cut(judge_project: Judge) -> None:
    rows = "".join(f"k{n},,{n}\n" for n in range(1200))
    report = judge_project(
        {"people": "id:string! boss:string age:integer\n" + rows},
        sql={"all": "-- table: people\nselect id from people"},
    )
    assert report.datasets[0].totals == (("all", "people", None, 1200, 1000),)
    assert [place[1] for place in places(report)] == list(range(2, 1002))


def test_the_sandbox_ends_with_the_process_that_asked(tmp_path: Path) -> None:
    told, kept = os.pipe()  # its input stays open, as if the job were half written
    script = (
        "import os, subprocess, sys, time\n"
        f"command = [sys.executable, '-I', {queries.SANDBOX.as_posix()!r}, str(os.getpid())]\n"
        f"child = subprocess.Popen(command, stdin={told})\n"
        "print(child.pid, flush=True)\n"
        "time.sleep(60)\n"
    )
    command = [sys.executable, "-c", script]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=tmp_path, pass_fds=(told,)) as asker:
        assert asker.stdout is not None
        child = int(asker.stdout.readline())
        assert not ended(child)
        asker.kill()
    ends = time.monotonic() + 30
    while not ended(child) and time.monotonic() < ends:
        time.sleep(0.1)
    found = ended(child)
    os.close(kept)
    os.close(told)
    assert found


def ended(process: int) -> bool:
    """Whether a process is no more, or waits only for somebody to take note of its end."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return True
    told = Path(f"/proc/{process}/stat")
    return told.exists() and told.read_text().rpartition(")")[2].split()[0] == "Z"
