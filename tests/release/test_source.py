"""Version and date are changed in the descriptor, and nothing else is."""

from pathlib import Path

import pytest

from datapkg.errors import Refused
from datapkg.release.source import replace_text, with_values

VALUES = {"version": "2.0.0", "created": "2027-01-01T00:00:00Z"}
REST = "resources: []\n"

CASES = {
    "yaml with comments": (
        "a.yaml",
        "name: x # n\nversion:   1.0.0   # v\ncreated: '2026-01-01T00:00:00Z'\nresources: []\n",
        "name: x # n\nversion:   2.0.0   # v\ncreated: '2027-01-01T00:00:00Z'\nresources: []\n",
    ),
    "yaml without either": (
        "a.yaml",
        "name: x\nresources: []\n",
        'name: x\ncreated: "2027-01-01T00:00:00Z"\nversion: "2.0.0"\nresources: []\n',
    ),
    "windows line ends": (
        "a.yaml",
        "name: x\r\nversion: 1.0.0\r\ncreated: 2026-01-01\r\n",
        "name: x\r\nversion: 2.0.0\r\ncreated: 2027-01-01T00:00:00Z\r\n",
    ),
    "another version above": (
        "a.yaml",
        "sources:\n  - version: 1.0.0\n    title: t\nname: x\nversion: 1.0.0\ncreated: 2026-01-01\n",
        "sources:\n  - version: 1.0.0\n    title: t\nname: x\nversion: 2.0.0\ncreated: 2027-01-01T00:00:00Z\n",
    ),
    "json": (
        "a.json",
        '{\n  "name": "x",\n  "version": "1.0.0",\n  "created": "2026-01-01T00:00:00Z"\n}\n',
        '{\n  "name": "x",\n  "version": "2.0.0",\n  "created": "2027-01-01T00:00:00Z"\n}\n',
    ),
    "json without a date": (
        "a.json",
        '{\n\t"name": "x",\n\t"version": "1.0.0"\n}\n',
        '{\n\t"name": "x",\n\t"created": "2027-01-01T00:00:00Z",\n\t"version": "2.0.0"\n}\n',
    ),
}


@pytest.mark.parametrize(("name", "before", "after"), CASES.values(), ids=CASES)
def test_values_are_changed_in_place(tmp_path: Path, name: str, before: str, after: str) -> None:
    path = tmp_path / name
    path.write_text(before, newline="")
    text = with_values(path, VALUES)
    assert text == after
    assert path.read_bytes() == before.encode()
    path.chmod(0o640)
    replace_text(path, text)
    assert (path.read_bytes(), path.stat().st_mode & 0o777) == (after.encode(), 0o640)
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("name", "before"),
    [
        ("a.json", '{"sources": [{"version": "1"}], "name": "x", "version": "1.0.0"}'),
        ("a.yaml", "name: x\nversion: >-\n  1.0.0\n"),
    ],
)
def test_what_is_not_a_property_a_line_is_left_to_its_author(tmp_path: Path, name: str, before: str) -> None:
    (tmp_path / name).write_text(before)
    with pytest.raises(Refused, match="set version and created in it by hand"):
        with_values(tmp_path / name, VALUES)


def test_a_descriptor_on_one_line_is_left_to_its_author(tmp_path: Path) -> None:
    path = tmp_path / "datapackage.json"
    path.write_text('{"name": "example", "resources": []}')
    with pytest.raises(Refused, match="is not written a property a line; format it"):
        with_values(path, {"version": "1.0.0", "created": "2026-01-01T00:00:00Z"})
