"""Every rule by code: those of the tool, and those the maintainers wrote in `schemas/`."""

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path

from datapkg import dataset, descriptor, law, paths, ruling, spelling, vouching, waivers
from datapkg.checks import CHECKS
from datapkg.errors import TargetError
from datapkg.findings import Rule
from datapkg.project import Project
from datapkg.rowrules import read_row_rules
from datapkg.sqlrules import read_sql_rules

RULES: Mapping[str, Rule] = {
    rule.code: rule
    for rules in (
        descriptor.RULES,
        (spelling.UNKNOWN_PROPERTY,),
        (paths.UNSAFE_PATH,),
        dataset.RULES,
        law.RULES,
        waivers.RULES,
        *CHECKS.values(),
        ruling.RULES,
        vouching.RULES,
    )
    for rule in rules
}
"""The tool's own rules, in the order of the layers."""


def project_rules(schemas: Path) -> dict[str, Rule]:
    """The maintainers' rules of a folder of schemas, read without running any of them."""
    found = {rule.rule.code: rule.rule for rule in read_sql_rules(schemas / "cross")}
    for path in sorted(schemas.glob("*.py")) if schemas.is_dir() else ():
        found.update({rule.code: rule for rule in read_row_rules(path)})
    return found


def explain(code: str | None, project: Project | None) -> Iterator[str]:
    """One rule in full, or all of them a line each; TargetError where there is no such rule."""
    known = {**RULES, **(project_rules(project.schemas) if project is not None else {})}
    if code is None:
        width = max(map(len, known))
        for rule in known.values():
            yield f"{rule.code:{width}}  {rule.layer:12} {rule.severity:8} {rule.message}\n"
        return
    if code not in known:
        close = get_close_matches(code, known, n=1)
        raise TargetError(f"there is no rule {code!r}" + (f"; did you mean {close[0]}?" if close else ""))
    rule = known[code]
    yield f"{rule.code} ({rule.severity}, {rule.layer})\n\n"
    yield f"What: {rule.message}\nWhy:  {rule.why}\nFix:  {rule.fix}\n"
    if rule.example:
        yield "\nExample:\n" + "".join(f"  {line}\n" for line in rule.example.splitlines())
