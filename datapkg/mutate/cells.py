"""Corruptions of one cell that break its type, its constraints or its sense."""

import datetime
import re
from random import Random
from typing import Any

from datapkg.mutate.operator import Alter, Operator, on_cells
from datapkg.schema import Column, Schema

TRUE = ("true", "True", "TRUE", "1")
FALSE = ("false", "False", "FALSE", "0")
DIGITS = re.compile(r"-?\d+")
DECIMAL = re.compile(r"-?\d+(\.\d+)?")
DATE = re.compile(r"(\d{4})-(\d\d)-(\d\d)(.*)", re.DOTALL)
TOTAL = re.compile(r"(^|_)(total|sum|overall|all|best|balance)(_|$)")


# ---------------------------------------------------------------- what applies


def is_number(schema: Schema, column: Column) -> bool:
    """Whether its values are numbers."""
    return column.type in ("integer", "number")


def is_integer(schema: Schema, column: Column) -> bool:
    """Whether its values are whole numbers."""
    return column.type == "integer"


def is_decimal(schema: Schema, column: Column) -> bool:
    """Whether its values may have a decimal point."""
    return column.type == "number" and column.properties.get("decimalChar", ".") == "."


def is_date(schema: Schema, column: Column) -> bool:
    """Whether its values begin with a date as ISO 8601 has it."""
    return column.type in ("date", "datetime") and column.format == "default"


def is_datetime(schema: Schema, column: Column) -> bool:
    """Whether its values have a date and a time as ISO 8601 has them."""
    return column.type == "datetime" and column.format == "default"


def is_boolean(schema: Schema, column: Column) -> bool:
    """Whether its values are true or false."""
    return column.type == "boolean"


def is_typed(schema: Schema, column: Column) -> bool:
    """Whether a text at will is no value of it."""
    return column.type not in ("string", "any", "list")


def is_required(schema: Schema, column: Column) -> bool:
    """Whether each row must have a value."""
    return column.required and "" in column.missing_values


def is_bare(schema: Schema, column: Column) -> bool:
    """Whether nothing but digits may stand in a number."""
    return is_number(schema, column) and column.properties.get("bareNumber", True) is not False


def is_total(schema: Schema, column: Column) -> bool:
    """Whether its name says that it adds up others."""
    return is_number(schema, column) and TOTAL.search(column.name.lower()) is not None


def listed(column: Column) -> list[str]:
    """The values that a column of texts may have, or none where any text will do."""
    given = column.constraints.get("enum") or [category.value for category in column.categories]
    return [value for value in given if isinstance(value, str)] if column.type in ("string", "any") else []


def is_listed(schema: Schema, column: Column) -> bool:
    """Whether its values are some of a list."""
    return bool(listed(column))


def has(*names: str) -> Any:
    """A predicate: the column has one of these constraints."""
    return lambda schema, column: any(name in column.constraints for name in names)


def is_address(schema: Schema, column: Column) -> bool:
    """Whether its texts are addresses."""
    return column.type == "string" and column.format in ("uri", "email")


# ---------------------------------------------------------------- types


def with_thousands_comma(column: Column, text: str, rng: Random) -> str | None:
    """1234 as 1,234."""
    if column.properties.get("groupChar") == "," or not DIGITS.fullmatch(text) or abs(int(text)) < 1000:
        return None
    return f"{int(text):,}"


def with_underscore(column: Column, text: str, rng: Random) -> str | None:
    """1234 as 1_234."""
    return f"{int(text):_}" if DIGITS.fullmatch(text) and abs(int(text)) >= 1000 else None


def with_decimal_comma(column: Column, text: str, rng: Random) -> str | None:
    """1.5 as 1,5."""
    return text.replace(".", ",") if "." in text else None


def as_range(column: Column, text: str, rng: Random) -> str | None:
    """12 as 12-14."""
    return f"{text}-{int(text) + 2}" if DIGITS.fullmatch(text) else None


def with_letter(column: Column, text: str, rng: Random) -> str | None:
    """10 as 1O."""
    return text.replace("0", "O", 1) if "0" in text else text.replace("1", "l", 1)


