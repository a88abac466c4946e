"""`verify --rebuild`: the release built once more from its source, and compared byte by byte."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import zip_longest
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from datapkg import git, targets
from datapkg.bases import base_named
from datapkg.checksums import PROVENANCE, SUMS, SumsFault, read_sums
from datapkg.dataset import Dataset
from datapkg.errors import TargetError
from datapkg.findings import Finding, Verdict, verdict_of
from datapkg.limits import Limits
from datapkg.project import Project, read_project
from datapkg.release.build import rebuild
from datapkg.release.provenance import ProvenanceFault, read_provenance, tools
from datapkg.vouching import REBUILD_DIFFERS

if TYPE_CHECKING:
    import pyarrow

TEXT = (".json", ".jsonld", ".md", ".cff", ".xml", ".ttl", "LICENSE")
CUT = 120
"""Characters of a differing line or cell that are shown."""

Telling = Callable[..., Finding]


def check_rebuild(
    folder: Path, source: str | None, project: Project | None, limits: Limits, finding: Telling
) -> Iterator[Verdict]:
    """The files of a release that a build from `source` gives otherwise, each with its first difference.

    `source` is a dataset of the project, its folder, or `git:REF`; without one, the work tree. `finding` makes a
    finding of a rule, a file and words. Raises TargetError where there is no such source, or not the version that
    the release was compared with, and Refused where the source cannot be released.
    """
    described = _described(folder)
    name, version = str(described.get("name", "")), str(described.get("version", ""))
    with _source(source, name, project) as (dataset, own), TemporaryDirectory(prefix="datapkg-") as place:
        shown = source or "the work tree"
        if str(dataset.version) != version:
            note = f"it states the version {dataset.version}, and the release is {version}"
            told = finding(REBUILD_DIFFERS, "datapackage.json", source=shown, note=note)
            yield verdict_of(REBUILD_DIFFERS, [told])
            return
        with _base(folder, dataset, project) as base:
            rebuild(dataset, own, Path(place), base, limits)
        found = _differences(folder, Path(place))
        findings = [finding(REBUILD_DIFFERS, path, source=shown, note=note) for path, note in found]
        yield verdict_of(REBUILD_DIFFERS, findings)


def _described(folder: Path) -> dict[str, Any]:
    """The descriptor of the release; nothing where it has none that can be read, which is told elsewhere."""
    try:
        found = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise TargetError(f"{folder.name} has no descriptor by which its source could be found")
    return found


@contextmanager
def _source(source: str | None, name: str, project: Project | None) -> Iterator[tuple[Dataset, Project]]:
    """The dataset to build from, and its project: that of the work tree, or as a commit has it."""
    if project is None:
        raise TargetError("there is no project here that could hold the source of the release")
    if source is None or not source.startswith(targets.GIT):
        dataset = targets.dataset(source or _folder_of(name, project), project)
        if not targets.belongs(dataset, project):
            raise TargetError(f"{source} is no dataset of the project, and only such a one is built")
        yield dataset, project
        return
    commit = git.commit_of(project.root, source.removeprefix(targets.GIT))
    with TemporaryDirectory(prefix="datapkg-") as place:
        held = Path(place).resolve()
        git.export(project.root, commit, held)
        there = read_project(held)
        if there is None:
            raise TargetError(f"{source} has neither datapkg.toml nor [tool.datapkg] in pyproject.toml here")
        yield targets.dataset(_folder_of(name, there), there), there


def _folder_of(name: str, project: Project) -> str:
    """The folder of the dataset that calls itself so."""
    for folder, descriptor in project.descriptors().items():
        if folder == name or targets.open_name(descriptor) == name:
            return folder
    raise TargetError(f"the source has no dataset {name!r}")


@contextmanager
def _base(folder: Path, dataset: Dataset, project: Project | None) -> Iterator[str | Dataset | None]:
    """What the release was compared with: beside it, among the project's releases, or a tag."""
    try:
        old = json.loads((folder / "changes.json").read_text(encoding="utf-8"))["old"]["version"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        old = None
    if old is None:
        yield None
        return
    beside = folder.with_name(f"{dataset.name}-{old}")
    if (beside / SUMS).is_file():
        yield beside.as_posix()
        return
    assert project is not None
    work = targets.dataset(_folder_of(dataset.name, project), project)
    known = base_named(work, project, str(old))
    if known is None:
        raise TargetError(f"the release tells what changed since {old}, which is neither a release here nor a git tag")
    with targets.operands(known.operand, work, project) as (base, _):
        yield base.dataset


# ---------------------------------------------------------------- the first difference


def _differences(release: Path, fresh: Path) -> Iterator[tuple[str, str]]:
    """Each file that is not the same in both, and what differs in it first."""
    mine, other = (_sums(folder) for folder in (release, fresh))
    for path in sorted(mine.keys() | other.keys()):
        if path not in mine or path not in other:
            yield path, "it is not in the release" if path in other else "the source gives no such file"
        elif mine[path] != other[path] or not _same(release / path, fresh / path):
            if not (release / path).is_file():
                yield path, "it is missing from the release"
            elif path.endswith(".parquet"):
                yield path, f"{_of_parquet(release / path, fresh / path)}{_of_tools(release)}"
            else:
                yield path, _of_text(release / path, fresh / path)


def _sums(folder: Path) -> dict[str, str]:
    try:
        return read_sums((folder / SUMS).read_text(encoding="utf-8"))
    except (OSError, SumsFault, UnicodeDecodeError):
        return {}


def _same(one: Path, other: Path) -> bool:
    return one.is_file() and one.stat().st_size == other.stat().st_size and one.read_bytes() == other.read_bytes()


def _of_text(old: Path, new: Path) -> str:
    """The first line that differs."""
    texts = (path.read_bytes().decode("utf-8", "replace").split("\n") for path in (old, new))
    for number, (mine, other) in enumerate(zip_longest(*texts), 1):
        if mine != other:
            return f"line {number} is {_cut(mine)} in the release and {_cut(other)} from the source"
    return "their bytes differ"


def _cut(text: str | None) -> str:
    if text is None:
        return "not there"
    return repr(text if len(text) <= CUT else text[: CUT - 1] + "…")


def _of_parquet(old: Path, new: Path) -> str:
    """The first column, row or cell that differs; else that only the writing does."""
    import pyarrow
    import pyarrow.parquet

    try:
        one, other = pyarrow.parquet.ParquetFile(old), pyarrow.parquet.ParquetFile(new)
        fields = [list(file.schema_arrow) for file in (one, other)]
        for mine, theirs in zip_longest(*fields):
            if mine is None or theirs is None or not mine.equals(theirs, check_metadata=False):
                return f"its column {mine or 'none'} is {theirs or 'none'} from the source"
        if one.metadata.num_rows != other.metadata.num_rows:
            return f"it has {one.metadata.num_rows:,} rows, and {other.metadata.num_rows:,} from the source"
        if cell := _first_cell(one, other):
            return cell
    except (pyarrow.ArrowException, OSError) as error:
        return f"it cannot be read: {(str(error).splitlines() or [''])[0][:CUT]}"
    return "every cell is the same, and it is written otherwise"


def _first_cell(one: Any, other: Any) -> str | None:
    row = 0
    for mine, theirs in zip(one.iter_batches(1 << 14), other.iter_batches(1 << 14), strict=False):
        if not mine.equals(theirs):
            return _in_batch(mine, theirs, row)
        row += mine.num_rows
    return None


def _in_batch(mine: "pyarrow.RecordBatch", theirs: "pyarrow.RecordBatch", before: int) -> str | None:
    for number, values in enumerate(zip(mine.to_pylist(), theirs.to_pylist(), strict=False)):
        for column in mine.schema.names:
            cells = [value[column] for value in values]
            if repr(cells[0]) != repr(cells[1]):
                cut = [_cut(str(cell)) if cell is not None else "nothing" for cell in cells]
                return f"{column} in row {before + number + 1} is {cut[0]} in the release and {cut[1]} from the source"
    return None


def _of_tools(release: Path) -> str:
    """Where the release was built by other versions of what writes it, those."""
    try:
        statement = read_provenance((release / PROVENANCE).read_text(encoding="utf-8"))
        then = statement["predicate"]["runDetails"]["builder"]["version"]
        now = dict(tools())
        other = [
            f"{name} {then[name]} then, {now.get(name)} now" for name in sorted(then) if then[name] != now.get(name)
        ]
    except (OSError, UnicodeDecodeError, ProvenanceFault, KeyError, TypeError):
        return ""
    return f" ({'; '.join(other)})" if other else ""
