# ruff: noqa: D102, N815, PLR0911, S105, S324  (names of the library, digests of the services, one answer a case)
"""Services on loopback that speak, as their documentation has it, the part of their API that exporters use.

They keep what they are sent, check it as the real ones do, and can be told to fail.
"""

import base64
import hashlib
import json
import threading
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, TypeVar
from urllib.parse import parse_qs, unquote, urlsplit

TOKEN = "secret-token-of-the-test"

Answer = tuple[int, Any]


@dataclass
class Service(ABC):
    """What a fake service keeps. `faults` are (method, part of the path, what): a status, `drop` or `lose`.

    Each fault happens once: `drop` ends the connection unheard, `lose` does the work and then ends it.
    """

    base: str = ""
    calls: list[tuple[str, str, int]] = field(default_factory=list)
    faults: list[tuple[str, str, int | str]] = field(default_factory=list)
    open_to_all: tuple[str, ...] = ()

    @abstractmethod
    def answer(self, method: str, path: str, query: dict[str, list[str]], body: bytes) -> Answer:
        """The status and the body of the answer to a call."""

    def done(self, method: str, part: str = "") -> int:
        """How many calls of a method to a path were done."""
        return sum(one == method and part in path and status < 400 for one, path, status in self.calls)


Kind = TypeVar("Kind", bound=Service)


