"""Everything that stands in a release, written into an empty folder; then looked at again."""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from datapkg.changes import Changes
from datapkg.checks.scene import Scene
from datapkg.checksums import SUMS, digest_of, sums_text, together
from datapkg.dataset import Dataset, open_dataset
from datapkg.engine.connection import Workspace, workspace
from datapkg.engine.digests import sorted_sha256, tallied
from datapkg.engine.export import open_typed
from datapkg.engine.judge import Judged
from datapkg.engine.outgoing import Surprise
from datapkg.errors import DatapkgError, Refused
from datapkg.findings import DatasetReport, Finding, Rule, Severity, Verdict
from datapkg.limits import Limits
from datapkg.pace import task
from datapkg.project import Project
from datapkg.release.card import card
from datapkg.release.changed import changes_json, changes_parquet
from datapkg.release.citation import citation
from datapkg.release.codebook import codebook
from datapkg.release.croissant import croissant
from datapkg.release.datacite import datacite_json, datacite_xml
from datapkg.release.dcat import dcat
from datapkg.release.descriptor import package_descriptor, table_schema
from datapkg.release.draft import Draft
from datapkg.release.issues import known_issues
from datapkg.release.parquet import File, Written, write_table
from datapkg.release.schemaorg import schemaorg
from datapkg.resources import Table
from datapkg.rowrules import read_row_rules
from datapkg.schema import Schema
from datapkg.sqlrules import read_sql_rules
from datapkg.validate import row_rules
from datapkg.waivers import Waiver, read_waivers

DESCRIPTOR = "datapackage.json"
BLOCK = 1 << 20


def copied(name: str) -> Callable[[Draft], bytes | None]:
    """A file of the dataset's folder as it is there, where it is a plain file."""

    def read(draft: Draft) -> bytes | None:
        source = draft.dataset.folder / name
        return source.read_bytes() if source.is_file() and not source.is_symlink() else None

    return read


def changelog(draft: Draft) -> str | bytes | None:
    """The dataset's changelog, as it is or will be."""
    return draft.changelog if draft.changelog is not None else copied("CHANGELOG.md")(draft)


@dataclass(frozen=True)
class Part:
    """A file of a release: what makes it (None: it is not in this release), and what it is."""

    make: Callable[[Draft], str | bytes | None]
    what: str


FILES: dict[str, Part] = {
    DESCRIPTOR: Part(package_descriptor, "the Data Package: schemas written in, size and digest of every table"),
    "README.md": Part(card, "for people; its header is what Hugging Face reads, one configuration for each table"),
    "codebook.md": Part(codebook, "every table, column, unit, code, key and rule in plain words"),
    "known-issues.json": Part(known_issues, "the findings that the maintainers accept, with their reasons"),
    "croissant.json": Part(croissant, "Croissant 1.1, for `mlcroissant` and what else loads it"),
    "schema.jsonld": Part(schemaorg, "schema.org, to be laid into a page for search engines"),
    "CITATION.cff": Part(citation, "how to cite this version"),
    "datacite.json": Part(datacite_json, "DataCite 4, for registering a DOI; needs `created`"),
    "datacite.xml": Part(datacite_xml, "the same in XML, where `id` is a DOI"),
    "dcat.ttl": Part(dcat, "DCAT-AP 3, for catalogues of open data"),
    "CHANGELOG.md": Part(changelog, "all versions; the dataset's own file"),
    "changes.json": Part(changes_json, "what changed since the version before, row by row (`datapkg-diff/1`)"),
    "changes.parquet": Part(changes_parquet, "the same as a table, a line for each cell"),
    "LICENSE": Part(copied("LICENSE"), "the licence; the dataset's own file"),
}
"""All that stands in a release, and is made from the descriptor, the schemas and the written tables alone."""
TABLES = {"data/<table>.parquet": "each table; a large one as parts, `data/<table>/part-00000.parquet` and on"}
BESIDE = {
    "SHA256SUMS": "the digest of every file above",
    "provenance.json": "where it comes from: commit, digest of every input, versions of the tools",
    "SHA256SUMS.sig": "its signature, and `provenance.json.sig` that of the file above, where a key was given",
}
"""The rest, for whoever lists what is there."""


