"""What goes wrong while a command works on the disk, made to happen: by strace, which needs no rights, and by signals.

A `Deed` is a command with the state before it and what must hold of a folder whatever became of the command: all
is as it was, or all is done. `Harm` is one thing that goes wrong at one call; `suffered` lets it happen, looks,
runs the command again without it, and looks once more. strace counts the calls of each thread for itself, so a harm
is one of a thread, and only that thread is traced.
"""

import os
import random
import re
import resource
import shutil
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from published import build_versions, index_of
from releasing import edit, write_releasable
from warm import Running, Warm, Way, alone, stopped, traced

from datapkg.checksums import BESIDE, SUMS, changed, digest_of, files_below, read_sums

CALLS = (
    *("write", "pwrite64", "writev", "fsync", "fdatasync", "rename", "renameat", "renameat2", "link", "linkat"),
    *("mkdir", "mkdirat", "unlink", "unlinkat", "ftruncate", "fallocate", "copy_file_range", "sendfile"),
)
"""The calls of the system that change what is on the disk."""
FAULTS = ("kill", "EIO", "ENOSPC", "EDQUOT", "EACCES")


@dataclass(frozen=True)
class Deed:
    """A command to be disturbed: `prepare` makes the state before it in a folder, `done` says whether it is done.

    `done` fails an assertion where the folder is neither as it was nor as it should be. `way` starts it.
    """

    name: str
    words: tuple[str, ...]
    prepare: Callable[[Path], object]
    done: Callable[[Path], bool]
    way: Way = alone


@dataclass(frozen=True)
class Harm:
    """The `number`th `call` of a thread (0 is the first) is answered by a fault, or the process is killed before it."""

    call: str
    number: int
    fault: str
    thread: int = 0


def environment(folder: Path) -> dict[str, str]:
    """What the command sees: a cache and a place for temporary files of its own, and no bytecode to be written."""
    scratch = folder / ".scratch"
    scratch.mkdir(exist_ok=True)
    own = {"PYTHONDONTWRITEBYTECODE": "1", "DATAPKG_CACHE": f"{folder}.cache", "TMPDIR": str(scratch)}
    return {**os.environ, **own, "SOURCE_DATE_EPOCH": "1767225600"}


def start(deed: Deed, folder: Path, held: int | None = None) -> Running:
    """Start the command in a folder."""
    return deed.way(folder, deed.words, environment(folder), held)


def told(done: "subprocess.CompletedProcess[str]") -> "subprocess.CompletedProcess[str]":
    """What a command said: never a traceback."""
    assert "Traceback" not in done.stderr, done.stderr
    return done


def run(deed: Deed, folder: Path) -> "subprocess.CompletedProcess[str]":
    """Run the command in a folder."""
    return told(start(deed, folder).end())


def calls(deed: Deed, folder: Path) -> Counter[tuple[int | None, str]]:
    """The calls of a clean run, by the number of the thread and the call; None are other programs that it runs."""
    deed.prepare(folder)
    log, running = Path(f"{folder}.log"), start(deed, folder, 0)
    done = told(traced(running, 0, ("-f", "-y", "-Y", "-o", str(log), "-e", f"trace={','.join(CALLS)}")))
    assert done.returncode == 0 and deed.done(folder), done.stderr
    found: Counter[tuple[int | None, str]] = Counter()
    for match in re.finditer(r"^(\d+)<(.*?)> +(\w+)\((\d+<pipe:)?", log.read_text(errors="replace"), re.MULTILINE):
        thread = 0 if int(match[1]) == running.pid else None
        if match[4] and thread is None:
            continue  # What threads and processes say to each other is not on the disk.
        assert thread == 0 or deed.way is alone or match[2] == "git" or match[2].startswith("thread-"), match[0]
        found[int(match[2][7:]) if match[2].startswith("thread-") else thread, match[3]] += 1
    gone(folder)
    return found


