"""Descriptors: read strictly, with the line of every key; judged by the standard, at a line."""

import json
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from datapkg.descriptor import Document, read_document
from datapkg.notation import DescriptorFault

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(alphabet='ab"\\{}[],: é', max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(alphabet='ab{c"', max_size=3), inner, max_size=3)
    ),
    max_leaves=8,
)


def document(tmp_path: Path, text: str, name: str = "d.yaml") -> Document:
    (tmp_path / name).write_bytes(text.encode())
    return read_document(tmp_path / name)


def test_yaml_has_the_line_of_every_key_and_item(tmp_path: Path) -> None:
    found = document(
        tmp_path, "name: x\nresources:\n  - path: a\n    schema:\n      fields:\n        - {name: id}\n  - path: b\n"
    )
    assert found.line("name") == 1
    assert found.line("resources", 0, "schema", "fields", 0, "name") == 6
    assert found.line("resources", 1, "path") == 7
    assert found.line("resources", 1, "absent", "deeper") == 7


def test_json_has_the_line_of_every_key_and_item(tmp_path: Path) -> None:
    text = '{\n "name": "x",\n "resources": [\n  {"path": "a",\n   "n": [1,\n 2]},\n  {"path": "b"}\n ]\n}'
    found = document(tmp_path, text, "d.json")
    assert [found.line("name"), found.line("resources", 0, "n", 1), found.line("resources", 1, "path")] == [2, 6, 7]


@given(VALUES)
def test_json_reads_as_json_and_knows_every_place(tmp_path_factory: pytest.TempPathFactory, value: object) -> None:
    path = tmp_path_factory.getbasetemp() / "d.json"
    path.write_text(json.dumps(value, indent=1))
    found = read_document(path)
    assert found.data == value

    def places(part: object, pointer: tuple[str | int, ...]) -> set[tuple[str | int, ...]]:
        inner = part.items() if isinstance(part, dict) else enumerate(part) if isinstance(part, list) else ()
        return {pointer}.union(*(places(item, (*pointer, key)) for key, item in inner))

    assert places(value, ()) == set(found.lines)


@given(VALUES)
def test_yaml_reads_what_yaml_wrote(tmp_path_factory: pytest.TempPathFactory, value: object) -> None:
    path = tmp_path_factory.getbasetemp() / "d.yaml"
    path.write_text(yaml.safe_dump({"value": value}, sort_keys=False))
    text = path.read_text()
    if not any(mark in text for mark in ("&", "*", "!")):
        assert read_document(path).data == {"value": value}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2023-07-12", "2023-07-12"),
        ("yes", "yes"),
        ("no", "no"),
        ("true", True),
        ("null", None),
        ("~", None),
        ("12", 12),
        ("1.5", 1.5),
        ("'12'", "12"),
        ("0o14", "0o14"),
        ("1:30", "1:30"),
        ("1_000", "1_000"),
    ],
)
def test_yaml_scalars_are_those_of_the_core_schema(tmp_path: Path, text: str, value: object) -> None:
    assert document(tmp_path, f"v: {text}").data == {"v": value}


@pytest.mark.parametrize(
    ("name", "text", "note", "line"),
    [
        ("d.yaml", "a: 1\nb: [", "does not parse", 3),
        ("d.yaml", "a: 1\na: 2", "'a' stands twice", 2),
        ("d.yaml", "a: &x 1\nb: *x", "anchors and aliases", 1),
        ("d.yaml", "a: 1\nb: !!python/object:os.system x", "tags", 2),
        ("d.yaml", "", "empty", None),
        ("d.yaml", "? [a]\n: 1", "key is not a text", 1),
        ("d.yaml", "a: " + "[" * 70 + "]" * 70, "deeper than 64", 1),
        ("d.yaml", "a: 1\nb: -1e999", "-1e999 is too large a number", 2),
        ("d.yaml", "a: 1\nb: " + "9" * 400, "9 is too large a number", 2),
        ("d.json", '{"a": 1,\n "a": 2}', "'a' stands twice", 2),
        ("d.json", '{"b": {"a": 1},\n "c": [{"a": 1},\n{"a": {}, "\\u0061": []}]}', "'a' stands twice", 3),
        ("d.json", '{"a": 1,\n"b" 2}', "does not parse", 2),
        ("d.json", '{"a": 1,\n"b": [NaN]}', "NaN is not JSON", 2),
        ("d.json", '{"a":\n-Infinity}', "-Infinity is not JSON", 2),
        ("d.json", '{"a": 1,\n"b": 1e999}', "1e999 is too large a number", 2),
        ("d.json", "[1,\n" + "9" * 400 + "]", "9 is too large a number", 2),
        ("d.json", "[1,\n" + "9" * 5000 + "]", "9 is too large a number", 2),
        ("d.json", "[" * 70 + "]" * 70, "deeper than 64", 1),
        ("d.json", "[" * 100_000 + "]" * 100_000, "deeper than 64", None),
    ],
)
def test_what_is_no_descriptor_says_why_and_where(
    tmp_path: Path, name: str, text: str, note: str, line: int | None
) -> None:
    with pytest.raises(DescriptorFault) as fault:
        document(tmp_path, text, name)
    assert note in fault.value.note
    assert fault.value.line == line


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    (tmp_path / "d.json").write_bytes(b'{\n"a": "\xff"}')
    with pytest.raises(DescriptorFault, match="UTF-8") as fault:
        read_document(tmp_path / "d.json")
    assert fault.value.line == 2


def test_a_descriptor_without_end_is_refused(tmp_path: Path) -> None:
    (tmp_path / "d.json").write_bytes(b" " * 5_000_001)
    with pytest.raises(DescriptorFault, match="larger than"):
        read_document(tmp_path / "d.json")
