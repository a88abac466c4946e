"""`known-issues.json`: the findings that the maintainers accept, with their reasons, for whoever uses the release."""

import json
from typing import Any

from datapkg.release.draft import Draft
from datapkg.waivers import ISSUES


def known_issues(draft: Draft) -> str:
    """The text of `known-issues.json`."""
    issues: list[dict[str, Any]] = [
        {
            "rule": waiver.rule,
            "table": waiver.table,
            "key": dict(waiver.key),
            "column": finding.place.column,
            "value": finding.place.value if waiver.value is None else waiver.value,
            "reason": waiver.reason,
            "by": waiver.by,
            "expires": waiver.expires.isoformat(),
            "message": finding.message,
        }
        for waiver, finding in draft.issues
    ]
    told = {"format": ISSUES, "name": draft.about.name, "version": draft.version, "issues": issues}
    return json.dumps(told, indent=2, ensure_ascii=False) + "\n"
