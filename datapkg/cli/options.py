"""What several commands share: options, and the ways out of a command."""

import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from datapkg.errors import OutputError
from datapkg.findings import Report
from datapkg.limits import Limits, parse
from datapkg.project import Project
from datapkg.spark.session import cluster

HELP = {"help_option_names": ["-h", "--help"], "max_content_width": 100}
PRINTED = 1 << 16
"""Characters that are printed at a time."""
SUMMARY = "GITHUB_STEP_SUMMARY"
"""The file of a workflow's step to which steps append Markdown."""

color_option = click.option(
    "--color", type=click.Choice(["auto", "always", "never"]), default="auto", help="Colour on a terminal."
)

registry_option = click.option(
    "--registry", metavar="STORE", help="A folder or URL; else DATAPKG_REGISTRY or the project's registry."
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


def engine_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that say what judges; `engine_of` reads them."""
    choice = click.Choice(["duckdb", "spark"])
    engine = click.option("--engine", type=choice, default="duckdb", show_default=True, help="What judges.")
    master = click.option("--master", metavar="URL", help="The Spark cluster; else SPARK_REMOTE names a server.")
    return engine(master(command))


def engine_of(engine: str, master: str | None) -> AbstractContextManager[Any]:
    """What judges, while the context lasts: `duckdb`, or a session of Spark."""
    if engine == "duckdb":
        if master is not None:
            raise click.UsageError("--master is for --engine spark")
        return nullcontext(engine)
    return cluster(master)


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
    """Print the pieces, or write them to a file, which is there whole or not at all; OutputError where it cannot be."""
    if output is None:
        for piece in _gathered(pieces):
            click.echo(piece, nl=False, color=True)  # what is coloured was decided before
        return
    try:
        summary = output.as_posix() == os.environ.get(SUMMARY)
        if summary or (output.exists() and not output.is_file()):
            with output.open("a" if summary else "w", encoding="utf-8", newline="\n") as device:
                device.writelines(pieces)
            return
        final = output.resolve()
        beside = final.with_name(f".{final.name[:100]}.{os.getpid()}")
        try:
            with beside.open("x", encoding="utf-8", newline="\n") as file:
                file.writelines(pieces)
            beside.replace(final)
        finally:
            beside.unlink(missing_ok=True)
    except OSError as error:
        raise OutputError(f"{output} cannot be written: {error.strerror}") from None


def _gathered(pieces: Iterable[str]) -> Iterator[str]:
    """The pieces joined into fewer: each is printed, and flushed, by itself."""
    kept, size = [], 0
    for piece in pieces:
        kept.append(piece)
        size += len(piece)
        if size >= PRINTED:
            yield "".join(kept)
            kept, size = [], 0
    yield "".join(kept)


def write_report(report: Report, name: str, color: str, output: Path | None) -> None:
    """Write a report in the format `name`; in a log of GitHub Actions it holds no command but the format's own."""
    from datapkg.render.reports import RENDERERS

    write_text(RENDERERS[name](report, wants_color(color, output)), name, output)


def write_text(pieces: Iterable[str], name: str, output: Path | None) -> None:
    """Write what was rendered in the format `name`; in a log of GitHub Actions it holds no command."""
    from datapkg.render.escape import inert

    if output is None and name in ("text", "markdown") and os.environ.get("GITHUB_ACTIONS") == "true":
        pieces = map(inert, pieces)
    write(pieces, output)


def codes(context: click.Context, parameter: click.Parameter, values: tuple[str, ...]) -> tuple[str, ...]:
    """Codes given several times or with commas."""
    return tuple(code.strip() for value in values for code in value.split(",") if code.strip())


def formats(context: click.Context, parameter: click.Parameter, values: tuple[str, ...]) -> tuple[Any, ...]:
    """FORMAT or FORMAT=FILE, each given once."""
    from datapkg.render.reports import RENDERERS

    asked: list[tuple[str, Path | None]] = []
    for value in values or ("text",):
        name, _, file = value.partition("=")
        if name not in RENDERERS:
            raise click.BadParameter(f"{name!r} is not one of {', '.join(RENDERERS)}")
        path = Path(file) if file else None
        if path is not None and any(path == other for _, other in asked):
            raise click.BadParameter(f"two formats are to be written to {file}")
        asked.append((name, path))
    return tuple(asked)


def outputs_of(asked: tuple[Any, ...], output: Path | None) -> tuple[Any, ...]:
    """Each format with its file; `--output` names the file of a single format.

    What `github` leaves out of a log goes to the summary of the workflow's step, where there is one.
    """
    if output is not None:
        if len(asked) > 1:
            raise click.UsageError("--output names the file of a single format; write --format FORMAT=FILE for each")
        ((name, file),) = asked
        if file is not None:
            raise click.UsageError(f"--format {name}={file} and --output {output} name two files; give one of them")
        asked = ((name, output),)
    summary = os.environ.get(SUMMARY)
    if summary and ("github", None) in asked and all(file != Path(summary) for _, file in asked):
        asked = (*asked, ("markdown", Path(summary)))
    return asked
