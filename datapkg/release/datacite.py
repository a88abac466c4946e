"""`datacite.json`, as DataCite's API takes it; and `datacite.xml`, which the schema has only of what has a DOI."""

import json
import re
from collections.abc import Mapping
from typing import Any

from datapkg.release.about import PUBLISHER, About, Agent
from datapkg.release.descriptor import MEDIATYPE
from datapkg.release.draft import Draft
from datapkg.release.licences import Licence

VERSION = "http://datacite.org/schema/kernel-4"
CONTRIBUTORS = (
    *("ContactPerson", "DataCollector", "DataCurator", "DataManager", "Distributor", "Editor", "HostingInstitution"),
    *("Producer", "ProjectLeader", "ProjectManager", "ProjectMember", "RegistrationAgency", "RegistrationAuthority"),
    *("RelatedPerson", "Researcher", "ResearchGroup", "RightsHolder", "Sponsor", "Supervisor", "WorkPackageLeader"),
)
ROLES: Mapping[str, str] = {
    **{name.lower(): name for name in CONTRIBUTORS},
    "contact": "ContactPerson",
    "collector": "DataCollector",
    "curator": "DataCurator",
    "wrangler": "DataCurator",
    "maintainer": "DataManager",
}
"""DataCite's word for a role; what it has no word for is Other."""


def datacite_json(draft: Draft) -> str | None:
    """The text of `datacite.json`; none without a date, for DataCite asks for the year of publication."""
    found = metadata(draft)
    return None if found is None else json.dumps(found, indent=2, ensure_ascii=False) + "\n"


def datacite_xml(draft: Draft) -> str | None:
    """The text of `datacite.xml`; none without a DOI, which the XML must have."""
    found = metadata(draft)
    if found is None or "doi" not in found:
        return None
    from datacite import schema45

    text: str = schema45.tostring(found)
    return text


def metadata(draft: Draft) -> dict[str, Any] | None:
    """The release as DataCite 4 describes it; None without a date."""
    about = draft.about
    if about.date is None:
        return None
    given: dict[str, Any] = {
        "doi": about.doi,
        "url": about.homepage,
        "types": {"resourceType": "Data package", "resourceTypeGeneral": "Dataset"},
        "creators": [_agent(agent) for agent in about.creators],
        "titles": [{"title": about.title}],
        "publisher": _publisher(about.publisher),
        "publicationYear": about.date[:4],
        "subjects": [{"subject": word} for word in about.keywords],
        "contributors": _contributors(about),
        "dates": _dates(about),
        "language": about.language,
        "alternateIdentifiers": _others(about),
        "relatedIdentifiers": _related(about),
        "sizes": _sizes(draft),
        "formats": [MEDIATYPE],
        "version": about.version,
        "rightsList": [_rights(licence) for licence in about.licences],
        "descriptions": [{"description": about.description, "descriptionType": "Abstract"}]
        if about.description
        else [],
        "geoLocations": _places(about),
        "schemaVersion": VERSION,
    }
    return {name: value for name, value in given.items() if value}


def _agent(agent: Agent) -> dict[str, Any]:
    found: dict[str, Any] = {"name": agent.name, "nameType": "Personal" if agent.person else "Organizational"}
    if agent.given and agent.family:
        found["name"] = f"{agent.family}, {agent.given}"
    found.update({key: word for key, word in (("givenName", agent.given), ("familyName", agent.family)) if word})
    schemes = (("ORCID", "https://orcid.org", agent.orcid), ("ROR", "https://ror.org", agent.ror))
    if named := [
        {"nameIdentifier": f"{uri}/{given}", "nameIdentifierScheme": scheme, "schemeUri": uri}
        for scheme, uri, given in schemes
        if given
    ]:
        found["nameIdentifiers"] = named
    if agent.organization:
        found["affiliation"] = [{"name": agent.organization}]
    return found


def _publisher(agent: Agent) -> dict[str, str]:
    if not agent.ror:
        return {"name": agent.name}
    return {
        "name": agent.name,
        "publisherIdentifier": f"https://ror.org/{agent.ror}",
        "publisherIdentifierScheme": "ROR",
        "schemeUri": "https://ror.org",
    }


def _contributors(about: About) -> list[dict[str, Any]]:
    """Each contributor in each of its roles but those of a creator and a publisher."""
    found: list[dict[str, Any]] = []
    for agent in about.agents:
        kinds = [ROLES.get(re.sub("[^a-z]", "", role.lower()), "Other") for role in agent.roles if role != PUBLISHER]
        if agent in about.creators:
            kinds = [kind for kind in kinds if kind != "Other"]
        elif not agent.roles:
            kinds = ["Other"]
        found.extend({**_agent(agent), "contributorType": kind} for kind in dict.fromkeys(kinds))
    return found


def _dates(about: About) -> list[dict[str, str]]:
    found = [{"date": about.date or "", "dateType": "Issued"}]
    if about.span and about.span.start and about.span.end:
        words = {"date": about.span.interval, "dateType": "Other", "dateInformation": "Time that the data are about"}
        found.append(words)
    return found


def _others(about: About) -> list[dict[str, str]]:
    """What names the release beside its DOI."""
    found = [{"alternateIdentifier": f"{about.name}@{about.version}", "alternateIdentifierType": "name and version"}]
    if about.id and not about.doi:
        kind = "UUID" if about.uuid else "URL" if about.url == about.id else "id of the Data Package"
        found.append({"alternateIdentifier": about.uuid or about.id, "alternateIdentifierType": kind})
    return found


def _related(about: About) -> list[dict[str, str]]:
    return [
        {
            "relatedIdentifier": source.doi or source.url,
            "relatedIdentifierType": "DOI" if source.doi else "URL",
            "relationType": "IsDerivedFrom",
        }
        for source in about.sources
        if source.url
    ]


def _sizes(draft: Draft) -> list[str]:
    files = [file for listed in draft.files.values() for file in listed]
    rows = sum(written.rows for written in draft.written.values())
    return [f"{len(draft.files)} tables", f"{rows} rows", f"{sum(file.bytes for file in files)} bytes"]


def _rights(licence: Licence) -> dict[str, str]:
    found = {"rights": licence.words}
    if licence.url:
        found["rightsUri"] = licence.url
    if licence.spdx:
        scheme = {"rightsIdentifierScheme": "SPDX", "schemeUri": "https://spdx.org/licenses/"}
        found.update({"rightsIdentifier": licence.spdx, **scheme})
    return found


def _places(about: About) -> list[dict[str, Any]]:
    if about.place is None:
        return []
    found: list[dict[str, Any]] = [{"geoLocationPlace": name} for name in about.place.names]
    if about.place.bbox:
        sides = ("westBoundLongitude", "southBoundLatitude", "eastBoundLongitude", "northBoundLatitude")
        found.append({"geoLocationBox": dict(zip(sides, about.place.bbox, strict=True))})
    return found
