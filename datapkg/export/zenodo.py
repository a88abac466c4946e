"""Zenodo, and any other InvenioRDM: a draft, its DOI, its files, and publication where that is asked for."""

import html
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from datapkg.errors import Refused
from datapkg.export.bundle import Bundle, digest
from datapkg.export.client import Answered, Client
from datapkg.export.steps import State, Step
from datapkg.release.about import About, Agent

ENDPOINT, TOKEN = "https://zenodo.org", "ZENODO_TOKEN"
OWN = re.compile(r"10\.[0-9]{4,9}/(?:zenodo\.([0-9]+)|([a-z0-9]{5}-[a-z0-9]{5}))", re.IGNORECASE)
LANGUAGES = {"en": "eng", "de": "deu", "fr": "fra", "es": "spa", "it": "ita", "nl": "nld", "pt": "por", "ru": "rus"}
RIGHTS = frozenset(
    ("cc-by-4.0", "cc-by-sa-4.0", "cc-by-nc-4.0", "cc0-1.0", "odbl-1.0", "odc-by-1.0", "pddl-1.0", "mit")
)


def steps(bundle: Bundle, files: Mapping[str, Path]) -> Iterator[Step]:
    """What would be sent for a release, in order."""
    own = record_of(bundle.about)
    record = own or "{id}"
    body = draft(bundle.about)
    if own is None:
        yield Step("POST", "/api/records", "create a draft", body)
        if bundle.about.doi is None:
            yield Step("POST", f"/api/records/{record}/draft/pids/doi", "reserve a DOI; the files do not name it")
    else:
        yield Step("PUT", f"/api/records/{record}/draft", "describe the draft that holds the DOI, and keep that", body)
    for name, path in files.items():
        yield Step("POST", f"/api/records/{record}/draft/files", "name a file", [{"key": name}])
        place = f"/api/records/{record}/draft/files/{quote(name, safe='')}"
        yield Step("PUT", f"{place}/content", "send a file", file=path)
        yield Step("POST", f"{place}/commit", f"say that it is whole; its MD5 must be {digest(path, 'md5')}")
    yield Step("POST", f"/api/records/{record}/draft/actions/publish", "publish it", asked=True)


def send(bundle: Bundle, files: Mapping[str, Path], client: Client, state: State, *, publish: bool) -> str:
    """Send what `steps` tells, but what is there already; the address of the record."""
    about = bundle.about
    record = record_of(about) or state.get("record")
    if record is not None:
        status, found = client.call("GET", f"/api/records/{record}/draft", accept=(404,))
        if status == 404:
            return _published(client, record, files)
        held = ((found.get("pids") or {}).get("doi") or {}).get("identifier")
        if about.doi is not None and record_of(about) and str(held).lower() != about.doi.lower():
            raise Refused(f"the draft {record} holds the DOI {held}, and the release names {about.doi}")
        _, found = client.call("PUT", f"/api/records/{record}/draft", {**draft(about), "pids": found.get("pids", {})})
    else:
        _, found = client.call("POST", "/api/records", draft(about), once=True)
        record = state.put("record", str(found["id"]))
    if about.doi is None and "doi" not in (found.get("pids") or {}):
        client.call("POST", f"/api/records/{record}/draft/pids/doi")
    _upload(client, record, files)
    if publish:
        client.call("POST", f"/api/records/{record}/draft/actions/publish")
        return f"{client.base}/records/{record}"
    return f"{client.base}/uploads/{record}"


def reserve(about: About, client: Client, state: State, previous: str | None) -> str:
    """A DOI for a release that is still to be built; `previous` is the record of the version before."""
    record = state.get("record")
    if record is None:
        path, body = ("/api/records", draft(about)) if previous is None else (f"/api/records/{previous}/versions", None)
        _, found = client.call("POST", path, body, once=True)
        record = state.put("record", str(found["id"]))
    _, found = client.call("GET", f"/api/records/{record}/draft")
    if "doi" not in (found.get("pids") or {}):
        _, found = client.call("POST", f"/api/records/{record}/draft/pids/doi")
    return str(found["pids"]["doi"]["identifier"])


