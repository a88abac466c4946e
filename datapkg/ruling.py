"""Whose rules a dataset is judged by: its own, none of its own, or those of a commit.

With rules of a commit, all that a change could use to weaken the law comes from there: settings,
schemas, dialects, row rules, SQL rules, severities, limits and waivers. The data, where it lies,
its digests and what else the descriptor says come from the work tree.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from datapkg.dataset import Dataset, open_dataset, open_file
from datapkg.descriptor import PACKAGE_ERROR, SCHEMA_ERROR
from datapkg.errors import TargetError
from datapkg.findings import DatasetReport, Finding, Layer, Place, Rule, Severity, Verdict, verdict_of
from datapkg.git import commit_of, export
from datapkg.project import CONFIGURATIONS, Project, find_descriptor, read_project
from datapkg.resources import Table
from datapkg.rowrules import read_row_rules
from datapkg.sqlrules import SqlRule
from datapkg.views import VIEWS, View

RULES_NOT_RUN = Rule(
    code="rules-not-run",
    layer=Layer.FRICTIONLESS,
    severity=Severity.WARNING,
    message="rules that come with the data were not used: {note}",
    why="Code and laws that come with data are as trustworthy as whoever sent the data.",
    fix="Read them; once they are accepted, validate without --untrusted, or with --rules-from a commit that has them.",
)
RULES_UNKNOWN = Rule(
    code="rules-unknown",
    layer=Layer.FRICTIONLESS,
    severity=Severity.WARNING,
    message="{origin} does not know {part}; it was judged by a schema of its own",
    why="Data that the trusted rules do not know is held to nothing but its own word.",
    fix="Look at its schema yourself, or name a commit that has it.",
)
MISSING_PART = Rule(
    code="missing-part",
    layer=Layer.FRICTIONLESS,
    message="{origin} has {part}, which is not there any more",
    why="What is taken away, or renamed, is no longer judged by the rules that were made for it.",
    fix="Put it back; where it shall go, that is a change of the rules, to be accepted first.",
)

RULES = (RULES_NOT_RUN, RULES_UNKNOWN, MISSING_PART)
SUFFIXES = (".json", ".py", ".sql", ".toml", ".yaml", ".yml")
UNTRUSTED = "it came with the data, and none of that is run (--untrusted)"


# ---------------------------------------------------------------- rules of a commit


@contextmanager
def rules_from(origin: str, project: Project | None) -> Iterator[Project]:
    """The project with the rules that `origin`, git:REF, has for it, in a private folder.

    Raises TargetError where there is no such commit or it holds no project there, ProjectError
    where its settings cannot be read.
    """
    scheme, _, ref = origin.partition(":")
    if scheme != "git" or not ref:
        raise TargetError(f"rules come from git:REF, a commit, branch or tag, and not from {origin!r}")
    if project is None:
        raise TargetError(f"there is no project here whose rules could be those of {origin}")
    commit = commit_of(project.root, ref)
    with TemporaryDirectory(prefix="datapkg-") as folder:
        held = Path(folder)
        links = export(project.root, commit, held, SUFFIXES)
        if linked := sorted(links.intersection(CONFIGURATIONS)):
            raise TargetError(f"{linked[0]} of {origin} is a symbolic link, which is not followed")
        there = read_project(held)
        if there is None:
            raise TargetError(f"{origin} has neither datapkg.toml nor [tool.datapkg] in pyproject.toml here")
        for link in sorted(links):
            if _matters(there, held / link):
                raise TargetError(f"{link} of {origin} is a symbolic link, which is not followed")
        yield replace(
            there,
            root=project.root,
            datasets=project.root / there.datasets.relative_to(held),
            releases=project.root / there.releases.relative_to(held),
            origin=origin,
            rules=held,
        )


def _matters(project: Project, link: Path) -> bool:
    """Whether rules could lie behind a link."""
    above = any(folder.is_relative_to(link) for folder in (project.schemas, project.datasets))
    inside = link.is_relative_to(project.datasets) and link.suffix in ("", *SUFFIXES)
    return above or inside or link.is_relative_to(project.schemas)


def ruled(dataset: Dataset, project: Project | None) -> Dataset:
    """The dataset with the schemas and dialects that the project's origin has for its tables.

    Tables that the origin does not know keep their own schema, unless it is a file that the
    origin has; verdicts say so, and name what the origin has and the dataset lacks.
    """
    if project is None or project.rules is None:
        return dataset
    base = _base(dataset, project)
    known = {table.name.lower(): table for table in base.tables} if base is not None else {}
    words = {"origin": project.origin}
    place = Place(dataset.shown, line=1)
    found: list[tuple[Rule, Finding]] = []
    tables = []
    for table in dataset.tables:
        law = known.pop(table.name.lower(), None)
        if law is None:
            tables.append(_with_file_of(project, table))
            part = f"the table {table.name}" if base is not None else f"the dataset of {dataset.folder.name}"
            found.append((RULES_UNKNOWN, Finding.of(RULES_UNKNOWN, place, part=part, **words)))
        else:
            tables.append(_with_law_of(table, law))
        if law is not None and law.schema is None and "schema" in law.descriptor:
            note = f"the one that {project.origin} has for {table.name} cannot be read, so nothing holds the data to it"
            found.append((SCHEMA_ERROR, Finding.of(SCHEMA_ERROR, place, note=note)))
    lost = (Finding.of(MISSING_PART, place, part=f"the table {table.name}", **words) for table in known.values())
    found.extend((MISSING_PART, finding) for finding in lost)
    if base is not None and not base.tables:
        note = f"as {project.origin} has it, it has no tables that can be read"
        found.append((PACKAGE_ERROR, Finding.of(PACKAGE_ERROR, place, note=note)))
    if changed := _changed(dataset, tables, project):
        more = f" and {len(changed) - 3} more" if len(changed) > 3 else ""
        note = f"{', '.join(changed[:3])}{more} differ from {project.origin}, whose rules were run"
        found.append((RULES_NOT_RUN, Finding.of(RULES_NOT_RUN, place, note=note)))
    told = dict.fromkeys(found)
    verdicts = (
        verdict_of(rule, [one for other, one in told if other is rule])
        for rule in (*RULES, SCHEMA_ERROR, PACKAGE_ERROR)
        if any(other is rule for other, _ in told)
    )
    return replace(dataset, tables=tuple(tables), verdicts=(*dataset.verdicts, *verdicts))


def gone(project: Project) -> Iterator[DatasetReport]:
    """A report on each dataset that the project's origin has and the work tree has not."""
    if project.rules is None:
        return
    place = project.datasets.relative_to(project.root)
    held = replace(project, root=project.rules, datasets=project.rules / place)
    for name in sorted(held.descriptors().keys() - project.descriptors().keys()):
        shown = (place / name).as_posix()
        finding = Finding.of(MISSING_PART, Place(shown), part=f"the dataset {name}", origin=project.origin)
        yield DatasetReport(name, shown, None, (), (verdict_of(MISSING_PART, [finding]),))


