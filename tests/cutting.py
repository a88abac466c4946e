"""A line to a server that is cut after so many bytes were sent through it: whoever spoke is left without an answer."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field


@dataclass
class Line:
    """A port on loopback that passes all on to another, until `left` bytes were sent there; then nobody listens."""

    target: int
    left: int | None
    port: int = 0
    sent: int = 0
    _listening: socket.socket = field(default_factory=socket.socket)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def url(self) -> str:
        """Where clients find it."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Listen."""
        self._listening.bind(("127.0.0.1", 0))
        self._listening.listen()
        self.port = self._listening.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def stop(self) -> None:
        """Listen no more."""
        with suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listening.accept()
                server = socket.create_connection(("127.0.0.1", self.target))
            except OSError:
                return
            for source, sink, counted in ((client, server, True), (server, client, False)):
                threading.Thread(target=self._pass, args=[source, sink, counted], daemon=True).start()

    def _pass(self, source: socket.socket, sink: socket.socket, counted: bool) -> None:
        with suppress(OSError):
            while data := source.recv(1 << 14):
                share = self._share(len(data)) if counted else len(data)
                sink.sendall(data[:share])
                if share < len(data):
                    self.stop()
                    break
        for end in (source, sink):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def _share(self, size: int) -> int:
        with self._lock:
            share = size if self.left is None else min(size, max(0, self.left - self.sent))
            self.sent += share
            return share


@contextmanager
def line(target: int, left: int | None = None) -> Iterator[Line]:
    """A line to a port; None: it is never cut."""
    found = Line(target, left)
    found.start()
    try:
        yield found
    finally:
        found.stop()
