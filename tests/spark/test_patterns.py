"""Patterns of RE2 written for Java: what is the same, what is written otherwise, and what is refused."""

from typing import TYPE_CHECKING

import duckdb
import pytest

from datapkg.cells.patterns import linear
from datapkg.spark.patterns import java

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

PATTERNS = [
    r"[a-z]+",
    r"a.b",
    r"a\sb",
    r"a\Sb",
    r"\w+",
    r"\W+",
    r"\d{2}",
    r"^a$",
    r"a$",
    r"(?i)straße",
    r"\bcat\b",
    r"\Bcat",
    r"[[:alpha:]]+",
    r"[[:space:]]x",
    r"[^\s]+",
    r"[a&&b]+",
    r"[\]x[]+",
    r"[a\-z]+",
    r"\p{Lu}\p{Ll}+",
    r"\pL+",
    r"\PL",
    r"\p{Greek}+",
    r"(?P<y>[0-9]{4})-x",
    r"a{,3}",
    r"x{2,}",
    r"[\x41-\x43]+",
    r"\x{1F642}",
    r"a|bc",
    r"(a|b)*c",
    r"\v",
    r"[\w.-]+@x",
    r"a\.b",
    r"[.]+",
    r"#",
    r"[#&]+",
    r"{x}",
    r"a\/b",
    r"\p{^Lu}x",
]
TEXTS = [
    "a",
    "ab",
    "a.b",
    "axb",
    "a b",
    "a\tb",
    "a\x0bb",
    "a\xa0b",
    "a\nb",
    "a\rb",
    "a\u2028b",
    "cat",
    "concat",
    "a cat.",
    "é",
    "é1",
    "ß",
    "STRASSE",
    "STRAße",
    "straße",
    "12",
    "１２",
    "٣٤",
    "a\n",
    "&",
    "a&b",
    "]x[",
    "a-z",
    "Ab",
    "ÁB",
    "αβγ",
    "2023-x",
    "a{,3}",
    "aaa",
    "xx",
    "ABC",
    "🙂",
    "bc",
    "aabbc",
    "\x0b",
    "a_b.c-d@x",
    "..",
    "#",
    "#&",
    "{x}",
    "a/b",
    "1x",
    "",
    "Αβ",
    "ſ",
    "K",
    "\x85x",
    "\x1cx",
]


def test_a_pattern_says_the_same_to_both_engines(spark: "SparkSession") -> None:
    from pyspark.sql import functions as F  # noqa: N812

    cells = spark.createDataFrame([(text,) for text in TEXTS], "cell string")
    told = [rf"\A(?:{linear(pattern)})\z" for pattern in PATTERNS]
    rows = cells.select("cell", *(F.col("cell").rlike(java(one)).alias(str(n)) for n, one in enumerate(told))).collect()
    con = duckdb.connect()
    wrong = []
    for row in rows:
        for number, pattern in enumerate(told):
            (known,) = con.execute("SELECT regexp_matches(?, ?)", [row.cell, pattern]).fetchall()[0]
            if known != row[str(number)]:
                wrong.append((PATTERNS[number], row.cell, known))
    assert wrong == []


@pytest.mark.parametrize(
    "pattern", ["(?s).", "(?m)^a", "(?U)a+", r"\Qa\E", r"\C", r"[\S]", r"[^\b]", "[[:word:][:^alpha:]]", "a*+", r"\17"]
)
def test_what_java_would_read_otherwise_is_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match="not judged on a cluster"):
        java(pattern)
