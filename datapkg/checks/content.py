"""Does a cell read as it looks? Characters that are not seen, look like others or were misread.

A cell is looked at where it has a value: what is not of its type, or breaks an enum, categories or
a pattern, is told by that rule, and a whole foreign key by its own or in the table it refers to.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from datapkg import characters
from datapkg.checks.scene import Scene, cell, excerpt, listed, place, quoted, verdict
from datapkg.engine.content import Suspect, counted, near_repeated, suspects
from datapkg.engine.judge import Judged
from datapkg.engine.opened import Located
from datapkg.findings import Finding, Layer, Rule, Severity, Verdict, pack

INVISIBLE = Rule(
    code="invisible-character",
    layer=Layer.FRICTIONLESS,
    message="{value} has what a reader does not see: {found}",
    why="Texts that look the same are not equal: they are not found, not joined, and may hide what they say.",
    fix="Take the character out of the cell, or write a plain space for it.",
    example="incident_id:string place:string\na,Ka\\u200bbul\n",
)
BREAK = Rule(
    code="line-break-character",
    layer=Layer.FRICTIONLESS,
    severity=Severity.WARNING,
    message="{value} has what some readers take for the end of a line: {found}",
    why="A reader that ends a line there sees other rows than the rest.",
    fix="Write a space or a line feed for it.",
    example="incident_id:string note:string\na,one\\u2028two\n",
)
CONFUSABLE = Rule(
    code="confusable-character",
    layer=Layer.FRICTIONLESS,
    message="{value} has {found}",
    why="A word with a letter of another alphabet is read as another word, and no search finds it.",
    fix="Write the word in the letters of one alphabet.",
    example="incident_id:string place:string\na,\\u041aabul\n",
)
MOJIBAKE = Rule(
    code="mojibake",
    layer=Layer.FRICTIONLESS,
    message="{value} was read in the wrong encoding: {found}{note}",
    why="The text is not what its author wrote, and each further wrong step makes it harder to mend.",
    fix="Write the text anew from its source{remedy}.",
    example="incident_id:string place:string\na,Caf\\u00c3\\u00a9\n",
)
FORMULA = Rule(
    code="formula-like-cell",
    layer=Layer.FRICTIONLESS,
    severity=Severity.WARNING,
    message="{value} begins with {found}, as a formula does",
    why="A spreadsheet runs such a cell instead of showing it.",
    fix="Let the text begin otherwise if you can; data is never changed, so warn those who open it in a spreadsheet.",
    example="incident_id:string note:string\na,=1+1\n",
)
SPACE = Rule(
    code="surrounding-space",
    layer=Layer.FRICTIONLESS,
    severity=Severity.WARNING,
    message="{value} {found}",
    why="Nobody sees the white space, but texts with and without it are not equal.",
    fix="Take the white space away.",
    example="incident_id:string place:string\na,Kabul \n",
)
UNNORMALIZED = Rule(
    code="not-normalized",
    layer=Layer.FRICTIONLESS,
    severity=Severity.WARNING,
    message="{value} is not in the composed form of Unicode (NFC): {found}",
    why="The same letters written in two ways look the same and are not equal.",
    fix="Write the text in NFC.",
    example="incident_id:string place:string\na,Cafe\\u0301\n",
)
NEAR_DUPLICATE = Rule(
    code="near-duplicate-key",
    layer=Layer.DUCKDB,
    severity=Severity.WARNING,
    message="{value} in {columns} looks like {other} on line {line}; they differ in {found}",
    why="Two keys that look the same are taken for one by people, and for two by every join.",
    fix="Correct the key if it means the same, or choose a key that looks different.",
    example="incident_id:string! killed:integer\nkabul-a,1\nKabul-A,2\n",
)

RULES = (INVISIBLE, BREAK, CONFUSABLE, MOJIBAKE, FORMULA, SPACE, UNNORMALIZED)
EXPLAINED: dict[str, Callable[[str], str]] = {
    CONFUSABLE.code: characters.mixed,
    MOJIBAKE.code: characters.misread,
    BREAK.code: characters.breaks,
    FORMULA.code: characters.formula,
    SPACE.code: characters.edges,
    UNNORMALIZED.code: characters.unnormalized,
}


def check_content(scene: Scene) -> Iterator[Verdict]:
    """Each text reads as it looks."""
    for judged in scene.tables.values():
        for suspect in suspects(scene.space.con, judged, _foreign(scene, judged)):
            found = counted(scene.space.con, judged, suspect, scene.limit)
            for rule in RULES:
                if rule.code in found:
                    yield _verdict(scene, judged, suspect, rule, *found[rule.code])


def check_near_keys(scene: Scene) -> Iterator[Verdict]:
    """No two keys of a table look the same."""
    for judged in scene.tables.values():
        schema = judged.opened.schema
        single = [(column.name,) for column in schema.columns if column.constraints.get("unique") is True]
        referring = {column for key in _foreign(scene, judged) for column in key}
        for key in dict.fromkeys((schema.primary_key, *single, *schema.unique_keys)):
            if not judged.opened.parts or any(column not in judged.opened.positions for column in key):
                continue
            if any(column in schema.ambiguous for column in key):
                continue
            folded = [column for column in key if schema[column].storage == "VARCHAR" and column not in referring]
            if folded:
                count, pairs = near_repeated(scene.space.con, judged, key, folded, scene.limit)
                if count:
                    yield _near(scene, judged, key, count, pairs)


def _foreign(scene: Scene, judged: Judged) -> list[tuple[str, ...]]:
    """The foreign keys of a table that could be judged."""
    keys = []
    for key in judged.opened.schema.foreign_keys:
        target = scene.tables.get(key.table) if key.table is not None else judged
        aims = target.opened.positions if target is not None and target.opened.parts else ()
        if len(key.columns) == len(key.target_columns) and all(column in aims for column in key.target_columns):
            keys.append(key.columns)
    return keys


def _verdict(scene: Scene, judged: Judged, suspect: Suspect, rule: Rule, count: int, rows: list[int]) -> Verdict:
    findings = pack(_findings(scene, judged, suspect, rule, rows))
    told = verdict(judged, rule, [suspect.column.name])
    return replace(told, failures=count, findings=findings, listed=False)


def _findings(scene: Scene, judged: Judged, suspect: Suspect, rule: Rule, rows: list[int]) -> Iterator[Finding]:
    column = suspect.column.name
    for row, at in scene.rows(judged, rows):
        where = place(judged, at, row, column)
        value = where.value or ""
        told = {"value": quoted(value), "remedy": ""}
        if rule is INVISIBLE:
            told["found"] = characters.invisible(value, strict=suspect.strict)
        else:
            told["found"] = EXPLAINED[rule.code](value)
        if rule is MOJIBAKE:
            told |= _mended(value)
        finding = Finding.of(rule, where, **told)
        yield replace(finding, excerpt=excerpt(judged, at, column))


def _mended(cell: str) -> dict[str, str]:
    better = characters.repaired(cell)
    if better is None:
        return {"note": " stands where letters were lost"}
    if better == cell:
        return {"note": ""}
    return {"note": f"; it should probably read {quoted(better)}", "remedy": f": probably {quoted(better)}"}


def _near(scene: Scene, judged: Judged, key: tuple[str, ...], count: int, pairs: list[tuple[int, int]]) -> Verdict:
    findings = pack(_near_ones(scene, judged, key, dict(pairs)))
    return replace(verdict(judged, NEAR_DUPLICATE, key), failures=count, findings=findings, listed=False)


def _near_ones(scene: Scene, judged: Judged, key: tuple[str, ...], first_of: Mapping[int, int]) -> Iterator[Finding]:
    """A finding for each row whose key looks like that of an earlier one."""

    def texts(at: Located) -> list[str]:
        return [cell(at, judged.opened.positions[name]) or "" for name in key]

    firsts = {row: (at.line, texts(at)) for row, at in scene.rows(judged, first_of.values())}
    for row, at in scene.rows(judged, first_of):
        first = first_of[row]
        line, theirs = firsts[first]
        mine = texts(at)
        apart = (characters.difference(one, other) for one, other in zip(mine, theirs, strict=True))
        told = {
            "value": ", ".join(map(quoted, mine)),
            "other": ", ".join(map(quoted, theirs)),
            "columns": listed(key),
            "line": line if line is not None else f"of row {first}",
            "found": next((words for words in apart if words), "nothing that is seen"),
        }
        finding = Finding.of(NEAR_DUPLICATE, place(judged, at, row, key[0]), **told)
        yield replace(finding, excerpt=excerpt(judged, at, key[0]))
