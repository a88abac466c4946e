"""Licences by their SPDX ids, as far as data have them; any other is known by its name and its address alone."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from datapkg.release.texts import line, url

CREATIVE = "https://creativecommons.org"


def _creative_commons() -> Iterator[tuple[str, str]]:
    for version in ("1.0", "2.0", "2.5", "3.0", "4.0"):
        for kind in ("BY", "BY-SA", "BY-ND", "BY-NC", "BY-NC-SA", "BY-NC-ND"):
            yield f"CC-{kind}-{version}", f"{CREATIVE}/licenses/{kind.lower()}/{version}/"


SPDX: Mapping[str, str] = {
    **dict(_creative_commons()),
    "CC0-1.0": f"{CREATIVE}/publicdomain/zero/1.0/",
    "PDDL-1.0": "https://opendatacommons.org/licenses/pddl/1-0/",
    "ODC-By-1.0": "https://opendatacommons.org/licenses/by/1-0/",
    "ODbL-1.0": "https://opendatacommons.org/licenses/odbl/1-0/",
    "CDLA-Permissive-1.0": "https://cdla.dev/permissive-1-0/",
    "CDLA-Permissive-2.0": "https://cdla.dev/permissive-2-0/",
    "CDLA-Sharing-1.0": "https://cdla.dev/sharing-1-0/",
    "OGL-UK-3.0": "https://www.nationalarchives.gov.uk/doc/open-government-licence/version/3/",
    "etalab-2.0": "https://github.com/etalab/licence-ouverte/blob/master/LO.md",
    "DL-DE-BY-2.0": "https://www.govdata.de/dl-de/by-2-0",
    "Apache-2.0": "https://www.apache.org/licenses/LICENSE-2.0",
    "MIT": "https://opensource.org/license/mit",
    "BSD-3-Clause": "https://opensource.org/license/bsd-3-clause",
    "Unlicense": "https://unlicense.org/",
}
"""Where the text of each licence is."""
ALIASES: Mapping[str, str] = {
    "odc-pddl": "PDDL-1.0",
    "odc-pddl-1.0": "PDDL-1.0",
    "pddl": "PDDL-1.0",
    "odc-by": "ODC-By-1.0",
    "odc-odbl": "ODbL-1.0",
    "odbl": "ODbL-1.0",
    "cc0": "CC0-1.0",
    "cc-zero": "CC0-1.0",
}
"""What the Open Definition and older packages call some of them."""
BY_NAME = {**{name.lower(): name for name in SPDX}, **ALIASES}
BY_PAGE = {re.sub(r"^https?://(www\.)?", "", page).rstrip("/"): name for name, page in SPDX.items()}
HUGGING_FACE: Mapping[str, str] = {
    **{name: name.lower() for name in SPDX if name.startswith("CC-") and not name.endswith("1.0")},
    "CC0-1.0": "cc0-1.0",
    "PDDL-1.0": "pddl",
    "ODC-By-1.0": "odc-by",
    "ODbL-1.0": "odbl",
    "CDLA-Permissive-1.0": "cdla-permissive-1.0",
    "CDLA-Permissive-2.0": "cdla-permissive-2.0",
    "CDLA-Sharing-1.0": "cdla-sharing-1.0",
    "etalab-2.0": "etalab-2.0",
    "Apache-2.0": "apache-2.0",
    "MIT": "mit",
    "BSD-3-Clause": "bsd-3-clause",
    "Unlicense": "unlicense",
}


@dataclass(frozen=True)
class Licence:
    """A licence as a descriptor gives it; `spdx` where it is one that is known here."""

    name: str | None
    title: str | None
    url: str | None
    spdx: str | None

    @property
    def words(self) -> str:
        """What people call it."""
        return self.title or self.name or self.spdx or self.url or "unnamed"


def licence_of(item: Mapping[str, Any]) -> Licence:
    """The licence that a descriptor's entry is."""
    name, title, path = (line(item.get(key)) for key in ("name", "title", "path"))
    page = url(path)
    spdx = BY_NAME.get((name or "").lower())
    if spdx is None and not name and page:
        spdx = BY_PAGE.get(re.sub(r"^https?://(www\.)?", "", page).removesuffix("/legalcode").rstrip("/"))
    return Licence(name, title, page or (SPDX[spdx] if spdx else None), spdx)
