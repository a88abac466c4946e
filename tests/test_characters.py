"""Which characters are meant: held against Unicode's own tables, in both engines that read the patterns."""

import re
import unicodedata

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datapkg import characters
from datapkg.engine.sql import text

EVERY = [chr(code) for code in range(1, 0x110000) if not 0xD800 <= code <= 0xDFFF]
SIGNS = "\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd"
PATTERNS = {
    "misread": characters.MISREAD,
    "invisible": characters.INVISIBLE,
    "needed": characters.NEEDED,
    "mixed": characters.MIXED,
}


def duck(pattern: str, texts: list[str]) -> list[str]:
    """Those of the texts in which DuckDB finds the pattern."""
    con = duckdb.connect()
    query = f"SELECT t FROM (SELECT unnest(?::VARCHAR[]) AS t) WHERE regexp_matches(t, {text(pattern)})"
    return [found for (found,) in con.execute(query, [texts]).fetchall()]


def test_all_that_is_not_seen_is_known() -> None:
    silent = {c for c in EVERY if unicodedata.category(c) in {"Cc", "Cf", "Co", "Zl", "Zp"}}
    silent -= {"\t", "\n", "\r", *SIGNS, *characters.DIRECTION} | {
        c for c in silent if "EGYPTIAN" in unicodedata.name(c, "")
    }
    none = {chr(plane * 0x10000 + low) for plane in range(17) for low in (0xFFFE, 0xFFFF)}
    known = {c for c in EVERY if re.match(characters.INVISIBLE, c)}
    ends = {c for c in EVERY if re.match(f"[{characters.BREAKS}]", c)}
    assert silent | none <= known | ends and not known & ends
    assert ends == {c for c in EVERY if len(f"a{c}a".splitlines()) == 2} - {"\r", "\n"}
    assert known == set(duck(characters.INVISIBLE, EVERY))


def test_a_text_that_is_not_composed_is_looked_at() -> None:
    pairs = (unicodedata.decomposition(c).split() for c in EVERY)
    second = {chr(int(pair[1], 16)) for pair in pairs if len(pair) == 2 and not pair[0].startswith("<")}
    moved = [c for c in EVERY if unicodedata.combining(c) or c in second or unicodedata.normalize("NFC", c) != c]
    assert set(duck(characters.COMPOSED, moved)) == set(moved)


@pytest.mark.parametrize("pattern", PATTERNS.values(), ids=PATTERNS)
@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.text("aZ5 .AМсα\u200b\u200d\u0645\u0915ÃÂÅâ€™©»\u00a0ÐÑ¼½–e\u0301日Ｋ\U0001f468\ufe0f", max_size=6),
        max_size=20,
    )
)
def test_both_engines_read_a_pattern_alike(pattern: str, texts: list[str]) -> None:
    assert duck(pattern, texts) == [told for told in texts if re.search(pattern, told)]


@given(st.text(st.characters(min_codepoint=0xA0, max_codepoint=0x2FFF, categories=["L"]), min_size=1, max_size=8))
def test_misread_text_is_read_again(word: str) -> None:
    shown = word.encode().decode("latin-1")
    assert characters.repaired(shown) == word


def test_where_texts_part() -> None:
    assert characters.difference("ab", "ac") == "U+0062 LATIN SMALL LETTER B for U+0063 LATIN SMALL LETTER C"
    assert characters.difference("ab", "a") == "U+0062 LATIN SMALL LETTER B for nothing"
    assert characters.difference("a", "a ") == "nothing for U+0020 SPACE"
    assert characters.difference("a", "a") == ""


@settings(max_examples=100, deadline=None)
@given(
    pieces=st.lists(
        st.tuples(
            st.sampled_from(sorted(characters.TAME)), st.text(alphabet=st.characters(max_codepoint=126), min_size=1)
        ),
        min_size=1,
        max_size=8,
    )
)
def test_letters_that_are_tame_raise_no_doubt_while_none_stands_beside_another(pieces: list[tuple[str, str]]) -> None:
    plain = [(letter, re.sub(r"[^!-~ ]", "", rest) or "a") for letter, rest in pieces]
    assert not duck(characters.DOUBT, [f"a{''.join(map(''.join, plain))}z"])


def test_each_letter_that_is_tame_raises_no_doubt_between_any_two_others() -> None:
    around = "abzBZ09 .,-(:;!?_=+@"
    assert not duck(characters.DOUBT, [f"x{a}{c}{b}x" for c in sorted(characters.TAME) for a in around for b in around])
    assert not duck(characters.DOUBT, sorted(characters.TAME))
