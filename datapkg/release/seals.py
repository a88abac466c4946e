"""What vouches for a release as a whole: where it comes from, and who signed that and the list of digests."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from secrets import token_hex

from datapkg.checksums import PROVENANCE, SIGNATURE, SUMS, digest_of
from datapkg.findings import Finding, Verdict, verdict_of
from datapkg.release.provenance import ProvenanceFault, read_provenance
from datapkg.signing import SignatureFault, check, sign
from datapkg.vouching import PROVENANCE_MISMATCH, SIGNATURE_INVALID, SIGNATURE_MISSING, SIGNATURE_UNCHECKED

SIGNED = (SUMS, PROVENANCE)

Telling = Callable[..., Finding]


def seal(folder: Path, text: str, key: Path | None) -> None:
    """Write down, in a folder that has its `SHA256SUMS`, where it comes from, and sign both where a key is given."""
    (folder / PROVENANCE).write_text(text, encoding="utf-8", newline="\n")
    if key is not None:
        for name in SIGNED:
            _signature_of(folder / name).write_bytes(sign(folder / name, key))


def sign_again(folder: Path, key: Path) -> bool:
    """Sign a release that stands and is not signed yet; whether anything was to be done."""
    fresh = {
        _signature_of(folder / name): sign(folder / name, key)
        for name in SIGNED
        if (folder / name).is_file() and not _signature_of(folder / name).exists()
    }
    for path, signature in fresh.items():
        beside = folder.parent / f".tmp-{path.name}-{token_hex(4)}"
        try:
            with beside.open("xb") as file:
                file.write(signature)
                file.flush()
                os.fsync(file.fileno())
            beside.chmod(0o644)
            beside.rename(path)
        finally:
            beside.unlink(missing_ok=True)
    return bool(fresh)


def check_seals(folder: Path, signers: Path | None, finding: Telling, *, sound: bool) -> Iterator[Verdict]:
    """What is told of where a release comes from, and of its signatures against those who may sign.

    `finding` makes a finding of a rule, a file of the release and words. Where the files are not `sound`, not
    those of the list of digests, that is told already, and it is not asked again which list is meant.
    """
    yield verdict_of(PROVENANCE_MISMATCH, _check_provenance(folder, finding, sound=sound))
    found = list(_check_signatures(folder, signers, finding))
    for rule in (SIGNATURE_MISSING, SIGNATURE_INVALID, SIGNATURE_UNCHECKED):
        yield verdict_of(rule, [told for told in found if told.code == rule.code])


def _check_provenance(folder: Path, finding: Telling, *, sound: bool) -> Iterator[Finding]:
    path = folder / PROVENANCE
    if not _is_plain(path):
        if _is_plain(folder / SUMS):  # Else nothing here is a release, and that is told.
            yield finding(PROVENANCE_MISMATCH, PROVENANCE, note="there is no such file")
        return
    try:
        statement = read_provenance(path.read_bytes().decode("utf-8", "replace"))
    except ProvenanceFault as fault:
        yield finding(PROVENANCE_MISMATCH, PROVENANCE, note=str(fault))
        return
    (subject,) = statement["subject"]
    if sound and subject["digest"]["sha256"] != digest_of(folder / SUMS):
        yield finding(PROVENANCE_MISMATCH, PROVENANCE, note=f"it speaks of another {SUMS}")


def _check_signatures(folder: Path, signers: Path | None, finding: Telling) -> Iterator[Finding]:
    for name in SIGNED:
        signature = _signature_of(folder / name)
        if not _is_plain(folder / name):
            continue  # That it is missing is told.
        if not _is_plain(signature):
            if signers is not None:
                yield finding(SIGNATURE_MISSING, name)
        elif signers is None:
            yield finding(SIGNATURE_UNCHECKED, name)
        else:
            try:
                check(folder / name, signature, signers)
            except SignatureFault as fault:
                yield finding(SIGNATURE_INVALID, name, note=str(fault))


def _signature_of(path: Path) -> Path:
    return path.with_name(f"{path.name}{SIGNATURE}")


def _is_plain(path: Path) -> bool:
    return path.is_file() and not path.is_symlink()