def full_width(column: Column, text: str, rng: Random) -> str | None:
    """Digits as East Asian typesetting has them."""
    return "".join(chr(ord(letter) + 0xFEE0) if letter in "0123456789" else letter for letter in text)


def of_date(pattern: str) -> Alter:
    """A date in another form: `{y}`, `{m}` and `{d}` with their zeros, `{rest}` what follows."""

    def alter(column: Column, text: str, rng: Random) -> str | None:
        match = DATE.fullmatch(text)
        return pattern.format(y=match[1], m=match[2], d=match[3], rest=match[4]) if match else None

    return alter


def unpadded(column: Column, text: str, rng: Random) -> str | None:
    """2023-07-02 as 2023-7-2."""
    return re.sub(r"-0(?=\d)", "-", text[:10]) + text[10:]


def as_serial(column: Column, text: str, rng: Random) -> str | None:
    """The day's number, as a spreadsheet has it."""
    day = _day(text)
    return str((day - datetime.date(1899, 12, 30)).days) if day else None


def at_24(column: Column, text: str, rng: Random) -> str | None:
    """Midnight as 24:00:00."""
    return re.sub(r"T\d\d:\d\d:\d\d(\.\d+)?", "T24:00:00", text)


def as_word(column: Column, text: str, rng: Random) -> str | None:
    """True as yes, false as no."""
    true = text in column.properties.get("trueValues", TRUE)
    word = "yes" if true else "no"
    known = (*column.properties.get("trueValues", TRUE), *column.properties.get("falseValues", FALSE))
    return None if word in known else word


def always(word: str) -> Alter:
    """Another text in place of the value; none where that text means that there is no value."""
    return lambda column, text, rng: None if word and word in column.missing_values else word


def around(before: str, after: str) -> Alter:
    """The value with something before and behind it."""
    return lambda column, text, rng: f"{before}{text}{after}"


# ---------------------------------------------------------------- constraints


def misspelt(column: Column, text: str, rng: Random) -> str | None:
    """Two letters that stand side by side exchanged, unless that is another value of the list."""
    places = [n for n in range(len(text) - 1) if text[n] != text[n + 1] and text[n : n + 2].isalnum()]
    if not places:
        return None
    at = rng.choice(places)
    new = text[:at] + text[at + 1] + text[at] + text[at + 2 :]
    return None if new in listed(column) else new


def other_case(column: Column, text: str, rng: Random) -> str | None:
    """Small letters for capitals, or a capital at the front."""
    new = text.lower() if text != text.lower() else text.capitalize()
    return None if new in listed(column) else new


def another_listed(column: Column, text: str, rng: Random) -> str | None:
    """Another value of the list."""
    others = [value for value in listed(column) if value != text]
    return rng.choice(others) if others else None


def outside(bound: str, step: int) -> Alter:
    """A value one step outside a bound; the exclusive bound is itself outside."""
    exclusive = f"exclusive{bound.capitalize()}"

    def alter(column: Column, text: str, rng: Random) -> str | None:
        limit = column.constraints.get(bound)
        if limit is None:
            return str(column.constraints[exclusive])
        if is_number(Schema(()), column) or column.type == "year":
            return str(int(float(limit)) + step)
        day = _day(str(limit))
        return (day + datetime.timedelta(days=step)).isoformat() + str(limit)[10:] if day else None

    return alter


def too_long(column: Column, text: str, rng: Random) -> str | None:
    """One letter more than may be."""
    return (text + "x" * int(column.constraints["maxLength"]))[: int(column.constraints["maxLength"]) + 1]


def too_short(column: Column, text: str, rng: Random) -> str | None:
    """One letter less than must be, and at least one."""
    return text[: int(column.constraints["minLength"]) - 1] or None


def broken_address(column: Column, text: str, rng: Random) -> str | None:
    """An address with a space in it."""
    return text.replace(".", ". ", 1) if "." in text else text + " "


# ---------------------------------------------------------------- sense


def sign_flipped(column: Column, text: str, rng: Random) -> str | None:
    """12 as -12."""
    if not DECIMAL.fullmatch(text) or not text.strip("-0."):
        return None
    return text.removeprefix("-") if text.startswith("-") else f"-{text}"