def harms(deed: Deed, folder: Path, faults: Sequence[str] = FAULTS) -> Iterator[Harm]:
    """Every harm that can be done to a deed: each call of a clean run, by each fault."""
    for (thread, call), count in sorted((key, n) for key, n in calls(deed, folder).items() if key[0] is not None):
        for number in range(1, count + 1):
            yield from (Harm(call, number, fault, thread or 0) for fault in faults)


def sample(found: Sequence[Harm], size: int, seed: int = 0) -> list[Harm]:
    """Some of the harms, each kind of call and each fault among them as far as it goes."""
    rest = list(found)
    random.Random(seed).shuffle(rest)  # noqa: S311  (nothing is kept secret)
    chosen: list[Harm] = []
    while rest and len(chosen) < size:
        seen = Counter(harm.call for harm in chosen), Counter(harm.fault for harm in chosen)
        best = min(rest, key=lambda harm: (seen[0][harm.call], seen[1][harm.fault]))
        rest.remove(best)
        chosen.append(best)
    return chosen


def suffered(deed: Deed, harm: Harm, folder: Path) -> bool:
    """The old state or the new after the harm; an error in one line; and the next run finishes.

    False where it did not come to pass: which thread of several does what is not the same every time.
    """
    deed.prepare(folder)
    log = Path(f"{folder}.log")
    what = "signal=SIGKILL" if harm.fault == "kill" else f"error={harm.fault}"
    inject = ("-e", f"trace={harm.call}", "-e", f"inject={harm.call}:{what}:when={harm.number}")
    done = told(traced(start(deed, folder, harm.thread), harm.thread, ("-o", str(log), *inject)))
    happened = log.exists() and re.search(r"\(INJECTED|killed by SIGKILL", log.read_text(errors="replace")) is not None
    assert happened or harm.thread, (harm, "it did not come to pass", done.stderr)
    finished = deed.done(folder)
    if harm.fault != "kill":
        assert done.returncode in (0, 2), (harm, done.returncode, done.stderr)
        assert finished or done.returncode == 2, (harm, "it said nothing", done.stderr)
        if done.returncode == 2:
            # What was done may have been said before: the output itself can fail.
            assert done.stderr.count("error: ") == 1 and done.stderr.splitlines()[-1].startswith("error: "), done.stderr
    recovers(deed, folder, str(harm))
    return happened


def recovers(deed: Deed, folder: Path, why: str) -> None:
    """The next run finishes, and nothing is left beside what it made."""
    again = run(deed, folder)
    assert again.returncode == 0 and deed.done(folder), (why, again.stderr)
    left = [path for path in files_below(folder) if re.search(r"(^|/)\.(tmp|datapkg)", path)]
    assert left == [], (why, left)
    gone(folder)


def gone(folder: Path) -> None:
    """Remove a folder and what lies beside it."""
    shutil.rmtree(folder)
    shutil.rmtree(f"{folder}.cache", ignore_errors=True)
    Path(f"{folder}.log").unlink(missing_ok=True)


def signalled(deed: Deed, folder: Path, number: signal.Signals, after: float) -> int:
    """The exit code of a run that was sent a signal after so many seconds; then as `suffered`."""
    deed.prepare(folder)
    running = start(deed, folder)
    time.sleep(after)
    os.kill(running.pid, number)
    done = told(running.end())
    deed.done(folder)
    recovers(deed, folder, f"{number.name} after {after:.3f} s")
    return done.returncode


def limited(deed: Deed, folder: Path, size: int) -> None:
    """A run in which no file may grow beyond a size: done, or an error of one line and nothing done; then as above."""
    deed.prepare(folder)
    running = start(deed, folder, 0)
    assert stopped(running.pid)
    resource.prlimit(running.pid, resource.RLIMIT_FSIZE, (size, size))
    os.kill(running.pid, signal.SIGCONT)
    refused(deed, folder, told(running.end()))
    recovers(deed, folder, f"files of at most {size} bytes")