@dataclass(frozen=True)
class Edition:
    """A dataset that was found valid, laid out, under the version it is released as; `scene` has its judged tables."""

    dataset: Dataset
    version: str
    created: str | None
    report: DatasetReport
    scene: Scene
    project: Project
    changes: Changes | None = None
    again: Path | None = None
    changelog: str | None = None


def write_tables(folder: Path, edition: Edition, limits: Limits) -> dict[str, Written]:
    """Write the tables of the release into `folder`, and compare them with those that were judged.

    Raises Refused where the source is not what was validated, OSError where it cannot be written.
    """
    (folder / "data").mkdir()
    written = {}
    for table in edition.dataset.tables:
        judged = edition.scene.tables.get(table.name)
        with task(f"writing {table.name}", judged.opened.rows if judged is not None else 0):
            if judged is not None:
                written[table.name] = _write_table(folder / "data", edition, table, judged, limits)
            else:
                written[table.name] = _write_view(folder / "data", edition, table, limits)
    return written


def write_descriptor(folder: Path, edition: Edition, written: Mapping[str, Written]) -> None:
    """Write what says which tables there are, so that the folder can be read before it is a release."""
    (folder / DESCRIPTOR).write_text(package_descriptor(_draft(edition, written)), encoding="utf-8", newline="\n")


def _draft(edition: Edition, written: Mapping[str, Written]) -> Draft:
    return Draft(
        edition.dataset,
        edition.version,
        edition.created,
        written,
        waived(edition),
        own_rules(edition),
        edition.changes,
        edition.again,
        edition.changelog,
    )


def write_files(folder: Path, edition: Edition, written: Mapping[str, Written]) -> None:
    """Write every other file of the release into the folder that has its tables."""
    draft = _draft(edition, written)
    for name, part in FILES.items():
        made = part.make(draft)
        if made is not None:
            (folder / name).write_bytes(made.encode() if isinstance(made, str) else made)
    known = {file.path: file.sha256 for listed in draft.files.values() for file in listed}
    (folder / SUMS).write_text(sums_text(folder, known), encoding="utf-8")


def own_rules(edition: Edition) -> list[tuple[Rule, str | None]]:
    """The maintainers' rules that were run on the dataset, each with the table that it is about."""
    ran = {verdict.code for verdict in edition.report.verdicts if verdict.listed and verdict.skipped is None}
    rows = ((table, row_rules(table, edition.project)) for table in edition.dataset.tables)
    found: list[tuple[Rule, str | None]] = [
        (rule, table.name) for table, path in rows if path is not None for rule in read_row_rules(path)
    ]
    found.extend((given.rule, given.table) for given in read_sql_rules(edition.project.schemas / "cross"))
    return [(rule, table) for rule, table in found if rule.code in ran]


def waived(edition: Edition) -> list[tuple[Waiver, Finding]]:
    """Each waiver of the dataset with a finding that it waives."""
    given = read_waivers(edition.dataset.folder / "waivers.yaml", "waivers.yaml").waivers
    waived = [finding for finding in edition.report.findings if finding.waived]
    pairs = [(waiver, next((f for f in waived if waiver.covers(f)), None)) for waiver in given]
    return [(waiver, finding) for waiver, finding in pairs if finding is not None]


def check_contents(folder: Path, edition: Edition) -> None:
    """DatapkgError where the release describes itself otherwise than its source: its tables, columns, rules and keys.

    Its rows are those of the source, which is seen when they are written; so the same rules hold of them.
    """
    built = open_dataset(folder / DESCRIPTOR, root=folder, base=folder)
    known = {_subject(verdict) for verdict in _errors(edition.report.verdicts)}
    for verdict in _errors(built.verdicts):
        if _subject(verdict) not in known:
            told = verdict.findings[0].message if verdict.findings else verdict.code
            raise DatapkgError(f"the release of {verdict.table or edition.dataset.name} is not its source: {told}")
    wanted = {table.name: _law(table.schema) for table in edition.dataset.tables}
    found = {table.name: _law(table.schema) for table in built.tables}
    if other := sorted(name for name in wanted.keys() | found.keys() if wanted.get(name) != found.get(name)):
        raise DatapkgError(f"the release of {other[0]} is not its source: its schema reads otherwise")


def _law(schema: Schema | None) -> Schema | None:
    """The schema but for texts that mean no value, which Parquet does without."""
    if schema is None:
        return None
    return replace(schema, columns=tuple(replace(column, missing_values=()) for column in schema.columns))


