"""Killed, full, broken, denied: a command leaves the old state or the new, and the next run finishes.

A sample on each run; `scripts/soak` does them all.
"""

import shutil
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import faults
import flipping
import pytest
from faults import Deed, Harm, Prepared
from releasing import build_example, release_copy
from warm import Warm, alone

from datapkg.checksums import SUMS, files_below
from datapkg.verify import verify, verify_files

STRACE = pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")


@pytest.fixture(scope="module")
def states(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    return faults.prepared(tmp_path_factory.mktemp("states"))


@pytest.fixture(scope="module")
def deeds(states: Prepared, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Deed]]:
    """The commands, run by copies of one process."""
    with closing(Warm()) as warm:
        yield faults.warmed(faults.deeds(states, warm), warm, tmp_path_factory.mktemp("warm"))


@pytest.fixture(scope="module")
def alone_deeds(states: Prepared) -> dict[str, Deed]:
    """The commands, each run by a process of its own."""
    return faults.deeds(states, alone)


@STRACE
@pytest.mark.parametrize(
    ("name", "size"), [("first release", 10), ("next release", 10), ("publish", 10), ("yank", 8), ("get", 8)]
)
def test_a_command_that_is_killed_or_fails_leaves_the_old_state_or_the_new(
    deeds: dict[str, Deed], tmp_path: Path, name: str, size: int
) -> None:
    found = list(faults.harms(deeds[name], tmp_path / "clean"))
    assert len(found) >= 5 * size
    first = [harm for harm in found if harm.thread == 0]
    for number, harm in enumerate(faults.sample(first, size)):
        assert faults.suffered(deeds[name], harm, tmp_path / str(number))


@STRACE
@pytest.mark.parametrize(("name", "call"), [("first release", "rename"), ("publish", "fsync"), ("yank", "write")])
def test_a_process_of_its_own_makes_the_same_calls_and_suffers_the_same(
    deeds: dict[str, Deed], alone_deeds: dict[str, Deed], tmp_path: Path, name: str, call: str
) -> None:
    copied, whole = (faults.calls(by[name], tmp_path / "clean") for by in (deeds, alone_deeds))
    assert {key: count for key, count in copied.items() if key[0] == 0} == {
        key: count for key, count in whole.items() if key[0] == 0
    }
    assert totals(copied) == totals(whole)
    for fault in ("kill", "EIO"):
        assert faults.suffered(alone_deeds[name], Harm(call, 1, fault), tmp_path / fault)


def totals(calls: Counter[tuple[int | None, str]]) -> Counter[str]:
    """The calls of all threads together."""
    found: Counter[str] = Counter()
    for (_, call), count in calls.items():
        found[call] += count
    return found


@STRACE
def test_a_disk_that_fails_beside_the_first_thread_is_no_fault_of_the_data(
    deeds: dict[str, Deed], tmp_path: Path
) -> None:
    """Tables are judged in threads of their own; what failed there said once that a good release was bad."""
    deed = deeds["publish"]
    found = faults.harms(deed, tmp_path / "clean", ["EIO", "ENOSPC", "EDQUOT", "EACCES"])
    harms = [harm for harm in found if harm.thread and (harm.call, harm.number) in [("write", 2), ("fdatasync", 1)]]
    came = Counter(
        harm.call for number, harm in enumerate(harms) if faults.suffered(deed, harm, tmp_path / str(number))
    )
    assert came["write"] and came["fdatasync"], (harms, came)


@STRACE
@pytest.mark.parametrize("name", ["first release", "next release"])
def test_a_release_that_has_its_name_is_not_without_its_source(
    deeds: dict[str, Deed], tmp_path: Path, name: str
) -> None:
    """The last thing written through is the name; where that failed, the source was once put back as it was."""
    last = faults.calls(deeds[name], tmp_path / "clean")[0, "fsync"]
    assert faults.suffered(deeds[name], Harm("fsync", last, "EIO"), tmp_path / "failed")


@STRACE
def test_what_a_killed_yank_leaves_in_the_registry_is_swept_by_the_next(deeds: dict[str, Deed], tmp_path: Path) -> None:
    assert faults.suffered(deeds["yank"], Harm("fsync", 1, "kill"), tmp_path / "killed")


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_a_release_that_is_stopped_at_any_time_leaves_no_half(
    alone_deeds: dict[str, Deed], tmp_path: Path, number: signal.Signals
) -> None:
    codes = [
        faults.signalled(alone_deeds["next release"], tmp_path / str(share), number, after)
        for share, after in enumerate((0.4, 1.0, 1.6))
    ]
    wanted = -9 if number == signal.SIGKILL else 128 + number
    assert set(codes) <= {wanted, 0, -number}, codes  # 0: it was done; -number: Python had not begun to listen


