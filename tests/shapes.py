"""One report that shows every shape a report can have, made of values alone; and a clean one."""

from dataclasses import replace

from datapkg.findings import (
    DatasetReport,
    Excerpt,
    Finding,
    Layer,
    Place,
    Report,
    Rule,
    Severity,
    TableFacts,
    Verdict,
    verdict_of,
)

HOSTILE = (
    "</script></pre>]]><img src=x onerror=alert(1)>|`a```b`\n::set-output name=a::b\r##[add-mask]c"
    "\x1b[31m\x9b\u202e\u200b\x00\ufffe @octocat #1 [l](http://e.example) ![i](http://e.example/i) {0} %0A \" ' & \\|"
)
"""Markup, Markdown, workflow commands, terminal sequences, and what XML and JSON cannot hold."""

TYPE = Rule("type-error", Layer.FRICTIONLESS, "{value} is not {expected}", "Why a type.", "Write {expected}.")
KEY = Rule("foreign-key", Layer.DUCKDB, "{value} is not in {target}", "Why a key.", "Correct it.")
ODD = Rule("odd-note", Layer.DUCKDB, "{note} is odd", "Why odd.", "Look.", Severity.INFO)
LOW = Rule("low-above-high", Layer.PANDERA, "{low} is above {high}", "Why not.", "Swap them.", Severity.WARNING)
BOUND = Rule(
    "constraint-error", Layer.PANDERA, "{value} breaks the constraint {constraint}: {bound}", "Why.", "Mend it."
)
BLANK = Rule("blank-row", Layer.FRICTIONLESS, "the row is blank", "Why blank.", "Delete it.")
FIELD = Rule("field-error", Layer.FRICTIONLESS, "the field is not valid: {note}", "Why a field.", "Mend the field.")
GONE = Rule("scheme-error", Layer.FRICTIONLESS, "the source {path} cannot be loaded: {note}", "Why.", "Add it.")
SHOUT = Rule(f"shout {HOSTILE}", Layer.DUCKDB, "{note}", HOSTILE, HOSTILE)

CSV, PARQUET, DESCRIPTOR = "data/shapes/t.csv", "data/shapes/u é.parquet", "data/shapes/datapackage.yaml"


def at(row: int, column: str, number: int, value: str) -> Place:
    """A cell of the table t, whose rows have the keys a, b, c and so on."""
    return Place(CSV, "t", row, row + 1, column, number, value, {"id": chr(96 + row)})


