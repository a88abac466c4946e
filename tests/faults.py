"""What goes wrong while a command works on the disk, made to happen: by strace, which needs no rights, and by signals.

A `Deed` is a command with the state before it and what must hold of a folder whatever became of the command: all
is as it was, or all is done. `Harm` is one thing that goes wrong at one call; `suffered` lets it happen, looks,
runs the command again without it, and looks once more.
"""

import os
import random
import re
import shutil
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from published import build_versions, command, index_of
from releasing import edit, write_releasable

from datapkg.checksums import BESIDE, SUMS, changed, digest_of, files_below, read_sums

CALLS = (
    *("write", "pwrite64", "writev", "fsync", "fdatasync", "rename", "renameat", "renameat2", "link", "linkat"),
    *("mkdir", "mkdirat", "unlink", "unlinkat", "ftruncate", "fallocate", "copy_file_range", "sendfile"),
)
"""The calls of the system that change what is on the disk."""
FAULTS = ("kill", "EIO", "ENOSPC", "EDQUOT", "EACCES")
SECONDS = 180


@dataclass(frozen=True)
class Deed:
    """A command to be disturbed: `prepare` makes the state before it in a folder, `done` says whether it is done.

    `done` fails an assertion where the folder is neither as it was nor as it should be.
    """

    name: str
    words: tuple[str, ...]
    prepare: Callable[[Path], object]
    done: Callable[[Path], bool]


@dataclass(frozen=True)
class Harm:
    """The `number`th `call` of a run is answered by a fault, or the process is killed before it."""

    call: str
    number: int
    fault: str


def environment(folder: Path) -> dict[str, str]:
    """What the command sees: a cache and a place for temporary files of its own, and no bytecode to be written."""
    scratch = folder / ".scratch"
    scratch.mkdir(exist_ok=True)
    own = {"PYTHONDONTWRITEBYTECODE": "1", "DATAPKG_CACHE": f"{folder}.cache", "TMPDIR": str(scratch)}
    return {**os.environ, **own, "SOURCE_DATE_EPOCH": "1767225600"}


def run(folder: Path, words: Sequence[str], *before: str) -> "subprocess.CompletedProcess[str]":
    """Run the command in a folder, behind what stands before it; never a traceback, never a second line of an error."""
    done = subprocess.run(
        [*before, *command(*words)], cwd=folder, env=environment(folder), capture_output=True, text=True,
        timeout=SECONDS, check=False,
    )  # fmt: skip
    assert "Traceback" not in done.stderr, done.stderr
    return done


def harms(deed: Deed, folder: Path, faults: Sequence[str] = FAULTS) -> Iterator[Harm]:
    """Every harm that can be done to a deed: each call of a clean run, by each fault."""
    deed.prepare(folder)
    log = folder.parent / f"{folder.name}.log"
    words = ("strace", "-f", "--seccomp-bpf", "-qq", "-o", str(log), "-e", f"trace={','.join(CALLS)}")
    done = run(folder, deed.words, *words)
    assert done.returncode == 0 and deed.done(folder), done.stderr
    found = (re.match(r"\d+\s+(\w+)\(", line) for line in log.read_text(errors="replace").splitlines())
    counts = Counter(match[1] for match in found if match)
    for call, count in sorted(counts.items()):
        for number in range(1, count + 1):
            yield from (Harm(call, number, fault) for fault in faults)


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


def suffered(deed: Deed, harm: Harm, folder: Path) -> None:
    """The old state or the new after the harm; an error in one line; and the next run finishes."""
    deed.prepare(folder)
    what = "signal=SIGKILL" if harm.fault == "kill" else f"error={harm.fault}"
    inject = f"inject={harm.call}:{what}:when={harm.number}"
    traced = ("strace", "-f", "--seccomp-bpf", "-qq", "-o", "/dev/null", "-e", f"trace={harm.call}", "-e", inject)
    told = run(folder, deed.words, *traced)
    finished = deed.done(folder)
    if harm.fault != "kill":
        assert told.returncode in (0, 2), (harm, told.returncode, told.stderr)
        assert finished or told.returncode == 2, (harm, "it said nothing", told.stderr)
        if told.returncode == 2:
            # What was done may have been said before: the output itself can fail.
            assert told.stderr.count("error: ") == 1 and told.stderr.splitlines()[-1].startswith("error: "), told.stderr
    recovers(deed, folder, str(harm))


