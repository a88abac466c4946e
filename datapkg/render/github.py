"""The report as workflow commands of GitHub Actions: the findings worth most as annotations.

GitHub shows at most ten annotations of each kind for a step; what is beyond that is counted in
the last line, which holds no text of the data. The markdown report has the rest.
"""

from collections.abc import Iterator

from datapkg.findings import Finding, Report, Severity
from datapkg.render.escape import inert
from datapkg.render.wording import brief, ranked, rarity, verdict

ANNOTATIONS = 10
TITLE = 80
COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}


def render(report: Report, color: bool) -> Iterator[str]:
    """At most ten commands of each kind, errors first and rare rules before frequent ones."""
    counts = rarity(report.datasets)
    told = 0
    for severity, command in COMMANDS.items():
        findings = (f for dataset in report.datasets for f in dataset.findings if f.severity is severity)
        for finding in ranked(findings, counts, ANNOTATIONS):
            yield f"::{command} {_properties(finding)}::{_data(inert(_message(finding)))}\n"
            told += 1
    rest = sum(report.counts[severity] for severity in Severity) - told
    more = f"; {rest:,} more without an annotation" if rest else ""
    yield f"datapkg: {verdict(report)}{more}\n"


def _message(finding: Finding) -> str:
    """What and how to mend it, on two lines; neither can begin a third."""
    place = finding.place
    row = f"row {place.row}: " if place.line is None and place.row is not None else ""
    lines = [f"{row}{brief(finding.message)}", f"fix: {brief(finding.fix)}" if finding.fix else ""]
    return "\n".join(line for line in lines if line)


def _properties(finding: Finding) -> str:
    place, excerpt = finding.place, finding.excerpt
    told: dict[str, str | int] = {"file": brief(place.path)}
    if place.line is not None:
        told |= {"line": place.line, "endLine": place.line}
        if excerpt is not None and excerpt.text and not excerpt.whole:
            first, behind = excerpt.columns
            told |= {"col": first, "endColumn": max(first, behind - 1)}
    told["title"] = brief(finding.code, TITLE)
    return ",".join(f"{name}={_property(str(value))}" for name, value in told.items())


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
