"""A mutation score: for people, for programs, for a summary in CI."""

import json as codec
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from datapkg.mutate.score import Result, Score, Tally, tally
from datapkg.render.markdown import table_cell
from datapkg.render.wording import brief

FORMAT = "datapkg-mutate/1"
CELL = 60
"""Characters of a cell that people are shown."""
LEAD = 20
"""Characters shown before the place that was changed."""


def text(score: Score) -> Iterator[str]:
    """The score per table and column, what was missed, and one line for all at the end."""
    lines = list(_lines(score))
    widths = [max(len(line[at]) for line in lines) for at in range(5)]
    for table, column, caught, every, percent in lines:
        numbers = f"{caught:>{widths[2]}}  {every:>{widths[3]}}  {percent:>{widths[4]}}"
        yield f"{table:<{widths[0]}}  {column:<{widths[1]}}  {numbers}\n"
    for result in score.missed:
        yield f"\n{_where(result)}: missed {result.operator.name}: {_change(result)}\n"
        yield f"  {result.operator.what}; {_remedy(result)}\n"
    yield from (f"\n{brief(table)} was not corrupted: {brief(why)}\n" for table, why in score.left)
    yield "\n" + "".join(f"{line}\n" for line in _summary(score))


def json(score: Score) -> Iterator[str]:
    """All of it, `datapkg-mutate/1`. Strings are escaped to ASCII: no terminal can be reached."""
    data = {
        "format": FORMAT,
        "dataset": {"name": score.name, "version": score.version},
        "seed": score.seed,
        "per_operator": score.per_operator,
        "score": _tally(tally(score.counted)),
        "review": _tally(tally(score.reviewed)),
        "tables": [_table(score, name, columns) for name, columns in score.columns],
        "left": [{"table": table, "reason": why} for table, why in score.left],
        "mutants": [_mutant(result) for result in score.results],
    }
    yield codec.dumps(data, indent=1, ensure_ascii=True, allow_nan=False) + "\n"


def markdown(score: Score) -> Iterator[str]:
    """The score as tables for a step summary."""
    head, *lines = _lines(score)
    yield f"## datapkg mutate: {_summary(score)[0]}\n\n"
    yield f"| {' | '.join(head)} |\n| --- | --- | --: | --: | --: |\n"
    for table, column, *numbers in lines:
        yield f"| {table_cell(table)} | {table_cell(column)} | {' | '.join(numbers)} |\n"
    if score.missed:
        yield "\n### Missed\n\n| where | operator | old | new | what | could be caught by |\n"
        yield "| --- | --- | --- | --- | --- | --- |\n"
    for result in score.missed:
        cells = (table_cell(word[:CELL]) for word in around_change(result.old, result.new))
        name, what = table_cell(result.operator.name), result.operator.what
        yield f"| {table_cell(_where(result))} | {name} | {' | '.join(cells)} | {what} | {result.operator.remedy} |\n"
    yield "".join(f"\n{line}\n" for line in _summary(score)[1:])


SCORES: Mapping[str, Callable[[Score], Iterator[str]]] = {"text": text, "json": json, "markdown": markdown}
"""Each renders a score as pieces of text."""


def _lines(score: Score) -> Iterator[tuple[str, str, str, str, str]]:
    yield ("table", "column", "caught", "of", "score")
    for table, columns in score.columns:
        mine = [result for result in score.counted if result.table == table]
        yield (brief(table), "", *_numbers(tally(mine)))
        for column in columns:
            found = tally(result for result in mine if result.column == column)
            if found.all:
                yield ("", brief(column), *_numbers(found))


def _numbers(found: Tally) -> tuple[str, str, str]:
    return f"{found.caught:,}", f"{found.all:,}", _percent(found)


def _percent(found: Tally) -> str:
    """Never 100 % while one is missed."""
    if found.percent is None:
        return "-"
    return f"{int(found.percent * 10) / 10:.1f} %"


def _where(result: Result) -> str:
    line = f":{result.line}" if result.line is not None else ""
    return brief(f"{result.path}{line}") + (f" {brief(result.column)}" if result.column is not None else "")


def _change(result: Result) -> str:
    old, new = around_change(result.old, result.new)
    return f"{_quoted(old)} → {_quoted(new)}"


def around_change(old: str, new: str) -> tuple[str, str]:
    """Both texts from a little before the place where they begin to differ."""
    same = next((at for at, pair in enumerate(zip(old, new, strict=False)) if pair[0] != pair[1]), 0)
    start = same - LEAD if same > 2 * LEAD else 0
    mark = "…" if start else ""
    return mark + old[start:], mark + new[start:]


def _quoted(cell: str) -> str:
    return f"'{brief(cell, CELL)}'" if cell else "nothing"


def _remedy(result: Result) -> str:
    said = f"could be caught by {result.operator.remedy}"
    return f"{said}; only a warning tells of it: {brief(', '.join(result.warnings))}" if result.warnings else said


def _summary(score: Score) -> tuple[str, ...]:
    found, reviewed = tally(score.counted), tally(score.reviewed)
    told = [result.named for result in score.counted if result.named is not None]
    named = Tally(sum(told), len(told))
    version = f" {brief(score.version)}" if score.version else ""
    lines = [
        (
            f"{brief(score.name)}{version}: {found.caught:,} of {found.all:,} corruptions caught ({_percent(found)}), "
            f"the line named in {_percent(named)}"
        )
    ]
    if not found.all:
        lines = [f"{brief(score.name)}{version}: nothing was corrupted"]
    if reviewed.all:
        lines.append(
            f"not counted: {reviewed.all:,} more that are as plausible as the truth, which a person or a diff "
            f"would have to see; the rules caught {reviewed.caught:,} of them"
        )
    return tuple(lines)


def _tally(found: Tally) -> dict[str, Any]:
    return {"caught": found.caught, "of": found.all, "percent": found.percent}


def _table(score: Score, name: str, columns: tuple[str, ...]) -> dict[str, Any]:
    mine = [result for result in score.counted if result.table == name]
    told = [{"name": c} | _tally(tally(result for result in mine if result.column == c)) for c in columns]
    return {"name": name} | _tally(tally(mine)) | {"columns": told}


def _mutant(result: Result) -> dict[str, Any]:
    operator = result.operator
    return {
        "operator": operator.name,
        "kind": operator.kind,
        "what": operator.what,
        "remedy": operator.remedy,
        "review": operator.review,
        "table": result.table,
        "path": result.path,
        "line": result.line,
        "column": result.column,
        "old": result.old,
        "new": result.new,
        "caught": result.caught,
        "named": result.named,
        "codes": list(result.codes),
        "warnings": list(result.warnings),
    }