def recovers(deed: Deed, folder: Path, why: str) -> None:
    """The next run finishes, and nothing is left beside what it made."""
    again = run(folder, deed.words)
    assert again.returncode == 0 and deed.done(folder), (why, again.stderr)
    left = [path for path in files_below(folder) if re.search(r"(^|/)\.(tmp|datapkg)", path)]
    assert left == [], (why, left)
    shutil.rmtree(folder)
    shutil.rmtree(f"{folder}.cache", ignore_errors=True)


def stopped(deed: Deed, folder: Path, number: signal.Signals, after: float) -> int:
    """The exit code of a run that was sent a signal after so many seconds; then as `suffered`."""
    deed.prepare(folder)
    process = subprocess.Popen(
        command(*deed.words), cwd=folder, env=environment(folder), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True,
    )  # fmt: skip
    time.sleep(after)
    process.send_signal(number)
    _, told = process.communicate(timeout=SECONDS)
    assert "Traceback" not in told, told
    deed.done(folder)
    recovers(deed, folder, f"{number.name} after {after:.3f} s")
    return process.returncode


# ---------------------------------------------------------------- the commands


def whole(release: Path) -> bool:
    """Whether a release is there; where anything of it is, all of it is, as its list of digests has it."""
    if not release.exists():
        return False
    sums = read_sums((release / SUMS).read_text())
    assert changed(release, sums) == [] and set(files_below(release)) - set(BESIDE) == sums.keys()
    return True


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
        assert run(published, words).returncode == 0
    return Prepared(root / "first", second, published)


def deeds(states: Prepared) -> dict[str, Deed]:
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
        registry = folder / "registry"
        listed = index_of(registry) if (registry / "index.json").exists() else {}
        for version, entry in listed.items():
            release = registry / "example" / version
            assert whole(release) and digest_of(release / SUMS) == entry["sha256"]
        return "1.1.0" in listed

    def yanked(folder: Path) -> bool:
        entry = index_of(folder / "registry")["2.0.0"]
        assert published(folder) is False
        return entry["yanked"] is not None

    def fetched(folder: Path) -> bool:
        asked = run(folder, ("get", "example@2.0.0", "--registry", "registry", "--offline"))
        if asked.returncode:
            return False
        assert whole(Path(asked.stdout.strip()))
        return True

    return {
        deed.name: deed
        for deed in (
            Deed("first release", ("release", "example"), copy(states.first), first_release),
            Deed("next release", ("release", "example"), copy(states.second), next_release),
            Deed("publish", ("publish", "example@1.1.0", "--to", "registry"), copy(states.published), published),
            Deed(
                "yank",
                ("yank", "example@2.0.0", "--reason", "wrong", "--registry", "registry"),
                copy(states.published),
                yanked,
            ),
            Deed("get", ("get", "example@2.0.0", "--registry", "registry"), copy(states.published), fetched),
        )
    }


def _nothing_but(folder: Path, names: set[str]) -> bool:
    """Whether nothing else can be seen there."""
    there = {path.name for path in folder.iterdir() if not path.name.startswith(".")} if folder.exists() else set()
    assert there <= names, there
    return True


def _sources(root: Path) -> list[str]:
    """The files of the source that a release writes."""
    return ["datasets/example/datapackage.yaml", "datasets/example/CHANGELOG.md"]


# ---------------------------------------------------------------- a release that was harmed


def flips(release: Path, count: int, seed: int) -> Iterator[tuple[str, int]]:
    """Bits of a release, each as a file and the number of the bit in it: every file has its share."""
    source = random.Random(seed)  # noqa: S311  (the same)
    files = sorted(path for path in files_below(release) if not path.endswith(".sig"))
    sizes = [(release / path).stat().st_size for path in files]
    for number in range(count):
        path = files[number % len(files)] if number % 2 else source.choices(files, sizes)[0]
        yield path, source.randrange(8 * (release / path).stat().st_size)


def flip(path: Path, bit: int) -> None:
    """Change one bit of a file; done twice, it is as it was."""
    with path.open("r+b") as file:
        file.seek(bit // 8)
        byte = file.read(1)[0]
        file.seek(bit // 8)
        file.write(bytes([byte ^ (1 << bit % 8)]))
