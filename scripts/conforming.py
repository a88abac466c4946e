"""How one case of an outside suite is run, and what its answer is compared with.

A case is a folder made from an archive's files and one or more command lines; it runs in a
process of its own, forked from one that has the libraries loaded, so that a crash, a hang, an
open file outside or an attempt to connect is seen. What is expected of a suite stands in
`conforming_suites.py`; why we differ where we do on purpose, in `conformance.toml`.
"""

import json
import os
import resource
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, NoReturn

ROOT = Path(__file__).resolve().parent.parent
SECONDS = 60
MEMORY_MB = 2048
FILE_BYTES = 4 << 30


@dataclass(frozen=True)
class Difference:
    """One thing that a suite expects and we do not say (`theirs`), or the other way round (`ours`).

    `harm` is what nothing excuses: a traceback, a connection, a file opened outside.
    """

    side: str
    code: str
    where: str = ""
    note: str = ""


@dataclass(frozen=True)
class Answer:
    """What came of a case. `codes` are the exits of its commands, None where one was stopped."""

    codes: tuple[int | None, ...]
    report: dict[str, Any] | None
    outputs: tuple[str, ...]
    errors: str
    seconds: float
    memory_mb: float
    signal: int | None = None
    hung: bool = False
    outside: tuple[str, ...] = ()
    connects: tuple[str, ...] = ()

    @property
    def findings(self) -> list[dict[str, Any]]:
        """All findings of the report that are not waived."""
        datasets = self.report["datasets"] if self.report else []
        return [finding for dataset in datasets for finding in dataset["findings"] if not finding["waived"]]

    @property
    def faults(self) -> list[dict[str, Any]]:
        """The findings that are errors."""
        return [finding for finding in self.findings if finding["severity"] == "error"]

    @property
    def valid(self) -> bool:
        """Whether the report says so; a case without a report is not valid."""
        return self.report is not None and bool(self.report["valid"])


@dataclass(frozen=True)
class Case:
    """One case: where it runs, what is run there, and how the answer is judged.

    The first command is `validate`; a `{report}` in it is replaced by a path beside the folder.
    `facts` are figures for the suite's summary, from the answer.
    """

    suite: str
    name: str
    prepare: Callable[[Path], Sequence[Sequence[str]]]
    judge: Callable[[Answer], Iterable[Difference]]
    facts: Callable[[Answer], dict[str, int]] = field(default=lambda answer: {})


@dataclass(frozen=True)
class Outcome:
    """A judged case. `state` is agreed, on purpose, disagreed, hang or crash."""

    suite: str
    name: str
    state: str
    differences: tuple[Difference, ...] = ()
    reasons: tuple[str, ...] = ()
    facts: dict[str, int] = field(default_factory=dict)
    seconds: float = 0.0
    memory_mb: float = 0.0


@dataclass(frozen=True)
class Reason:
    """Why differences of one kind are on purpose. Texts are patterns with `*`; all must match."""

    suite: str
    side: str
    code: str
    says: str
    case: str = "*"
    note: str = "*"

    def covers(self, suite: str, case: str, difference: Difference) -> bool:
        """Whether this is the reason for a difference."""
        pairs = (
            (suite, self.suite),
            (case, self.case),
            (difference.side, self.side),
            (difference.code, self.code),
            (difference.note, self.note),
        )
        return all(fnmatchcase(text, pattern) for text, pattern in pairs)


def judged(case: Case, answer: Answer, reasons: Sequence[Reason]) -> Outcome:
    """The outcome of a case from its answer."""
    told = {"seconds": answer.seconds, "memory_mb": answer.memory_mb}
    if answer.hung:
        return Outcome(case.suite, case.name, "hang", (Difference("harm", "hang"),), **told)
    if answer.signal is not None or (answer.report is None and not {0, 1, 2} >= set(answer.codes)):
        note = f"signal {answer.signal}, exits {answer.codes}: {answer.errors[-400:]}"
        return Outcome(case.suite, case.name, "crash", (Difference("harm", "crash", note=note),), **told)
    found = (*_harm(answer), *case.judge(answer))
    why = []
    for difference in found:
        reason = next((one for one in reasons if one.covers(case.suite, case.name, difference)), None)
        if reason is None or difference.side == "harm":
            return Outcome(case.suite, case.name, "disagreed", found, facts=case.facts(answer), **told)
        why.append(reason.says)
    state = "on purpose" if found else "agreed"
    return Outcome(case.suite, case.name, state, found, tuple(dict.fromkeys(why)), case.facts(answer), **told)


def _harm(answer: Answer) -> Iterator[Difference]:
    said = (*answer.outputs, answer.errors)
    if any("Traceback (most recent call last)" in text for text in said):
        yield Difference("harm", "traceback", note=answer.errors[-600:])
    for path in answer.outside:
        yield Difference("harm", "opened outside", path)
    for address in answer.connects:
        yield Difference("harm", "connected", address)
    if answer.memory_mb > MEMORY_MB:
        yield Difference("harm", "memory", note=f"{answer.memory_mb:.0f} MB")


# ---------------------------------------------------------------- running


