"""Near misses of the standard's properties are faults; properties of one's own are not."""

import pytest

from datapkg.properties import KNOWN
from datapkg.spelling import misspelt, near


@pytest.mark.parametrize(
    ("kind", "key", "meant"),
    [
        ("field", "constrants", "constraints"),
        ("schema", "foreignKey", "foreignKeys"),
        ("schema", "primarykey", "primaryKey"),
        ("schema", "primary_key", "primaryKey"),
        ("constraints", "minimun", "minimum"),
        ("constraints", "maxlength", "maxLength"),
        ("resource", "shcema", "schema"),
        ("package", "resource", "resources"),
        ("dialect", "delimeter", "delimiter"),
        ("field", "tpye", "type"),
    ],
)
def test_near_misses(kind: str, key: str, meant: str) -> None:
    assert list(misspelt(KNOWN[kind], {key: 1})) == [(key, meant)]


@pytest.mark.parametrize("key", ["x", "remark", "datapkg:unit", "rdf", "note", "curator"])
def test_words_of_ones_own(key: str) -> None:
    assert not [found for kind in KNOWN for found in misspelt(KNOWN[kind], {key: 1})]


@pytest.mark.parametrize("kind", KNOWN)
def test_known_words_are_known(kind: str) -> None:
    assert not list(misspelt(KNOWN[kind], dict.fromkeys(KNOWN[kind])))
    assert not list(misspelt(KNOWN[kind], None))


def test_nothing_is_near_to_everything() -> None:
    assert near("zzz", KNOWN["field"]) is None