def record_of(about: About) -> str | None:
    """The record that a DOI of Zenodo, or of another InvenioRDM, names."""
    match = OWN.fullmatch(about.doi or "")
    return (match[1] or match[2]) if match else None


def draft(about: About) -> dict[str, Any]:
    """A record as InvenioRDM has it."""
    given: dict[str, Any] = {
        "resource_type": {"id": "dataset"},
        "title": about.title,
        "publication_date": about.date,
        "creators": [_person(agent) for agent in about.creators],
        "publisher": about.publisher.name,
        "description": "".join(
            f"<p>{html.escape(part)}</p>" for part in re.split(r"\n\s*\n", about.description) if part
        ),
        "version": about.version,
        "subjects": [{"subject": word} for word in about.keywords],
        "languages": [{"id": LANGUAGES[about.language]}] if about.language in LANGUAGES else [],
        "rights": [_right(licence.spdx, licence.words, licence.url) for licence in about.licences],
        "related_identifiers": [
            {
                "identifier": source.doi or source.url,
                "scheme": "doi" if source.doi else "url",
                "relation_type": {"id": "isderivedfrom"},
            }
            for source in about.sources
            if source.url
        ],
    }
    found: dict[str, Any] = {
        "access": {"record": "public", "files": "public"},
        "files": {"enabled": True},
        "metadata": {name: value for name, value in given.items() if value},
    }
    if about.doi is not None and record_of(about) is None:
        found["pids"] = {"doi": {"identifier": about.doi, "provider": "external"}}
    return found


def _person(agent: Agent) -> dict[str, Any]:
    who: dict[str, Any] = {"type": "organizational", "name": agent.name}
    if agent.person and agent.family:
        who = {"type": "personal", "family_name": agent.family, "given_name": agent.given or ""}
    named = (("orcid", agent.orcid), ("ror", agent.ror))
    if listed := [{"scheme": scheme, "identifier": given} for scheme, given in named if given]:
        who["identifiers"] = listed
    affiliations = [{"name": agent.organization}] if agent.organization else []
    return {"person_or_org": who, **({"affiliations": affiliations} if affiliations else {})}


def _right(spdx: str | None, title: str, url: str | None) -> dict[str, Any]:
    """One of the vocabulary by its id, another by its name."""
    if spdx is not None and spdx.lower() in RIGHTS:
        return {"id": spdx.lower()}
    return {"title": {"en": title}, **({"link": url} if url else {})}


def _upload(client: Client, record: str, files: Mapping[str, Path]) -> None:
    """Bring the files of a draft to what they should be; what is whole stays."""
    place = f"/api/records/{record}/draft/files"
    _, listed = client.call("GET", place)
    there = {entry["key"]: entry for entry in listed["entries"]}
    wanted = {name: f"md5:{digest(path, 'md5')}" for name, path in files.items()}
    for name, entry in there.items():
        if entry.get("status") != "completed" or entry.get("checksum") != wanted.get(name):
            client.call("DELETE", f"{place}/{quote(name, safe='')}", accept=(404,))
    rest = [name for name in files if there.get(name, {}).get("checksum") != wanted[name]]
    for name in rest:
        one = f"{place}/{quote(name, safe='')}"
        client.call("POST", place, [{"key": name}])
        client.call("PUT", f"{one}/content", files[name])
        _, entry = client.call("POST", f"{one}/commit")
        if entry.get("checksum") != wanted[name]:
            raise Refused(f"{name} arrived as {entry.get('checksum')}, and is {wanted[name]}; run it again")


def _published(client: Client, record: str, files: Mapping[str, Path]) -> str:
    """A record without a draft: published with these files, or of another release."""
    try:
        _, listed = client.call("GET", f"/api/records/{record}/files")
    except Answered as answer:
        raise Refused(f"there is no draft {record} on {client.base} ({answer})") from None
    there = {entry["key"]: entry.get("checksum") for entry in listed["entries"]}
    if there != {name: f"md5:{digest(path, 'md5')}" for name, path in files.items()}:
        raise Refused(f"the record {record} is published with other files, and a version is never replaced")
    return f"{client.base}/records/{record}"
