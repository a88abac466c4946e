"""The suites: how each case is laid out for us, and what its oracle expects of the answer."""

import csv
import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from conforming import Answer, Case, Difference

VALIDATE = ("datapkg", "validate", "--no-cache")
JSON = ("--limit", "100000", "--format", "text", "--format", "json={report}")
CELL = {"type-error", "constraint-error", "missing-cell", "extra-cell"}
NAMELESS = {"error", "metadata-error"}
NAMED = {"schema-error", "field-error", "duplicate-label", "resource-error", "package-error"}
TAGS = {
    "#header": {"blank-header", "blank-label", "duplicate-label", "missing-label", "extra-label", "incorrect-label"},
    "#cell": {"type-error", "constraint-error", "missing-cell", "extra-cell", "unique-error"},
    "#row": {"primary-key", "foreign-key", "blank-row"}
    | {"type-error", "constraint-error", "missing-cell"}
    | {"extra-cell", "unique-error"},
}


def copied(source: Path, target: Path) -> None:
    """A folder copied with its symbolic links as links."""
    shutil.copytree(source, target, symlinks=True, dirs_exist_ok=True)


def listing(folder: Path) -> list[dict[str, Any]]:
    """The cases of an unpacked suite."""
    cases: list[dict[str, Any]] = json.loads((folder / "cases.json").read_text(encoding="utf-8"))["cases"]
    return cases


def invalid(answer: Answer) -> Iterator[Difference]:
    """The data is not valid, and we must say so in a report."""
    if answer.report is None:
        yield Difference("ours", "no report", note=answer.errors[-200:])
    elif answer.valid:
        yield Difference("theirs", "invalid")


def valid(answer: Answer) -> Iterator[Difference]:
    """The data is valid, so every error of ours is a difference."""
    if answer.report is None:
        yield Difference("ours", "no report", note=answer.errors[-200:])
    for fault in answer.faults:
        yield Difference("ours", fault["code"], place(fault), fault["message"][:200])


def place(finding: Mapping[str, Any]) -> str:
    """Where a finding stands, in short."""
    return f"{finding['table']} line {finding['line']} row {finding['row']} column {finding['column_number']}"


# ---------------------------------------------------------------- frictionless, datapackage-spec, csvw


def package(root: Path, descriptor: str) -> Callable[[Path], Sequence[Sequence[str]]]:
    """The package of a case, validated by its descriptor."""
    source = root / descriptor

    def prepare(folder: Path) -> Sequence[Sequence[str]]:
        copied(source.parent, folder)
        return [(*VALIDATE, f"./{source.name}", *JSON)]

    return prepare


def frictionless(root: Path) -> Iterator[Case]:
    """The same errors at the same rows as frictionless, with its pick, skip and limit."""
    for case in listing(root):
        yield Case("frictionless", case["id"], package(root, case["descriptor"]), errors(case))


def datapackage_spec(root: Path) -> Iterator[Case]:
    """Official packages: the same errors where the data is at fault, the same verdict where the descriptor is."""
    for case in listing(root):
        yield Case("datapackage-spec", case["id"], package(root, case["descriptor"]), errors(case))


def csvw(root: Path) -> Iterator[Case]:
    """The verdict of the W3C's validation tests."""
    for case in listing(root):
        judge = valid if case["expected"]["csvw_valid"] else invalid
        yield Case("csvw", case["id"], package(root, case["descriptor"]), judge)


def errors(case: Mapping[str, Any]) -> Callable[[Answer], Iterable[Difference]]:
    """A comparison with the errors that an oracle lists."""
    expected = case["expected"]
    if expected["stage"] == "metadata" or not expected["errors"]:
        return invalid if not expected["valid"] else valid
    checklist, options = case.get("checklist") or {}, case.get("options") or {}
    limit = options.get("limit_errors") or 1000

    def judge(answer: Answer) -> Iterator[Difference]:
        left = [fault for fault in answer.faults if wanted(fault["code"], checklist)]
        for theirs in expected["errors"]:
            match = next((fault for fault in left if same(theirs, fault)), None)
            if match is None:
                where = f"{theirs['resource']} row {theirs['row']} field {theirs['field_number']}"
                instead = next((fault["code"] for fault in answer.faults if beside(theirs, fault)), None)
                note = theirs.get("note", "")[:200] if instead is None else f"told as {instead}"
                yield Difference("theirs", theirs["code"], where, note)
            else:
                left.remove(match)
        if len(expected["errors"]) < limit:
            for fault in left:
                yield Difference("ours", fault["code"], place(fault), fault["message"][:200])

    return judge


