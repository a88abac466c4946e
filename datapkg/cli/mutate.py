"""`datapkg mutate`."""

import sys
from pathlib import Path

import click

from datapkg.cli.options import codes, write
from datapkg.mutate.operators import OPERATORS
from datapkg.mutate.run import Plan
from datapkg.mutate.run import mutate as run
from datapkg.mutate.score import tally
from datapkg.project import Project
from datapkg.render.mutation import SCORES


def progress(done: int, of: int) -> None:
    """How far the run is, on standard error."""
    click.echo(f"\r{done:,} of {of:,} operators run", err=True, nl=done == of)


def list_operators(context: click.Context, parameter: click.Parameter, wanted: bool) -> None:
    """Print the operators and end the command, where it is wanted."""
    if wanted and not context.resilient_parsing:
        marked = ((o, " (not counted)" if o.review else "") for o in OPERATORS)
        write((f"{o.name:20} {o.kind:13} {o.what}{mark}\n" for o, mark in marked), None)
        context.exit()


@click.command()
@click.argument("target", metavar="NAME")
@click.option("--seed", type=int, default=0, show_default=True, help="The same seed gives the same corruptions.")
@click.option(
    "--per-operator",
    type=click.IntRange(1),
    default=1,
    show_default=True,
    metavar="N",
    help="Corruptions by each operator of each table, spread over its columns.",
)
@click.option("--table", "tables", multiple=True, callback=codes, metavar="TABLE", help="Corrupt only these tables.")
@click.option(
    "--operator", "operators", multiple=True, callback=codes, metavar="OPERATOR", help="Only these operators."
)
@click.option("--review", is_flag=True, help="Also make faults as plausible as the truth; they do not count.")
@click.option("--format", "name", type=click.Choice([*SCORES]), default="text", show_default=True)
@click.option("--output", type=click.Path(path_type=Path), help="Write the score to this file.")
@click.option("--fail-under", type=click.FloatRange(0, 100), metavar="PERCENT", help="Exit 1 where the score is lower.")
@click.option(
    "--list",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=list_operators,
    help="Print the operators and stop.",
)
@click.option("--quiet", "-q", is_flag=True, help="Print nothing; the exit code tells.")
@click.pass_obj
def mutate(
    project: Project | None,
    /,
    target: str,
    seed: int,
    per_operator: int,
    tables: tuple[str, ...],
    operators: tuple[str, ...],
    review: bool,
    name: str,
    output: Path | None,
    fail_under: float | None,
    quiet: bool,
) -> int:
    """Corrupt copies of a clean dataset, and say which faults its rules would miss.

    Each operator corrupts each table that gives it occasion to: a date is flipped, a key orphaned,
    a quote dropped. A fault is caught where validation has an error that it did not have before;
    the score is the share of them. The dataset itself is only read.

    \b
    Example:
      datapkg mutate afpak-security --table incidents --per-operator 3
    """
    plan = Plan(seed, per_operator, tables, operators, review)
    shown = progress if sys.stderr.isatty() and not quiet else None
    score = run(target, project, plan, shown)
    if output is not None or not quiet:
        write(SCORES[name](score), output)
    return 1 if fail_under is not None and (tally(score.counted).percent or 0) < fail_under else 0
