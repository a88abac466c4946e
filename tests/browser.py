"""A page in headless Chromium, spoken to over two pipes by the DevTools protocol; nothing else is needed for it."""

import json
import os
import select
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    *("--headless=new", "--remote-debugging-pipe", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"),
    *("--disable-extensions", "--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
SECONDS = 60

CHROMIUM = next(filter(None, map(shutil.which, NAMES)), None)


class Page:
    """One page: `events` are what the browser said of it since it was opened."""

    def __init__(self, said: int, heard: int) -> None:
        self._said, self._heard = said, heard
        self._number, self._rest = 0, b""
        self._session: str | None = None
        self.events: list[dict[str, Any]] = []

    def call(self, method: str, /, **words: Any) -> Mapping[str, Any]:
        """One command of the protocol, and its result."""
        self._number += 1
        command: dict[str, Any] = {"id": self._number, "method": method, "params": words}
        if self._session is not None:
            command["sessionId"] = self._session
        os.write(self._said, json.dumps(command).encode() + b"\0")
        for message in self._messages():
            if message.get("id") == self._number:
                assert "error" not in message, message["error"]
                result: Mapping[str, Any] = message["result"]
                return result
            self.events.append(message)
        raise AssertionError("the browser has gone")

    def _messages(self) -> Iterator[dict[str, Any]]:
        while True:
            message, ended, rest = self._rest.partition(b"\0")
            if ended:
                self._rest = rest
                yield json.loads(message)
                continue
            assert select.select([self._heard], [], [], SECONDS)[0], "the browser says nothing"
            read = os.read(self._heard, 1 << 16)
            if not read:
                return
            self._rest += read

    def attach(self) -> None:
        """Begin with an empty page."""
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")

    def open(self, path: Path, *, width: int = 1280, height: int = 800) -> None:
        """Load a file in a window of this size; a narrow one is that of a phone."""
        self.call(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600
        )
        self.events.clear()
        self.call("Page.navigate", url=path.as_uri())
        until = time.monotonic() + SECONDS
        while not any(event.get("method") == "Page.loadEventFired" for event in self.events):
            assert time.monotonic() < until, "the page does not load"
            self.run("0")

    def run(self, script: str) -> Any:
        """The value of an expression in the page."""
        result = self.call("Runtime.evaluate", expression=script, returnByValue=True)
        assert "exceptionDetails" not in result, result
        return result["result"].get("value")

    def told(self, *methods: str) -> list[Any]:
        """What the browser said under these names."""
        self.run("0")
        return [event["params"] for event in self.events if event.get("method") in methods]


@contextmanager
def chromium(folder: Path) -> Iterator[Page]:
    """A browser with a page, its own profile in `folder`; it ends with the block."""
    assert CHROMIUM is not None
    theirs_in, ours_out = os.pipe()
    ours_in, theirs_out = os.pipe()
    flags = [*FLAGS, f"--user-data-dir={folder}", *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    # The protocol wants its pipes as files 3 and 4.
    command = ["bash", "-c", f'exec "$@" 3<&{theirs_in} 4>&{theirs_out}', "bash", CHROMIUM, *flags, "about:blank"]
    with subprocess.Popen(
        command,
        pass_fds=(theirs_in, theirs_out),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "HOME": folder.as_posix()},
    ) as process:
        os.close(theirs_in)
        os.close(theirs_out)
        try:
            page = Page(ours_out, ours_in)
            page.attach()
            yield page
        finally:
            process.kill()
            os.close(ours_out)
            os.close(ours_in)