def wanted(code: str, checklist: Mapping[str, Any]) -> bool:
    """Whether a checklist asks for errors of a code."""
    picked, left_out = checklist.get("pickErrors"), checklist.get("skipErrors")
    chosen = not picked or any(code == word or code in TAGS.get(word, ()) for word in picked)
    return chosen and not any(code == word or code in TAGS.get(word, ()) for word in left_out or ())


def same(theirs: Mapping[str, Any], ours: Mapping[str, Any]) -> bool:
    """Whether two errors are one. Some of theirs have no code of their own."""
    alike = theirs["code"] == ours["code"] or (theirs["code"] in NAMELESS and ours["code"] in NAMED)
    return alike and beside(theirs, ours)


def beside(theirs: Mapping[str, Any], ours: Mapping[str, Any]) -> bool:
    """Whether two errors stand at the same place. Theirs count the header as row 1, and blank rows."""
    row = ours["row"]
    rows = {ours["line"], row, row + 1 if row is not None else None}
    if theirs["row"] is not None and theirs["row"] not in rows:
        return False
    numbers = (theirs["field_number"], ours["column_number"])
    return None in numbers or numbers[0] == numbers[1] or theirs["code"] not in CELL


# ---------------------------------------------------------------- nasty-csv, pollock


def table(source: Path, resource: Mapping[str, Any], *more: Sequence[str]) -> Callable[[Path], Sequence[Sequence[str]]]:
    """A file as the one table of a package, under a plain name."""

    def prepare(folder: Path) -> Sequence[Sequence[str]]:
        shutil.copyfile(source, folder / "table.csv")
        descriptor = {"name": "case", "resources": [{"name": "t", "type": "table", "path": "table.csv"} | resource]}
        (folder / "datapackage.json").write_text(json.dumps(descriptor), encoding="utf-8")
        return [(*VALIDATE, "./datapackage.json", *JSON), *more]

    return prepare


def nasty_csv(root: Path) -> Iterator[Case]:
    """What we accept, five readers and we read alike; we accept what is beyond doubt."""
    query = ("datapkg", "query", "./datapackage.json", "SELECT * FROM t", "--format", "json")
    for case in listing(root):
        prepare = table(root / case["path"], {"dialect": {"header": False}}, query)
        yield Case("nasty-csv", case["id"], prepare, alike(case), lambda answer: {"accepted": int(answer.valid)})


def alike(case: Mapping[str, Any]) -> Callable[[Answer], Iterable[Difference]]:
    """Five readers' tables, by digest, against ours."""
    readers = case["readers"]
    beyond_doubt = readers["frictionless"]["valid"] and readers["rfc4180_lexer"]["ok"] and case["agreement"] == "all"

    def judge(answer: Answer) -> Iterator[Difference]:
        if answer.valid and case["agreement"] != "all":
            yield Difference("theirs", "readers differ", note=case["agreement"])
        elif answer.valid:
            # The digest of an empty list stands for a table of nothing.
            rows = [list(row.values()) for row in json.loads(answer.outputs[1] or "[]")]
            texts = [["" if cell is None else str(cell) for cell in row] for row in rows]
            digest = hashlib.sha256(json.dumps(texts).encode()).hexdigest()[:12]
            if digest != readers["python_csv"]["hash"]:
                yield Difference("theirs", "another table", note=json.dumps(texts)[:200])
        elif beyond_doubt:
            yield from valid(answer)

    return judge


def pollock(root: Path) -> Iterator[Case]:
    """Every pollution of a row is found; harmless ones are not."""
    schemas = json.loads((root / "schemas.json").read_text(encoding="utf-8"))
    for case in listing(root):
        at_fault = (
            case["kind"].startswith("row") or case["oracle_typed"]["detected"] or case["oracle_loose"]["detected"]
        )
        prepare = table(root / case["file"], {"schema": schemas["typed"]})
        line = case["pollution_line"]

        def facts(answer: Answer, line: int | None = line) -> dict[str, int]:
            return {"with line": 1, "line named": int(named(answer, [line]))} if line is not None else {}

        yield Case("pollock", case["file"], prepare, invalid if at_fault else valid, facts)


