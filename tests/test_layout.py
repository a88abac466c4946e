"""Descriptors and schemas laid out: every value and every comment is there after it, and a second time changes nothing."""

import json

import pytest
from conftest import ROOT
from hypothesis import given, settings
from hypothesis import strategies as st

from datapkg.layout import comments, laid_out
from datapkg.notation import DescriptorFault, read_yaml

YAML = """\
# above
a:   1 # one
b: [ 1,2 ,  3]
c:
   - x
   -   y   # why
d: 'q'
e: "two\\nlines"
f: 2020-01-01
g:
h: ~
i: 1e3
j: 0o7
k: {a: 1,   b: yes}
long: >-
   folded text # no comment

   more
literal: |
   as it
     is
address: https://example.org/%s
# below
""" % ("x" * 150)


def test_yaml_keeps_values_comments_and_the_text_of_each_scalar() -> None:
    assert (
        laid_out(YAML, json=False)
        == """\
# above
a: 1   # one
b: [1, 2, 3]
c:
  - x
  - y      # why
d: 'q'
e: "two\\nlines"
f: 2020-01-01
g:
h: ~
i: 1e3
j: 0o7
k: {a: 1, b: yes}
long: >-
  folded text # no comment

  more
literal: |
  as it
    is
address: https://example.org/%s
# below
"""
        % ("x" * 150)
    )


def test_a_list_begins_at_the_margin() -> None:
    text = "# known\n- rule: a # why\n  key: {id:  1}\n- rule: b\n  keys:\n  - x\n"
    assert laid_out(text, json=False) == "# known\n- rule: a # why\n  key: {id: 1}\n- rule: b\n  keys:\n    - x\n"


def test_json_keeps_the_text_of_each_word() -> None:
    text = '\ufeff{"a":1.0,"b":[],"c":{},"d":[1,{"e":"\\u00e9,{"}]\r\n}'
    assert laid_out(text, json=True) == (
        '{\n  "a": 1.0,\n  "b": [],\n  "c": {},\n  "d": [\n    1,\n    {\n      "e": "\\u00e9,{"\n    }\n  ]\n}\n'
    )


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ("a: &x 1\nb: *x\n", "anchors and aliases"),
        ("a: !!python/none\n", "tags"),
        ("a: [1\n", "does not parse"),
        ("a: 1\na: 2\n", "stands twice"),
        ('a: "\\u200b"\n', "a character that is escaped"),
    ],
)
def test_what_must_be_left_is_told(text: str, note: str) -> None:
    with pytest.raises(DescriptorFault, match=note):
        laid_out(text, json=False)


SCALARS = st.one_of(
    st.integers(), st.booleans(), st.none(), st.floats(allow_nan=False, allow_infinity=False),
    st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Cn", "Co")), max_size=30),
    st.sampled_from(["yes", "1e3", "2020-01-01", "#", " # x", "a: b", "- a", "null", "~", "'", '"', "|", "x " * 90]),
)  # fmt: skip
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text("abc", min_size=1, max_size=3), inner, max_size=3)
    ),
    max_leaves=12,
)


@settings(max_examples=60, deadline=None)
@given(
    st.dictionaries(st.text("abc", min_size=1, max_size=3), VALUES, min_size=1, max_size=4),
    st.integers(1, 4),
    st.booleans(),
)
def test_values_stay_and_a_second_time_changes_nothing(value: object, indent: int, flow: bool) -> None:
    import yaml

    text = json.dumps(value, indent=indent if flow else None, ensure_ascii=False)
    once = laid_out(text, json=True)
    assert (json.loads(once), laid_out(once, json=True)) == (value, once)
    text = yaml.safe_dump(
        value, allow_unicode=True, indent=indent + 1, default_flow_style=flow, sort_keys=False, width=100
    )
    text = "# first\n" + text + "# last\n"
    try:
        once = laid_out(text, json=False)
    except DescriptorFault:
        return  # left as it is, and said
    assert read_yaml(once)[0] == read_yaml(text)[0]
    assert comments(once) == comments(text)
    assert laid_out(once, json=False) == once


def test_what_this_project_declares_stands_in_its_form() -> None:
    files = sorted((*ROOT.glob("schemas/*.yaml"), *ROOT.glob("datasets/*/*.yaml")))
    assert files
    assert [path.name for path in files if laid_out(path.read_text(), json=False) != path.read_text()] == []
