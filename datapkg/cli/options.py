"""What several commands share: options, and the ways out of a command."""

import os
import sys
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from datapkg.errors import OutputError
from datapkg.limits import Limits, parse
from datapkg.project import Project

HELP = {"help_option_names": ["-h", "--help"], "max_content_width": 100}

color_option = click.option(
    "--color", type=click.Choice(["auto", "always", "never"]), default="auto", help="Colour on a terminal."
)


def size(context: click.Context, parameter: click.Parameter, value: str | None) -> int | None:
    """A size with its unit, as bytes."""
    try:
        return None if value is None else parse("memory", value)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


def limit_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that bound what DuckDB uses; `limits_of` reads them."""
    memory = click.option("--memory-limit", "memory", callback=size, metavar="SIZE", help="Memory of DuckDB: 1 GiB.")
    threads = click.option("--threads", type=click.IntRange(1), help="Threads of DuckDB.")
    return memory(threads(command))


def limits_of(project: Project | None, **given: int | None) -> Limits:
    """The limits of the project, with those given at the command line in their place."""
    asked = {name: value for name, value in given.items() if value is not None}
    return replace(project.limits if project is not None else Limits(), **asked)


def wants_color(choice: str, output: Path | None) -> bool:
    """Whether to colour: as asked, else on a terminal without NO_COLOR."""
    if choice != "auto":
        return choice == "always"
    return output is None and sys.stdout.isatty() and not os.environ.get("NO_COLOR")


def write(pieces: Iterable[str], output: Path | None) -> None:
    """Print the pieces, or write them to a file; OutputError where that is not possible."""
    if output is None:
        for piece in pieces:
            click.echo(piece, nl=False, color=True)  # what is coloured was decided before
        return
    try:
        with output.open("w", encoding="utf-8", newline="\n") as file:
            file.writelines(pieces)
    except OSError as error:
        raise OutputError(f"{output} cannot be written: {error.strerror}") from None


def codes(context: click.Context, parameter: click.Parameter, values: tuple[str, ...]) -> tuple[str, ...]:
    """Codes given several times or with commas."""
    return tuple(code.strip() for value in values for code in value.split(",") if code.strip())


def formats(context: click.Context, parameter: click.Parameter, values: tuple[str, ...]) -> tuple[Any, ...]:
    """FORMAT or FORMAT=FILE, each given once."""
    from datapkg.render import RENDERERS

    asked = []
    for value in values or ("text",):
        name, _, file = value.partition("=")
        if name not in RENDERERS:
            raise click.BadParameter(f"{name!r} is not one of {', '.join(RENDERERS)}")
        asked.append((name, Path(file) if file else None))
    return tuple(asked)
