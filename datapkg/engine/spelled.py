"""The one spelling of a cell, in SQL: another text for the same value, or the cell as it stands.

Only types whose value does not hang on how it is written have one spelling: numbers, truths,
moments, and what means no value. A text is its own value, and so is what stands in lists and JSON;
nothing of theirs is changed. A cell that is no value of its column stays as it is, byte for byte.

What is kept though it has no value of its own: zeros before a whole number (they may be a code),
the zone of a moment, the words around a number that may have some.
"""

import re
from collections.abc import Callable, Mapping

from datapkg.cells import values
from datapkg.engine import casts
from datapkg.engine.sql import text as quoted
from datapkg.engine.sql import texts
from datapkg.schema import Column

BLANKS = " \t\r\n"
"""White space that numbers, truths and moments never hold; XML Schema, whose forms they have, takes it away."""
UNTYPED = "cell "
"""What `same` puts before a cell that is no value of its column."""
WIDEST, FINEST = 20, -7
"""Powers of ten of a number's first digit between which it is written without an exponent."""
WHOLE = "0|-?[1-9][0-9]*"
PLAIN = r"-?(?:[1-9][0-9]*(?:\.[0-9]*[1-9])?|0(?:\.0{0,6}[1-9](?:[0-9]*[1-9])?)?)"
"""A number that is spelled as it should be, where it is not too wide."""
LEADING = "[+-]?0[0-9].*"
PARTS = r"^[+-]?([0-9]*)\.?([0-9]*)(?:[eE]([+-]?[0-9]+))?$"
DIRECTIVES = set("YmdHMSBbpIyjfFTR%") | set("xXD")
"""Letters of strptime that DuckDB writes as Python does."""


def spelled(column: Column, cell: str, judge: str = "") -> str:
    """SQL for the one spelling of the SQL text `cell`; see `casts.value` for `judge`."""
    missing, no_value = texts(column.missing_values), _empty(column)
    empty = f"WHEN {cell} IN ({missing}) THEN {quoted(no_value)}" if no_value is not None else ""
    held = f"WHEN {cell} IN ({missing}) THEN {cell}" if not empty and column.missing_values else ""
    write = SPELLINGS.get(column.type)
    if write is None or "pattern" in column.constraints:
        return f"CASE {empty} ELSE {cell} END" if empty else cell
    trimmed = f"trim({cell}, {quoted(BLANKS)})"
    spaced = f"{trimmed} <> {cell}"
    try:
        as_it_is, without = casts.value(column, cell, judge), casts.value(column, trimmed, judge)
        here, there = write(column, cell), write(column, trimmed)
    except (casts.UnknownType, ValueError):
        return f"CASE {empty} ELSE {cell} END" if empty else cell
    blank = f"WHEN {spaced} AND {trimmed} IN ({missing}) THEN {quoted(no_value or '')}" if empty else ""
    if column.type == "number" and casts.plain(column) and set(column.missing_values) <= {""}:
        # Most numbers are spelled as they should be.
        held = f"{held} WHEN regexp_full_match({cell}, {quoted(PLAIN)}) AND length({cell}) < {WIDEST} THEN {cell}"
    found = f"""CASE {empty} {held}
        WHEN ({as_it_is}) IS NOT NULL THEN {_unless_missing(here, cell, missing)}
        {blank}
        WHEN {spaced} AND ({without}) IS NOT NULL THEN {_unless_missing(there, cell, missing)}
        ELSE {cell} END"""
    return f"({found})"


def same(column: Column, cell: str, judge: str = "") -> str:
    """SQL for a text that is the same for two cells of one value, whatever their spelling; NULL for no value."""
    if column.type not in SPELLINGS:
        missing = f"{cell} IN ({texts(column.missing_values)})" if column.missing_values else "false"
        return f"CASE WHEN {missing} THEN NULL ELSE {cell} END"
    trimmed = f"trim({cell}, {quoted(BLANKS)})"
    missing = texts(column.missing_values)
    empty = f"WHEN {cell} IN ({missing}) THEN NULL" if missing else ""
    blank = f"WHEN {trimmed} IN ({missing}) THEN NULL" if missing and not column.labelled else ""
    return (
        f"CASE {empty} WHEN ({_value(column, cell, judge)}) IS NOT NULL THEN {_value(column, cell, judge)} {blank} "
        f"ELSE coalesce({_value(column, trimmed, judge)}, {quoted(UNTYPED)} || {cell}) END"
    )


