"""An address as a store: a folder's path, or a URL."""

import re
from pathlib import Path
from urllib.parse import unquote, urlsplit

from datapkg.errors import TargetError
from datapkg.paths import normal
from datapkg.store.folder import Folder
from datapkg.store.remote import SCHEMES, Remote, open_remote

Store = Folder | Remote

URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")


def is_url(address: str) -> bool:
    """Whether an address is a URL, of whatever scheme."""
    return URL.match(address) is not None


def open_store(address: str, *, base: Path) -> Store:
    """The store at an address, a path relative to `base` or a URL; nothing is asked of it yet.

    Raises TargetError where the address names none.
    """
    if not is_url(address):
        return Folder(normal(base.absolute() / address))
    scheme = address.partition(":")[0].lower()
    if scheme == "file":
        parts = urlsplit(address)
        if parts.netloc not in ("", "localhost") or not parts.path.startswith("/"):
            raise TargetError(f"{address} is no folder of this machine; write file:///path")
        return Folder(normal(Path(unquote(parts.path))))
    if scheme not in SCHEMES:
        raise TargetError(f"{scheme}:// is no store; a store is a folder, or {', '.join(f'{s}://' for s in SCHEMES)}")
    return open_remote(address)
