"""`datapkg merge`."""

from collections.abc import Iterator
from pathlib import Path

import click

from datapkg.cli.options import limit_options, limits_of
from datapkg.merge import MARKER, Outcome, Request
from datapkg.merge import merge as run
from datapkg.render.escape import inert, show

FILE = click.Path(path_type=Path)


@click.command()
@click.argument("base", type=FILE)
@click.argument("ours", type=FILE)
@click.argument("theirs", type=FILE)
@click.option("--path", type=FILE, help="Where the table lies in the project; else OURS tells.")
@click.option("--schema", type=FILE, help="The Table Schema, where no descriptor names one.")
@click.option("--output", type=FILE, help="Write the result to this file, and leave OURS as it is.")
@click.option(
    "--marker-size", "marker", type=click.IntRange(1), default=MARKER, help="Of marks where lines are merged."
)
@click.option("--quiet", "-q", is_flag=True, help="Print nothing; the exit code tells.")
@limit_options
@click.pass_context
def merge(
    context: click.Context, /, base: Path, ours: Path, theirs: Path, quiet: bool, **options: int | Path | None
) -> None:
    """Merge what OURS and THEIRS made of the table BASE, row by row and cell by cell.

    The result takes the place of OURS, in the form that `datapkg fmt` gives it. Where both sides
    changed one cell in two ways, its row stands twice between marks of a conflict, and the exit
    code is 1. Git calls it so after `datapkg install-git`.

    \b
    Example:
      datapkg merge old.csv mine.csv yours.csv --schema incidents.yaml --output merged.csv
    """
    limits = limits_of(context.obj, memory=options.pop("memory"), threads=options.pop("threads"))  # type: ignore[arg-type]
    outcome = run(Request(base, ours, theirs, **options), context.obj, limits=limits)  # type: ignore[arg-type]
    if not quiet:
        for line in _lines(outcome):
            click.echo(inert(line), err=True)
    context.exit(1 if outcome.conflicts else 0)


def _lines(outcome: Outcome) -> Iterator[str]:
    shown = show(outcome.shown)
    if outcome.by_line is not None:
        yield f"{shown}: note: merged line by line: {show(outcome.by_line)}"
    for clash in outcome.clashes:
        key = ",".join(f"{column}={value}" for column, value in clash.key.items())
        if clash.removed_by is not None:
            other = "theirs" if clash.removed_by == "ours" else "ours"
            yield f"{shown}: conflict: {show(key)}: {clash.removed_by} removed this row, {other} changed it"
        for column, ours, old, theirs in clash.cells:
            yield f"{shown}: conflict: {show(key)}: {show(f'{column}: ours {ours!r}, theirs {theirs!r}, was {old!r}')}"
    if outcome.conflicts > len(outcome.clashes) > 0:
        yield f"{shown}: and {outcome.conflicts - len(outcome.clashes):,} more conflicts"
