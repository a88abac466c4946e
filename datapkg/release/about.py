"""What a descriptor says of its dataset as a whole, as values that every file of a release words in its own way.

A descriptor may hold anything: what is not of its kind is left out here, once, and nothing is made up.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from datapkg.release.coverage import Place, Span, place_of, span_of
from datapkg.release.licences import Licence, licence_of
from datapkg.release.texts import line, text, url

DOI = re.compile(r"(?:https?://(?:dx\.)?doi\.org/|doi:)?(10\.[0-9]{4,9}/[^\s\"<>{}|\\^`]+)", re.IGNORECASE)
UUID = re.compile(r"(?:urn:uuid:)?[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
ORCID = re.compile(r"https?://orcid\.org/((?:[0-9]{4}-){3}[0-9]{3}[0-9X])/?")
ROR = re.compile(r"https?://ror\.org/(0[a-hj-km-np-tv-z0-9]{6}[0-9]{2})/?")
EMAIL = re.compile(r"[^\s@<>\"(),:;\[\]\\]+@[^\s@<>\"(),:;\[\]\\]+\.[^\s@<>\"(),:;\[\]\\]+")
DATE = re.compile(r"([0-9]{4})-[0-9]{2}-[0-9]{2}")
LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
AUTHORS = "author", "creator"
MAKERS = "curator", "maintainer", "wrangler", "datacurator", "datamanager"
PUBLISHER = "publisher"


@dataclass(frozen=True)
class Agent:
    """A contributor: a person where it has a given or a family name or an ORCID, else an organisation."""

    name: str
    given: str | None = None
    family: str | None = None
    url: str | None = None
    email: str | None = None
    organization: str | None = None
    roles: tuple[str, ...] = ()
    orcid: str | None = None
    ror: str | None = None

    @property
    def person(self) -> bool:
        """Whether it is a person."""
        return bool(self.given or self.family or self.orcid)

    @property
    def iri(self) -> str | None:
        """What names it on the web: its ORCID, its ROR, or its page."""
        if self.orcid:
            return f"https://orcid.org/{self.orcid}"
        return f"https://ror.org/{self.ror}" if self.ror else self.url


@dataclass(frozen=True)
class Origin:
    """One source of the dataset."""

    title: str | None
    url: str | None
    version: str | None

    @property
    def doi(self) -> str | None:
        """Its DOI, where its address is one."""
        return doi_of(self.url)


@dataclass(frozen=True)
class About:
    """A dataset as a whole."""

    name: str
    title: str
    description: str
    version: str
    date: str | None
    id: str | None
    homepage: str | None
    keywords: tuple[str, ...]
    licences: tuple[Licence, ...]
    agents: tuple[Agent, ...]
    sources: tuple[Origin, ...]
    span: Span | None
    place: Place | None
    language: str | None

    @property
    def doi(self) -> str | None:
        """The DOI, where the descriptor's id is one."""
        return doi_of(self.id)

    @property
    def uuid(self) -> str | None:
        """The UUID, where the descriptor's id is one."""
        return self.id.lower().removeprefix("urn:uuid:") if self.id and UUID.fullmatch(self.id) else None

    @property
    def url(self) -> str | None:
        """Where the dataset is on the web: its DOI's address, its id's, or its homepage."""
        if self.doi:
            return f"https://doi.org/{self.doi}"
        return self.id if url(self.id) else self.homepage

    @property
    def iri(self) -> str | None:
        """What names the dataset everywhere: its address, or its UUID as a URN."""
        return self.url or (f"urn:uuid:{self.uuid}" if self.uuid else None)

    @property
    def creators(self) -> tuple[Agent, ...]:
        """Who made it: authors, else curators and their like, else whoever contributed, else its maintainers."""
        for roles in (AUTHORS, MAKERS):
            if found := tuple(agent for agent in self.agents if _has(agent, *roles)):
                return found
        others = tuple(agent for agent in self.agents if agent.roles != (PUBLISHER,))
        return others or self.agents or (Agent(f"maintainers of {self.name}"),)

    @property
    def publisher(self) -> Agent:
        """Who publishes it: the contributor with that role, else its first creator."""
        return next((agent for agent in self.agents if _has(agent, PUBLISHER)), self.creators[0])


def about(descriptor: Mapping[str, Any], name: str, version: str, created: str | None) -> About:
    """What `descriptor` says of the dataset `name` that is released as `version`, of `created`."""
    moment = DATE.match(created or "")
    homepage = url(descriptor.get("homepage"))
    language = text(descriptor.get("language"))
    return About(
        name=name,
        title=line(descriptor.get("title")) or name,
        description=text(descriptor.get("description")) or "",
        version=version,
        date=moment[0] if moment else None,
        id=line(descriptor.get("id")),
        homepage=homepage,
        keywords=tuple(dict.fromkeys(word for item in _items(descriptor, "keywords") if (word := line(item)))),
        licences=tuple(licence_of(item) for item in _mappings(descriptor, "licenses")),
        agents=tuple(agent for item in _mappings(descriptor, "contributors") if (agent := _agent(item)) is not None),
        sources=tuple(_origin(item) for item in _mappings(descriptor, "sources")),
        span=span_of(descriptor.get("temporal")),
        place=place_of(descriptor.get("spatial")),
        language=language if language and LANGUAGE.fullmatch(language) else None,
    )


def doi_of(text: str | None) -> str | None:
    """The DOI that a text is, as 10.…/…; None where it is none."""
    match = DOI.fullmatch(text or "")
    return match[1] if match else None


def _agent(item: Mapping[str, Any]) -> Agent | None:
    given, family = line(item.get("givenName")), line(item.get("familyName"))
    path = text(item.get("path")) or ""
    email = text(item.get("email"))
    named = " ".join(word for word in (given, family) if word)
    organization = line(item.get("organization"))
    name = line(item.get("title")) or named or organization or line(path) or email
    if not name:
        return None
    orcid, ror = ORCID.fullmatch(path), ROR.fullmatch(path)
    roles = [item["role"]] if "role" in item else _items(item, "roles")
    return Agent(
        name=name,
        given=given,
        family=family,
        url=url(path),
        email=email if email and EMAIL.fullmatch(email) else None,
        organization=organization if organization != name else None,
        roles=tuple(role for given in roles if (role := line(given))),
        orcid=orcid[1] if orcid else None,
        ror=ror[1] if ror else None,
    )


def _origin(item: Mapping[str, Any]) -> Origin:
    return Origin(line(item.get("title")), url(item.get("path")), line(item.get("version")))


def _has(agent: Agent, *roles: str) -> bool:
    return any(re.sub(r"[^a-z]", "", role.lower()) in roles for role in agent.roles)


def _items(descriptor: Mapping[str, Any], name: str) -> list[Any]:
    found = descriptor.get(name)
    return found if isinstance(found, list) else []


def _mappings(descriptor: Mapping[str, Any], name: str) -> Iterator[Mapping[str, Any]]:
    return (item for item in _items(descriptor, name) if isinstance(item, Mapping))