@contextmanager
def serving(service: Kind) -> Iterator[Kind]:
    """The service at an address of loopback, while the context lasts."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: Any) -> None:
            """Print nothing."""

        def _serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            parts = urlsplit(self.path)
            path = unquote(parts.path)
            fault = next((f for f in service.faults if f[0] == self.command and f[1] in path), None)
            if fault is not None:
                service.faults.remove(fault)
                if fault[2] == "drop":
                    service.calls.append((self.command, path, 599))
                    self.close_connection = True
                    return
            authorised = self.headers.get("Authorization") == f"Bearer {TOKEN}"
            is_open = path.startswith(service.open_to_all) if service.open_to_all else False
            if fault is not None and isinstance(fault[2], int):
                status, told = fault[2], {"message": f"as asked, {self.headers.get('Authorization')}"}
            elif not authorised and not is_open:
                status, told = 401, {"message": "who are you"}
            elif is_open and self.headers.get("Authorization"):
                status, told = 400, {"message": "a token has no business here"}
            else:
                status, told = service.answer(self.command, path, parse_qs(parts.query), body)
            service.calls.append((self.command, path, status))
            if fault is not None and fault[2] == "lose":
                self.close_connection = True
                return
            data = b"" if told is None else json.dumps(told).encode()
            self.send_response(status)
            if status == 429:
                self.send_header("Retry-After", "7")
            if status == 302:
                self.send_header("Location", "http://127.0.0.1:9/elsewhere")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _serve

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    service.base = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield service
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


# ---------------------------------------------------------------- InvenioRDM


@dataclass
class Invenio(Service):
    """Records with drafts; an entry is [content, is it committed]."""

    drafts: dict[str, dict[str, Any]] = field(default_factory=dict)
    records: dict[str, dict[str, Any]] = field(default_factory=dict)
    files: dict[str, dict[str, list[Any]]] = field(default_factory=dict)
    number: int = 100

    def answer(self, method: str, path: str, query: dict[str, list[str]], body: bytes) -> Answer:
        match (method, *path.removeprefix("/api/records").strip("/").split("/")):
            case ("POST", ""):
                return self._new(json.loads(body))
            case ("POST", number, "versions") if number in self.records:
                return self._new(self.records[number] | {"pids": {}})
            case ("GET", number, "files") if number in self.records:
                return 200, {"entries": self._entries(number)}
            case (_, number, "draft", *rest) if number in self.drafts:
                return self._draft(method, number, rest, body)
        return 404, {"message": "not found"}

    def _new(self, told: dict[str, Any]) -> Answer:
        self.number += 1
        name = str(self.number)
        self.drafts[name], self.files[name] = {**told, "id": name, "pids": told.get("pids", {})}, {}
        return 201, self.drafts[name]

    def _entries(self, number: str) -> list[dict[str, Any]]:
        return [
            {
                "key": key,
                "status": "completed" if whole else "pending",
                "checksum": f"md5:{hashlib.md5(content).hexdigest()}" if whole else None,
            }
            for key, (content, whole) in self.files[number].items()
        ]

    def _draft(self, method: str, number: str, rest: list[str], body: bytes) -> Answer:
        draft, files = self.drafts[number], self.files[number]
        match (method, *rest):
            case ("GET",):
                return 200, draft
            case ("PUT",):
                self.drafts[number] = {**json.loads(body), "id": number}
                return 200, self.drafts[number]
            case ("POST", "pids", "doi"):
                draft["pids"] = {"doi": {"identifier": f"10.5072/zenodo.{number}", "provider": "datacite"}}
                return 201, draft
            case ("GET", "files"):
                return 200, {"entries": self._entries(number)}
            case ("POST", "files"):
                keys = [entry["key"] for entry in json.loads(body)]
                if any(key in files or "/" in key for key in keys):
                    return 400, {"message": "there is such a file, or it is in a folder"}
                files.update({key: [b"", False] for key in keys})
                return 201, {"entries": self._entries(number)}
            case ("PUT", "files", key, "content") if key in files:
                files[key][0] = body
                return 200, {"key": key}
            case ("POST", "files", key, "commit") if key in files:
                files[key][1] = True
                return 200, next(entry for entry in self._entries(number) if entry["key"] == key)
            case ("DELETE", "files", key) if key in files:
                del files[key]
                return 204, None
            case ("POST", "actions", "publish"):
                told = draft["metadata"]
                wanted = {"resource_type", "title", "publication_date", "creators", "publisher"}
                if not wanted <= told.keys() or not files or not all(whole for _, whole in files.values()):
                    return 400, {"message": "it is not complete"}
                self.records[number] = self.drafts.pop(number)
                return 202, self.records[number]
        return 404, {"message": "not found"}


# ---------------------------------------------------------------- Hugging Face


@dataclass
class Hub(Service):
    """Repositories: the files at main, and at each tag; large ones lie in LFS."""

    open_to_all: tuple[str, ...] = ("/storage/",)
    private: dict[str, bool] = field(default_factory=dict)
    trees: dict[str, dict[str, bytes]] = field(default_factory=dict)
    tags: dict[str, dict[str, dict[str, bytes]]] = field(default_factory=dict)
    large: dict[str, bytes] = field(default_factory=dict)

    def answer(self, method: str, path: str, query: dict[str, list[str]], body: bytes) -> Answer:
        match (method, *path.strip("/").split("/")):
            case ("PUT", "storage", oid):
                if hashlib.sha256(body).hexdigest() != oid:
                    return 400, {"message": "another file"}
                self.large[oid] = body
                return 200, None
            case ("POST", "api", "repos", "create"):
                told = json.loads(body)
                repo = f"{told['organization']}/{told['name']}"
                if repo in self.trees:
                    return 409, {"message": "You already created this dataset repo"}
                self.trees[repo], self.tags[repo], self.private[repo] = {".gitattributes": b"x"}, {}, told["private"]
                return 200, {"url": repo}
            case ("POST", "datasets", owner, name, "info", "lfs", "objects", "batch"):
                listed = json.loads(body)["objects"]
                return 200, {"objects": [self._place(item) for item in listed]}
            case (_, "api", "datasets", owner, name, *rest) if f"{owner}/{name}" in self.trees:
                return self._repo(method, f"{owner}/{name}", rest, body)
        return 404, {"message": "not found"}

    def _place(self, item: dict[str, Any]) -> dict[str, Any]:
        if item["oid"] in self.large:
            return item
        elsewhere = self.base.replace("127.0.0.1", "localhost")  # The real one keeps them on another host.
        return {**item, "actions": {"upload": {"href": f"{elsewhere}/storage/{item['oid']}"}}}

    def _repo(self, method: str, repo: str, rest: list[str], body: bytes) -> Answer:
        match (method, *rest):
            case ("POST", "preupload", "main"):
                files = json.loads(body)["files"]
                return 200, {
                    "files": [
                        {"path": f["path"], "uploadMode": "lfs" if f["path"].endswith("parquet") else "regular"}
                        for f in files
                    ]
                }
            case ("POST", "commit", "main"):
                return self._commit(repo, [json.loads(line) for line in body.splitlines()])
            case ("GET", "refs"):
                return 200, {"branches": [{"name": "main"}], "tags": [{"name": tag} for tag in self.tags[repo]]}
            case ("GET", "tree", revision):
                return 200, self._listed(self.trees[repo] if revision == "main" else self.tags[repo][revision])
            case ("POST", "tag", "main"):
                tag = json.loads(body)["tag"]
                if tag in self.tags[repo]:
                    return 409, {"message": "Tag reference exists already"}
                self.tags[repo][tag] = dict(self.trees[repo])
                return 200, None
            case ("PUT", "settings"):
                self.private[repo] = json.loads(body)["private"]
                return 200, None
        return 404, {"message": "not found"}

    def _commit(self, repo: str, lines: list[dict[str, Any]]) -> Answer:
        assert lines[0]["key"] == "header" and lines[0]["value"]["summary"]
        tree = dict(self.trees[repo])
        for line in lines[1:]:
            told = line["value"]
            if line["key"] == "deletedFile":
                del tree[told["path"]]
            elif line["key"] == "lfsFile":
                if told["oid"] not in self.large:
                    return 400, {"message": "no such object in LFS"}
                tree[told["path"]] = self.large[told["oid"]]
            else:
                tree[told["path"]] = base64.b64decode(told["content"])
        self.trees[repo] = tree
        return 200, {"commitOid": "0" * 40}

    def _listed(self, tree: dict[str, bytes]) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = [{"type": "directory", "path": "data", "oid": "1" * 40}]
        for path, content in tree.items():
            digest = hashlib.sha256(content).hexdigest()
            oid = hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()
            large = {"lfs": {"oid": digest, "size": len(content)}} if digest in self.large else {}
            found.append({"type": "file", "path": path, "oid": "2" * 40 if large else oid, **large})
        return found


# ---------------------------------------------------------------- GitHub


@dataclass
class GitHub(Service):
    """Releases of one repository, each with its assets."""

    releases: list[dict[str, Any]] = field(default_factory=list)
    assets: dict[int, dict[str, Any]] = field(default_factory=dict)

    def answer(self, method: str, path: str, query: dict[str, list[str]], body: bytes) -> Answer:
        match (method, *path.removeprefix("/repos/o/n/").split("/")):
            case ("GET", "releases"):
                page, size = int(query["page"][0]), int(query["per_page"][0])
                return 200, self.releases[(page - 1) * size : page * size]
            case ("POST", "releases"):
                number = len(self.releases) + 1
                told = {
                    **json.loads(body),
                    "id": number,
                    "html_url": f"https://github.example/o/n/releases/{number}",
                    "upload_url": f"{self.base}/repos/o/n/releases/{number}/assets{{?name,label}}",
                }
                self.releases.append(told)
                return 201, told
            case ("GET", "releases", number, "assets"):
                return 200, [asset for asset in self.assets.values() if asset["release"] == int(number)]
            case ("POST", "releases", number, "assets"):
                return self._asset(int(number), query["name"][0], body)
            case ("DELETE", "releases", "assets", number):
                del self.assets[int(number)]
                return 204, None
            case ("PATCH", "releases", number):
                self.releases[int(number) - 1].update(json.loads(body))
                return 200, self.releases[int(number) - 1]
        return 404, {"message": "Not Found"}

    def _asset(self, release: int, name: str, body: bytes) -> Answer:
        if any(asset["name"] == name and asset["release"] == release for asset in self.assets.values()):
            return 422, {"message": "Validation Failed", "errors": [{"code": "already_exists"}]}
        number = len(self.calls) + 1000
        told = {"id": number, "release": release, "name": name, "state": "uploaded", "size": len(body)}
        self.assets[number] = {**told, "digest": f"sha256:{hashlib.sha256(body).hexdigest()}"}
        return 201, self.assets[number]
