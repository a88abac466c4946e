"""What frictionless says is the same whether it is asked here or in a process of its own."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from building import write_dataset

from datapkg import standard

SOUND: dict[str, Any] = {"name": "a", "resources": [{"name": "t", "path": "t.csv"}]}


@pytest.fixture
def fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a process that has neither loaded frictionless nor asked about a package."""
    monkeypatch.setattr(standard, "LIBRARY", "a library that is not loaded")
    monkeypatch.setattr(standard, "_asked", False)


@pytest.mark.usefixtures("fresh")
@pytest.mark.parametrize(
    ("package", "notes"),
    [
        (SOUND, 0),
        ({"name": "a"}, 1),
        ({**SOUND, "name": "caf\u00e9 \U0001f600", "resources": [{"name": "t", "path": "t.csv", "schema": 3}]}, 1),
    ],
)
def test_a_process_of_its_own_says_the_same(
    monkeypatch: pytest.MonkeyPatch, package: dict[str, Any], notes: int
) -> None:
    here = standard.notes("package", package)
    monkeypatch.setattr(standard, "notes", None)
    assert standard.ask(package)() == here
    assert len(here) == notes


@pytest.mark.usefixtures("fresh")
@pytest.mark.parametrize(
    ("package", "program"),
    [
        ({"name": "a", "created": float("nan")}, sys.executable),
        ({"name": "a", "created": Path("x")}, sys.executable),
        ({"name": "a"}, "/bin/false"),
        ({"name": "a"}, "/bin/echo"),
        ({"name": "a"}, "/no/such/program"),
        ({"name": "a"}, None),
    ],
)
def test_what_no_process_answers_is_asked_here(
    monkeypatch: pytest.MonkeyPatch, package: dict[str, Any], program: str | None
) -> None:
    monkeypatch.setattr(sys, "executable", program)
    asked = standard.ask(package)
    assert asked() == standard.notes("package", package) != []


def test_a_sound_package_is_judged_without_loading_frictionless(tmp_path: Path) -> None:
    path = write_dataset(tmp_path, {"t": "id:string!\na\n"})
    told = (
        "import sys; from datapkg.validate import validate; "
        f"assert not validate({path.as_posix()!r}).counts['error']; assert 'frictionless' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", told], check=True)
