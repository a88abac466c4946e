"""A pytest plugin: with DATAPKG_WEAKEN=rule:foreign-key, say, the tests run against a validator that lacks that rule.

A weakening is named `kind:what`. What there is to weaken is read from the tables of the code itself, so that
a new rule, check, constraint, type or property is among it. `none` weakens nothing. The weakening takes
place when the tests have been collected, and holds for this process alone: never weaken one that goes on.
"""

import dataclasses
import importlib
import inspect
import os
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from datapkg import catalogue, law, properties, shapes
from datapkg.checks import CHECKS
from datapkg.dialect import Dialect
from datapkg.engine import casts, lexer, selecting, survey
from datapkg.findings import DatasetReport
from datapkg.limits import Limits
from datapkg.schema import STORAGE, Column, Schema

VARIABLE = "DATAPKG_WEAKEN"
PACKAGE = Path(law.__file__).parent
SAMPLES: tuple[Any, ...] = (
    *(1, True, "a", "1", "2020", "2020-01", "2020-01-01", "00:00:00", "2020-01-01T00:00:00Z", "P1D", "0, 0"),
    *([1], {}, {"type": "Point", "coordinates": [0, 0]}),
)
"""Values of which every type has one."""
WORDS = ("name", "number", "title", "description", "unit")
"""What a column is called, which no rule is about."""
ENDLESS: Mapping[str, Callable[[int], int]] = {
    "size": lambda _: 1 << 40,
    "count": lambda _: 1 << 20,
    "time": lambda given: given + 20,
}
"""A limit as good as none, by its kind; of a time, that it is passed shows in good time."""


def pytest_collection_finish() -> None:
    """Weaken the validator of this process, where the environment asks for it."""
    weaken(os.environ.get(VARIABLE, "none"))


def weakenings() -> list[str]:
    """Each way in which the validator can be weakened."""
    return [f"{kind}:{what}" for kind, (known, _) in KINDS.items() for what in known()]


def weaken(name: str) -> None:
    """Weaken the validator of this process. KeyError where there is no such weakening."""
    if name == "none":
        return
    kind, _, what = name.partition(":")
    if what not in KINDS[kind][0]():
        raise KeyError(name)
    KINDS[kind][1](what)


# ---------------------------------------------------------------- rules and checks


def _without_rule(code: str) -> None:
    """The verdicts of a rule are in no report that the validator makes."""

    def without(make: Callable[..., DatasetReport]) -> Callable[..., DatasetReport]:
        def weaker(*given: Any) -> DatasetReport:
            report = make(*given)
            return dataclasses.replace(report, verdicts=tuple(v for v in report.verdicts if v.code != code))

        return weaker

    for module, maker in (
        *((module, "DatasetReport") for module in ("validate", "verify", "ruling")),
        ("review", "_with_version"),
    ):
        known = vars(importlib.import_module(f"datapkg.{module}"))
        known[maker] = without(known[maker])


def _without_check(name: str) -> None:
    for check in list(CHECKS):
        if check.__name__ == name:
            del CHECKS[check]


# ---------------------------------------------------------------- constraints and types


def _constraints() -> Iterator[str]:
    """Each constraint, of each type that it applies to; `categories` is one by another name."""
    for name in (*properties.KNOWN["constraints"], "categories"):
        kinds = [kind for kind in STORAGE if _applies(name, kind)] if name != "unique" else []
        yield from [f"{name}:{kind}" for kind in kinds] or [name]


def _applies(name: str, kind: str) -> bool:
    for bound in (*SAMPLES, *([sample] for sample in SAMPLES)):
        try:
            law._clause(Column("c", 1, kind), name, bound)
        except (ArithmeticError, AttributeError, KeyError, TypeError, ValueError):
            continue
        return True
    return False


def _without_constraint(what: str) -> None:
    name, _, kind = what.partition(":")
    if name == "unique":
        _seen_as(Column, "constraints", lambda given: {key: bound for key, bound in given.items() if key != name})
    declared = law._declared

    def fewer(column: Column) -> Iterator[tuple[str, Any]]:
        return (pair for pair in declared(column) if (pair[0], column.type) != (name, kind))

    vars(law)["_declared"] = fewer


def _types() -> Iterator[str]:
    yield from (kind for kind in casts.CASTS if casts.held(Column("c", 1, kind)) or _cast(kind) != "cell")


def _cast(kind: str) -> str:
    return casts.value(Column("c", 1, kind), "cell")


def _formats() -> Iterator[str]:
    known = {**casts.FORMATS, **dict.fromkeys(("date", "time", "datetime"), ("any", "pattern"))}
    yield from (f"{kind}:{form}" for kind, forms in known.items() for form in forms if form != "default")


def _without_type(what: str) -> None:
    """No cell of a type, or of one format of it, is told to be none."""
    kind, _, form = what.partition(":")
    bad = selecting.bad

    def none_bad(opened: Any, column: Column) -> str:
        own = column.format if column.format in (*casts.FORMATS.get(kind, ()), "any", "default") else "pattern"
        return selecting.NEVER if column.type == kind and form in ("", own) else bad(opened, column)

    vars(selecting)["bad"] = none_bad


