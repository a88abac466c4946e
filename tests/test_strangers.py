"""What lies in the folder of a stranger is read, never run: the command as it is installed, in that folder."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from building import write_dataset, write_project

DATAPKG = Path(sys.executable).with_name("datapkg")
STRAY = (
    *(
        "sitecustomize.py",
        "usercustomize.py",
        "conftest.py",
        "duckdb.py",
        "pandera.py",
        "yaml.py",
        "json.py",
        "datapkg.py",
    ),
    *(
        "frictionless_evil.py",
        "frictionless_evil/__init__.py",
        "schemas/t.py",
        "schemas/incidents.py",
        "setup.py",
        ".env",
    ),
)
TABLES = {"t": "id:string! n:integer\na,1\nb,x\n"}


@pytest.fixture
def trap(tmp_path: Path) -> Path:
    return tmp_path / "trap"


def lay(folder: Path, trap: Path) -> None:
    """Files that someone might import, each of which springs the trap."""
    for name in STRAY:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"open({str(trap)!r}, 'w').write({name!r})\n")
    (folder / ".duckdbrc").write_text(f".shell touch {trap}\n")
    cross = folder / "schemas" / "cross"
    cross.mkdir(parents=True, exist_ok=True)
    (cross / "evil.sql").write_text(f"copy (select 1) to '{trap}'")


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    env = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    done = subprocess.run(
        [DATAPKG, *words], cwd=folder, env=env, capture_output=True, text=True, timeout=120, check=False
    )
    assert "Traceback" not in done.stderr, done.stderr
    return done


@pytest.mark.parametrize(
    "words", [["validate", "."], ["validate", "t.csv"], ["query", ".", "select * from t"], ["explain"]]
)
def test_standing_in_the_folder_of_a_package(tmp_path: Path, trap: Path, words: list[str]) -> None:
    package = write_dataset(tmp_path / "package", TABLES).parent
    lay(package, trap)
    done = run(package, *words)
    assert done.returncode in (0, 1) and not trap.exists(), done.stderr


def test_a_target_outside_of_the_project_brings_no_rules(tmp_path: Path, trap: Path) -> None:
    other = write_project(tmp_path / "other", TABLES, config="[severity]\ntype-error = 'off'\n")
    lay(other, trap)
    (other / "datasets/example/waivers.yaml").write_text("- {}")
    here = write_project(tmp_path / "here", TABLES)
    for folder in (here, tmp_path):
        for target in ("datasets/example", "datasets/example/datapackage.yaml"):
            done = run(folder, "validate", f"{other}/{target}", "--format", "json")
            assert done.returncode == 1 and '"unsafe-path"' in done.stdout and "rule-" not in done.stdout
    assert not trap.exists()


def test_an_untrusted_project_of_ones_own(tmp_path: Path, trap: Path) -> None:
    root = write_project(tmp_path / "p", TABLES)
    lay(root, trap)
    done = run(root, "validate", "--untrusted")
    assert done.returncode == 1 and "rules-not-run" in done.stdout and not trap.exists()
    assert run(root, "validate").returncode == 1
    assert trap.read_text() == "schemas/t.py"  # its own rule, and none of the strays