def thousandfold(column: Column, text: str, rng: Random) -> str | None:
    """12 as 12000, 1.5 as 1500."""
    if not DECIMAL.fullmatch(text) or not text.strip("-0."):
        return None
    return f"{text}000" if "." not in text else f"{float(text) * 1000:.0f}"


def digits_exchanged(column: Column, text: str, rng: Random) -> str | None:
    """12 as 21."""
    whole = text.split(".", maxsplit=1)[0]
    places = [n for n in range(len(whole) - 1) if text[n] != text[n + 1] and text[n : n + 2].isdigit()]
    places = [n for n in places if n or text[1] != "0"]
    if not places:
        return None
    at = rng.choice(places)
    return text[:at] + text[at + 1] + text[at] + text[at + 2 :]


def shifted(by: int) -> Alter:
    """A whole number off by a few."""
    return lambda column, text, rng: str(int(text) + by) if DIGITS.fullmatch(text) else None


def day_and_month_exchanged(column: Column, text: str, rng: Random) -> str | None:
    """2023-07-12 as 2023-12-07, where that is a date too."""
    match = DATE.fullmatch(text)
    return f"{match[1]}-{match[3]}-{match[2]}{match[4]}" if match and int(match[3]) <= 12 else None


def years_off(by: int) -> Alter:
    """The same day of another year."""

    def alter(column: Column, text: str, rng: Random) -> str | None:
        match = DATE.fullmatch(text)
        if match is None or match[2] + match[3] == "0229":
            return None
        return f"{int(match[1]) + by:04}-{match[2]}-{match[3]}{match[4]}"

    return alter


def next_day(column: Column, text: str, rng: Random) -> str | None:
    """The day after."""
    day = _day(text)
    return (day + datetime.timedelta(days=1)).isoformat() + text[10:] if day else None


def flag_flipped(column: Column, text: str, rng: Random) -> str | None:
    """True as false, false as true, in the column's own words."""
    true, false = column.properties.get("trueValues", TRUE), column.properties.get("falseValues", FALSE)
    if text in true:
        return str(false[true.index(text)] if len(true) == len(false) else false[0])
    return str(true[false.index(text)] if len(true) == len(false) else true[0]) if text in false else None


def _day(text: str) -> datetime.date | None:
    try:
        return datetime.date.fromisoformat(text[:10])
    except ValueError:
        return None


TYPE = "the column's type"
LIST = "an enum"


def _cell(name: str, kind: str, what: str, remedy: str, applies: Any, alter: Alter, **more: Any) -> Operator:
    empty = more.pop("empty", False)
    return Operator(name, kind, what, remedy, applies, on_cells(alter, empty=empty), **more)


