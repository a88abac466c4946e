"""Projects whose datasets say much, say little, and say hostile things of themselves; and their releases."""

import json
from pathlib import Path
from typing import Any

import pytest
from releasing import write_releasable

from datapkg.limits import Limits
from datapkg.notation import read_yaml
from datapkg.project import Project
from datapkg.release import parquet
from datapkg.release.build import build

RICH: dict[str, Any] = {
    "id": "https://doi.org/10.5072/example.1",
    "title": "Events and persons: a made-up dataset",
    "description": "Events that never were, and the persons who were not there.\n\nA *second* paragraph.",
    "homepage": "https://example.org/events",
    "language": "en",
    "keywords": ["events", "made up", "événements", "صلح"],
    "licenses": [{"name": "ODbL-1.0"}, {"name": "CC-BY-4.0"}],
    "contributors": [
        {
            "title": "Ada Example",
            "givenName": "Ada",
            "familyName": "Example",
            "path": "https://orcid.org/0000-0002-1825-0097",
            "email": "ada@example.org",
            "organization": "Example University",
            "roles": ["author", "contact"],
        },
        {"title": "Grace O'Example", "roles": ["author"], "givenName": "Grace", "familyName": "O'Example"},
        {"title": "Example Press", "path": "https://ror.org/03yrm5c26", "roles": ["publisher"]},
        {"title": "Somebody Else", "roles": ["wrangler", "dog keeper"]},
    ],
    "sources": [
        {"title": "A paper", "path": "https://doi.org/10.5072/paper", "version": "2"},
        {"title": "A newspaper", "path": "https://example.com/a"},
        {"title": "A book without an address"},
    ],
    "temporal": {"start": "2021-08-15", "end": "2023"},
    "spatial": {"places": ["Afghanistan", "Pakistan"], "bbox": [60.5, 23.5, 77.9, 38.5]},
}
EVIL = (
    '</script><img src=x onerror=alert(1)> ![p](http://t.example/p.png) [l](javascript:alert(1)) `x` | "} \\ {% raw %}'
)
HOSTILE: dict[str, Any] = {
    "id": 'a"b <c>\x1b[31m',
    "title": f"---\n# {EVIL}\r\n- x\x00\x07\u202e",
    "description": f"{EVIL}\n---\n\n```\n<b>\n\n# heading\n\n<script>alert(1)</script>",
    "homepage": "javascript:alert(1)",
    "language": "<en>",
    "keywords": [EVIL, "a: b", "- x", "null", "&a *b", "x\ny"],
    "licenses": [{"name": "My-licence.1", "title": f"My {EVIL}\nlicence", "path": "javascript:alert(1)"}],
    "contributors": [
        {"title": EVIL, "path": "javascript:1", "roles": [EVIL], "organization": EVIL},
        {"title": "# heading\n\n1. list", "roles": ["author"]},
    ],
    "sources": [{"title": EVIL, "path": 'http://x.example/<>"{}|^`'}],
    "temporal": {"start": "yesterday", "end": ["x"]},
    "spatial": {"places": [EVIL, 3], "bbox": [1, 2, "x", float("1e300")]},
}
"""No text of these may be more than text anywhere in a release."""
BARE: dict[str, Any] = dict.fromkeys(
    ("title", "description", "version", "created", "licenses", "contributors", "sources")
)


def write_described(root: Path, words: dict[str, Any]) -> Project:
    """The project of `releasing` whose descriptor says `words`; None takes a property away."""
    project = write_releasable(root)
    path = project.datasets / "example" / "datapackage.yaml"
    found = {**read_yaml(path.read_text())[0], **words}
    path.unlink()
    kept = {name: value for name, value in found.items() if value is not None}
    (path.parent / "datapackage.json").write_text(json.dumps(kept, indent=1))
    return project


def hostile(project: Project) -> Project:
    """The same with texts in a schema that are more than texts to somebody."""
    path = project.schemas / "events.yaml"
    told = json.dumps(EVIL)
    text = path.read_text().replace("Key.", "").replace('description: ""', f"description: {told}")
    path.write_text(text.replace("title: Killed", f"title: {told}").replace("unit: persons", f"unit: {told}"))
    return project


def build_all(root: Path) -> dict[str, Path]:
    """A release of each kind, by name; `parted` has tables of several files."""
    folders = {
        "rich": build("example", write_described(root / "rich", RICH)).folder,
        "hostile": build("example", hostile(write_described(root / "hostile", HOSTILE))).folder,
        "bare": build("example", write_described(root / "bare", BARE)).folder,
    }
    with pytest.MonkeyPatch.context() as changed:
        changed.setattr(parquet, "ROW_GROUP", 1)
        parted = write_described(root / "parted", RICH)
        folders["parted"] = build("example", parted, limits=Limits(part_bytes=1)).folder
    return folders