def refused(deed: Deed, folder: Path, done: "subprocess.CompletedProcess[str]") -> None:
    """Done, or an error of one line and nothing done."""
    assert (done.returncode, deed.done(folder)) in ((2, False), (0, True)), done.stderr
    assert done.returncode == 0 or done.stderr.count("\n") == 1, done.stderr


def at_once(deed: Deed, folder: Path, runs: int = 8) -> int:
    """Several runs of a release at once: one builds, the others say so; whoever looks sees nothing or all of it.

    How often somebody looked.
    """
    deed.prepare(folder)
    running = [start(deed, folder) for _ in range(runs)]
    looks = watched(running, lambda: deed.done(folder), 0)
    said = [(done.stderr, done.returncode) for done in (told(each.end()) for each in running)]
    assert sum(text.startswith("built ") for text, _ in said) == 1, said
    fine = ("built ", "unchanged, already built")
    busy = "error: another release is running in dist\n"
    assert all((code == 0 and text.startswith(fine)) or (code == 2 and text == busy) for text, code in said), said
    assert deed.done(folder)
    recovers(deed, folder, f"{runs} at once")
    return looks


def versions_at_once(deeds: dict[str, Deed], folder: Path, least: int) -> int:
    """Four versions released at once, of which the lock lets one through; then each published, all at once.

    Whoever looks sees whole releases alone. How often somebody looked, `least` times at least.
    """
    release, publish = deeds["next release"], deeds["publish"]
    release.prepare(folder)
    bumps = ("2.0.1", "2.1.0", "2.2.0", "3.0.0")
    running = [start(replace(release, words=(*release.words, "--bump", bump)), folder) for bump in bumps]
    looks = watched(running, lambda: releases(folder / "dist"), 0)
    said = [(done.stderr, done.returncode) for done in (told(each.end()) for each in running)]
    there = releases(folder / "dist") - {"1.0.0", "1.1.0", "2.0.0"}
    assert 1 <= len(there) == sum(text.startswith("built ") for text, _ in said), said
    assert there <= set(bumps) and all(code in (0, 1, 2) for _, code in said), said
    names = sorted(releases(folder / "dist"))
    running = [
        start(replace(publish, words=("publish", f"example@{name}", "--to", "registry")), folder) for name in names
    ]
    looks += watched(running, lambda: listed(folder / "registry"), least - looks)
    said = [(done.stderr, done.returncode) for done in (told(each.end()) for each in running)]
    assert all(code == 0 for _, code in said), said
    assert sorted(listed(folder / "registry")) == names
    gone(folder)
    return looks


def watched(running: Sequence[Running], look: Callable[[], object], least: int) -> int:
    """How often somebody could look while others worked, `least` times at least."""
    looks = 0
    while looks < least or any(map(under_way, running)):
        look()
        looks += 1
    return looks


