"""An object store or a web server as a store: the one door to **obstore**."""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from datapkg.errors import DatapkgError, OutputError, TargetError
from datapkg.paths import unsafe_key
from datapkg.store.blob import PIECE, Blob, NoRanges

if TYPE_CHECKING:
    from obstore import Attributes, PutMode, UpdateVersion
    from obstore.store import ClientConfig, ObjectStore, RetryConfig

SCHEMES = ("s3", "gs", "az", "http", "https")
CONNECT, WHOLE = 10, 120
"""Seconds for a connection, and for one request with its answer, which has at most PIECE bytes or is a whole file."""
RETRIES, RETRYING = 4, 60
"""How often a request is tried again, and the seconds after which it is not any more."""
MULTIPART = 64 << 20
"""Bytes from which on a file is sent in parts, for which stores have no create-only."""
TYPES = {
    ".json": "application/json",
    ".md": "text/markdown; charset=utf-8",
    ".parquet": "application/vnd.apache.parquet",
}


@dataclass(frozen=True)
class Remote:
    """The store; `client` is obstore's own."""

    address: str
    writable: bool
    client: "ObjectStore" = field(repr=False, compare=False)

    def read(self, key: str, most: int) -> Blob | None:
        """A whole small file, or None where there is none; TargetError where it is larger than `most` bytes."""
        import obstore

        with self._reading(key):
            try:
                got = obstore.get(self.client, _key(key))
            except FileNotFoundError:
                return None
            data = b"".join(self._bounded(key, got.stream(PIECE), most))
            return Blob(data, repr_tag(got.meta["e_tag"], got.meta["version"]))

    def size(self, key: str) -> int | None:
        """The bytes of a file, or None where there is none."""
        import obstore

        with self._reading(key):
            try:
                return obstore.head(self.client, _key(key))["size"]
            except FileNotFoundError:
                return None

    def pieces(self, key: str, most: int) -> Iterator[bytes] | None:
        """A file piece by piece, or None where there is none; TargetError where it has more than `most` bytes.

        A large one is asked for by ranges, so that one slow answer is not waited for as a whole.
        """
        import obstore

        size = self.size(key)
        if size is None:
            return None
        if size > most:
            raise self._larger(key, most)
        if size > PIECE:
            try:
                first = self.range(key, 0, PIECE)
            except NoRanges:
                pass
            else:
                return self._ranges(key, first, size)
        with self._reading(key):
            return self._bounded(key, obstore.get(self.client, _key(key)).stream(PIECE), most)

    def _ranges(self, key: str, first: bytes, size: int) -> Iterator[bytes]:
        yield first
        for start in range(PIECE, size, PIECE):
            yield self.range(key, start, min(PIECE, size - start))

    def _bounded(self, key: str, stream: "Iterable[Any]", most: int) -> Iterator[bytes]:
        size = 0
        with self._reading(key):
            for piece in stream:
                size += len(piece)
                if size > most:
                    raise self._larger(key, most)
                yield bytes(piece)

    def _larger(self, key: str, most: int) -> TargetError:
        return TargetError(f"{self.address}/{key} is larger than the {most:,} bytes that it may have")

    def range(self, key: str, start: int, length: int) -> bytes:
        """Some bytes of a file; NoRanges where the server gives whole files alone."""
        import obstore
        from obstore.exceptions import NotSupportedError

        with self._reading(key):
            try:
                return bytes(obstore.get_range(self.client, _key(key), start=start, length=length))
            except NotSupportedError:
                raise NoRanges(f"{self.address} gives whole files alone") from None

    def create(self, key: str, source: Path) -> bool:
        """Put a file that is not there yet; False where there is one, which is left as it is.

        One that is sent in parts is looked for first: stores compare nothing when parts become a file.
        """
        import obstore
        from obstore.exceptions import AlreadyExistsError

        told = _attributes(key, "public, max-age=31536000, immutable")
        with self._writing(key):
            if source.stat().st_size > MULTIPART:
                if self.size(key) is not None:
                    return False
                obstore.put(self.client, _key(key), source, attributes=told, chunk_size=PIECE, max_concurrency=4)
                return True
            try:
                obstore.put(self.client, _key(key), source.read_bytes(), attributes=told, mode="create")
            except AlreadyExistsError:
                return False
        return True

    def swap(self, key: str, data: bytes, tag: str | None) -> bool:
        """Put `data` in place of the file that had `tag`, None for no file; False where it has another by now."""
        import obstore
        from obstore.exceptions import AlreadyExistsError, PreconditionError

        told = _attributes(key, "no-cache")
        with self._writing(key):
            try:
                mode: PutMode = "create" if tag is None else _version(tag)
                obstore.put(self.client, _key(key), data, attributes=told, mode=mode)
            except (AlreadyExistsError, PreconditionError):
                return False
        return True

    def names(self, prefix: str) -> list[str]:
        """The keys below a folder of the store, in order."""
        import obstore

        with self._reading(prefix):
            return sorted(one["path"] for page in obstore.list(self.client, _key(prefix)) for one in page)

    def tidy(self, prefixes: Iterable[str]) -> None:
        """Nothing: an object that was not sent to its end is none."""

    @contextmanager
    def _reading(self, key: str) -> Iterator[None]:
        with _told(TargetError, f"{self.address}/{key} cannot be read"):
            yield

    @contextmanager
    def _writing(self, key: str) -> Iterator[None]:
        if not self.writable:
            raise OutputError(f"{self.address} can only be read; publish to a folder, s3://, gs:// or az://")
        with _told(OutputError, f"{self.address}/{key} cannot be written"):
            yield