def _errors(verdicts: Iterable[Verdict]) -> list[Verdict]:
    return [verdict for verdict in verdicts if verdict.failures and verdict.severity is Severity.ERROR]


def _subject(verdict: Verdict) -> tuple[str, str | None, str | None, str | None]:
    return (verdict.code, verdict.table, verdict.column, verdict.constraint)


def _write_table(folder: Path, edition: Edition, table: Table, judged: Judged, limits: Limits) -> Written:
    """The table as it was judged; what the judgement did not keep is read once more, and all typed where it must be."""
    if extra := sorted(set(range(len(judged.opened.cells))) - set(judged.opened.positions.values())):
        note = f"{len(extra)} of its columns, the first of them number {extra[0] + 1}, are not in its schema"
        raise Refused(f"the table {table.name} cannot be released: {note}")
    for plain in (True, False):
        with suppress(Surprise):
            return _write_judged(folder, edition.dataset, table, (edition.scene.space, judged), plain=plain)
    with workspace(limits) as space:
        again = open_typed(space, judged.opened.table)
        _refuse_changed(judged, again.opened.facts.sha256)
        return _write_judged(folder, edition.dataset, table, (space, again))


def _write_view(folder: Path, edition: Edition, table: Table, limits: Limits) -> Written:
    """A view, from the file that the sandbox wrote."""
    with workspace(limits) as space:
        return _write_judged(folder, edition.dataset, table, (space, open_typed(space, table)))


def _write_judged(
    folder: Path, dataset: Dataset, table: Table, held: tuple[Workspace, Judged], *, plain: bool = True
) -> Written:
    """The table, written and read back; meanwhile its files are hashed, and those that it was made from."""
    space, judged = held
    assert table.schema is not None
    about = {
        "dataset": dataset.name,
        "table": table.name,
        "title": str(table.descriptor.get("title") or table.schema_descriptor.get("title") or ""),
        "description": str(table.descriptor.get("description") or table.schema_descriptor.get("description") or ""),
        "licence": _listed(dataset, table, "licenses", ("name", "path")),
        "source": _listed(dataset, table, "sources", ("title", "path")),
    }
    told = {name: text.strip() for name, text in about.items() if text}
    written = write_table(folder, space, judged, about=told, schema=table_schema(table), plain=plain)
    with ThreadPoolExecutor(1) as pool:
        hashing = pool.submit(lambda: ([digest_of(path) for path in table.paths], _sealed(written)))
        found = tallied(space, table.schema, written.paths)
        digests, sealed = hashing.result()
    _refuse_changed(judged, together(digests))
    if (found.rows, found.hexdigest()) != (written.rows, written.tally.hexdigest()):
        raise DatapkgError(f"the release of {table.name} has other rows than its source")
    content = found.hexdigest() if found.ordered else sorted_sha256(space, table.schema, written.paths)
    return replace(sealed, content_sha256=content, sources=dict(zip(table.paths, digests, strict=True)))


def _sealed(written: Written) -> Written:
    """What was written, with the digests of its files, each of which is read once."""
    whole, files = hashlib.sha256(), []
    for listed, path in zip(written.listed, written.paths, strict=True):
        own, size = hashlib.sha256(), 0
        with path.open("rb") as file:
            while block := file.read(BLOCK):
                own.update(block)
                if len(written.names) > 1:
                    whole.update(block)
                size += len(block)
        files.append(File(listed, size, own.hexdigest()))
    sha256 = whole.hexdigest() if len(files) > 1 else files[0].sha256
    return replace(written, files=tuple(files), sha256=sha256)


def _refuse_changed(judged: Judged, sha256: str | None) -> None:
    """Refused where the files of a table are not, by their digest, those that were judged."""
    facts = judged.opened.facts
    if judged.opened.table.paths and sha256 != facts.sha256:
        raise Refused(f"{facts.path} changed while it was released; run it again")


def _listed(dataset: Dataset, table: Table, name: str, words: Sequence[str]) -> str:
    """What the table, else the dataset, says of its licences or its sources, on one line."""
    listed = table.descriptor.get(name) or dataset.descriptor.get(name) or []
    told = (next((str(item[word]) for word in words if item.get(word)), "") for item in listed)
    return ", ".join(filter(None, told))
