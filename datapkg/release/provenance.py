"""`provenance.json`: where a release comes from, as an in-toto statement with SLSA provenance (both version 1).

It lies beside `SHA256SUMS`, names that file by its digest, and is no part of a rebuild: the commit, and the
versions of the tools, may differ where the release does not. Two files that say the same have the same bytes:
`invocationId` is the digest of all the rest, so that a changed byte shows also where nothing is signed.
"""

import hashlib
import json
import platform
from collections.abc import Iterator, Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from datapkg.checksums import SUMS, digest_of
from datapkg.dataset import Dataset
from datapkg.errors import TargetError
from datapkg.git import commit_of, is_clean
from datapkg.project import CONFIGURATIONS, Project
from datapkg.versions import TOOL

STATEMENT = "https://in-toto.io/Statement/v1"
PREDICATE = "https://slsa.dev/provenance/v1"
BUILD_TYPE = "urn:datapkg:release:1"
BUILDER = "urn:datapkg"
LIBRARIES = ("duckdb", "frictionless", "numpy", "pandera", "pyarrow")
"""The libraries that read, judge and write the data, and so decide the bytes of a release."""
BESIDE = ("CHANGELOG.md", "LICENSE", "waivers.yaml", "views/*.sql")


class ProvenanceFault(Exception):
    """The text is no statement of this kind, or was changed."""


def provenance(
    dataset: Dataset,
    project: Project,
    release: Path,
    released_as: str,
    fresh: Mapping[Path, str],
    known: Mapping[Path, str],
) -> str:
    """The text of `provenance.json` for a release that lies, with its `SHA256SUMS`, in the folder `release`.

    `fresh` are texts of the source that are written together with the release; of some files the digest is `known`.
    """
    digests = {path: known.get(path) or digest_of(path) for path in _inputs(dataset, project)}
    digests |= {path: hashlib.sha256(text.encode()).hexdigest() for path, text in fresh.items()}
    inputs = [
        {"name": path.relative_to(project.root).as_posix(), "digest": {"sha256": digests[path]}}
        for path in sorted(digests)
    ]
    statement = {
        "_type": STATEMENT,
        "subject": [{"name": SUMS, "digest": {"sha256": digest_of(release / SUMS)}}],
        "predicateType": PREDICATE,
        "predicate": {
            "buildDefinition": {
                "buildType": BUILD_TYPE,
                "externalParameters": {"dataset": dataset.name, "version": released_as},
                "internalParameters": {"partBytes": project.limits.part_bytes},
                "resolvedDependencies": [*_commit(dataset, project, changed=bool(fresh)), *inputs],
            },
            "runDetails": {"builder": {"id": BUILDER, "version": dict(tools())}, "metadata": {}},
        },
    }
    return _text(statement)


def read_provenance(text: str) -> Mapping[str, Any]:
    """The statement; ProvenanceFault where it is none, or not as `provenance` wrote it."""
    try:
        statement = json.loads(text)
        named = statement["predicate"]["runDetails"]["metadata"].pop("invocationId")
        subjects = [(subject["name"], subject["digest"]["sha256"]) for subject in statement["subject"]]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise ProvenanceFault("it is no statement of a build") from None
    if _text(statement) != text:
        raise ProvenanceFault(f"it was changed: what it says is not what its invocationId {named} stands for")
    if [name for name, _ in subjects] != [SUMS]:
        raise ProvenanceFault(f"it does not speak of {SUMS}")
    found: Mapping[str, Any] = statement
    return found


def _text(statement: dict[str, Any]) -> str:
    """Canonical text of a statement, with the digest of that text without the digest in it."""
    bare = json.dumps(statement, sort_keys=True, ensure_ascii=False)
    run = statement["predicate"]["runDetails"]
    known = {**run["metadata"], "invocationId": f"sha256:{hashlib.sha256(bare.encode()).hexdigest()}"}
    whole = {
        **statement,
        "predicate": {**statement["predicate"], "runDetails": {**run, "metadata": known}},
    }
    return json.dumps(whole, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def _inputs(dataset: Dataset, project: Project) -> set[Path]:
    """The files that the release was made from, those of the project's rules included."""
    own = {path for pattern in BESIDE for path in dataset.folder.glob(pattern)}
    schemas = {table.schema_path for table in dataset.tables if table.schema_path is not None}
    data = {path for table in dataset.tables for path in table.paths}
    rows = {path.with_suffix(".py") for path in schemas if path.parent == project.schemas}
    queries = set((project.schemas / "cross").glob("*.sql"))
    settings = {project.root / name for name in CONFIGURATIONS}
    found = {dataset.path, *own, *schemas, *data, *rows, *queries, *settings}
    return {path for path in found if path.is_file() and not path.is_symlink() and path.is_relative_to(project.root)}


def _commit(dataset: Dataset, project: Project, *, changed: bool) -> Iterator[dict[str, Any]]:
    """The commit that is checked out, and whether the source is not as it has it; nothing without git."""
    try:
        commit = commit_of(project.root, "HEAD")
        places = (dataset.folder, project.schemas, *(project.root / name for name in CONFIGURATIONS))
        state = {} if is_clean(project.root, *places) and not changed else {"annotations": {"changed": True}}
    except TargetError:
        return
    yield {"name": "source", "digest": {"gitCommit": commit}, **state}


def tools() -> Iterator[tuple[str, str]]:
    """The name and version of all that decides the bytes of a release."""
    yield "datapkg", TOOL
    yield "python", platform.python_version()
    for name in LIBRARIES:
        try:
            yield name, version(name)
        except PackageNotFoundError:
            continue
