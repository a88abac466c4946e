"""HTTP as the exporters need it: a call is tried again where that may help, and a token goes to one host alone."""

import http.client
import json
import re
import socket
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from datapkg.errors import DatapkgError
from datapkg.versions import TOOL

TRIES = 6
PAUSE, LONGEST = 1.0, 60.0
"""Seconds before the second try, doubled each time, and at most."""
SECONDS = 60
AGAIN = frozenset((408, 425, 429, 500, 502, 503, 504))
UNHEARD = frozenset((425, 429, 503))
"""Answers after which nothing was done, so that even what makes something new may be asked for again."""
LOOPBACK = frozenset(("localhost", "127.0.0.1", "::1"))


class Unreachable(DatapkgError):
    """The service did not answer, or not as it should."""


class Answered(Exception):
    """The service said no; `status` and `note` say how."""

    def __init__(self, status: int, note: str) -> None:
        super().__init__(f"{status} {note}")
        self.status = status
        self.note = note


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirect is an answer like any other: it could lead a token elsewhere."""

    def redirect_request(self, *_: Any) -> None:
        return None


@dataclass(frozen=True)
class Client:
    """A service at `base`, and the header that lets us in; `token` is in no message."""

    base: str
    token: str = field(repr=False)
    scheme: str = "Bearer"
    headers: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse a service to which a token would go in plain text."""
        parts = urlsplit(self.base)
        if parts.scheme != "https" and parts.hostname not in LOOPBACK:
            raise DatapkgError(f"{self.base} is not https, and a token is sent to no other")

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        accept: tuple[int, ...] = (),
        kind: str = "application/json",
        once: bool = False,
    ) -> tuple[int, Any]:
        """The status and the JSON of the answer. `body` is a JSON value, bytes of some `kind`, or a file.

        `path` is one of the service, or an address that the service gave; the token goes to the
        service alone. What makes something new is asked for `once`, unless it was surely not heard.
        Raises Answered where the status is none of 2xx or `accept`, Unreachable where it stays
        without an answer.
        """
        url = path if "://" in path else f"{self.base.rstrip('/')}{path}"
        host, own = urlsplit(url), urlsplit(self.base)
        if host.scheme != "https" and host.hostname not in LOOPBACK:
            raise Unreachable(f"{own.hostname} sends files to {host.hostname} without encryption")
        headers = {"User-Agent": f"datapkg/{TOOL}", "Accept": "application/json", **self.headers}
        if _trusted(host.netloc, own.netloc):
            headers["Authorization"] = f"{self.scheme} {self.token}"
        if body is not None and not isinstance(body, (bytes, Path)):
            body = json.dumps(body).encode()
        if body is not None:
            headers["Content-Type"] = "application/octet-stream" if isinstance(body, Path) else kind
        request = urllib.request.Request(url, method=method, headers=headers)  # noqa: S310  (looked at above)
        return self._tried(request, body, accept, UNHEARD if once else AGAIN)

    def _tried(
        self, request: urllib.request.Request, body: bytes | Path | None, accept: tuple[int, ...], again: frozenset[int]
    ) -> tuple[int, Any]:
        note, number = "", 0
        while number < TRIES:
            number += 1
            wait = min(PAUSE * 2 ** (number - 1), LONGEST)
            try:
                return _sent(request, body)
            except urllib.error.HTTPError as error:
                text = error.read(4000).decode("utf-8", "replace")
                if error.code in accept:
                    return error.code, _json(text)
                note = f"{error.code} {self._told(text)}"
                if error.code not in again and not (error.code == 403 and error.headers.get("Retry-After")):
                    raise Answered(error.code, self._told(text)) from None
                asked = error.headers.get("Retry-After") or ""
                wait = min(float(asked), LONGEST) if re.fullmatch("[0-9]{1,6}", asked) else wait
            except (OSError, http.client.HTTPException) as error:
                reason = getattr(error, "reason", error)
                note = str(reason) or type(reason).__name__
                if again is UNHEARD and not isinstance(reason, (ConnectionRefusedError, socket.gaierror)):
                    break
            if number < TRIES:
                pause(wait)
        host = urlsplit(request.full_url).netloc
        tries = "a try" if number == 1 else f"{number} tries"
        raise Unreachable(f"{host} did not take it in {tries} ({self._told(note)}); run the same command again")

    def _told(self, text: str) -> str:
        """What a service said, on a line, and never the token."""
        said = _json(text)
        message = said.get("message", text) if isinstance(said, dict) else text
        return " ".join(str(message).replace(self.token, "***").split())[:300]


def pause(seconds: float) -> None:
    """Wait before the next try."""
    time.sleep(seconds)


def _trusted(host: str, own: str) -> bool:
    """Whether a host is the service itself, or where GitHub takes files for it."""
    return host == own or (own.startswith("api.") and host == f"uploads.{own.removeprefix('api.')}")


def _sent(request: urllib.request.Request, body: bytes | Path | None) -> tuple[int, Any]:
    opener = urllib.request.build_opener(_NoRedirect)
    if isinstance(body, Path):
        with body.open("rb") as file:
            request.data = file  # Which takes the header away: it comes after.
            request.add_unredirected_header("Content-Length", str(body.stat().st_size))
            answer = opener.open(request, timeout=SECONDS)
    else:
        request.data = body
        answer = opener.open(request, timeout=SECONDS)
    with answer:
        return answer.status, _json(answer.read().decode("utf-8", "replace"))


def _json(text: str) -> Any:
    try:
        return json.loads(text) if text else None
    except ValueError:
        return text
