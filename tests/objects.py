"""A real S3 server, SeaweedFS, on loopback alone: started where a test needs it, and stopped after the last."""

import hashlib
import hmac
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

KEY, SECRET, REGION = "key", "secret", "us-east-1"
PATIENCE = 120.0


@dataclass(frozen=True)
class Server:
    """Where the server listens."""

    url: str
    log: Path

    @property
    def environment(self) -> dict[str, str]:
        """What a client finds it by."""
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET,
            "AWS_REGION": REGION,
        }

    def make_bucket(self, name: str) -> None:
        """A bucket, by a request signed here: clients of object stores make none."""
        host = self.url.removeprefix("http://")
        now = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
        empty = hashlib.sha256(b"").hexdigest()
        signed = "host;x-amz-content-sha256;x-amz-date"
        request = f"PUT\n/{name}\n\nhost:{host}\nx-amz-content-sha256:{empty}\nx-amz-date:{now}\n\n{signed}\n{empty}"
        scope = f"{now[:8]}/{REGION}/s3/aws4_request"
        text = f"AWS4-HMAC-SHA256\n{now}\n{scope}\n{hashlib.sha256(request.encode()).hexdigest()}"
        key = f"AWS4{SECRET}".encode()
        for word in (*scope.split("/"), text):
            key = hmac.new(key, word.encode(), hashlib.sha256).digest()
        authorization = f"AWS4-HMAC-SHA256 Credential={KEY}/{scope}, SignedHeaders={signed}, Signature={key.hex()}"
        headers = {"x-amz-content-sha256": empty, "x-amz-date": now, "Authorization": authorization}
        made = urllib.request.Request(f"{self.url}/{name}", method="PUT", headers=headers)  # noqa: S310  (loopback)
        try:
            urllib.request.urlopen(made, timeout=30).close()  # noqa: S310
        except urllib.error.HTTPError as error:
            if error.code != 409:  # It is there.
                raise


def weed() -> Path | None:
    """The server's program, beside this Python or on the path."""
    beside = Path(sys.executable).with_name("weed")
    found = beside.as_posix() if beside.is_file() else shutil.which("weed")
    return Path(found) if found else None


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens on."""
    with_them = [socket.socket() for _ in range(count)]
    for one in with_them:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in with_them]
    for one in with_them:
        one.close()
    return ports


@contextmanager
def server(folder: Path) -> Iterator[Server]:
    """The server with its data in `folder`; it tells nobody of itself, and listens on loopback alone."""
    program = weed()
    assert program is not None
    master, master_rpc, volume, volume_rpc, filer, filer_rpc, port, port_rpc = free_ports(8)
    keys = folder / "s3.json"
    identity = {"name": "test", "credentials": [{"accessKey": KEY, "secretKey": SECRET}], "actions": ["Admin"]}
    keys.write_text(json.dumps({"identities": [identity]}))
    options = [
        *("-logtostderr", "server", f"-dir={folder}", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-master.telemetry=false"),
        *(f"-master.port={master}", f"-master.port.grpc={master_rpc}", "-master.volumeSizeLimitMB=64"),
        *(f"-volume.port={volume}", f"-volume.port.grpc={volume_rpc}", "-volume.max=20"),
        *("-filer", f"-filer.port={filer}", f"-filer.port.grpc={filer_rpc}"),
        *("-s3", f"-s3.port={port}", f"-s3.port.grpc={port_rpc}", f"-s3.config={keys}"),
        *("-s3.port.iceberg=0", "-s3.port.lance=0", "-s3.iam=false"),
    ]
    found = Server(f"http://127.0.0.1:{port}", folder / "log")
    with found.log.open("wb") as log:
        process = subprocess.Popen(
            [program, *options], cwd=folder, stdout=log, stderr=log, env={"HOME": str(folder), "PATH": os.defpath}
        )
        try:
            _await(found, process)
            yield found
        finally:
            process.send_signal(signal.SIGKILL)  # It has nothing to keep, and takes seconds to end by itself.
            process.wait()


def _await(found: Server, process: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + PATIENCE
    while not _ready(found):
        assert process.poll() is None and time.monotonic() < until, found.log.read_text()[-2000:]
        time.sleep(0.2)


def _ready(found: Server) -> bool:
    try:
        found.make_bucket("ready")
    except OSError:
        return False
    return True
