"""The text of a cell as the value its schema gives it: SQL as strict as Table Schema.

DuckDB's own casts are laxer than the standard (`3.14` would become the integer 3, `infinity` a
date), so each cast is guarded: by the round trip of the value where that decides, else by a
pattern. A cell that is not of its type yields NULL. What DuckDB has no type for is judged by a
function of `values` that `functions` registers. The tests hold both to the same verdicts.
"""

from collections.abc import Callable, Mapping, Sequence

from datapkg.cells import values
from datapkg.cells.durations import DURATION
from datapkg.cells.predicates import JSON
from datapkg.cells.strptime import MONTHS, Form, forms
from datapkg.engine.sql import name, texts
from datapkg.engine.sql import text as quoted
from datapkg.schema import Column

EARLIEST, LATEST = "TIMESTAMP '0001-01-01'", "TIMESTAMP '9999-12-31 23:59:59.999999'"
FORMATS: Mapping[str, Sequence[str]] = {
    "string": ("default", *values.STRINGS),
    "geopoint": ("default", "array", "object"),
    "geojson": ("default", "topojson"),
}


class UnknownType(Exception):
    """Table Schema does not know the type, or its format is not read here."""


def value(column: Column, cell: str, judge: str = "") -> str:
    """SQL for the typed value of the SQL text `cell`; NULL where it is not of the type.

    `judge` is the SQL function for a column that is `held` by Python. Raises UnknownType where
    the column's type and format cannot be judged.
    """
    if column.type not in CASTS:
        raise UnknownType(f"the type {column.type!r} is not known")
    known = FORMATS.get(column.type, ("default",))
    if column.type not in ("date", "time", "datetime") and column.format not in known:
        raise UnknownType(f"the format {column.format!r} of the type {column.type!r} is not known")
    try:
        if held(column):
            return f"CASE WHEN {name(judge)}({cell}) THEN {cell} END"
        return CASTS[column.type](column, cell)
    except ValueError as error:
        raise UnknownType(str(error)) from None


def known(column: Column, cell: str) -> str:
    """The same of a cell that is of its type, as the law has found: without the guards that say so."""
    if column.storage == "VARCHAR":
        return cell
    return f"TRY_CAST({cell} AS {column.storage})" if plain(column) else value(column, cell)


def plain(column: Column) -> bool:
    """Whether the cells of a column of numbers or dates are written as DuckDB, and everybody else, reads them."""
    if column.type in ("integer", "number"):
        return _digits(column, "cell")[1] == "cell"
    return column.type == "date" and column.format == "default"


def held(column: Column) -> bool:
    """Whether Python judges the column's cells."""
    return column.type in JSON or (column.type == "geopoint" and column.format != "default")


def _matching(cell: str, pattern: str, result: str) -> str:
    return f"CASE WHEN regexp_full_match({cell}, {quoted(pattern)}) THEN {result} END"


def _string(column: Column, cell: str) -> str:
    if column.format == "default":
        return cell
    if column.format == "email":
        local, whole = values.EMAIL_LIMITS
        short = f"length({cell}) <= {whole} AND instr(reverse({cell}), '@') >= length({cell}) - {local}"
        return _matching(cell, values.STRINGS["email"], f"CASE WHEN {short} THEN {cell} END")
    return _matching(cell, values.STRINGS[column.format], cell)


def _digits(column: Column, cell: str) -> tuple[str, str]:
    """SQL that is true where there is a number in the cell, and SQL for its digits."""
    pattern, group, point = values.number_forms(column)
    fine = f"regexp_full_match({cell}, {quoted(pattern)})"
    digits = cell
    if not values.bare(column):
        around = f"(?s){values.around(pattern)}"
        fine = f"regexp_full_match({cell}, {quoted(around)})"
        digits = f"regexp_extract({cell}, {quoted(f'^{around}$')}, 1)"
    digits = f"replace({digits}, {quoted(group)}, '')" if group else digits
    return fine, f"replace({digits}, {quoted(point)}, '.')" if point not in ("", ".") else digits


def _integer(column: Column, cell: str) -> str:
    fine, digits = _digits(column, cell)
    cast = f"TRY_CAST({digits} AS BIGINT)"
    slow = f"CASE WHEN {fine} THEN {cast} END"
    return f"CASE WHEN CAST({cast} AS VARCHAR) = {cell} THEN {cast} ELSE {slow} END"


def _number(column: Column, cell: str) -> str:
    fine, digits = _digits(column, cell)
    if column.decimal is not None:
        exact = f"{fine} AND regexp_full_match({digits}, {quoted(values.decimal_form(column))})"
        return f"CASE WHEN {exact} THEN TRY_CAST({digits} AS {column.storage}) END"
    cast = f"TRY_CAST({digits} AS DOUBLE)"
    special = f"upper({cell}) IN ({texts(values.SPECIAL)})"
    if digits == cell:
        return f"CASE WHEN {fine} AND isfinite({cast}) OR {special} THEN {cast} END"
    plain = f"CASE WHEN {special} THEN TRY_CAST({cell} AS DOUBLE) END"
    return f"CASE WHEN {fine} AND isfinite({cast}) THEN {cast} ELSE {plain} END"


def _boolean(column: Column, cell: str) -> str:
    true, false = values.boolean_words(column)
    cases = [(true, "true"), (false, "false")]
    whens = " ".join(f"WHEN {cell} IN ({texts(words)}) THEN {told}" for words, told in cases if words)
    return f"CASE {whens} END" if whens else "CAST(NULL AS BOOLEAN)"


def _date(column: Column, cell: str) -> str:
    if column.format != "default":
        return f"CAST({_moment(column, cell)} AS DATE)"
    cast = f"TRY_CAST({cell} AS DATE)"
    return f"CASE WHEN CAST({cast} AS VARCHAR) = {cell} AND length({cell}) = 10 THEN {cast} END"