@pytest.mark.parametrize("size", [0, 100, 4096, 20_000])
def test_a_file_may_not_grow_beyond_a_size(deeds: dict[str, Deed], tmp_path: Path, size: int) -> None:
    faults.limited(deeds["first release"], tmp_path / "p", size)


def test_eight_at_once_one_builds_and_the_others_say_so(alone_deeds: dict[str, Deed], tmp_path: Path) -> None:
    for round_ in range(2):
        assert faults.at_once(alone_deeds["first release"], tmp_path / str(round_)) > 0


def test_versions_at_once_are_seen_whole_or_not_at_all(deeds: dict[str, Deed], tmp_path: Path) -> None:
    for round_ in range(2):
        assert faults.versions_at_once(deeds, tmp_path / str(round_), 50) >= 50


# ---------------------------------------------------------------- a release that was harmed


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_example(tmp_path_factory.mktemp("built") / "project")


def names(release: Path, path: str, findings: object) -> bool:
    """Whether a finding names the file, or its line in the list of digests."""
    assert isinstance(findings, (list, tuple))
    return any(Path(f.place.path) == release / path or path in f.message for f in findings)


def test_a_thousand_single_bits_are_all_found(built: Path, tmp_path: Path) -> None:
    release = release_copy(tmp_path, built)
    assert list(verify_files(release)) == []
    for number, (path, bit) in enumerate(flipping.flips(release, 1000, seed=1)):
        flipping.flip(release / path, bit)
        findings = list(verify_files(release))
        assert findings and names(release, path, findings), (path, bit)
        if path.startswith("data/"):
            assert {f.place.table for f in findings} == {Path(path).name.removesuffix(".parquet")}
        if number % 100 == 0:  # The whole of `verify` says no less.
            assert not verify(str(release)).valid
        flipping.flip(release / path, bit)
    assert list(verify_files(release)) == []


def test_without_its_digest_a_page_that_was_changed_is_not_read(built: Path, tmp_path: Path) -> None:
    """Where a file is read by ranges, nobody has its digest: the checksums of its pages must tell."""
    path = release_copy(tmp_path, built) / "data" / "events.parquet"
    refused = [flipping.read_alike(path, bit) for bit in flipping.paged(path, 300, seed=2)]
    assert sum(refused) > 100


def swap(release: Path, path: str, other: str) -> None:
    texts = (release / path).read_bytes(), (release / other).read_bytes()
    (release / path).write_bytes(texts[1])
    (release / other).write_bytes(texts[0])


HARMS: dict[str, Callable[[Path, str, str], object]] = {
    "truncated": lambda r, path, _: (r / path).write_bytes((r / path).read_bytes()[:-1]),
    "longer": lambda r, path, _: (r / path).write_bytes((r / path).read_bytes() + b"\n"),
    "swapped": swap,
    "renamed": lambda r, path, _: (r / path).rename(r / f"{path}.old"),
    "deleted": lambda r, path, _: (r / path).unlink(),
    "added": lambda r, path, _: (r / f"{path}.new").write_bytes(b"new"),
    "emptied": lambda r, path, _: (r / path).write_bytes(b""),
}


@pytest.mark.parametrize("harm", HARMS)
def test_a_file_that_is_no_longer_what_it_was_is_named(built: Path, tmp_path: Path, harm: str) -> None:
    files = sorted(files_below(built))
    for number, path in enumerate(files):
        release = release_copy(tmp_path / str(number), built)
        HARMS[harm](release, path, files[number - 1])
        findings = list(verify_files(release))
        named = {"added": [f"{path}.new"], "swapped": [path, files[number - 1]]}.get(harm, [path])
        assert findings and any(names(release, name, findings) for name in named), path


def test_the_list_of_another_version_does_not_vouch_for_this_one(tmp_path: Path, states: Prepared) -> None:
    old, new = (states.second / "dist" / f"example-{version}" for version in ("1.1.0", "2.0.0"))
    release = release_copy(tmp_path, new)
    shutil.copy(old / SUMS, release / SUMS)
    assert {"data/events.parquet", "datapackage.json"} <= {
        path for path in files_below(release) if names(release, path, list(verify_files(release)))
    }