def open_remote(url: str) -> Remote:
    """The store at a URL, which nothing is asked of yet; TargetError where the URL names none."""
    from obstore.store import AzureStore, GCSStore, HTTPStore, S3Store

    parts = urlsplit(url)
    if parts.username or parts.password or parts.query or parts.fragment or not parts.netloc:
        raise TargetError(
            f"{parts.scheme}://{parts.hostname or ''} is no address of a store: it is a scheme, a host or bucket and a "
            "path; keys and tokens come from the environment"
        )
    address = url.rstrip("/")
    with _told(TargetError, f"{address} cannot be opened"):
        client: ObjectStore
        options, retry = _options(parts.scheme, address), _retry()
        if parts.scheme == "s3":
            endpoint = _endpoint()
            given: Any = {"endpoint": endpoint} if endpoint else {}
            client = S3Store.from_url(address, client_options=options, retry_config=retry, **given)
        elif parts.scheme == "gs":
            client = GCSStore.from_url(address, client_options=options, retry_config=retry)
        elif parts.scheme == "az":
            client = AzureStore.from_url(address, client_options=options, retry_config=retry)
        else:
            client = HTTPStore.from_url(f"{address}/", client_options=options, retry_config=retry)
    return Remote(address, parts.scheme not in ("http", "https"), client)


def _endpoint() -> str | None:
    return os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL")


def _options(scheme: str, address: str) -> "ClientConfig":
    """Time limits, and whether plain HTTP is spoken: to a plain URL, and to an S3 server of this machine."""
    options: ClientConfig = {"connect_timeout": timedelta(seconds=CONNECT), "timeout": timedelta(seconds=WHOLE)}
    if scheme == "http" or (scheme == "s3" and is_loopback(_endpoint() or "")):
        options["allow_http"] = True
    return options


def is_loopback(url: str) -> bool:
    """Whether a URL leads to this machine."""
    from ipaddress import ip_address

    host = urlsplit(url).hostname or ""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _retry() -> "RetryConfig":
    return {"max_retries": RETRIES, "retry_timeout": timedelta(seconds=RETRYING)}


def _key(key: str) -> str:
    """A key that is a plain path; TargetError where it is none."""
    if note := unsafe_key(key):
        raise TargetError(f"the path {key!r} is not accepted: {note}")
    return key


def _attributes(key: str, cache: str) -> "Attributes":
    kind = TYPES.get(Path(key).suffix, "text/plain; charset=utf-8" if "." not in key.rpartition("/")[2] else None)
    return {"Cache-Control": cache, **({"Content-Type": kind} if kind is not None else {})}


def repr_tag(etag: str | None, version: str | None) -> str:
    """The marks of an object as one text."""
    return f"{etag or ''}\n{version or ''}"


def _version(tag: str) -> "UpdateVersion":
    etag, _, version = tag.partition("\n")
    marks: UpdateVersion = {}
    if etag:
        marks["e_tag"] = etag
    if version:
        marks["version"] = version
    return marks


@contextmanager
def _told(kind: type[DatapkgError], what: str) -> Iterator[None]:
    """Say what a store says in one line of ours."""
    from obstore.exceptions import BaseError

    try:
        yield
    except DatapkgError:
        raise
    except (BaseError, OSError, RuntimeError, ValueError) as error:
        line = (str(error).splitlines() or [type(error).__name__])[0]
        raise kind(f"{what}: {line[:300]}") from None
