"""Workflow commands: what the runner decodes is what was found, and nothing else is a command."""

import re
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st
from shapes import HOSTILE, LOW, clean, many, saying, shapes

from datapkg.findings import Report
from datapkg.render import github
from datapkg.render.escape import inert, show

PLAIN = False
COMMAND = re.compile(r"::(error|warning|notice) ([^:]*)::(.*)")


def lines(report: Report) -> list[str]:
    told = "".join(github.render(report, PLAIN))
    assert told.endswith("\n") and "\r" not in told
    return told[:-1].split("\n")


def decoded(line: str) -> tuple[str, dict[str, str], str]:
    """A command as the runner reads it."""
    match = COMMAND.fullmatch(line)
    assert match, line
    pairs = (pair.split("=", 1) for pair in match[2].split(","))
    properties = {name: plain(value.replace("%3A", ":").replace("%2C", ",")) for name, value in pairs}
    return match[1], properties, plain(match[3])


def plain(text: str) -> str:
    return text.replace("%0D", "\r").replace("%0A", "\n").replace("%25", "%")


def test_the_worst_and_the_rarest_come_first() -> None:
    *commands, last = lines(shapes())
    told = [(kind, properties["title"]) for kind, properties, _ in map(decoded, commands)]
    assert told[0] == ("error", "blank-row")
    assert [kind for kind, _ in told] == ["error"] * 6 + ["warning", "notice"]
    assert told[5:] == [("error", "type-error"), ("warning", "low-above-high"), ("notice", "odd-note")]
    assert last == "datapkg: not valid: 12 errors, 1 warning, 1 info, 1 waived; 6 more without an annotation"


def test_a_cell_is_marked_where_it_is() -> None:
    command = next(line for line in lines(shapes()) if "odd-note" in line)
    assert command == (
        "::notice file=data/shapes/t.csv,line=2,endLine=2,col=5,endColumn=5,title=odd-note::x is odd%0Afix: Look."
    )
    whole = next(line for line in lines(shapes()) if "low-above-high" in line)
    assert "col=" not in whole


def test_a_row_without_a_line_is_named() -> None:
    command = next(line for line in lines(shapes()) if "foreign-key" in line)
    assert decoded(command)[2].startswith("row 7: 'q' is not in t.id")


def test_ten_of_each_kind_and_the_rest_counted() -> None:
    report = many(25)
    report = replace(report, datasets=(*report.datasets, *many(11, LOW).datasets))
    *commands, last = lines(report)
    kinds = [decoded(line)[0] for line in commands]
    assert (kinds.count("error"), kinds.count("warning")) == (10, 10)
    assert last == "datapkg: not valid: 25 errors, 11 warnings, 0 info; 16 more without an annotation"


def test_nothing_to_say_is_one_line() -> None:
    assert lines(clean()) == ["datapkg: valid: 0 errors, 0 warnings, 0 info"]


@settings(deadline=None)
@given(st.text() | st.text(":%,\n\r:#[]=") | st.just(HOSTILE))
def test_what_the_runner_decodes_is_what_was_found(text: str) -> None:
    command, last = lines(saying(text))
    kind, properties, message = decoded(command)
    shown = show(text if len(text) <= 500 else text[:499] + "…")
    title = show(text if len(text) <= 80 else text[:79] + "…")
    assert (kind, properties["file"], properties["title"]) == ("error", shown, title)
    assert message in {inert(f"{shown}\nfix: {shown}"), inert(shown)}
    assert "##[" not in message and "::" not in message
    assert last.startswith("datapkg: not valid: 1 error")
