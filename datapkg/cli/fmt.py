"""`datapkg fmt`."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import click

from datapkg.cli.options import limit_options, limits_of
from datapkg.cli.progress import progress
from datapkg.fmt import How, Outcome, State
from datapkg.fmt import fmt as run
from datapkg.render.escape import inert, show


@click.command()
@click.argument("targets", nargs=-1, metavar="[TARGET]...")
@click.option("--schema", type=click.Path(path_type=Path), help="The Table Schema of a single data file.")
@click.option("--check", is_flag=True, help="Write nothing; exit code 1 where a file would change.")
@click.option("--diff", is_flag=True, help="The same, and print what would change as a unified diff.")
@click.option("--quiet", "-q", is_flag=True, help="Print nothing but the diff; the exit code tells.")
@limit_options
@click.pass_context
def fmt(
    context: click.Context,
    /,
    targets: tuple[str, ...],
    schema: Path | None,
    check: bool,
    diff: bool,
    quiet: bool,
    **limits: int | None,
) -> None:
    """Give tables, descriptors and schemas their one canonical form. No typed value changes.

    TARGET is a dataset of the project, a folder or descriptor of any Data Package, or a data
    file. Without one, every dataset and schema of the project. A file that cannot be formatted
    without a loss or a guess is left alone, which is told with its line, and the exit code is 1.

    \b
    Example:
      datapkg fmt --check
    """
    how = How(write=not (check or diff), diff=diff)
    with progress(quiet=quiet):
        found = []
        for outcome in run(targets, context.obj, schema=schema, how=how, limits=limits_of(context.obj, **limits)):
            if diff:
                _print_difference(outcome)
            found.append(outcome)
    if not quiet:
        for line in _lines(found, how):
            click.echo(inert(line), err=True)
    bad = (State.REFUSED,) if how.write else (State.REFUSED, State.CHANGED)
    context.exit(1 if any(outcome.state in bad for outcome in found) else 0)


def _lines(found: list[Outcome], how: How) -> Iterator[str]:
    for outcome in found:
        told = {State.REFUSED: "error: not formatted: ", State.LEFT: "left alone: "}.get(outcome.state, "")
        for line, text, word in (
            *((reason.line, reason.text, told) for reason in outcome.reasons),
            *((note.line, note.text, "note: ") for note in outcome.notes),
        ):
            place = outcome.shown if line is None else f"{outcome.shown}:{line}"
            yield f"{show(place)}: {word}{show(text)}"
        if outcome.state is State.CHANGED:
            yield f"{'formatted' if how.write else 'would be formatted'}: {show(outcome.shown)}"
    counts = {state: sum(outcome.state is state for outcome in found) for state in State}
    did = "formatted" if how.write else "would be formatted"
    rest = [f"{counts[state]} {word}" for state, word in _REST.items() if counts[state]]
    yield ", ".join([f"{counts[State.CHANGED]} {did}", *rest])


_REST = {State.UNCHANGED: "as they should be", State.LEFT: "left alone", State.REFUSED: "not formatted"}


def _print_difference(outcome: Outcome) -> None:
    """Print a unified diff: as it is for a program, shown for eyes."""
    if not outcome.difference:
        return
    head = f"--- a/{show(outcome.shown)}\n+++ b/{show(outcome.shown)}\n".encode()
    told = head + outcome.difference
    if sys.stdout.isatty() or os.environ.get("GITHUB_ACTIONS") == "true":
        told = b"".join(f"{inert(show(line))}\n".encode() for line in told.decode("utf-8", "replace").split("\n")[:-1])
    click.echo(told, nl=False)
