"""A mutation score in each format: the same results on one screen."""

import json

import pytest
from markdown_it import MarkdownIt

from datapkg.mutate.operators import OPERATORS
from datapkg.mutate.score import Result, Score
from datapkg.render.mutation import SCORES, around_change

BY_NAME = {operator.name: operator for operator in OPERATORS}
HOSTILE = "\x1b[2J`|<b>\u202e"


def result(name: str, line: int | None, column: str | None, old: str, new: str, *codes: str, **more: object) -> Result:
    """A result of the table `t`."""
    named = True if codes and line else None
    return Result(BY_NAME[name], "t", "data/t.csv", line, column, old, new, codes, named=named, **more)  # type: ignore[arg-type]


SCORE = Score(
    name="example",
    version="1.0.0",
    seed=7,
    per_operator=1,
    columns=(("t", ("id", "n", "quiet")),),
    results=(
        result("key-emptied", 2, "id", "a", "", "primary-key"),
        result("thousandfold", 3, "n", "4", "4000", warnings=("high",)),
        result("row-repeated", 3, None, "", "a", "primary-key", "row-said"),
        result("parent-deleted", None, None, "a", "", "foreign-key"),
        result("space-behind", 4, "id", HOSTILE, f"{HOSTILE} "),
        result("number-off-by-one", 4, "n", "4", "5"),
        result("flag-flipped", 4, "n", "true", "false", "rule"),
    ),
    left=(("u", "it has no rows"),),
)

TEXT = """\
table  column  caught  of   score
t                   3   5  60.0 %
       id           1   2  50.0 %
       n            0   1   0.0 %

data/t.csv:3 n: missed thousandfold: '4' → '4000'
  a number grows a thousandfold; could be caught by a maximum; only a warning tells of it: high

data/t.csv:4 id: missed space-behind: '\\x1b[2J`|<b>U+202E' → '\\x1b[2J`|<b>U+202E '
  a text gets a space behind it; could be caught by a pattern without spaces at its ends

u was not corrupted: it has no rows

example 1.0.0: 3 of 5 corruptions caught (60.0 %), the line named in 100.0 %
not counted: 2 more that are as plausible as the truth, which a person or a diff would have to see; the rules caught 1 of them
"""

MARKDOWN = """\
## datapkg mutate: example 1.0.0: 3 of 5 corruptions caught (60.0 %), the line named in 100.0 %

| table | column | caught | of | score |
| --- | --- | --: | --: | --: |
| `t` |  | 3 | 5 | 60.0 % |
|  | `id` | 1 | 2 | 50.0 % |
|  | `n` | 0 | 1 | 0.0 % |

### Missed

| where | operator | old | new | what | could be caught by |
| --- | --- | --- | --- | --- | --- |
| `data/t.csv:3 n` | `thousandfold` | `4` | `4000` | a number grows a thousandfold | a maximum |
| `data/t.csv:4 id` | `space-behind` | ``\\x1b[2J`\\x7c<b>U+202E`` | `` \\x1b[2J`\\x7c<b>U+202E  `` | a text gets a space behind it | a pattern without spaces at its ends |

not counted: 2 more that are as plausible as the truth, which a person or a diff would have to see; the rules caught 1 of them
"""


def test_text() -> None:
    assert "".join(SCORES["text"](SCORE)) == TEXT


def test_markdown() -> None:
    said = "".join(SCORES["markdown"](SCORE))
    assert said == MARKDOWN
    html = MarkdownIt("commonmark").enable("table").render(said)
    assert "<b>" not in html
    assert html.count("<tr>") == 7


def test_json() -> None:
    text = "".join(SCORES["json"](SCORE))
    assert text.isascii()
    told = json.loads(text)
    assert {key: told[key] for key in told if key not in ("mutants", "tables")} == {
        "format": "datapkg-mutate/1",
        "dataset": {"name": "example", "version": "1.0.0"},
        "seed": 7,
        "per_operator": 1,
        "score": {"caught": 3, "of": 5, "percent": 60.0},
        "review": {"caught": 1, "of": 2, "percent": 50.0},
        "left": [{"table": "u", "reason": "it has no rows"}],
    }
    (table,) = told["tables"]
    assert (table["name"], table["caught"], [(c["name"], c["of"], c["percent"]) for c in table["columns"]]) == (
        "t",
        3,
        [("id", 2, 50.0), ("n", 1, 0.0), ("quiet", 0, None)],
    )
    assert told["mutants"][1] == {
        "operator": "thousandfold",
        "kind": "semantic",
        "what": "a number grows a thousandfold",
        "remedy": "a maximum",
        "review": False,
        "table": "t",
        "path": "data/t.csv",
        "line": 3,
        "column": "n",
        "old": "4",
        "new": "4000",
        "caught": False,
        "named": None,
        "codes": [],
        "warnings": ["high"],
    }
    assert told["mutants"][4]["old"] == HOSTILE


@pytest.mark.parametrize("name", ["text", "markdown"])
def test_no_cell_reaches_the_terminal(name: str) -> None:
    assert not set("\x1b\u202e") & set("".join(SCORES[name](SCORE)))


@pytest.mark.parametrize("name", SCORES)
def test_where_nothing_was_corrupted_no_percentage_is_made_up(name: str) -> None:
    text = "".join(SCORES[name](Score("example", None, 0, 1, (), (), ())))
    assert '"percent": null' in text if name == "json" else "example: nothing was corrupted" in text


def test_a_score_is_never_rounded_up() -> None:
    caught = result("key-emptied", 2, "id", "a", "", "primary-key")
    missed = result("thousandfold", 3, "n", "4", "4000")
    score = Score("example", None, 0, 1, (("t", ()),), (*[caught] * 4999, missed), ())
    assert "(99.9 %)" in "".join(SCORES["text"](score))


def test_a_long_text_is_shown_from_before_the_change() -> None:
    same = "x" * 90
    assert around_change(f"{same}y", f"{same}z") == (f"…{'x' * 20}y", f"…{'x' * 20}z")
    assert around_change("short", "shirt") == ("short", "shirt")
    assert around_change("", "a") == ("", "a")
