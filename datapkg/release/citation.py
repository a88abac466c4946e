"""`CITATION.cff` 1.2.0: how to cite the release; and the same as BibTeX."""

import re
from typing import TYPE_CHECKING, Any

from datapkg.release.about import About, Agent
from datapkg.release.draft import Draft
from datapkg.release.texts import line

if TYPE_CHECKING:
    from collections.abc import Mapping

LATER = frozenset(("CDLA-Permissive-2.0", "DL-DE-BY-2.0"))
"""Licences that the schema of CFF 1.2.0 does not list yet."""
LATEX = re.compile(r"[\\{}&%$#_^~]")


def citation(draft: Draft) -> str:
    """The text of `CITATION.cff`."""
    import yaml

    about = draft.about
    given: dict[str, Any] = {
        "cff-version": "1.2.0",
        "message": "If you use this dataset, please cite it as below.",
        "type": "dataset",
        "title": about.title,
        "abstract": about.description or None,
        "authors": [_author(agent) for agent in about.creators],
        "contact": [_author(agent) for agent in about.agents if agent.email and "contact" in _words(agent)],
        "version": about.version,
        "date-released": about.date,
        **_licence(about),
        "url": about.homepage,
        "doi": about.doi,
        "identifiers": _identifiers(about),
        "keywords": list(about.keywords),
    }
    kept = {name: value for name, value in given.items() if value}
    dumped: str = yaml.safe_dump(kept, sort_keys=False, allow_unicode=True, width=100)
    # A date is a text in the schema of the format, and is written as YAML writes dates.
    return dumped.replace(f"date-released: '{about.date}'", f"date-released: {about.date}")


def bibtex(about: About) -> str:
    """The citation as BibTeX."""
    fields: Mapping[str, str | None] = {
        "title": about.title,
        "author": " and ".join(f"{{{_latex(agent.name)}}}" for agent in about.creators),
        "year": about.date[:4] if about.date else None,
        "version": about.version,
        "publisher": about.publisher.name,
        "doi": about.doi,
        "url": about.url,
    }
    own = ("author", "doi", "url")
    lines = [f"  {name} = {{{value if name in own else _latex(value)}}}" for name, value in fields.items() if value]
    return f"@misc{{{about.name},\n" + ",\n".join(lines) + "\n}"


def _author(agent: Agent) -> dict[str, str]:
    """A person by its parts where they are known, else an entity by its name."""
    if agent.person:
        words = {
            "family-names": agent.family or (None if agent.given else agent.name),
            "given-names": agent.given,
            "affiliation": agent.organization,
            "email": agent.email,
            "orcid": f"https://orcid.org/{agent.orcid}" if agent.orcid else None,
            "website": agent.url if not agent.orcid else None,
        }
    else:
        words = {"name": agent.name, "email": agent.email, "website": agent.url}
    return {name: word for name, word in words.items() if word}


def _licence(about: About) -> dict[str, Any]:
    """By its SPDX id, several of them as alternatives; else by its address."""
    known = [licence.spdx for licence in about.licences if licence.spdx and licence.spdx not in LATER]
    if known and len(known) == len(about.licences):
        return {"license": known[0] if len(known) == 1 else known}
    return {"license-url": next((licence.url for licence in about.licences if licence.url), None)}


def _identifiers(about: About) -> list[dict[str, str]]:
    """What names the release, the DOI first: converters take the first."""
    found = []
    if about.doi:
        found.append({"type": "doi", "value": about.doi, "description": f"Version {about.version}"})
    elif about.id:
        kind = "url" if about.url == about.id else "other"
        found.append({"type": kind, "value": f"urn:uuid:{about.uuid}" if about.uuid else about.id})
    return found


def _words(agent: Agent) -> str:
    return " ".join(agent.roles).lower()


def _latex(value: str) -> str:
    return LATEX.sub(lambda mark: f"\\{mark[0]}" if mark[0] in "&%$#_" else " ", line(value) or "")
