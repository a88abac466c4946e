"""A static file server on loopback, with ranges or without, that counts what it is asked for."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread


@dataclass
class Site:
    """`asked` are the requests, `sent` the bytes of answers; `instead` has other answers than the files."""

    url: str = ""
    asked: list[str] = field(default_factory=list)
    sent: int = 0
    instead: dict[str, tuple[int, dict[str, str], bytes]] = field(default_factory=dict)


@contextmanager
def serve(folder: Path, *, ranges: bool = True) -> Iterator[Site]:
    """The files of a folder, as any static server has them."""
    site = Site()

    class Answer(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self.answer(body=False)

        def do_GET(self) -> None:
            self.answer(body=True)

        def answer(self, *, body: bool) -> None:
            given = self.headers.get("Range", "")
            site.asked.append(f"{self.command} {self.path} {given}".strip())
            if self.path in site.instead:
                code, headers, data = site.instead[self.path]
            else:
                code, headers, data = self.file(given)
            self.send_response(code)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            if body:
                site.sent += len(data)
                self.wfile.write(data)

        def file(self, given: str) -> tuple[int, dict[str, str], bytes]:
            path = folder / self.path.lstrip("/")
            if not path.is_file():
                return 404, {}, b"no such file"
            data = path.read_bytes()
            wanted = re.fullmatch(r"bytes=(\d+)-(\d*)", given) if ranges else None
            if wanted is None:
                return 200, {}, data
            start, end = int(wanted[1]), min(int(wanted[2] or len(data)), len(data) - 1)
            return 206, {"Content-Range": f"bytes {start}-{end}/{len(data)}"}, data[start : end + 1]

        def log_message(self, *words: object) -> None:
            pass

    listening = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    site.url = f"http://127.0.0.1:{listening.server_address[1]}"
    thread = Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield site
    finally:
        listening.shutdown()
        listening.server_close()
        thread.join()