NUMBERS = (
    _cell("number-approximate", "type", "a number becomes an estimate in words", TYPE, is_bare, around("about ", "")),
    _cell("number-thousands", "type", "a number gets a comma at its thousands", TYPE, is_number, with_thousands_comma),
    _cell("number-underscore", "type", "a number is grouped by an underscore", TYPE, is_number, with_underscore),
    _cell("number-unit", "type", "a number gets its unit into the cell", TYPE, is_bare, around("", " km")),
    _cell("number-range", "type", "a number becomes a range", TYPE, is_number, as_range),
    _cell("number-letter", "type", "a digit becomes the letter that looks like it", TYPE, is_number, with_letter),
    _cell("number-full-width", "type", "digits become full-width ones", TYPE, is_number, full_width),
    _cell("number-nan", "type", "a number becomes NaN", "a minimum or a maximum", is_number, always("NaN")),
    _cell("decimal-comma", "type", "the decimal point becomes a comma", TYPE, is_decimal, with_decimal_comma),
    _cell("integer-fraction", "type", "a whole number gets a fraction", TYPE, is_integer, around("", ".5")),
)
DATES = (
    _cell("date-slashes", "type", "a date is written month/day/year", TYPE, is_date, of_date("{m}/{d}/{y}{rest}")),
    _cell("date-day-first", "type", "a date is written day-month-year", TYPE, is_date, of_date("{d}-{m}-{y}{rest}")),
    _cell("date-unpadded", "type", "a date loses the zeros before its digits", TYPE, is_date, unpadded),
    _cell("date-month-only", "type", "a date loses its day", TYPE, is_date, of_date("{y}-{m}")),
    _cell("date-serial", "type", "a date becomes a spreadsheet's day number", TYPE, is_date, as_serial),
    _cell("date-impossible", "type", "a date becomes the 30th of February", TYPE, is_date, of_date("{y}-02-30{rest}")),
    _cell("datetime-hour-24", "type", "a time becomes 24:00", TYPE, is_datetime, at_24),
    _cell("boolean-word", "type", "true or false becomes yes or no", TYPE, is_boolean, as_word),
)
MISSING = (
    _cell("required-emptied", "missing", "a required cell is emptied", "required", is_required, always("")),
    _cell("null-word", "missing", "a value becomes the word NULL", TYPE, is_typed, always("NULL")),
    _cell("space-for-nothing", "missing", "an empty cell gets a space", TYPE, is_typed, always(" "), empty=True),
    _cell("sentinel-negative", "missing", "a number becomes -999 for unknown", "a minimum", is_number, always("-999")),
    _cell("sentinel-large", "missing", "a number becomes 999999 for unknown", "a maximum", is_number, always("999999")),
)
CONSTRAINTS = (
    _cell("value-misspelt", "constraint", "a value of a list is misspelt", LIST, is_listed, misspelt),
    _cell("value-case", "constraint", "a value of a list changes its capitals", LIST, is_listed, other_case),
    _cell("value-padded", "constraint", "a value of a list gets a space behind it", LIST, is_listed, around("", " ")),
    _cell(
        "pattern-junk", "constraint", "a value with a pattern gets junk", "pattern", has("pattern"), around("", "#?")
    ),
    _cell(
        *("pattern-line-break", "constraint", "a value with a pattern gets a line break behind it"),
        *("pattern", has("pattern"), around("", "\n")),
    ),
    _cell(
        *("below-minimum", "constraint", "a value falls just below its minimum", "minimum"),
        *(has("minimum", "exclusiveMinimum"), outside("minimum", -1)),
    ),
    _cell(
        *("above-maximum", "constraint", "a value rises just above its maximum", "maximum"),
        *(has("maximum", "exclusiveMaximum"), outside("maximum", 1)),
    ),
    _cell("too-long", "constraint", "a text exceeds its length", "maxLength", has("maxLength"), too_long),
    _cell("too-short", "constraint", "a text falls short of its length", "minLength", has("minLength"), too_short),
    _cell("address-broken", "constraint", "a space splits an address", "a format", is_address, broken_address),
    _cell(
        *("value-another", "constraint", "a value becomes another one of its list"),
        *("a row rule that ties it to other columns", is_listed, another_listed),
        review=True,
    ),
)
ROWS = "a row rule over several columns"
SENSE = (
    _cell("sign-flipped", "semantic", "a number changes its sign", "a minimum", is_number, sign_flipped),
    _cell("thousandfold", "semantic", "a number grows a thousandfold", "a maximum", is_number, thousandfold),
    _cell("digits-exchanged", "semantic", "two digits change places", ROWS, is_number, digits_exchanged),
    _cell("total-shifted", "semantic", "a total is off by 7", "a rule that adds up its parts", is_total, shifted(7)),
    _cell(
        *("day-month-exchanged", "semantic", "day and month of a date change places"),
        *(ROWS, is_date, day_and_month_exchanged),
    ),
    _cell("year-off-by-one", "semantic", "a date is a year late", ROWS, is_date, years_off(1)),
    _cell("date-century", "semantic", "a date is a century early", "a minimum", is_date, years_off(-100)),
    _cell("date-future", "semantic", "a date is two centuries late", "a maximum", is_date, years_off(200)),
    _cell("date-next-day", "semantic", "a date is a day late", ROWS, is_date, next_day, review=True),
    _cell("number-off-by-one", "semantic", "a number is off by one", ROWS, is_integer, shifted(1), review=True),
    _cell("flag-flipped", "semantic", "true and false change places", ROWS, is_boolean, flag_flipped, review=True),
)
OPERATORS = (*NUMBERS, *DATES, *MISSING, *CONSTRAINTS, *SENSE)