def _base(dataset: Dataset, project: Project) -> Dataset | None:
    """The dataset of the same folder as the origin has it. Its data is not there, nor needed."""
    if project.rules is None or not dataset.folder.is_relative_to(project.datasets):
        return None
    descriptor = find_descriptor(project.rules / dataset.folder.relative_to(project.root))
    return open_dataset(descriptor, root=project.rules, base=project.rules) if descriptor is not None else None


def _with_law_of(table: Table, law: Table) -> Table:
    """The table's data, read and judged as another has it."""
    return replace(
        table,
        schema=law.schema,
        schema_path=law.schema_path,
        schema_descriptor=law.schema_descriptor,
        dialect=law.dialect,
        encoding=law.encoding,
    )


def _with_file_of(project: Project, table: Table) -> Table:
    """The table with the origin's text of the schema file that it refers to, where it has that file."""
    path = table.schema_path
    if project.rules is None or path is None or not path.is_relative_to(project.root):
        return table
    held = project.rules / path.relative_to(project.root)
    if not held.is_file():
        return table
    law = open_file(Path(table.shown[0]), held, base=project.rules).tables[0]
    return replace(table, schema=law.schema, schema_path=held, schema_descriptor=law.schema_descriptor)


def _changed(dataset: Dataset, tables: Sequence[Table], project: Project) -> list[str]:
    """Settings, rules, views and waivers that differ between the work tree and the origin, and schemas in place."""
    if project.rules is None:
        return []
    listed: set[str] = set(CONFIGURATIONS)
    for root in (project.root, project.rules):
        folder = root / project.schemas.relative_to(project.rules)
        listed.update(path.relative_to(root).as_posix() for path in folder.rglob("*") if path.suffix in SUFFIXES)
    if dataset.folder.is_relative_to(project.root):
        place = dataset.folder.relative_to(project.root)
        listed.add((place / "waivers.yaml").as_posix())
        for root in (project.root, project.rules):
            listed.update(path.relative_to(root).as_posix() for path in (root / place / VIEWS).glob("*.sql"))
    files = [name for name in sorted(listed) if _bytes(project.root / name) != _bytes(project.rules / name)]
    given = {table.name: table.schema_descriptor for table in dataset.tables if table.schema_path is None}
    held = {table.name: table.schema_descriptor for table in tables}
    return files + [f"the schema of {name}" for name, schema in given.items() if schema != held[name]]


def _bytes(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() and not path.is_symlink() else None


# ---------------------------------------------------------------- none of its own


def not_run(
    dataset: Dataset, sql: Sequence[SqlRule], rows: Sequence[tuple[Table, Path]], views: Sequence[View] = ()
) -> Iterator[Verdict]:
    """The rules and views that came with a dataset and are not run: each in the ledger, and one warning of them all."""
    entries = [(rule.rule, rule.table, rule.column) for rule in sql]
    for table, path in rows:
        named = list(read_row_rules(path)) or [replace(RULES_NOT_RUN, code=path.stem, layer=Layer.PANDERA)]
        entries.extend((rule, table.name, None) for rule in named)
    entries.extend((replace(RULES_NOT_RUN, code="view-error", layer=Layer.DUCKDB), view.name, None) for view in views)
    for rule, name, column in entries:
        yield Verdict(rule.code, rule.layer, rule.severity, name, column, skipped=UNTRUSTED)
    if entries:
        files = len(sql) + len(rows) + len(views)
        note = f"{files} {'file' if files == 1 else 'files'} of them, {entries[0][0].code} the first"
        yield verdict_of(RULES_NOT_RUN, [Finding.of(RULES_NOT_RUN, Place(dataset.shown, line=1), note=note)])