def named(answer: Answer, lines: Sequence[int | None]) -> bool:
    """Whether an error stands at one of the lines."""
    return any(fault["line"] in lines for fault in answer.faults)


# ---------------------------------------------------------------- mutation


def project(folder: Path, source: Path) -> Path:
    """A package as the dataset of a scratch project, its `checks/*.sql` as the project's SQL rules."""
    dataset, rules = folder / "datasets" / "case", folder / "schemas" / "cross"
    copied(source, dataset)
    rules.mkdir(parents=True)
    (folder / "datapkg.toml").touch()
    for path in sorted(dataset.glob("checks/*.sql")):
        shutil.move(path, rules / path.name)
    return dataset


def mutation(root: Path) -> Iterator[Case]:
    """A mutant that must be caught is, at its row; a benign one is not. The clean package has been released."""
    with tempfile.TemporaryDirectory(prefix="released-") as name:
        project(Path(name), root / "clean")
        build = [sys.executable, "-c", "from datapkg.cli import main; main()", "release", "case"]
        subprocess.run(build, cwd=name, check=True, capture_output=True)
        for case in listing(root):
            yield mutant(case, root, Path(name) / "dist")


def mutant(case: Mapping[str, Any], root: Path, releases: Path) -> Case:
    """One mutant in place of its table."""

    def prepare(folder: Path) -> Sequence[Sequence[str]]:
        dataset = project(folder, root / "clean")
        shutil.copyfile(root / case["file"], dataset / Path(case["replaces"]).name)
        copied(releases, folder / "dist")
        return [(*VALIDATE, "case", *JSON)]

    def facts(answer: Answer) -> dict[str, int]:
        if case["need"] != "must":
            return {}
        told = {"must": 1, "caught": int(not answer.valid)}
        lines = case["file_lines"]
        return told | ({"with row": 1, "row named": int(named(answer, lines))} if lines else {})

    judge = {"must": invalid, "benign": valid}.get(case["need"], lambda answer: ())
    return Case("mutation", case["id"], prepare, judge, facts)


# ---------------------------------------------------------------- bad-parquet


def bad_parquet(root: Path) -> Iterator[Case]:
    """A Parquet file is refused by name, or read as other readers read it."""
    for case in listing(root):
        source = root / case["path"]

        def prepare(folder: Path, source: Path = source) -> Sequence[Sequence[str]]:
            shutil.copyfile(source, folder / "table.parquet")
            return [(*VALIDATE, "./table.parquet", *JSON)]

        def judge(answer: Answer, case: Mapping[str, Any] = case) -> Iterator[Difference]:
            read = [reader["rows"] for reader in case["readers"].values() if reader["ok"]]
            if not answer.valid:
                if case["kind"] == "good" and len(read) == len(case["readers"]):
                    yield from valid(answer)
                if not answer.faults:
                    yield Difference("ours", "no named error")
            elif answer.report and read:
                rows = answer.report["datasets"][0]["tables"][0]["rows"]
                if rows not in read:
                    yield Difference("ours", "another count of rows", note=f"{rows}, not {read}")

        yield Case("bad-parquet", case["id"], prepare, judge, lambda answer: {"read": int(answer.valid)})


# ---------------------------------------------------------------- hostile


def hostile(root: Path, codes: Mapping[str, Sequence[str]]) -> Iterator[Case]:
    """A malicious package gets the exit and one of the codes wanted, and does no harm."""
    for case in listing(root):
        yield Case("hostile", f"{case['category']}/{case['id']}", malicious(root, case), refused(case, codes))


def malicious(root: Path, case: Mapping[str, Any]) -> Callable[[Path], Sequence[Sequence[str]]]:
    """The package in a place of its own; as a project where it has SQL rules, or is to be released."""
    source = root / case["dir"]
    release = {"bad-name", "bad-version", "duplicate-name"} & set(case["expected"].get("codes") or ())

    def prepare(folder: Path) -> Sequence[Sequence[str]]:
        if case["kind"] == "parquet":
            copied(source, folder)
            return [(*VALIDATE, f"./{path.name}", *JSON) for path in sorted(folder.glob("*.parquet"))]
        if release or (source / "checks").is_dir():
            project(folder, source)
            building = [("datapkg", "release", "case", "--dry-run")] if release else []
            return [(*VALIDATE, "case", *JSON), *building]
        copied(source, folder)
        if (folder / "dotgit").is_dir():
            (folder / "dotgit").rename(folder / ".git")
            descriptor = folder / case["descriptor"]
            descriptor.write_text(descriptor.read_text(encoding="utf-8").replace("dotgit", ".git"), encoding="utf-8")
        return [(*VALIDATE, f"./{case['descriptor']}", *JSON)]

    return prepare


