"""Signatures by an SSH key, made and checked by `ssh-keygen -Y`: nothing else is needed, no network, no service.

A signature is made in the namespace `datapkg-release`, so that one made for another purpose
(a commit, a message) is none for a release. Its file lies beside the signed one, `<name>.sig`.
"""

import re
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

from datapkg.errors import DatapkgError, OutputError

NAMESPACE = "datapkg-release"
SECONDS = 60
LARGEST = 1 << 16
"""Bytes of a signature; one of the longest key takes about 2 KiB."""
PRINCIPAL = re.compile(r"[^\x00-\x1f\x7f]+")


class SignatureFault(Exception):
    """The signature is none, not of this text, or not of a signer who is trusted."""


def sign(path: Path, key: Path) -> bytes:
    """The signature of a file by the SSH key in the file `key` (or by the agent that holds its private part).

    Raises OutputError where the key cannot sign. The file's folder is not written to.
    """
    if not key.is_file():
        raise OutputError(f"there is no key {key}")
    with path.open("rb") as text:
        done = _run(["-Y", "sign", "-f", key.absolute().as_posix(), "-n", NAMESPACE], text.read())
    if done.returncode or not done.stdout.startswith(b"-----BEGIN SSH SIGNATURE-----"):
        raise OutputError(f"{key.name} cannot sign: {_said(done.stderr)}")
    return done.stdout


def check(path: Path, signature: Path, signers: Path) -> str:
    """Who signed a file: the name that `signers`, a file of `ssh-keygen`'s allowed signers, gives the key.

    Raises SignatureFault where the signature does not hold, DatapkgError where `signers` cannot be read.
    """
    if not signers.is_file():
        raise DatapkgError(f"there is no file of signers {signers}")
    if signature.stat().st_size > LARGEST:
        raise SignatureFault("it is too large to be one")
    with TemporaryDirectory(prefix="datapkg-") as folder:
        # Read once: what is checked is what was read, whatever happens to the files meanwhile.
        held, trusted, text = Path(folder) / "signature", Path(folder) / "signers", path.read_bytes()
        held.write_bytes(signature.read_bytes())
        trusted.write_bytes(signers.read_bytes())
        named = _run(["-Y", "find-principals", "-s", held.as_posix(), "-f", trusted.as_posix()], b"")
        names = [name for name in named.stdout.decode("utf-8", "replace").splitlines() if PRINCIPAL.fullmatch(name)]
        if named.returncode or not names:
            raise SignatureFault(_found(named.stderr))
        last = b""
        for name in names:
            words = ["-Y", "verify", "-f", trusted.as_posix(), "-I", name, "-n", NAMESPACE, "-s", held.as_posix()]
            done = _run(words, text)
            if done.returncode == 0:
                return name
            last = done.stderr or done.stdout
        raise SignatureFault(f"it is not one of this text: {_said(last)}")


def _found(said: bytes) -> str:
    """Why no signer was found."""
    text = _said(said)
    if "No principal matched" in text:
        return "its key is none of a trusted signer"
    return f"it cannot be read: {text}"


def _run(words: list[str], given: bytes) -> "subprocess.CompletedProcess[bytes]":
    command = ["ssh-keygen", *words]
    try:
        # Keys with a passphrase ask at the terminal, and an agent is asked where it runs.
        return subprocess.run(command, input=given, capture_output=True, timeout=SECONDS, check=False)
    except FileNotFoundError:
        raise DatapkgError("ssh-keygen is not installed; it comes with OpenSSH") from None
    except subprocess.TimeoutExpired:
        raise DatapkgError(f"ssh-keygen did not answer within {SECONDS} s") from None


def _said(text: bytes) -> str:
    """The last line that ssh-keygen said, without the paths of the temporary folder."""
    lines = [line.strip() for line in text.decode("utf-8", "replace").splitlines() if line.strip()]
    return re.sub(r"/\S*/", "", lines[-1])[:200] if lines else "it says nothing"
