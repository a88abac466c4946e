"""Hugging Face: a dataset repository, one commit with all files of a release, and a tag of its version."""

import base64
import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from datapkg.errors import Refused
from datapkg.export.bundle import Bundle, digest
from datapkg.export.client import Client
from datapkg.export.steps import Step

ENDPOINT, TOKEN = "https://huggingface.co", "HF_TOKEN"
SAMPLE = 512
"""Bytes of a file by which the Hub tells how it is to be kept."""
LARGEST = 5 * 10**9
"""Bytes of a file that go in one piece."""
MOST = 1000
"""Files that the Hub lists at a time."""
SMALL = 10 << 20
"""Bytes of a file that may stand in the commit itself."""


def steps(bundle: Bundle, repo: str) -> Iterator[Step]:
    """What would be sent for a release, in order; where a file is kept, in git or in LFS, the Hub decides."""
    yield Step("POST", "/api/repos/create", "make the repository, private, where there is none", _repo(repo))
    yield Step("POST", f"/api/datasets/{repo}/preupload/main", "ask how each file is kept", _asked(bundle))
    large = {"operation": "upload", "transfers": ["basic"], "hash_algo": "sha256", "objects": _objects(bundle.files)}
    yield Step("POST", f"/datasets/{repo}.git/info/lfs/objects/batch", "ask where files of LFS go", large)
    for path in bundle.files.values():
        yield Step("PUT", "{where the Hub says}", "send a file of LFS, or put it into the commit", file=path)
    yield Step("POST", f"/api/datasets/{repo}/commit/main", "commit them, and take away all others", _summary(bundle))
    yield Step("POST", f"/api/datasets/{repo}/tag/main", "tag the version", {"tag": bundle.about.version})
    yield Step("PUT", f"/api/datasets/{repo}/settings", "make it public", {"private": False}, asked=True)


def send(bundle: Bundle, repo: str, client: Client, *, publish: bool) -> str:
    """Send what `steps` tells, but what is there already; the address of the repository."""
    for name, path in bundle.files.items():
        if path.stat().st_size > LARGEST:
            raise Refused(f"{name} has more than 5 GB, which `huggingface_hub` can send in pieces and this cannot")
    client.call("POST", "/api/repos/create", _repo(repo), accept=(409,))
    _, refs = client.call("GET", f"/api/datasets/{repo}/refs")
    tags = {tag["name"] for tag in refs.get("tags", [])}
    if bundle.about.version in tags:
        _compare(bundle, repo, bundle.about.version, client)
    else:
        if _differs(bundle, repo, "main", client):
            _commit(bundle, repo, client)
        _compare(bundle, repo, "main", client)
        client.call("POST", f"/api/datasets/{repo}/tag/main", {"tag": bundle.about.version})
    if publish:
        client.call("PUT", f"/api/datasets/{repo}/settings", {"private": False})
    return f"{client.base}/datasets/{repo}"


def _commit(bundle: Bundle, repo: str, client: Client) -> None:
    _, told = client.call("POST", f"/api/datasets/{repo}/preupload/main", _asked(bundle))
    modes = {item["path"]: item["uploadMode"] for item in told["files"]}
    lines: list[dict[str, Any]] = [{"key": "header", "value": _summary(bundle)}]
    large = {name: path for name, path in bundle.files.items() if modes.get(name) == "lfs"}
    _send_large(repo, large, client)
    for name, path in bundle.files.items():
        if name in large:
            value = {"path": name, "algo": "sha256", "oid": digest(path, "sha256"), "size": path.stat().st_size}
            lines.append({"key": "lfsFile", "value": value})
            continue
        if path.stat().st_size > SMALL:
            raise Refused(f"the Hub wants {name} in the commit itself, and it has {path.stat().st_size:,} bytes")
        content = base64.b64encode(path.read_bytes()).decode()
        lines.append({"key": "file", "value": {"path": name, "content": content, "encoding": "base64"}})
    gone = sorted(_there(repo, "main", client).keys() - bundle.files.keys() - {".gitattributes"})
    lines.extend({"key": "deletedFile", "value": {"path": name}} for name in gone)
    body = "".join(json.dumps(line) + "\n" for line in lines).encode()
    client.call("POST", f"/api/datasets/{repo}/commit/main", body, kind="application/x-ndjson")


def _send_large(repo: str, files: Mapping[str, Path], client: Client) -> None:
    """Send the files of LFS that the Hub does not have yet."""
    if not files:
        return
    by_digest = {digest(path, "sha256"): path for path in files.values()}
    asked = {"operation": "upload", "transfers": ["basic"], "hash_algo": "sha256", "objects": _objects(files)}
    kind = "application/vnd.git-lfs+json"
    _, told = client.call("POST", f"/datasets/{repo}.git/info/lfs/objects/batch", json.dumps(asked).encode(), kind=kind)
    for item in told["objects"]:
        if "error" in item:
            raise Refused(f"the Hub does not take {by_digest[item['oid']].name}: {item['error'].get('message')}")
        actions = item.get("actions") or {}
        if "upload" in actions:
            client.call("PUT", actions["upload"]["href"], by_digest[item["oid"]])
        if "verify" in actions:
            client.call("POST", actions["verify"]["href"], {"oid": item["oid"], "size": item["size"]})


def _differs(bundle: Bundle, repo: str, revision: str, client: Client) -> bool:
    there = _there(repo, revision, client)
    return any(there.get(name) not in _names(path) for name, path in bundle.files.items()) or bool(
        there.keys() - bundle.files.keys() - {".gitattributes"}
    )


def _compare(bundle: Bundle, repo: str, revision: str, client: Client) -> None:
    if _differs(bundle, repo, revision, client):
        raise Refused(f"{repo} has other files at {revision}, and a version is never replaced")


def _there(repo: str, revision: str, client: Client) -> dict[str, str]:
    """What names the content of each file that is there: its digest in LFS, else in git."""
    address = f"/api/datasets/{repo}/tree/{quote(revision, safe='')}?recursive=true"
    _, listed = client.call("GET", address, accept=(404,))
    found = listed if isinstance(listed, list) else []
    if len(found) >= MOST:
        raise Refused(f"{repo} has {MOST:,} files or more, which this cannot look through; `huggingface_hub` can")
    return {item["path"]: (item.get("lfs") or {}).get("oid") or item["oid"] for item in found if item["type"] == "file"}


def _names(path: Path) -> tuple[str, str]:
    """The digests that name a file: in LFS, and in git."""
    git = hashlib.sha1(f"blob {path.stat().st_size}\0".encode(), usedforsecurity=False)
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            git.update(block)
    return digest(path, "sha256"), git.hexdigest()


def _repo(repo: str) -> dict[str, Any]:
    organization, _, name = repo.rpartition("/")
    return {"name": name, "organization": organization or None, "type": "dataset", "private": True}


def _asked(bundle: Bundle) -> dict[str, Any]:
    files = []
    for name, path in bundle.files.items():
        with path.open("rb") as file:
            sample = base64.b64encode(file.read(SAMPLE)).decode()
        files.append({"path": name, "size": path.stat().st_size, "sample": sample})
    return {"files": files}


def _objects(files: Mapping[str, Path]) -> list[dict[str, Any]]:
    return [{"oid": digest(path, "sha256"), "size": path.stat().st_size} for path in files.values()]


def _summary(bundle: Bundle) -> dict[str, str]:
    return {"summary": f"{bundle.about.name} {bundle.about.version}", "description": ""}