def typed(column: Column, cell: str, value: str) -> list[str]:
    """SQL of what is the same for two cells for which `same` is, in less time.

    `value` is SQL of what `compared` gives of the cell, worked out once. The first is the value, the second the text
    of a cell that has none.
    """
    if column.type not in SPELLINGS:
        return [same(column, cell)]
    trimmed, missing = f"trim({cell}, {quoted(BLANKS)})", texts(column.missing_values)
    empty = f"WHEN {cell} IN ({missing}) THEN NULL" if missing else ""
    blank = f"WHEN {trimmed} IN ({missing}) THEN NULL" if missing and not column.labelled else ""
    found = f"CASE {empty} WHEN {value} IS NOT NULL THEN {value} {blank} ELSE {compared(column, trimmed)} END"
    return [found, f"CASE WHEN {value} IS NULL THEN CASE WHEN {untyped(column, cell)} THEN {cell} END END"]


def untyped(column: Column, cell: str) -> str:
    """SQL: the cell is neither missing nor of its type, which is one of `SPELLINGS`: what `same` gives its mark to."""
    trimmed, missing = f"trim({cell}, {quoted(BLANKS)})", texts(column.missing_values)
    # DuckDB works out all parts of an AND, but of a CASE only what is still open.
    fine = [f"{_value(column, cell, '')} IS NOT NULL"]
    if missing:
        fine.append(f"{cell} IN ({missing})")
    if missing and not column.labelled:
        fine.append(f"{trimmed} IN ({missing})")
    return f"CASE {' '.join(f'WHEN {one} THEN false' for one in fine)} ELSE {_value(column, trimmed, '')} IS NULL END"


def compared(column: Column, cell: str, judge: str = "") -> str:
    """SQL for the value of a cell, by which it is compared; NULL where it has none."""
    try:
        value = casts.value(column, cell, judge)
    except casts.UnknownType:
        value = cell
    return f"(CAST({value} AS DOUBLE) + 0.0)" if column.type == "number" else value


def _value(column: Column, cell: str, judge: str) -> str:
    return f"CAST({compared(column, cell, judge)} AS VARCHAR)"


def _empty(column: Column) -> str | None:
    """The text for no value that all others are written as, or None where each means something of its own."""
    if not column.missing_values or column.labelled:
        return None
    return "" if "" in column.missing_values else column.missing_values[0]


def _unless_missing(written: str, cell: str, missing: str) -> str:
    """The new spelling, unless that text means that there is no value."""
    if not missing or written == cell:
        return written
    bound = "list_transform([{0}], lambda told: CASE WHEN told IN ({1}) THEN {2} ELSE told END)[1]"
    return bound.format(written, missing, cell)


# ---------------------------------------------------------------- numbers


def _integer(column: Column, cell: str) -> str:
    _, group, _ = values.number_forms(column)
    if not values.bare(column):
        return cell
    digits = f"replace({cell}, {quoted(group)}, '')" if group else cell
    plain = f"ltrim({digits}, '+')"
    return (
        f"CASE WHEN regexp_full_match({cell}, {quoted(WHOLE)}) OR regexp_full_match({cell}, {quoted(LEADING)}) "
        f"THEN {cell} WHEN {plain} = '-0' THEN '0' ELSE {plain} END"
    )


def _number(column: Column, cell: str) -> str:
    _, group, point = values.number_forms(column)
    digits = f"replace({cell}, {quoted(group)}, '')" if group else cell
    digits = f"replace({digits}, {quoted(point)}, '.')" if point != "." else digits
    special = f"upper({cell}) IN ({texts(values.SPECIAL)})"
    named = f"CASE upper({cell}) WHEN 'NAN' THEN 'NaN' ELSE upper({cell}) END"
    number = f"regexp_full_match({digits}, {quoted(values.NUMBER)})"
    if not values.bare(column):
        # What stands around the number is nobody's to take away.
        number = f"({number} AND regexp_full_match({cell}, {quoted(values.number_forms(column)[0])}))"
    written = _decimal(digits)
    back = f"replace({written}, '.', {quoted(point)})" if point != "." else written
    whole = f"replace({cell}, {quoted(group)}, '')" if group else cell
    return (
        f"CASE WHEN regexp_full_match({digits}, {quoted(PLAIN)}) AND length({digits}) < {WIDEST} THEN {whole} "
        f"WHEN regexp_full_match({digits}, {quoted(LEADING)}) THEN {cell} "
        f"WHEN {special} THEN {named} WHEN {number} THEN coalesce({back}, {cell}) ELSE {cell} END"
    )