def shapes() -> Report:
    """Every severity, waived, cut, skipped, hidden, without a line, of a descriptor, and hostile."""
    typed = Finding.of(TYPE, at(3, "n", 2, "many"), value="'many'", expected="a whole number")
    typed = replace(typed, excerpt=Excerpt("c,many,z", 2, 4))
    waived = Finding.of(BOUND, at(2, "n", 2, "12"), value="'12'", constraint="maximum", bound=9)
    waived = replace(waived, waived=True, excerpt=Excerpt("b,12,y", 2, 2))
    odd = replace(Finding.of(ODD, at(1, "note", 3, "x"), note="x"), excerpt=Excerpt("a,1,x", 4, 1))
    low = replace(Finding.of(LOW, Place(CSV, "t", 4, 5), low=3, high=2), excerpt=Excerpt("d,3,2", 0, 5))
    empty = replace(Finding.of(BLANK, Place(CSV, "t", 6, 7)), excerpt=Excerpt("", 0, 0))
    hostile = Finding.of(SHOUT, Place(CSV, "t", 5, 6, HOSTILE, 4, HOSTILE, {"id": HOSTILE}), note=HOSTILE)
    hostile = replace(hostile, excerpt=Excerpt(f"{'é😀' * 80},{HOSTILE}", 161, len(HOSTILE)))
    orphan = Finding.of(KEY, Place(PARQUET, "u", 7, None, "t", 2, "q", {"id": "p"}), value="'q'", target="t.id")
    verdicts = (
        verdict_of(FIELD, [Finding.of(FIELD, Place(DESCRIPTOR, line=12), note="type is 'interger'")]),
        Verdict("type-error", TYPE.layer, TYPE.severity, "t", "id", rows=6),
        Verdict("type-error", TYPE.layer, TYPE.severity, "t", "n", rows=6, failures=5, findings=(typed,)),
        Verdict("constraint-error", BOUND.layer, BOUND.severity, "t", "n", "maximum", 6, 1, (waived,)),
        Verdict("constraint-error", BOUND.layer, BOUND.severity, "t", "n", "minimum", 6, 2),
        Verdict("low-above-high", LOW.layer, LOW.severity, "t", None, rows=6, failures=1, findings=(low,)),
        Verdict("odd-note", ODD.layer, ODD.severity, "t", "note", rows=6, failures=1, findings=(odd,)),
        Verdict("unasked", ODD.layer, Severity.WARNING, "t", rows=6, failures=1, findings=(low,), hidden=True),
        verdict_of(BLANK, [empty], table="t"),
        verdict_of(TYPE, [], table="u"),
        Verdict(SHOUT.code, SHOUT.layer, SHOUT.severity, "t", HOSTILE, rows=6, failures=1, findings=(hostile,)),
        Verdict("foreign-key", KEY.layer, KEY.severity, "u", "t", rows=9, failures=1, findings=(orphan,)),
        Verdict("foreign-key", KEY.layer, KEY.severity, "u", "t", rows=9),
        Verdict("agreeing-totals", KEY.layer, KEY.severity, None, skipped="the table v was not read"),
        verdict_of(
            GONE, [Finding.of(GONE, Place("data/shapes/v.csv", "v"), path="v.csv", note="no such file")], table="v"
        ),
    )
    tables = (TableFacts("t", CSV, 6, 66, "0" * 64), TableFacts("u", PARQUET, 9, 99, "1" * 64))
    second = replace(clean().datasets[0], name=HOSTILE[:40], path="data/second/datapackage.json", version=None)
    return Report((DatasetReport("shapes", DESCRIPTOR, "1.0.0", tables, verdicts), second), "1.0.0")


def clean() -> Report:
    """Nothing to say."""
    verdicts = (Verdict("type-error", TYPE.layer, TYPE.severity, "t", "id", rows=1),)
    tables = (TableFacts("t", "data/clean/t.csv", 1, 5, "2" * 64),)
    return Report((DatasetReport("clean", "data/clean/datapackage.json", "2.0.0", tables, verdicts),), "1.0.0")


def many(count: int, rule: Rule = TYPE, value: str = "x") -> Report:
    """`count` findings of one rule in one table."""
    findings = tuple(
        Finding.of(
            rule, Place(CSV, "t", row, row + 1, "n", 2, value, {"id": str(row)}), value=value, expected="a number"
        )
        for row in range(1, count + 1)
    )
    verdict = Verdict(rule.code, rule.layer, rule.severity, "t", "n", rows=count, failures=count, findings=findings)
    tables = (TableFacts("t", CSV, count, 9, None),)
    return Report((DatasetReport("many", DESCRIPTOR, None, tables, (verdict,)),), "1.0.0")


def saying(text: str) -> Report:
    """One finding all of whose words are `text`."""
    finding = Finding(
        text, Layer.DUCKDB, Severity.ERROR, Place(text, text, 1, 2, text, 1, text, {text: text}), text, text, text
    )
    finding = replace(finding, excerpt=Excerpt(text, 0, len(text)))
    verdicts = (
        Verdict(text, Layer.DUCKDB, Severity.ERROR, text, text, text, 1, 1, (finding,)),
        Verdict(text, Layer.DUCKDB, Severity.ERROR, text, text, skipped=text),
    )
    tables = (TableFacts(text, text, 1, 1, None),)
    return Report((DatasetReport(text, text, text, tables, verdicts),), "1.0.0")
