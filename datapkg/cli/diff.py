"""`datapkg diff`."""

from pathlib import Path

import click

from datapkg.changes import Tolerance
from datapkg.cli.options import color_option, limit_options, limits_of, wants_color, write, write_text
from datapkg.cli.progress import progress
from datapkg.diff import SHOWN, Request, changes_between
from datapkg.render.changes import CHANGES, diff_schema
from datapkg.targets import operands


def tolerances(context: click.Context, parameter: click.Parameter, values: tuple[str, ...]) -> dict[str, Tolerance]:
    """TABLE.COLUMN=BOUND, each as it is given."""
    found = {}
    for value in values:
        name, given, bound = value.rpartition("=")
        try:
            found[name] = Tolerance.parse(bound)
        except ValueError:
            given = ""
        if not given or "." not in name:
            raise click.BadParameter(f"{value!r} is not TABLE.COLUMN=0.01 or TABLE.COLUMN=1%")
    return found


def print_schema(context: click.Context, parameter: click.Parameter, wanted: bool) -> None:
    """Print the JSON Schema of the diff and end the command, where it is wanted."""
    if wanted and not context.resilient_parsing:
        write([diff_schema()], None)
        context.exit()


@click.command()
@click.argument("old", required=False)
@click.argument("new", required=False)
@click.option("--schema", type=click.Path(path_type=Path), help="The Table Schema of single data files.")
@click.option("--format", "name", type=click.Choice(list(CHANGES)), default="text", show_default=True)
@click.option("--output", type=click.Path(path_type=Path), help="Write the diff to this file.")
@click.option("--limit", type=click.IntRange(0), default=SHOWN, show_default=True, help="Rows listed of each table.")
@click.option("--table", "tables", multiple=True, metavar="TABLE", help="Compare this table only; repeatable.")
@click.option(
    "--tolerance",
    "tolerance",
    multiple=True,
    callback=tolerances,
    metavar="TABLE.COLUMN=BOUND",
    help="Numbers that differ by no more are equal: 0.01, or 1% of the larger one; repeatable.",
)
@click.option("--exit-code", is_flag=True, help="Exit code 1 where anything differs.")
@click.option(
    "--diff-schema",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=print_schema,
    help="Print the JSON Schema of the json diff and stop.",
)
@click.option("--quiet", "-q", is_flag=True, help="Print nothing; --exit-code tells.")
@color_option
@limit_options
@click.pass_context
def diff(
    context: click.Context,
    /,
    old: str | None,
    new: str | None,
    schema: Path | None,
    name: str,
    output: Path | None,
    limit: int,
    tables: tuple[str, ...],
    tolerance: dict[str, Tolerance],
    exit_code: bool,
    quiet: bool,
    color: str,
    **limits: int | None,
) -> None:
    """Show what differs between OLD and NEW: rows and cells by key, and what is declared.

    Each is a dataset, folder, descriptor or file of data, a release (NAME@VERSION or its folder), or
    git:REF, the other one's dataset as of a commit (git:REF:NAME names it). Without OLD it is the last
    release, without NEW the work tree. Values are compared, not their spelling: 1.0 is 1.00.

    \b
    Example:
      datapkg diff git:main afpak-security
    """
    request = Request(tolerance, limit, tables, limits_of(context.obj, **limits))
    with progress(quiet=quiet), operands(old, new, context.obj, schema=schema) as sides:
        changes = changes_between(*sides, request)
    if output is not None or not quiet:
        write_text(CHANGES[name](changes, wants_color(color, output)), name, output)
    context.exit(1 if exit_code and changes.differ else 0)
