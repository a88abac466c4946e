"""GitHub Releases: a draft with the release as an archive among its assets, published where that is asked for."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from datapkg.errors import Refused
from datapkg.export.bundle import Bundle, digest
from datapkg.export.client import Client
from datapkg.export.steps import Step

ENDPOINT, TOKEN = "https://api.github.com", "GITHUB_TOKEN"
HEADERS = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"}
PAGE = 100
PAGES = 50


def steps(bundle: Bundle, repo: str, files: Mapping[str, Path]) -> Iterator[Step]:
    """What would be sent for a release, in order."""
    yield Step("POST", f"/repos/{repo}/releases", "make a draft; the tag is made when it is published", _draft(bundle))
    for name, path in files.items():
        yield Step("POST", f"{{upload_url}}?name={quote(name, safe='')}", "send a file", file=path)
    yield Step("PATCH", f"/repos/{repo}/releases/{{id}}", "publish it", {"draft": False}, asked=True)


def send(bundle: Bundle, repo: str, files: Mapping[str, Path], client: Client, *, publish: bool) -> str:
    """Send what `steps` tells, but what is there already; the address of the release."""
    found = _find(repo, bundle.tag, client)
    if found is None:
        _, found = client.call("POST", f"/repos/{repo}/releases", _draft(bundle), once=True)
    there = {asset["name"]: asset for asset in _assets(repo, found["id"], client)}
    if not found["draft"]:
        if there.keys() != files.keys() or not all(_whole(there[name], path) for name, path in files.items()):
            raise Refused(f"{bundle.tag} is published on {repo} with other files, and a version is never replaced")
        return str(found["html_url"])
    for name, asset in there.items():
        if name not in files or not _whole(asset, files[name]):
            client.call("DELETE", f"/repos/{repo}/releases/assets/{asset['id']}", accept=(404,))
    address = str(found["upload_url"]).partition("{")[0]
    for name, path in files.items():
        if name in there and _whole(there[name], path):
            continue
        status, asset = client.call("POST", f"{address}?name={quote(name, safe='')}", path, accept=(422,))
        if status == 422:  # A try before this one arrived, and its answer did not.
            asset = next((item for item in _assets(repo, found["id"], client) if item["name"] == name), {})
        if not _whole(asset, path):
            raise Refused(f"{name} did not arrive whole on {repo}; run it again")
    if publish:
        _, found = client.call("PATCH", f"/repos/{repo}/releases/{found['id']}", {"draft": False})
    return str(found["html_url"])


def _find(repo: str, tag: str, client: Client) -> dict[str, Any] | None:
    """The release of a tag; drafts are found in the list alone."""
    for page in range(1, PAGES + 1):
        _, listed = client.call("GET", f"/repos/{repo}/releases?per_page={PAGE}&page={page}")
        for item in listed:
            if item["tag_name"] == tag:
                found: dict[str, Any] = item
                return found
        if len(listed) < PAGE:
            break
    return None


def _assets(repo: str, release: int, client: Client) -> list[dict[str, Any]]:
    _, listed = client.call("GET", f"/repos/{repo}/releases/{release}/assets?per_page={PAGE}")
    found: list[dict[str, Any]] = listed
    return found


def _whole(asset: Mapping[str, Any], path: Path) -> bool:
    """Whether an asset is the file: its state, size, and digest where the service tells one."""
    told = asset.get("digest")
    same = told is None or told == f"sha256:{digest(path, 'sha256')}"
    return asset.get("state") == "uploaded" and asset.get("size") == path.stat().st_size and same


def _draft(bundle: Bundle) -> dict[str, Any]:
    about = bundle.about
    body = f"{about.description}\n\n`{bundle.tag}.zip` holds the whole release; `SHA256SUMS` lists its files.\n"
    title = f"{about.title} {about.version}"
    return {"tag_name": bundle.tag, "name": title, "body": body.lstrip(), "draft": True}
