"""The profiles of the standard itself, which are known here without fetching them."""

import re
from collections.abc import Mapping
from typing import Any

STANDARD = re.compile(
    r"default|(tabular-|fiscal-)?data-package|(tabular-)?data-resource"
    r"|https?://(specs\.frictionlessdata\.io/schemas|datapackage\.org/profiles/[12](\.[0-9]+)*)/[a-z-]+\.json"
)


def is_standard(profile: Any) -> bool:
    """Whether a profile is one of the standard's own; what is no text is judged by others."""
    return not isinstance(profile, str) or STANDARD.fullmatch(profile) is not None


def without_profiles(data: Mapping[str, Any]) -> dict[str, Any]:
    """A copy without the profiles that frictionless would fetch: all but the names and `$schema` of the standard."""
    kept = {key: value for key, value in data.items() if key not in ("profile", "$schema") or _held(key, value)}
    for part in ("dialect", "schema"):
        if isinstance(kept.get(part), Mapping):
            kept[part] = without_profiles(kept[part])
    if isinstance(kept.get("resources"), list):
        kept["resources"] = [without_profiles(r) if isinstance(r, Mapping) else r for r in kept["resources"]]
    return kept


def _held(key: str, value: Any) -> bool:
    """Whether frictionless has the profile itself."""
    if not isinstance(value, str):
        return True
    by_url = value.startswith("https://datapackage.org/") if key == "$schema" else "://" not in value
    return is_standard(value) and by_url