def under_way(running: Running) -> bool:
    """Whether a process has not ended."""
    return Path(f"/proc/{running.pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"


# ---------------------------------------------------------------- the commands


def whole(release: Path) -> bool:
    """Whether a release is there; where anything of it is, all of it is, as its list of digests has it."""
    if not release.exists():
        return False
    sums = read_sums((release / SUMS).read_text())
    assert changed(release, sums) == [] and set(files_below(release)) - set(BESIDE) == sums.keys()
    return True


def releases(folder: Path) -> set[str]:
    """The versions in a folder of releases, each of which is whole."""
    there = {path for path in folder.iterdir() if not path.name.startswith(".")}
    assert all(map(whole, there))
    return {path.name.removeprefix("example-") for path in there}


def listed(registry: Path) -> Mapping[str, Any]:
    """What a registry lists, each version of which is whole."""
    found: Mapping[str, Any] = index_of(registry) if (registry / "index.json").exists() else {}
    for version, entry in found.items():
        release = registry / "example" / version
        assert whole(release) and digest_of(release / SUMS) == entry["sha256"]
    return found


@dataclass(frozen=True)
class Prepared:
    """The states before the commands, made once: `first` has never released, `second` has and was changed since."""

    first: Path
    second: Path
    published: Path


def prepared(root: Path) -> Prepared:
    """The projects, and a registry, from which every run has copies of its own."""
    write_releasable(root / "first")
    second = build_versions(root / "second").root
    edit(second / "datasets" / "example" / "data" / "events.csv", "raid,12,", "raid,13,")
    published = root / "published"
    shutil.copytree(second, published)
    for words in (["publish", "example@1.0.0", "--to", "registry"], ["publish", "example@2.0.0", "--to", "registry"]):
        assert told(alone(published, words, environment(published)).end()).returncode == 0
    shutil.rmtree(published / ".scratch")
    return Prepared(root / "first", second, published)


def deeds(states: Prepared, way: Way = alone) -> dict[str, Deed]:
    """The commands that change what others rely on."""

    def copy(state: Path) -> Callable[[Path], object]:
        return lambda folder: shutil.copytree(state, folder)

    def first_release(folder: Path) -> bool:
        return _nothing_but(folder / "dist", {"example-1.0.0"}) and whole(folder / "dist" / "example-1.0.0")

    before = {path: (states.second / path).read_text() for path in _sources(states.second)}

    def next_release(folder: Path) -> bool:
        there = {"example-1.0.0", "example-1.1.0", "example-2.0.0", "example-2.0.1"}
        _nothing_but(folder / "dist", there)
        assert all(whole(folder / "dist" / name) for name in there - {"example-2.0.1"})
        done = whole(folder / "dist" / "example-2.0.1")
        now = {path: (folder / path).read_text() for path in _sources(folder)}
        for path, text in now.items():
            assert text == before[path] or "2.0.1" in text, (path, text)
        if done:
            assert now != before
        return done

    def published(folder: Path) -> bool:
        return "1.1.0" in listed(folder / "registry")

    def yanked(folder: Path) -> bool:
        entry = index_of(folder / "registry")["2.0.0"]
        assert published(folder) is False
        return entry["yanked"] is not None

    def fetched(folder: Path) -> bool:
        words = ("get", "example@2.0.0", "--registry", "registry", "--offline")
        asked = told(way(folder, words, environment(folder)).end())
        if asked.returncode:
            return False
        assert whole(Path(asked.stdout.strip()))
        return True

    yank = ("yank", "example@2.0.0", "--reason", "wrong", "--registry", "registry")
    found = (
        Deed("first release", ("release", "example"), copy(states.first), first_release, way),
        Deed("next release", ("release", "example"), copy(states.second), next_release, way),
        Deed("publish", ("publish", "example@1.1.0", "--to", "registry"), copy(states.published), published, way),
        Deed("yank", yank, copy(states.published), yanked, way),
        Deed("get", ("get", "example@2.0.0", "--registry", "registry"), copy(states.published), fetched, way),
    )
    return {deed.name: deed for deed in found}


def warmed(deeds: dict[str, Deed], warm: Warm, root: Path) -> dict[str, Deed]:
    """The commands, once all that they import is there."""
    for deed in deeds.values():
        deed.prepare(root / "warm")
        warm.learn(root / "warm", deed.words, environment(root / "warm"))
        gone(root / "warm")
    return deeds


def _nothing_but(folder: Path, names: set[str]) -> bool:
    """Whether nothing else can be seen there."""
    there = {path.name for path in folder.iterdir() if not path.name.startswith(".")} if folder.exists() else set()
    assert there <= names, there
    return True


def _sources(root: Path) -> list[str]:
    """The files of the source that a release writes."""
    return ["datasets/example/datapackage.yaml", "datasets/example/CHANGELOG.md"]
