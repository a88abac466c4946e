"""The checks run into a Report, with a ledger of every rule that ran or did not."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import count
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING

from datapkg import targets as naming
from datapkg.bases import last_known
from datapkg.cache.entries import Cache
from datapkg.cache.results import Request, keep, recall, watched
from datapkg.checks.needs import needed
from datapkg.checks.queries import readable
from datapkg.checks.scene import Scene
from datapkg.dataset import Dataset
from datapkg.engine.connection import Workspace, at_work, plan_little, workspace
from datapkg.engine.judge import Judged
from datapkg.engine.selecting import SMALL
from datapkg.findings import (
    DatasetReport,
    Finding,
    Place,
    Report,
    Severity,
    Verdict,
    pack,
    verdict_of,
)
from datapkg.law import RULE_ERROR, LateLaw, Law, RuleFault, compile_law, load_row_rules
from datapkg.limits import Limits
from datapkg.paths import unsafe_name
from datapkg.project import Project, find_project
from datapkg.resources import Table
from datapkg.ruling import gone, not_run, ruled
from datapkg.spark.addresses import reaching
from datapkg.spark.run import checks_of, engaged, staged
from datapkg.sqlrules import SqlRule, read_sql_rules
from datapkg.versions import TOOL
from datapkg.views import VIEWS, View, read_views
from datapkg.waivers import Waivers, apply_waivers, read_waivers

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

REACH = 1_000_000
"""Findings of each rule and table among which those that are waived are looked for."""

FEW = 10_000
"""Rows of all tables below which keys are looked up without planning much."""


def validate(  # noqa: PLR0913  (each is a choice that a caller has)
    *targets: str,
    project: Project | None = None,
    schema: Path | None = None,
    limits: Limits | None = None,
    untrusted: bool = False,
    cache: Cache | None = None,
    engine: "str | SparkSession" = "duckdb",
    progress: Callable[[int, int], None] | None = None,
) -> Report:
    """Check the tables of each target against their schemas and each other.

    Without targets: every dataset of the project, which is looked for from the working folder
    up where none is given. `limits` are the project's where none are given. With `untrusted` no
    row rule and no SQL rule that comes with the data is run. With a `cache`, the report on a
    dataset is taken from there where nothing that it was made from has changed. `engine` is
    `duckdb`, `spark` (the session that SPARK_REMOTE or Spark's own settings name) or a session of
    Spark. `progress` is told how many tables are done and how many there are. Raises TargetError
    or ProjectError where the work cannot be done; every fault of the data is a finding.
    """
    project = project or find_project(Path.cwd())
    places = naming.locate(targets, project, schema=schema)
    limits = limits or (project.limits if project is not None else Limits())
    asked = Request(cache if engine == "duckdb" else None, project, limits, untrusted)
    kept = [recall(place, asked) for place in places]
    found = [naming.opened(place) if old is None else None for place, old in zip(places, kept, strict=True)]
    watches = [
        watched(place, dataset, asked) if dataset is not None else None
        for place, dataset in zip(places, found, strict=True)
    ]
    total, done = sum(len(dataset.tables) for dataset in found if dataset is not None), count(1)

    def judged() -> None:
        if progress is not None:
            progress(next(done), total)

    if progress is not None:
        progress(0, total)
    reports = []
    with engaged(engine) as session:
        for place, old, dataset, seen in zip(places, kept, found, watches, strict=True):
            if old is not None:
                reports.append(old)
            elif dataset is not None:
                told = validate_dataset(dataset, project, limits, judged, untrusted=untrusted, session=session)
                reports.append(told)
                keep(place, dataset, told, seen, asked)
    if project is not None and not targets:
        reports.extend(gone(project))
    return Report(tuple(reports), TOOL)


def narrowed(report: Report, *, select: Sequence[str] = (), ignore: Sequence[str] = ()) -> Report:
    """The report with only the rules of `select`, or without those of `ignore`; whether it is valid stays as it is."""
    return replace(report, datasets=tuple(_hide(dataset, select, ignore) for dataset in report.datasets))


def validate_dataset(
    dataset: Dataset,
    project: Project | None,
    limits: Limits | None = None,
    judged: Callable[[], None] = lambda: None,
    *,
    untrusted: bool = False,
    session: "SparkSession | None" = None,
) -> DatasetReport:
    """All verdicts on one dataset. Row rules, SQL rules and waivers are those of its own project.

    `judged` is called after each table. DuckDB judges, or Spark where a `session` is given.
    """
    with judging(dataset, project, limits, judged, how=How(untrusted, session=session)) as (report, _):
        return report


@dataclass(frozen=True)
class How:
    """How a dataset is judged: whether its rules are run, and by which session of Spark.

    `waivers` stand in the place of the project's.
    """

    untrusted: bool = False
    session: "SparkSession | None" = None
    waivers: Waivers | None = None


@contextmanager
def judging(
    dataset: Dataset,
    project: Project | None,
    limits: Limits | None = None,
    judged: Callable[[], None] = lambda: None,
    *,
    how: How = How(),
) -> Iterator[tuple[DatasetReport, Scene]]:
    """As `validate_dataset`, with the judged tables at hand until the end of the block."""
    untrusted, session = how.untrusted, how.session
    own = project if project is not None and naming.belongs(dataset, project) else None
    held = untrusted and (project is None or project.rules is None)  # Rules of a commit are not the data's own.
    dataset = ruled(dataset, project)
    if session is not None and not untrusted:
        dataset = reaching(dataset)
    rules, waivers = _sql_rules(own), how.waivers or _waivers(own, dataset)
    views = _views(own, dataset)
    limits = limits or (project.limits if project is not None else Limits())
    # What is waived must be found, also where less is shown.
    reach = max(limits.findings, REACH) if waivers is not None and waivers.waivers else limits.findings
    with (
        workspace(replace(limits, findings=reach)) as space,
        staged(
            Scene(
                space=space,
                dataset=dataset,
                tables={},
                sql_rules=() if held else rules,
                known_tables=_known_tables(own),
                released=_released(own, dataset, space),
                derived=() if held else views,
            ),
            session,
        ) as scene,
    ):
        scene.needs = needed(scene)
        if scene.sql_rules:
            scene.prepare()
        told: list[Verdict] = []
        if held:
            files = [(table, path) for table in dataset.tables if (path := row_rules(table, own)) is not None]
            told.extend(not_run(dataset, rules, files, views))
        told.extend(_judge_tables(scene, None if held else own, judged))
        verdicts = [*dataset.verdicts, *told]
        scene.ask(readable(scene.sql_rules))
        if sum(table.opened.rows for table in scene.tables.values()) < FEW:
            plan_little(space)
        for check in checks_of(scene):
            with at_work(space.con, f"checking {check.__name__.removeprefix('check_').replace('_', ' ')}"):
                verdicts.extend(check(scene))
        facts = tuple(table.opened.facts for table in scene.tables.values())
        if project is not None:
            verdicts = [_with_severity(verdict, project.severity) for verdict in verdicts]
        if waivers is not None:
            today = datetime.now(UTC).date()
            verdicts = [_shortened(verdict, limits.findings) for verdict in apply_waivers(verdicts, waivers, today)]
        yield DatasetReport(dataset.name, dataset.shown, dataset.version, facts, tuple(verdicts)), scene


def _views(project: Project | None, dataset: Dataset) -> tuple[View, ...]:
    """The views of a dataset of the project; like waivers, those of the commit that its rules come from."""
    if project is None:
        return ()
    folder = (project.rules or project.root) / dataset.folder.relative_to(project.root) / VIEWS
    return read_views(folder, [table.name for table in dataset.tables])


def _waivers(project: Project | None, dataset: Dataset) -> Waivers | None:
    """The waivers of a dataset of the project, or of the commit that its rules come from."""
    if project is None:
        return None
    shown = Path(dataset.shown).parent / "waivers.yaml"
    path = (project.rules or project.root) / dataset.folder.relative_to(project.root) / shown.name
    return read_waivers(path, shown.as_posix())


def _shortened(verdict: Verdict, limit: int) -> Verdict:
    """The verdict with the first `limit` of its findings, and with all that are waived."""
    if len(verdict.findings) <= limit:
        return verdict
    left = count(limit, -1)
    return replace(verdict, findings=pack(f for f in verdict.findings if f.waived or next(left) > 0))


def _sql_rules(project: Project | None) -> tuple[SqlRule, ...]:
    return read_sql_rules(project.schemas / "cross") if project is not None else ()


def _released(project: Project | None, dataset: Dataset, space: Workspace) -> tuple[str, Path] | None:
    """The last release of the dataset: among the project's releases, or a git tag, whose keys are read then."""
    if project is None or unsafe_name(dataset.name) is not None:
        return None
    folder = space.folder / "released"
    folder.mkdir()
    return last_known(dataset, project, folder, space.limits)


def _known_tables(project: Project | None) -> frozenset[str]:
    if project is None:
        return frozenset()
    return frozenset(path.stem for path in project.schemas.glob("*.yaml"))


def _judge_tables(scene: Scene, project: Project | None, done: Callable[[], None]) -> list[Verdict]:
    """Judge all tables into the scene; what is returned are faults of row rules.

    Two at a time: while DuckDB works on one table, Python prepares the next. The largest come last,
    and have the tables that they refer to at hand. Files are surveyed while row rules are loaded.
    """
    from concurrent.futures import Future, ThreadPoolExecutor

    verdicts: list[Verdict] = []
    about: list[Verdict] = []
    tables = scene.dataset.tables

    def judged(
        table: Table, law: LateLaw, before: Mapping[str, "Future[tuple[Judged, list[RuleFault]]]"]
    ) -> tuple[Judged, list[RuleFault]]:
        faults: list[RuleFault] = []
        aims = {key.table for key in table.schema.foreign_keys} if table.schema is not None else set()
        known = {name: told.result()[0] for name, told in before.items() if name in aims}
        given: Law | LateLaw | None = law
        while True:
            try:
                return scene.judge(table, given, known), faults
            except RuleFault as fault:
                faults.append(fault)
                given = _without(given() if callable(given) else given, fault)

    pool, lawyer, wait = ThreadPoolExecutor(max_workers=2), ThreadPoolExecutor(max_workers=1), True
    try:
        laws = {table.name: lawyer.submit(_law, table, project, about).result for table in tables}
        told: dict[str, Future[tuple[Judged, list[RuleFault]]]] = {}
        for size, table in sorted(zip(map(_size, tables), tables, strict=True), key=itemgetter(0)):
            told[table.name] = pool.submit(judged, table, laws[table.name], dict(told) if size >= SMALL else {})
        for table in tables:
            found, faults = told[table.name].result()
            scene.tables[table.name] = found
            done()
            # A constraint that does not compile stands in the law as unenforced, and its check says so.
            row_faults = (fault for fault in faults if fault.clause is None or fault.clause.column is None)
            verdicts.extend(_rule_fault(table, fault) for fault in row_faults)
    except KeyboardInterrupt:
        wait = False
        raise
    finally:
        for threads in (pool, lawyer):
            threads.shutdown(wait=wait, cancel_futures=True)
    return [*about, *verdicts]


def _size(table: Table) -> int:
    """The bytes of a table's files, as far as they are there."""
    return sum(path.stat().st_size for path in table.paths if path.is_file())


def _without(law: Law | None, fault: RuleFault) -> Law | None:
    """The law without the clause at fault, or without all row rules where it is not known; always smaller."""
    clause = fault.clause
    if law is None:
        raise fault
    if clause is None or clause not in law.clauses:
        rest = tuple(other for other in law.clauses if other.column is not None)
        if rest == law.clauses:
            raise fault
        return replace(law, clauses=rest)
    rest = tuple(other for other in law.clauses if other != clause)
    if clause.column is None:
        return replace(law, clauses=rest)
    unenforced = (law.schema[clause.column], clause.constraint or "", str(fault))
    return replace(law, clauses=rest, unenforced=(*law.unenforced, unenforced))


def _law(table: Table, project: Project | None, verdicts: list[Verdict]) -> Law | None:
    if table.schema is None:
        return None
    rules = row_rules(table, project)
    try:
        if rules is not None and (rules.is_symlink() or rules.parent.is_symlink()):
            raise RuleFault(f"{rules.name} is behind a symbolic link, which is not followed")
        return compile_law(table.schema, load_row_rules(rules) if rules is not None else ())
    except RuleFault as fault:
        verdicts.append(_rule_fault(table, fault))
        return compile_law(table.schema)


def row_rules(table: Table, project: Project | None) -> Path | None:
    """The Python file beside a table's schema, where the schema is one of the project's own."""
    if project is None or table.schema_path is None or table.schema_path.parent != project.schemas:
        return None
    path = table.schema_path.with_suffix(".py")
    return path if path.is_file() or path.is_symlink() else None


def _rule_fault(table: Table, fault: RuleFault) -> Verdict:
    shown = f"{table.schema_path.parent.name}/{table.schema_path.stem}.py" if table.schema_path else table.shown[0]
    rule = fault.clause.rule.code if fault.clause is not None else Path(shown).name
    note = str(fault).removeprefix(f"{rule}: ")
    finding = Finding.of(RULE_ERROR, Place(shown, table.name), rule=rule, note=note)
    return verdict_of(RULE_ERROR, [finding], table=table.name)


def _with_severity(verdict: Verdict, severity: Mapping[str, str]) -> Verdict:
    level = severity.get(verdict.code)
    if level is None:
        return verdict
    if level == "off":
        return replace(verdict, rows=None, failures=0, findings=(), skipped="the project switched it off")
    grade = Severity(level)
    findings = pack(replace(finding, severity=grade) for finding in verdict.findings)
    return replace(verdict, severity=grade, findings=findings)


def _hide(report: DatasetReport, select: Sequence[str], ignore: Sequence[str]) -> DatasetReport:
    if not select and not ignore:
        return report
    verdicts = tuple(
        replace(verdict, hidden=verdict.code in ignore or (bool(select) and verdict.code not in select))
        for verdict in report.verdicts
    )
    return replace(report, verdicts=verdicts)