def _decimal(digits: str) -> str:
    """SQL: the same decimal number, to the last digit, in the one spelling; NULL where its power is out of bounds."""
    sign = f"CASE WHEN {digits} LIKE '-%' THEN '-' ELSE '' END"
    parts = f"regexp_extract({digits}, {quoted(PARTS)}, ['whole', 'part', 'power'])"
    power = "CASE WHEN m.power = '' THEN 0 ELSE TRY_CAST(m.power AS INTEGER) END"
    figures = "rtrim(ltrim(m.whole || m.part, '0'), '0')"
    lead = "(length(m.whole || m.part) - length(ltrim(m.whole || m.part, '0')))"
    steps = (
        f"list_transform([{parts}], lambda m: {{'sign': {sign}, 'f': {figures}, "
        f"'e': length(m.whole) - {lead} - 1 + {power}}})"
    )
    small = "'0.' || repeat('0', -n.e - 1) || n.f"
    large = "n.f || repeat('0', n.e + 1 - length(n.f))"
    middle = "left(n.f, n.e + 1) || '.' || substr(n.f, n.e + 2)"
    power_of_ten = "left(n.f, 1) || CASE WHEN length(n.f) > 1 THEN '.' || substr(n.f, 2) ELSE '' END || 'e' || n.e"
    written = (
        f"CASE WHEN n.f = '' THEN '0' WHEN n.e < {FINEST} OR n.e > {WIDEST} THEN {power_of_ten} "
        f"WHEN n.e < 0 THEN {small} WHEN length(n.f) <= n.e + 1 THEN {large} ELSE {middle} END"
    )
    return f"list_transform({steps}, lambda n: n.sign || {written})[1]"


# ---------------------------------------------------------------- truths and moments


def _boolean(column: Column, cell: str) -> str:
    true, false = values.boolean_words(column)
    whens = " ".join(f"WHEN {cell} IN ({texts(words)}) THEN {quoted(words[0])}" for words in (true, false) if words)
    return f"CASE {whens} ELSE {cell} END" if whens else cell


def _moment(column: Column, cell: str) -> str:
    """A moment in the column's own form, where that form writes each value in one way."""
    if column.format == "default":
        return _datetime(cell) if column.type == "datetime" else cell
    if column.format == "any":
        if column.type != "date":
            return cell  # the zone and the parts that are left out are how it was told
        return f"strftime({casts.value(column, cell)}, '%Y-%m-%d')"
    pattern = column.format.removeprefix("fmt:")
    if not set(re.findall("%(.)", pattern)) <= DIRECTIVES:
        return cell
    value = casts.value(column, cell)
    moment = f"(DATE '1900-01-01' + ({value}))" if column.type == "time" else f"({value})"
    written = f"strftime({moment}, {quoted(_spelt_out(pattern))})"
    again = casts.value(column, "told")
    return f"list_transform([{written}], lambda told: CASE WHEN ({again}) = ({value}) THEN told ELSE {cell} END)[1]"


def _spelt_out(pattern: str) -> str:
    short = {"x": "%m/%d/%y", "X": "%H:%M:%S", "D": "%m/%d/%y", "T": "%H:%M:%S", "R": "%H:%M", "F": "%Y-%m-%d"}
    return re.sub("%(.)", lambda found: short.get(found[1], found[0]), pattern)


def _datetime(cell: str) -> str:
    """No zeros at the end of a fraction, and Z for the zone that is none; other zones stay as they were told."""
    zone = f"regexp_replace({cell}, '[+-]00:00$', 'Z')"
    return (
        f"regexp_replace(regexp_replace({zone}, '([.][0-9]*?)0+(Z|[+-][0-9:]+)?$', '\\1\\2'), '[.](Z|[+-]|$)', '\\1')"
    )


def _as_it_is(column: Column, cell: str) -> str:
    """Types with one spelling from the start; only white space around it is taken away."""
    return cell


SPELLINGS: Mapping[str, Callable[[Column, str], str]] = {
    "integer": _integer,
    "number": _number,
    "boolean": _boolean,
    "date": _moment,
    "time": _moment,
    "datetime": _moment,
    "year": _as_it_is,
    "yearmonth": _as_it_is,
    "duration": _as_it_is,
}
