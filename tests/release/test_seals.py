"""A release says where it comes from, and a signature holds for one text, one key and one purpose."""

import hashlib
import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner
from releasing import edit, release_copy, tree, write_releasable

from datapkg.checksums import BESIDE, PROVENANCE, SUMS
from datapkg.cli.main import datapkg
from datapkg.errors import DatapkgError, OutputError
from datapkg.findings import Report
from datapkg.project import Project
from datapkg.release.build import build
from datapkg.release.provenance import ProvenanceFault, read_provenance
from datapkg.signing import NAMESPACE, SignatureFault, check, sign
from datapkg.verify import verify


def git(folder: Path, *words: str) -> str:
    told = subprocess.run(["git", "-C", str(folder), *words], check=True, capture_output=True, text=True)
    return told.stdout.strip()


def key_of(folder: Path, name: str) -> Path:
    """A fresh key without a passphrase."""
    path = folder / name
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", str(path)], check=True)
    return path


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, Path]:
    """A curator's key, a stranger's, and the file that trusts the curator's."""
    folder = tmp_path_factory.mktemp("keys")
    curator, stranger, signers = key_of(folder, "curator"), key_of(folder, "stranger"), folder / "signers"
    kind, public, _ = curator.with_suffix(".pub").read_text().split()
    signers.write_text(f'curator@example.org namespaces="{NAMESPACE}" {kind} {public}\n')
    return curator, stranger, signers