# ---------------------------------------------------------------- what the descriptor declares


def _seen_as(kind: type, name: str, change: Callable[[Any], Any]) -> None:
    """A field of a frozen value reads as something else, whatever it holds."""
    slot = kind.__dict__.get(name)

    def read(self: Any) -> Any:
        return change(slot.__get__(self, kind) if inspect.ismemberdescriptor(slot) else self.__dict__[name])

    def write(self: Any, value: Any) -> None:
        if inspect.ismemberdescriptor(slot):
            slot.__set__(self, value)
        else:
            self.__dict__[name] = value

    setattr(kind, name, property(read, write))


def _fields(kind: type) -> Mapping[str, Any]:
    """The fields that may be left out, with what they are then."""
    found = {}
    for item in dataclasses.fields(kind):
        if item.default is not dataclasses.MISSING:
            found[item.name] = item.default
        elif item.default_factory is not dataclasses.MISSING:
            found[item.name] = item.default_factory()
    return {name: value for name, value in found.items() if name not in WORDS}


def _ignored(kind: type) -> tuple[Callable[[], Iterator[str]], Callable[[str], None]]:
    """Each field of a value, as if it were not given."""
    return (lambda: iter(_fields(kind))), lambda name: _seen_as(kind, name, lambda _: _fields(kind)[name])


def _properties() -> Iterator[str]:
    """The properties of a field that some module reads by their names; what a release tells of them is no rule."""
    judging = [path for path in sorted(PACKAGE.rglob("*.py")) if path.parent.name != "release"]
    texts = "".join(path.read_text(encoding="utf-8") for path in judging)
    read = set(re.findall(r'properties(?:\.get\(|\[)"(\w+)"', texts))
    yield from (name for name in properties.KNOWN["field"] if name in read)


def _without_property(name: str) -> None:
    _seen_as(Column, "properties", lambda given: {key: value for key, value in given.items() if key != name})


def _shapes() -> Iterator[str]:
    """The properties of descriptors whose values have a shape."""
    for kind, known in properties.KNOWN.items():
        yield from (f"{kind}.{name}" for name, each in known.items() if each.shape is not shapes.anything or each.loose)


def _without_shape(what: str) -> None:
    kind, _, name = what.partition(".")
    vars(properties)["KNOWN"] = {
        each: {
            key: properties.Property(shapes.anything) if (each, key) == (kind, name) else old
            for key, old in known.items()
        }
        for each, known in properties.KNOWN.items()
    }


# ---------------------------------------------------------------- how files are read


def _flaws() -> Iterator[str]:
    """What the lexer objects to: its constants of a code and a note."""
    for name, value in vars(lexer).items():
        if name.isupper() and isinstance(value, tuple) and len(value) == 2 and value[0] in catalogue.RULES:
            yield name


def _without_flaw(name: str) -> None:
    note = re.compile(re.sub(r"\\{\w+\\}", ".*", re.escape(vars(lexer)[name][1])))
    lex = lexer.lex

    def lenient(*given: Any, **options: Any) -> Iterator[lexer.Record]:
        for record in lex(*given, **options):
            record.faults[:] = [flaw for flaw in record.faults if not note.fullmatch(flaw.note)]
            yield record

    vars(lexer)["lex"] = lenient


def _surveys() -> Iterator[str]:
    """The questions that the fast reading asks; `_sound` also counts tabs."""
    for name, value in vars(survey).items():
        asks = inspect.isfunction(value) and value.__module__ == survey.__name__
        if asks and (value.__annotations__["return"] is bool or name == "_sound"):
            yield name


def _without_survey(name: str) -> None:
    answer = 0 if name == "_sound" else not name.startswith(("_has_", "_open_"))
    vars(survey)[name] = lambda *_: answer


def _limits() -> Iterator[str]:
    yield from (name for name, value in _fields(Limits).items() if value is not None)


def _without_limit(name: str) -> None:
    kinds = {item.name: item.metadata["kind"] for item in dataclasses.fields(Limits)}
    _seen_as(Limits, name, ENDLESS[kinds[name]])


KINDS: Mapping[str, tuple[Callable[[], Iterator[str]], Callable[[str], None]]] = {
    "rule": (lambda: iter(catalogue.RULES), _without_rule),
    "check": (lambda: iter([check.__name__ for check in CHECKS]), _without_check),
    "constraint": (_constraints, _without_constraint),
    "type": (_types, _without_type),
    "format": (_formats, _without_type),
    "schema": _ignored(Schema),
    "column": _ignored(Column),
    "property": (_properties, _without_property),
    "shape": (_shapes, _without_shape),
    "dialect": _ignored(Dialect),
    "flaw": (_flaws, _without_flaw),
    "survey": (_surveys, _without_survey),
    "limit": (_limits, _without_limit),
}
"""kind → (what there is of it, how one of them is taken away)"""