def run(cases: Iterable[Case], reasons: Sequence[Reason], *, jobs: int, seconds: int = SECONDS) -> Iterator[Outcome]:
    """The outcome of each case, as they come; `jobs` at a time."""
    _warm()
    waiting = iter(cases)
    running: dict[int, tuple[Case, tempfile.TemporaryDirectory[str], float]] = {}
    while True:
        while len(running) < jobs and (case := next(waiting, None)) is not None:
            folder = tempfile.TemporaryDirectory(prefix="case-", ignore_cleanup_errors=True)
            running[_start(case, Path(folder.name))] = (case, folder, time.monotonic())
        if not running:
            return
        time.sleep(0.002)
        for pid in list(running):
            case, folder, begun = running[pid]
            taken = time.monotonic() - begun
            ended, status, usage = os.wait4(pid, os.WNOHANG)
            hung = not ended and taken > seconds
            if hung:
                os.killpg(pid, signal.SIGKILL)
                ended, status, usage = os.wait4(pid, 0)
            if ended:
                del running[pid]
                answer = _answer(Path(folder.name), status, (taken, usage.ru_maxrss / 1024, hung))
                yield judged(case, answer, reasons)
                folder.cleanup()


def _warm() -> None:
    """Load what every case needs, so that a fork has it; nothing is opened and no thread is started."""
    import duckdb  # noqa: F401
    import frictionless
    import narwhals.stable.v1  # noqa: F401
    import pandera.pyarrow  # noqa: F401
    import pyarrow.parquet  # noqa: F401

    import datapkg.cli.main
    import datapkg.render  # noqa: F401

    list(frictionless.Package.metadata_validate({"name": "x", "resources": [{"name": "x", "path": "x.csv"}]}))


def _start(case: Case, folder: Path) -> int:
    """Fork a process that runs the commands of a case; its identifier."""
    inside = folder / "case"
    inside.mkdir()
    commands = case.prepare(inside)
    sys.stdout.flush()
    pid = os.fork()
    if pid == 0:
        _child(folder, inside, commands)
    return pid


def _child(folder: Path, inside: Path, commands: Sequence[Sequence[str]]) -> NoReturn:
    code = 70
    try:
        os.setpgid(0, 0)
        os.chdir(inside)
        resource.setrlimit(resource.RLIMIT_FSIZE, (FILE_BYTES, FILE_BYTES))
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(os.open(folder / "errors", os.O_WRONLY | os.O_CREAT), 2)
        _watch(folder)
        codes = []
        for number, command in enumerate(commands):
            os.dup2(os.open(folder / f"output-{number}", os.O_WRONLY | os.O_CREAT), 1)
            codes.append(_command([word.replace("{report}", f"{folder}/report") for word in command]))
            (folder / "codes").write_text(json.dumps(codes))
        code = 0
    except BaseException:  # noqa: BLE001  (whatever it was, it must not go on in a copy of the parent)
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _command(command: Sequence[str]) -> int:
    """The exit code of one command line, in this process."""
    from datapkg.cli.main import main

    sys.argv = list(command)
    try:
        main()
    except SystemExit as end:
        sys.stdout.flush()
        return end.code if isinstance(end.code, int) else 0
    return 0


def _watch(folder: Path) -> None:
    """Note every file opened outside of what a case and its interpreter own, and every connection."""
    allowed = [folder, Path(sys.prefix), Path(sys.base_prefix), ROOT, Path("/usr"), Path("/lib"), Path("/dev/null")]
    roots = tuple({os.path.realpath(path) for path in allowed})
    scratch = os.path.realpath(tempfile.gettempdir()) + "/datapkg-"
    log = os.open(folder / "events", os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if event in ("socket.connect", "socket.getaddrinfo", "urllib.Request"):
            os.write(log, json.dumps(["connect", repr(arguments)[:200]]).encode() + b"\n")
        elif event == "open" and isinstance(arguments[0], str | bytes | os.PathLike):
            path = os.path.realpath(os.fsdecode(arguments[0]))
            system = path.startswith(("/proc/self/", f"/proc/{os.getpid()}/", "/sys/fs/cgroup", "/etc/"))
            harmless = system and not path.endswith(("/environ", "/passwd", "/shadow", "/mem"))
            if not harmless and not path.startswith((*roots, scratch)):
                os.write(log, json.dumps(["open", path]).encode() + b"\n")

    sys.addaudithook(hook)


def _answer(folder: Path, status: int, told: tuple[float, float, bool]) -> Answer:
    def text(name: str) -> str:
        path = folder / name
        return path.read_bytes().decode("utf-8", "replace") if path.is_file() else ""

    seconds, memory, hung = told
    events = [json.loads(line) for line in text("events").splitlines()]
    codes = tuple(json.loads(text("codes") or "[]"))
    report = None
    if text("report"):
        report = json.loads(text("report"))
    return Answer(
        codes=codes if os.waitstatus_to_exitcode(status) == 0 else (*codes, None),
        report=report,
        outputs=tuple(text(path.name) for path in sorted(folder.glob("output-*"))),
        errors=text("errors"),
        seconds=seconds,
        memory_mb=memory,
        signal=-code if (code := os.waitstatus_to_exitcode(status)) < 0 and not hung else None,
        hung=hung,
        outside=tuple(dict.fromkeys(what for kind, what in events if kind == "open")),
        connects=tuple(dict.fromkeys(what for kind, what in events if kind == "connect")),
    )