@pytest.fixture(scope="module")
def signed(keys: tuple[Path, Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a signed release."""
    project = write_releasable(tmp_path_factory.mktemp("signed") / "project")
    return build("example", project, sign_key=keys[0]).folder


def told(report: Report) -> list[tuple[str, str]]:
    return [(finding.code, Path(finding.place.path).name) for finding in report.findings]


# ---------------------------------------------------------------- where it comes from


def test_a_release_names_its_commit_its_tools_and_every_file_it_was_made_from(project: Project) -> None:
    shutil.rmtree(build("example", project).folder)  # By now the source says what is released.
    git(project.root, "init", "-q")
    git(project.root, "add", "-A")
    git(project.root, "-c", "user.name=A", "-c", "user.email=a@example.org", "commit", "-qm", "All")
    folder = build("example", project).folder
    statement = read_provenance((folder / PROVENANCE).read_text())
    digest = hashlib.sha256((folder / SUMS).read_bytes()).hexdigest()
    assert (statement["_type"], statement["predicateType"]) == (
        "https://in-toto.io/Statement/v1",
        "https://slsa.dev/provenance/v1",
    )
    assert statement["subject"] == [{"name": SUMS, "digest": {"sha256": digest}}]
    source, *inputs = statement["predicate"]["buildDefinition"]["resolvedDependencies"]
    assert source == {"name": "source", "digest": {"gitCommit": git(project.root, "rev-parse", "HEAD")}}
    assert [item["name"] for item in inputs] == [
        "datapkg.toml",
        "datasets/example/CHANGELOG.md",
        "datasets/example/LICENSE",
        "datasets/example/data/events.csv",
        "datasets/example/data/persons.csv",
        "datasets/example/datapackage.yaml",
        "schemas/events.yaml",
        "schemas/persons.yaml",
    ]
    for item in inputs:
        assert item["digest"]["sha256"] == hashlib.sha256((project.root / item["name"]).read_bytes()).hexdigest()
    assert {"datapkg", "duckdb", "pyarrow", "python"} < statement["predicate"]["runDetails"]["builder"][
        "version"
    ].keys()


def test_a_work_tree_with_changes_is_said(project: Project) -> None:
    git(project.root, "init", "-q")
    git(project.root, "-c", "user.name=A", "-c", "user.email=a@example.org", "commit", "-qm", "E", "--allow-empty")
    statement = read_provenance((build("example", project).folder / PROVENANCE).read_text())
    source = statement["predicate"]["buildDefinition"]["resolvedDependencies"][0]
    assert source["annotations"] == {"changed": True}


def test_what_a_bump_writes_into_the_source_is_what_the_statement_names(project: Project) -> None:
    git(project.root, "init", "-q")
    git(project.root, "add", "-A")
    git(project.root, "-c", "user.name=A", "-c", "user.email=a@example.org", "commit", "-qm", "All")
    statement = read_provenance((build("example", project, bump="2.0.0").folder / PROVENANCE).read_text())
    source, *inputs = statement["predicate"]["buildDefinition"]["resolvedDependencies"]
    assert source["annotations"] == {"changed": True}
    for item in inputs:
        assert item["digest"]["sha256"] == hashlib.sha256((project.root / item["name"]).read_bytes()).hexdigest()


def test_without_git_there_is_no_commit(project: Project) -> None:
    statement = read_provenance((build("example", project).folder / PROVENANCE).read_text())
    assert all("sha256" in item["digest"] for item in statement["predicate"]["buildDefinition"]["resolvedDependencies"])


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"predicate": 1}', '{"predicate": {"runDetails": []}}'])
def test_what_is_no_statement_is_said(text: str) -> None:
    with pytest.raises(ProvenanceFault, match="no statement of a build"):
        read_provenance(text)


def forge(text: str, old: str, new: str) -> str:
    assert text.count(old) >= 1
    return text.replace(old, new, 1)


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [('"example"', '"other"', "was changed"), ("{\n", "{ \n", "was changed"), ('"_type"', '"_tyqe"', "was changed")],
)
def test_a_changed_statement_is_found_without_a_signature(signed: Path, old: str, new: str, why: str) -> None:
    with pytest.raises(ProvenanceFault, match=why):
        read_provenance(forge((signed / PROVENANCE).read_text(), old, new))


def test_the_statement_of_another_release_is_found(signed: Path, tmp_path: Path) -> None:
    project = write_releasable(tmp_path / "project")
    edit(project.datasets / "example" / "data" / "persons.csv", "bob,ann", "bob,")
    other, release = build("example", project).folder, release_copy(tmp_path, signed)
    shutil.copy(other / PROVENANCE, release / PROVENANCE)
    finding = next(f for f in verify(str(release)).findings if f.code == "provenance-mismatch")
    assert "it speaks of another SHA256SUMS" in finding.message


# ---------------------------------------------------------------- signatures


def test_a_signed_release_is_fine_for_who_trusts_the_signer(signed: Path, keys: tuple[Path, Path, Path]) -> None:
    assert {*BESIDE} < {*tree(signed)}
    assert not {*BESIDE} & {line[66:] for line in (signed / SUMS).read_text().splitlines()}
    report = verify(str(signed), signers=keys[2])
    assert (report.valid, told(report)) == (True, [])


def test_a_signature_that_nobody_asked_about_is_told(signed: Path) -> None:
    report = verify(str(signed))
    assert (report.valid, told(report)) == (True, [("signature-unchecked", SUMS), ("signature-unchecked", PROVENANCE)])


def sign_as_stranger(release: Path, keys: tuple[Path, Path, Path]) -> None:
    for name in (SUMS, PROVENANCE):
        (release / f"{name}.sig").write_bytes(sign(release / name, keys[1]))


def sign_for_another_purpose(release: Path, keys: tuple[Path, Path, Path]) -> None:
    (release / f"{SUMS}.sig").unlink()
    words = ["ssh-keygen", "-q", "-Y", "sign", "-n", "git", "-f", str(keys[0]), str(release / SUMS)]
    subprocess.run(words, check=True, capture_output=True)


def swap(release: Path, keys: tuple[Path, Path, Path]) -> None:
    one, other = (release / f"{name}.sig" for name in (SUMS, PROVENANCE))
    texts = one.read_bytes(), other.read_bytes()
    one.write_bytes(texts[1])
    other.write_bytes(texts[0])


def rewrite(release: Path, keys: tuple[Path, Path, Path]) -> None:
    """A file is changed and the list of digests with it: only the signature is left to tell."""
    before = hashlib.sha256((release / "LICENSE").read_bytes()).hexdigest()
    (release / "LICENSE").write_text("MIT\n")
    edit(release / SUMS, before, hashlib.sha256(b"MIT\n").hexdigest())


INVALID_SUMS, INVALID_PROVENANCE = ("signature-invalid", SUMS), ("signature-invalid", PROVENANCE)
HARMS: dict[str, tuple[Callable[[Path, tuple[Path, Path, Path]], object], list[tuple[str, str]]]] = {
    "a wrong signer": (sign_as_stranger, [INVALID_SUMS, INVALID_PROVENANCE]),
    "another purpose": (sign_for_another_purpose, [INVALID_SUMS]),
    "signatures of other files": (swap, [INVALID_SUMS, INVALID_PROVENANCE]),
    "no signature": (lambda r, _: (r / f"{SUMS}.sig").unlink(), [("signature-missing", SUMS)]),
    "no signature of the statement": (
        lambda r, _: (r / f"{PROVENANCE}.sig").unlink(),
        [("signature-missing", PROVENANCE)],
    ),
    "no text of a signature": (lambda r, _: (r / f"{SUMS}.sig").write_text("x\n"), [INVALID_SUMS]),
    "an endless signature": (lambda r, _: (r / f"{SUMS}.sig").write_text("x" * (1 << 20)), [INVALID_SUMS]),
    "a changed list": (rewrite, [INVALID_SUMS, ("provenance-mismatch", PROVENANCE)]),
}


@pytest.mark.parametrize("harm", HARMS)
def test_a_signature_holds_for_one_text_one_key_and_one_purpose(
    signed: Path, keys: tuple[Path, Path, Path], tmp_path: Path, harm: str
) -> None:
    release, (make, wanted) = release_copy(tmp_path, signed), HARMS[harm]
    make(release, keys)
    report = verify(str(release), signers=keys[2])
    assert (report.valid, told(report)) == (False, wanted)


def test_the_statement_has_a_signature_of_its_own(signed: Path, keys: tuple[Path, Path, Path], tmp_path: Path) -> None:
    release = release_copy(tmp_path, signed)
    statement = json.loads((release / PROVENANCE).read_text())
    statement["predicate"]["buildDefinition"]["externalParameters"]["version"] = "9.9.9"
    (release / PROVENANCE).write_text(json.dumps(statement))
    report = verify(str(release), signers=keys[2])
    assert told(report) == [("provenance-mismatch", PROVENANCE), INVALID_PROVENANCE]


def test_a_release_is_signed_later_and_never_twice(project: Project, keys: tuple[Path, Path, Path]) -> None:
    build("example", project)
    assert build("example", project, sign_key=keys[0]).done == "signed"
    folder = build("example", project, sign_key=keys[1])
    assert folder.done == "unchanged" and verify(str(folder.folder), signers=keys[2]).valid


def test_a_key_that_cannot_sign_leaves_no_release(project: Project, keys: tuple[Path, Path, Path]) -> None:
    for path, why in ((keys[2], "cannot sign"), (project.root / "absent", "there is no key")):
        with pytest.raises(OutputError, match=why):
            build("example", project, sign_key=path)
    assert not project.releases.exists()


def test_signers_that_cannot_be_read_are_no_verdict(signed: Path, tmp_path: Path) -> None:
    with pytest.raises(DatapkgError, match="there is no file of signers"):
        verify(str(signed), signers=tmp_path / "absent")


def test_the_commands_sign_and_check(keys: tuple[Path, Path, Path], tmp_path: Path) -> None:
    project = write_releasable(tmp_path / "project")
    asked = ["--project", str(project.root)]
    done = CliRunner().invoke(datapkg, [*asked, "release", "example", "--sign-key", str(keys[0])])
    assert done.exit_code == 0, done.output
    for signers, code in ((keys[2], 0), (keys[0].with_suffix(".pub"), 1)):
        done = CliRunner().invoke(datapkg, [*asked, "verify", "example@1.0.0", "--signers", str(signers)])
        assert done.exit_code == code, done.output


def test_any_key_of_ssh_will_do(tmp_path: Path) -> None:
    text = tmp_path / "text"
    text.write_bytes(b"a\n")
    for kind in ("ecdsa", "rsa"):
        key = tmp_path / kind
        subprocess.run(["ssh-keygen", "-q", "-t", kind, "-N", "", "-f", str(key)], check=True)
        (tmp_path / "signature").write_bytes(sign(text, key))
        (tmp_path / "signers").write_text("a,b " + " ".join(key.with_suffix(".pub").read_text().split()[:2]))
        assert check(text, tmp_path / "signature", tmp_path / "signers") == "a"
    text.write_bytes(b"b\n")
    with pytest.raises(SignatureFault, match="not one of this text"):
        check(text, tmp_path / "signature", tmp_path / "signers")