def refused(case: Mapping[str, Any], codes: Mapping[str, Sequence[str]]) -> Callable[[Answer], Iterable[Difference]]:
    """The exit wanted, where 2 for a fault of the package is our 1; one of the codes; each place."""
    expected = case["expected"]
    asked = expected["exit"] if isinstance(expected["exit"], list) else [expected["exit"]]
    exits = {1 if code == 2 else code for code in asked}
    wanted_codes = {ours for code in expected.get("codes") or () for ours in (code, *codes.get(code, ()))}

    def judge(answer: Answer) -> Iterator[Difference]:
        code = answer.codes[0] if answer.codes else None
        if code == 0 and len(answer.codes) > 1 and answer.codes[1] == 1:
            return  # what is no fault of the data is refused when it is to be released
        if code not in exits:
            yield Difference(
                "theirs" if code == 0 else "ours", f"exit {code}", note=f"wanted {sorted(exits)}: {said(answer)}"
            )
        found = {finding["code"] for finding in answer.findings}
        if code == 1 and wanted_codes and not found & wanted_codes:
            yield Difference("theirs", "|".join(expected["codes"]), note=said(answer))
        for record, field in expected.get("error_at") or ():
            # A record of several lines has a row of its own; the header is record 1.
            if not any((fault["row"], fault["column"]) == (record - 1, field) for fault in answer.faults):
                yield Difference("theirs", "place", f"record {record} {field}", said(answer))
        yield from unescaped(answer)

    return judge


def said(answer: Answer) -> str:
    """The findings of an answer in a line."""
    told = [f"{one['severity']} {one['code']}: {one['message'][:90]}" for one in answer.findings[:4]]
    return "; ".join(told) or answer.errors[-200:]


def unescaped(answer: Answer) -> Iterator[Difference]:
    """A terminal or a workflow must not be moved by what a cell holds."""
    for text in (*answer.outputs, answer.errors):
        control = {letter for letter in text if (ord(letter) < 32 and letter not in "\n\t") or 126 < ord(letter) < 160}
        if control:
            yield Difference("harm", "control character", note=repr(sorted(control)))
        if any(line.lstrip().startswith("::") for line in text.splitlines()):
            yield Difference("harm", "workflow command")


# ---------------------------------------------------------------- real packages


def datapackages(root: Path) -> Iterator[Case]:
    """Real packages against what frictionless found in them: the same codes, as often."""
    with (root / "frictionless-verdicts.csv").open(encoding="utf-8", newline="") as file:
        verdicts = list(csv.DictReader(file))
    for verdict in verdicts:
        folder = root / verdict["dir"]
        descriptor = next((path for path in sorted(folder.rglob("datapackage.json"))), folder / "datapackage.json")

        def judge(answer: Answer, verdict: Mapping[str, str] = verdict) -> Iterator[Difference]:
            theirs = json.loads(verdict["errors"])
            if any(code.startswith("report:") for code in theirs):
                yield from invalid(answer)
                return
            ours: dict[str, int] = {}
            for fault in answer.faults:
                ours[fault["code"]] = ours.get(fault["code"], 0) + 1
            for code in sorted({*theirs, *ours}):
                if theirs.get(code, 0) != ours.get(code, 0):
                    side = "theirs" if theirs.get(code, 0) > ours.get(code, 0) else "ours"
                    note = f"{theirs.get(code, 0)} there, {ours.get(code, 0)} here: {said(answer)}"
                    yield Difference(side, code, verdict["dir"], note)

        yield Case("datapackages", verdict["dir"], package(descriptor.parent, descriptor.name), judge)


SUITES: Mapping[str, Callable[..., Iterator[Case]]] = {
    "frictionless": frictionless,
    "datapackage-spec": datapackage_spec,
    "csvw": csvw,
    "hostile": hostile,
    "pollock": pollock,
    "nasty-csv": nasty_csv,
    "mutation": mutation,
    "bad-parquet": bad_parquet,
}