def _time(column: Column, cell: str) -> str:
    if column.format != "default":
        return f"CAST({_moment(column, cell)} AS TIME)"
    return _matching(cell, values.TIME, f"TRY_CAST({cell} AS TIME)")


def _datetime(column: Column, cell: str) -> str:
    if column.format != "default":
        return _moment(column, cell)
    cast = f"CAST(TRY_CAST({cell} AS TIMESTAMPTZ) AT TIME ZONE 'UTC' AS TIMESTAMP)"
    # A zone can carry a cell out of the calendar only from its first or its last year.
    edge = f"CASE WHEN {cast} BETWEEN {EARLIEST} AND {LATEST} THEN {cast} END"
    return _matching(cell, values.DATETIME, f"CASE WHEN {cell} BETWEEN '0002' AND '9999' THEN {cast} ELSE {edge} END")


def _moment(column: Column, cell: str) -> str:
    """A date or time in a form of its own; see `strptime`, whose `read` this is in SQL."""
    return f"coalesce({', '.join(_read(form, cell) for form in forms(column.type, column.format))}, NULL)"


def _read(form: Form, cell: str) -> str:
    says = form.says or ("nothing",)
    regex = form.regex if form.says else f"({form.regex})"
    fine = f"regexp_full_match({cell}, {quoted(regex)})"
    if form.guard is not None:
        fine += f" AND regexp_full_match({cell}, {quoted(form.guard)})"
    said = f"regexp_extract({cell}, {quoted(f'^(?:{regex})$')}, [{texts(says)}])"
    return f"CASE WHEN {fine} THEN list_transform([{said}], lambda said: {_said(form.says)})[1] END"


def _said(says: Sequence[str]) -> str:
    def part(word: str, otherwise: int) -> str:
        return f"coalesce(TRY_CAST(trim(said.{word}) AS INTEGER), {otherwise})" if word in says else str(otherwise)

    year, month, hour = part("year", 1900), part("month", 1), part("hour", 0)
    if "short" in says:
        year = "(CAST(said.short AS INTEGER) + CASE WHEN said.short < '69' THEN 2000 ELSE 1900 END)"
    if "name" in says:
        initials = texts(month[:3].lower() for month in MONTHS)
        month = f"list_position([{initials}], lower(left(said.name, 3)))"
    if "twelve" in says:
        half = "CASE WHEN lower(said.half) = 'pm' THEN 12 ELSE 0 END" if "half" in says else "0"
        hour = f"(CAST(trim(said.twelve) AS INTEGER) % 12 + {half})"
    fraction = "rpad(said.fraction, 6, '0')" if "fraction" in says else "'0'"
    clock = f"{hour}, {part('minute', 0)}, {part('second', 0)}"
    written = (
        f"format('{{:04d}}-{{:02d}}-{{:02d}} {{:02d}}:{{:02d}}:{{:02d}}.', {year}, {month}, {part('day', 1)}, {clock})"
    )
    moment = f"TRY_CAST(({written} || {fraction}) AS TIMESTAMP)"
    if "yearday" in says:
        later = f"({moment} + to_days({part('yearday', 1)} - 1))"
        moment = f"CASE WHEN year({later}) = {year} THEN {later} END"
    if "zone" in says:
        minutes = "coalesce(TRY_CAST(left(said.zone, 3) AS INTEGER) * 60, 0)"
        rest = "coalesce(TRY_CAST(left(said.zone, 1) || right(said.zone, 2) AS INTEGER), 0)"
        moment = f"({moment} - to_minutes({minutes} + {rest}))"
    return f"CASE WHEN {moment} BETWEEN {EARLIEST} AND {LATEST} THEN {moment} END"


def _year(column: Column, cell: str) -> str:
    return f"nullif({_matching(cell, values.YEAR, f'TRY_CAST({cell} AS BIGINT)')}, 0)"


def _yearmonth(column: Column, cell: str) -> str:
    return _matching(cell, values.YEARMONTH, f"CASE WHEN ltrim({cell}, '-') NOT LIKE '0000%' THEN {cell} END")


def _duration(column: Column, cell: str) -> str:
    return _matching(cell, DURATION, f"CASE WHEN right({cell}, 1) NOT IN ('P', 'T') THEN {cell} END")


def _geopoint(column: Column, cell: str) -> str:
    lon, lat = (f"TRY_CAST(trim(split_part({cell}, ',', {number})) AS DOUBLE)" for number in (1, 2))
    inside = f"abs({lon}) <= 180 AND abs({lat}) <= 90"
    return _matching(cell, f"{values.NUMBER}, ?{values.NUMBER}", f"CASE WHEN {inside} THEN {cell} END")


def _list(column: Column, cell: str) -> str:
    items = values.item_column(column)
    between = quoted(values.delimiter(column))
    if items.type == "string":
        return cell
    wrong = f"list_filter(string_split({cell}, {between}), lambda item: ({value(items, 'item')}) IS NULL)"
    return f"CASE WHEN len({wrong}) = 0 THEN {cell} END"


def _any(column: Column, cell: str) -> str:
    return cell


CASTS: Mapping[str, Callable[[Column, str], str]] = {
    "string": _string,
    "integer": _integer,
    "number": _number,
    "boolean": _boolean,
    "date": _date,
    "time": _time,
    "datetime": _datetime,
    "year": _year,
    "yearmonth": _yearmonth,
    "duration": _duration,
    "geopoint": _geopoint,
    "geojson": _any,
    "object": _any,
    "array": _any,
    "list": _list,
    "any": _any,
}
